"""Tables for what titles say: which are one name, which are members of a series, which are siblings."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.dedupe import titles
from aggregator.dedupe.recurring import generic, recurring
from aggregator.dedupe.titles import title_key
from tests.core.dedupe.effort import examples

KEYS = {
    "What’s New in C++ & C#?": "whats new in c++ c#",
    "Protected: My diary": "my diary",
    "Geschützt: Mein Tagebuch": "mein tagebuch",
    "Leases (updated 2024)": "leases",
    "Leases [Updated: March]": "leases",
    "Leases (for real)": "leases for real",
    "🚀 Ship it 🔥": "ship it",
    "🚀🚀": "",
    "10,000 users, 3.0.1": "10000 users 3.0.1",
    "1,5 Liter": "1 5 liter",
    "Ｆｕｌｌ　Ｗｉｄｔｈ １２": "full width 12",
    "Day 1️⃣": "day 1",
    "消息队列 Kafka 入门": "消 息 队 列 kafka 入 门",
    "ファイル": "フ ァ イ ル",
    "Как устроены очереди?": "как устроены очереди",
    "كيف تعمل، الجزء ٢": "كيف تعمل الجزء ٢",
    "STRASSE": "strasse",
    "Straße": "strasse",
    "v2.1.0-beta": "v 2.1.0 beta",
    "don't / don’t": "dont dont",
}


@pytest.mark.parametrize("title", KEYS)
def test_the_words_of_a_title(title: str) -> None:
    assert title_key(title) == KEYS[title]


@examples(100)
@given(st.text())
def test_the_words_of_words_are_the_words(title: str) -> None:
    assert title_key(title_key(title)) == title_key(title)


NUMBERS = {
    "Kafka from zero": set(),
    "Part 2": {"2"},
    "Part II": {"2"},
    "Part two": {"2"},
    "The second part": {"2"},
    "Two things about leases": set(),
    "World War II": {"2"},
    "I am here": set(),
    "Tool 2.1.0": {"2.1"},
    "tool 2 1 0": {"2.1"},
    "Tool 2.0": {"2"},
    "Tool 1.0.1": {"1.0.1"},
    "Week #07": {"7"},
    "[2/3] Raft": {"2.3"},
    "Overview of May 2024": {"month 5", "2024"},
    "May the force be with you": set(),
    "Notes, in May": {"month 5"},
    "Sept": {"month 9"},
    "第3回": {"3"},
    "الجزء ٢": {"2"},
    "100 days, day 4": {"100", "4"},
}


@pytest.mark.parametrize("title", NUMBERS)
def test_the_numbers_of_a_title(title: str) -> None:
    assert titles.numbers(title_key(title)) == NUMBERS[title]


CONFLICTS = [
    ("Kafka, part 1", "Kafka, part 2", True),
    ("Kafka, part 1", "Kafka, part I", False),
    ("Kafka, part one", "Kafka (1)", False),
    ("Kafka", "Kafka, part 2", True),
    ("Kafka", "Kafka explained", False),
    ("markata 0.8", "markata 0.9", True),
    ("Release 1.2", "Release 2.1", True),
    ("Tool 1.0.1", "Tool 1.1", True),
    ("Tool 2.1.0", "tool 2 1 0", False),
    ("Tool 2.0", "Tool 2", False),
    ("Part 2: 10 tips", "10 tips, part 2", False),
    ("10,000 users", "10 users", True),
    ("Overview of May", "Overview of June", True),
    ("Overview of May 2023", "Overview of May 2024", True),
    ("Leases (updated 2024)", "Leases", False),
    ("第1回", "第2回", True),
    ("الجزء ١", "الجزء ٢", True),
    ("", "Part 2", False),
    ("🚀", "Part 2", False),
]


@pytest.mark.parametrize(("a", "b", "said"), CONFLICTS)
def test_numbers_in_conflict(a: str, b: str, said: bool) -> None:
    assert titles.conflict(title_key(a), title_key(b)) is said
    assert titles.conflict(title_key(b), title_key(a)) is said


def test_only_numbers_on_both_sides_differ() -> None:
    assert titles.differ("part 1", "part 2")
    assert not titles.differ("kafka", "part 2")
    assert not titles.differ("part 1", "1")


SWAPS = [
    ("Getting started with Go", "Getting started with Rust", True),
    ("Getting started with React", "Getting started with Preact", True),
    ("Getting started with Svelte", "Getting started with SvelteKit", True),
    ("Backups of MySQL", "Backups of MSSQL", True),
    ("Optimizing Kafka", "Optimising Pulsar", True),
    ("Optimizing Kafka", "Optimising Kafka", False),
    ("How to recieve messages", "How to receive messages", False),
    ("Index in Postgres", "Indexes in Postgres", False),
    ("Testing a queue", "Test a queue", False),
    ("Kafka: a tour", "Kafka", False),
    ("The Kafka", "A Kafka", False),
    ("Kafka, part 1", "Kafka, part 2", False),
    ("Something else entirely", "Kafka from zero", False),
    ("alpha beta gamma delta here", "epsilon zeta eta theta here", False),
    ("Часть первая", "Часть вторая", True),
    ("Программирование на Go", "Программирования на Go", False),
    ("上巻 深入理解", "下巻 深入理解", True),
    ("مقدمة في بايثون", "مقدمة في روبي", True),
]


@pytest.mark.parametrize(("a", "b", "said"), SWAPS)
def test_a_word_in_the_place_of_another(a: str, b: str, said: bool) -> None:
    assert titles.swapped(title_key(a), title_key(b)) is said
    assert titles.swapped(title_key(b), title_key(a)) is said


RECURRING = {
    "Weekly links": True,
    "Link roundup #196": False,
    "The year in review": True,
    "2024 in review": False,
    "Overview of content published in May": True,
    "Overview of content published in May 2024": False,
    "What I did this week": True,
    "Release notes": True,
    "Kafka from zero": False,
    "Hyperlinks explained": False,
}


@pytest.mark.parametrize("title", RECURRING)
def test_titles_that_are_used_again(title: str) -> None:
    assert recurring(title_key(title)) is RECURRING[title]


def test_titles_that_say_nothing() -> None:
    assert generic(title_key("Hello, World!"))
    assert not generic(title_key("Hello, Kafka!"))


@pytest.mark.parametrize(
    ("a", "b", "said"),
    [
        ("Kafka", "Kafka: a tour", True),
        ("Kafka explained", "The Blog | Kafka explained", True),
        ("Kafka explained", "Kafka explained – The Blog", True),
        ("Kafka explained", "Kafka explained (with examples)", True),
        ("Why? Kafka explained", "Kafka explained", True),
        ("Intro to Kafka", "Intro to Kafka Streams", False),
        ("Kafka", "Well-Kafka", False),
        ("カフカ入門", "カフカ入門：第一章", True),
        ("", "Kafka: a tour", False),
        ("🚀", "Kafka: a tour", False),
    ],
)
def test_a_title_with_a_subtitle(a: str, b: str, said: bool) -> None:
    assert titles.extends(a, b) is said
    assert titles.extends(b, a) is said


def test_words_within_words() -> None:
    assert titles.within("random emoji prompt", "a random emoji in your terminal prompt")
    assert not titles.within("random emoji", "a random emoji in your terminal prompt")
    assert titles.within("random emoji", "a random emoji in your terminal prompt", least=2)
    assert not titles.within("random emoji shell", "a random emoji in your terminal prompt")


LONG = "What eleven months of our own broker taught us about patience"


@pytest.mark.parametrize(
    ("title", "said"),
    [
        ("What eleven months of our own broker taught us…", True),
        ("What eleven months of our own broker taught us ...", True),
        ("What eleven months of our own broker taught us", False),
        ("What eleven months…", False),
        ("What eleven months of our own broker taught me…", False),
        (f"{LONG}…", False),
    ],
)
def test_a_title_that_was_cut_off(title: str, said: bool) -> None:
    assert titles.cut(title, LONG) is said
    assert not titles.cut(LONG, title)


WORDS = st.lists(
    st.sampled_from(
        ["kafka", "kafkas", "go", "rust", "part", "1", "2", "ii", "two", "in", "the", "may", "2.0", "入", "門"]
    ),
    max_size=6,
)


@examples(150)
@given(WORDS, WORDS)
def test_no_side_is_the_first(mine: list[str], other: list[str]) -> None:
    a, b = title_key(" ".join(mine)), title_key(" ".join(other))
    for compare in (titles.conflict, titles.differ, titles.swapped, titles.within, titles.extends):
        assert compare(a, b) is compare(b, a)
    for measure in (titles.similarity, titles.token_set, titles.overlap):
        assert measure(a, b) == measure(b, a)
        assert measure(a, a) == (1.0 if a else measure("", ""))
    assert not titles.conflict(a, a)
    assert not titles.swapped(a, a)
