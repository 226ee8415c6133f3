"""Under which terms an article is found: every narrowing of a view is one range of one index."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from aggregator.model import ArticleState
from aggregator.store.values import indexed

ALL = "all"


def slug(text: str) -> str:
    """A name as it stands in a term: casefolded, anything but letters and digits folded into one ``-``."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return re.sub(r"[\W_]+", "-", folded).strip("-")


def owner(id: str) -> str:
    """The term of an owner's articles."""
    return f"owner:{id}"


def source(key: str) -> str:
    """The term of what a source carries a copy of; ``key`` is "{owner}/{id}"."""
    return f"source:{key}"


def tag(slug: str) -> str:
    """The term of a tag."""
    return f"tag:{slug}"


def kind(name: str) -> str:
    """The term of a kind: article, story, talk, ..."""
    return f"kind:{name}"


def year(number: int) -> str:
    """The term of a year (UTC) of publication; an article without a date has none."""
    return f"year:{number}"


def language(tag: str) -> str:
    """The term of a language: ``en`` for ``en-GB`` too."""
    return f"lang:{tag.partition('-')[0].lower()}"


def section(name: str) -> str:
    """The term of a section, by the slug of its name."""
    return f"section:{slug(name)}"


def author(name: str) -> str:
    """The term of an author, by the slug of the name."""
    return f"author:{slug(name)}"


def terms_of(state: ArticleState, source_keys: Iterable[str]) -> frozenset[str]:
    """Every term of an article whose copies come from ``source_keys``."""
    terms = {ALL, kind(state.kind)}
    terms.update(map(owner, state.owners))
    terms.update(map(source, source_keys))
    terms.update(map(tag, state.tags))
    terms.update(author(person.name) for person in state.authors)
    if state.date_precision != "unknown":
        terms.add(year(state.published_at.year))
    if state.language:
        terms.add(language(state.language))
    if state.section:
        terms.add(section(state.section))
    return frozenset(map(indexed, terms))
