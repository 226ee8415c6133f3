"""Owners' patterns find what they say in every script, and none of them takes for ever."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.errors import ConfigError
from aggregator.text.patterns import finder


@pytest.mark.parametrize(
    ("pattern", "text", "found"),
    [
        ("kafka", "Apache KAFKA 4", True),
        ("^kafka", "Apache Kafka", False),
        ("kafka|redis", "On Redis", True),
        ("(?-i)Go", "let it go", False),
        ("(?-i)Go", "Go 1.22", True),
        (r"\bgo\b", "gopher", False),
        (r"\bgo\b", "in go: a tour", True),
        ("ÜBER", "über alles", True),
        (r"\büber\b", "die Über-Marke", True),
        (r"\bber\b", "über", False),
        ("σίσυφος", "ΣΊΣΥΦΟΣ", True),
        (r"^\w+$", "日本語", True),
        (r"^\d+$", "٣٤", True),
        (r"^\p{Cyrillic}+$", "Привет", True),
        (r"\p{Han}{3}", "日本語", True),
        (r"c\+\+", "Modern C++", True),
        (r"c\+\+", "Modern C", False),
        (r"^c#$", "C#", True),
        ("(?s)first.*last", "first\nlast", True),
        ("first.*last", "first\nlast", False),
        ("(?x) two \\s words # and why", "two words", True),
        ("[[:punct:]]$", "Really?", True),
        ("(?:part|pt) \\d{1,3}", "Queues, pt 12", True),
        ("(?P<name>release) notes", "Release notes", True),
        ("", "", None),
        ("a" * 501, "", None),
    ],
)
def test_a_pattern_finds(pattern: str, text: str, found: bool | None) -> None:
    if found is None:
        with pytest.raises(ConfigError, match="must have 1 to 500 characters"):
            finder(pattern)
    else:
        assert finder(pattern)(text) is found


@pytest.mark.parametrize(
    ("pattern", "said"),
    [
        ("^(?!draft)", "looks ahead or behind; a pattern of `exclude` says what must not be there (character 2)"),
        ("(?<=a)b", "looks ahead or behind; a pattern of `exclude` says what must not be there (character 1)"),
        (r"(go) \1", "refers back to a group; write out what stands there: (?:go go|no no) (character 6)"),
        ("(?P<x>go) (?P=x)", "refers back to a group; write out what stands there: (?:go go|no no) (character 11)"),
        (r"notes\Z", r"has \Z; write $ (character 6)"),
        ("(?>a)", "has a group (?>...); write (?:...) (character 1)"),
        ("(?#why)a", "has a comment (?#...); leave it out (character 1)"),
        ("(?(1)a|b)", "has a condition (?(...)...); write the two cases as (?:...|...) (character 1)"),
        ("(?L)a", "has a flag that is none; there are (?s), (?x), (?-i) and (?-u) (character 1)"),
        ("*.md", "repeats nothing; for the sign itself put a \\ before it (character 1)"),
        ("c++", r"repeats a repetition; for the signs themselves write \+\+ (character 3)"),
        ("(a", "is no regular expression: unclosed group (character 1)"),
        ("[a", "is no regular expression: unclosed character class (character 1)"),
        (r"\p{Klingon}", "is no regular expression: Unicode property not found (character 1)"),
        ("a\n(?=b)", "looks ahead or behind; a pattern of `exclude` says what must not be there"),
        ("(a{100}){100}", "counts further than 1,000 in all; use * or + or smaller numbers"),
        (r"\w{1,999}", "is too large; use * or + where it counts to a high number"),
    ],
)
def test_what_the_engine_cannot_do_is_said_with_what_to_write_instead(pattern: str, said: str) -> None:
    with pytest.raises(ConfigError) as refused:
        finder(pattern)
    assert refused.value.problems == [said]


# With an engine that goes back and tries again, one of these takes longer than the universe has stood.
@pytest.mark.parametrize(
    "pattern",
    ["(a+)+$", "^(a|a)*$", "(a|aa)+$", "(.*a){20}$", "(?:a?){30}a{30}b", "(([a-z])+.)+[A-Z]([a-z])+$", "(.*)*b"],
)
@pytest.mark.parametrize("text", ["a" * 100_000 + "!", "aß" * 50_000 + "\n"])
def test_no_pattern_takes_for_ever(pattern: str, text: str) -> None:
    assert finder(pattern)(text) is False


@given(st.text(alphabet="ab()[]{}*+?|\\,:=!<P1^$.#- ßé", max_size=40), st.text(max_size=100))
def test_every_pattern_searches_or_says_why_not(pattern: str, text: str) -> None:
    try:
        found = finder(pattern)(text)
    except ConfigError as error:
        assert len(error.problems) == 1
        assert "\n" not in error.problems[0]
    else:
        assert found in (True, False)


@given(st.text(min_size=1, max_size=50), st.text(max_size=20), st.text(max_size=20))
def test_what_is_escaped_is_found_as_it_stands(words: str, before: str, after: str) -> None:
    escaped = "".join(f"\\x{{{ord(one):x}}}" for one in words)
    if all(not 0xD800 <= ord(one) <= 0xDFFF for one in words + before + after):
        assert finder(escaped)(before + words + after)
