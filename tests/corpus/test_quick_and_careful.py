"""The quick reading of well-formed documents says what feedparser says of them, also after they were damaged.

What is not well-formed is handed over, so only what still is can differ. The differences that are meant are named here.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from lxml import etree

from aggregator.errors import ParseError
from aggregator.model import ParsedFeed, RawEntry
from aggregator.parse import atom, charset, loose, repair, rss, sniff
from aggregator.text.html import plain, text_of

PARSER = etree.XMLParser(resolve_entities=False, no_network=True, remove_comments=True, remove_pis=True)
DOCUMENTS = Path(__file__).parent / "documents"
URL = "https://reader.example/feed"
# (document, field) -> why we read it in another way
MEANT = {
    ("atom10-bases.xml", "tags"): "a category's label is how the author writes it, its term a slug",
    ("atom10-full.xml", "tags"): "a category of another scheme than tags is none",
    ("atom10-bases.xml", "authors"): "an entry without an author has that of its source (RFC 4287 section 4.2.1)",
    ("atom10-types.xml", "url"): "relative addresses stand on the feed's own, not on where it was fetched",
    ("rss20-guids.rss", "url"): "a guid that says it is no permalink is none",
    ("rss20-media.rss", "content"): "the longest text of an item is its content, wherever it stands",
    ("rss20-media.rss", "summary"): "the longest text of an item is its content, wherever it stands",
    ("rss20-other-elements.rss", "published"): "dcterms:issued, not the day of an update",
    ("rss20-other-elements.rss", "updated"): "dcterms:modified is an update",
    ("rss20-people.rss", "authors"): "an author of which only a mail address is known has no name",
}
PATHS = sorted(path for path in DOCUMENTS.rglob("*") if path.suffix in (".xml", ".rss", ".atom"))
PLAIN = [path for path in PATHS if path.name not in {name for name, _ in MEANT}]


def facts(entry: RawEntry) -> Mapping[str, Any]:
    return {
        "guid": entry.guid or entry.url,
        "url": entry.url,
        "title": text_of(entry.title),
        "published": entry.published,
        "updated": entry.updated,
        "authors": [person.name for person in entry.authors],
        "tags": entry.tags,
        "content": plain(entry.content.value),
        "summary": plain(entry.summary.value),
        "in_reply_to": entry.in_reply_to,
    }


def both(text: str) -> tuple[ParsedFeed, ParsedFeed] | None:
    """The quick reading and feedparser's; None for what is not read quickly."""
    legal = repair.legal(sniff.markup(text, URL).text)
    try:
        root = etree.fromstring(legal.encode(), PARSER)
    except etree.XMLSyntaxError:
        return None
    quick = atom.read(root, URL) if etree.QName(root).localname == "feed" else rss.read(root, URL)
    return quick, loose.read(legal, URL)


def read(path: Path) -> str:
    return charset.decode(path.read_bytes(), "")


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.name)
def test_every_document_of_the_corpus(path: Path) -> None:
    try:
        found = both(read(path))
    except ParseError:
        return
    if found is None:
        return
    quick, careful = found
    assert len(quick.entries) == len(careful.entries)
    for ours, theirs in zip(quick.entries, careful.entries, strict=True):
        said, read_ = facts(ours), facts(theirs)
        for name in said:
            if (path.name, name) not in MEANT:
                assert said[name] == read_[name], name


CUT = st.tuples(st.floats(0, 1, exclude_max=True), st.integers(1, 40))
PIECES = st.sampled_from(
    ["", "&amp;", "&#8217;", "<![CDATA[ & ]]>", "é", "\u2028", "<!-- x -->", "<b>", "&lt;b&gt;", " "]
)


@given(st.sampled_from(PLAIN), st.lists(st.tuples(CUT, PIECES), min_size=1, max_size=4))
@settings(max_examples=150, deadline=None)
@example(PLAIN[0], [((0.5, 1), "&amp;")])
def test_damaged_documents_are_read_alike_or_handed_over(
    path: Path, damage: list[tuple[tuple[float, int], str]]
) -> None:
    text = read(path)
    for (place, length), piece in damage:
        start = int(place * len(text))
        text = text[:start] + piece + text[start + (0 if piece else length) :]
    try:
        found = both(text)
    except ParseError:
        found = None
    assume(found is not None)
    assert found is not None
    quick, careful = found
    assert [facts(entry) for entry in quick.entries] == [facts(entry) for entry in careful.entries]
