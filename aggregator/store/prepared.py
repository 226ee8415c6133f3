"""What the full text of an article holds, worked out here, so that every engine finds the same under the same words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b

from aggregator.errors import ParseError
from aggregator.model import ArticleState
from aggregator.text.plain import plain
from aggregator.text.search import endings, may_be_mistyped, words

VERSION = "1"
"""Of all that is worked out here; with another one the upgrade fills the full text anew."""

GAP = "\ue000"  # no character of a text: a phrase does not reach across it
TITLE, TAGS, SUMMARY = "\ue001", "\ue002", "\ue003"
"""Before a word: it stands in the title; there or in tags and names of authors; there, or in the summary, or often."""
_TERM = "\ue004"

_OFTEN = 3  # times in the text: more than in passing
_READ = 200_000  # characters of a text
_MOST = 12_000  # words; PostgreSQL counts places up to 16,383
_PLACES = 255  # of one word; PostgreSQL keeps no more
_MOST_BYTES = 500_000  # of different words; a tsvector holds 1 MiB


@dataclass(frozen=True, slots=True)
class Prepared:
    """``words`` stand at their places, ``marks`` have none; ``titled`` are words that may be mistyped."""

    words: tuple[str, ...]
    marks: tuple[str, ...]
    titled: tuple[str, ...]

    @property
    def digest(self) -> str:
        """Another one where anything is different."""
        said = "\n".join((" ".join(self.words), *self.marks))
        return blake2b(said.encode(), digest_size=12).hexdigest()


def term(name: str) -> str:
    """A term (store/terms.py) as a mark: `owner:asha`, cut up by no engine."""
    return _TERM + blake2b(name.encode(), digest_size=8).hexdigest()


def prepared(state: ArticleState, terms: Iterable[str]) -> Prepared:
    """The full text of an article that stands under ``terms``."""
    title = words(state.title)
    labels = [*state.tags, *state.tag_labels.values(), *(person.name for person in state.authors)]
    named = [words(label) for label in labels]
    summary, text = words(state.summary), words(_text(state))
    times = Counter(text)
    often = {word for word, count in times.items() if count >= _OFTEN}
    first = {*title, *endings(state.title)}
    second = first.union(*named, *map(endings, labels))
    zones = {TITLE: first, TAGS: second, SUMMARY: {*second, *summary, *often}}
    marks = {zone + word for zone, found in zones.items() for word in found}
    return Prepared(
        words=_placed([title, *named, summary, text], times),
        marks=tuple(sorted(marks.union(map(term, terms)))),
        titled=tuple(sorted(filter(may_be_mistyped, {*title, *(word for found in named for word in found)}))),
    )


def _text(state: ArticleState) -> str:
    try:
        return plain(state.content_html)[:_READ]
    except ParseError:
        return ""


def _placed(parts: Sequence[list[str]], times: Mapping[str, int]) -> tuple[str, ...]:
    """One after the other, a gap between them, within what both engines can hold; ``times``: words of the last."""
    found: list[str] = []
    for part in parts:
        found += part
        found.append(GAP)
    return tuple(found) if _fits(found, times, sum(map(len, parts[:-1]))) else _cut(found)


def _fits(said: Sequence[str], times: Mapping[str, int], others: int) -> bool:
    """Whether all of it can be held, as of nearly every text: told by its length, in no time.

    ``times``: how often words stand in the text; ``others``: how many words stand beside it.
    """
    few = len(said) <= _MOST and max(times.values(), default=0) + others <= _PLACES
    return few and 4 * sum(map(len, said)) <= _MOST_BYTES


def _cut(said: Iterable[str]) -> tuple[str, ...]:
    found: list[str] = []
    times: Counter[str] = Counter()
    size = 0
    for word in said:
        if word == GAP:
            found.append(GAP)
            continue
        times[word] += 1
        if times[word] == 1:
            size += len(word.encode())
        if len(found) >= _MOST or size > _MOST_BYTES:
            break
        found.append(word if times[word] <= _PLACES else GAP)
    return tuple(found)


def for_sqlite(one: Prepared) -> str:
    """As FTS5 takes it apart with its tokenizer ``ascii``: at spaces."""
    return " ".join((*one.words, GAP, *one.marks))


def for_postgresql(one: Prepared) -> str:
    """As ``tsvector`` reads it: words with their places, marks without."""
    places: dict[str, list[str]] = {}
    for place, word in enumerate(one.words, 1):
        if word != GAP:
            places.setdefault(word, []).append(str(place))
    placed = (f"'{word}':{','.join(at)}" for word, at in places.items())
    return " ".join((*placed, *(f"'{mark}'" for mark in one.marks)))
