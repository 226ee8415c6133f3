"""Lists what stands below ``/embed/``, ready to be sent or written to a file."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files
from types import MappingProxyType

from aggregator.embed.component import MOVING, Build, builds, current
from aggregator.embed.gallery import POLICY, gallery
from aggregator.model import Config
from aggregator.publish.document import Document, ready

_SHEET = files("aggregator.embed").joinpath("feed.css")  # of feeds, where a browser shows them as they stand
_SCRIPT = "text/javascript; charset=utf-8"
_OF_THE_PAGE = (("x-robots-tag", "noindex"),)
_FOR_EVER = "public, max-age=31536000, immutable"
_FOR_AN_HOUR = "public, max-age=3600, stale-while-revalidate=86400, stale-if-error=604800"


def documents(config: Config) -> Mapping[str, Document]:
    """Every document below ``/embed/`` by its path; one that ends with a slash is the page of that folder.

    The same config gives the same bytes. Instant, but for the first time.
    """
    owners = config.owners
    return _documents(config.site.base_url, config.site.title, f"/{owners[0].id}" if len(owners) == 1 else "")


@lru_cache(maxsize=4)
def _documents(base_url: str, title: str, scope: str) -> Mapping[str, Document]:
    page = gallery(base_url, title, scope)
    scripts = {build.path: _script(build, _FOR_EVER) for build in builds()}
    sheet = ready(
        _SHEET.read_bytes(), "text/css; charset=utf-8", None, (), 0, headers=(("cache-control", _FOR_AN_HOUR),)
    )
    return MappingProxyType(
        {
            "/embed/": ready(page, "text/html; charset=utf-8", None, (), 0, POLICY, _OF_THE_PAGE),
            "/embed/v1/feed.css": sheet,
            MOVING: _script(current(), _FOR_AN_HOUR),
            **scripts,
        }
    )


def _script(build: Build, keep: str) -> Document:
    return ready(build.body, _SCRIPT, None, (), 0, headers=(("cache-control", keep),), quality=11)
