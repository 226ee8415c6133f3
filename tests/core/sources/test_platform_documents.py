"""A document of each platform, in its shape and our words, becomes what a careful reader sees in it."""

from __future__ import annotations

import csv
import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from aggregator import ingest, sources
from aggregator.dedupe.evidence import judge
from aggregator.model import Copy, Entry, Fetched, Freshness, Image, Reading, Skipped, Source, Validators

DOCUMENTS = Path(__file__).parent / "documents"
SAMPLES = Path(__file__).parents[3].parent / "shared" / "data" / "feeds"
NOW = datetime(2025, 6, 1, tzinfo=UTC)


def reading(path: Path, kind: str, feed_url: str = "https://asha.example/feed") -> Reading:
    source = Source(key=f"asha/{kind}", owner="asha", id=kind, kind=kind, feed_url=feed_url)
    body = path.read_bytes()
    return ingest.read(Fetched(feed_url, 200, body, "application/xml", Validators(), Freshness()), source, NOW)


def read(name: str, kind: str) -> tuple[list[Entry], list[Skipped]]:
    found = reading(DOCUMENTS / f"{name}.xml", kind)
    return list(found.entries), list(found.skipped)


def day(entry: Entry) -> str:
    assert entry.published is not None
    return entry.published.isoformat(timespec="minutes")


def test_hashnode() -> None:
    (valve, pumps), skipped = read("hashnode", "hashnode")
    assert (valve.title, day(valve)) == ("How a valve learns to wait", "2025-05-08T07:30+00:00")
    assert valve.summary == "A valve that opens at once is a valve that floods the cellar."
    assert valve.content_html.startswith("<h2>Pressure</h2><p>A valve that opens at once")
    assert valve.image is not None
    assert valve.image.alt == "A valve, half open"
    assert valve.tag_labels == {"distributed-systems": "Distributed Systems", "kafka": "Kafka"}
    assert valve.keys == ("u:asharao.hashnode.dev/how-a-valve-learns-to-wait",)
    assert pumps.keys[0] == "hashnode:ckr8xk2p00abcds1h5t2m9q7z"
    assert skipped == []


def test_substack() -> None:
    (night, bill), _ = read("substack", "substack")
    assert (night.title, day(night)) == ("What the night shift reads", "2025-05-06T06:00+00:00")
    assert night.content_html == (
        "<p>At three in the morning a chart must say one thing.</p><p>Ours says whether somebody must get up.</p>"
    )
    assert night.summary == "Dashboards for people who are tired"
    assert night.image == Image("https://substack-post-media.s3.amazonaws.com/public/images/night.jpeg")
    assert night.authors[0].name == "Asha Rao"
    assert bill.content_html.strip() == "<p>The bill has three lines, and two of them are guesses.</p>"
    assert bill.keys[0] == "substack:asharao/for-those-who-pay"


def test_ghost() -> None:
    (leaks,), _ = read("ghost", "ghost")
    assert (leaks.title, leaks.guid, day(leaks)) == (
        "Leaks & how to hear them",
        "65008aae268a8900014b5cf6",
        "2025-05-05T08:00+00:00",
    )
    assert leaks.image == Image("https://asha.example/content/images/2025/05/wall.jpg")
    assert leaks.content_html == (
        "<p>Put your ear to the wall. Water has a voice.</p><figure>"
        '<img src="https://asha.example/content/images/2025/05/ear.png" alt="" width="800" height="600"></figure>'
        "<p>Then turn the main off.</p>"
    )


def test_wordpress() -> None:
    (rust,), skipped = read("wordpress", "wordpress")
    assert (rust.title, day(rust)) == ("Rust in the boiler – a post mortem", "2025-05-04T20:15+00:00")
    assert rust.content_html.strip() == "<p>The boiler had been telling us for weeks. Nobody reads brown water.</p>"
    assert rust.summary == "The boiler had been telling us for weeks. Nobody reads brown water."
    assert rust.keys == ("wordpress:asha.example/2501", "u:asha.example/2025/05/rust-in-the-boiler")
    assert skipped == [Skipped("Protected: Prices", "protected by a password")]


def test_blogger() -> None:
    (cellar,), _ = read("blogger", "blogger")
    assert (cellar.title, day(cellar)) == ("A cellar at four degrees", "2025-05-02T17:00+00:00")
    assert cellar.content_html == "<p>Cold water is slow water.</p><p>Warm water is late water.</p>"
    assert cellar.image == Image("https://blogger.googleusercontent.com/img/b/R29/cellar/s1600/cellar.jpg")
    assert cellar.tags == ("valves",)
    assert cellar.keys[:2] == ("blogger:987654321", "blogger:asharao/2025/05/a-cellar-at-four.html")


def test_releases_on_github() -> None:
    (second, first), _ = read("github-releases", "github")
    assert (second.title, day(second), second.image) == ("ledger v2.1.0", "2025-05-09T10:00+00:00", None)
    assert second.content_html == "<h2>Changes</h2><p>Pages are written once.</p>"
    assert second.keys[:2] == ("github:529027653/v2.1.0", "github:asharao/ledger/v2.1.0")
    assert (first.title, first.content_html, first.summary) == ("The one with the new pages", "", "")


def test_of_the_activity_on_github_only_releases_are_taken() -> None:
    (release,), skipped = read("github-activity", "github")
    assert (release.title, release.content_html, release.image) == ("ledger v2.1.0", "", None)
    assert [item.reason for item in skipped] == ["activity on GitHub, not a release"] * 2
    (same, _), _ = read("github-releases", "github")
    assert set(release.keys) <= set(same.keys)


