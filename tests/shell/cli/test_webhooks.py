"""``aggregator webhooks`` and ``announce`` as somebody types them."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from aggregator.cli import cli
from aggregator.store import Store
from aggregator.store.happened import event
from tests.shell.notify.receiver import receiving
from tests.shell.store.made import NOW, article, fill

CONFIG = """\
database_url: sqlite:///{folder}/a.db
fetch: {{allow_private: [127.0.0.0/8]}}
owners: [{{id: asha, name: Asha Rao}}]
webhooks: [{{url: 'http://127.0.0.1:{port}/t0ken', id: mine}}, {{url: 'https://builds.example/t0ken', kind: deploy}}]
announce: {{on: [{{mastodon: 'https://m.example', token: t0ken}}, {{bluesky: asha.example, password: t0ken}}]}}
"""


def call(folder: Path, *arguments: str) -> Result:
    result = CliRunner().invoke(cli, [*arguments, "--config", str(folder / "a.yaml")])
    assert "t0ken" not in result.output
    return result


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "a.yaml").write_text(CONFIG.format(folder=tmp_path, port=9), encoding="utf-8")
    return tmp_path


def test_receivers_deliveries_and_sending_again(folder: Path) -> None:
    listed = json.loads(call(folder, "webhooks", "--json").output)
    assert [one["receiver"].partition("-")[0] for one in listed] == [
        "mine",
        "builds.example",
        "mastodon m.example",
        "bluesky asha.example",
    ]
    store = Store.open(f"sqlite:///{folder}/a.db")
    happened = event("article.created", "x", NOW, {})
    store.outbox.write([happened])
    store.outbox.route({happened.id: {"mine": NOW}}, ())
    store.outbox.disable("mine", NOW, "It answered 410 Gone.")
    assert "disabled" in call(folder, "webhooks").output
    dead = call(folder, "webhooks", "list", "--state", "dead")
    assert happened.id in dead.output
    assert "410" in dead.output
    (one,) = json.loads(call(folder, "webhooks", "list", "--json").output)
    assert (one["id"], one["state"], one["receiver"]) == (happened.id, "dead", "mine")
    assert "told again" in call(folder, "webhooks", "enable", "mine").output
    assert json.loads(call(folder, "webhooks", "redeliver", "--failed", "--json").output) == {"redelivered": 1}
    assert [found.state for found in store.outbox.deliveries(9)] == ["waiting"]
    assert "nothing of that" in call(folder, "webhooks", "redeliver", "--failed").output
    assert call(folder, "webhooks", "redeliver").exit_code == 2
    assert "no receiver" in str(call(folder, "webhooks", "list", "--to", "nobody").exception)
    store.close()


async def test_a_test_shows_the_answer(folder: Path) -> None:
    async with receiving() as receiver:
        text = CONFIG.format(folder=folder, port=receiver.port)
        (folder / "a.yaml").write_text(text, encoding="utf-8")
        result = await asyncio.to_thread(call, folder, "webhooks", "test")
        assert result.exit_code == 0
        assert "It answered 200 OK." in result.output
        assert receiver.types("/t0ken") == ["test"]


def test_a_dry_run_shows_the_words(folder: Path) -> None:
    assert call(folder, "webhooks").exit_code == 0
    store = Store.open(f"sqlite:///{folder}/a.db")
    fill(store, [article("A" * 26, title="Kafka in production")])
    store.close()
    said = json.loads(call(folder, "announce", "--dry-run", "--json").output)
    assert [(one["account"], one["text"]) for one in said] == [
        ("mastodon m.example", "Kafka in production\n\nhttps://blog.example/1"),
        ("bluesky asha.example", "Kafka in production\n\nhttps://blog.example/1"),
    ]
    shown = call(folder, "announce", "--dry-run")
    assert "Nothing was posted." in shown.output
    assert "(44 of 500)" in shown.output
