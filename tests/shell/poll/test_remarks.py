"""What an owner says twice and differently, or of nothing that is here, is told in a sentence that names the lines."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from aggregator.bootstrap import agree
from aggregator.model import Config, Owner, Source, Written
from aggregator.poll.adopt import with_written
from aggregator.poll.remarks import contradictions, unknown
from aggregator.store import Store
from tests.shell.api.library import CONFIG, NOW, WORKS, stock

A, B, C, D = (f"https://{host}.example/2026/one/" for host in "abcd")
ON_DEV = "https://dev.to/asharao/one-1abc"


def config(*owners: Owner) -> Config:
    return replace(CONFIG, owners=owners)


def asha(**said: Any) -> Owner:
    return Owner("asha", "Asha Rao", **said)


@pytest.mark.parametrize(
    "said",
    [
        {"same": ((A, B),), "different": ((A, C),)},
        {"same": ((A, B), (C, D)), "different": ((A, C), (B, D))},
        {"same": ((A, B, C),), "different": ((A, D), (B, D), (C, D))},
        {"featured": (A,), "hide": (B,), "canonical": (C,)},
        {},
    ],
)
def test_what_agrees_needs_no_remark(said: dict[str, Any]) -> None:
    assert contradictions(config(asha(**said))) == ()


def test_same_and_different_about_one_pair() -> None:
    said = asha(same=((A, B),), different=((A.replace("https://", "http://www."), f"{B}?utm_source=x"),))
    (remark,) = contradictions(config(said))
    assert remark == (
        f"asha: `different` says that http://www.a.example/2026/one/ and {B}?utm_source=x are two articles, "
        f"`same` joins them: [{A}, {B}]. They stay two; take one of these lines out"
    )


def test_a_contradiction_by_way_of_others_and_of_other_owners() -> None:
    bo = Owner("bo", "Bo", different=((A, D),))
    (remark,) = contradictions(config(asha(same=((A, B), (C, D), (B, C))), bo))
    assert remark.startswith(f"bo: `different` says that {A} and {D} are two articles")
    assert all(f"[{one}, {other}]" in remark for one, other in ((A, B), (B, C), (C, D)))


def test_three_that_are_one_and_two_of_them_different() -> None:
    (remark,) = contradictions(config(asha(same=((A, B, C),), different=((A, B),))))
    assert f"[{A}, {B}, {C}]" in remark


def test_words_about_no_article_or_about_one_twice() -> None:
    said = asha(hide=("https://a.example/",), same=((A, "https://dev.to/asharao"), (B, B.replace("https", "http"))))
    assert contradictions(config(said)) == (
        "asha: `same` names https://dev.to/asharao, which is a home page or a list, and no article",
        f"asha: `same` names one address twice: {B} and {B.replace('https', 'http')}",
        "asha: `hide` names https://a.example/, which is a home page or a list, and no article",
    )


def test_what_is_featured_and_hidden() -> None:
    (remark,) = contradictions(config(asha(featured=(A, B), hide=(f"{B}?utm_source=x",))))
    assert remark == f"asha: `featured` and `hide` both name {B}; it is hidden"


def test_addresses_that_nobody_knows(store: Store) -> None:
    first, *others = CONFIG.owners
    typo = f"{WORKS[1].url}1"
    said = replace(
        first, same=((WORKS[1].url, typo),), canonical=(WORKS[3].url, WORKS[3].url), hide=(ON_DEV, "https://a.example/")
    )
    newcomer = Owner("di", "Di", hide=(ON_DEV,))
    everything = replace(CONFIG, owners=(said, *others, newcomer))
    stock(store, config=everything)
    assert unknown(everything, store) == (
        f"asha: `same` names {typo}, where no article here has a copy",
        f"asha: `hide` names {ON_DEV}, where no article here has a copy",
    ), "nothing is said of who has no copies yet"


def test_nothing_is_missed_before_the_sources_were_read(store: Store) -> None:
    """What is written by hand is there at once; the addresses that the rest will bring are not wrong for that."""
    told = asha(entries=(Written("How it began", "story"),), featured=(A,))
    feed = Source("asha/blog", "asha", "blog", "feed", "https://a.example/feed.xml")
    before = with_written(config(replace(told, sources=(feed,))))
    agree(before, store, NOW)
    assert [row.copies for row in store.sources_rows()] == [0, 1]
    assert unknown(before, store) == ()
    alone = with_written(config(replace(told, id="bo")))
    agree(alone, store, NOW)
    assert unknown(alone, store) == (f"bo: `featured` names {A}, where no article here has a copy",)
