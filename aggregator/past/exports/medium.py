"""Medium's export: a page for every story, draft and reply, under ``posts/``."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from selectolax.lexbor import LexborHTMLParser, LexborNode

from aggregator.model import Circumstances, Person, Piece, RawEntry, RawText, Skipped
from aggregator.parse import charset
from aggregator.past.export import Export, Read, last
from aggregator.sources import keys_of

_STORY = re.compile(r"(?:.*/)?posts/[^/]+\.html", re.IGNORECASE)
_MARK = b"h-entry"
_ID = re.compile(r"[-_/]([0-9a-f]{8,12})(?:\.html)?(?:[?#]|$)")
_PERMALINK = "https://medium.com/p/"


def pieces(names: Sequence[str], read: Read) -> Iterator[Piece]:
    """Every page of a story; what else is in the export (claps, bookmarks, sessions) is nobody's article."""
    stories = [name for name in names if _STORY.fullmatch(name)]
    if any(_MARK in read(name) for name in stories[:3]):
        yield from (Piece(name, read(name)) for name in stories)


def entry(piece: Piece, circumstances: Circumstances) -> RawEntry | Skipped:
    """A story; a draft has no date of publication."""
    tree = LexborHTMLParser(charset.decode(piece.body, "text/html; charset=utf-8"))
    title = _text(tree.css_first("h1.p-name")) or _text(tree.css_first("title"))
    time = tree.css_first("time.dt-published")
    published = (time.attributes.get("datetime") or "").strip() if time is not None else ""
    if last(piece.name).startswith("draft_") or not published:
        return Skipped(title or last(piece.name), "a draft")
    body = tree.css_first('section[data-field="body"]') or tree.css_first(".e-content")
    if body is None:
        raise ValueError("it has no text: is it a story at all?")
    canonical = _href(tree.css_first("a.p-canonical"))
    permalink = next((link for node in tree.css("footer a") if (link := _href(node)).startswith(_PERMALINK)), "")
    found = _ID.search(permalink) or _ID.search(last(piece.name))
    if found is None and not canonical:
        raise ValueError("it tells nowhere which story it is")
    own = f"{_PERMALINK}{found[1]}" if found else canonical
    elsewhere = bool(canonical) and set(keys_of(canonical)).isdisjoint(keys_of(own))
    author = tree.css_first("a.p-author")
    subtitle = _text(tree.css_first('section[data-field="subtitle"]'))
    return RawEntry(
        guid=own,
        url=own if elsewhere or not canonical else canonical,
        title=RawText(title),
        summary=RawText(subtitle),
        content=RawText(_story(body), "html"),
        published=published,
        authors=(Person(_text(author)),) if _text(author) else (),
        canonical_url=canonical if elsewhere else None,
        base=own,
    )


def _story(body: LexborNode) -> str:
    """The paragraphs without the frame around them, and without the title and subtitle that stand above them."""
    for node in body.css(".graf--title, .graf--subtitle, hr.section-divider"):
        node.decompose()
    inner = body.css(".section-inner")
    return "".join(child.html or "" for part in inner for child in part.iter()) if inner else body.html or ""


def _text(node: LexborNode | None) -> str:
    return " ".join(node.text().split()) if node is not None else ""


def _href(node: LexborNode | None) -> str:
    return (node.attributes.get("href") or "").strip() if node is not None else ""


EXPORT = Export(
    name="medium",
    label="an export of Medium",
    kind="medium",
    pieces=pieces,
    entry=entry,
    title="Medium",
    generator="Medium",
)
