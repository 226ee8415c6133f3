"""Which copy has the best address, and which words are shown in its name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from itertools import permutations

import pytest

from aggregator.dedupe.canonical import (
    by_preference,
    date_of,
    first_copy,
    speaker,
    text_copy,
    title_copy,
    why_canonical,
)
from aggregator.model import Copy, Owner, Source
from aggregator.text.urls import is_unfit
from tests.core.dedupe.made import ISSUED, copies, entry, source

SITE = source("site", own_site=True)
DEV = source("dev", kind="dev")
MEDIUM = source("medium", kind="medium")
MIRROR = source("mirror")
ASHA = Owner(id="asha", name="Asha")
URLS = {
    "site": "https://asha.example/leases",
    "dev": "https://dev.to/asha/leases-3k2f",
    "medium": "https://medium.com/@asha/leases-8c1d2e3f4a5b",
    "mirror": "https://mirror.example/leases",
}
NUMBERS = {"site": 1, "dev": 2, "medium": 3, "mirror": 4, "delivered": 5}


def fit(url: str) -> bool:
    return not is_unfit(url)


def made(place: Source, url: str | None = None, names: str | None = None, days: int = 0, words: int = 300) -> Copy:
    one = entry(
        "A lease",
        " ".join(["word"] * words),
        url or URLS[place.id],
        at=ISSUED + timedelta(days=days),
        canonical=URLS.get(names or "", names),
    )
    return copies(place, [one], NUMBERS.get(place.id, 5))[0]


def order(*found: Copy, owner: Owner = ASHA, fits: Callable[[str], bool] = fit) -> list[str]:
    said = {tuple(one.source_id for one in by_preference(many, owner, fits)) for many in permutations(found)}
    assert len(said) == 1, "the order in which copies came plays no part"
    return list(said.pop())


def test_ones_own_domain_before_platforms() -> None:
    assert order(made(MEDIUM), made(DEV), made(SITE)) == ["site", "dev", "medium"]


def test_the_owners_preference() -> None:
    found = made(MEDIUM), made(DEV), made(SITE), made(MIRROR)
    assert order(*found, owner=replace(ASHA, prefer=("medium", "site")))[:2] == ["medium", "site"]
    assert order(*found, owner=replace(ASHA, prefer=("mirror",)))[0] == "mirror", "by the id of a source"
    assert order(*found, owner=replace(ASHA, prefer=()))[0] == "site"


def test_an_address_on_ones_own_domain_counts_wherever_the_feed_lies() -> None:
    delivered = made(source("delivered"), url="https://blog.asha.example/leases")
    at_home = replace(ASHA, home_page_url="https://www.asha.example/")
    assert order(delivered, made(DEV), owner=at_home) == ["delivered", "dev"]
    assert order(delivered, made(DEV)) == ["dev", "delivered"], "nobody said whose domain that is"
    on_platform = replace(ASHA, home_page_url="https://dev.to/asha")
    assert order(made(MEDIUM), made(DEV), owner=replace(on_platform, prefer=("site", "medium")))[0] == "medium"


def test_a_declaration_beats_the_preference() -> None:
    assert order(made(SITE, names="dev"), made(DEV), made(MEDIUM)) == ["dev", "site", "medium"]


def test_a_declaration_that_leads_nowhere_says_nothing() -> None:
    assert order(made(SITE, names="https://elsewhere.example/x"), made(DEV)) == ["site", "dev"]


def test_declarations_are_followed_to_their_end() -> None:
    assert order(made(DEV, names="medium"), made(MEDIUM, names="site"), made(SITE))[0] == "site"


def test_a_circle_of_declarations_leaves_it_to_the_preference() -> None:
    assert order(made(DEV, names="site"), made(SITE, names="dev"), made(MEDIUM)) == ["site", "dev", "medium"]


def test_a_declared_address_may_be_an_old_one() -> None:
    moved = replace(made(DEV), aliases=("u:old.example/leases",))
    assert order(moved, made(SITE, names="https://old.example/leases"))[0] == "dev"


def test_the_owners_canonical_beats_everything_fit() -> None:
    told = replace(ASHA, canonical=("https://www.dev.to/asha/leases-3k2f/?utm_source=x",))
    assert order(made(SITE), made(DEV, names="site"), made(MEDIUM), owner=told)[0] == "dev"


@pytest.mark.parametrize(
    "url",
    [
        "http://localhost:1313/leases",
        "http://10.0.0.7/leases",
        "https://asha.wpcomstaging.com/leases",
        "https://deploy-preview-7--asha.netlify.app/leases",
    ],
)
def test_an_address_that_nobody_reaches_is_never_first(url: str) -> None:
    told = replace(ASHA, canonical=(url,))
    assert order(made(SITE, url), made(MEDIUM), owner=told)[0] == "medium"
    assert order(made(SITE, url), made(MEDIUM), fits=lambda one: True)[0] == "site"


def test_between_equals_the_earliest() -> None:
    other = source("second")
    late = replace(made(MIRROR, days=2), id=9)
    early = replace(made(MIRROR), source_key=other.key, source_id=other.id)
    assert order(late, early) == ["second", "mirror"]


# ── what is shown ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_text_is_the_first_whole_one() -> None:
    excerpt, whole, longer = made(SITE, words=40), made(DEV, words=300), made(MEDIUM, words=330)
    assert text_copy([excerpt, whole, longer]) is whole
    assert text_copy([excerpt]) is excerpt


def test_a_title_that_was_cut_off_is_not_shown() -> None:
    long_title = "What eleven months of our own broker taught us about patience"
    cut, whole = (
        replace(one, entry=replace(one.entry, title=title))
        for one, title in ((made(SITE), f"{long_title[:47]}…"), (made(DEV), long_title))
    )
    assert title_copy([cut, whole]) is whole
    assert title_copy([whole, cut]) is whole
    assert title_copy([cut]) is cut


def test_dates_and_the_first_copy() -> None:
    early, late = made(DEV, days=-3), made(SITE)
    unknown = replace(made(MEDIUM, days=-90), date_precision="unknown")
    assert date_of([late, unknown, early]) == (ISSUED - timedelta(days=3), "second")
    assert first_copy([late, unknown, early]) is early
    assert first_copy([unknown]) is unknown


def test_the_owner_of_the_first_copy_speaks() -> None:
    team = copies(source("blog", owner="team"), [entry("A lease", at=ISSUED - timedelta(days=1))], 7)[0]
    known = {"asha": ASHA, "team": Owner(id="team", name="Team")}
    assert speaker(known, [made(SITE), team]).name == "Team"
    assert speaker({}, [made(SITE)]).name == "asha"


# ── why ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def because(*found: Copy, owner: Owner = ASHA, chosen: int | None = None) -> str:
    first = by_preference(found, owner, fit)[0].id
    said = {why_canonical(many, owner, fit, first if chosen is None else chosen) for many in permutations(found)}
    assert len(said) == 1
    return said.pop()


def test_why_a_copy_is_the_canonical_one() -> None:
    told = replace(ASHA, canonical=(URLS["medium"],))
    open_ = replace(ASHA, prefer=())
    lobsters = source("lobsters")
    assert because(made(SITE)) == "it is the only copy"
    assert because(made(SITE), made(DEV)) == "site is preferred to dev"
    assert because(made(DEV), made(MIRROR)) == "dev is preferred"
    assert because(made(SITE), made(DEV), made(MEDIUM), owner=told) == "the config names it as canonical"
    assert because(made(SITE, names="dev"), made(DEV), made(MEDIUM)) == "another copy names it as the original"
    assert because(made(SITE), made(DEV), owner=open_) == "it stands on the owner's own domain"
    assert because(made(MEDIUM), made(DEV), owner=open_) == "DEV keeps its addresses better than Medium"
    assert because(made(MIRROR), made(lobsters, "https://l.example/1", days=1)) == "it is the older one"
    undated = replace(made(lobsters, "https://l.example/1"), date_precision="unknown")
    assert because(made(MIRROR), undated) == "the other has no date"
    equal = made(lobsters, "https://l.example/1")
    assert because(made(MIRROR), equal) == "nothing sets them apart, and lobsters comes before mirror"
    again = replace(made(MIRROR, "https://mirror.example/again"), id=9)
    assert because(made(MIRROR), again) == "it is the later of two items of one source"
    staging = made(SITE, "http://localhost:1313/leases")
    assert because(staging, made(DEV)).startswith("no other address is fit to be shown")


def test_every_reason_is_told_once() -> None:
    found = made(SITE), made(DEV), replace(made(MIRROR), own_site=True), made(MEDIUM)
    assert because(*found, owner=replace(ASHA, prefer=("medium",))) == "medium is preferred"
    both = because(*found, owner=replace(ASHA, prefer=("medium", "dev")))
    assert both == "medium is preferred to dev; medium is preferred"


def test_a_choice_of_an_earlier_config_is_not_explained_by_this_one() -> None:
    assert because(made(SITE), made(DEV), chosen=2) == "it was chosen by what the config said before"
