"""Whatever sources say, every document of the store that it makes holds every row of outputs.md section 1."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from hypothesis import HealthCheck, Phase, event, given, settings
from hypothesis import strategies as st

from aggregator import ingest
from aggregator.model import Image, ParsedFeed, Person, RawEntry, RawText, Source
from aggregator.publish.address import pairs
from aggregator.publish.request import read
from aggregator.publish.steered import Steered, steered
from aggregator.publish.views import build
from aggregator.render import formats, links
from tests.rules import atom_breaches, json_breaches, opml_breaches, rss_breaches
from tests.shell.histories.database import SqliteFile
from tests.shell.histories.house import RealHouse

NOW = datetime(2026, 5, 19, 9, 34, 58, tzinfo=UTC)
BASE = "https://feeds.example.org"
STORES = int(os.environ.get("STORES") or 12)

HUGE = "huge"  # is written out only where it is read: an example must fit on a screen
NASTY = (
    "",
    " \t\r\n ",
    "\x00\x08\x0c\x1b[0m\x7f",
    "C1 \x85 \x92 \x9f, lost \ufffd, none \ufdd0 \ufffe\uffff \U0001fffe",
    "\ud800 lone \udfff",
    "مرحبا بالعالم \u202eabc\u202c",
    "שלום, <b>עולם</b>",
    "👩🏽‍💻 \U0001f600 \U0010ffff",
    "日本語の題名、とても長い",
    "<script>alert(1)</script> & ]]> <!-- --> &amp;amp; &#x26; &#60;",
    "How </div>, &lt;/p&gt;, &copy and S&P500 are spelled <me@x.example>",
    "quote \" and ' and\r\nlines\u2028\u2029",
    "a, b, c",
    HUGE,
)
BODIES = (
    '<p>See <a href="#fn1">1</a>, <a href="../up?a[]=1&b=ü">up</a>, <a href="javascript:alert(1)">js</a></p>',
    '<img src="/i.png" onerror="x()" style="position:fixed"><iframe src="https://y.example/"></iframe>',
    "<table><tr><td>a<td>b</table><ul><li>x<li>y</ul><p>un<b>closed",
    '<a href="mailto:me@x.example">mail</a> <svg onload=x><math><mi>x</mi></math>',
)
texts = st.sampled_from(NASTY) | st.text(st.characters(), max_size=20)
marked = texts | st.sampled_from(BODIES)
addresses = st.sampled_from(
    (
        None,
        "",
        "https://site.example",
        "https://site.example/p?a[]=1&b=%zz#x",
        "https://münchen.example/ü/日本?q=é",
        "HTTP://Site.Example:80/a/../b",
        "javascript:alert(1)",
        "/relative/path",
        "https://[::1]/x",
        "https://user:pw@site.example/",
    )
)
dates = st.sampled_from(
    (None, "", "1969-12-31", "2026-05-19", "Tue, 19 May 2026 09:34:58 GMT", "2026-05-18T23:59:59-11:00", "9999-12-31")
) | st.datetimes(datetime(1980, 1, 1), datetime(2040, 1, 1)).map(datetime.isoformat)  # noqa: DTZ001 - as documents have them
people = st.lists(st.builds(Person, texts, addresses, addresses), max_size=2).map(tuple)
sizes = st.sampled_from((None, -1, 0, 640, 10**9))
shapes = st.builds(
    RawEntry,
    guid=st.none() | texts,
    url=addresses,
    title=st.builds(RawText, texts, st.sampled_from(("text", "html"))),
    summary=st.builds(RawText, marked, st.sampled_from(("text", "html"))),
    content=st.builds(RawText, marked, st.just("html")),
    published=dates,
    updated=dates,
    authors=people,
    tags=st.lists(texts, max_size=3).map(tuple),
    image=st.none() | st.builds(Image, addresses.filter(bool), sizes, sizes, st.none() | texts),
    language=st.sampled_from((None, "en", "ar", "pt_BR", "xx", "zh-Hant", "english", "")),
    base=st.just("https://site.example/posts/"),
)


@dataclass(frozen=True, slots=True)
class Web:
    """What an owner's two places say: ``count`` entries, of which the second has a few, too."""

    shapes: tuple[RawEntry, ...]
    count: int
    shared: int
    title: str
    language: str | None

    def feed(self, count: int) -> ParsedFeed:
        """The document of a place with the first ``count`` entries."""
        entries = tuple(_written_out(self._entry(place)) for place in range(count))
        return ParsedFeed(
            "rss20", "https://site.example/feed.xml", title=self.title, language=self.language, entries=entries
        )

    def _entry(self, place: int) -> RawEntry:
        shape = self.shapes[place % len(self.shapes)]
        if place < len(self.shapes):
            return shape
        said = " ".join(
            f"{word}{place}" for word in ("queue", "lease", "clock", "retry", "index", "cache", "shard", "token")
        )
        return replace(
            shape,
            guid=f"{shape.guid}{place}",
            url=f"{shape.url}/{place}" if shape.url else shape.url,
            title=replace(shape.title, value=f"{shape.title.value} {said[:16]}"),
            content=replace(shape.content, value=f"{shape.content.value}<p>{said}</p>"),
        )


