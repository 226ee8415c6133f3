"""Finds what an owner says of single articles that cannot hold, or names nothing: it is told, and harms nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations

from aggregator.model import WRITTEN, Config, Owner
from aggregator.sources import keys_of
from aggregator.store import Store, terms

Keys = frozenset[str]


def contradictions(config: Config) -> tuple[str, ...]:
    """Sentences about what the config says of addresses that stands against itself, or that names no article."""
    return tuple(dict.fromkeys((*_opposed(config), *(said for owner in config.owners for said in _odd(owner)))))


def unknown(config: Config, store: Store) -> tuple[str, ...]:
    """Sentences about addresses in the config at which the store knows no copy; of owners whose sources were read.

    Raises:
        StoreError: the database cannot be read.
    """
    asked = {one.owner for one in config.sources if one.kind != WRITTEN}  # what is written by hand is there before them
    carried = store.standing({terms.source(one.key) for one in config.sources})
    read = {
        one.owner
        for one in config.sources
        if terms.source(one.key) in carried and (one.kind != WRITTEN or one.owner not in asked)
    }
    return tuple(
        f"{owner.id}: `{word}` names {address}, where no article here has a copy"
        for owner in config.owners
        if owner.id in read
        for word, addresses in _named(owner)
        for address in dict.fromkeys(addresses)
        if (keys := keys_of(address)) and not store.find(keys)
    )


def _named(owner: Owner) -> Iterator[tuple[str, Sequence[str]]]:
    """Everything that an owner says of single articles: the word and its addresses, list by list."""
    yield from (("same", group) for group in owner.same)
    yield from (("different", group) for group in owner.different)
    yield from (("canonical", owner.canonical), ("featured", owner.featured), ("hide", owner.hide))


# ── within one owner ────────────────────────────────────────────────────────────────────────────────────────────────


def _odd(owner: Owner) -> Iterator[str]:
    for word, addresses in _named(owner):
        for address in addresses:
            if not keys_of(address):
                yield f"{owner.id}: `{word}` names {address}, which is a home page or a list, and no article"
        if word in ("same", "different"):
            for one, other in combinations(addresses, 2):
                if one == other or not _keys(one).isdisjoint(_keys(other)):
                    yield f"{owner.id}: `{word}` names one address twice: {one} and {other}"
    for address in owner.featured:
        if any(not _keys(address).isdisjoint(_keys(one)) for one in owner.hide):
            yield f"{owner.id}: `featured` and `hide` both name {address}; it is hidden"


def _keys(address: str) -> Keys:
    return frozenset(keys_of(address))


# ── among all ───────────────────────────────────────────────────────────────────────────────────────────────────────


def _opposed(config: Config) -> Iterator[str]:
    """Two addresses that are one by some lists of `same`, whoever says so, and two by a list of `different`."""
    joined = _joined([group for owner in config.owners for group in owner.same])
    for owner in config.owners:
        for group in owner.different:
            for one, other in combinations(group, 2):
                mine, its = _keys(one), _keys(other)
                if not mine.isdisjoint(its):
                    continue
                against = [lists for keys, lists in joined if not keys.isdisjoint(mine) and not keys.isdisjoint(its)]
                for lists in against:
                    said = ", ".join(f"[{', '.join(addresses)}]" for addresses in lists)
                    yield (
                        f"{owner.id}: `different` says that {one} and {other} are two articles, `same` joins them: "
                        f"{said}. They stay two; take one of these lines out"
                    )


def _joined(groups: Sequence[Sequence[str]]) -> list[tuple[Keys, list[Sequence[str]]]]:
    """The lists of `same` that hang together by an address, with all of their identity keys."""
    found: list[tuple[Keys, list[Sequence[str]]]] = []
    for group in groups:
        keys = frozenset(key for address in group for key in keys_of(address))
        lists: list[Sequence[str]] = [group]
        apart = []
        for others, said in found:
            if keys.isdisjoint(others):
                apart.append((others, said))
            else:
                keys |= others
                lists = [*said, *lists]
        found = [*apart, (keys, lists)]
    return found
