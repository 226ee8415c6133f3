"""Where the documents of a view are, and which addresses may stand in them."""

from __future__ import annotations

import re

from aggregator.model import View
from aggregator.text import urls

COPY = "tag:article-aggregator,2026:copy"
"""Link relation of a copy elsewhere. An absolute IRI (RFC 8288 section 2.1.2) that no reader knows: with ``alternate``
FreshRSS opens the copy instead of the article, with ``related`` NetNewsWire adds a row (outputs.md 0.5 and A2)."""

AFTER = "after"
"""Path segment before the word for a place: ``/asha/after/{cursor}/rss.xml`` is the page that begins there.

A host of files serves it as well; to ``?cursor=`` it would answer with the first page, for ever."""

_PAGE = re.compile(r"cursor=([a-z0-9_-]+)")
_OF_THE_LIST = frozenset({"cursor", "limit", "sort"})  # say which part of a view is shown, not what belongs to it
_HOST_ALONE = re.compile(r"\A(\w+://[^/?#]+)(?=[?#]|\Z)")
_IRI = re.compile(r"https?://[^\s<>\"\\^`{|}\x00-\x20\x7f\ud800-\udfff]+", re.IGNORECASE)
_WEB = re.compile(r"https?://[0-9a-z][0-9a-z;/?:@&=+$.\-_!~*'()%,#]*", re.IGNORECASE)  # RFC 2396, as validators read it


def document(view: View, name: str, query: str = "") -> str:
    """Address of one document of the view's selection; it comes from the configured ``base_url`` alone (T19)."""
    page = _PAGE.fullmatch(query)
    if page:
        return f"{view.base_url}{view.path}/{AFTER}/{page[1]}/{name}"
    return f"{view.base_url}{view.path}/{name}" + (f"?{query}" if query else "")


def this(view: View, name: str) -> str:
    """Address of exactly this document of exactly this view: ``rel=self``, ``feed_url``."""
    return document(view, name, view.query)


def following(view: View, name: str) -> str | None:
    """Address of the next page, None on the last (RFC 5005 section 3)."""
    return document(view, name, view.next_query) if view.next_query else None


def whole(view: View, name: str) -> str:
    """Address of the first page, the same on every page: what a paged feed is one feed by (RFC 5005 section 3)."""
    return document(view, name, "&".join(p for p in view.query.split("&") if not p.startswith("cursor=")))


def pages(view: View, name: str) -> tuple[tuple[str, str], ...]:
    """The other pages of this list that have an address, by relation (RFC 5005 section 3)."""
    first = whole(view, name) if _is_later(view) else None
    return tuple((relation, url) for relation, url in (("first", first), ("next", following(view, name))) if url)


def complete(view: View) -> bool:
    """Whether every article of the view is in this document (RFC 5005 section 2)."""
    return view.next_query is None and not _is_later(view) and view.total == len(view.articles)


def _is_later(view: View) -> bool:
    return any(part.startswith("cursor=") for part in view.query.split("&"))


def selection(query: str) -> str:
    """The query without what only pages through the view: a subscription is to all of it."""
    return "&".join(part for part in query.split("&") if part.partition("=")[0] not in _OF_THE_LIST)


def subscription(view: View, name: str) -> str:
    """Address of a document of everything that the view's pages show."""
    return document(view, name, selection(view.query))


def web(url: str | None) -> str | None:
    """The address if it is absolute http(s), spelled so that it can stand in every document, else None.

    The store holds no others (T1, T14); a document must not depend on that. RSS and OPML have no word for an IRI.
    """
    if not url or _WEB.fullmatch(url):
        return url or None
    spelled = urls.absolute(url) if _IRI.fullmatch(url) else None
    return spelled if spelled and _WEB.fullmatch(spelled) else None


def identifying(url: str) -> str:
    """The address in the one spelling that an Atom id has (RFC 4287 section 4.2.6.1): a host alone has a path."""
    return _HOST_ALONE.sub(r"\1/", url)


def absolute(view: View, url: str) -> str:
    """The address, from ``base_url`` on where it was given as a path."""
    return url if web(url) else f"{view.base_url}/{url.lstrip('/')}"


def tags(view: View) -> str:
    """What a tag is a tag of, the ``scheme`` of Atom categories: followed by a tag, it is that tag's page."""
    return f"{view.base_url}/{view.owner}/tag/" if view.owner else f"{view.base_url}/tag/"
