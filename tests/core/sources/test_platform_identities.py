"""What the other platforms know an article by for ever, and which of their addresses are no article's."""

from __future__ import annotations

import pytest

from aggregator import sources

VIDEO = "youtube:vA1ve_Wa-it"
POST = "bluesky:3lvmlb7zjm22h@asha.example"
IDENTITIES = [
    ("https://asharao.hashnode.dev/pumps-in-series-ckr8xk2p00abcds1h5t2m9q7z", "hashnode:ckr8xk2p00abcds1h5t2m9q7z"),
    ("https://blog.asha.example/pumps-in-series-ckr8xk2p00abcds1h5t2m9q7z", "hashnode:ckr8xk2p00abcds1h5t2m9q7z"),
    ("https://hashnode.com/post/pumps-ckr8xk2p00abcds1h5t2m9q7z", "hashnode:ckr8xk2p00abcds1h5t2m9q7z"),
    ("https://asharao.substack.com/p/night-shift", "substack:asharao/night-shift"),
    ("https://open.substack.com/pub/asharao/p/night-shift?r=1&utm_medium=ios", "substack:asharao/night-shift"),
    ("https://asha.example/?p=2501", "wordpress:asha.example/2501"),
    ("http://www.asha.example/?p=2501", "wordpress:asha.example/2501"),
    ("https://asha.example/index.php?p=2501", "wordpress:asha.example/2501"),
    ("https://asha.example/?post_type=talk&p=2501", "wordpress:asha.example/2501"),
    ("https://asha.example/blog/?p=2501", "wordpress:asha.example/blog/2501"),
    ("https://asharao.blogspot.com/2025/05/a-cellar.html", "blogger:asharao/2025/05/a-cellar.html"),
    ("https://asharao.blogspot.co.uk/2025/05/a-cellar.html?m=1", "blogger:asharao/2025/05/a-cellar.html"),
    ("https://github.com/AshaRao/Ledger/releases/tag/v2.1.0", "github:asharao/ledger/v2.1.0"),
    ("https://github.com/asharao/ledger/releases/tag/ledger%402.0.0", "github:asharao/ledger/ledger@2.0.0"),
    ("https://www.youtube.com/watch?v=vA1ve_Wa-it&t=10s", VIDEO),
    ("https://m.youtube.com/watch?v=vA1ve_Wa-it", VIDEO),
    ("https://youtu.be/vA1ve_Wa-it?si=x", VIDEO),
    ("https://www.youtube.com/shorts/vA1ve_Wa-it", VIDEO),
    ("https://www.youtube.com/live/vA1ve_Wa-it", VIDEO),
    ("https://www.youtube-nocookie.com/embed/vA1ve_Wa-it", VIDEO),
    ("https://stackoverflow.com/a/7799001", "stackoverflow:7799001@stackoverflow.com"),
    ("https://stackoverflow.com/a/7799001/22656", "stackoverflow:7799001@stackoverflow.com"),
    ("https://stackoverflow.com/questions/7712345/pump/7799001#7799001", "stackoverflow:7799001@stackoverflow.com"),
    ("https://stackoverflow.com/questions/7712345/pump#answer-7799001", "stackoverflow:7799001@stackoverflow.com"),
    ("https://stackoverflow.com/questions/7712345/pump", "stackoverflow:7712345@stackoverflow.com"),
    ("https://stackoverflow.com/q/7712345", "stackoverflow:7712345@stackoverflow.com"),
    ("https://serverfault.com/a/7799001", "stackoverflow:7799001@serverfault.com"),
    ("https://social.example/@asha/114445338053750362", "mastodon:114445338053750362@social.example"),
    ("https://social.example/users/asha/statuses/114445338053750362", "mastodon:114445338053750362@social.example"),
    ("https://bsky.app/profile/asha.example/post/3lvmlb7zjm22h", POST),
    ("https://bsky.app/profile/Asha.Example/post/3lvmlb7zjm22h", POST),
]


@pytest.mark.parametrize(("url", "identity"), IDENTITIES)
def test_the_platform_s_own_id_comes_first(url: str, identity: str) -> None:
    keys = sources.keys_of(url)
    assert keys[0] == identity
    assert len(keys) == 2
    assert keys[1].startswith("u:")


@pytest.mark.parametrize(
    ("guid", "identity"),
    [
        ("yt:video:vA1ve_Wa-it", VIDEO),
        ("tag:github.com,2008:Repository/529027653/v2.1.0", "github:529027653/v2.1.0"),
        ("tag:github.com,2008:Repository/529027653/pkg/v2", "github:529027653/pkg/v2"),
        ("tag:blogger.com,1999:blog-1234567890.post-987654321", "blogger:987654321"),
        (
            "at://did:plc:z72i7hdynmk6r22z27h6tvur/app.bsky.feed.post/3lvmlb7zjm22h",
            "bluesky:3lvmlb7zjm22h@did:plc:z72i7hdynmk6r22z27h6tvur",
        ),
    ],
)
def test_a_guid_that_is_no_address_tells_as_well(guid: str, identity: str) -> None:
    assert sources.keys_of(guid) == (identity,)


