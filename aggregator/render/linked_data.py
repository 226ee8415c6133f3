"""schema.org JSON-LD of a view, for machines that read pages."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

import orjson
from markupsafe import Markup

from aggregator.model import Article, View
from aggregator.render.carry import kept, scrubbed
from aggregator.render.dates import dated
from aggregator.render.facts import elsewhere, headline
from aggregator.render.links import web
from aggregator.render.wire import json

_MEANING = re.compile(r"[<>&\u2028\u2029]|\{(?=[{%#])|(?<=\$)\{")


def item_list(view: View) -> Markup:
    """An ItemList of the articles, safe inside a script element.

    ``<`` never stands in it, so no text can end the element or open a comment (HTML Standard, "Restrictions for
    contents of script elements"); nor does what opens a tag of a template language, because sites include documents
    with this in them (``{{``, ``{%``, ``{#`` and ``${`` occur in texts only, never in the structure of JSON).
    """
    posting = kept(view, "BlogPosting", _serialized)
    items = [
        f'{{"@type":"ListItem","position":{place},"item":{posting(article)}}}'
        for place, article in enumerate(view.articles, start=1)
    ]
    head = {
        "@context": "https://schema.org",
        "@type": "ItemList",
        "name": scrubbed(view.title),
        "url": f"{view.base_url}{view.path}/",
        "numberOfItems": view.total,
    }
    text = f'{_safe(orjson.dumps(head))[:-1]},"itemListElement":[{",".join(items)}]}}'
    return Markup(text)  # noqa: S704 - every character that HTML gives a meaning to is escaped above


def _safe(data: bytes) -> str:
    return _MEANING.sub(lambda found: f"\\u{ord(found[0]):04x}", data.decode())


def _serialized(article: Article) -> str:
    return _safe(orjson.dumps(json(article, _posting)))


def _posting(article: Article) -> Mapping[str, object]:
    date = dated(article)
    known: Iterable[tuple[str, object]] = (
        ("@type", "BlogPosting" if article.kind == "article" else "CreativeWork"),
        ("@id", article.id),
        ("headline", headline(article)),
        ("url", web(article.url)),
        ("sameAs", [url for url, _ in elsewhere(article)]),
        ("description", article.summary),
        ("datePublished", date.machine if date else None),
        ("author", [_person(p.name, web(p.url)) for p in article.authors]),
        ("image", web(article.image.url) if article.image else None),
        ("keywords", [article.tag_labels.get(t, t) for t in article.tags]),
        ("inLanguage", article.language),
        ("wordCount", article.word_count),
    )
    return {name: value for name, value in known if value}


def _person(name: str, url: str | None) -> Mapping[str, str]:
    return {"@type": "Person", "name": name, **({"url": url} if url else {})}
