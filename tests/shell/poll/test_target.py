"""What people type where a source is wanted: names, profiles, feeds, and everything that is none of them."""

from __future__ import annotations

import pytest

from aggregator.errors import ConfigError
from aggregator.poll.target import account, target


@pytest.mark.parametrize(
    ("text", "kind", "feed_url"),
    [
        ("dev:asharao", "dev", "https://dev.to/feed/asharao"),
        (" DEV:@asharao ", "dev", "https://dev.to/feed/asharao"),
        ("https://dev.to/asharao", "dev", "https://dev.to/feed/asharao"),
        ("medium:@asharao", "medium", "https://medium.com/feed/@asharao"),
        ("https://medium.com/@asharao", "medium", "https://medium.com/feed/@asharao"),
        ("https://asha.example/feed.xml", "feed", "https://asha.example/feed.xml"),
        ("HTTPS://asha.example/feed.xml", "feed", "https://asha.example/feed.xml"),
        ("feed:https://asha.example/feed.xml", "feed", "https://asha.example/feed.xml"),
        ("http://127.0.0.1:8000/a:b", "feed", "http://127.0.0.1:8000/a:b"),
        ("asha.example", "feed", "https://asha.example/"),
        ("asha.example:8000/feed.xml", "feed", "https://asha.example:8000/feed.xml"),
        ("dev.to/asharao", "dev", "https://dev.to/feed/asharao"),
        ("asharao.medium.com", "medium", "https://asharao.medium.com/feed"),
        ("@asha@social.example", "mastodon", "https://social.example/@asha.rss"),
        ("acct:asha@social.example", "mastodon", "https://social.example/@asha.rss"),
        ("@asha.bsky.social", "bluesky", "https://bsky.app/profile/asha.bsky.social/rss"),
        ("at://asha.example", "bluesky", "https://bsky.app/profile/asha.example/rss"),
        (f"did:plc:{'a' * 24}", "bluesky", f"https://bsky.app/profile/did:plc:{'a' * 24}/rss"),
        (f"UC{'x' * 22}", "youtube", f"https://www.youtube.com/feeds/videos.xml?channel_id=UC{'x' * 22}"),
        ("git@github.com:asharao/ledger.git", "github", "https://github.com/asharao/ledger/releases.atom"),
        ("feed://asha.example/feed.xml", "feed", "https://asha.example/feed.xml"),
        ("feed:asha.example/feed.xml", "feed", "https://asha.example/feed.xml"),
        ("site:asha.example", "site", "https://asha.example/"),
        ("//asha.example/feed.xml", "feed", "https://asha.example/feed.xml"),
        ("<https://dev.to/asharao>,", "dev", "https://dev.to/feed/asharao"),
        ('"dev.to/asharao"', "dev", "https://dev.to/feed/asharao"),
        ("localhost:4000/feed.xml", "feed", "http://localhost:4000/feed.xml"),
        ("127.0.0.1:8000", "feed", "http://127.0.0.1:8000/"),
    ],
)
def test_what_names_a_source(text: str, kind: str, feed_url: str) -> None:
    found = target(text)
    assert (found.kind, found.resolved.feed_url) == (kind, feed_url)
    source = found.source("asha")
    assert (source.owner, source.kind, source.feed_url) == ("asha", kind, feed_url)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("devto:asharao", 'there is no kind "devto" (did you mean "dev"?)'),
        ("zzz:asharao", 'there is no kind "zzz"; the kinds are '),
        ("saved.xml", "says not where"),
        ("asharao", 'write a kind before it, as in "dev:asharao"'),
        ("", "says not where"),
        ("dev:", '"" names nothing; dev takes '),
        ("ftp://asha.example/feed.xml", "is no http(s) address, and only those are read"),
        ("htps://asha.example/a", 'is no address; did you mean "https://asha.example/a"?'),
        ("https:/asha.example", 'did you mean "https://asha.example"?'),
        ("https//asha.example", 'did you mean "https://asha.example"?'),
        ("asha@social.example", 'is an e-mail address; an account on Mastodon is written "@asha@social.example"'),
        ("https://gist.github.com/asharao", 'write "feed: https://gist.github.com/asharao.atom"'),
        ("https://dev.to/asharao/a-post-3k2f", 'did you mean "asharao"?'),
        ("dev:two words", "is no account name"),
        ("https://", "is no http(s) address"),
    ],
)
def test_what_names_none_is_told_what_would(text: str, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        target(text)
    assert said in str(caught.value)
    assert len(caught.value.problems) == 1


@pytest.mark.parametrize(
    ("text", "page"),
    [
        ("youtube:@asharao", "@asharao"),
        ("youtube:asharao", "@asharao"),
        ("https://www.youtube.com/@asharao/videos", "@asharao"),
        ("youtube.com/c/asharao", "c/asharao"),
        ("https://www.youtube.com/asharao", "asharao"),
        ("https://youtu.be/aBcDeFgHiJk?si=x", "watch?v=aBcDeFgHiJk"),
        ("https://www.youtube.com/watch?v=aBcDeFgHiJk&list=PLaBcDeFgHiJkLmNoP", "watch?v=aBcDeFgHiJk"),
    ],
)
def test_what_names_a_channel_without_its_id_needs_the_page_that_knows_it(text: str, page: str) -> None:
    found = target(text)
    assert (found.kind, found.page) == ("youtube", f"https://www.youtube.com/{page}")


@pytest.mark.parametrize(
    ("url", "mine", "text"),
    [
        ("https://dev.to/asharao", False, "dev:asharao"),
        ("https://dev.to/asharao/a-post-3k2f", True, None),
        ("https://github.com/asharao", True, "github:asharao"),
        ("https://social.example/@asha", True, "mastodon:@asha@social.example"),
        ("https://social.example/@asha", False, None),
        ("https://asha.example/", True, "https://asha.example/"),
        ("https://asha.example/", False, None),
        ("https://linkedin.example/in/asha", True, None),
    ],
)
def test_which_links_of_a_page_are_accounts(url: str, text: str | None, *, mine: bool) -> None:
    found = account(url, mine=mine)
    assert (found.text if found else None) == text


@pytest.mark.parametrize(
    ("address", "text"),
    [
        ("https://dev.to/asharao", "dev:asharao"),
        ("medium.com/@asharao", "medium:@asharao"),
        ("https://medium.com/better-programming", "medium:better-programming"),
        ("https://asharao.hashnode.dev/rss.xml", "hashnode:asharao"),
        ("https://asharao.substack.com", "substack:asharao"),
        ("https://github.com/asharao/ledger/releases", "github:asharao/ledger"),
        ("https://stackoverflow.com/users/22656/asha-rao", "stackoverflow:22656"),
        ("https://serverfault.com/users/7/asha", "stackoverflow:https://serverfault.com/users/7/asha"),
        ("https://bsky.app/profile/asha.example", "bluesky:asha.example"),
        ("https://asharao.wordpress.com/category/data/", "wordpress:https://asharao.wordpress.com/category/data/"),
        ("https://github.com/asharao/ledger.git", "github:asharao/ledger"),
        ("https://github.com/orgs/asharao/repositories", "github:asharao"),
        ("medium:https://detect.example/?source=collection_home", "medium:https://detect.example"),
        ("medium:@asharao", "medium:@asharao"),
    ],
)
def test_an_account_is_called_by_its_name_where_that_is_enough(address: str, text: str) -> None:
    assert target(address).text == text


def test_a_file_that_is_not_there_is_said_to_be_missing_where_files_will_do() -> None:
    with pytest.raises(ConfigError, match=r'there is no file "saved\.xml" here'):
        target("saved.xml", "the name of a file")
