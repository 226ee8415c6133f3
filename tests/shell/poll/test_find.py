"""What people paste becomes the source that it is, read once, with what its people call their own elsewhere."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from aggregator.fetch import Fetcher
from aggregator.fetch.robots import Robots
from aggregator.model import FetchPolicy
from aggregator.poll.discover import discover
from aggregator.poll.find import Finder, Place
from aggregator.poll.target import target
from aggregator.poll.workers import Readers
from tests.loopback.web import Web

NOW = datetime(2026, 11, 20, tzinfo=UTC)
DOCUMENTS = Path(__file__).parents[2] / "core" / "sources" / "documents"
HTML = "text/html; charset=utf-8"


def rss(generator: str = "", title: str = "Asha", post: str = "Queues") -> str:
    return (
        f"<rss version='2.0'><channel><title>{title}</title><link>https://asha.example/</link>"
        f"<generator>{generator}</generator><item><title>{post}</title><link>https://asha.example/{post}</link>"
        "<pubDate>Mon, 02 Nov 2026 09:00:00 GMT</pubDate></item></channel></rss>"
    )


@pytest.fixture
async def web() -> AsyncIterator[Web]:
    async with Web() as opened:
        yield opened


@pytest.fixture
async def finder(web: Web) -> AsyncIterator[Finder]:
    policy = FetchPolicy(allow_private=("127.0.0.1/32",), host_interval_s=0.0)
    async with Fetcher(policy, "0", lookup=web.lookup) as fetcher, Readers(count=1) as readers:
        yield Finder(fetcher, readers, NOW)


async def found(finder: Finder, text: str) -> Place:
    return await finder.find(target(text))


async def test_a_page_leads_to_its_feed(web: Web, finder: Finder) -> None:
    page = web.page("/", '<link rel=alternate type="application/rss+xml" href="/all.xml">', content_type=HTML)
    web.page("/all.xml", rss())
    place = await found(finder, page)
    assert (place.target.kind, place.target.value) == ("feed", web.url("/all.xml"))
    assert (place.verified, place.reason, len(place.seen.entries)) == (True, "its page names it as its feed", 1)


async def test_a_feed_stays_what_it_is(web: Web, finder: Finder) -> None:
    place = await found(finder, web.page("/feed.xml", rss()))
    assert (place.target.text, place.reason, len(web.log)) == (web.url("/feed.xml"), "", 1)


@pytest.mark.parametrize(
    ("generator", "path", "kind"),
    [
        ("Ghost 5.80", "/rss/", "ghost"),
        ("https://wordpress.org/?v=6.5", "/feed/", "wordpress"),
        ("Hashnode", "/rss.xml", "hashnode"),
        ("Substack", "/feed", "substack"),
        ("Medium", "/feed", "medium"),
        ("Ghost 5.80", "/elsewhere.xml", "feed"),
        ("Hugo", "/index.xml", "feed"),
    ],
)
async def test_a_blog_on_its_own_domain_is_its_platform_s(
    web: Web, finder: Finder, generator: str, path: str, kind: str
) -> None:
    page = web.page("/", f'<link rel=alternate type="application/rss+xml" href="{path}">', content_type=HTML)
    web.page(path, rss(generator))
    place = await found(finder, page)
    wanted = web.url(path) if kind == "feed" else page
    assert (place.target.kind, place.target.value) == (kind, wanted)
    assert place.target.resolved.feed_url == web.url(path)


@pytest.mark.parametrize(("generator", "path", "kind"), [("Ghost", "/rss/", "feed"), ("Medium", "/feed", "medium")])
async def test_what_was_given_as_a_feed_stays_one_unless_its_platform_must_be_spared(
    web: Web, finder: Finder, generator: str, path: str, kind: str
) -> None:
    place = await found(finder, web.page(path, rss(generator)))
    assert (place.target.kind, place.target.resolved.feed_url) == (kind, web.url(path))


async def test_a_profile_on_a_server_of_mastodon_is_that_account(web: Web, finder: Finder) -> None:
    page = web.page(
        "/@asha",
        f"""<link rel=alternate type="application/rss+xml" href="/@asha.rss">
        <a rel="me" href="{web.url("/", "asha.example")}">my site</a> <a rel=me href="https://dev.to/asharao">DEV</a>""",
        content_type=HTML,
    )
    web.page("/@asha.rss", (DOCUMENTS / "mastodon.xml").read_text())
    place = await found(finder, page)
    assert place.target.text == f"mastodon:{page}"
    assert place.verified
    assert [(one.target.text, one.mine) for one in await finder.elsewhere(place)] == [
        (web.url("/", "asha.example"), True),
        ("dev:asharao", True),
    ]


async def test_an_account_s_profile_is_asked_for_its_others(web: Web, finder: Finder) -> None:
    web.page("/@asha.rss", (DOCUMENTS / "mastodon.xml").read_text())
    web.page(
        "/@asha", '<link rel=me href="https://github.com/asharao"> <a href="https://dev.to/x">x</a>', content_type=HTML
    )
    place = await found(finder, f"mastodon:{web.url('/@asha')}")
    assert [one.target.text for one in await finder.elsewhere(place)] == ["github:asharao"]
    web.page("/robots.txt", "User-agent: *\nDisallow: /@", content_type="text/plain", host="other.example")
    web.page("/@asha", "<link rel=me href=https://github.com/x>", content_type=HTML, host="other.example")
    shut = await found(finder, f"mastodon:{web.url('/@asha', 'other.example')}")
    assert (shut.verified, await finder.elsewhere(shut)) == (True, ())
    assert web.asked("/@asha", "other.example") == []


async def test_of_many_links_to_one_platform_none_is_its_own(web: Web, finder: Finder) -> None:
    links = "".join(f'<a href="https://dev.to/{name}">x</a>' for name in ("bo", "cy"))
    page = web.page("/", f'{links}<a href="https://medium.com/@asha">m</a>', content_type=HTML)
    web.page("/feed", rss())
    place = await found(finder, page)
    assert [(one.target.text, one.mine) for one in await finder.elsewhere(place)] == [("medium:@asha", False)]


async def test_comments_are_no_feed_whatever_they_are_called(web: Web, finder: Finder) -> None:
    page = web.page(
        "/",
        '<link rel=alternate type="application/rss+xml" href="/one"><link rel=feed href="/two">',
        content_type=HTML,
    )
    web.page("/one", rss(title="Comments on: Queues"))
    web.page("/two", rss())
    assert (await found(finder, page)).target.value == web.url("/two")


async def test_a_link_header_with_a_type_is_enough(web: Web, finder: Finder) -> None:
    header = {"Link": '</all>; rel="alternate"; type="application/atom+xml", </x>; rel=alternate; hreflang=de'}
    page = web.page("/", "<p>Hello", content_type=HTML, headers=header)
    web.page("/all", rss())
    place = await found(finder, page)
    assert (place.target.value, place.reason) == (web.url("/all"), "its server names it in the Link header")
    assert web.asked("/x") == []


async def test_a_site_of_slow_feeds_is_not_waited_for_again_and_again(web: Web) -> None:
    names = "".join(f'<link rel=alternate type="application/rss+xml" href="/{n}.xml">' for n in range(10))
    page = web.page("/", names, content_type=HTML)
    for number in range(10):
        web.hostile("silent", f"/{number}.xml")
    policy = FetchPolicy(allow_private=("127.0.0.1/32",), host_interval_s=0.0, timeout_s=1)
    async with Fetcher(policy, "0", lookup=web.lookup) as fetcher, Readers(count=1) as readers:
        seen = await discover(page, fetcher, readers, Robots(fetcher), NOW, patience_s=1.5)
    assert (seen.feeds, len([seen for seen in web.log if seen.path.endswith(".xml")])) == ((), 2)


async def test_what_cannot_be_read_now_may_be_later_and_what_is_not_there_not(web: Web, finder: Finder) -> None:
    for kind, path, said in (("feed", "/feed.xml", True), ("site", "/writing", True)):
        place = await found(finder, web.page(path, "busy", status=503))
        assert (place.target.kind, place.verified, place.seen.lasting) == (kind, False, not said)
    gone = await found(finder, web.url("/nothing.xml"))
    assert (gone.verified, gone.seen.lasting) == (False, True)


YOUTUBE = """<title>Asha</title><script>{"browseId":"UCzzzzzzzzzzzzzzzzzzzzzz"}</script>
<link rel="canonical" href="https://www.youtube.com/channel/UCaBcDeFgHiJkLmNoPqRsTuV">"""


async def test_a_handle_is_looked_up_on_its_page(web: Web, finder: Finder) -> None:
    channel = "UCaBcDeFgHiJkLmNoPqRsTuV"
    wanted = replace(target("youtube:@asharao"), page=web.page("/@asharao", YOUTUBE, content_type=HTML))
    place = await finder.find(wanted)
    assert (place.target.text, place.reason) == (f"youtube:{channel}", "that is @asharao")
    assert place.target.resolved.feed_url == f"https://www.youtube.com/feeds/videos.xml?channel_id={channel}"
    video = '{"videoDetails":{},"externalChannelId":"UCaBcDeFgHiJkLmNoPqRsTuV"}'
    shown = replace(target("https://youtu.be/aBcDeFgHiJk"), page=web.page("/watch", video, content_type=HTML))
    assert (await finder.find(shown)).target.text == f"youtube:{channel}"
    silent = replace(wanted, page=web.page("/consent", "<title>Before you continue</title>", content_type=HTML))
    assert "does not say whose it is" in str((await finder.find(silent)).seen.error)
    busy = replace(wanted, page=web.page("/busy", "", status=503))
    assert (await finder.find(busy)).verified is False
