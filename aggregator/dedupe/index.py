"""Says under what a copy is found again, so that the store can look up candidates without knowing what they mean."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta

from aggregator.dedupe.evidence import WINDOW
from aggregator.model import Copy, Entry, IndexRows, Probes
from aggregator.text.fingerprints import sample, unpack

BODY_SAMPLE = 16  # one run in 16 is indexed: 50 numbers for 800 words
LEAD_SAMPLE = 4
_LEAD_SIDE = 0x5BD1E995  # keeps sampled leads apart from sampled bodies in one index


def guid_key(source_key: str, guid: str) -> str:
    """An entry's own id, which means something only within its source."""
    return f"g:{source_key}:{guid}"


def index_of(copy: Copy) -> IndexRows:
    """Everything under which ``copy`` may be looked for."""
    entry = copy.entry
    keys = {*entry.keys, *map(_named, entry.declared), *copy.aliases, guid_key(copy.source_key, entry.guid)}
    keys.update(_names(copy.owner, entry))
    if entry.signature.words == 0 or entry.signature.summary:
        keys.add(_stub_week(copy.owner, copy, 0))
    keys.add(_week(copy.owner, copy, 0))
    return IndexRows(copy.id, frozenset(keys), _samples(entry))


def probes(copies: Iterable[Copy]) -> Probes:
    """Where to look for what could be the same work as any of ``copies``."""
    keys: set[str] = set()
    samples: set[int] = set()
    for copy in copies:
        entry = copy.entry
        keys.update(entry.keys, entry.declared, copy.aliases, _names(copy.owner, entry))
        keys.update(map(_named, (*entry.keys, *entry.declared, *copy.aliases)))
        keys.add(guid_key(copy.source_key, entry.guid))
        around = range(-(WINDOW.days // 7) - 1, WINDOW.days // 7 + 2)
        # A title alone joins only within 30 days and when one side has no text: look among the stubs of those weeks,
        # or, for a stub, among everything of those weeks.
        by_week = _week if entry.signature.words == 0 or entry.signature.summary else _stub_week
        keys.update(by_week(copy.owner, copy, step) for step in around)
        samples.update(_samples(entry))
    return Probes(frozenset(keys), frozenset(samples))


def _named(key: str) -> str:
    """Under what a copy is found that names an address as its original: it is not what stands there."""
    return f"d:{key}"


def _names(owner: str, entry: Entry) -> Iterator[str]:
    title = entry.signature.title_key
    if title:
        yield f"t:{owner}:{title[:200]}"
    if len(title) >= 40:
        yield f"c:{owner}:{title[:40]}"  # a title that a platform cut off


def _week(owner: str, copy: Copy, step: int) -> str:
    monday = (copy.published_at + timedelta(weeks=step)).toordinal() // 7
    return f"w:{owner}:{monday}"


def _stub_week(owner: str, copy: Copy, step: int) -> str:
    return "s" + _week(owner, copy, step)


def _samples(entry: Entry) -> frozenset[int]:
    signature = entry.signature
    body = sample(unpack(signature.body), BODY_SAMPLE)
    lead = sample(unpack(signature.lead) | unpack(signature.summary), LEAD_SAMPLE)
    return body | frozenset(number ^ _LEAD_SIDE for number in lead)
