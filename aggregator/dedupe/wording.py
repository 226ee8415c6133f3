"""Says in an owner's words why two copies are one article, or why not, and by which figures."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from aggregator import sources
from aggregator.dedupe import evidence, titles
from aggregator.dedupe.index import WINDOW
from aggregator.model import Verdict
from aggregator.text.fingerprints import UNSPACED

THIRD_COPY = "a third copy is the same as both"

_PLATFORM_IDS = {"medium": "Medium post id", "dev": "DEV article"}
_LETTER = re.compile(rf"[{UNSPACED}]")
_LONGEST_WORD = 40  # characters of a title's word that are quoted


@dataclass(frozen=True, slots=True)
class Figure:
    """One thing that was measured."""

    name: str
    value: str
    enough: str = ""  # from where on it counts; "": it only helps to choose


# ── the sentence ────────────────────────────────────────────────────────────────────────────────────────────────────


def why(verdict: Verdict) -> str:
    """One sentence for one verdict, without a full stop; never empty."""
    against = str(verdict.evidence.get("against", ""))
    reason = _reason(verdict) or ("" if verdict.rule == "none" else f'by the rule "{verdict.rule}"')
    if verdict.joined:
        return reason if verdict.linked else _together(THIRD_COPY, f"by themselves: {reason}" if reason else "")
    if verdict.linked:
        return f"{reason}; kept apart: {against}" if against else reason
    return f"{against} ({reason})" if against and reason else against or reason or "nothing in common"


def _reason(verdict: Verdict) -> str:
    said = verdict.evidence
    match verdict.rule:
        case "same":
            return "the config says that they are the same"
        case "key":
            return _same_address(said)
        case "link":
            return _original(said)
        case "body":
            return _together(_text(said), _titles(said))
        case "lead":
            share = percent(said.get("summary_in_opening"))
            return _together(f"{share} of one's summary opens the other's text", _titles(said))
        case "title and date":
            near = f"published within {WINDOW.days} days of each other, and one has no text"
            return _together(_titles(said), near)
        case _:
            addressed = _original(said) if "both_name_it" in said else _same_address(said) if "address" in said else ""
            return _together(addressed, _titles(said), _text(said))


def _together(*parts: str) -> str:
    return "; ".join(filter(None, parts))


def _same_address(said: Mapping[str, object]) -> str:
    scheme, _, rest = str(said.get("address", "")).partition(":")
    if scheme == "u":
        return f"same address ({rest})"
    kind = sources.kinds().get(scheme)
    return f"same {_PLATFORM_IDS.get(scheme) or f'{kind.label if kind else scheme} id'} ({rest})"


def _original(said: Mapping[str, object]) -> str:
    address = str(said.get("address", "")).partition(":")[2]
    who = "both name the same" if said.get("both_name_it") else "one names the other as its"
    return f"{who} original ({address})"


def _text(said: Mapping[str, object]) -> str:
    if "shared_text" not in said:
        return ""
    if not said.get("runs"):
        return "one has no text to compare"
    shared = said["shared_text"]
    return f"{percent(shared)} of the shorter text is in the other" if shared else "the texts have nothing in common"


# ── titles ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def _titles(said: Mapping[str, object]) -> str:
    """How two titles compare, in words as far as there are any."""
    if "likeness_of_titles" not in said:
        return ""
    one, other = str(said.get("title_a", "")), str(said.get("title_b", ""))
    keys = titles.title_key(one), titles.title_key(other)
    if not all(keys):
        return "one has no title" if any(keys) else "both have no title"
    if keys[0] == keys[1]:
        return "same title"
    if titles.cut(one, other) or titles.cut(other, one):
        return "one title is the other, cut off"
    return _one_word(*keys) or f"titles are {percent(said['likeness_of_titles'])} alike"


def _one_word(a: str, b: str) -> str:
    """Where two titles differ in one word, which; else ""."""
    left, right = Counter(a.split()), Counter(b.split())
    mine, other = list((left - right).elements()), list((right - left).elements())
    if not mine and not other:
        return "titles have the same words in another order"
    if len(mine) > 1 or len(other) > 1:
        return ""
    quoted = " and ".join(f'"{_short(word)}"' for word in (*mine, *other))
    sort = _sort([*mine, *other])
    return f"titles differ by one {sort}: {quoted}" if mine and other else f"one title has one {sort} more: {quoted}"


def _sort(found: list[str]) -> str:
    if all(word[0].isdigit() for word in found):
        return "number"
    return "character" if all(_LETTER.fullmatch(word) for word in found) else "word"


def _short(word: str) -> str:
    return word if len(word) <= _LONGEST_WORD else f"{word[:_LONGEST_WORD]}…"


# ── the figures ─────────────────────────────────────────────────────────────────────────────────────────────────────


def percent(share: object) -> str:
    """A share as people write it; rounded down, so that 79.6 % of 80 % do not look like enough."""
    return f"{int(round(float(share) * 100, 6))} %" if isinstance(share, int | float) else "some"


_BODY = {
    "shared_text": percent(evidence.BODY_CONTAINMENT),
    "likeness_of_texts": percent(evidence.BODY_JACCARD),
    "runs": str(evidence.BODY_RUNS),
}
_ENOUGH: Mapping[str, Mapping[str, str]] = {
    "body": _BODY,
    "title": {"likeness_of_titles": "the same, or one cut off", "shared_text": percent(evidence.TEXT_TRACE)},
    "title and text": {
        "likeness_of_titles": percent(evidence.TITLE_LIKE),
        "shared_text": percent(evidence.TEXT_SHARED),
    },
    "lead": {"summary_in_opening": percent(evidence.LEAD_CONTAINMENT)},
    "title and date": {"likeness_of_titles": percent(evidence.TITLE_ALIKE)},
    "none": {
        **_BODY,
        "likeness_of_titles": f"{percent(evidence.TITLE_LIKE)}, with {percent(evidence.TEXT_SHARED)} of the text",
    },
}
_NAMES = {
    "likeness_of_titles": "likeness of the titles",
    "shared_text": "of the shorter text in the other",
    "likeness_of_texts": "of both texts in common",
    "runs": "runs of five words in the shorter text",
    "summary_in_opening": "of one's summary in the other's opening",
}


def figures(verdict: Verdict) -> tuple[Figure, ...]:
    """Everything that was measured of a pair, with what would have been enough for the rule that decided.

    Of a pair that no rule joined: with what is enough where nothing speaks against it.
    """
    return tuple(_figures(verdict))


def _figures(verdict: Verdict) -> Iterator[Figure]:
    said = verdict.evidence
    enough = _ENOUGH.get(verdict.rule, {})
    textless = said.get("runs") == 0
    for key, name in _NAMES.items():
        if key in said and not (textless and key != "likeness_of_titles"):
            value = said[key]
            yield Figure(name, str(value) if key == "runs" else percent(value), enough.get(key, ""))
    if verdict.rule == "none" and _text_would_do(said):
        keys = [titles.title_key(str(said.get(name, ""))) for name in ("title_a", "title_b")]
        yield Figure(
            "of the words of the titles in common", percent(titles.token_set(*keys)), percent(evidence.TITLE_SET)
        )
        if titles.conflict(*keys) or titles.swapped(*keys):
            overrules = percent(evidence.DESPITE_TITLES)
            yield Figure(
                "of both texts in common, to overrule the titles", percent(said.get("likeness_of_texts")), overrules
            )


def _text_would_do(said: Mapping[str, str | float | int | bool]) -> bool:
    """Whether the texts alone would have joined two copies, had nothing spoken against it."""
    runs, shared, alike = (said.get(name, 0) for name in ("runs", "shared_text", "likeness_of_texts"))
    return float(runs) >= evidence.BODY_RUNS and (
        float(shared) >= evidence.BODY_CONTAINMENT or float(alike) >= evidence.BODY_JACCARD
    )
