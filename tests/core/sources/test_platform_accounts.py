"""Every form in which people paste an account of the other platforms, and what is refused with which words."""

from __future__ import annotations

import pytest

from aggregator import sources
from aggregator.errors import ConfigError
from aggregator.sources.kinds.youtube import HANDLE

ACCOUNTS = [
    ("hashnode", "asharao", "https://asharao.hashnode.dev/rss.xml"),
    ("hashnode", "@AshaRao", "https://asharao.hashnode.dev/rss.xml"),
    ("hashnode", "asharao.hashnode.dev", "https://asharao.hashnode.dev/rss.xml"),
    ("hashnode", "https://asharao.hashnode.dev/", "https://asharao.hashnode.dev/rss.xml"),
    ("hashnode", "https://asharao.hashnode.dev/rss.xml", "https://asharao.hashnode.dev/rss.xml"),
    ("hashnode", "hashnode.com/@asharao", "https://asharao.hashnode.dev/rss.xml"),
    ("hashnode", "https://engineering.hashnode.com", "https://engineering.hashnode.com/rss.xml"),
    ("hashnode", "https://blog.asha.example", "https://blog.asha.example/rss.xml"),
    ("hashnode", "asha.example/blog", "https://asha.example/blog/rss.xml"),
    ("hashnode", "https://asha.example/blog/rss.xml", "https://asha.example/blog/rss.xml"),
    ("substack", "asharao", "https://asharao.substack.com/feed"),
    ("substack", "asharao.substack.com", "https://asharao.substack.com/feed"),
    ("substack", "https://asharao.substack.com/feed", "https://asharao.substack.com/feed"),
    ("substack", "https://asharao.substack.com/archive?sort=new", "https://asharao.substack.com/feed"),
    ("substack", "https://letters.asha.example", "https://letters.asha.example/feed"),
    ("substack", "https://open.substack.com/pub/asharao", "https://asharao.substack.com/feed"),
    ("ghost", "asha.example", "https://asha.example/rss/"),
    ("ghost", "https://asha.example/", "https://asha.example/rss/"),
    ("ghost", "https://asha.example/rss/", "https://asha.example/rss/"),
    ("ghost", "https://asha.example/blog", "https://asha.example/blog/rss/"),
    ("ghost", "https://asha.example/essays/rss", "https://asha.example/essays/rss/"),
    ("ghost", "https://asha.example/author/asha/", "https://asha.example/author/asha/rss/"),
    ("ghost", "https://asha.example/blog/tag/kafka/rss/", "https://asha.example/blog/tag/kafka/rss/"),
    ("ghost", "asharao", "https://asharao.ghost.io/rss/"),
    ("ghost", "asharao.ghost.io", "https://asharao.ghost.io/rss/"),
    ("wordpress", "asha.example", "https://asha.example/feed/"),
    ("wordpress", "asharao", "https://asharao.wordpress.com/feed/"),
    ("wordpress", "https://asharao.wordpress.com", "https://asharao.wordpress.com/feed/"),
    ("wordpress", "https://asha.example/feed/", "https://asha.example/feed/"),
    ("wordpress", "https://asha.example/feed/atom/", "https://asha.example/feed/"),
    ("wordpress", "https://asha.example/blog", "https://asha.example/blog/feed/"),
    ("wordpress", "https://asha.example/en/blog/", "https://asha.example/en/blog/feed/"),
    ("wordpress", "https://asha.example/essays/feed", "https://asha.example/essays/feed/"),
    ("wordpress", "https://asha.example/author/asha", "https://asha.example/author/asha/feed/"),
    ("wordpress", "https://asha.example/author/asha/feed/", "https://asha.example/author/asha/feed/"),
    (
        "wordpress",
        "https://asha.example/blog/category/data/kafka/",
        "https://asha.example/blog/category/data/kafka/feed/",
    ),
    ("wordpress", "https://asha.example/tag/kafka/feed/", "https://asha.example/tag/kafka/feed/"),
    ("wordpress", "https://asha.example/?feed=rss2", "https://asha.example/?feed=rss2"),
    ("wordpress", "https://asha.example/?author=3", "https://asha.example/?feed=rss2&author=3"),
    ("wordpress", "https://asha.example/?feed=rss2&cat=4", "https://asha.example/?feed=rss2&cat=4"),
    ("blogger", "asharao", "https://asharao.blogspot.com/feeds/posts/default"),
    ("blogger", "asharao.blogspot.com", "https://asharao.blogspot.com/feeds/posts/default"),
    ("blogger", "https://asharao.blogspot.co.uk/", "https://asharao.blogspot.com/feeds/posts/default"),
    (
        "blogger",
        "https://asharao.blogspot.com/feeds/posts/default?alt=rss",
        "https://asharao.blogspot.com/feeds/posts/default",
    ),
    (
        "blogger",
        "https://asharao.blogspot.com/feeds/posts/default/-/kafka",
        "https://asharao.blogspot.com/feeds/posts/default/-/kafka",
    ),
    (
        "blogger",
        "https://asharao.blogspot.com/search/label/kafka",
        "https://asharao.blogspot.com/feeds/posts/default/-/kafka",
    ),
    ("blogger", "https://blog.asha.example", "https://blog.asha.example/feeds/posts/default"),
    (
        "blogger",
        "https://www.blogger.com/feeds/123456/posts/default",
        "https://www.blogger.com/feeds/123456/posts/default",
    ),
    ("blogger", "https://blog.asha.example/atom.xml", "https://blog.asha.example/feeds/posts/default"),
    ("github", "asharao/ledger", "https://github.com/asharao/ledger/releases.atom"),
    ("github", "https://github.com/asharao/ledger", "https://github.com/asharao/ledger/releases.atom"),
    ("github", "github.com/asharao/ledger.git", "https://github.com/asharao/ledger/releases.atom"),
    ("github", "git@github.com:asharao/ledger.git", "https://github.com/asharao/ledger/releases.atom"),
    ("github", "https://github.com/asharao/ledger/releases", "https://github.com/asharao/ledger/releases.atom"),
    ("github", "https://github.com/asharao/ledger/releases.atom", "https://github.com/asharao/ledger/releases.atom"),
    ("github", "https://github.com/asharao/ledger/tags", "https://github.com/asharao/ledger/tags.atom"),
    ("github", "https://github.com/AshaRao/next.js", "https://github.com/AshaRao/next.js/releases.atom"),
    ("github", "asharao", "https://github.com/asharao.atom"),
    ("github", "@asharao", "https://github.com/asharao.atom"),
    ("github", "https://github.com/asharao?tab=repositories", "https://github.com/asharao.atom"),
    ("github", "https://github.com/asharao.atom", "https://github.com/asharao.atom"),
    ("github", "https://github.com/orgs/asha-org/repositories", "https://github.com/asha-org.atom"),
    (
        "youtube",
        "UCaBcDeFgHiJkLmNoPqRsTuV",
        "https://www.youtube.com/feeds/videos.xml?channel_id=UCaBcDeFgHiJkLmNoPqRsTuV",
    ),
    (
        "youtube",
        "https://www.youtube.com/channel/UCaBcDeFgHiJkLmNoPqRsTuV/videos",
        "https://www.youtube.com/feeds/videos.xml?channel_id=UCaBcDeFgHiJkLmNoPqRsTuV",
    ),
    (
        "youtube",
        "youtube.com/channel/UCaBcDeFgHiJkLmNoPqRsTuV",
        "https://www.youtube.com/feeds/videos.xml?channel_id=UCaBcDeFgHiJkLmNoPqRsTuV",
    ),
    (
        "youtube",
        "https://www.youtube.com/playlist?list=PLaBcDeFgHiJkLmNoP",
        "https://www.youtube.com/feeds/videos.xml?playlist_id=PLaBcDeFgHiJkLmNoP",
    ),
    ("youtube", "PLaBcDeFgHiJkLmNoP", "https://www.youtube.com/feeds/videos.xml?playlist_id=PLaBcDeFgHiJkLmNoP"),
    (
        "youtube",
        "UULFaBcDeFgHiJkLmNoPqRsTuV",
        "https://www.youtube.com/feeds/videos.xml?playlist_id=UULFaBcDeFgHiJkLmNoPqRsTuV",
    ),
    ("youtube", "https://www.youtube.com/user/asharao", "https://www.youtube.com/feeds/videos.xml?user=asharao"),
    (
        "youtube",
        "https://www.youtube.com/feeds/videos.xml?channel_id=UCaBcDeFgHiJkLmNoPqRsTuV",
        "https://www.youtube.com/feeds/videos.xml?channel_id=UCaBcDeFgHiJkLmNoPqRsTuV",
    ),
    (
        "youtube",
        "https://www.youtube.com/feeds/videos.xml?playlist_id=PLaBcDeFgHiJkLmNoP",
        "https://www.youtube.com/feeds/videos.xml?playlist_id=PLaBcDeFgHiJkLmNoP",
    ),
    ("youtube", "https://m.youtube.com/user/asharao/videos", "https://www.youtube.com/feeds/videos.xml?user=asharao"),
    ("stackoverflow", "22656", "https://stackoverflow.com/feeds/user/22656"),
    ("stackoverflow", "https://stackoverflow.com/users/22656/asha-rao", "https://stackoverflow.com/feeds/user/22656"),
    ("stackoverflow", "stackoverflow.com/users/22656?tab=profile", "https://stackoverflow.com/feeds/user/22656"),
    ("stackoverflow", "https://stackoverflow.com/feeds/user/22656", "https://stackoverflow.com/feeds/user/22656"),
    ("stackoverflow", "https://serverfault.com/users/7/asha", "https://serverfault.com/feeds/user/7"),
    ("stackoverflow", "https://unix.stackexchange.com/users/9", "https://unix.stackexchange.com/feeds/user/9"),
    ("stackoverflow", "https://pt.stackoverflow.com/users/3/asha", "https://pt.stackoverflow.com/feeds/user/3"),
    ("mastodon", "@asha@social.example", "https://social.example/@asha.rss"),
    ("mastodon", "asha@social.example", "https://social.example/@asha.rss"),
    ("mastodon", "acct:asha@social.example", "https://social.example/@asha.rss"),
    ("mastodon", "https://social.example/@asha", "https://social.example/@asha.rss"),
    ("mastodon", "https://social.example/@asha.rss", "https://social.example/@asha.rss"),
    ("mastodon", "https://social.example/users/asha", "https://social.example/@asha.rss"),
    ("mastodon", "https://social.example/@asha/with_replies", "https://social.example/@asha.rss"),
    ("mastodon", "https://social.example/web/@asha@other.example", "https://other.example/@asha.rss"),
    ("mastodon", "https://social.example/@asha@other.example", "https://other.example/@asha.rss"),
    ("bluesky", "asha.bsky.social", "https://bsky.app/profile/asha.bsky.social/rss"),
    ("bluesky", "@asha.example", "https://bsky.app/profile/asha.example/rss"),
    ("bluesky", "asha.example", "https://bsky.app/profile/asha.example/rss"),
    ("bluesky", "asharao", "https://bsky.app/profile/asharao.bsky.social/rss"),
    ("bluesky", "did:plc:z72i7hdynmk6r22z27h6tvur", "https://bsky.app/profile/did:plc:z72i7hdynmk6r22z27h6tvur/rss"),
    (
        "bluesky",
        "at://did:plc:z72i7hdynmk6r22z27h6tvur",
        "https://bsky.app/profile/did:plc:z72i7hdynmk6r22z27h6tvur/rss",
    ),
    ("bluesky", "https://bsky.app/profile/asha.example", "https://bsky.app/profile/asha.example/rss"),
    ("bluesky", "https://bsky.app/profile/asha.example/rss", "https://bsky.app/profile/asha.example/rss"),
    (
        "bluesky",
        "https://bsky.app/profile/did:plc:z72i7hdynmk6r22z27h6tvur",
        "https://bsky.app/profile/did:plc:z72i7hdynmk6r22z27h6tvur/rss",
    ),
    ("bluesky", "https://asha.bsky.social", "https://bsky.app/profile/asha.bsky.social/rss"),
]
REFUSED = [
    ("hashnode", "https://hashnode.com/n/kafka", "is a page of the platform and nobody's blog"),
    ("hashnode", "https://hashnode.com", "names no blog"),
    ("hashnode", "https://hashnode.dev", "is a host of the platform and nobody's blog"),
    ("hashnode", "https://gql.hashnode.com", "is a host of the platform and nobody's blog"),
    ("hashnode", "https://asharao.hashnode.dev/queues", 'is one page of a blog; did you mean "asharao.hashnode.dev"?'),
    ("hashnode", "https://hashnode.com/@asharao/queues", 'is one page of an account; did you mean "@asharao"?'),
    ("hashnode", "asha rao", "is no name of a blog (letters, digits and -)"),
    ("hashnode", "ftp://x.example", "is no address that can be read"),
    ("hashnode", "https://blog.asha.example/series/queues", 'is one page of a blog; did you mean "blog.asha.example"?'),
    ("hashnode", "https://asharao.hashnode.dev/blog", 'is one page of a blog; did you mean "asharao.hashnode.dev"?'),
    ("substack", "@asharao", "is a profile, which has no feed; its publications have"),
    ("substack", "https://substack.com/@asharao", "is a profile, which has no feed; its publications have"),
    ("substack", "https://substack.com/home", "is a page of the platform and no publication"),
    ("substack", "https://api.substack.com/feed/podcast/1.rss", "is a host of the platform and no publication"),
    (
        "substack",
        "https://asharao.substack.com/p/queues",
        'is one page of a publication; did you mean "asharao.substack.com"?',
    ),
    (
        "substack",
        "https://open.substack.com/pub/asharao/p/queues",
        'is one page of a publication; did you mean "asharao"?',
    ),
    ("substack", "asha rao", "is no name of a publication (letters, digits and -)"),
    ("ghost", "https://asha.example/queues/", 'is one page of a blog; did you mean "asha.example"?'),
    ("ghost", "https://asha.example/ghost/#/posts", "is a page of the platform and no blog"),
    ("ghost", "https://ghost.io", "is a host of the platform and nobody's blog"),
    ("ghost", "https://asha.example/p/1234", "is a page of the platform and no blog"),
    ("ghost", "asha rao", "is no address of a blog"),
    ("wordpress", "https://asha.example/comments/feed/", "is a feed of comments"),
    ("wordpress", "https://asha.example/2024/05/queues/feed/", "is a feed of comments on one post"),
    ("wordpress", "https://asha.example/2024/05/queues/", 'is one page of a blog; did you mean "asha.example"?'),
    ("wordpress", "https://asha.example/queues", 'is one page of a blog; did you mean "asha.example"?'),
    ("wordpress", "https://asha.example/?p=12", "is one post of a blog"),
    ("wordpress", "https://asha.example/?feed=comments-rss2", "is a feed of comments"),
    ("wordpress", "https://asha.example/wp-admin/", "is a page of the platform and no blog"),
    ("wordpress", "https://wordpress.com", "is a host of the platform and nobody's blog"),
    ("wordpress", "https://public-api.wordpress.com", "is a host of the platform and nobody's blog"),
    ("wordpress", "asha rao", "is no address of a blog"),
    ("blogger", "https://www.blogger.com/profile/1234", "is a profile, which has no feed; its blogs have"),
    ("blogger", "https://www.blogger.com/about", "is a page of the platform and nobody's blog"),
    ("blogger", "https://blogspot.com", "names no blog"),
    (
        "blogger",
        "https://asharao.blogspot.com/2024/05/queues.html",
        'is one page of a blog; did you mean "asharao.blogspot.com"?',
    ),
    ("blogger", "https://asharao.blogspot.com/feeds/comments/default", "is a feed of comments"),
    ("blogger", "asha rao", "is no name and no address of a blog"),
    ("github", "https://github.com/topics/kafka", "is a page of the platform and nobody's account"),
    ("github", "https://github.com", "names no account"),
    (
        "github",
        "https://github.com/asharao/ledger/issues",
        'is one page of a repository; did you mean "asharao/ledger"?',
    ),
    (
        "github",
        "https://github.com/asharao/ledger/releases/tag/v1",
        'is one page of a repository; did you mean "asharao/ledger"?',
    ),
    ("github", "asharao/ledger/commits/main.atom", 'is one page of a repository; did you mean "asharao/ledger"?'),
    (
        "github",
        "https://gist.github.com/asharao",
        'shows gists; write "feed: https://gist.github.com/asharao.atom"',
    ),
    ("github", "gitlab.com/asharao", "is not on github.com"),
    ("github", "asha_rao", "is no name of an account (letters, digits and -)"),
    ("github", "asharao/..", "is no name of a repository"),
    ("github", "https://github.com/asharao.private.atom", "is no name of an account (letters, digits and -)"),
    ("youtube", "@asharao", HANDLE),
    ("youtube", "asharao", HANDLE),
    ("youtube", "https://www.youtube.com/@asharao", HANDLE),
    ("youtube", "https://www.youtube.com/c/asharao", HANDLE),
    (
        "youtube",
        "https://www.youtube.com/watch?v=aBcDeFgHiJk&list=PLaBcDeFgHiJkLmNoP",
        "is one video; a source is a channel or a playlist",
    ),
    ("youtube", "https://youtu.be/aBcDeFgHiJk", "is one video; a source is a channel or a playlist"),
    ("youtube", "https://www.youtube.com/playlist?list=WL", "is no playlist that others can see"),
    ("youtube", "https://www.youtube.com/feed/subscriptions", "is a page of the platform and no channel"),
    ("youtube", "https://asha.example/channel/x", "is not on youtube.com"),
    ("youtube", "https://www.youtube.com/feeds/videos.xml", "is a feed without a channel"),
    ("stackoverflow", "asharao", "is no number; names are not unique there"),
    ("stackoverflow", "https://stackoverflow.com/questions/1/x", "is one question"),
    ("stackoverflow", "https://stackoverflow.com/users", "is no profile of a user"),
    ("stackoverflow", "https://stackexchange.com/users/1/asha", "is a profile of the network; take the one of a site"),
    ("stackoverflow", "https://asha.example/users/1", "is not on a site of Stack Exchange"),
    ("stackoverflow", "0", "is no number; names are not unique there"),
    ("mastodon", "asharao", "names no server"),
    ("mastodon", "@asharao", "names no server"),
    (
        "mastodon",
        "https://social.example/@asha/109372843234123456",
        'is one post; did you mean "@asha@social.example"?',
    ),
    ("mastodon", "https://social.example/about", "is no profile"),
    ("mastodon", "https://social.example/tags/kafka", "is no profile"),
    (
        "bluesky",
        "https://bsky.app/profile/asha.example/post/3lvmlb7zjm22h",
        'is one page of a profile; did you mean "asha.example"?',
    ),
    ("bluesky", "https://bsky.app/search", "is a page of the platform and nobody's profile"),
    ("bluesky", "https://asha.example/profile/x", "is not on bsky.app"),
    ("bluesky", "asha rao", "is no handle and no DID"),
]


