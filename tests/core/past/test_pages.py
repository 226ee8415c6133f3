"""One page of a history: its entries, where it goes on, and which articles it only names."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.errors import NoListing
from aggregator.model import BackfillPart, Fetched, Freshness, Past, Rule, Source, Validators
from aggregator.past.pages import folder_of, read_past
from tests.core.dedupe.made import ISSUED

URL = "https://asha.example/feed.xml"
HOME = "https://asha.example"


def fetched(body: str, url: str = URL, *links: tuple[str, str]) -> Fetched:
    kind = "text/html" if "<html" in body else "application/xml"
    return Fetched(url, 200, body.encode(), f"{kind}; charset=utf-8", Validators(), Freshness(), links=links)


def read(
    document: Fetched, kind: str = "feed", part: BackfillPart = "list", rule: Rule | None = None, folder: str = ""
) -> Past:
    source = Source(key="asha/blog", owner="asha", id="blog", kind=kind, feed_url=document.url)
    return read_past(document, source, ISSUED, rule, part, folder)


def atom(*links: str, generator: str = "") -> str:
    entry = f"<entry><id>{HOME}/a</id><title>A</title><link href='{HOME}/a'/></entry>"
    return f'<feed xmlns="http://www.w3.org/2005/Atom"><title>T</title>{generator}{"".join(links)}{entry}</feed>'


@pytest.mark.parametrize(
    ("link", "older"),
    [
        ('<link rel="next" href="/feed.xml?page=2"/>', f"{URL}?page=2"),
        ('<link rel="prev-archive" href="/2025.xml"/>', f"{HOME}/2025.xml"),
        ('<link rel="prev-archive" href="/2025.xml"/><link rel="next" href="/2.xml"/>', f"{HOME}/2.xml"),
        ('<link rel="previous" href="/newer.xml"/>', None),
        (f'<link rel="next" href="{URL}"/>', None),
        ('<link rel="next" href="https://other.example/2.xml"/>', None),
        ('<link rel="next" href="https://www.asha.example/2.xml"/>', "https://www.asha.example/2.xml"),
        ('<link rel="next" href="javascript:alert(1)"/>', None),
        ("", None),
    ],
)
def test_a_feed_says_where_it_goes_on(link: str, older: str | None) -> None:
    past = read(fetched(atom(link)))
    assert past.lists == ((older,) if older else ())
    assert [one.title for one in past.reading.entries] == ["A"]


def test_the_header_counts_where_the_document_is_silent() -> None:
    header = ("next", f"{HOME}/2.xml")
    assert read(fetched(atom(), URL, ("self", URL), header)).lists == (f"{HOME}/2.xml",)
    said = atom('<link rel="next" href="/3.xml"/>')
    assert read(fetched(said, URL, header)).lists == (f"{HOME}/3.xml",)


@pytest.mark.parametrize(
    ("kind", "asked", "older"),
    [
        ("dev", "https://dev.to/feed/asha", "https://dev.to/feed/asha?page=2"),
        ("dev", "https://dev.to/feed/asha?page=9", "https://dev.to/feed/asha?page=10"),
        ("wordpress", "https://asha.example/feed/", "https://asha.example/feed/?paged=2"),
        ("wordpress", "https://asha.example/?feed=rss2&paged=2", "https://asha.example/?feed=rss2&paged=3"),
        ("wordpress", "https://asha.example/?feed=rss2&paged=-7", "https://asha.example/?feed=rss2&paged=2"),
        ("medium", "https://medium.com/feed/@asha", None),
        ("feed", "https://asha.example/feed.xml", None),
    ],
)
def test_platforms_count_their_pages(kind: str, asked: str, older: str | None) -> None:
    assert read(fetched(atom(), asked), kind).lists == ((older,) if older else ())


def test_a_feed_that_wordpress_made_is_counted_like_one() -> None:
    made = atom(generator="<generator>https://wordpress.org/?v=6.6</generator>")
    assert read(fetched(made)).lists == (f"{URL}?paged=2",)


def test_github_counts_from_the_last_tag() -> None:
    releases = "https://github.com/asha/ledger/releases.atom"
    tagged = atom().replace(f"{HOME}/a'", "https://github.com/asha/ledger/releases/tag/v1.2%2B3'")
    assert read(fetched(tagged, releases), "github").lists == (f"{releases}?after=v1.2%2B3",)
    assert read(fetched(tagged, "https://github.com/asha.atom"), "github").lists == ()
    assert read(fetched(atom(), releases), "github").lists == ()


def test_blogger_may_go_on_at_its_own_host() -> None:
    more = "https://www.blogger.com/feeds/1234/posts/default?start-index=26"
    said = atom(f'<link rel="next" href="{more}"/>')
    assert read(fetched(said, "https://asha.example/feeds/posts/default"), "blogger").lists == (more,)


SITEMAP = '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{}</urlset>'
INDEX = '<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{}</sitemapindex>'


def locations(*urls: str, tag: str = "url") -> str:
    return "".join(f"<{tag}><loc>{url}</loc></{tag}>" for url in urls)


def test_a_sitemap_names_the_articles_of_the_folder() -> None:
    body = SITEMAP.format(
        locations(
            *(f"{HOME}/{path}" for path in ("blog/a", "blog/b", "talks/c", "about/", "blog/")),
            "https://x.example/blog/d",
        )
    )
    past = read(fetched(body, f"{HOME}/sitemap.xml"), "site", folder="/blog/")
    assert (past.places, past.lists, past.reading.entries) == ((f"{HOME}/blog/a", f"{HOME}/blog/b"), (), ())


def test_a_list_of_sitemaps_names_sitemaps_of_the_same_host() -> None:
    body = INDEX.format(
        locations(f"{HOME}/post-1.xml", f"{HOME}/post-2.xml", "https://x.example/post-3.xml", tag="sitemap")
    )
    past = read(fetched(body, f"{HOME}/sitemap.xml"), "site")
    assert set(past.lists) == {f"{HOME}/post-1.xml", f"{HOME}/post-2.xml"}


def page(title: str, published: str = "", url: str = f"{HOME}/blog/a") -> Fetched:
    meta = f'<meta property="article:published_time" content="{published}">' if published else ""
    words = "Some words that somebody wrote about it. " * 12
    return fetched(
        f"<!doctype html><html><head><title>{title}</title>{meta}</head><body><p>{words}</p></body></html>", url
    )


def test_a_page_is_an_article_where_it_stands_or_says_so() -> None:
    (dated,) = read(page("A title", "2024-05-06T07:08:09Z"), "site", "article").reading.entries
    assert (dated.title, dated.url, str(dated.published)) == ("A title", f"{HOME}/blog/a", "2024-05-06 07:08:09+00:00")
    assert [one.title for one in read(page("B"), "site", "article", folder="/blog/").reading.entries] == ["B"]
    assert not read(page("Shoes", url=f"{HOME}/shop/shoes"), "site", "article", folder="/blog/").reading.entries
    assert not read(page("Shoes"), "site", "article").reading.entries
    assert not read(page("Home", "2024-05-06", f"{HOME}/"), "site", "article").reading.entries
    assert not read(fetched("<html><body>Just a moment...</body></html>"), "site", "article").reading.entries


def test_a_page_without_the_list_ends_it() -> None:
    body = "<!doctype html><html><body><p>" + "Nothing was found here. " * 30 + "</p></body></html>"
    rule = Rule("links", "main>article", ("asha.example/blog/a",), 5)
    with pytest.raises(NoListing):
        read(fetched(body, f"{HOME}/blog/page/9"), "site", rule=rule)


@pytest.mark.parametrize(
    ("addresses", "folder"),
    [
        ([f"{HOME}/blog/a", f"{HOME}/blog/b/"], "/blog/"),
        ([f"{HOME}/2024/05/a", f"{HOME}/2023/01/b"], ""),
        ([f"{HOME}/en/blog/a", f"{HOME}/en/blog/b", f"{HOME}/de/blog/c"], "/en/blog/"),
        ([f"{HOME}/a", f"{HOME}/b"], ""),
        ([], ""),
    ],
)
def test_where_the_known_articles_stand(addresses: list[str], folder: str) -> None:
    assert folder_of(addresses) == folder


@given(st.lists(st.from_regex(r"https://a\.example(/[a-z]{0,3}){0,4}", fullmatch=True), max_size=8))
def test_a_folder_holds_most_of_them(addresses: list[str]) -> None:
    folder = folder_of(addresses)
    if folder:
        inside = [url for url in addresses if f"{url.removeprefix('https://a.example')}".startswith(folder.rstrip("/"))]
        assert len(inside) >= 0.6 * len(addresses)
