"""A title as an address writes it: without apostrophes and accents, with broken numbers and a 2 behind."""

from __future__ import annotations

from dataclasses import replace

import pytest

from aggregator.dedupe import slugs
from aggregator.dedupe.signature import sign
from aggregator.model import Entry
from tests.core.dedupe.made import entry, prose


def signed(title: str, url: str | None = None) -> Entry:
    (found,) = sign([entry(title, url=url)], ())
    return found


@pytest.mark.parametrize(
    ("title", "url", "said"),
    [
        ("", None, True),
        ("how to lease", "https://a.example/how-to-lease", True),
        ("How to lease!", "https://a.example/2024/how_to_lease.html", True),
        ("How to lease a house", "https://a.example/how-to-lease", False),
        ("How to lease", None, False),
        ("42", "https://a.example/42", False),
        ("🚀", "https://a.example/to-the-moon", True),
    ],
)
def test_a_title_that_is_only_the_address(title: str, url: str | None, said: bool) -> None:
    assert slugs.from_address(title, url) is said


@pytest.mark.parametrize(
    ("a", "b", "said"),
    [
        ("https://a.example/emoji", "https://a.example/emoji-2", True),
        ("https://a.example/emoji-2023", "https://a.example/emoji-2024/", True),
        ("https://a.example/emoji-updated", "https://a.example/emoji", True),
        ("https://a.example/emoji", "https://a.example/emojis", False),
        ("https://a.example/", "https://b.example/", False),
        (None, "https://a.example/emoji", False),
    ],
)
def test_slugs_of_two_editions(a: str | None, b: str | None, said: bool) -> None:
    assert slugs.same_slug(a, b) is said
    assert slugs.same_slug(b, a) is said


@pytest.mark.parametrize(
    ("title", "slug"),
    [
        ("Don't panic, it's only DNS", "don-t-panic-it-s-only-dns"),
        ("Don’t panic, it’s only DNS", "dont-panic-its-only-dns"),
        ("Le cœur d’une base de données", "le-coeur-d-une-base-de-donnees"),
        ("Über Größen und Maße", "uber-grossen-und-masse"),
        ("Über Größen und Maße", "ueber-groessen-und-masse"),
        ("Små øer i Ålborg", "smaa-oeer-i-aalborg"),
        ("Łódź w nocy", "lodz-w-nocy"),
        ("Tool 2.1.0 is out", "tool-2-1-0-is-out"),
        ("10,000 rows a second", "10-000-rows-a-second"),
        ("10,000 rows a second", "10000-rows-a-second"),
        ("消息队列的租约", "消息队列的租约"),
        ("Как работают очереди", "как-работают-очереди"),
    ],
)
def test_an_address_spells_a_title(title: str, slug: str) -> None:
    url = f"https://a.example/{slug}"
    named, whole = signed(slug.replace("-", " "), url), signed(title)
    mine, other = slugs.titles_of(named, whole)
    assert mine == other
    assert (other, mine) == slugs.titles_of(whole, named)
    assert mine in slugs.spellings(title)


def test_two_real_titles_are_compared_as_they_are() -> None:
    a, b = signed("Don't panic"), signed("Don t panic")
    assert slugs.titles_of(a, b) == ("dont panic", "don t panic")


@pytest.mark.parametrize(
    ("title", "said"),
    [
        ("a talk at milan 2016 2", "a talk at milan 2016"),
        ("kafka part 2", "kafka part 2"),
        ("kafka in 2016", "kafka in 2016"),
        ("kafka 12", "kafka 12"),
    ],
)
def test_the_number_that_a_site_adds(title: str, said: str) -> None:
    assert slugs.bare_key(signed(title, f"https://a.example/{title.replace(' ', '-')}")) == said
    assert slugs.bare_key(replace(signed(title), url="https://a.example/x")) == title


def test_a_title_has_few_spellings() -> None:
    assert slugs.spellings("A plain title") == ("a plain title",)
    assert len(slugs.spellings(f"Größe, l'été à 10,000 {prose('x', 9)}")) <= 12