@pytest.mark.parametrize(("kind", "value", "feed_url"), ACCOUNTS)
def test_an_account_is_found_in_every_form_that_people_paste(kind: str, value: str, feed_url: str) -> None:
    assert sources.resolve(kind, value).feed_url == feed_url


@pytest.mark.parametrize(("kind", "value", "feed_url"), ACCOUNTS)
def test_what_an_account_came_to_can_be_pasted_again(kind: str, value: str, feed_url: str) -> None:
    found = sources.resolve(kind, value)
    assert sources.resolve(kind, feed_url).feed_url == feed_url
    if found.home_page_url is not None and kind not in (
        "ghost",
        "wordpress",
    ):  # a folder may be an article, a query lost
        assert sources.resolve(kind, found.home_page_url).feed_url == feed_url


@pytest.mark.parametrize(("kind", "value", "why"), REFUSED)
def test_what_is_no_account_is_refused_with_the_forms_that_are(kind: str, value: str, why: str) -> None:
    with pytest.raises(ConfigError) as refused:
        sources.resolve(kind, value)
    sentence = refused.value.problems[0]
    assert sentence.startswith(f'"{value}" {why}; {kind} takes ')
    assert all(form in sentence for form in sources.kinds()[kind].accepts)


BASE = "http://127.0.0.1:9"
ELSEWHERE = [
    ("hashnode", "asharao", f"{BASE}/rss.xml"),
    ("hashnode", f"{BASE}/rss.xml", f"{BASE}/rss.xml"),
    ("substack", "asharao.substack.com", f"{BASE}/feed"),
    ("ghost", "https://asha.example/author/asha/", f"{BASE}/author/asha/rss/"),
    ("ghost", f"{BASE}/tag/kafka", f"{BASE}/tag/kafka/rss/"),
    ("wordpress", "asha.example", f"{BASE}/feed/"),
    ("wordpress", f"{BASE}/category/data", f"{BASE}/category/data/feed/"),
    ("wordpress", f"{BASE}/?feed=rss2&author=3", f"{BASE}/?feed=rss2&author=3"),
    ("blogger", "asharao", f"{BASE}/feeds/posts/default"),
    ("blogger", f"{BASE}/search/label/kafka", f"{BASE}/feeds/posts/default/-/kafka"),
    ("github", "asharao/ledger", f"{BASE}/asharao/ledger/releases.atom"),
    ("github", f"{BASE}/asharao/ledger/tags", f"{BASE}/asharao/ledger/tags.atom"),
    ("youtube", "UCaBcDeFgHiJkLmNoPqRsTuV", f"{BASE}/feeds/videos.xml?channel_id=UCaBcDeFgHiJkLmNoPqRsTuV"),
    ("youtube", f"{BASE}/user/asharao", f"{BASE}/feeds/videos.xml?user=asharao"),
    ("stackoverflow", "22656", f"{BASE}/feeds/user/22656"),
    ("stackoverflow", f"{BASE}/users/22656/asha", f"{BASE}/feeds/user/22656"),
    ("mastodon", "@asha@social.example", f"{BASE}/@asha.rss"),
    ("mastodon", "asha", f"{BASE}/@asha.rss"),
    ("mastodon", f"{BASE}/@asha", f"{BASE}/@asha.rss"),
    ("bluesky", "asha.example", f"{BASE}/profile/asha.example/rss"),
    ("bluesky", f"{BASE}/profile/asha.example", f"{BASE}/profile/asha.example/rss"),
]


