"""Every format of export files: what is an article in it, what is left out, and that one broken item costs itself."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.model import Circumstances, Entry, Piece, Source, Unpacked
from aggregator.past.markup import paragraphs
from aggregator.past.unpack import exports, recognise, unpack
from tests.core.past.made import (
    NOW,
    Folder,
    Post,
    as_json,
    dev,
    markdown,
    medium,
    posts,
    reply,
    story,
    wxr,
    wxr_item,
)


def taken(files: Folder, address: str = "", origin: str = "") -> tuple[str, Unpacked]:
    """What an export comes to, with its format."""
    found = recognise(tuple(files), files.__getitem__)
    assert found is not None
    export, pieces = found
    source = Source(key="asha/it", owner="asha", id="it", kind=export.kind, feed_url="")
    return export.name, unpack(export.name, tuple(pieces), source, Circumstances(NOW, origin, address))


def one(files: Folder, address: str = "https://asha.example/blog/{slug}/") -> Entry:
    _, came = taken(files, address)
    assert (came.skipped, came.broken) == ((), ())
    (entry,) = came.entries
    return entry


def reasons(came: Unpacked) -> list[str]:
    return sorted(skipped.reason for skipped in came.skipped)


def test_there_are_formats_and_the_shyest_comes_last() -> None:
    assert list(exports()) == ["dev", "medium", "wordpress", "markdown"]


def test_what_is_no_export_is_none() -> None:
    for files in (
        {"a.txt": b"hello"},
        {"a.json": b'{"a": 1}'},
        {"a.xml": b"<rss><channel/></rss>"},
        {"a.zip": b"PK\x03"},
        {},
    ):
        assert recognise(tuple(files), files.__getitem__) is None


# ── Medium ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_medium() -> None:
    stories = posts(3)
    name, came = taken(medium(stories))
    assert name == "medium"
    assert {entry.title for entry in came.entries} == {post.title for post in stories}
    assert {entry.guid for entry in came.entries} == {f"https://medium.com/p/{post.id}" for post in stories}
    assert {entry.url for entry in came.entries} == {post.medium for post in stories}
    assert reasons(came) == ["a draft", "a reply to somebody's story on Medium, not an article"]
    assert came.broken == ()


def test_a_story_of_medium_is_what_its_author_wrote() -> None:
    (post,) = posts(1)
    body = story(post, subtitle="What it is about")
    entry = one({"posts/a.html": body})
    assert (entry.title, entry.summary) == (post.title, "What it is about")
    assert entry.published == post.at.replace(microsecond=123000)
    assert entry.content_html.startswith("<p>")
    assert post.title not in entry.content_html
    assert "What it is about" not in entry.content_html
    assert [author.name for author in entry.authors] == ["Asha Rao"]
    assert f"medium:{post.id}" in entry.keys


def test_a_story_of_medium_names_its_original() -> None:
    (post,) = posts(1)
    entry = one({"posts/a.html": story(post, canonical="https://asha.example/letter")})
    assert (entry.url, entry.canonical_url) == (f"https://medium.com/p/{post.id}", "https://asha.example/letter")
    assert entry.declared == ("u:asha.example/letter",)


def test_a_broken_story_costs_itself() -> None:
    stories = posts(2)
    files = medium(stories) | {"posts/zz.html": b'<article class="h-entry"><time class="dt-published" datetime="2020">'}
    _, came = taken(files)
    assert len(came.entries) == 2
    assert [skipped.title for skipped in came.broken] == ["posts/zz.html"]


# ── DEV ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", ["articles.json", "export/articles.json"])
def test_dev(name: str) -> None:
    articles = posts(2)
    format_, came = taken({name: as_json(dev(articles)), "comments.json": b"[]"})
    assert format_ == "dev"
    assert [entry.title for entry in came.entries] == [post.title for post in articles]
    first = came.entries[0]
    assert first.url == first.guid == f"https://dev.to/asha/{articles[0].slug}-3k2f"
    assert first.published == articles[0].at
    assert (first.tags, first.summary, first.language) == (("ropes", "tides"), "What the letter says.", "en")
    assert first.canonical_url is None
    assert f"dev:{articles[0].slug}-3k2f" in first.keys
    assert reasons(came) == ["a draft"]


def test_dev_names_the_original_and_another_forem() -> None:
    own = dev(posts(1), canonical_url="https://asha.example/letter")
    _, came = taken({"articles.json": as_json(own)}, origin="https://forem.example")
    (entry,) = came.entries
    assert entry.url is not None
    assert entry.url.startswith("https://forem.example/asha/")
    assert entry.canonical_url == "https://asha.example/letter"


def test_what_the_api_says_of_an_account() -> None:
    (post,) = posts(1)
    article = {
        "title": post.title,
        "url": "https://dev.to/asha/letter-3k2f",
        "canonical_url": "https://dev.to/asha/letter-3k2f",
        "published_at": "2026-01-02T03:04:05Z",
        "body_markdown": "# Not a title\n\nSome *words*.",
        "tag_list": ["ropes"],
        "cover_image": "https://cdn.example/a.png",
        "user": {"name": "Asha Rao"},
        "reading_time_minutes": 3,
    }
    entry = one({"whatever.txt": as_json([article])})
    assert (entry.canonical_url, entry.tags, entry.reading_time_minutes) == (None, ("ropes",), 3)
    assert "<em>words</em>" in entry.content_html
    assert entry.image is not None


def test_a_broken_article_of_dev_costs_itself() -> None:
    articles = [
        *dev(posts(1)),
        {"title": "x", "body_markdown": "y", "published_at": "2024-01-01"},
        {"title": None, "url": 7},
    ]
    _, came = taken({"articles.json": as_json(articles)})
    assert (len(came.entries), len(came.broken)) == (1, 1)


# ── WordPress ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_wordpress() -> None:
    blog = posts(6)
    items = [
        wxr_item(blog[0], number=10),
        wxr_item(blog[1], number=11, kind="page"),
        wxr_item(blog[2], number=12, kind="attachment"),
        wxr_item(blog[3], number=13, status="draft"),
        wxr_item(blog[4], number=14, status="private"),
        wxr_item(blog[5], number=15, password="secret"),
    ]
    name, came = taken({"asha.WordPress.2026-11-20.xml": wxr(items)})
    assert name == "wordpress"
    (entry,) = came.entries
    assert entry.title == blog[0].title
    assert entry.guid == "https://asha.example/?p=10"
    assert entry.url == f"https://asha.example/{blog[0].at:%Y/%m}/{blog[0].slug}/"
    assert entry.published == blog[0].at
    assert [author.name for author in entry.authors] == ["Asha Rao"]
    assert entry.tags == ("ropes",)
    assert entry.content_html.count("<p>") == blog[0].text.count("<p>")
    assert {"wordpress:asha.example/10", f"u:asha.example/{blog[0].at:%Y/%m}/{blog[0].slug}"} <= set(entry.keys)
    assert reasons(came) == [
        "a draft",
        "a file, not a post",
        "a page, not a post",
        "private",
        "protected by a password",
    ]


@pytest.mark.parametrize(
    ("stored", "shown"),
    [
        ("One.\n\nTwo.", "<p>One.</p>\n<p>Two.</p>"),
        ("One.\nStill one.\n\n<ul><li>a</li></ul>", "<p>One.\nStill one.</p>\n<ul><li>a</li></ul>"),
        ("<!-- wp:paragraph -->\n<p>One.</p>", "<!-- wp:paragraph -->\n<p>One.</p>"),
        ("<pre>a\n\nb</pre>\n\nOne.", "<pre>a\n\nb</pre>\n<p>One.</p>"),
        ('[gallery ids="1,2"]\n\nOne [embed]two[/embed].', "<p>One  two .</p>"),
        ("An [array] of [things].", "<p>An [array] of [things].</p>"),
        ("", ""),
    ],
)
def test_paragraphs_are_as_wordpress_shows_them(stored: str, shown: str) -> None:
    assert paragraphs(stored).strip() == shown


def test_a_broken_item_of_wordpress_costs_itself() -> None:
    blog = posts(3)
    broken = wxr_item(blog[1], number=2).replace("<title>", "<tit<le>").replace("<link>", "<li&nk>")
    body = wxr([wxr_item(blog[0], number=1), "<item></item>", broken, wxr_item(blog[2], number=3)])
    _, came = taken({"a.xml": body})
    assert {blog[0].title, blog[2].title} <= {entry.title for entry in came.entries}
    assert len(came.broken) >= 1
    cut = wxr([wxr_item(blog[0], number=1), wxr_item(blog[1], number=2)])[:-700]
    assert [entry.title for entry in taken({"a.xml": cut})[1].entries] == [blog[0].title]


def test_what_looks_like_an_item_inside_a_text_is_none() -> None:
    (post,) = posts(1)
    entry = one({"a.xml": wxr([wxr_item(replace(post, text="About &lt;item&gt; and <item>that</item>."))])})
    assert "About" in entry.content_html


def test_entities_and_outside_files_are_not_followed() -> None:
    (post,) = posts(1)
    evil = wxr([wxr_item(post).replace(post.title, "&x;")]).replace(
        b"<rss", b'<!DOCTYPE rss [<!ENTITY x SYSTEM "file:///etc/passwd">]>\n<rss', 1
    )
    _, came = taken({"a.xml": evil})
    assert not any("root:" in entry.title for entry in came.entries)


# ── Markdown ────────────────────────────────────────────────────────────────────────────────────────────────────────

SAID = "tags: [ropes, tides]\nauthor: Asha Rao"
TOML = 'title = "The quay"\nauthors = ["Asha Rao"]'
STYLES: dict[str, tuple[str, str]] = {  # file, text
    "jekyll": (
        "_posts/2024-05-06-the-quay.md",
        "---\nlayout: post\ntitle: The quay\ntags: ropes tides\nauthor: Asha Rao\n---\n"
        "{% highlight python %}\nx = 1\n{% endhighlight %}\n",
    ),
    "jekyll with time": (
        "_posts/2024-05-06-the-quay.markdown",
        "---\ntitle:  'The quay'\ndate: 2024-05-06 02:00:00 +0200\ntags:\n  - ropes\n  - tides\n"
        "author: Asha Rao\n---\nA.\n",
    ),
    "hugo": (
        "content/posts/the-quay/index.md",
        f'+++\n{TOML}\ndate = 2024-05-06T00:00:00Z\ndraft = false\ntags = ["ropes", "tides"]\n+++\n'
        '{{< figure src="a.png" >}}Text.\n',
    ),
    "hugo in json": (
        "content/posts/the-quay.md",
        '{\n"title": "The quay", "date": "2024-05-06", "tags": ["ropes", "tides"], "author": "Asha Rao"\n}\nText.\n',
    ),
    "zola": (
        "content/the-quay.md",
        f'+++\n{TOML}\ndate = 2024-05-06\n[taxonomies]\ntags = ["ropes", "tides"]\n+++\nText.\n',
    ),
    "astro": (
        "src/content/blog/the-quay.mdx",
        "---\ntitle: The quay\npubDate: 'May 06 2024'\ntags: ['ropes', 'tides']\nauthor: {name: Asha Rao}\n---\n"
        "import A from '../a.astro'\n\nText.\n",
    ),
    "eleventy": (
        "posts/the-quay.md",
        f"---\ntitle: The quay\ndate: 2024-05-06\n{SAID}\npermalink: '/blog/{{{{ page.fileSlug }}}}/'\n---\nText.\n",
    ),
    "gatsby": (
        "content/blog/the-quay/index.md",
        "---\r\ntitle: The quay\r\ndate: '2024-05-06T00:00:00.000Z'\r\ntags: ropes, tides\r\nauthor: Asha Rao\r\n"
        "---\r\nText.\r\n",
    ),
}


@pytest.mark.parametrize("style", STYLES)
def test_markdown_of_every_style(style: str) -> None:
    name, text = STYLES[style]
    entry = one({name: text.encode()})
    assert entry.title == "The quay"
    assert entry.published == datetime(2024, 5, 6, tzinfo=UTC)
    assert entry.url == "https://asha.example/blog/the-quay/"
    assert entry.tags == ("ropes", "tides")
    assert [author.name for author in entry.authors] == ["Asha Rao"]
    assert "{{" not in entry.content_html
    assert "import" not in entry.content_html


def head(**said: str) -> bytes:
    lines = "\n".join(f"{name}: {value}" for name, value in ({"title": "A", "date": "2024-05-06"} | said).items())
    return f"---\n{lines}\n---\nSome text.\n".encode()


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ({"draft": "true"}, "a draft"),
        ({"published": "false"}, "a draft"),
        ({"status": "draft"}, "a draft"),
        ({"date": "2027-01-01"}, "its date is still to come"),
        ({"title": "''"}, "it has no title"),
        ({"date": "''", "layout": "page"}, "a page, not an article"),
    ],
)
def test_what_is_no_published_article(said: dict[str, str], reason: str) -> None:
    _, came = taken({"a.md": head(**said), "b.md": head()})
    assert reasons(came) == [reason]
    assert len(came.entries) == 1


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("_drafts/a.md", "a draft"),
        ("content/posts/_index.md", "the page of a section, not an article"),
    ],
)
def test_where_it_lies_counts(name: str, reason: str) -> None:
    assert reasons(taken({name: head()})[1]) == [reason]


def test_what_lies_around_is_left() -> None:
    files = {
        "README.md": b"# The site\n\nHow to build it.",
        "node_modules/a/b.md": head(),
        ".git/c.md": head(),
        "a.md": head(),
    }
    _, came = taken(files)
    assert len(came.entries) == 1
    assert reasons(came) == ["it has neither front matter nor a date"]


@pytest.mark.parametrize(
    ("said", "pattern", "url"),
    [
        ({}, "https://asha.example/blog/{slug}/", "https://asha.example/blog/a-post/"),
        ({}, "https://asha.example/{year}/{month}/{day}/{slug}.html", "https://asha.example/2024/05/06/a-post.html"),
        ({"slug": "other"}, "https://asha.example/{slug}", "https://asha.example/other"),
        ({"permalink": "/notes/one/"}, "https://asha.example/blog/{slug}/", "https://asha.example/notes/one/"),
        ({"url": "https://asha.example/two"}, "", "https://asha.example/two"),
        ({"permalink": "/:year/:title/"}, "https://asha.example/{slug}/", "https://asha.example/a-post/"),
        ({"canonical_url": "https://asha.example/three"}, "", "https://asha.example/three"),
        ({}, "", None),
        ({"date": "''"}, "https://asha.example/{year}/{slug}/", None),
        ({"slug": "../../etc"}, "https://asha.example/blog/{slug}/", "https://asha.example/etc/"),
        ({"url": "javascript:alert(1)"}, "", None),
    ],
)
def test_where_it_is_published(said: dict[str, str], pattern: str, url: str | None) -> None:
    assert one({"a-post.md": head(**said)}, pattern).url == url


def test_the_original_elsewhere() -> None:
    entry = one({"a.md": head(canonicalUrl="https://dev.to/asha/the-quay-3k2f")})
    assert (entry.url, entry.canonical_url) == ("https://asha.example/blog/a/", "https://dev.to/asha/the-quay-3k2f")


def test_words_of_markdown() -> None:
    body = (
        b"---\ndate: 2024-05-06\nlastmod: 2024-06-07\ndescription: In short.\nimage: {src: /i.png}\nlang: de\n---\n"
        b"# The *quay*\n\nIt [leads](b.md) out.\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n```\n{{ kept }}\n```\n\n"
        b"<script>alert(1)</script>\n"
    )
    entry = one({"quay.md": body})
    assert (entry.title, entry.summary, entry.language) == ("The *quay*", "In short.", "de")
    assert entry.updated == datetime(2024, 6, 7, tzinfo=UTC)
    assert entry.image is not None
    assert entry.image.url == "https://asha.example/i.png"
    assert 'href="https://asha.example/blog/quay/b.md"' in entry.content_html
    assert "<table>" in entry.content_html
    assert "{{ kept }}" in entry.content_html
    assert "script" not in entry.content_html
    assert "The *quay*" not in entry.content_html


@pytest.mark.parametrize(
    "text",
    [
        "---\ntitle: a: b: c\n---\nx",
        "---\ntitle: [unclosed\n---\nx",
        "---\ntitle: x\n",
        "+++\ntitle = \n+++\nx",
        "---\n- just\n- a list\n---\nx",
        "---\n" + "a: &a [x]\n" + "b: *nothing\n---\n",
        "{\n" + "[" * 5000,
    ],
)
def test_broken_front_matter_costs_itself(text: str) -> None:
    _, came = taken({"bad.md": text.encode(), "good.md": head()})
    assert [entry.title for entry in came.entries] == ["A"]
    assert [skipped.title for skipped in came.broken] == ["bad.md"]


STARTS = ("---\n", "+++\n", "{\n", "<item>", "<item><title>", "")


@settings(max_examples=150)
@given(
    st.binary(max_size=400),
    st.sampled_from(["---\n", "+++\n", "{\n", "<rss", "[{", ""]),
    st.sampled_from(list(exports())),
)
def test_no_bytes_stop_an_import(body: bytes, start: str, name: str) -> None:
    """Whatever an item is, it is an entry, left out, or broken, and never more than that."""
    source = Source(key="asha/it", owner="asha", id="it", kind=exports()[name].kind, feed_url="")
    piece = Piece("a.md", start.encode() + body, (("root", "<rss>"),))
    if name == "dev":
        piece = Piece("a", json.dumps({"title": body.decode("latin-1"), "published_at": start, "url": start}).encode())
    came = unpack(name, (piece,), source, Circumstances(NOW, "", "https://asha.example/{slug}"))
    assert len(came.entries) + len(came.skipped) + len(came.broken) == 1


@pytest.mark.parametrize("name", ["medium", "dev", "wordpress", "markdown"])
def test_hostile_markup_is_made_safe(name: str) -> None:
    evil = (
        '<p onclick="x()">Words that stay.</p><img src=x onerror=alert(1)><a href="javascript:alert(1)">a</a>'
        '<script>alert(1)</script><iframe src="https://evil.example"></iframe>'
    )
    post = Post("A title", "a", evil, NOW - timedelta(days=9))
    files: dict[str, Folder] = {
        "medium": {"posts/a.html": story(post)},
        "dev": {"articles.json": as_json(dev([post])[:1])},
        "wordpress": {"a.xml": wxr([wxr_item(post)])},
        "markdown": {"a.md": markdown(post)},
    }
    entry = one(files[name])
    assert "Words that stay." in entry.content_html
    for bad in ("onclick", "onerror", "javascript:", "<iframe", "<script"):
        assert bad not in entry.content_html


def test_a_reply_is_seen_by_what_it_is() -> None:
    (post,) = posts(1)
    assert reasons(taken({"posts/a.html": story(post), "posts/b.html": reply(post)})[1]) == [
        "a reply to somebody's story on Medium, not an article"
    ]
