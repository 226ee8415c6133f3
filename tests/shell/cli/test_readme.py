"""`aggregator readme` on real feeds: writes between the comments, once, and only if something is new."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from tests.loopback.web import Web
from tests.shell.cli.terminal import script
from tests.shell.command import Ended

FEED = """<?xml version="1.0"?><rss version="2.0"><channel><title>Asha</title><link>https://asha.example/</link>
<item><title>Ring buffers &amp; queues</title><link>https://asha.example/1</link>
<pubDate>Sun, 03 May 2026 14:05:09 GMT</pubDate></item>
<item><title>Older</title><link>https://asha.example/2</link><pubDate>Fri, 01 May 2026 08:00:00 GMT</pubDate></item>
</channel></rss>"""
EMPTY = "# Me\r\n<!-- BLOG-POST-LIST:START --><!-- BLOG-POST-LIST:END -->\r\nBye\r\n"


def run(folder: Path, url: str, *words: str) -> Ended:
    return script("readme", "--feed-list", url, "--allow-private", "127.0.0.1", *words, cwd=folder)


def test_a_list_of_a_real_feed(webs: Callable[[], Web], tmp_path: Path) -> None:
    web = webs()
    web.page("/feed.xml", FEED)
    readme = tmp_path / "README.md"
    readme.write_bytes(EMPTY.encode())
    ended = run(tmp_path, web.url("/feed.xml"), "--json")
    assert ended.code == 0, ended
    assert json.loads(ended.out) == {"changed": True, "written": ["./README.md"], "posts": 2}
    assert readme.read_bytes().decode() == (
        "# Me\r\n<!-- BLOG-POST-LIST:START -->\r\n- [Ring buffers &amp; queues](https://asha.example/1)\r\n"
        "- [Older](https://asha.example/2)\r\n<!-- BLOG-POST-LIST:END -->\r\nBye\r\n"
    )
    before = readme.stat().st_mtime_ns
    assert json.loads(run(tmp_path, web.url("/feed.xml"), "--json").out)["changed"] is False
    assert readme.stat().st_mtime_ns == before


def test_a_feed_that_fails_changes_nothing(webs: Callable[[], Web], tmp_path: Path) -> None:
    readme = tmp_path / "README.md"
    readme.write_bytes(EMPTY.encode())
    web = webs()
    web.page("/feed.xml", "", status=500)
    ended = run(tmp_path, web.url("/feed.xml"))
    assert ended.code == 1
    assert "500" in ended.err
    assert readme.read_bytes() == EMPTY.encode()


def test_a_feed_that_fails_does_not_hold_back_the_others(webs: Callable[[], Web], tmp_path: Path) -> None:
    readme = tmp_path / "README.md"
    readme.write_bytes(EMPTY.encode())
    web = webs()
    web.page("/feed.xml", FEED)
    web.page("/bad.xml", "", status=500)
    ended = run(tmp_path, f"{web.url('/bad.xml')},{web.url('/feed.xml')}", "--json")
    assert ended.code == 1
    assert "/bad.xml" in ended.err
    assert json.loads(ended.out)["changed"] is True
    assert "[Older](https://asha.example/2)" in readme.read_text(encoding="utf-8")


def test_javascript_is_refused(tmp_path: Path) -> None:
    ended = run(tmp_path, "http://127.0.0.1:9/feed.xml", "--item-exec", "post = null")
    assert ended.code == 2
    assert "item_exec is not run" in ended.err
    assert "output_only" in ended.err


def test_only_an_output(webs: Callable[[], Web], tmp_path: Path) -> None:
    web = webs()
    web.page("/feed.xml", FEED)
    output = tmp_path / "output"
    words = ["--feed-list", web.url("/feed.xml"), "--allow-private", "127.0.0.1", "--output-only", "true"]
    ended = script("readme", *words, cwd=tmp_path, extra={"GITHUB_OUTPUT": str(output)})  # there is no README at all
    assert ended.code == 0, ended
    changed, start, results, end = output.read_text(encoding="utf-8").splitlines()
    assert changed == "changed=false"
    assert start == f"results<<{end}"
    assert [one["title"] for one in json.loads(results)] == ["Ring buffers & queues", "Older"]


def test_a_failed_feed_is_asked_again(webs: Callable[[], Web], tmp_path: Path) -> None:
    web = webs()
    web.page("/feed.xml", "", status=500)
    run(tmp_path, web.url("/feed.xml"))
    once = len(web.log)
    ended = run(tmp_path, web.url("/feed.xml"), "--retry-count", "2", "--retry-wait-time", "0")
    assert ended.code == 1
    assert len(web.log) - once == 3 * once
