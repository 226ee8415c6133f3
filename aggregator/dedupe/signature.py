"""Makes what matching compares out of an entry's text, with everything taken out that is not the author's."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b
from itertools import pairwise

from aggregator.dedupe.titles import title_key
from aggregator.model import Entry, Signature
from aggregator.text.fingerprints import hashes, pack, unpack, words
from aggregator.text.plain import plain
from aggregator.text.urls import name_of

BODY_RUN = 5
LEAD_RUN = 3
LEAD_WORDS = 140
STUB_WORDS = range(10, 121)
STUB_RUNS = 8
REPEATED = 3  # a run that stands in this many entries of one document is furniture: a footer, a biography
_QUOTE = re.compile(r"<(/?)blockquote\b[^<>]*>", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Text:
    """The words of one entry, and its runs before furniture is taken out."""

    title: str
    tokens: Sequence[str]
    body: frozenset[int]
    lead: frozenset[int]
    summary: frozenset[int]


def sign(entries: Sequence[Entry], boilerplate: Sequence[re.Pattern[str]]) -> tuple[Entry, ...]:
    """Give every entry of one document its signature.

    ``boilerplate`` are the sentences platforms add ("was originally published in ..."); runs of words that stand in
    three or more of these entries go too, unless these are one entry sent again.
    """
    texts = [_text(entry, boilerplate) for entry in entries]
    bodies = _furniture([(text.title, text.body) for text in texts])
    openings = _furniture([(text.title, text.lead | text.summary) for text in texts])
    return tuple(
        replace(entry, signature=_signature(text, bodies, openings)) for entry, text in zip(entries, texts, strict=True)
    )


def meet(a: Signature, b: Signature) -> Signature:
    """What two documents agree on that carried one text: each knows some of the furniture.

    Commutative, associative and idempotent, so that the order in which documents come makes no difference.
    """
    summary = unpack(a.summary) & unpack(b.summary)
    return replace(
        a,
        body=a.body if a.body == b.body else pack(unpack(a.body) & unpack(b.body)),
        lead=a.lead if a.lead == b.lead else pack(unpack(a.lead) & unpack(b.lead)),
        summary=pack(summary) if len(summary) >= STUB_RUNS else b"",
    )


def _text(entry: Entry, boilerplate: Sequence[re.Pattern[str]]) -> _Text:
    tokens = words(_without(boilerplate, plain(_without_quotes(entry.content_html)))) if entry.content_html else []
    stub = tokens if tokens else words(_without(boilerplate, entry.summary))
    return _Text(
        title=title_key(entry.title) or title_key(name_of(entry.url or "")),
        tokens=tokens,
        body=frozenset(hashes(tokens, BODY_RUN)),
        lead=frozenset(hashes(tokens[:LEAD_WORDS], LEAD_RUN)),
        summary=frozenset(hashes(stub, LEAD_RUN)) if len(stub) in STUB_WORDS else frozenset(),
    )


def _without(boilerplate: Sequence[re.Pattern[str]], said: str) -> str:
    for pattern in boilerplate:
        said = pattern.sub(" ", said)
    return said


def _without_quotes(content_html: str) -> str:
    """Two posts that quote the same passage have that passage in common, and not more. ``content_html`` is sanitized,
    so its tags are balanced."""
    if "<blockquote" not in content_html:
        return content_html
    kept: list[str] = []
    depth = end = 0
    for tag in _QUOTE.finditer(content_html):
        if depth == 0:
            kept.append(content_html[end : tag.start()])
        depth = max(0, depth - 1) if tag[1] else depth + 1
        end = tag.end()
    return " ".join((*kept, content_html[end:]))


def _furniture(texts: Sequence[tuple[str, frozenset[int]]]) -> frozenset[int]:
    """Runs that three entries have in common; one that stands there twice under its title is counted once."""
    if len(texts) < REPEATED:
        return frozenset()
    seen: list[set[int]] = [set() for _ in range(REPEATED)]  # what stands in one, in two, in three of them
    for _, runs in dict.fromkeys(texts):
        for fewer, more in reversed([*pairwise(seen)]):
            more |= runs & fewer
        seen[0] |= runs
    return frozenset(seen[-1])


def _signature(text: _Text, bodies: frozenset[int], openings: frozenset[int]) -> Signature:
    summary = text.summary - openings
    return Signature(
        title_key=text.title,
        body=pack(text.body - bodies if bodies else text.body),
        lead=pack(text.lead - openings if openings else text.lead),
        summary=pack(summary) if len(summary) >= STUB_RUNS else b"",
        words=len(text.tokens),
        digest=blake2b(" ".join(text.tokens).encode(errors="replace"), digest_size=8).hexdigest()
        if text.tokens
        else "",
    )
