"""``aggregator opml``: the sources, or our own feeds, for other readers to import."""

from __future__ import annotations

from pathlib import Path

import click

from aggregator.bootstrap import open_store, utc_now
from aggregator.cli import logs
from aggregator.cli.options import config_option, load_config
from aggregator.errors import ConfigError
from aggregator.publish.publisher import Place, Publisher
from aggregator.publish.values import missing


@click.command("opml")
@click.option("--owner", "owner_id", help="Of one owner only: the owner's id.")
@click.option("--feeds", is_flag=True, help="Our own feeds instead of the sources.")
@config_option
def command(owner_id: str | None, feeds: bool, config_path: Path | None) -> None:
    """Print the sources as OPML 2.0, as `sources.opml` has them; with --feeds our own feeds, as `feeds.opml`.

    \b
    Examples:
      aggregator opml > sources.opml
      aggregator opml --owner asha --feeds
    """
    logs.set_up()
    config = load_config(config_path)
    known = [owner.id for owner in config.owners]
    if owner_id is not None and owner_id not in known:
        raise ConfigError([missing("owner", owner_id, known)])
    store = open_store(config, utc_now())
    publisher = Publisher(config, store)
    try:
        place = Place((owner_id,) if owner_id else (), "feeds.opml" if feeds else "sources.opml")
        click.echo(publisher.document(place).body)
    finally:
        publisher.close()
        store.close()
