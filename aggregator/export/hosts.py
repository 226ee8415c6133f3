"""What hosts of files want beside the documents: headers where they take them, and pages of their own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import orjson

from aggregator.embed import documents
from aggregator.export.names import INDEX
from aggregator.export.rendering import Beside
from aggregator.model import Config
from aggregator.publish.document import CACHE, OPEN
from aggregator.publish.well_known import FEEDS, ROBOTS, ROBOTS_CACHE
from aggregator.render import Format, formats
from aggregator.render.jinja import environment
from aggregator.render.schema import index_schema
from aggregator.render.style import style

HEADERS = "_headers"
SCHEMA = "index.schema.json"
_TEMPLATES = environment("aggregator.export")
_PAGES = 50  # scopes whose pages get a rule of their own; Cloudflare takes 100 rules in all


def beside(config: Config) -> Iterator[Beside]:
    """Everything that is no document of a view."""
    yield "robots.txt", "text/plain; charset=utf-8", ROBOTS.encode()
    yield ".nojekyll", "text/plain; charset=utf-8", b""  # or GitHub Pages would leave out .well-known
    yield HEADERS, "text/plain; charset=utf-8", headers(config).encode()
    yield SCHEMA, "application/schema+json", orjson.dumps(index_schema(), option=orjson.OPT_INDENT_2)
    for path, one in documents(config).items():
        yield f"{path[1:]}{INDEX if path.endswith('/') else ''}", one.media_type, one.body
    yield "404.html", "text/html; charset=utf-8", _missing(config)


def _missing(config: Config) -> bytes:
    """What hosts answer with where nothing is: leads to what there is."""
    page = _TEMPLATES.get_template("404.html")
    owners = [(owner.name, f"{config.site.base_url}/{owner.id}/") for owner in config.owners]
    return page.render(site=config.site.title, base_url=config.site.base_url, owners=owners, style=style()).encode()


def headers(config: Config) -> str:
    """``_headers`` for Netlify and Cloudflare Pages: what the API says of each document.

    Rules that fit one address are added up, so that none says what another says. The address of a document says
    nothing of the place where it stands, hence one rule for the top and one for everything below.
    """
    rules: dict[str, Mapping[str, str]] = {"/*": {_titled(name.decode()): value.decode() for name, value in OPEN}}
    for name, form in formats().items():
        said = _of(form)
        if name:
            rules |= {f"/{name}": said, f"/*/{name}": said}
        else:
            rules |= {f"/{owner}": said for owner in ("", *(f"{one.id}/" for one in config.owners[:_PAGES]))}
    rules |= {address: _of(formats()[target[1:]]) for address, target in FEEDS.items()}
    rules["/robots.txt"] = {"Cache-Control": ROBOTS_CACHE}
    return "".join(f"{path}\n{_lines(said)}" for path, said in rules.items())


def _lines(said: Mapping[str, str]) -> str:
    return "".join(f"  {name}: {value}\n" for name, value in said.items())


def _of(form: Format) -> dict[str, str]:
    said = {"content-type": form.media_type, "cache-control": CACHE, **dict(form.headers)}
    if form.policy:
        said["content-security-policy"] = form.policy
    return {_titled(name): value for name, value in said.items() if name != "vary"}


def _titled(name: str) -> str:
    return "-".join(word.capitalize() for word in name.split("-"))
