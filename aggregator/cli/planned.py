"""How a plan looks before it is carried out: for people on a terminal, and as facts for programs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from aggregator.cli.console import headline, out, prose, some, whole
from aggregator.config.edit import Edit
from aggregator.dedupe.wording import THIRD_COPY, why
from aggregator.model import ArticleState, Copy
from aggregator.poll.look import Look
from aggregator.poll.plan import Match, Plan
from aggregator.render.wire import rfc3339

SHOWN = 20  # entries of one sort; more are counted
_INDENT = 14  # behind the date

T = TypeVar("T")


# ── for programs ────────────────────────────────────────────────────────────────────────────────────────────────────


def plan_facts(plan: Plan) -> Mapping[str, object]:
    """Everything that a plan says."""
    source = plan.source
    announced, held = {copy.id for copy in plan.announced}, {copy.id for copy in plan.held}
    return {
        "source": {
            "key": source.key,
            "kind": source.kind,
            "feed_url": source.feed_url,
            "home_page_url": source.home_page_url,
        },
        "entries": plan.entries,
        "same_as": plan.same_as,
        "new": [{**_copy_facts(copy), "announced": copy.id in announced, "held": copy.id in held} for copy in plan.new],
        "merged": [_match_facts(match) for match in plan.merged],
        "known": [_copy_facts(copy) for copy in plan.known],
        "joined": [{"id": kept.id, "title": kept.title, "retired": gone.id} for kept, gone in plan.joined],
        "doubtful": plan.doubtful,
        "skipped": [{"title": one.title, "reason": one.reason} for one in plan.skipped],
        "left_out": plan.left_out,
        "complete": plan.complete,
    }


def _copy_facts(copy: Copy) -> Mapping[str, object]:
    dated = copy.date_precision != "unknown"
    return {
        "title": copy.entry.title,
        "url": copy.entry.url,
        "date_published": rfc3339(copy.published_at) if dated else None,
    }


def _match_facts(match: Match) -> Mapping[str, object]:
    verdict = match.verdict
    return {
        **_copy_facts(match.entry),
        "with": {"source": match.other.source_key, **_copy_facts(match.other)},
        "rule": verdict.rule if verdict is not None else None,
        "why": reason(match),
    }


def edit_facts(edit: Edit) -> Mapping[str, object]:
    """What an edit changes."""
    return {
        "file": str(edit.file),
        "lines": [{"number": line.number, "text": line.text, "gone": line.gone} for line in edit.lines],
    }


def reason(match: Match) -> str:
    """Why two copies are one article, in words."""
    return why(match.verdict) if match.verdict is not None else THIRD_COPY


# ── for people ──────────────────────────────────────────────────────────────────────────────────────────────────────


def show_plan(plan: Plan, seen: Look) -> None:
    """The plan, section by section; what is empty is left out."""
    if seen.feed is not None and seen.feed.title:
        headline(seen.feed.title, style="bold")
    whole(plan.source.feed_url)
    out.print()
    prose(_counts(plan))
    if plan.same_as is not None:
        prose(
            f"All of it is in {plan.same_as} already, so this looks like that source under another address. It would "
            f"bring nothing new. If the old address goes away, change it at {plan.same_as} instead."
        )
    if not plan.complete:
        prose("The document is cut off or broken; this is what could be read of it.", style="red")
    _section("New", plan.new, _show_copy)
    _section("Copies of what is here", plan.merged, _show_match)
    for kept, gone in plan.joined:
        out.print()
        prose(f'With it, two articles become one: "{kept.title}" and "{gone.title}". The older id stays.')
    if plan.new:
        _section(f"Announced to subscribers: {_share(plan)}", plan.announced, _show_copy, always=True)
        prose(_rule(plan), 2, "dim")
    _section("Held back", plan.held, _show_copy)
    if plan.held:
        prose("More, or older, than it brought when it was in the config; `aggregator release` decides.", 2, "dim")
    _section("Left out", plan.skipped, lambda one: prose(f'"{one.title}": {one.reason}', 2))
    if plan.doubtful:
        out.print()
        pairs = "1 pair comes" if plan.doubtful == 1 else f"{plan.doubtful} pairs come"
        prose(f"{pairs} close to being the same; once it was polled, `aggregator dupes` asks about that.")


def show_edit(edit: Edit) -> None:
    """The file and the lines that change in it, each with its number, as a person reads a diff."""
    whole(f"In {named(edit.file)}:", style="")
    size = max(len(str(line.number)) for line in edit.lines)
    for line in edit.lines:
        sign, style = ("-", "red") if line.gone else ("+", "green")
        whole(f"{line.number:>{size}} {sign} {line.text}", 2, style)


def named(path: Path) -> str:
    """A file as seen from here."""
    return str(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path)


def day(copy: Copy | ArticleState) -> str:
    """The date of a copy or an article in ten characters, as exact as it is known."""
    formats = {"year": "%Y", "month": "%Y-%m", "unknown": "no date"}
    return f"{copy.published_at:{formats.get(copy.date_precision, '%Y-%m-%d')}}".ljust(10)


def _counts(plan: Plan) -> str:
    if not plan.entries:
        said = "There are no entries in it now"
    else:
        parts = [some(len(plan.new), "new article")] if plan.new else []
        parts += [some(len(plan.merged), "copy of what is here", "copies of what is here")] if plan.merged else []
        parts += [f"{len(plan.known)} known from when it was in the config before"] if plan.known else []
        said = f"{some(plan.entries, 'entry', 'entries')}: {', '.join(parts)}"
    left = len(plan.skipped) + plan.left_out
    return f"{said}; {left} left out." if left else f"{said}."


def _section(title: str, items: Sequence[T], show: Callable[[T], None], *, always: bool = False) -> None:
    if not items and not always:
        return
    out.print()
    prose(title, style="bold")
    for item in items[:SHOWN]:
        show(item)
    if len(items) > SHOWN:
        prose(f"and {len(items) - SHOWN} more; --json names them all", 2, "dim")


def _show_copy(copy: Copy) -> None:
    headline(copy.entry.title, f"  {day(copy)}  ")


def _show_match(match: Match) -> None:
    _show_copy(match.entry)
    if match.other.source_key == match.entry.source_key:
        prose("the same as another entry of this feed", _INDENT)
    if match.other.entry.title != match.entry.entry.title:
        headline(f'"{match.other.entry.title}"', " " * _INDENT)
    whole(match.other.entry.url or f"(no address, {match.other.source_key})", _INDENT)
    prose(reason(match), _INDENT, "dim")


def _share(plan: Plan) -> str:
    if len(plan.announced) == len(plan.new):
        return "all of the new ones" if len(plan.new) > 1 else "the new one"
    return f"{len(plan.announced)} of {some(len(plan.new), 'new article')}" if plan.announced else "nothing"


def _rule(plan: Plan) -> str:
    if plan.founding:
        return "It is the first source of its owner: each stands in the feeds at its own date."
    if not plan.first_fill:
        goes = "what is new goes out, but no flood" if plan.held else "everything that is new goes out"
        return f"It was in the config before, so {goes}."
    if not plan.announce_entries or not plan.announce_days:
        return "`announce:` in the config says so; the index has everything."
    most, days = some(plan.announce_entries, "article"), some(plan.announce_days, "day")
    return f"A new source announces at most {most} of the last {days}; the index has everything."
