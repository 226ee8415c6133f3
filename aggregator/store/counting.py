"""How many articles a view holds in all, and by which terms it can be narrowed: mostly without counting any."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from sqlalchemy import Connection, Select, func, select, true

from aggregator.model import Selection
from aggregator.store import counts, narrowing
from aggregator.store.narrowing import Plan
from aggregator.store.schema import article_terms

_KEPT = frozenset((*counts.COUNTED, "kind"))


def total(connection: Connection, plan: Plan, selection: Selection) -> int:
    """How many articles a selection holds, on all its pages."""
    if _is_less(selection):
        every, out = _parts(selection)
        return _planned_total(connection, every) - _planned_total(connection, out)
    if not (plan.scope and _is_bare(selection)):
        return _counted(connection, plan, selection)
    found = sum(_kinds(connection, plan, selection).values())
    return found - _counted(connection, plan, _hidden_of(selection)) if found and selection.hidden else found


def _planned_total(connection: Connection, selection: Selection) -> int:
    plan = narrowing.plan(connection, selection)
    return 0 if plan is None else total(connection, plan, selection)


def facets(
    connection: Connection, selection: Selection, prefixes: Sequence[str]
) -> dict[str, tuple[tuple[str, int], ...]]:
    """For each prefix (``tag``) the values among all pages of the selection, most frequent first."""
    counted: dict[str, list[tuple[str, int]]] = {prefix: [] for prefix in prefixes}
    plan, _ = narrowing.planned(connection, selection)
    if plan is not None:
        for term, count in _terms(connection, plan, selection, prefixes).items():
            prefix, _, value = term.partition(":")
            if prefix in counted and count:
                counted[prefix].append((value, count))
    return {
        prefix: tuple(sorted(values, key=lambda value: (-value[1], value[0]))) for prefix, values in counted.items()
    }


def _terms(connection: Connection, plan: Plan, selection: Selection, prefixes: Sequence[str]) -> Mapping[str, int]:
    """In how many of the selected articles each term stands; at least the terms with these prefixes."""
    if _is_less(selection):
        every, out = (_planned_terms(connection, part, prefixes) for part in _parts(selection))
        left = Counter(every)
        left.subtract(out)
        return left
    if not (plan.scope and _is_bare(selection) and _KEPT.issuperset(prefixes)):
        return _counted_terms(connection, plan, selection)
    found: Counter[str] = Counter()
    if "kind" in prefixes:
        found.update({f"kind:{kind}": n for kind, n in _kinds(connection, plan, selection).items()})
    if set(prefixes) != {"kind"}:
        if not plan.known.broad.issuperset(plan.scope):
            return _counted_terms(connection, plan, selection)
        scope = plan.scope[0] if len(plan.scope) == 1 else counts.both(*plan.scope)
        found.update(counts.beside(connection, scope, plan.any_kind, selection.order == "announced"))
    if selection.hidden:  # a few, mostly
        found.subtract(_counted_terms(connection, plan, _hidden_of(selection)))
    return found


def _planned_terms(connection: Connection, selection: Selection, prefixes: Sequence[str]) -> Mapping[str, int]:
    plan = narrowing.plan(connection, selection)
    return {} if plan is None else _terms(connection, plan, selection, prefixes)


# ── what is kept ────────────────────────────────────────────────────────────────────────────────────────────────────


def _is_bare(selection: Selection) -> bool:
    """Nothing but terms narrows it."""
    return not selection.q and (selection.only, selection.since, selection.updated_since) == (None, None, None)


def _is_less(selection: Selection) -> bool:
    """It is what is left of another one without the articles under some terms.

    Not in announced order: what subscribers did not have under a term is not under it there, but does count as being.
    """
    return bool(selection.none_of) and selection.order != "announced" and _is_bare(selection)


def _parts(selection: Selection) -> tuple[Selection, Selection]:
    """The same with what is to be left out, and that alone."""
    every = replace(selection, none_of=())
    return every, replace(every, any_of=(*every.any_of, selection.none_of))


def _hidden_of(selection: Selection) -> Selection:
    return replace(selection, hidden=frozenset(), only=selection.hidden)


def _kinds(connection: Connection, plan: Plan, selection: Selection) -> dict[str, int]:
    """How many articles of each kind that is wanted there are in the plan's scope, hidden ones too."""
    if len(plan.scope) == 2:
        kinds = counts.kinds_of_both(connection, *plan.scope)
    else:
        kinds = dict(plan.known.kinds.get(plan.scope[0], {}))
    announced = selection.order == "announced"
    return {kind: n[announced] for kind, n in kinds.items() if plan.any_kind is None or kind in plan.any_kind}


# ── counting ────────────────────────────────────────────────────────────────────────────────────────────────────────


def _counted(connection: Connection, plan: Plan, selection: Selection) -> int:
    d = article_terms.alias("d")
    number = func.count(d.c.ulid.distinct()) if len(plan.driver) > 1 else func.count()
    statement = select(number).select_from(d).where(*narrowing.matching(d, plan, selection))
    return connection.scalar(statement) or 0


def _counted_terms(connection: Connection, plan: Plan, selection: Selection) -> dict[str, int]:
    t, d = article_terms.alias("t"), article_terms.alias("d")
    selected = select(d.c.ulid).where(*narrowing.matching(d, plan, selection))
    statement: Select[str, int] = select(t.c.term, func.count()).where(t.c.alive.is_(true()), t.c.ulid.in_(selected))
    return {row[0]: row[1] for row in connection.execute(statement.group_by(t.c.term))}
