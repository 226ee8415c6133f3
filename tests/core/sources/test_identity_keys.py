"""One article, one key, over all addresses that its platform gives it; no key for what is no article."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator import sources

POST = "medium:16f4e8603a33"
ADDRESSES = [
    ("https://medium.com/p/16f4e8603a33", POST),
    ("https://medium.com/@asha/queues-16f4e8603a33", POST),
    ("https://medium.com/@asha/16f4e8603a33", POST),
    ("https://asha.medium.com/queues-16f4e8603a33?source=rss-103cb4aea3c2------2", POST),
    ("https://medium.com/some-pub/queues-16f4e8603a33?source=rss----8fca399d4de---4", POST),
    ("https://detect.example/queues-16f4e8603a33?source=rss----8fca399d4de---4", POST),
    ("https://medium.com/@asha/queues-16f4e8603a33?source=friends_link&sk=abc#1234", POST),
    ("HTTPS://Medium.com/@asha/Queues-16F4E8603A33", POST),
    ("https://medium.com/m/global-identity-2?redirectUrl=https%3A%2F%2Fasha.medium.com%2Fqueues-16f4e8603a33", POST),
    ("https://medium.com/@asha/an-older-post-adf4f1f7f2a", "medium:adf4f1f7f2a"),
    ("https://dev.to/asharao/queues-54p3", "dev:queues-54p3"),
    ("https://dev.to/asha_rao/queues-54p3", "dev:queues-54p3"),
    ("http://www.dev.to/asharao/queues-54p3/?utm_source=x#comments", "dev:queues-54p3"),
    ("https://dev.to/some-company/queues-1ab", "dev:queues-1ab"),
    ("https://dev.shade.cool/asharao/queues-54p3", "dev:queues-54p3"),
    ("https://practicaldev-herokuapp-com.global.ssl.fastly.net/asharao/queues-54p3", "dev:queues-54p3"),
    ("https://the-lazy-dev.vercel.app/asharao/queues-54p3", "dev:queues-54p3"),
    ("https://dev.clauneck.workers.dev/asharao/queues-54p3", "dev:queues-54p3"),
    ("https://02dev.com/asharao/queues-54p3", "dev:queues-54p3"),
]


@pytest.mark.parametrize(("url", "identity"), ADDRESSES)
def test_the_platform_s_own_id_comes_first(url: str, identity: str) -> None:
    keys = sources.keys_of(url)
    assert keys[0] == identity
    assert len(keys) == 2
    assert keys[1].startswith("u:")


@pytest.mark.parametrize(
    ("url", "key"),
    [
        ("https://asha.example/posts/queues/", "u:asha.example/posts/queues"),
        ("http://www.asha.example/posts/queues?utm_source=dev", "u:asha.example/posts/queues"),
        ("https://detect.example/queues-16f4e8603a33", "u:detect.example/queues-16f4e8603a33"),
        ("https://asha.example/tags/kafka/2019/queues", "u:asha.example/tags/kafka/2019/queues"),
        ("https://dev.to/asharao/queues-temp-slug-1234", "u:dev.to/asharao/queues-temp-slug-1234"),
        ("http://127.0.0.1:8001/queues", "u:127.0.0.1:8001/queues"),
    ],
)
def test_elsewhere_the_address_is_the_identity(url: str, key: str) -> None:
    assert sources.keys_of(url) == (key,)


@pytest.mark.parametrize(
    "url",
    [
        "https://dev.to",
        "https://dev.to/asharao",
        "https://dev.to/t/kafka",
        "https://dev.to/asharao/series",
        "https://dev.to/search?q=kafka",
        "https://dev.to/feed/asharao",
        "https://medium.com/@asharao",
        "https://medium.com/@asharao/about",
        "https://medium.com/@asharao/list/reading-16f4e8603a33",
        "https://medium.com/u/16f4e8603a33",
        "https://medium.com/tag/kafka",
        "https://medium.com/tag/cafe-16f4e8603a33",
        "https://asharao.medium.com/",
        "https://medium.com/some-pub",
        "https://asha.example/",
        "https://asha.example/index.html",
        "https://asha.example/tag/kafka",
        "https://asha.example/blog/category/kafka",
        "http://localhost:1313/posts/queues",
        "http://localhost:4000/posts/queues",
        "tag:asha.example,2019:queues",
        "urn:uuid:0f8fad5b-d9cb-469f-a165-70867728950e",
        "javascript:alert(1)",
        "https://[::1",
        "16f4e8603a33",
        "",
    ],
)
def test_what_is_no_article_has_no_key(url: str) -> None:
    assert sources.keys_of(url) == ()


@given(st.text(max_size=80) | st.text(max_size=60).map("https://medium.com/".__add__))
def test_any_text_may_be_asked_about(url: str) -> None:
    keys = sources.keys_of(url)
    assert keys == sources.keys_of(url)
    assert all(":" in key for key in keys)


SLUGS = st.from_regex(r"[a-z]{1,8}(-[a-z0-9]{1,8}){0,4}", fullmatch=True)


@given(SLUGS, st.from_regex(r"[0-9a-f]{12}", fullmatch=True), st.from_regex(r"[a-z][a-z0-9]{1,12}", fullmatch=True))
def test_a_story_keeps_its_key_through_renames_and_moves(slug: str, post: str, user: str) -> None:
    places = [f"https://{user}.medium.com", f"https://medium.com/@{user}", "https://medium.com/pub"]
    found = {sources.keys_of(f"{place}/{slug}-{post}")[0] for place in places}
    assert found | {sources.keys_of(f"https://medium.com/p/{post}")[0]} == {f"medium:{post}"}


def test_platforms_and_lanes() -> None:
    assert sources.platform("https://asha.medium.com/x") == "medium"
    assert sources.platform("https://dev.to/x") == "dev"
    assert sources.platform("https://notmedium.com/x") is None
    assert sources.platform("no address") is None
    assert sources.lane("https://asha.medium.com/feed") == sources.lane("https://medium.com/feed/@b") == "medium"
    assert sources.lane("https://detect.example/feed", "medium") == "medium"
    assert sources.lane("https://detect.example/feed") == "detect.example"
    assert sources.lane("http://127.0.0.1:8001/feed/@a", "medium") == "127.0.0.1:8001"
    assert sources.spacing_s("medium") >= 30
    assert sources.spacing_s("asha.example") == 0


def test_a_kind_is_found_by_its_file() -> None:
    assert {"dev", "feed", "ghost", "hashnode", "medium", "substack"} <= set(sources.kinds())
    assert list(sources.kinds()) == sorted(sources.kinds())
    assert all(kind.name == name and kind.accepts for name, kind in sources.kinds().items())
    ranks = [sources.kinds()[name].rank for name in ("feed", "ghost", "hashnode", "dev", "medium", "mastodon")]
    assert ranks == sorted(set(ranks))
    assert sources.kinds()["wordpress"].rank == sources.kinds()["ghost"].rank
    assert sources.kinds()["substack"].rank == sources.kinds()["hashnode"].rank
    assert sources.kinds()["dev"].min_interval_s == 600
