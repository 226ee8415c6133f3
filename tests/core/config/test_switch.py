"""A source is paused and resumed by one word in the text of a config; every other byte stays."""

from __future__ import annotations

import pytest

from aggregator.config.switch import switched
from aggregator.errors import ConfigError

HEAD = "# Mine\nowners:\n  - id: asha\n    name: Asha\n    sources:\n"


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("      - dev: asha # hers\n", "      - dev: asha # hers\n        enabled: false\n"),
        (
            "      - dev: asha\n        id: x\n        # why\n",
            "      - dev: asha\n        id: x\n        enabled: false\n        # why\n",
        ),
        ("      -   dev: asha\n", "      -   dev: asha\n          enabled: false\n"),
        ("      - {dev: asha}  # hers\n", "      - {dev: asha, enabled: false}  # hers\n"),
        (
            "      - dev: asha\n        enabled: true # for now\n",
            "      - dev: asha\n        enabled: false # for now\n",
        ),
        ("      - enabled: yes\n        dev: asha\n", "      - enabled: false\n        dev: asha\n"),
        ("      - dev: asha\n        enabled:\n", "      - dev: asha\n        enabled: false\n"),
        ("      - {dev: asha, enabled: true}\n", "      - {dev: asha, enabled: false}\n"),
        (
            "      - page:\n          url: https://a.example\n          item: article\n",
            "      - page:\n          url: https://a.example\n          item: article\n        enabled: false\n",
        ),
        ("      - dev: asha", "      - dev: asha\n        enabled: false"),
    ],
)
def test_one_word_changes(before: str, after: str, newline: str) -> None:
    text, wanted = ((HEAD + one).replace("\n", newline) for one in (before, after))
    assert switched(text, 0, 0, False) == wanted
    back = switched(wanted, 0, 0, True)
    assert back == wanted.replace("enabled: false", "enabled: true")


def test_the_source_that_is_meant() -> None:
    text = HEAD + "      - dev: asha\n      - dev: bo\n  - {id: cleo, name: Cleo, sources: [{dev: cleo}, {dev: dan}]}\n"
    assert switched(text, 0, 1, False) == text.replace("dev: bo\n", "dev: bo\n        enabled: false\n")
    assert switched(text, 1, 1, False) == text.replace("{dev: dan}", "{dev: dan, enabled: false}")


@pytest.mark.parametrize(
    "text",
    [
        "shared: &all [{dev: asha}]\nowners:\n  - id: asha\n    name: Asha\n    sources: *all\n",
        HEAD + "      - &one {dev: asha}\n  - id: bo\n    name: Bo\n    sources: [*one]\n",
        HEAD + "      - &one\n        dev: asha\n      - <<: *one\n        id: two\n",
    ],
)
def test_what_is_written_elsewhere_is_left_to_a_person(text: str) -> None:
    with pytest.raises(ConfigError, match="only a person can change"):
        switched(text, 1 if "Bo" in text else 0, 0, False)
