"""Whatever a document says, an entry is safe, dated in UTC, absolute and within its limits, or it is skipped."""

from __future__ import annotations

from urllib.parse import urlsplit

from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.model import Entry, Image, ParsedFeed, Person, RawEntry, RawText, Skipped
from aggregator.normalize import normalize
from aggregator.text.html import sanitize, xml_safe
from tests.core.normalize.conftest import NOW, SOURCE

MARKUP = [
    "<p>",
    "</p>",
    "<script>",
    "<b onclick=x>",
    '<a href="javascript:x">',
    "<img src=/x width=1>",
    "<svg onload=x>",
]
ODD = [
    "&lt;",
    "&amp;lt;",
    "<![CDATA[",
    "\x00",
    "\ud800",
    "\ufffe",
    "\u202e",
    "👋",
    "水",
    "مد",
    "\n\n",
    "//",
    "%",
    "data:",
]
SAID = ["Hi all", "Originally published at <a href='https://e.example/a'>", "[…]", "Read more", "word ", "2024-02-30"]
BITS = st.sampled_from(MARKUP + ODD + SAID)
WORDS = st.one_of(st.lists(BITS, max_size=8).map("".join), st.text(st.characters(), max_size=40))
MAYBE = st.none() | WORDS
ADDRESS = (
    st.none() | WORDS | st.sampled_from(["https://e.example/a", "/a", "javascript:x", "http://[", "https://\ud800/"])
)
TEXT = st.builds(RawText, WORDS, st.sampled_from(["text", "html"]))
PEOPLE = st.lists(st.builds(Person, WORDS, ADDRESS, ADDRESS), max_size=3).map(tuple)
RAW = st.builds(
    RawEntry,
    guid=MAYBE,
    url=ADDRESS,
    title=TEXT,
    summary=TEXT,
    content=TEXT,
    published=MAYBE,
    updated=MAYBE,
    authors=PEOPLE,
    tags=st.lists(WORDS, max_size=5).map(tuple),
    image=st.none() | st.builds(Image, WORDS, st.none() | st.integers(), st.none() | st.integers(), MAYBE),
    language=MAYBE,
    canonical_url=ADDRESS,
    base=WORDS,
    in_reply_to=st.booleans(),
    reading_time_minutes=st.none() | st.integers(1, 90),
)
FEED = st.builds(
    ParsedFeed,
    format=st.just("rss20"),
    url=st.sampled_from(["https://e.example/feed", "x", ""]),
    language=MAYBE,
    authors=PEOPLE,
    icon=ADDRESS,
)


@settings(max_examples=400, deadline=None)
@given(RAW, FEED)
def test_an_entry_is_safe_or_skipped(raw: RawEntry, feed: ParsedFeed) -> None:
    entry = normalize(raw, feed, SOURCE, NOW)
    assert entry == normalize(raw, feed, SOURCE, NOW)
    if isinstance(entry, Skipped):
        assert entry.reason
        return
    assert isinstance(entry, Entry)
    assert entry.guid and entry.title.strip() and len(entry.summary) <= 220
    images = [entry.image.url] if entry.image else []
    people = [address for person in entry.authors for address in (person.url, person.avatar)]
    for address in (entry.url, entry.canonical_url, *images, *people):
        assert address is None or (urlsplit(address).scheme in ("http", "https") and urlsplit(address).netloc)
    for moment in (entry.published, entry.updated):
        assert moment is None or moment.utcoffset() == NOW.utcoffset()
    assert (entry.published is None) == (entry.date_precision == "unknown")
    assert sanitize(entry.content_html, entry.url or "") == entry.content_html
    names = [person.name for person in entry.authors]
    for text in (
        entry.guid,
        entry.title,
        entry.summary,
        entry.content_html,
        *names,
        *entry.tags,
        *entry.tag_labels.values(),
    ):
        assert xml_safe(text) == text
    assert entry.tags == tuple(entry.tag_labels) and all(entry.tags)
    assert entry.reading_time_minutes >= 1 and entry.word_count >= 0
