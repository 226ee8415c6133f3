"""``aggregator announce``: what is said of new articles on Mastodon and Bluesky, before it is said, or now."""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from aggregator.bootstrap import house, open_store, utc_now
from aggregator.cli import SOME_FAILED, logs
from aggregator.cli.console import headline, json, out, prose
from aggregator.cli.options import config_option, json_option, load_config
from aggregator.model import Account, ArticleState, Config, Delivery, Selection
from aggregator.notify import bluesky, mastodon, posts
from aggregator.notify.receivers import Receiver, concerns, receivers
from aggregator.poll.holds import hidden
from aggregator.store import Store


@click.command("announce")
@click.option("--dry-run", is_flag=True, help="Show what would be posted; nothing is sent.")
@click.option("--limit", default=3, show_default=True, type=click.IntRange(1, 50), help="Articles per account to show.")
@json_option
@config_option
def command(dry_run: bool, limit: int, as_json: bool, config_path: Path | None) -> None:
    """Announce new articles now, or with --dry-run show the words that would be posted.

    The service does this by itself for the accounts under `announce.on`: each article once, for ever, from the moment
    on at which the account is in the config. --dry-run shows the newest articles as they would read, posted or not.

    \b
    Example:
      aggregator announce --dry-run
    """
    logs.set_up(logging.ERROR)
    config = load_config(config_path)
    chosen = [one for one in receivers(config).values() if one.account is not None]
    if not chosen:
        json([]) if as_json else prose("The config names no account; see `announce.on`.")
    elif dry_run:
        _show(config, chosen, limit, as_json)
    else:
        _send(config, chosen, as_json)


def _send(config: Config, chosen: Sequence[Receiver], as_json: bool) -> None:
    started = utc_now()

    async def told() -> list[Delivery]:
        async with house(config) as rooms:
            await rooms.tellings.round()
            found = (one for name in chosen for one in rooms.store.outbox.deliveries(1000, (), name.name))
            return [one for one in found if one.tried_at and one.tried_at >= started]

    found = asyncio.run(told())
    if as_json:
        json(
            [{"account": one.receiver, "id": one.event.id, "state": one.state, "message": one.message} for one in found]
        )
    elif not found:
        prose("Nothing is due to be announced.")
    for one in () if as_json else found:
        prose(f"{one.receiver}: {one.message}")
    if any(one.state in ("waiting", "dead") for one in found):
        sys.exit(SOME_FAILED)


def _show(config: Config, chosen: Sequence[Receiver], limit: int, as_json: bool) -> None:
    store = open_store(config, utc_now())
    try:
        shown = [(one, _newest(config, store, one, limit)) for one in chosen]
    finally:
        store.close()
    if as_json:
        json([_facts(one.name, one.account, article) for one, found in shown for article in found if one.account])
        return
    for one, found in shown:
        headline(one.name, style="bold")
        for article in found:
            if one.account is not None:
                text, length, most = _text(one.account, article)
                out.print()
                for line in text.splitlines() or [""]:
                    prose(line, indent=2)
                prose(f"({length} of {most})", indent=2, style="dim")
        out.print()
    prose("Nothing was posted. Only articles that come from now on are announced, each once.")


def _newest(config: Config, store: Store, receiver: Receiver, limit: int) -> list[ArticleState]:
    page = store.select(Selection(order="announced", limit=200, hidden=hidden(config, store)))
    found = []
    for article in page.articles:
        kept = store.article(article.ulid)
        if (
            kept is not None
            and receiver.account is not None
            and concerns(receiver.account, kept[0].owners, kept[0].tags)
        ):
            found.append(kept[0])
        if len(found) == limit:
            break
    return found


def _text(account: Account, article: ArticleState) -> tuple[str, int, int]:
    """What would be posted, how long it is as the network counts, and how long it may be."""
    if account.kind == "mastodon":
        text = mastodon.status(account, article)
        return text, posts.mastodon_length(text), mastodon.MOST
    text = str(bluesky.record(account, article, utc_now())["text"])
    return text, posts.length(text), bluesky.MOST


def _facts(name: str, account: Account, article: ArticleState) -> dict[str, object]:
    text, length, most = _text(account, article)
    return {"account": name, "id": article.id, "text": text, "length": length, "most": most}
