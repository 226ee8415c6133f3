"""Builds a view: what the config says about a selection, and what the store holds of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from aggregator.model import Article, Config, Cursor, Narrowing, Order, Owner, Selected, Selection, SourceRef, View
from aggregator.publish.facets import facets, tag_labels
from aggregator.publish.reading import Reading
from aggregator.publish.request import Asked, terms_of, with_cursor
from aggregator.publish.steered import Steered
from aggregator.publish.values import KINDS, People
from aggregator.render import weeks
from aggregator.render.format import Format
from aggregator.store import terms


def build(config: Config, store: Reading, asked: Asked, form: Format, steer: Steered) -> View:
    """The view behind one document.

    Raises:
        StoreError: the database cannot be read.
    """
    owner = next((one for one in config.owners if one.id == asked.owner), None)
    # First: a moment that is older than what it dates costs somebody one download, a newer one hides a change.
    updated_at = store.changed_at(asked.owner)
    selection = _selection(asked, form, steer)
    track = _track(asked)
    selected = _selected(asked, form, selection, store, steer, track)
    articles = tuple(steer.told(article, track) for article in selected.articles)
    narrowing = _narrowing(config, owner, asked, store, steer)
    scope = owner.name if owner else config.site.title
    base = config.site.base_url
    view = View(
        base_url=base,
        path=asked.path,
        query=asked.query,
        title=f"{scope}: {narrowing.label}" if narrowing else scope,
        description=_description(config, owner, narrowing),
        home_page_url=(owner.home_page_url if owner and owner.home_page_url else None) or f"{base}{asked.path}/",
        owner=owner.id if owner else None,
        owner_url=owner.home_page_url if owner else None,
        articles=articles,
        total=selected.total,
        updated_at=updated_at,
        next_query=_further(asked, form, selected),
        content=asked.content,
        language=_language(articles),
        hubs=config.site.hubs,
        facets=facets(config, owner, store, selection, asked, steer) if not form.feed else {},
        owner_names={one.id: one.name for one in config.owners},
        sources=() if form.articles else _sources(config, owner, store, asked),
        q=asked.q,
        site_title=config.site.title,
        narrowing=narrowing,
        featured=_featured(asked, selection, store, steer) if form.leads else (),
    )
    return _by_weeks(view, store, selected.last is not None) if form.weekly else view


def _further(asked: Asked, form: Format, selected: Selected) -> str | None:
    """The query of the next page.

    A narrowing's feeds lead to none until a parameter asks for a part: no reader follows them (outputs.md A6), and an
    export would hold every text once more for each tag. The archive is in the scope's own feeds and in each index.json.
    """
    if selected.last is None or (form.feed and asked.narrowed and _whole(asked.query)):
        return None
    return with_cursor(asked, selected.last)


def _whole(query: str) -> bool:
    return all(not part or part.startswith("cursor=") for part in query.split("&"))


def _by_weeks(view: View, store: Reading, cut: bool) -> View:
    """The view with what was announced in weeks that are over; it is another one when a week has ended."""
    week, at = store.open_week() or (None, view.updated_at)
    articles = weeks.closed(view.articles, week, cut)
    return replace(view, articles=articles, updated_at=max(view.updated_at, at), next_query=None)


def _selection(asked: Asked, form: Format, steer: Steered) -> Selection:
    only = steer.featured if asked.featured is True else None
    for group in asked.tracks:
        inside = steer.in_tracks(asked.owner, group)
        only = inside if only is None else only & inside
    return Selection(
        owner=asked.owner,
        any_of=(*asked.any_of, *(tuple(map(terms.kind, group)) for group in asked.kinds)),
        none_of=asked.none_of,
        order=_order(asked, form),
        limit=_limit(asked, form),
        after=None if form.weekly else asked.cursor,
        hidden=steer.hidden | (steer.featured if asked.featured is False else frozenset()),
        only=only,
        since=asked.since,
        updated_since=asked.updated_since,
        q=asked.q,
        with_content=form.feed and asked.content == "full" and not form.weekly,
    )


def _order(asked: Asked, form: Format) -> Order:
    if form.weekly:
        return "announced"
    return asked.order or ("announced" if form.feed else "relevance" if asked.q else "published")


def _limit(asked: Asked, form: Format) -> int:
    limit = asked.limit if form.limit is None or "limit" in asked.parameters else form.limit
    return limit if form.most is None else min(limit, form.most)


def _sources(config: Config, owner: Owner | None, store: Reading, asked: Asked) -> tuple[SourceRef, ...]:
    """The sources of the scope, or those of them that were asked for, in config order.

    As articles name them: an address that was adopted after a permanent move counts, and a title that only the
    source's own document tells.
    """
    people = (owner,) if owner else config.owners
    wanted = _asked_for(people, asked)
    known = store.source_refs(wanted)
    found = ((one, known.get(one.key)) for person in people for one in person.sources if one.key in wanted)
    return tuple(
        SourceRef(
            id=one.id,
            title=one.title or (row.title if row else one.id),
            kind=one.kind,
            url=one.home_page_url or (row.url if row else None),
            feed_url=row.feed_url if row else one.feed_url,
            icon=row.icon if row else None,
        )
        for one, row in found
        if one.enabled and one.feed_url
    )


def _asked_for(people: People, asked: Asked) -> frozenset[str]:
    """Keys of sources that the path and the parameters leave."""
    every = {terms.source(one.key): one.key for person in people for one in person.sources}

    def keys(*values: str) -> frozenset[str]:
        return frozenset(every[t] for value in values for t in terms_of(people, "source", value) if t in every)

    left = frozenset(every.values())
    if asked.narrowed and asked.narrowed[0] == "source":
        left &= keys(asked.narrowed[1])
    if "source" in asked.parameters:
        left &= keys(*asked.parameters["source"])
    return left - keys(*asked.parameters.get("exclude_source", ()))


def _track(asked: Asked) -> str | None:
    """The one track that is asked for, None where there is none or more than one."""
    ids = {id_ for group in asked.tracks for id_ in group}
    return ids.pop() if len(ids) == 1 else None


def _selected(
    asked: Asked, form: Format, selection: Selection, store: Reading, steer: Steered, track: str | None
) -> Selected:
    """One page of the selection; a reading list is read in its own order, unless another is asked for."""
    if not form.articles:
        return Selected((), 0)
    if track is None or form.feed or asked.order is not None:
        return store.select(selection)
    places = steer.places(asked.owner, track)
    every = store.select(replace(selection, after=None, limit=max(len(places), 1)))
    begun = selection.after.rank if selection.after else -1
    ahead = sorted((a for a in every.articles if places[a.ulid] > begun), key=lambda a: places[a.ulid])
    shown, last = ahead[: selection.limit], None
    if len(ahead) > len(shown):
        end = shown[-1]
        last = Cursor(end.published_at, end.published_at, places[end.ulid], end.ulid)
    return Selected(tuple(shown), every.total, last)


def _featured(asked: Asked, selection: Selection, store: Reading, steer: Steered) -> tuple[Article, ...]:
    """What its owner puts first, on the first page of a whole scope."""
    if asked.query or asked.narrowed or not steer.featured:
        return ()
    found = store.select(replace(selection, only=steer.featured, limit=len(steer.featured))).articles
    return tuple(map(steer.told, found))


def _narrowing(config: Config, owner: Owner | None, asked: Asked, store: Reading, steer: Steered) -> Narrowing | None:
    if asked.narrowed is None:
        return None
    by, value = asked.narrowed
    people = (owner,) if owner else config.owners
    match by:
        case "tag":
            label = tag_labels(people, owner, store, ((value, 0),)).get(value)
        case "category":
            label = next((one.label for person in people for one in person.categories if one.id == value), None)
        case "track":
            label = next((one.title for person in people for one in person.tracks if one.id == value), None)
        case "source":
            keys = [value, *(f"{one.id}/{value}" for one in people)]
            label = next((steer.titles[key] for key in keys if key in steer.titles), None)
        case _:
            label = KINDS.get(value, "Everything")
    return Narrowing(by, value, label or value)


def _description(config: Config, owner: Owner | None, narrowing: Narrowing | None) -> str:
    who = owner.name if owner else _listed([one.name for one in config.owners]) or config.site.title
    match narrowing:
        case Narrowing("tag", _, label):
            return f"What {who} wrote about {label}, wherever it appeared: each article once, with its best address."
        case Narrowing("category", value, label):
            people = (owner,) if owner else config.owners
            said = (one.description for person in people for one in person.categories if one.id == value)
            return next(filter(None, said), None) or f"What {who} wrote about {label}."
        case Narrowing("track", _, _):
            return f"A reading list by {who}, in the order in which it is meant to be read."
        case Narrowing("source", _, label):
            return f"What {who} published on {label}, each article with its best address."
        case Narrowing("kind", value, label) if value not in ("article", "all"):
            return f"{label} by {who}."
        case _:
            return f"Everything {who} published, wherever it appeared: each article once, with its best address."


def _listed(names: list[str]) -> str:
    few = names if len(names) <= 3 else [*names[:2], f"{len(names) - 2} others"]
    last = ", and " if any(" and " in name for name in few) else " and "
    return last.join(filter(None, (", ".join(few[:-1]), *few[-1:])))


def _language(articles: Iterable[Article]) -> str | None:
    """The language of the view, if all of it is in one."""
    languages = {article.language for article in articles}
    return languages.pop() if len(languages) == 1 else None
