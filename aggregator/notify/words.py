"""Says an incident in words: for mail, for a push, for the feed of incidents."""

from __future__ import annotations

from aggregator.model import Event


def subject(event: Event) -> str:
    """One line."""
    key = event.subject
    match event.type:
        case "source.failing":
            return f"{key} cannot be read"
        case "source.silent":
            return f"{key} has gone silent"
        case "source.recovered":
            return f"{key} is well again"
        case "source.moved":
            return f"{key} has moved"
        case "source.gap":
            return f"{key} may have lost articles"
        case _:
            return "A test of article-aggregator"


def text(event: Event) -> str:
    """What happened and what to do, in a few sentences."""
    said = event.data
    match event.type:
        case "source.failing":
            times = f"{said.get('failures')} polls in a row failed"
            gone = "Its server says that it is gone; it is not asked any more."
            what = gone if said.get("state") == "gone" else f"{times}; it is tried again."
            return f"{what} {said.get('error') or ''}".strip() + " Its articles stay published."
        case "source.silent":
            return (
                f"Its last post is of {_day(said.get('last_post'))}: a longer pause than it ever made. If it goes on "
                "somewhere else, correct its address in the config; if it has ended, say `enabled: false`."
            )
        case "source.recovered":
            return "It can be read, and what it carries comes in as before. There is nothing to do."
        case "source.moved":
            return f"Its feed is at {said.get('feed_url')} now, and is read there. Correct its address in the config."
        case "source.gap":
            return (
                f"Nothing that it lists now was known, and it was last asked at {_day(said.get('since'))}: between the "
                "two there may have been more. Say a shorter `interval`, or `backfill` if it keeps older articles."
            )
        case _:
            return "This is how you are told when a source breaks, falls silent, moves, or is well again."


def _day(moment: object) -> str:
    return str(moment or "an unknown time").replace("T", " ").removesuffix("Z")
