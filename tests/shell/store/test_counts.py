"""What is kept in numbers beside the articles is what one would count, whatever happened to them."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import product

import pytest
from sqlalchemy import text

from aggregator.model import ArticleState, Changes, Order, Selection
from aggregator.store import Store, counts
from tests.shell.store.made import NOW, WORKER, ago, article, config, copy, fill, raw, source

LEAST = 4  # articles from which on a scope is broad: few are enough here
Terms = Mapping[str, Mapping[str, bool]]  # by ulid the living terms, each with whether it was announced under it


def narrow(database_url: str) -> None:
    """Let scopes be broad from ``LEAST`` articles on."""
    with raw(database_url) as connection:
        counts.count(connection, LEAST)
        connection.commit()


def kept(database_url: str) -> dict[tuple[str, str, str], tuple[int, int]]:
    with raw(database_url) as connection:
        rows = connection.execute(text("SELECT scope, term, kind, n, announced FROM article_counts")).all()
    return {(row.scope, row.term, row.kind): (row.n, row.announced) for row in rows}


def standing(database_url: str) -> tuple[Terms, Mapping[str, str]]:
    terms: dict[str, dict[str, bool]] = {}
    kinds: dict[str, str] = {}
    with raw(database_url) as connection:
        rows = connection.execute(text("SELECT ulid, term, kind, announced_at FROM article_terms WHERE alive")).all()
    for row in rows:
        terms.setdefault(row.ulid, {})[row.term] = row.announced_at is not None
        kinds[row.ulid] = row.kind
    return terms, kinds


def counted(database_url: str) -> dict[tuple[str, str, str], tuple[int, int]]:
    """The same, counted the long way."""
    terms, kinds = standing(database_url)
    sizes = Counter(term for found in terms.values() for term in found)
    broad = {term for term, n in sizes.items() if n >= LEAST and not term.startswith("kind:")}
    ns: Counter[tuple[str, str, str]] = Counter()
    told: Counter[tuple[str, str, str]] = Counter()

    def add(scope: str, term: str, ulid: str, announced: bool) -> None:
        ns[scope, term, kinds[ulid]] += 1
        told[scope, term, kinds[ulid]] += announced

    for ulid, found in terms.items():
        beside = [term for term in found if term.partition(":")[0] in counts.COUNTED]
        for scope, announced in found.items():
            for term in ("", *beside) if scope in broad else ("",):
                add(scope, term, ulid, announced)
        owners = [term for term in found if term.startswith("owner:") and term in broad]
        tags = [term for term in found if term.startswith("tag:") and term in broad]
        for owner, tag in product(owners, tags):
            for term in ("", *beside):
                add(f"{owner} {tag}", term, ulid, found[owner] and found[tag])
    marks = {(scope, "", ""): (0, 0) for scope in broad} | {("", "", ""): (LEAST, 0)}
    return {key: (n, told[key]) for key, n in ns.items()} | marks


def history(seed: int) -> Iterator[Changes]:
    """Articles come, change in every way, join others, are taken back."""
    chance = random.Random(seed)
    there: dict[str, tuple[int, ...]] = {}  # ulid -> ids of its copies
    for step in range(1, 40):
        gone: set[str] = set()
        retired: dict[str, str] = {}
        if len(there) > 6 and chance.random() < 0.25:
            gone = set(chance.sample(sorted(there), chance.choice((1, 1, 4))))
        elif len(there) > 4 and chance.random() < 0.2:
            one, other = chance.sample(sorted(there), 2)
            retired = {one: other}
        removed = frozenset(id_ for ulid in gone for id_ in there.pop(ulid))
        moved = []
        for ulid, into in retired.items():
            ids = there.pop(ulid)
            there[into] += ids
            moved += [copy(id_, into) for id_ in ids]
        made = {f"{step:02}{place}": (step * 10 + place,) for place in range(chance.choice((1, 1, 2, 5)))}
        there |= made
        again = set(chance.sample(sorted(there), min(len(there), 2))) - made.keys()
        states = tuple(written(ulid, there[ulid][0], chance) for ulid in sorted({*made, *again, *retired.values()}))
        copies = (
            *(copy(id_, ulid, "bo/blog" if id_ % 3 == 0 else "asha/blog") for ulid, (id_,) in made.items()),
            *moved,
        )
        yield Changes(copies=copies, articles=states, retired=retired, removed=removed, gone=frozenset(gone))


def written(ulid: str, id_: int, chance: random.Random) -> ArticleState:
    owners = chance.choice((("asha",), ("asha",), ("bo",), ("asha", "bo")))
    return article(
        ulid,
        id_,
        owners=owners,
        at=ago(days=chance.randrange(1200)),
        announced_at=chance.choice((NOW, NOW, None)),
        kind=chance.choice(("article", "article", "talk")),
        tags=tuple(tag for tag in ("kafka", "sql", "go") if chance.random() < 0.5),
        language=chance.choice(("en", "de-AT", None)),
        section=chance.choice((None, "Notes")),
    )


@pytest.mark.parametrize("seed", range(3))
def test_after_any_history_the_kept_numbers_are_the_counted_ones(store: Store, database_url: str, seed: int) -> None:
    store.sync(config(source("asha/blog"), source("bo/blog")), NOW)
    narrow(database_url)
    for step, changes in enumerate(history(seed)):
        with store.merging(WORKER) as unit:
            assert unit.apply(changes, None, None, NOW)
        if step % 4 == 0:
            assert kept(database_url) == counted(database_url), step
    after = counted(database_url)
    assert kept(database_url) == after
    assert any(" " in scope for scope, _, _ in after), "an owner and a tag were never both broad"
    narrow(database_url)
    assert kept(database_url) == after, "counted anew it is something else"
    assert_answers(store, database_url)


def assert_answers(store: Store, database_url: str) -> None:
    terms, kinds = standing(database_url)
    orders: tuple[Order, ...] = ("published", "announced")
    groups = ((), (("tag:kafka",),), (("tag:kafka", "tag:sql"),), (("source:bo/blog",),), (("tag:go",), ("tag:sql",)))
    hidden = frozenset(sorted(terms)[::5])
    for owner, group, kind, order, out in product((None, "asha"), groups, (True, False), orders, ((), ("tag:sql",))):
        any_of = (*group, ("kind:article",)) if kind else group
        for hides in (frozenset[str](), hidden):
            wanted = Selection(owner, any_of=any_of, none_of=out, order=order, limit=200, hidden=hides)
            needed = (("all",) if owner is None else (f"owner:{owner}",), *any_of)
            found = {
                ulid
                for ulid, mine in terms.items()
                if ulid not in hides
                and not mine.keys() & set(out)
                and all(any(_is_under(mine, term, order) for term in group) for group in needed)
            }
            assert store.select(wanted).total == len(found), wanted
            every = Counter(term for ulid in found for term in terms[ulid])
            for prefix, counts_ in store.facet_counts(wanted, ("tag", "source", "year", "kind")).items():
                expected = {t.partition(":")[2]: n for t, n in every.items() if t.startswith(f"{prefix}:")}
                assert dict(counts_) == expected, (prefix, wanted)
    assert set(kinds.values()) == {"article", "talk"}


def _is_under(mine: Mapping[str, bool], term: str, order: Order) -> bool:
    return term in mine and (order != "announced" or mine[term] or term.startswith("kind:"))


def test_an_upgrade_counts_what_was_never_counted(store: Store, database_url: str) -> None:
    store.sync(config(source("asha/blog")), NOW)
    fill(store, [article("A", 1, tags=("kafka",)), article("B", 2, kind="talk")])
    before = kept(database_url)
    assert before["all", "", "article"] == (1, 1)
    with raw(database_url) as connection:
        connection.execute(text("DELETE FROM article_counts"))
        connection.execute(text("DELETE FROM state WHERE name = 'counts'"))
        connection.commit()
    Store.upgrade(database_url)
    assert kept(database_url) == before | {("", "", ""): (counts.BROAD, 0)}
