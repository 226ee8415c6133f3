"""What ``embed`` prints can be pasted as it is: the addresses of this service, the hash of the bytes it serves."""

from __future__ import annotations

import json
from pathlib import Path

from aggregator.embed.component import MOVING, current
from tests.shell.cli.terminal import script

CONFIG = """\
site: {title: Feeds, base_url: "https://feeds.example"}
owners: [{id: asha, name: Asha Rao, sources: [{dev: asharao}]}]
"""


def test_the_html_to_paste(tmp_path: Path) -> None:
    (tmp_path / "aggregator.yaml").write_text(CONFIG)
    said = ["embed", "--config", "aggregator.yaml"]
    html = script(*said, cwd=tmp_path).out
    assert f'src="https://feeds.example{current().path}"\n  integrity="{current().integrity}"' in html
    assert '<article-feed src="https://feeds.example/index.json" limit="5">' in html
    facts = json.loads(script(*said, "--owner", "asha", "--moving", "--json", cwd=tmp_path).out)
    assert (facts["script"], facts["integrity"]) == (f"https://feeds.example{MOVING}", None)
    assert facts["index"] == "https://feeds.example/asha/index.json"
    wrong = script(*said, "--owner", "asa", cwd=tmp_path)
    assert (wrong.code, "asha" in wrong.err) == (2, True)