def _written_out(raw: RawEntry) -> RawEntry:
    return replace(raw, title=_long(raw.title), summary=_long(raw.summary), content=_long(raw.content))


def _long(text: RawText) -> RawText:
    return RawText("word & <b>bold</b> " * 3000, text.type) if text.value == HUGE else text


webs = st.builds(
    Web,
    shapes=st.lists(shapes, min_size=1, max_size=5).map(tuple),
    count=st.sampled_from((0, 1, 2, 3, 5, 8, 31, 200)),
    shared=st.integers(0, 3),
    title=texts,
    language=st.sampled_from((None, "en", "he")),
)
PLACES = (
    Source("asha/site", "asha", "site", "feed", "https://site.example/feed.xml", home_page_url="https://site.example"),
    Source(
        "asha/dev",
        "asha",
        "dev",
        "dev",
        "https://dev.to/feed/asha",
        home_page_url="https://dev.to/asha",
        title="R&D </b> & more",
    ),
)


@settings(
    max_examples=STORES,
    deadline=None,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),  # what is wrong says where; making a store smaller takes long
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(webs)
def test_every_document_holds_every_row(web: Web) -> None:
    database = SqliteFile()
    home = RealHouse(database, PLACES, now=NOW)
    try:
        for place, count in zip(home.places, (web.count, min(web.shared, web.count)), strict=True):
            home.poll(place, ingest.take(web.feed(count), place, NOW).entries)
        event(f"{len(home.memory.articles) // 10 * 10} articles and more")
        assert breaches(home) == {}
    finally:
        home.store.close()
        database.close()


DOCUMENTS = (
    *(f"/{scope}{name}" for scope in ("", "asha/") for name in ("rss.xml", "atom.xml", "feed.json", "index.json")),
    *(
        f"/asha/{name}?{query}"
        for name in ("rss.xml", "atom.xml")
        for query in ("content=title", "content=summary&limit=2")
    ),
    *(f"/asha/{name}?limit=200&sort=published" for name in ("rss.xml", "atom.xml", "feed.json")),
    *("/feeds.opml", "/asha/feeds.opml", "/asha/sources.opml"),
)


def breaches(home: RealHouse) -> dict[str, Sequence[str]]:
    """What is wrong, by document."""
    steer = steered(home.config, home.store)
    found: dict[str, Sequence[str]] = {}
    for path in DOCUMENTS:
        found |= _pages(home, steer, path)
    return {path: said for path, said in found.items() if said}


def _pages(home: RealHouse, steer: Steered, path: str) -> dict[str, Sequence[str]]:
    """The breaches of a document and of its next page."""
    found: dict[str, Sequence[str]] = {}
    for _ in range(2):
        place, _, query = path.partition("?")
        *segments, name = place.removeprefix("/").split("/")
        asked = read(home.config, segments, pairs(query.encode()))
        view = build(home.config, home.store, asked, formats()[name], steer)
        data = formats()[name].render(view)
        address = links.this(view, name)
        assert address.startswith(f"{BASE}/")
        found[address] = _held(name, data, address)
        if view.next_query is None:
            break
        path = f"{asked.path}/{name}?{view.next_query}"
    return found


def _held(name: str, data: bytes, address: str) -> list[str]:
    ahead = timedelta(minutes=5)  # changes in one second each take the next one
    if name.endswith(".opml"):
        return opml_breaches(data, NOW, ahead)
    if name.endswith(".json"):
        return json_breaches(data, address, NOW)
    return (rss_breaches if name == "rss.xml" else atom_breaches)(data, address, NOW, ahead)
