"""What people type where a source is wanted: names, profiles, feeds, and everything that is none of them."""

from __future__ import annotations

import pytest

from aggregator.errors import ConfigError
from aggregator.poll.target import target


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
        ("asha.example/feed.xml", 'did you mean "https://asha.example/feed.xml"?'),
        ("localhost.example:8000", 'did you mean "https://localhost.example:8000"?'),
        ("asharao", 'write a kind before it, as in "dev:asharao"'),
        ("", "says not where"),
        ("ftp://asha.example/feed.xml", "says not where"),
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