def test_youtube() -> None:
    (video,), _ = read("youtube", "youtube")
    assert (video.title, day(video)) == ("A valve, taken apart & put together", "2025-05-01T15:00+00:00")
    assert video.updated is None
    assert video.summary.startswith("Eleven parts, one spring, no glue.")
    assert video.image == Image("https://i2.ytimg.com/vi/vA1ve_Wa-it/hqdefault.jpg", 480, 360)
    assert video.keys == ("youtube:vA1ve_Wa-it", "u:youtube.com/watch?v=vA1ve_Wa-it")


def test_stack_overflow() -> None:
    (answer, question), skipped = read("stackoverflow", "stackoverflow")
    assert answer.title == "Answer by Asha Rao for Why does my pump restart?"
    assert "<code>valve.check()</code>" in answer.content_html
    assert answer.keys[0] == "stackoverflow:7799001@stackoverflow.com"
    assert question.title == "How do I read a pressure gauge from Python?"
    assert question.tags == ("python",)
    assert question.keys[0] == "stackoverflow:7700000@stackoverflow.com"
    assert skipped == [
        Skipped("Comment by Asha Rao on Why does my pump restart?", "a comment, neither a question nor an answer")
    ]


def test_mastodon() -> None:
    (dry, wet), _ = read("mastodon", "mastodon")
    assert dry.title == "The cellar is dry for the first time since #march. All it took was a valve."
    assert '<a href="https://asha.example/valve">' in dry.content_html
    assert dry.image == Image("https://files.social.example/media/dry.png")
    assert dry.keys[0] == "mastodon:114445338053750362@social.example"
    assert wet.title == "Wet feet again."


def test_bluesky() -> None:
    (post, quoting), _ = read("bluesky", "bluesky")
    assert post.title == "If pressure < 2 bar, do not touch the <valve>. Call me instead."
    assert post.content_html == (
        "<p>If pressure &lt; 2 bar, do not touch the &lt;valve&gt;.</p><p>Call me instead.</p>"
    )
    assert day(post) == "2025-05-08T18:34+00:00"
    assert post.keys[:2] == (
        "bluesky:3lvmlb7zjm22h@did:plc:z72i7hdynmk6r22z27h6tvur",
        "bluesky:3lvmlb7zjm22h@asha.example",
    )
    assert (quoting.title, quoting.content_html) == ("This is how it is done …", "<p>This is how it is done …</p>")


@pytest.mark.parametrize("kind", ["hashnode", "substack", "ghost", "wordpress", "blogger", "mastodon"])
def test_a_custom_domain_is_recognised_by_the_generator(kind: str) -> None:
    named = reading(DOCUMENTS / f"{kind}.xml", kind)
    found = reading(DOCUMENTS / f"{kind}.xml", "feed")
    assert found.entries == named.entries
    assert found.skipped == named.skipped


def copy(entry: Entry, kind: str, number: int) -> Copy:
    assert entry.published is not None
    return Copy(
        id=number,
        source_key=f"asha/{kind}",
        owner="asha",
        entry=entry,
        published_at=entry.published,
        date_precision="second",
        first_seen_at=NOW,
        article=str(number),
        born=str(number),
        kind=kind,
        source_id=kind,
    )


def test_a_copy_on_dev_that_names_the_one_on_hashnode_is_the_same_article() -> None:
    (valve, pumps), _ = read("hashnode", "hashnode")
    (retold,), _ = read("dev", "dev")
    assert retold.declared == valve.keys
    assert judge(copy(retold, "dev", 1), copy(valve, "hashnode", 2)).rule is not None
    assert judge(copy(retold, "dev", 1), copy(pumps, "hashnode", 3)).rule is None


def test_a_post_that_moved_from_hashnode_to_a_domain_is_the_same_article() -> None:
    (_, pumps), _ = read("hashnode", "hashnode")
    url = "https://blog.asha.example/pumps-in-series-ckr8xk2p00abcds1h5t2m9q7z"
    moved = replace(pumps, url=url, guid=url, keys=sources.keys_of(url))
    assert judge(copy(pumps, "hashnode", 1), copy(moved, "feed", 2)).rule == "key"


# ── real documents ──────────────────────────────────────────────────────────────────────────────────────────────────


def samples(platform: str) -> list[Path]:
    if not (SAMPLES / "manifest.csv").exists():
        pytest.skip("../shared/data/feeds is not there")
    with (SAMPLES / "manifest.csv").open(encoding="utf-8", newline="") as file:
        return [SAMPLES / row["file"] for row in csv.DictReader(file) if row["platform"] == platform]


def test_real_channels() -> None:
    found = [entry for path in samples("youtube") for entry in reading(path, "youtube").entries]
    assert len(found) >= 30
    for entry in found:
        assert re.fullmatch(r"youtube:[\w-]{11}", entry.keys[0])
        assert entry.title
        assert entry.image is not None
        assert entry.image.url.startswith("https://")
        assert entry.published is not None
        assert entry.updated is None
    assert sum(bool(entry.summary) for entry in found) > len(found) * 0.8


def test_real_blogs_on_wordpress() -> None:
    found = [entry for path in samples("wordpress") for entry in reading(path, "feed").entries]
    assert len(found) >= 20
    assert all(entry.keys[0].startswith("wordpress:") for entry in found if "?p=" in entry.guid)
    assert sum("?p=" in entry.guid for entry in found) >= 20
    assert not [entry for entry in found if "sharedaddy" in entry.content_html or "appeared first" in entry.summary]