@pytest.mark.parametrize(("kind", "value", "feed_url"), ELSEWHERE)
def test_another_installation_of_a_platform(kind: str, value: str, feed_url: str) -> None:
    assert sources.resolve(kind, value, f"{BASE}/").feed_url == feed_url


@pytest.mark.parametrize(
    ("kind", "value", "default_id", "title"),
    [
        ("hashnode", "asharao", "hashnode", "Hashnode"),
        ("hashnode", "https://blog.asha.example", "hashnode", "blog.asha.example"),
        ("ghost", "asharao.ghost.io", "ghost", "Ghost"),
        ("wordpress", "asha.example/blog", "wordpress", "asha.example/blog"),
        ("blogger", "asharao", "blogger", "Blogger"),
        ("github", "asharao", "github", "GitHub"),
        ("github", "asharao/next.js", "github-next-js", "next.js on GitHub"),
        ("stackoverflow", "22656", "stackoverflow", "Stack Overflow"),
        ("stackoverflow", "serverfault.com/users/7", "stackoverflow", "serverfault.com"),
        ("mastodon", "@asha@social.example", "mastodon", "Mastodon"),
        ("bluesky", "asha.example", "bluesky", "Bluesky"),
    ],
)
def test_default_names(kind: str, value: str, default_id: str, title: str) -> None:
    resolved = sources.resolve(kind, value)
    assert (resolved.default_id, resolved.title) == (default_id, title)


@pytest.mark.parametrize(
    ("kind", "value", "right"),
    [
        ("ghost", "asharao.substack.com", "substack"),
        ("wordpress", "https://asharao.blogspot.de", "blogger"),
        ("hashnode", "https://github.com/asharao", "github"),
        ("substack", "https://www.youtube.com/@asharao", "youtube"),
        ("mastodon", "https://bsky.app/profile/asha.example", "bluesky"),
        ("github", "https://serverfault.com/users/7", "stackoverflow"),
    ],
)
def test_the_right_kind_is_named(kind: str, value: str, right: str) -> None:
    with pytest.raises(ConfigError) as refused:
        sources.resolve(kind, value)
    label = sources.kinds()[right].label
    assert refused.value.problems == [f'"{value}" is on {label}; write "{right}: {value}"']
