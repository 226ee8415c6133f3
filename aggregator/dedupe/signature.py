"""Makes what matching compares out of an entry's text, with everything taken out that is not the author's."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from aggregator.dedupe.titles import title_key
from aggregator.model import Entry, Signature
from aggregator.text.fingerprints import hashes, pack, words
from aggregator.text.plain import plain

BODY_RUN = 5
LEAD_RUN = 3
LEAD_WORDS = 140
STUB_WORDS = range(10, 121)
REPEATED = 3  # a run that stands in this many entries of one document is furniture: a footer, a biography


def sign(entries: Sequence[Entry], boilerplate: Sequence[re.Pattern[str]]) -> tuple[Entry, ...]:
    """Give every entry of one document its signature.

    ``boilerplate`` are the sentences platforms add ("was originally published in ..."); runs of words that stand in
    three or more of these entries go too, unless the entries are the same text anyway.
    """
    texts = [_tokens(entry, boilerplate) for entry in entries]
    runs = [frozenset(hashes(tokens, BODY_RUN)) for tokens in texts]
    furniture = _furniture(runs)
    return tuple(
        replace(entry, signature=_signature(entry, tokens, run - furniture))
        for entry, tokens, run in zip(entries, texts, runs, strict=True)
    )


def _tokens(entry: Entry, boilerplate: Sequence[re.Pattern[str]]) -> list[str]:
    text = plain(entry.content_html) if entry.content_html else ""
    for pattern in boilerplate:
        text = pattern.sub(" ", text)
    return words(text)


def _furniture(runs: Sequence[frozenset[int]]) -> frozenset[int]:
    counted = Counter(run for entry in set(runs) for run in entry)
    return frozenset(run for run, count in counted.items() if count >= REPEATED)


def _signature(entry: Entry, tokens: Sequence[str], body: frozenset[int]) -> Signature:
    stub = tokens if tokens else words(entry.summary)
    return Signature(
        title_key=title_key(entry.title),
        body=pack(body),
        lead=pack(hashes(tokens[:LEAD_WORDS], LEAD_RUN)),
        summary=pack(hashes(stub, LEAD_RUN)) if len(stub) in STUB_WORDS else b"",
        words=len(tokens),
    )
