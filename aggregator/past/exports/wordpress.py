"""A WordPress export (WXR): RSS with everything that a blog holds, of which published posts are articles."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from lxml import etree

from aggregator.model import Circumstances, Person, Piece, RawEntry, RawText, Skipped
from aggregator.parse import charset
from aggregator.past.export import Export, Read
from aggregator.past.markup import paragraphs
from aggregator.text.html import xml_safe

# CDATA first: a post about RSS has items in it that are none.
_TOKEN = re.compile(r"<!\[CDATA\[.*?\]\]>|<item(?=[\s>])|</item>", re.DOTALL)
_ROOT = re.compile(r"<rss\b[^>]{0,4000}>")
_WXR = "wordpress.org/export/"
_LOOK = 20_000
_SITE = re.compile(r"<channel>.{0,4000}?<link>\s*([^<\s]{1,2000})\s*</link>", re.DOTALL)
_AUTHOR = re.compile(r"<wp:author>(.{0,4000}?)</wp:author>", re.DOTALL)
_NAMED = re.compile(
    r"<wp:author_(login|display_name)>\s*(?:<!\[CDATA\[)?(.{0,300}?)(?:\]\]>)?\s*</wp:author_\1>", re.DOTALL
)
_CUT = "the file ends in the middle: what came before is taken, export it again for the rest"
_KINDS = {"page": "a page", "attachment": "a file", "nav_menu_item": "an entry of a menu", "revision": "a revision"}
_STATES = {"draft": "a draft", "auto-draft": "a draft", "pending": "a draft", "private": "private", "trash": "deleted"}


def pieces(names: Sequence[str], read: Read) -> Iterator[Piece]:
    """Every item of every file of that kind, cut out as it stands."""
    for name in names:
        if name.lower().endswith((".xml", ".wxr", ".txt")) or len(names) == 1:
            yield from _items(name, read(name))


def _items(name: str, body: bytes) -> Iterator[Piece]:
    text = charset.decode(body, "")
    root = _ROOT.search(text, 0, _LOOK)
    if root is None or _WXR not in text[:_LOOK]:
        return
    first = next((token for token in _TOKEN.finditer(text) if token[0] == "<item"), None)
    head = text[: first.start()] if first else text[:_LOOK]
    told = (("root", root[0]), *_told(head))
    start, number, end = -1, 0, 0
    for token in _TOKEN.finditer(text):
        end = token.end()
        if token[0] == "<item" and start < 0:
            start = token.start()
        elif token[0] == "</item>" and start >= 0:
            number += 1
            yield Piece(f"{name}#{number}", text[start : token.end()].encode(), told)
            start = -1
    if start >= 0 or "</channel>" not in text[end:]:
        yield Piece(f"{name}#{number + 1}", b"<item", (*told, ("cut", _CUT)))


def _told(head: str) -> Iterator[tuple[str, str]]:
    if site := _SITE.search(head):
        yield "site", site[1]
    for author in _AUTHOR.findall(head):
        names = dict(_NAMED.findall(author))
        if names.get("login") and names.get("display_name"):
            yield f"author {names['login']}", names["display_name"]


def entry(piece: Piece, circumstances: Circumstances) -> RawEntry | Skipped:
    """A post that everybody may read."""
    told = dict(piece.told)
    if "cut" in told:
        raise ValueError(told["cut"])
    of = _fields(told.get("root", "<rss>"), piece.body)
    title = of.get("title", "") or piece.name
    kind, state = of.get("wp:post_type", "post"), of.get("wp:status", "publish")
    if kind != "post":
        return Skipped(title, f"{_KINDS.get(kind, 'of another kind')}, not a post")
    if state != "publish":
        return Skipped(title, _STATES.get(state, "not published yet" if state == "future" else "not published"))
    if of.get("wp:post_password"):
        return Skipped(title, "protected by a password")
    login = of.get("dc:creator", "")
    name = told.get(f"author {login}", login)
    gmt = of.get("wp:post_date_gmt", "")
    return RawEntry(
        guid=of.get("guid") or None,
        url=of.get("link") or None,
        title=RawText(of.get("title", ""), "html"),
        summary=RawText(of.get("excerpt:encoded", ""), "html"),
        content=RawText(paragraphs(of.get("content:encoded", "")), "html"),
        published=of.get("pubdate") or (f"{gmt}Z" if gmt and not gmt.startswith("0000") else None),
        authors=(Person(name),) if name else (),
        tags=tuple(of.get("category", "").split("\n")) if of.get("category") else (),
        base=of.get("link", ""),
    )


def _fields(root: str, item: bytes) -> dict[str, str]:
    """The children of an item by name, with the prefix that WordPress gives them; tags are joined by line breaks."""
    parser = etree.XMLParser(resolve_entities=False, load_dtd=False, no_network=True, recover=True, huge_tree=False)
    document = f"{root}<channel>".encode() + xml_safe(item.decode()).encode() + b"</channel></rss>"
    try:
        tree = etree.fromstring(document, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise ValueError("it is no XML that can be read") from error
    found: dict[str, str] = {}
    for child in tree.iterfind("channel/item/*"):
        if not isinstance(child.tag, str):
            continue
        name, text = _name(child), "".join(child.itertext()).strip()
        if name == "category" and child.get("domain") not in ("category", "post_tag"):
            continue
        if name == "category" and text and child.get("nicename") != "uncategorized":
            found[name] = f"{found[name]}\n{text}" if name in found else text
        elif name != "category":
            found.setdefault(name, text)
    if not found:
        raise ValueError("nothing stands in it")
    return found


def _name(element: etree._Element) -> str:
    space, _, name = str(element.tag)[1:].rpartition("}") if "}" in str(element.tag) else ("", "", str(element.tag))
    for part, prefix in (("/excerpt/", "excerpt"), (_WXR, "wp"), ("/content/", "content"), ("/dc/", "dc")):
        if part in space:
            return f"{prefix}:{name}".lower()
    return name.lower()


def _home(piece: Piece) -> str | None:
    return dict(piece.told).get("site")


EXPORT = Export(
    name="wordpress",
    label="an export of WordPress",
    kind="wordpress",
    pieces=pieces,
    entry=entry,
    generator="https://wordpress.org",
    home=_home,
)
