"""The page to read: what a person sees at the address of a scope, complete without a script."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from aggregator.model import Article, Image, View
from aggregator.render import choices, formats
from aggregator.render.carry import kept
from aggregator.render.dates import dated, day
from aggregator.render.facts import byline, elsewhere, heading
from aggregator.render.format import Format
from aggregator.render.jinja import TEMPLATES
from aggregator.render.linked_data import item_list
from aggregator.render.links import following, selection, subscription, this, web
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
_BY = {"tag": "Topic", "category": "Category", "track": "Reading list", "source": "Published on"}
_MANY = {"article": ("article", "articles"), "all": ("entry", "entries")}
_MANY |= {
    kind: (name.lower(), plural)
    for (kind, name), plural in zip(
        _KINDS.items(), ("stories", "publications", "talks", "awards", "projects"), strict=True
    )
}


@dataclass(frozen=True, slots=True)
class _Feed:
    title: str
    media_type: str
    url: str


def render(view: View) -> bytes:
    """The view as a complete HTML document, UTF-8. Same view, same bytes."""
    here, scope = choices.here(view), choices.scope(view)
    asked = dict(parse_qsl(view.query, keep_blank_values=True))
    first_page = "cursor" not in asked
    reading_list = view.narrowing is not None and view.narrowing.by == "track"
    one_kind = view.narrowing is not None and view.narrowing.by == "kind" and view.narrowing.value != "all"
    said = ("page", scope, view.content, reading_list, one_kind)
    where = (here, selection(view.query))
    lead = _lead(view) if first_page and not reading_list and "q" not in asked and "sort" not in asked else ()
    html = TEMPLATES.get_template("page.html").render(
        view=view,
        style=_STYLE,
        structured=item_list(view),
        address=this(view, ""),
        picture=_picture((*lead, *view.articles)),
        feeds=_feeds(view),
        related=_related(view),
        index_url=subscription(view, "index.json"),
        list_url=subscription(view, "list.html"),
        kinds=choices.kinds(view),
        groups=kept(view, where, lambda _: choices.groups(view))(view.facets),
        places=lambda listed, groups: kept(view, ("places", where), lambda _: listed(groups))(view.facets),
        people=choices.people(view),
        asked=choices.asked(view),
        words=asked.get("q", ""),
        searched=urlencode({"q": asked.get("q", "")}),
        search_at=_search_at(view),
        kept=[(name, value) for name, value in asked.items() if name not in ("q", "cursor", "limit")],
        featured=lead,
        articles=tuple(a for a in view.articles if a.ulid not in {one.ulid for one in lead}),
        here=here,
        scope=scope,
        first=_with(here, selection(view.query)),
        first_page=first_page,
        next=following(view, FORMAT.document),
        narrowed=bool(selection(view.query)) or f"{view.base_url}{view.path}" != scope,
        sort=_BY.get(view.narrowing.by, "") if view.narrowing else "",
        count=_count(view, asked.get("kind")),
        date=dated,
        web=web,
        host=_host,
        heading=heading,
        place_of=lambda article: _place(article, view),
        elsewhere=elsewhere,
        by=lambda article: byline(article, view),
        marked=_marked(view),
        named=_KINDS,
        reading_list=reading_list,
        one_kind=one_kind,
        once=lambda entry, article: entry(article) if view.q else kept(view, said, entry)(article),
        tag_url=lambda slug: f"{scope}/tag/{quote(slug, safe='')}/",
        reasons_url=lambda article: f"{view.base_url}/api/articles/{article.ulid}",
        track_url=lambda article: f"{view.base_url}/track/{quote(article.track.id, safe='')}/",
        updated=day(view.updated_at),
    )
    return xml_safe(html).encode()


def _lead(view: View) -> tuple[Article, ...]:
    """What comes first: the scope's featured articles where the view tells them, else those of this page."""
    return view.featured or tuple(article for article in view.articles if article.featured)


def _count(view: View, asked: str | None) -> str:
    """How much there is, in words."""
    kind = view.narrowing.value if view.narrowing and view.narrowing.by == "kind" else asked or "article"
    one, many = _MANY.get(kind, _MANY["all"])
    return f"{view.total} {one if view.total == 1 else many}"


def _place(article: Article, view: View) -> str:
    """Where it stands, in few words: a source that is called after its author is told by its host."""
    where = _host(article.url) if web(article.url) and article.url else ""
    if article.kind in _KINDS:
        return where  # the publisher stands above the title
    called = article.publisher or article.source.title
    people = (*(one.name for one in article.authors), *(view.owner_names.get(one, one) for one in article.owners))
    return where if where and any(name and called.startswith(name) for name in people) else called


def _picture(articles: tuple[Article, ...]) -> Image | None:
    """The first lead image, for whoever shows a card of this page."""
    return next((a.image for a in articles if a.image and web(a.image.url)), None)


def _search_at(view: View) -> str:
    """The view's page, relative to the page that one is on: right behind every proxy."""
    segments = urlsplit(this(view, "")).path[len(urlsplit(choices.here(view)).path) :]
    return "../" * segments.count("/") or "./"


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


FORMAT = Format(
    document="",
    media_type="text/html; charset=utf-8",
    title="Page",
    render=render,
    policy=CSP,
    # somebody is looking at it
    headers=(("cache-control", "public, max-age=60, stale-while-revalidate=600, stale-if-error=86400"),),
    leads=True,
)
