"""Answers as rss2json and DEV do, so that a portfolio template moves here by changing one address.

From our store only. What is asked for is looked up among our own documents and the sources of the config and never
fetched: whoever passes an address on here reaches nothing but what stands here already.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import FastAPI, Query
from starlette.responses import JSONResponse, Response

from aggregator import sources
from aggregator.api.compat_shapes import DEVTO, RSS2JSON, DevtoArticle, Rss2Json
from aggregator.api.openapi import PROBLEM
from aggregator.api.problems import problem
from aggregator.api.sending import Ready
from aggregator.errors import ConfigError
from aggregator.model import Config
from aggregator.publish.address import BadRequestError, UnknownViewError, pairs
from aggregator.publish.publisher import Place, Publisher, Wanted
from aggregator.publish.values import LIMIT, LIMIT_MAX
from aggregator.render import formats
from aggregator.store import Store
from aggregator.text import urls

Pairs = tuple[tuple[str, str], ...]

_NEWEST: Pairs = (("sort", "published"),)  # not in the order of the feeds: what was back-filled belongs to a portfolio
_NOT_HERE = "This is no feed of this service and no source in its config; nothing is fetched for others here."


def add_compat(app: FastAPI, store: Store, publisher: Publisher) -> None:
    """Add the two endpoints. Parameters that they do not know are ignored, as the originals do."""

    @app.get("/compat/rss2json", tags=["compat"], response_model=Rss2Json, responses={404: PROBLEM})
    def rss2json(
        rss_url: Annotated[str, Query(description="one of our feeds, or the feed or page of a source")] = "",
        count: Annotated[int, Query(ge=1)] = LIMIT,
    ) -> Response:
        """A feed in the shape of rss2json; from what is here, nothing is fetched."""
        if not rss_url:
            return _rss2json_error(422, "`rss_url` parameter is required.")
        limit = (("limit", str(min(count, LIMIT_MAX))),)
        try:
            found = _own(publisher, rss_url) or _of_source(publisher.config, store, rss_url)
            if found is None:
                return _rss2json_error(404, _NOT_HERE)
            place, query = found
            wanted = publisher.wanted(place, (*(one for one in query if one[0] != "limit"), *limit), RSS2JSON)
            return Ready(publisher.made(wanted))
        except (BadRequestError, UnknownViewError) as error:
            return _rss2json_error(404, str(error))

    @app.get("/compat/devto/articles", tags=["compat"], response_model=list[DevtoArticle], responses={404: PROBLEM})
    def articles(
        username: Annotated[str, Query(description="an owner, or the user name of a dev source")] = "",
        per_page: Annotated[int, Query(ge=1)] = LIMIT,
        page: Annotated[int, Query(ge=1, le=10_000)] = 1,
    ) -> Response:
        """Articles in the shape of DEV's API, newest first; without a user name everybody's."""
        scope = _scope(publisher.config, username)
        if scope is None:
            return problem(404, f"There is no owner and no dev source called {username[:60]} here.", "view")
        try:
            wanted = _page(publisher, Place(scope, ""), min(per_page, LIMIT_MAX), page)
            return Ready(publisher.made(wanted)) if wanted else JSONResponse([])
        except (BadRequestError, UnknownViewError) as error:
            return problem(404, str(error), "view")


# ── rss2json ────────────────────────────────────────────────────────────────────────────────────────────────────────


def _rss2json_error(status: int, message: str) -> Response:
    """A problem that is also the error of rss2json.

    Templates read its ``status`` and ``message``; who reads problems ignores a ``status`` that is no number, and has
    the one of the answer (RFC 9457 section 3.1).
    """
    return problem(status, message, "feed", also={"status": "error", "message": message})


def _own(publisher: Publisher, rss_url: str) -> tuple[Place, Pairs] | None:
    """The view of one of our own documents, in its order if it is a feed."""
    base = _bare(f"{publisher.config.site.base_url}/")
    address, _, query = (_bare(rss_url) or "").partition("#")[0].partition("?")
    if not base or not address.startswith(base):
        return None
    place = publisher.place(f"/{address.removeprefix(base)}".encode())
    if place is None or not formats()[place.document].articles:
        return None
    said = pairs(query.encode())
    return place, said if formats()[place.document].feed or dict(said).get("sort") else (*said, *_NEWEST)


def _bare(url: str) -> str | None:
    """The address without its scheme: http and https lead to the same documents."""
    absolute = urls.absolute(url)
    return absolute.partition("://")[2] if absolute else None


def _of_source(config: Config, store: Store, rss_url: str) -> tuple[Place, Pairs] | None:
    """The articles of a source by the address of its feed or its page, however that is spelled.

    An owner's own site, if it is no source itself, stands for everything of the owner.
    """
    asked = _spellings(rss_url)
    for source in config.sources:
        if asked & (_spelling(source.feed_url) | _spelling(source.home_page_url)):
            return Place((source.owner, "source", source.id), ""), _NEWEST
    known = store.source_refs({source.key for source in config.sources})
    for source in config.sources:  # moved for good, or with a page that only its feed names
        ref = known.get(source.key)
        if ref is not None and asked & (_spelling(ref.feed_url) | _spelling(ref.url)):
            return Place((source.owner, "source", source.id), ""), _NEWEST
    for owner in config.owners:
        if asked & _spelling(owner.home_page_url):
            return Place((owner.id,), ""), _NEWEST
    return None


def _spellings(url: str) -> frozenset[str]:
    """The address, and the feed of the account that it names where it is a platform's."""
    platform = sources.platform(url)
    if platform is None:
        return _spelling(url)
    try:
        return _spelling(url) | _spelling(sources.resolve(platform, url).feed_url)
    except ConfigError:
        return _spelling(url)


def _spelling(url: str | None) -> frozenset[str]:
    """What two addresses of one place have in common; of a front page its host."""
    if not url:
        return frozenset()
    key = urls.key(url) or ((_bare(url) or "").removeprefix("www.") if urls.is_home(url) else "")
    return frozenset({key}) if key else frozenset()


# ── DEV ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _scope(config: Config, username: str) -> tuple[str, ...] | None:
    """Path segments of what a user name stands for: an owner first, or the account of a dev source."""
    name = username.strip().removeprefix("@").lower()
    if not name:
        return ()
    for owner in config.owners:
        if owner.id.lower() == name:
            return (owner.id,)
    for source in config.sources:
        if source.kind == "dev" and source.feed_url.rstrip("/").rpartition("/")[2].lower() == name:
            return source.owner, "source", source.id
    return None


def _page(publisher: Publisher, place: Place, per_page: int, page: int) -> Wanted | None:
    """The document of one page, None beyond the last: to where it begins one walks in as long strides as there are."""
    query: Pairs = (*_NEWEST, ("content", "summary"))
    offset = (page - 1) * per_page
    while offset:
        stride = min(offset, LIMIT_MAX)
        view = publisher.view(publisher.wanted(place, (*query, ("limit", str(stride))), DEVTO))
        if view.next_query is None:
            return None
        query = tuple(one for one in pairs(view.next_query.encode()) if one[0] != "limit")
        offset -= stride
    return publisher.wanted(place, (*query, ("limit", str(per_page))), DEVTO)
