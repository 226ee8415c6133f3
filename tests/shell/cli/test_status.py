"""`status` tells of the sources although the config is wrong, and of an edit that a running service refused."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from aggregator.poll.edits import refuse
from aggregator.store import Store
from tests.shell.cli.conftest import Town


def test_a_config_that_is_wrong_is_told_and_the_sources_all_the_same(town: Town) -> None:
    good = town.config.read_text(encoding="utf-8")
    try:
        town.write(good.replace("name: Mira Solheim", "nam: Mira Solheim"))
        told = town.run("status")
        assert told.code == 2
        assert 'nam: unknown key (did you mean "name"?)' in told.err
        assert "nothing of its last edit is live" in told.err
        assert "mira/dev" in told.out
        assert {one["key"] for one in json.loads(town.run("status", "--json").out)} >= {"mira/dev", "mira/old-notes"}
        town.write("owners: [")
        assert (town.run("status").code, town.run("status").out) == (2, "")
    finally:
        town.write(good)


def test_an_edit_that_the_service_refused_is_told(town: Town) -> None:
    store = Store.open(town.database_url)
    refuse(store, ["aggregator.yaml:7: owners[0].nam: unknown key"], "host-1", datetime.now(UTC))
    store.close()
    told = town.run("status")
    assert told.code == 0
    assert "host-1 did not take an edit of its config" in told.err
    assert "owners[0].nam: unknown key" in told.err
