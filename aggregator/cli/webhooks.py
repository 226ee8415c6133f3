"""``aggregator webhooks``: who is told what happened, what did not arrive, and sending it again."""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import click
from rich.markup import escape

from aggregator.bootstrap import house, open_store, utc_now
from aggregator.cli import SOME_FAILED, logs
from aggregator.cli.console import json, prose, some, table
from aggregator.cli.options import config_option, json_option, load_config
from aggregator.errors import ConfigError
from aggregator.model import Config, Delivery
from aggregator.notify.courier import CARRIERS
from aggregator.notify.parcel import Came, Parcel
from aggregator.notify.receivers import Receiver, receivers
from aggregator.render.dates import until
from aggregator.render.wire import rfc3339
from aggregator.store import Store
from aggregator.store.happened import event

_TOLD = ("standard", "mail", "ntfy")
_STATES = ("waiting", "done", "dead", "skipped")


@click.group("webhooks", invoke_without_command=True)
@click.pass_context
@json_option
@config_option
def command(context: click.Context, as_json: bool, config_path: Path | None) -> None:
    """Show who is told what happened, and send again what did not arrive.

    Without a command it lists the receivers of the config: webhooks, hubs, and accounts.

    \b
    Examples:
      aggregator webhooks                      every receiver, and how it goes
      aggregator webhooks list --state dead    what was given up
      aggregator webhooks test hooks.example   send a test now, show the answer
      aggregator webhooks redeliver --failed   send again all that was given up
    """
    if context.invoked_subcommand is not None:
        return
    with _opened(config_path) as (config, store):
        counts, states, known = store.outbox.counts(), store.outbox.receivers(), receivers(config)
    facts = [
        {
            "receiver": name,
            "kind": one.kind,
            "events": sorted(one.events - {"test"}),
            "since": rfc3339(states[name].since),
            "disabled": states[name].disabled_at is not None,
            **{state: counts.get(name, {}).get(state, 0) for state in _STATES},
        }
        for name, one in known.items()
    ]
    if as_json:
        json(facts)
    elif not facts:
        prose("Nobody is told anything: the config has no webhooks, no site.hubs and nothing under announce.on.")
    else:
        rows = [[escape(str(one["receiver"])), str(one["kind"]), *_counted(one)] for one in facts]
        table(["receiver", "kind", *_STATES, ""], rows, frozenset(_STATES))


def _counted(one: dict[str, object]) -> list[str]:
    off = "disabled: it answered 410 Gone" if one["disabled"] else ""
    return [*(str(one[state] or "") for state in _STATES), off]


