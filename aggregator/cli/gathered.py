"""Shows what was gathered from somebody's profiles: on a terminal, as facts for programs, and as notes in a config."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from aggregator.cli.console import headline, out, prose, some, whole
from aggregator.cli.planned import named as shown
from aggregator.dedupe.wording import THIRD_COPY, why
from aggregator.model import Config
from aggregator.poll.find import Place
from aggregator.poll.target import Account
from aggregator.poll.together import Together, Work
from aggregator.render.wire import rfc3339
from aggregator.sources import kinds

_SHOWN = 8  # articles that stand in several places; more are counted
_INDENT = 14  # behind a date


@dataclass(frozen=True, slots=True)
class Offer:
    """A place that another one names; the owner says whether it is theirs."""

    place: Place
    account: Account
    page: str  # that names it


@dataclass(slots=True)
class Gathered:
    """What came of everything that was given."""

    taken: list[Place]
    refused: list[Place]  # nothing is there to be had
    offers: list[Offer]


@dataclass(frozen=True, slots=True)
class Proposal:
    """A config that could be written, and what it would bring."""

    path: Path
    body: str
    config: Config
    brings: Together


# ── in words ────────────────────────────────────────────────────────────────────────────────────────────────────────


def gives(place: Place) -> str:
    """``12 entries, 2021-03-01 to 2026-10-30``, or that nobody answered."""
    if not place.verified:
        return "not verified: it could not be asked"
    dates = _dates(place)
    count = some(len(place.seen.entries), "entry", "entries")
    if not dates:
        return f"{count}, none with a date" if place.seen.entries else "no entries yet"
    first, last = f"{dates[0]:%Y-%m-%d}", f"{dates[-1]:%Y-%m-%d}"
    return f"{count}, {first}" if first == last else f"{count}, {first} to {last}"


def named_by(offer: Offer) -> str:
    """Why an account may be the owner's."""
    return f"{offer.page} {'calls it its own' if offer.account.mine else 'links to it'}"


def _dates(place: Place) -> list[datetime]:
    return sorted(entry.published for entry in place.seen.entries if entry.published)


# ── on a terminal ───────────────────────────────────────────────────────────────────────────────────────────────────


def show_places(gathered: Gathered) -> None:
    """Each place with what it gives; then what is none, and why."""
    for place in gathered.taken:
        _show_place(place)
    for place in gathered.refused:
        out.print()
        whole(place.target.text, style="red")
        prose(f"left out: {place.seen.error}", 2)


def show_offer(offer: Offer) -> None:
    """A place that the owner is to be asked about."""
    _show_place(offer.place)
    prose(f"{named_by(offer)}.", 2)


def _show_place(place: Place) -> None:
    out.print()
    whole(place.target.text, style="bold")
    if place.seen.feed is not None and place.seen.feed.title:
        headline(place.seen.feed.title, "  ")
    prose(f"{gives(place)}.", 2)
    if place.reason:
        prose(f"It was chosen because {place.reason}." if place.seen.feeds else f"{place.reason}.", 2, "dim")
    for other in place.seen.feeds[1:]:
        whole(f"also {other.url}", 2, "dim")
    if place.target.kind == "site" and place.verified:
        prose("No feed was found there: its page is read.", 2, "dim")
    if place.seen.error:
        prose(place.seen.error, 2, "red")


def show_together(brings: Together) -> None:
    """How many articles the entries are, and which of them stand in several places."""
    if not brings.entries:
        return
    out.print()
    said = f"{some(brings.entries, 'entry', 'entries')}: {some(brings.articles, 'article')}"
    if not brings.works:
        prose(f"{said}. None stands in two places.", style="bold")
        return
    prose(f"{said}, {len(brings.works)} of them in several places:", style="bold")
    for work in brings.works[:_SHOWN]:
        _show_work(work)
    if len(brings.works) > _SHOWN:
        prose(f"and {len(brings.works) - _SHOWN} more; --json names them all", 2, "dim")


def _show_work(work: Work) -> None:
    first, *others = work.copies
    day = f"{work.published_at:%Y-%m-%d}" if work.published_at else "no date   "
    headline(first.entry.title, f"  {day}  ")
    for copy in others:
        if copy.entry.title != first.entry.title:
            headline(f'"{copy.entry.title}"', " " * _INDENT)
    whole(", ".join(dict.fromkeys(copy.source_id for copy in work.copies)), _INDENT)
    prose(_why(work), _INDENT, "dim")


def _why(work: Work) -> str:
    return why(work.verdict) if work.verdict is not None else THIRD_COPY


def show_file(proposal: Proposal) -> None:
    """The file as it would be written, without its comments."""
    out.print()
    prose(f"What {shown(proposal.path)} would say, beside comments that explain it:", style="bold")
    for line in proposal.body.splitlines():
        if line.strip() and not line.lstrip().startswith("#"):
            whole(line, 2, "green")
    out.print()


def show_next(proposal: Proposal, gathered: Gathered, option: str) -> None:
    """What to do now; ``option`` is what has to be said with every command."""
    unverified = sum(not place.verified for place in gathered.taken)
    if unverified:
        are = "source is" if unverified == 1 else "sources are"
        prose(f"{unverified} {are} written unverified; `aggregator check --online{option}` asks again.")
    owner = proposal.config.owners[0].id
    prose(f"Next: `aggregator serve{option}`, then open {proposal.config.site.base_url}/{owner}/")


# ── for programs ────────────────────────────────────────────────────────────────────────────────────────────────────


def facts(proposal: Proposal, gathered: Gathered, *, written: bool) -> Mapping[str, object]:
    """Everything that was found and would be written."""
    owner, brings = proposal.config.owners[0], proposal.brings
    return {
        "owner": {"id": owner.id, "name": owner.name, "home_page_url": owner.home_page_url},
        "sources": [
            {"key": source.key, **_place(place)} for source, place in zip(owner.sources, gathered.taken, strict=True)
        ],
        "refused": [_place(place) for place in gathered.refused],
        "elsewhere": [{**_place(one.place), "named_by": one.page, "mine": one.account.mine} for one in gathered.offers],
        "entries": brings.entries,
        "articles": brings.articles,
        "same": [
            {
                "title": work.copies[0].entry.title,
                "copies": [
                    {"source": copy.source_key, "title": copy.entry.title, "url": copy.entry.url}
                    for copy in work.copies
                ],
                "why": _why(work),
            }
            for work in brings.works
        ],
        "config": {"file": str(proposal.path), "text": proposal.body},
        "written": written,
    }


def _place(place: Place) -> Mapping[str, object]:
    seen, dates = place.seen, _dates(place)
    return {
        "target": place.target.text,
        "kind": place.target.kind,
        "feed_url": place.target.resolved.feed_url,
        "label": kinds()[place.target.kind].label,
        "title": seen.feed.title if seen.feed is not None else None,
        "reason": place.reason or None,
        "entries": len(seen.entries),
        "oldest": rfc3339(dates[0]) if dates else None,
        "newest": rfc3339(dates[-1]) if dates else None,
        "verified": place.verified,
        **({"error": seen.error} if seen.error else {}),
    }
