"""What every format says about an article in the same way: its headline, byline, terms, date and copies."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from aggregator.model import Article, CopyRef, Image, Person, View
from aggregator.render.links import web


def name(view: View) -> str:
    """What the view is called, never empty: every format must have a title."""
    return view.title.strip() or view.home_page_url


def author(view: View) -> Person | None:
    """The one person whose view it is, None where there are several or none with a name."""
    return view.authors[0] if len(view.authors) == 1 and view.authors[0].name.strip() else None


def headline(article: Article) -> str:
    """The title, or what comes nearest to it: never empty, because an Atom entry must have one (RFC 4287 4.1.2)."""
    return article.title.strip() or article.summary.strip() or article.url or article.id


def heading(article: Article) -> str:
    """The title for people, or what comes nearest to it: no address and no id, never empty."""
    return article.title.strip() or article.summary.strip() or "Untitled"


def gist(article: Article, view: View) -> str:
    """The article in a sentence or two, plain text, never empty: its summary if the view has it, else the headline."""
    summary = article.summary.strip() if view.content != "title" else ""
    return summary or headline(article)


def authors(article: Article, view: View) -> tuple[Person, ...]:
    """Who wrote it, never nobody: else its owners, else its source, else whoever makes the view.

    An Atom entry without an author of its own is attributed to the feed's or the source's (outputs.md A3).
    """
    named = tuple(p for p in article.authors if p.name.strip())
    if named:
        return named
    owners = (view.owner_names.get(owner, owner) for owner in article.owners)
    fallback = tuple(Person(name) for name in owners if name.strip())
    return fallback or (Person(article.source.title.strip() or name(view)),)


def place(article: Article) -> str:
    """How the source of its canonical copy is called, never empty while the source has an id or an address."""
    source = article.source
    return source.title.strip() or source.id.strip() or source.url or source.feed_url or ""


def byline(article: Article, view: View) -> str:
    """Who wrote it, where the view does not say so already; else ""."""
    owners = [view.owner_names.get(owner, owner) for owner in article.owners]
    named = [person.name for person in article.authors] or owners
    return "" if view.owner and set(named) <= set(owners) else ", ".join(named)


def terms(article: Article) -> tuple[str, ...]:
    """Its tags, each once. FreshRSS splits a category at a comma, Thunderbird rewrites it (outputs.md R11)."""
    plain = (" ".join(tag.replace(",", " ").split()) for tag in article.tags)
    return tuple(dict.fromkeys(term for term in plain if term))


def published(article: Article) -> datetime:
    """When it was published; no article is from after the moment at which it was first seen (outputs.md 3.4.4)."""
    return min(article.published_at, article.first_seen_at)


def size_of(image: Image) -> Mapping[str, int]:
    """Its ``width`` and ``height``, as far as they are known and can be true."""
    return {
        name: pixels for name, pixels in (("width", image.width), ("height", image.height)) if pixels and pixels > 0
    }


def copies(article: Article) -> tuple[CopyRef, ...]:
    """Its copies, the canonical one first, the others in their given order."""
    return tuple(sorted(article.copies, key=lambda copy: not copy.canonical))


def elsewhere(article: Article) -> tuple[tuple[str, CopyRef], ...]:
    """Addresses of the copies that a reader could open instead, each once, with the copy."""
    found = {url: c for c in copies(article) if not c.canonical and (url := web(c.url)) and url != article.url}
    return tuple(found.items())
