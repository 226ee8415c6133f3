"""Says under what a copy is found again, so that the store can look up candidates without knowing what they mean."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from functools import lru_cache

from aggregator.dedupe.slugs import spellings
from aggregator.dedupe.titles import content_words
from aggregator.model import Copy, Entry, IndexRows, Probes
from aggregator.text.fingerprints import sample, unpack

WINDOW = timedelta(days=30)  # how far apart two dates may be that still speak for one article
SHARED = 2  # samples that two texts, and words of a month that two titles must share to be compared
BODY_SAMPLE = 16  # one run in 16 is indexed: 50 numbers for 800 words
LEAD_SAMPLE = 4
_LEAD_SIDE = 0x5BD1E995  # keeps sampled leads apart from sampled bodies in one index
_MONTH = WINDOW.days + 2  # two days for dates without a time, and for time zones
_ALL, _STUBS = "m", "s"
_CUT = 40  # characters that a title has at least when a platform cuts it off
_OWN_ID = "g:"


def guid_key(source_key: str, guid: str) -> str:
    """An entry's own id, which means something only within its source."""
    return f"{_OWN_ID}{source_key}:{guid}"


def title_name(owner: str, title_key: str) -> str:
    """What the copies of one owner with the same title are found under."""
    return f"t:{owner}:{title_key[:200]}"


def addresses(copy: Copy) -> frozenset[str]:
    """Identity keys of every address that this copy has or had."""
    if not copy.aliases:
        return frozenset(copy.entry.keys)
    return frozenset((*copy.entry.keys, *(alias for alias in copy.aliases if not alias.startswith(_OWN_ID))))


def index_of(copy: Copy) -> IndexRows:
    """Everything under which ``copy`` may be looked for."""
    entry = copy.entry
    keys = {*entry.keys, *entry.declared, *copy.aliases, guid_key(copy.source_key, entry.guid)}
    keys.update(names(copy), month_keys(copy))
    return IndexRows(copy.id, frozenset(keys), samples_of(entry))


def probes(copies: Iterable[Copy], told: Sequence[frozenset[str]] = ()) -> Probes:
    """Where to look for what could be the same work as any of ``copies``.

    ``told`` are the owner's sets of addresses that are one article, or are not: who has one of a set is compared with
    who has another.
    """
    keys: set[str] = set()
    samples: set[int] = set()
    weak: set[str] = set()
    for copy in copies:
        entry = copy.entry
        mine = {*entry.keys, *entry.declared, *copy.aliases}
        keys.update(mine, names(copy))
        weak.update(months(copy))
        keys.add(guid_key(copy.source_key, entry.guid))
        keys.update(*(said for said in told if not said.isdisjoint(mine)))
        samples.update(samples_of(entry))
    return Probes(frozenset(keys), frozenset(samples), frozenset(weak))


def month_keys(copy: Copy) -> Iterator[str]:
    """The time and the words under which a copy stands, for those that look there."""
    if copy.date_precision == "unknown":
        return
    words = content_words(copy.entry.signature.title_key)
    shelves = (_ALL, _STUBS) if _is_stub(copy.entry) else (_ALL,)
    for shelf in shelves:
        yield from (_month(copy, 0, f"{shelf}w", word) for word in words)
        yield from (_month(copy, 0, f"{shelf}t", word) for word in _telling(words))


def months(copy: Copy) -> Iterator[str]:
    """Where to look for copies that only title and date tell.

    A title alone joins only within 30 days and when one side has no text: look among the stubs of that time, or, for a
    stub, among everything of that time. Such titles are nearly the same, or one has all words of the other: so the
    longest words of one are among the words of the other, and two of these keys are shared. A day of first sight is no
    date.
    """
    if copy.date_precision == "unknown":
        return
    words = content_words(copy.entry.signature.title_key)
    shelf = _ALL if _is_stub(copy.entry) else _STUBS
    for step in (-1, 0, 1):
        yield from (_month(copy, step, f"{shelf}w", word) for word in _telling(words))
        yield from (_month(copy, step, f"{shelf}t", word) for word in words)


def _telling(words: Iterable[str]) -> list[str]:
    """The two longest: one of them may be spelled in another way."""
    return sorted(words, key=lambda word: (-len(word), word))[:2]


def _is_stub(entry: Entry) -> bool:
    return entry.signature.words == 0 or bool(entry.signature.summary)


def names(copy: Copy) -> Iterator[str]:
    """What a copy is called, within its owner; also as an address would write it."""
    title = copy.entry.signature.title_key
    for key in {title, *spellings(copy.entry.title)} - {""}:
        yield title_name(copy.owner, key)
    if len(title) >= _CUT:
        yield f"c:{copy.owner}:{title[:_CUT]}"  # a title that a platform cut off


def _month(copy: Copy, step: int, shelf: str, word: str) -> str:
    return f"{shelf}:{copy.owner}:{copy.published_at.toordinal() // _MONTH + step}:{word}"


def samples_of(entry: Entry) -> frozenset[int]:
    """The part of an entry's runs that is indexed."""
    signature = entry.signature
    return _samples(signature.body, signature.lead, signature.summary)


@lru_cache(maxsize=4096)
def _samples(body: bytes, lead: bytes, summary: bytes) -> frozenset[int]:
    opening = sample(unpack(lead) | unpack(summary), LEAD_SAMPLE)
    return sample(unpack(body), BODY_SAMPLE) | frozenset(number ^ _LEAD_SIDE for number in opening)
