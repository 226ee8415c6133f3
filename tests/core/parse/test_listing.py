"""The ladder finds the articles of a page, in the owner's words or its own, and says so when there are none."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.errors import NoListing, ParseError, TooComplex, Walled
from aggregator.model import Rule
from aggregator.parse.listing import Listing, read_listing

URL = "https://asha.example/notes"
MENU = '<nav><ul><li><a href="/about-me">About me</a></li><li><a href="/t">My talks</a></li></ul></nav>'
FOOT = (
    '<footer><a href="/imprint">Imprint</a> <a href="/p">Privacy policy</a> <a href="/colophon">Colophon</a></footer>'
)
TITLES = ("Replaying a ledger by night", "Why the queue was empty", "Four timers and a clock", "What a harbour teaches")


def html(main: str, head: str = "") -> bytes:
    head = f"<title>Notes by Asha</title>{head}"
    body = f"<body>{MENU}<main>{main}</main>{FOOT}</body>"
    return f'<!doctype html><html lang="en"><head>{head}</head>{body}</html>'.encode()


def slug(title: str) -> str:
    return title.lower().replace(" ", "-")


def read(body: bytes, rule: Rule | None = None, url: str = URL) -> Listing:
    return read_listing(body, "text/html; charset=utf-8", url, rule)


def told(listing: Listing) -> list[tuple[str, str, str | None]]:
    return [(one.url or "", one.title.value, one.published) for one in listing.entries]


def addresses(listing: Listing) -> list[str]:
    return [(one.url or "").removeprefix("https://asha.example/") for one in listing.entries]


def cards(titles: tuple[str, ...] = TITLES, tag: str = "article", klass: str = "card") -> str:
    return "".join(
        f'<{tag} class="{klass}"><a href="/notes/{slug(title)}"><img src="/i/{place}.jpg" alt=""></a>'
        f'<h2><a href="/notes/{slug(title)}">{title}</a></h2><time datetime="2026-05-0{place}">some days ago</time>'
        f"<p>A paragraph of about ten words that says what it is on.</p>"
        f'<a class="more" href="/notes/{slug(title)}">Read more</a> <a href="/tag/kafka">kafka</a></{tag}>'
        for place, title in enumerate(titles, 1)
    )


# ── links ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_cards_give_title_date_summary_and_picture() -> None:
    found = read(html(cards()))
    assert found.rung == "links"
    assert found.confidence > 0.5
    assert told(found)[0] == ("https://asha.example/notes/replaying-a-ledger-by-night", TITLES[0], "2026-05-01")
    assert [one.title.value for one in found.entries] == list(TITLES)
    first = found.entries[0]
    assert first.summary.value == "A paragraph of about ten words that says what it is on."
    assert first.image is not None
    assert first.image.url == "https://asha.example/i/1.jpg"
    assert (found.title, found.language) == ("Notes by Asha", "en")


def test_three_cards_of_a_portfolio_among_its_sections() -> None:
    main = (
        '<section id="work"><h2>Work</h2><p>Eleven years of moving things from one place to another.</p></section>'
        '<section id="notes"><h2>Notes</h2><div class="grid">'
        + "".join(
            f'<a class="tile" href="/notes/{slug(t)}"><span>{t}</span><p>Some words on it.</p></a>' for t in TITLES[:3]
        )
        + '</div></section><section id="contact"><a href="https://github.com/asha">GitHub</a> '
        '<a href="https://www.linkedin.com/in/asha">LinkedIn</a> <a href="https://dev.to/asha">DEV</a></section>'
    )
    assert addresses(read(html(main))) == [f"notes/{slug(title)}" for title in TITLES[:3]]
    assert [one.title.value for one in read(html(main)).entries] == list(TITLES[:3])


@pytest.mark.parametrize(
    ("row", "date"),
    [
        ('<li><span>12 May 2026</span> <a href="{0}">{1}</a></li>', "12 May 2026"),
        ('<li><a href="{0}">{1}</a> <em>May 2026</em></li>', "May 2026"),
        ('<tr><td class="d">2026-05-12</td><td><a href="{0}">{1}</a></td></tr>', "2026-05-12"),
        ('<dt>12 May 2026</dt><dd><a href="{0}">{1}</a></dd>', "12 May 2026"),
        ('<p>2026-05-12 <a href="{0}">{1}</a></p>', "2026-05-12"),
        ('<div data-date="2026-05-12T10:00:00Z"><a href="{0}">{1}</a></div>', "2026-05-12T10:00:00Z"),
        ('<li><a href="{0}"><time>12 May 2026</time> <span>{1}</span></a></li>', "12 May 2026"),
        ('<li><a href="{0}">{1}</a></li>', None),
    ],
)
def test_plain_rows_are_dated_by_what_stands_beside(row: str, date: str | None) -> None:
    rows = "".join(row.format(f"/notes/{slug(title)}", title) for title in TITLES)
    around = {"<li": "ul", "<tr": "table", "<dt": "dl"}.get(row[:3], "div")
    found = read(html(f"<{around}>{rows}</{around}>"))
    assert told(found) == [(f"https://asha.example/notes/{slug(t)}", t, date) for t in TITLES]


def test_a_date_in_the_address_counts_where_no_other_is() -> None:
    rows = "".join(f'<li><a href="/2026/05/0{n}/{slug(t)}">{t}</a></li>' for n, t in enumerate(TITLES, 1))
    assert [one.published for one in read(html(f"<ul>{rows}</ul>")).entries][:2] == ["2026-05-01", "2026-05-02"]


def test_words_of_a_whole_card_are_no_title() -> None:
    rows = "".join(
        f'<a href="/notes/{slug(t)}"><div>{t}</div><div>12 May 2026</div><div>{"word " * 22}</div></a>' for t in TITLES
    )
    assert [one.title.value for one in read(html(rows)).entries] == list(TITLES)


def test_links_inside_sentences_and_menus_are_no_articles() -> None:
    prose = "".join(
        f'<p>Here is what I think of it, and why <a href="https://elsewhere.example/{n}">that is not so</a>.</p>'
        for n in range(9)
    )
    assert addresses(read(html(cards() + prose))) == [f"notes/{slug(title)}" for title in TITLES]


# ── what a page states ──────────────────────────────────────────────────────────────────────────────────────────────


def test_json_ld_lists_come_first() -> None:
    blog = {
        "@context": "https://schema.org",
        "@type": "Blog",
        "blogPost": [
            {"@type": "BlogPosting", "headline": t, "url": f"/b/{n}", "datePublished": f"2026-05-0{n}",
             "author": {"@type": "Person", "name": "Asha Rao"}, "keywords": "kafka, sql"}
            for n, t in enumerate(TITLES, 1)
        ],
    }  # fmt: skip
    found = read(html("<p>words</p>", f'<script type="application/ld+json">{json.dumps(blog)}</script>'))
    assert found.rung == "json-ld"
    assert told(found)[1] == ("https://asha.example/b/2", TITLES[1], "2026-05-02")
    assert (found.entries[0].authors[0].name, found.entries[0].tags) == ("Asha Rao", ("kafka", "sql"))


def test_an_item_list_of_addresses_takes_its_words_from_the_cards() -> None:
    items = {
        "@type": "ItemList",
        "itemListElement": [
            {"@type": "ListItem", "position": n, "url": f"https://asha.example/notes/{slug(t)}"}
            for n, t in enumerate(TITLES)
        ],
    }
    found = read(html(cards(), f'<script type="application/ld+json">[{json.dumps(items)}]</script>'))
    assert found.rung == "json-ld"
    assert told(found)[3] == (f"https://asha.example/notes/{slug(TITLES[3])}", TITLES[3], "2026-05-04")


def test_breadcrumbs_and_products_are_no_articles() -> None:
    other = [
        {
            "@type": "BreadcrumbList",
            "itemListElement": [{"@type": "ListItem", "item": f"/c/{n}", "name": f"Crumb {n}"} for n in range(4)],
        },
        {
            "@type": "ItemList",
            "itemListElement": [{"@type": "Product", "url": f"/p/{n}", "name": f"Thing {n}"} for n in range(4)],
        },
    ]
    found = read(html(cards(), f'<script type="application/ld+json">{json.dumps(other)}</script>'))
    assert (found.rung, len(found.entries)) == ("links", 4)


def test_h_entries() -> None:
    items = "".join(
        f'<div class="h-entry"><a class="u-url p-name" href="/n/{n}">{t}</a>'
        f'<time class="dt-published" datetime="2026-05-0{n}T10:00:00Z"></time>'
        f'<span class="p-summary">In short.</span> <a class="p-category" href="/tag/sql">sql</a></div>'
        for n, t in enumerate(TITLES, 1)
    )
    found = read(html(f'<div class="h-feed">{items}</div>'))
    assert found.rung == "h-feed"
    assert told(found)[0] == ("https://asha.example/n/1", TITLES[0], "2026-05-01T10:00:00Z")
    assert (found.entries[0].summary.value, found.entries[0].tags) == ("In short.", ("sql",))


# ── selectors ───────────────────────────────────────────────────────────────────────────────────────────────────────

SELECTORS = (("item", "tr"), ("title", "td.t"), ("link", "a@href"), ("date", "td.d"), ("summary", "td.s"))


def test_the_owners_selectors_stand_above_everything() -> None:
    rows = "".join(
        f'<tr><td class=d>2026-05-0{n}</td><td class=t>{t}</td><td class=s>On it.</td><td><a href="/n/{n}">»</a></tr>'
        for n, t in enumerate(TITLES, 1)
    )
    body = html(cards() + f"<table><tr><th>Date</th></tr>{rows}</table>")
    found = read(body, Rule("selectors", options=SELECTORS))
    assert (found.rung, found.confidence) == ("selectors", 1.0)
    assert told(found) == [(f"https://asha.example/n/{n}", t, f"2026-05-0{n}") for n, t in enumerate(TITLES, 1)]
    with pytest.raises(NoListing, match="no item for the selectors"):
        read(html(cards()), Rule("selectors", options=SELECTORS))


# ── rules ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_rule_finds_the_same_place_on_a_changed_page() -> None:
    rule = read(html(cards())).rule
    new = ("Something that is new", *TITLES)
    noise = "".join(f'<li><a href="/deal/{n}">A deal with a long and loud name number {n}</a></li>' for n in range(30))
    found = read(html(cards(new) + f"<ul>{noise}</ul>"), rule)
    assert addresses(found) == [f"notes/{slug(title)}" for title in new]
    assert (found.rule.path, found.rule.found) == (rule.path, 5)


def test_a_redesign_with_the_same_articles_is_learnt_anew() -> None:
    rule = read(html(cards())).rule
    rows = "".join(f'<section><h3><a class="t" href="/notes/{slug(t)}">{t}</a></h3></section>' for t in TITLES)
    found = read(html(f'<div class="wall">{rows}</div>'), rule)
    assert addresses(found) == [f"notes/{slug(title)}" for title in TITLES]
    assert found.rule.path != rule.path


def test_a_list_that_shares_nothing_is_not_believed_at_once() -> None:
    rule = read(html(cards())).rule
    other = html(cards(("Buy this domain today", "Cheap flights to anywhere", "Casino without any limit"), "div", "ad"))
    with pytest.raises(NoListing, match="was rebuilt"):
        read(other, rule)
    assert len(read(other, replace(rule, misses=2)).entries) == 3


def test_less_than_half_of_what_was_there_is_looked_at_again() -> None:
    many = tuple(f"A note with the number {n} on it" for n in range(9))
    rule = read(html(cards(many))).rule
    assert rule.found == 9
    found = read(html(cards(many[:2], klass="card") + '<div class="all">' + "".join(
        f'<h3><a href="/notes/{slug(t)}">{t}</a></h3>' for t in many[2:]) + "</div>"), rule)  # fmt: skip
    assert len(found.entries) == 7


# ── nothing to read ─────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("body", "error", "words"),
    [
        ("<title>Just a moment...</title><p>Checking your browser.</p><a href=/x>Why</a>", Walled, "check for bots"),
        ('<body><div id="root"></div><script src="/app.js"></script>', NoListing, "empty shell"),
        ("<h1>About me</h1>" + "<p>I write about ships and ledgers.</p>" * 20, NoListing, "no list of articles"),
        ("", NoListing, "empty shell"),
    ],
)  # fmt: skip
def test_what_is_no_list_is_an_error_with_a_sentence(body: str, error: type[ParseError], words: str) -> None:
    with pytest.raises(error, match=words):
        read(body.encode())


def test_a_shell_in_place_of_a_known_list_removes_nothing() -> None:
    rule = read(html(cards())).rule
    with pytest.raises(NoListing, match="what is known stays"):
        read(b'<div id="app"></div>', rule)


# ── sitemaps ────────────────────────────────────────────────────────────────────────────────────────────────────────


def urlset(*places: tuple[str, str]) -> bytes:
    rows = "".join(f"<url><loc>https://asha.example{path}</loc><lastmod>{day}</lastmod></url>" for path, day in places)
    return f'<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{rows}</urlset>'.encode()


def test_a_sitemap_gives_the_blogs_pages_and_true_days() -> None:
    posts = [(f"/blog/{slug(t)}/", f"2026-05-0{n}") for n, t in enumerate(TITLES, 1)]
    found = read(
        urlset(
            ("/", "2026-06-01"),
            ("/about/", "2026-06-01"),
            ("/blog/", "2026-06-01"),
            ("/tags/sql/", "2026-06-01"),
            *posts,
        )
    )
    assert found.rung == "sitemap"
    assert addresses(found) == [path.removeprefix("/") for path, _ in reversed(posts)]
    assert found.entries[0].published == "2026-05-04"
    assert found.rule.path == "/blog/"


def test_the_day_of_a_build_is_nobodys_date() -> None:
    found = read(urlset(*((f"/blog/{n}-{slug(t)}", "2026-06-01") for n, t in enumerate(TITLES * 3))))
    assert {one.published for one in found.entries} == {None}


# ── any bytes ───────────────────────────────────────────────────────────────────────────────────────────────────────

PAGES = [html(cards()), urlset(("/blog/a-b", "2026-01-01")), html("<ul><li><a href=/a>One two</a></ul>")]
BITS = [b"<", b">", b"</article>", b"<a href='//['>", b"<table>", b"\x00", b"\xff", b"&#0;", b"<!--", b"<![CDATA[",
        b"<base href='::'>", b"<script type=application/ld+json>", b"[{", b'"@type":["ItemList"]']  # fmt: skip


@settings(max_examples=120, deadline=None)
@given(st.sampled_from(PAGES), st.data())
def test_a_mangled_page_never_surprises(body: bytes, data: st.DataObject) -> None:
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(body)))
        put = data.draw(st.one_of(st.sampled_from(BITS), st.binary(max_size=6)))
        body = body[:start] + put + body[start + data.draw(st.integers(0, 40)) :]
    rule = data.draw(
        st.sampled_from([None, Rule("links", "ul>li>a", ("asha.example/a",), 4), Rule("selectors", options=SELECTORS)])
    )
    try:
        found = read(body, rule)
    except ParseError as error:
        assert str(error).strip()
    else:
        assert found.entries
        assert all(one.url for one in found.entries)


@pytest.mark.parametrize(
    "body",
    [
        b"<div>" * 30_000,
        b"<a href=/x>" * 30_000,
        b"<li><a href='/a'>two words</a>" * 9_000,
        b"<!--" * 100_000,
        b"<p " + b"a=b " * 100_000 + b">",
        b'<script type="application/ld+json">' + b"[" * 200_000,
    ],
)
def test_hostile_pages_end_soon(body: bytes) -> None:
    with pytest.raises(ParseError):
        read(body)


def test_too_many_elements() -> None:
    with pytest.raises(TooComplex):
        read(b"<p>a</p>" * 50_000)
