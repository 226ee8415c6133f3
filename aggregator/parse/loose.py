"""Documents whose tags do not match, read by feedparser, fenced in against what is known to stall it (traps.md T5)."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Mapping

import feedparser

from aggregator.errors import Malformed, TooComplex
from aggregator.model import Image, ParsedFeed, Person, RawEntry, RawText
from aggregator.parse import channel, tree
from aggregator.parse.rss import is_body

_MAX_LENGTH = 2 * 1024 * 1024  # characters; feedparser's forgiving parser takes up to 4 s for each million
_PERSON = re.compile(
    r"<(/?)(?:[\w.-]{1,60}:)?(?:(author|creator|managingeditor|name)|webmaster|publisher|email|owner)(?![\w.:-])([^<>]*)",
    re.IGNORECASE,
)
_RENAMED = "person-"


def read(text: str, url: str) -> ParsedFeed:
    """The feed in ``text``, which begins with its root element. Raises Malformed and TooComplex."""
    if len(text) > _MAX_LENGTH:
        raise TooComplex(f"{url} sent broken XML of more than 2 MiB; it is not read until the site mends its feed")
    source = io.BytesIO(b'<?xml version="1.0" encoding="utf-8"?>\n' + _fenced(text).encode())
    headers = {"content-type": "application/xml; charset=utf-8"}
    try:
        # Bytes, never a string: a string could be taken for an address or a file name and opened.
        document = feedparser.parse(source, sanitize_html=False, resolve_relative_uris=False, response_headers=headers)
    except Exception as error:  # whatever a forgiving parser trips over in hostile text
        raise Malformed(f"{url} sent XML that cannot be read: {type(error).__name__}") from error
    if not document.get("version") and not document.get("entries"):
        raise Malformed(f"{url} sent XML in which no feed can be made out")
    feed = document["feed"]
    return ParsedFeed(
        format=document.get("version") or "rss",
        url=url,
        title=tree.line(RawText(_string(feed, "title"), "html")),
        home_page_url=tree.resolve(_string(feed, "link"), url),
        feed_url=_linked(feed, "self", url),
        language=_string(feed, "language") or None,
        authors=_authors(feed),
        icon=tree.resolve(_string(feed, "icon") or _string(feed, "logo") or _href(feed.get("image")), url),
        generator=_string(feed, "generator") or None,
        ttl_s=channel.seconds(
            _string(feed, "ttl"), _string(feed, "sy_updateperiod"), _string(feed, "sy_updatefrequency")
        ),
        hubs=tuple(hub for link in _dicts(feed, "links") if link.get("rel") == "hub" and (hub := _absolute(link, url))),
        next_url=_linked(feed, "next", url),
        entries=tuple(_entry(entry, url, document.get("version") or "") for entry in document["entries"]),
    )


def _fenced(text: str) -> str:
    """``text`` with every element that names a person renamed: authors to ``person-1``, ``person-2``, ...

    feedparser looks for a mail address inside a name, in quadratic time (its issue 562); under a name that it does not
    know it keeps the text as it is. Done without regard to what is markup and what is not: there lie the ways around.
    """
    opened: list[int] = []
    count = 0

    def rename(found: re.Match[str]) -> str:
        nonlocal count
        closing, author, rest = found.groups()
        if not author:
            return f"<{closing}unread{'/' if rest.endswith('/') else ''}"
        if closing:
            return f"</{_RENAMED}{opened.pop() if opened else 0}"
        count += 1
        if rest.endswith("/"):
            return f"<{_RENAMED}{count}/"
        opened.append(count)
        return f"<{_RENAMED}{count}"

    return _PERSON.sub(rename, text)


def _entry(entry: Mapping[str, object], url: str, version: str) -> RawEntry:
    html = not version.startswith("atom")
    contents = [_construct(one, html) for one in _dicts(entry, "content")]
    content = max(contents, key=lambda text: len(text.value), default=RawText())
    summary = _detail(entry, "summary", html)
    if summary.value == content.value or (html and not content.value and is_body(summary.value)):
        summary, content = RawText(), content if content.value else summary
    guid = _string(entry, "id") or None
    link = _string(entry, "feedburner_origlink") or _string(entry, "link")
    return RawEntry(
        guid=guid,
        url=tree.resolve(link, url) or (guid if tree.is_web(guid) else None),
        title=_detail(entry, "title", html),
        summary=summary,
        content=content,
        published=_string(entry, "published") or (_string(entry, "updated") if html else "") or None,
        updated=(_string(entry, "updated") or None) if _string(entry, "published") or not html else None,
        authors=_authors(entry),
        tags=tuple(
            dict.fromkeys(
                term for tag in _dicts(entry, "tags") if (term := _string(tag, "term") or _string(tag, "label"))
            )
        ),
        image=_image(entry, url),
        language=_string(entry, "language")
        or next((_string(one, "language") for one in _dicts(entry, "content")), "")
        or None,
        canonical_url=_linked(entry, "canonical", url),
        base=next((base for one in _dicts(entry, "content") if (base := tree.resolve(_string(one, "base"), url))), ""),
        in_reply_to=any(str(key).endswith("in-reply-to") for key in entry),
    )


def _string(of: Mapping[str, object], key: str) -> str:
    """A text field; feedparser makes ``updated`` up from ``published`` unless it is asked whether there is one."""
    value = of.get(key) if key in of else None
    return value.strip() if isinstance(value, str) else ""


def _dicts(of: Mapping[str, object], key: str) -> list[Mapping[str, object]]:
    value = of.get(key) if key in of else None
    return [one for one in value if isinstance(one, Mapping)] if isinstance(value, list) else []


def _detail(entry: Mapping[str, object], key: str, html: bool) -> RawText:
    detail = entry.get(f"{key}_detail") if f"{key}_detail" in entry else None
    return (
        _construct(detail, html)
        if isinstance(detail, Mapping)
        else RawText(_string(entry, key), "html" if html else "text")
    )


def _construct(of: Mapping[str, object], html: bool) -> RawText:
    value, kind = _string(of, "value"), _string(of, "type")
    if not value:
        return RawText()
    return RawText(value, "html" if html or "html" in kind else "text")


def _authors(of: Mapping[str, object]) -> tuple[Person, ...]:
    found = [tree.person(_string(of, key)) for key in of if key.startswith(_RENAMED)]
    return tuple(dict.fromkeys(one for one in found if one))


def _href(of: object) -> str:
    return _string(of, "href") or _string(of, "url") if isinstance(of, Mapping) else ""


def _absolute(of: object, url: str) -> str | None:
    return tree.resolve(_href(of), url)


def _linked(of: Mapping[str, object], rel: str, url: str) -> str | None:
    return next((_absolute(link, url) for link in _dicts(of, "links") if link.get("rel") == rel), None)


def _image(entry: Mapping[str, object], url: str) -> Image | None:
    pictures: Iterable[Mapping[str, object]] = (
        *(
            one
            for one in _dicts(entry, "media_content")
            if _string(one, "medium") == "image" or _string(one, "type").startswith("image/")
        ),
        *_dicts(entry, "media_thumbnail"),
        *(
            one
            for one in _dicts(entry, "links")
            if one.get("rel") == "enclosure" and _string(one, "type").startswith("image/")
        ),
    )
    return next((Image(address) for one in pictures if (address := _absolute(one, url))), None)
