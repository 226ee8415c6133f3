"""``aggregator embed``: the HTML that shows articles on a page of one's own."""

from __future__ import annotations

from pathlib import Path

import click

from aggregator.cli.console import json
from aggregator.cli.options import config_option, json_option, load_config
from aggregator.errors import ConfigError
from aggregator.publish.values import missing


@click.command("embed")
@click.option("--owner", "owner_id", help="The articles of one owner: the owner's id.")
@click.option("--moving", is_flag=True, help="The newest build of this major version, instead of exactly this one.")
@json_option
@config_option
def command(owner_id: str | None, moving: bool, as_json: bool, config_path: Path | None) -> None:
    """Print the HTML to copy into a page: the web component, checked by its hash, and the element.

    \b
    Examples:
      aggregator embed --owner asha
      aggregator embed --moving >> index.html
    """
    from aggregator.embed.component import MOVING, current

    config = load_config(config_path)
    known = [owner.id for owner in config.owners]
    if owner_id is not None and owner_id not in known:
        raise ConfigError([missing("owner", owner_id, known)])
    base, build = config.site.base_url, current()
    script = f"{base}{MOVING if moving else build.path}"
    integrity = None if moving else build.integrity
    index = f"{base}/{owner_id}/index.json" if owner_id else f"{base}/index.json"
    checked = "" if integrity is None else f'\n  integrity="{integrity}" crossorigin="anonymous"'
    element = f'<article-feed src="{index}" limit="5"></article-feed>'
    html = f'<script type="module" src="{script}"{checked}></script>\n{element}'
    if as_json:
        json({"version": build.version, "script": script, "integrity": integrity, "index": index, "html": html})
    else:
        click.echo(html)
