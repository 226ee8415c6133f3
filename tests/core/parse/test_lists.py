"""What other programs keep their feeds in is read as what it is, with what they say of each feed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.errors import NotAFeed
from aggregator.parse.lists import is_list, read
from aggregator.parse.subscriptions import Subscription

FRESHRSS = b"""<?xml version="1.0" encoding="UTF-8"?>
<opml xmlns:frss="https://freshrss.org/opml" version="2.0"><head><title>Mine</title></head><body>
<outline text="Uncategorized"><outline text="Loose" type="rss" xmlUrl="https://a.example/feed.xml"/></outline>
<outline text="Field Notes" frss:opmlUrl="">
  <outline text="Pages" type="HTML+XPath" xmlUrl="https://b.example/news" frss:xPathItem="//article"/>
  <outline text="Dotted" type="JSON+DotNotation" xmlUrl="https://c.example/api"/>
  <outline text="Full" type="rss" xmlUrl="https://d.example/rss" frss:cssFullContent="article" frss:priority="main"/>
</outline></body></opml>"""

PLANET = b"""# planet
[Planet]
name = Planet Example
link = https://planet.example/
feeds = 100%
[DEFAULT]
face_width = 80

[https://a.example/feed.xml]
name = Asha Rao
face = asha.png
[https://b.example/%7Ebo/rss?x=1&y=2]
name = Bo Lind
filter = (?i)kafka|sql
exclude: draft
nonsense
  [[[
[https://a.example/feed.xml]
name = Asha again
[https://c.example/friends.opml]
content_type = opml
[cleo]
  title = Cleo Ekman
  feed  = https://cleo.example/atom.xml
"""

WORKFLOW = b"""
name: Latest posts
on: {schedule: [{cron: "0 * * * *"}], workflow_dispatch: }
jobs:
  update:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - uses: gautamkrishnar/blog-post-workflow@v1
        with:
          max_post_count: 4
          feed_names: "DEV,My site"
          feed_list: >-
            https://dev.to/feed/asharao,
            https://asha.example/feed.xml
      - uses: gautamkrishnar/blog-post-workflow@v1
        with:
          comment_tag_name: VIDEOS
          feed_list: "https://asha.example/feed.xml,https://www.youtube.com/feeds/videos.xml?channel_id=UC1, nonsense"
"""


def test_freshrss_says_what_is_no_feed() -> None:
    assert read(FRESHRSS) == (
        Subscription("https://a.example/feed.xml", "Loose"),
        Subscription("https://b.example/news", "Pages", "Field Notes", page=True),
        Subscription(
            "https://c.example/api",
            "Dotted",
            "Field Notes",
            problem="it is read by rules of json+dotnotation, which only FreshRSS knows",
        ),
        Subscription("https://d.example/rss", "Full", "Field Notes"),
    )


def test_a_planet_names_people_and_patterns() -> None:
    assert read(PLANET) == (
        Subscription("https://a.example/feed.xml", "Asha Rao"),
        Subscription(
            "https://b.example/%7Ebo/rss?x=1&y=2",
            "Bo Lind",
            problem='it has a pattern, "(?i)kafka|sql": add it by hand, with `include` or `exclude`',
        ),
        Subscription("https://c.example/friends.opml", problem="it is a list of feeds: save it, and import it, too"),
        Subscription("https://cleo.example/atom.xml", "Cleo Ekman"),
    )


def test_a_workflow_lists_feeds_with_their_names() -> None:
    assert read(WORKFLOW) == (
        Subscription("https://dev.to/feed/asharao", "DEV"),
        Subscription("https://asha.example/feed.xml", "My site"),
        Subscription("https://www.youtube.com/feeds/videos.xml?channel_id=UC1"),
        Subscription("nonsense", problem="it is no address of the web"),
    )
    (secret,) = read(b"jobs:\n  a:\n    steps:\n    - with:\n        feed_list: ${{ secrets.FEEDS }}\n")
    assert "only GitHub" in secret.problem


@pytest.mark.parametrize(
    ("name", "body", "found"),
    [
        ("export", FRESHRSS, True),
        ("planet.INI", PLANET, True),
        ("blog.yml", WORKFLOW, True),
        ("wordpress.xml", b"<rss><channel/></rss>", False),
        ("post.md", PLANET, False),
        ("setup.cfg", b"[metadata]\nname = x\n", False),
        ("posts.zip", b"PK\x03\x04", False),
    ],
)
def test_a_list_is_told_from_exports(name: str, body: bytes, found: bool) -> None:
    assert is_list(name, body) is found


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "no OPML, no config of a Planet, and no workflow"),
        (b"[https://a.example/\nname", "no OPML"),
        (b"steps:\n  - with:\n     feed_list: [a\n", "no YAML"),
        (b"x" * (5 * 1024 * 1024 + 1), "longer than 5 MiB"),
    ],
)
def test_what_is_no_list_is_refused(body: bytes, said: str) -> None:
    with pytest.raises(NotAFeed, match=said):
        read(body)


@given(st.sampled_from([FRESHRSS, PLANET, WORKFLOW]), st.binary(max_size=40), st.integers(0, 900), st.integers(0, 60))
def test_spoilt_lists_are_read_or_refused(body: bytes, noise: bytes, at: int, gone: int) -> None:
    try:
        found = read(body[:at] + noise + body[at + gone :])
    except NotAFeed:
        return
    assert all(one.problem or one.feed_url.startswith(("http://", "https://")) for one in found)
