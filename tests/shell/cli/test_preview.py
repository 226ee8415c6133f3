"""`preview` shows several places at once, each as the source that it would become, and stores nothing."""

from __future__ import annotations

import json
from typing import Any

from tests.shell.cli.conftest import Town


def facts(out: str) -> Any:
    return json.loads(out)


def test_several_places_on_a_terminal(town: Town) -> None:
    web = town.web
    ended = town.type("preview", web.feed_url("medium"), web.feed_url("aoi"))
    assert ended.code == 0, ended.out
    assert ended.wide() == []
    assert "Stories by Mira Solheim on Medium\n" in ended.out
    assert "names as its original:\n            https://mira.example/2026/idempotency-keys/\n" in ended.out
    assert ended.out.count("─" * 80) == 1
    assert "キャッシュは記憶ではなく約束である" in ended.out
    assert ended.out.endswith("2 entries, 0 left out.\n")


def test_one_that_fails_hides_no_other(town: Town) -> None:
    good, bad = town.web.feed_url("aoi"), f"{town.web.base_urls['aoi']}/nothing.xml"
    ended = town.run("preview", good, bad, "--json")
    assert ended.code == 1
    first, second = facts(ended.out)
    assert (first["source"]["key"], len(first["entries"])) == ("aoi/blog", 2)
    assert "404" in second["error"]
    alone = facts(town.run("preview", good, "--json").out)
    assert alone["source"] == first["source"]


def test_typos_are_told(town: Town) -> None:
    for words, said in (
        (["nothing.xml"], 'there is no file "nothing.xml" here'),
        (["devto:mira"], 'there is no kind "devto" (did you mean "dev"?)'),
        (["mirasolheim"], 'write a kind before it, as in "dev:mirasolheim"'),
    ):
        ended = town.type("preview", *words)
        assert (ended.code, said in " ".join(ended.out.split())) == (2, True), ended.out
        assert ended.wide() == []
