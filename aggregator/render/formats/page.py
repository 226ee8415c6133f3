"""The page to read: what a person sees at the address of a scope, complete without a script."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from aggregator.model import Facet, View
from aggregator.render import formats
from aggregator.render.dates import dated, day
from aggregator.render.facts import byline, elsewhere
from aggregator.render.format import Format
from aggregator.render.jinja import TEMPLATES
from aggregator.render.linked_data import item_list
from aggregator.render.links import absolute, selection, subscription, web
from aggregator.render.marks import marked
from aggregator.render.style import style
from aggregator.text.html import xml_safe
from aggregator.text.query import parse

_STYLE = style("page.css")

CSP = (
    f"default-src 'none'; style-src {_STYLE.source}; img-src https: http: data:; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'self'"
)
"""Content-Security-Policy under which this page works: its one style sheet and images, nothing else."""

_KINDS = {"story": "Story", "publication": "Publication", "talk": "Talk", "award": "Award", "project": "Project"}
_FACETS = (
    ("categories", "Categories"),
    ("tracks", "Reading lists"),
    ("tags", "Topics"),
    ("kinds", "Kinds"),
    ("years", "Years"),
    ("sources", "Published on"),
    ("languages", "Languages"),
)
_MANY = 14  # facet values shown before the rest folds away


@dataclass(frozen=True, slots=True)
class _Choice:
    """One way to narrow the view."""

    label: str
    url: str
    count: int | None = None
    description: str | None = None
    current: bool = False


@dataclass(frozen=True, slots=True)
class _Group:
    title: str
    name: str
    choices: tuple[_Choice, ...]
    more: tuple[_Choice, ...] = ()


@dataclass(frozen=True, slots=True)
class _Feed:
    title: str
    media_type: str
    url: str


def render(view: View) -> bytes:
    """The view as a complete HTML document, UTF-8. Same view, same bytes."""
    here = f"{view.base_url}{view.path}/"
    scope = f"{view.base_url}/{view.owner}" if view.owner else view.base_url
    first_page = not any(part.startswith("cursor=") for part in view.query.split("&"))
    lead = tuple(a for a in view.articles if a.featured) if first_page else ()
    html = TEMPLATES.get_template("page.html").render(
        view=view,
        style=_STYLE,
        structured=item_list(view),
        feeds=_feeds(view),
        related=_related(view),
        index_url=subscription(view, "index.json"),
        groups=_groups(view, here),
        people=_people(view),
        featured=lead,
        articles=tuple(a for a in view.articles if not (first_page and a.featured)),
        here=here,
        scope=scope,
        first=_with(here, selection(view.query)),
        first_page=first_page,
        next=_with(here, view.next_query) if view.next_query else None,
        narrowed=bool(selection(view.query)) or f"{view.base_url}{view.path}" != scope,
        date=dated,
        web=web,
        host=_host,
        elsewhere=elsewhere,
        by=lambda article: byline(article, view),
        marked=_marked(view),
        kinds=_KINDS,
        tag_url=lambda slug: f"{scope}/tag/{quote(slug, safe='')}/",
        reasons_url=lambda article: f"{view.base_url}/api/articles/{article.ulid}",
        track_url=lambda article: f"{view.base_url}/{article.owners[0]}/track/{article.track.id}/",
        updated=day(view.updated_at),
    )
    return xml_safe(html).encode()


def _marked(view: View) -> Callable[..., str]:
    """What was searched for stands out in the text that is given."""
    query = parse(view.q)
    return (
        (lambda text, forgiving=False: marked(text, query, forgiving=forgiving))
        if query.wanted
        else lambda text, *_: text
    )


def _host(url: str) -> str:
    return (urlsplit(url).hostname or url).removeprefix("www.")


def _with(url: str, query: str | None) -> str:
    return f"{url}?{query}" if query else url


def _feeds(view: View) -> tuple[_Feed, ...]:
    """What can be subscribed to, recommended first: readers take the first they understand (outputs.md 1.7)."""
    found = [f for f in formats().values() if f.autodiscover is not None]
    found.sort(key=lambda f: (f.autodiscover or 0, f.document))
    return tuple(_feed(view, f) for f in found)


def _feed(view: View, form: Format) -> _Feed:
    return _Feed(form.title, form.media_type.partition(";")[0], subscription(view, form.document))


def _related(view: View) -> tuple[tuple[str, _Feed], ...]:
    """What else tells of this view, by relation."""
    found = [f for f in formats().values() if f.relation]
    return tuple((f.relation, _feed(view, f)) for f in found)


def _people(view: View) -> tuple[_Choice, ...]:
    """Everyone who is collected here, where there is a choice."""
    if len(view.owner_names) < 2:
        return ()
    return tuple(
        _Choice(name, f"{view.base_url}/{quote(owner)}/", current=owner == view.owner)
        for owner, name in view.owner_names.items()
    )


def _groups(view: View, here: str) -> tuple[_Group, ...]:
    groups = []
    for name, title in _FACETS:
        choices = tuple(_choice(f, view, here) for f in view.facets.get(name, ()))
        if len(choices) > 1 or any(c.current for c in choices):
            ahead = choices if name in {"categories", "tracks"} else choices[:_MANY]
            groups.append(_Group(title, name, ahead, choices[len(ahead) :]))
    return tuple(groups)


def _choice(facet: Facet, view: View, here: str) -> _Choice:
    url = absolute(view, facet.url)
    current = url in {here, _with(here, view.query)} and url.rstrip("/") != view.base_url
    return _Choice(facet.label or facet.value, url, facet.count, facet.description, current)


FORMAT = Format(
    document="",
    media_type="text/html; charset=utf-8",
    title="Page",
    render=render,
    policy=CSP,
    # somebody is looking at it
    headers=(("cache-control", "public, max-age=60, stale-while-revalidate=600, stale-if-error=86400"),),
)
