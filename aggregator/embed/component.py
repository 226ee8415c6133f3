"""The web component ``<article-feed>``: every build that was ever given out stays what and where it is."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

VERSION = "1.0.0"
"""Of the component (Semantic Versioning), not of the service; pages hold on to the major one, or to a whole build."""

MOVING = f"/embed/v{VERSION.partition('.')[0]}/article-feed.js"
"""Where the newest build is that does what its major version promised."""

_NAME = re.compile(r"article-feed-(\d+\.\d+\.\d+)\.([0-9a-f]{12})\.js")


@dataclass(frozen=True, slots=True)
class Build:
    """One build, minified; what is in it never changes."""

    version: str
    digest: str  # as in its name
    body: bytes

    @property
    def path(self) -> str:
        """Its address for ever."""
        return f"/embed/article-feed-{self.version}.{self.digest}.js"

    @property
    def integrity(self) -> str:
        """What a browser checks the bytes against before it runs them (W3C Subresource Integrity)."""
        return f"sha384-{base64.b64encode(hashlib.sha384(self.body).digest()).decode()}"


def digest(body: bytes) -> str:
    """What a build with this body has in its name."""
    return hashlib.sha256(body).hexdigest()[:12]


@cache
def builds() -> tuple[Build, ...]:
    """Every build, in the order of their names."""
    named = ((_NAME.fullmatch(file.name), file) for file in files("aggregator.embed").joinpath("builds").iterdir())
    found = (Build(name[1], name[2], file.read_bytes()) for name, file in named if name)
    return tuple(sorted(found, key=lambda build: build.path))


def current() -> Build:
    """The build of ``VERSION``."""
    return next(build for build in builds() if build.version == VERSION)
