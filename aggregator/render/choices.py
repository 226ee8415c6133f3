"""Where one can go from a view: narrower, wider, to another kind, to somebody else; for pages that people read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from aggregator.model import Facet, View
from aggregator.render.links import absolute, selection

_GROUPS = (
    ("categories", "Categories"),
    ("tracks", "Reading lists"),
    ("tags", "Topics"),
    ("sections", "Sections"),
    ("years", "Years"),
    ("sources", "Published on"),
    ("languages", "Languages"),
)
_MANY = 14  # values shown before the rest folds away
_SAID = {"exclude_tag": "not {}", "exclude_source": "not on {}", "author": "by {}", "since": "since {}", "q": "“{}”"}
_SAID |= {"featured": "featured", "exclude_featured": "not featured", "updated_since": "changed since {}"}
_NAMES = {"years": "year", "languages": "lang"}  # what the parameter of a facet is called, where not by its singular


@dataclass(frozen=True, slots=True)
class Choice:
    """One way to go."""

    label: str
    url: str
    count: int | None = None
    description: str | None = None
    current: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """Choices of one sort; ``more`` folds away."""

    title: str
    name: str
    choices: tuple[Choice, ...]
    more: tuple[Choice, ...] = ()


def here(view: View) -> str:
    """The address of the view's page, whatever of it is asked for."""
    return f"{view.base_url}{view.path}/"


def scope(view: View) -> str:
    """The address of everything of the owner, or of everyone, without a slash at the end."""
    return f"{view.base_url}/{quote(view.owner, safe='')}" if view.owner else view.base_url


def people(view: View) -> tuple[Choice, ...]:
    """Everyone who is collected here, where there is a choice."""
    if len(view.owner_names) < 2:
        return ()
    return tuple(
        Choice(name, f"{view.base_url}/{quote(owner, safe='')}/", current=owner == view.owner)
        for owner, name in view.owner_names.items()
    )


def kinds(view: View) -> tuple[Choice, ...]:
    """The kinds that there are in the view, where there is a choice; the one that is shown is current."""
    facets = view.facets.get("kinds", ())
    asked = dict(_pairs(view)).get("kind")
    own = view.narrowing is not None and view.narrowing.by == "kind"
    shown = (view.narrowing.value if view.narrowing and own else asked) or "article"
    if len(facets) < 2 and all(facet.value == shown for facet in facets):
        return ()
    found = [_kind(facet, view, own, shown) for facet in facets]
    if len(facets) > 1:
        every = sum(facet.count for facet in facets)
        page = Facet("all", "Everything", every, f"{scope(view)}/kind/all/")
        found.append(_kind(page, view, own, shown))
    return tuple(found)


def groups(view: View) -> tuple[Group, ...]:
    """What the view can be narrowed by further."""
    found = []
    for name, title in _GROUPS:
        choices = tuple(_choice(facet, view) for facet in view.facets.get(name, ()) if facet.count)
        if len(choices) > 1 or any(choice.current for choice in choices):
            ahead = choices if name in {"categories", "tracks"} else choices[:_MANY]
            found.append(Group(title, name, ahead, choices[len(ahead) :]))
    return tuple(found)


def asked(view: View) -> tuple[Choice, ...]:
    """What the query asks for, in words; each leads to the view without it."""
    pairs = _pairs(view)
    if not pairs:
        return ()
    known = {(_NAMES.get(name, name.rstrip("s")), f.value): f.label for name, all_ in view.facets.items() for f in all_}
    found = []
    for name, values in pairs:
        if name in ("kind", "content"):
            continue
        labels = [known.get((name, value), value) for value in (values.split(",") if name != "q" else (values,))]
        said = _SAID.get(name, "{}").format(" or ".join(labels))
        found.append(Choice(said, _with(view, name, None)))
    return tuple(found)


def _kind(facet: Facet, view: View, own: bool, shown: str) -> Choice:
    if own or (view.narrowing is None and not view.query and facet.value != "article"):
        url = _also(absolute(view, facet.url), _spelled(_pairs(view)))
    else:
        url = _with(view, "kind", None if facet.value == "article" else facet.value)
    return Choice(facet.label, url, facet.count, current=facet.value == shown)


def _choice(facet: Facet, view: View) -> Choice:
    """Its page if it has one; counted only if that page has as many."""
    url = absolute(view, facet.url)
    parts = urlsplit(url)
    if parts.query:
        (name, value), *_ = parse_qsl(parts.query)
        current = value in dict(_pairs(view)).get(name, "").split(",")
        url = _with(view, name, value)
        return Choice(facet.label or value, url, facet.count, facet.description, current)
    current = url == here(view) and view.path != ""
    narrowed = view.narrowing is not None
    target = url if narrowed else _also(url, _spelled(_pairs(view)))
    count = None if narrowed and not current else facet.count
    return Choice(facet.label or facet.value, target, count, facet.description, current)


def _pairs(view: View) -> list[tuple[str, str]]:
    return parse_qsl(selection(view.query), keep_blank_values=True)


def _with(view: View, name: str, value: str | None) -> str:
    """The view's address with one parameter set, or without it."""
    left = [(one, said) for one, said in _pairs(view) if one != name]
    return _also(here(view), _spelled(left if value is None else [*left, (name, value)]))


def _spelled(pairs: Iterable[tuple[str, str]]) -> str:
    """A query in the one spelling that documents know it by."""
    return urlencode(sorted(pairs), safe=",:~")


def _also(url: str, query: str) -> str:
    return f"{url}?{query}" if query else url
