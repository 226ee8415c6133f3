"""The list in a README: settings of blog-post-workflow, text that stays text, and the same text for the same posts."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.errors import ConfigError
from aggregator.render.readme import Post, Wishes, between, chosen, dated, listed, within

AT = datetime(2026, 5, 3, 14, 5, 9, tzinfo=UTC)
OLD = Post("Older", "https://a.example/1", datetime(2025, 1, 1, tzinfo=UTC))
NEW = Post("Newer", "https://a.example/2", AT, "What it is", "Blog", ("Kafka", "SQL"))


def test_the_default_is_a_list_newest_first() -> None:
    assert listed([OLD, NEW], Wishes()) == "\n- [Newer](https://a.example/2)\n- [Older](https://a.example/1)\n"
    assert listed([OLD, NEW], Wishes(most=1, sort=False)) == "\n- [Older](https://a.example/1)\n"
    assert listed([], Wishes()) == ""


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("$newline- $date [$title]($url)", "\n- 2026-05-03 [Newer](https://a.example/2)"),
        ("$counter. $feedName: $description ($categories) ", "1. Blog: What it is (Kafka, SQL) "),
        ("$emojiKey(A, B)$title$newline", "ANewer\n"),
        ("$titles $unknown", "$titles $unknown"),
    ],
)
def test_templates(template: str, expected: str) -> None:
    assert listed([NEW], Wishes(template=template, date_format="isoDate")) == expected


@pytest.mark.parametrize(
    ("mask", "expected"),
    [
        ("UTC:ddd mmm dd yyyy h:MM TT", "Sun May 03 2026 2:05 PM"),
        ("dS mmmm yy, HH:MM:ss", "3rd May 26, 14:05:09"),
        ("'Day' d", "Day 3"),
        ("mediumDate", "May 3, 2026"),
    ],
)
def test_masks_of_dates(mask: str, expected: str) -> None:
    assert dated(AT, mask) == expected


def test_what_a_feed_says_stays_text() -> None:
    bad = Post("$url <!-- BLOG-POST-LIST:END --> [x](y) <b>", "https://a.example/(x)", AT)
    said = listed([bad], Wishes())
    assert "<" not in said
    assert said.endswith("](https://a.example/%28x%29)\n")
    assert "$url" in listed([bad], Wishes(template="$title"))


def test_what_stands_twice_is_there_once() -> None:
    again = Post("newer", "https://dev.example/2", AT)
    assert listed([NEW, again], Wishes(unique=True)).count("- [") == 1
    assert listed([NEW, again], Wishes()).count("- [") == 2


def test_long_titles_are_cut() -> None:
    assert "[Ne...]" in listed([NEW], Wishes(title_length=2))


@given(st.text(), st.text(), st.text())
def test_only_what_is_between_the_comments_is_changed(before: str, after: str, new: str) -> None:
    if any("X:" in one for one in (before, after, new)):
        return
    start, end = "<!-- X:START -->", "<!-- X:END -->"
    made = between(f"{before}{start}old{end}{after}", "X", new, apart=False)
    assert made == f"{before}{start}{new}{end}{after}"
    assert between(made, "X", new, apart=False) == made


def test_without_comments_nothing_is_written() -> None:
    with pytest.raises(ConfigError, match="there is no <!-- X:START -->"):
        between("# Me\n<!-- X:END --><!-- X:START -->", "X", "new", apart=False)


@pytest.mark.parametrize(
    ("wish", "at", "passes"),
    [
        ("", datetime(1999, 1, 1, tzinfo=UTC), True),
        ("daysAgo/2/", datetime(2026, 5, 1, 14, 5, 9, tzinfo=UTC), True),
        ("daysAgo/2/", datetime(2026, 5, 1, 14, 5, 8, tzinfo=UTC), False),
        ("currentMonth", datetime(2026, 5, 1, tzinfo=UTC), True),
        ("currentMonth", datetime(2025, 5, 1, tzinfo=UTC), False),
        ("currentYear", datetime(2026, 1, 1, tzinfo=UTC), True),
        ("currentYear", datetime(2025, 12, 31, tzinfo=UTC), False),
        ("daysAgo/0/", None, True),
        ("currentYear", None, True),
    ],
)
def test_filters_of_dates(wish: str, at: datetime | None, passes: bool) -> None:
    assert within(wish, AT)(at) is passes


@pytest.mark.parametrize("wish", ["daysAgo", "daysAgo/x/", "lastWeek"])
def test_an_unknown_filter_of_dates_is_refused(wish: str) -> None:
    with pytest.raises(ConfigError, match="filter_dates"):
        within(wish, AT)


def test_each_category_in_a_template_of_its_own() -> None:
    post = Post("T", "https://a.example/", AT, categories=("$title", "<b>"))
    made = listed([post], Wishes(template="$categories|", categories_template="($category)$newline"))
    assert made == "($title)\n(&lt;b&gt;)\n|"
    assert listed([OLD], Wishes(template="$categories|", categories_template="($category)")) == "|"


def test_chance_is_the_same_for_the_same_seed() -> None:
    posts = [Post(str(one), f"https://a.example/{one}", AT) for one in range(40)]

    def made(seed: str) -> str:
        return listed(posts, Wishes(most=40, template="$randomEmoji(A, B, C)", seed=seed))

    assert made("me/me") == made("me/me") != made("you/you")
    assert set(made("me/me")) == set("ABC")


def test_chosen_posts_are_in_order_and_cut() -> None:
    assert [one.title for one in chosen([OLD, NEW], Wishes(title_length=3))] == ["New...", "Old..."]