@pytest.mark.parametrize(
    "guid",
    [
        "tag:github.com,2008:PushEvent/49000000002",
        "tag:github.com,2008:https://github.com/asharao/ledger/releases",
        "tag:blogger.com,1999:blog-1234567890",
        "tag:asha.example,2025:valve",
        "yt:channel:aBcDeFgHiJkLmNoPqRsTuV",
        "at://did:plc:z72i7hdynmk6r22z27h6tvur/app.bsky.graph.follow/3lvmlb7zjm22h",
        "at://",
        "65008aae268a8900014b5cf6",
    ],
)
def test_a_guid_that_tells_nothing(guid: str) -> None:
    assert sources.keys_of(guid) == ()


@pytest.mark.parametrize(
    "url",
    [
        "https://asha.example/viewtopic.php?p=2501",
        "https://asha.example/?p=about",
        "https://asha.example/?p=2501&preview=true",
        "https://asha.example/counter?step=3",
        "http://localhost:8888/?p=12",
        "https://asharao.wpcomstaging.com/?p=12",
        "https://social.example/@asha/1234",
        "https://social.example/@asha@other.example/114445338053750362",
        "https://letters.asha.example/p/night-shift",
        "https://asharao.hashnode.dev/pumps-in-series",
        "https://stackoverflow.com/questions/7712345/pump#comment136000_7799001",
    ],
)
def test_an_address_that_is_no_platform_s_stands_for_itself(url: str) -> None:
    assert [key for key in sources.keys_of(url) if not key.startswith("u:")] == []


@pytest.mark.parametrize(
    "url",
    [
        "https://asharao.hashnode.dev/",
        "https://asharao.hashnode.dev/archive",
        "https://asharao.hashnode.dev/series/pumps",
        "https://hashnode.com/@asharao",
        "https://hashnode.com/n/kafka",
        "https://asharao.substack.com/archive",
        "https://substack.com/@asharao",
        "https://asharao.ghost.io/author/asha/",
        "https://asharao.wordpress.com/2025/05/",
        "https://asharao.wordpress.com/category/data/",
        "https://asharao.blogspot.com/search/label/kafka",
        "https://asharao.blogspot.com/2025/05/",
        "https://github.com/asharao",
        "https://github.com/asharao/ledger/releases",
        "https://github.com/asharao/ledger/compare/59f2f4b8a7...f141df3713",
        "https://github.com/asharao/ledger/commits/main",
        "https://www.youtube.com/@asharao",
        "https://www.youtube.com/playlist?list=PLaBcDeFgHiJkLmNoP",
        "https://stackoverflow.com/users/22656/asha-rao",
        "https://stackoverflow.com/questions/tagged/python",
        "https://bsky.app/profile/asha.example",
    ],
)
def test_what_is_no_article_has_no_key(url: str) -> None:
    assert sources.keys_of(url) == ()


@pytest.mark.parametrize(
    ("url", "key"),
    [
        ("https://asharao.hashnode.dev/queues", "u:asharao.hashnode.dev/queues"),
        ("https://asharao.ghost.io/queues/", "u:asharao.ghost.io/queues"),
        ("https://asharao.wordpress.com/2025/05/queues/", "u:asharao.wordpress.com/2025/05/queues"),
        ("https://github.com/asharao/ledger", "u:github.com/asharao/ledger"),
        ("https://github.com/asharao/ledger/blob/main/NOTES.md", "u:github.com/asharao/ledger/blob/main/NOTES.md"),
    ],
)
def test_an_article_without_an_id_is_known_by_its_address(url: str, key: str) -> None:
    assert sources.keys_of(url) == (key,)


def test_every_blog_and_every_country_stands_in_its_platform_s_lane() -> None:
    assert sources.lane("https://asharao.substack.com/feed") == sources.lane("https://tom.substack.com/feed")
    assert sources.lane("https://asharao.blogspot.de/feeds/posts/default") == "blogger"
    assert sources.lane("https://letters.asha.example/feed", "substack") == "substack"
    assert sources.lane("https://asha.example/feed/", "wordpress") == "asha.example"
    assert sources.lane("https://social.example/@asha.rss", "mastodon") == "social.example"
    for kind in sources.kinds():
        assert sources.lane("http://127.0.0.1:8001/feed", kind) == "127.0.0.1:8001"
