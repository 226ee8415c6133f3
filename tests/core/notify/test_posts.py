"""Words for a post: never longer than the network takes, cut between signs, the address whole."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wcwidth import iter_graphemes

from aggregator.model import Account, ArticleState
from aggregator.notify import bluesky, mastodon, posts

NOW = datetime(2026, 5, 19, 9, 34, 58, tzinfo=UTC)
URL = "https://asha.example/kafka-1"
FAMILY = "👩‍👩‍👧‍👦"


def article(**changed: Any) -> ArticleState:
    said: dict[str, Any] = {
        "ulid": "01J" + "A" * 23,
        "id": "tag:a.example,2026:article/1",
        "owners": ("asha",),
        "canonical": 1,
        "text": 1,
        "url": URL,
        "title": "Kafka",
        "summary": "",
        "content_html": "",
        "published_at": NOW,
        "date_precision": "second",
        "first_seen_at": NOW,
        "announced_at": NOW,
        "updated_at": None,
    }
    return ArticleState(**(said | changed))


@given(
    st.text(max_size=700),
    st.text(max_size=700),
    st.sampled_from(["{title}\n\n{url}", "{summary} {title} {url} {tags}"]),
)
def test_no_post_is_too_long_and_every_one_has_the_address(title: str, summary: str, template: str) -> None:
    one = article(title=title, summary=summary, tags=("kafka", "c++", "日本"))
    account = Account("mastodon", "m.example", "https://m.example", "x", template)
    status = mastodon.status(account, one)
    assert posts.mastodon_length(status) <= 500
    assert URL in status
    post = bluesky.record(account, one, NOW)
    assert posts.length(post["text"]) <= 300
    assert len(post["text"].encode()) <= 3000
    text = post["text"].encode()
    for facet in post["facets"]:
        (feature,) = facet["features"]
        said = text[facet["index"]["byteStart"] : facet["index"]["byteEnd"]].decode()
        assert said == (feature["uri"] if "uri" in feature else f"#{feature['tag']}")


def test_a_sign_is_never_cut_in_two() -> None:
    whole = FAMILY * 400
    text = posts.written("{title} {url}", article(title=whole), 300)
    shown = text.removesuffix(f" {URL}").removesuffix("…")
    assert set(iter_graphemes(shown)) == {FAMILY}
    assert posts.length(text) <= 300


@pytest.mark.parametrize(
    ("text", "most", "cut"),
    [
        ("short", 10, "short"),
        ("a word too many", 10, "a word…"),
        ("Donaudampfschifffahrtsgesellschaft", 10, "Donaudamp…"),
        ("one, two", 5, "one…"),
        ("anything", 1, ""),
    ],
)
def test_texts_are_cut_between_words(text: str, most: int, cut: str) -> None:
    assert posts.cut(text, most) == cut


def test_an_address_counts_as_23_on_mastodon() -> None:
    assert posts.mastodon_length("see https://asha.example/" + "x" * 400) == 27


def test_hashtags_are_found_where_they_stand() -> None:
    assert posts.hashtags("é #kafka https://a.example/#no #1 &#39; #c3") == [(3, 9, "kafka"), (41, 44, "c3")]


def test_an_article_has_one_key() -> None:
    keys = {bluesky.record_key(f"01J{number:023}") for number in range(500)}
    assert len(keys) == 500
    assert all(len(key) == 13 and key < "3zzzzzzzzzzzz" for key in keys)
    assert bluesky.record_key("x") == bluesky.record_key("x")
