"""The first config of an owner reads well, is valid whatever they are called, and is never lost."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.config import load
from aggregator.config.start import SAMPLE_DIGEST, Line, Start, digest, text
from aggregator.errors import ConfigError

SAMPLE = Path(__file__).parents[3] / "config" / "aggregator.yaml"
HERE = Path("aggregator.yaml")


LINES = (Line({"dev": "asharao"}, "3 entries, 2025-01-02 to 2026-03-04"), Line({"medium": "@asharao"}))
START = Start("asha", "Asha Rao", "https://asha.example", LINES)


def test_what_somebody_careful_would_have_written() -> None:
    written = text(replace(START, offered=[Line({"github": "asharao"}, "https://asha.example calls it its own")]))
    _, _, owners = written.partition("owners:\n")
    assert owners.startswith("""\
  - id: asha # first part of the addresses: /asha/rss.xml, /asha/index.json
    name: Asha Rao
    home_page_url: https://asha.example # what lies on this domain is the original, other places carry copies
    sources:
      - dev: asharao # 3 entries, 2025-01-02 to 2026-03-04
      - medium: "@asharao"
      # Found beside them. Take the mark off what is yours:
      # - github: asharao # https://asha.example calls it its own

""")
    assert max(map(len, written.splitlines())) <= 120
    config = load(HERE, {}, {HERE.resolve(): written.encode()})
    assert (config.site.title, config.fetch.contact) == ("Asha Rao", "https://asha.example")


def test_its_comments_are_true_once_their_marks_are_off() -> None:
    lines = text(replace(START, home_page_url=None, allow_private=["10.0.0.0/8"])).splitlines()
    begin = next(number for number, line in enumerate(lines) if line.startswith("    # What else"))
    rest = [line.replace("# ", "", 1) for line in lines[begin + 1 :] if not line.startswith("# Tell")]
    body = (
        "\n".join([*lines[:begin], *rest])
        .replace("# contact: ", "contact: ")
        .replace("[] #", "[https://a.example/1] #")
    )
    config = load(HERE, {"DEPLOY_HOOK": "https://hook.example/x"}, {HERE.resolve(): body.encode()})
    assert config.owners[0].entries[0].title == "Queues without tears"
    assert config.owners[0].tag_aliases["distsys"] == "distributed-systems"
    assert (len(config.owners[0].featured), len(config.webhooks)) == (1, 1)
    assert config.fetch.allow_private == ("10.0.0.0/8",)


@given(st.text(min_size=1, max_size=40))
def test_any_name_is_kept_as_it_is(name: str) -> None:
    try:
        config = load(HERE, {}, {HERE.resolve(): text(replace(START, name=name)).encode("utf-8", "surrogatepass")})
    except ConfigError:
        assert name != "".join(filter(str.isprintable, name)) or not name.strip()
        return
    assert config.owners[0].name == name.strip()


@pytest.mark.parametrize(
    "name", ["森 葵", "O'Hara, the 2nd", "yes", "1984", "a: b", "x #y", "${HOME}", "- dash", "No One"]
)
def test_names_that_yaml_would_take_for_something_else(name: str) -> None:
    assert load(HERE, {}, {HERE.resolve(): text(replace(START, name=name)).encode()}).owners[0].name == name


def test_the_sample_is_known() -> None:
    found = digest(SAMPLE.read_bytes())
    assert found == SAMPLE_DIGEST, f'config/aggregator.yaml changed: write SAMPLE_DIGEST = "{found}"'
    assert digest(SAMPLE.read_bytes().replace(b"\n", b"\r\n")) == found
