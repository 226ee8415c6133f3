"""Says in an owner's words why two copies are one article, or why not."""

from __future__ import annotations

from aggregator.model import Verdict

_PLATFORM_IDS = {"medium": "Medium post id", "dev": "DEV article"}


def why(verdict: Verdict) -> str:
    """One sentence for one verdict, without a full stop."""
    reason = _reason(verdict)
    against = verdict.evidence.get("against")
    if verdict.joined or not against:
        return reason
    if verdict.linked:
        return f"{reason}; kept apart: {against}"
    return f"{against} ({reason})" if reason else str(against)


def _reason(verdict: Verdict) -> str:
    said = verdict.evidence
    match verdict.rule:
        case "same":
            return "the config says that they are the same"
        case "key":
            return _same_address(str(said.get("address", "")))
        case "link":
            return f"one names the other as its original ({_address(str(said.get('address', '')))})"
        case "body":
            return f"{_percent(said.get('shared_text'))} of the shorter text is in the other; {_titles(verdict)}"
        case "title":
            return _titles(verdict)
        case "title and text":
            return f"{_titles(verdict)}; {_percent(said.get('shared_text'))} of the shorter text is in the other"
        case "lead":
            return f"{_percent(said.get('summary_in_opening'))} of one's summary opens the other's text"
        case "title and date":
            return f"{_titles(verdict)}; published within 30 days of each other, and one has no text"
        case _:
            return _near(verdict)


def _near(verdict: Verdict) -> str:
    if "likeness_of_titles" not in verdict.evidence:
        return ""
    shared = verdict.evidence.get("shared_text")
    if shared:
        return f"{_titles(verdict)}, {_percent(shared)} of the shorter text is in the other"
    apart = ", the texts have nothing in common" if verdict.evidence.get("runs") else ""
    return _titles(verdict) + apart


def _same_address(key: str) -> str:
    scheme, _, rest = key.partition(":")
    return f"same {_PLATFORM_IDS[scheme]} ({rest})" if scheme in _PLATFORM_IDS else f"same address ({rest})"


def _address(key: str) -> str:
    return key.partition(":")[2]


def _titles(verdict: Verdict) -> str:
    likeness = verdict.evidence.get("likeness_of_titles", 0.0)
    return "same title" if likeness == 1.0 else f"titles are {_percent(likeness)} alike"


def _percent(share: object) -> str:
    return f"{round(float(share) * 100)} %" if isinstance(share, int | float) else "some"