@command.command("list")
@click.option("--state", "states", multiple=True, type=click.Choice(_STATES), help="Only those; may be repeated.")
@click.option("--to", "receiver", metavar="RECEIVER", help="Only those to this receiver.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 10_000), help="Deliveries at most.")
@json_option
@config_option
def list_(states: Sequence[str], receiver: str | None, limit: int, as_json: bool, config_path: Path | None) -> None:
    """List deliveries, the newest first: the log of what was sent. What was given up is --state dead.

    \b
    Example:
      aggregator webhooks list --state dead
    """
    with _opened(config_path) as (config, store):
        name = _one(config, store, receiver) if receiver else None
        found = store.outbox.deliveries(limit, states, name)
    now = utc_now()
    if as_json:
        json([_facts(one) for one in found])
    elif not found:
        prose("Nothing of that was sent in the last 30 days.")
    else:
        rows = [
            [
                one.event.id,
                one.event.type,
                escape(one.receiver),
                one.state,
                str(one.attempts),
                until(one.due_at if one.state == "waiting" else one.tried_at, now),
                escape(one.message or ""),
            ]
            for one in found
        ]
        table(
            ["id", "event", "receiver", "state", "attempts", "when", "what came of it"], rows, frozenset({"attempts"})
        )


@command.command("redeliver")
@click.argument("event_id", required=False, metavar="[ID]")
@click.option("--failed", is_flag=True, help="Everything that was given up.")
@click.option("--to", "receiver", metavar="RECEIVER", help="Only to this receiver.")
@json_option
@config_option
def redeliver(
    event_id: str | None, failed: bool, receiver: str | None, as_json: bool, config_path: Path | None
) -> None:
    """Send an event again, under its old id, or everything that was given up; the running service does it.

    \b
    Example:
      aggregator webhooks redeliver --failed --to hooks.example
    """
    if (event_id is None) == (not failed):
        raise click.UsageError("name one event by its ID, or say --failed")
    with _opened(config_path) as (config, store):
        names = [_one(config, store, receiver)] if receiver else []
        again = store.outbox.redeliver(utc_now(), event_id, names)
    if as_json:
        json({"redelivered": again})
    elif again:
        prose(
            f"{some(again, 'delivery', 'deliveries')} will be sent again by the running service, or by the next poll."
        )
    else:
        prose("There is nothing of that to send again.")


@command.command("enable")
@click.argument("receiver")
@config_option
def enable(receiver: str, config_path: Path | None) -> None:
    """Send to a receiver again that has answered 410 Gone; what happened meanwhile is not sent.

    \b
    Example:
      aggregator webhooks enable hooks.example
    """
    with _opened(config_path) as (config, store):
        name = _one(config, store, receiver)
        prose(f"{name} is told again." if store.outbox.enable(name) else f"{name} was not disabled.")


@command.command("test")
@click.argument("receiver", required=False)
@json_option
@config_option
def test(receiver: str | None, as_json: bool, config_path: Path | None) -> None:
    """Send a test event now, once, and show the answer; without a name to every webhook that builds nothing.

    \b
    Example:
      aggregator webhooks test hooks.example
    """
    logs.set_up(logging.ERROR)
    config = load_config(config_path)
    known = {name: one for name, one in receivers(config).items() if one.webhook is not None or one.alert is not None}
    chosen = [known[_near(receiver, known)]] if receiver else [one for one in known.values() if one.kind in _TOLD]
    if not chosen:
        raise ConfigError(["the config has no webhook of kind: standard and no alert; name another one to set it off"])
    came = asyncio.run(_tested(config, chosen))
    if as_json:
        json(
            [{"receiver": name, "state": one.state, "status": one.status, "message": one.message} for name, one in came]
        )
    else:
        table(["receiver", "result"], [[escape(name), escape(one.message)] for name, one in came])
    if any(one.state != "done" for _, one in came):
        sys.exit(SOME_FAILED)


async def _tested(config: Config, chosen: Sequence[Receiver]) -> list[tuple[str, Came]]:
    found = []
    async with house(config) as rooms:
        for one in chosen:
            now = rooms.clock()
            happened = event("test", one.name, now, {"message": "This is a test of this webhook."})
            delivery = Delivery(happened, one.name, "waiting", 1, None)
            found.append((one.name, await CARRIERS[one.kind](Parcel(delivery, one, now, rooms.send))))
    return found


@contextmanager
def _opened(config_path: Path | None) -> Iterator[tuple[Config, Store]]:
    logs.set_up(logging.ERROR)
    config = load_config(config_path)
    store = open_store(config, utc_now())
    try:
        yield config, store
    finally:
        store.close()


def _one(config: Config, store: Store, given: str) -> str:
    """The receiver that is meant, one of those that are there no more too."""
    return _near(given, {**store.outbox.receivers(), **receivers(config)})


def _near(given: str, known: dict[str, Receiver] | dict[str, object]) -> str:
    """The name itself, or the only one that begins so. Raises ConfigError."""
    found = [given] if given in known else [name for name in known if name.startswith(given)]
    if len(found) == 1:
        return found[0]
    listed = ", ".join(sorted(known)) or "none"
    raise ConfigError([f'"{given}" is no receiver{" alone" if found else ""}; there are {listed}'])


def _facts(one: Delivery) -> dict[str, object]:
    return {
        "id": one.event.id,
        "type": one.event.type,
        "subject": one.event.subject,
        "at": rfc3339(one.event.at),
        "receiver": one.receiver,
        "state": one.state,
        "attempts": one.attempts,
        "tried_at": rfc3339(one.tried_at) if one.tried_at else None,
        "due_at": rfc3339(one.due_at) if one.due_at else None,
        "status": one.status,
        "message": one.message,
    }
