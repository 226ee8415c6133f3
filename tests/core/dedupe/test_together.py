"""What must become one article, however it was changed on its way from place to place."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from aggregator.dedupe.cluster import cluster
from aggregator.model import Entry, Source
from tests.core.dedupe.made import ISSUED, copies, entry, html, prose, source

SITE, DEV = source("site", own_site=True), source("dev", kind="dev")
MEDIUM = source("medium", kind="medium")
TEAM = source("blog", owner="team")

HOME = "https://asha.example/2026/leases/"
POST = "https://medium.com/@asha/leases-8c1d2e3f4a5b"
LEASE = "A lease is a promise with an end"
TEXT = prose("lease", 320)


def days(count: int) -> datetime:
    return ISSUED + timedelta(days=count)


def first(text: str, count: int) -> str:
    return " ".join(text.split()[:count])


def without(text: str, start: int, count: int) -> str:
    words = text.split()
    return " ".join(words[:start] + words[start + count :])


def edited(text: str, every: int) -> str:
    return " ".join("other" if place % every == every - 1 else word for place, word in enumerate(text.split()))


def original(url: str = HOME) -> str:
    return f'<p>Originally published at <a href="{url}">my site</a>.</p>'


FRENCH = "Le cœur d'une base de données"
GREETING = "hey everyone it has been a while since i wrote something here so let us go"
CALL = prose("follow me and clap", 25)

PAIRS: dict[str, tuple[Entry, Entry]] = {
    # ── the same text ──
    "verbatim": (entry(LEASE, TEXT), entry(LEASE, TEXT)),
    "verbatim, a year later": (entry(LEASE, TEXT), entry(LEASE, TEXT, at=days(400))),
    "verbatim, one without a date": (entry(LEASE, TEXT), entry(LEASE, TEXT, at=None)),
    "verbatim under another title": (entry(LEASE, TEXT), entry("Everything that ends begins with a clock", TEXT)),
    "a greeting and a call": (entry(LEASE, TEXT), entry(LEASE, f"{GREETING} {TEXT} {CALL}")),
    "without the introduction": (entry(LEASE, TEXT), entry(LEASE, without(TEXT, 0, 70))),
    "without a section": (entry(LEASE, TEXT), entry(LEASE, without(TEXT, 120, 80))),
    "every twentieth word edited": (entry(LEASE, TEXT), entry(LEASE, edited(TEXT, 20))),
    "heavily edited under the same title": (entry(LEASE, TEXT), entry(LEASE, edited(TEXT, 7))),
    "adapted, with another introduction": (
        entry(LEASE, TEXT),
        entry(LEASE, f"{prose('intro', 60)} {without(TEXT, 0, 50)}"),
    ),
    "retitled and lightly edited": (entry(LEASE, TEXT), entry("What nobody tells you about time", edited(TEXT, 25))),
    "retitled, with a call at the end": (entry(LEASE, TEXT), entry("The truth about leases", f"{TEXT} {CALL}")),
    "a subtitle and a heavy edit": (entry(LEASE, TEXT), entry(f"{LEASE}: lessons from production", edited(TEXT, 9))),
    "one text, lightly edited, in other words": (
        entry("Adding a Datasette ASGI app to Django", TEXT),
        entry("I spent a month on ASGI app to Django", f"{edited(without(TEXT, 0, 9), 60)} {CALL}"),
    ),
    "the number of a part before a subtitle": (
        entry("Rebuilding the rack II", TEXT),
        entry("Rebuilding the rack II: what I learned", without(TEXT, 100, 50)),
    ),
    "a series that lost its number": (entry("Leases, part 1", TEXT), entry("Leases", f"{TEXT} {CALL}")),
    "tags around the same words": (entry(LEASE, html(TEXT, 60)), entry(LEASE, html(TEXT, 9).replace("p>", "h3>"))),
    "short, verbatim": (entry("Fixing a leaky tap", prose("tap", 70)), entry("Fixing a leaky tap", prose("tap", 70))),
    # ── titles as platforms write them ──
    "another case and punctuation": (entry("What’s in a lease?", TEXT), entry("WHAT'S IN A LEASE", "", at=days(3))),
    "an emoji before": (entry(LEASE, TEXT), entry(f"🚀 {LEASE} 🔥", "", at=days(1))),
    "entities and full-width letters": (
        entry("Ｋａｆｋａ for beginners, explained", TEXT),
        entry("Kafka for beginners, explained", ""),
    ),
    "a title cut off": (
        entry("What eleven months of our own broker taught us about patience", TEXT),
        entry("What eleven months of our own broker taught us…", ""),
    ),
    "updated, and says so": (entry(LEASE, TEXT), entry(f"{LEASE} (updated 2026)", TEXT, at=days(300))),
    "the protected title of WordPress": (entry(LEASE, TEXT), entry(f"Protected: {LEASE}", "")),
    "a typing error corrected": (
        entry("How to recieve messages twice", ""),
        entry("How to receive messages twice", TEXT),
    ),
    "British and American": (
        entry("Optimising colour queries quickly", ""),
        entry("Optimizing color queries quickly", TEXT),
    ),
    "a version as an address writes it": (
        entry("Tool 2.1.0 released with leases", TEXT),
        entry("tool 2 1 0 released with leases", "", "https://asha.example/tool-2-1-0-released-with-leases"),
    ),
    # ── stubs and titles only ──
    "title only, the same day": (entry("Why queues end", TEXT), entry("Why queues end", "")),
    "title only, months later": (entry(LEASE, TEXT), entry(LEASE, "", at=days(120))),
    "an excerpt as summary": (entry(LEASE, TEXT), entry("On promises", "", summary=first(TEXT, 40), at=days(2))),
    "an excerpt as content": (entry(LEASE, TEXT), entry(LEASE, first(TEXT, 45))),
    "a long excerpt": (entry(LEASE, TEXT), entry(LEASE, first(TEXT, 150), at=days(90))),
    "a teaser of the platform's own": (entry(LEASE, TEXT), entry(LEASE, "", summary="For members only", at=days(2))),
    "a subtitle, no text": (
        entry("Candles burn at one end", TEXT),
        entry("Candles burn at one end: a story", "", at=days(2)),
    ),
    "a sitemap": (
        entry("A random emoji in your terminal prompt. How and Why!", TEXT),
        entry(
            "random emoji in your prompt how and why",
            "",
            "https://asha.example/random-emoji-in-your-prompt-how-and-why",
            at=days(1),
        ),
    ),
    "a digest with its number": (entry("Link roundup #196", TEXT), entry("link roundup 196", "", at=days(6))),
    "weekly links of one day": (entry("Weekly links", TEXT), entry("Weekly links", "", at=days(1))),
    "an excerpt under other words": (
        entry("Loading the total Sendy subscribers", "", summary=first(TEXT, 40)),
        entry("I spent a month on Sendy subscribers", TEXT, at=days(2)),
    ),
    "an edited excerpt, with a subtitle": (
        entry("Brain teaser: find the missing number", "", summary=edited(first(TEXT, 44), 11)),
        entry("Brain teaser", TEXT, at=days(1)),
    ),
    "a title that speaks of links": (
        entry("Open external links in an Electron app", TEXT),
        entry("Open external links in an Electron app", "", at=days(74)),
    ),
    "apostrophes in a sitemap": (
        entry("Don't panic: it's only DNS", TEXT),
        entry("don t panic it s only dns", "", "https://asha.example/don-t-panic-it-s-only-dns", at=days(200)),
    ),
    "thousands in a sitemap": (
        entry("10,000 rows a second", TEXT),
        entry("10 000 rows a second", "", "https://asha.example/10-000-rows-a-second", at=days(100)),
    ),
    "a version in a sitemap, a subtitle": (
        entry("Tool 3.1.0 released with leases | A deep dive", TEXT, at=days(8)),
        entry("tool 3 1 0 released with leases", "", "https://asha.example/tool-3-1-0-released-with-leases"),
    ),
    # ── addresses and declarations ──
    "one address, two titles": (entry(LEASE, TEXT, HOME), entry("Leases, in my own words", "", HOME)),
    "trackers on the address": (
        entry("One", "", "https://www.asha.example/x?utm_source=rss#respond"),
        entry("Two", "", "http://asha.example/x/"),
    ),
    "one post of Medium": (
        entry("Old name", "", POST),
        entry("New name", "", "https://blog.publication.example/leases-8c1d2e3f4a5b?source=rss-1a2b3c------2"),
    ),
    "a declared original": (entry(LEASE, TEXT, HOME), entry("Nobody needs a needle", "", canonical=HOME)),
    "a declared original, rewritten": (entry(LEASE, TEXT, HOME), entry("Leases for DEV", prose("new"), canonical=HOME)),
    "a declared original whose address was taken": (
        entry("my talk at milan 2016 2", "", "https://asha.example/my-talk-at-milan-2016-2"),
        entry("My talk at Milan 2016", TEXT, canonical="https://asha.example/my-talk-at-milan-2016-2"),
    ),
    "a declared original whose address breaks off, on the day": (
        entry("certificates for openvpn with", "", "https://asha.example/certificates-for-openvpn-with-"),
        entry(
            "Certificates for OpenVPN with RabbitMQ",
            TEXT,
            canonical="https://asha.example/certificates-for-openvpn-with-",
            at=days(1),
        ),
    ),
    "a declared original that ends so": (
        entry("what i get away with", "", "https://asha.example/what-i-get-away-with"),
        entry("What I get away with", TEXT, canonical="https://asha.example/what-i-get-away-with", at=days(60)),
    ),
    "both name a third": (entry(LEASE, "", canonical=HOME), entry("Ends and means", prose("new"), canonical=HOME)),
    # ── other languages ──
    "Chinese": (entry("消息队列的租约", prose("zh", 90, "han")), entry("【转】消息队列的租约", prose("zh", 90, "han"))),
    "Chinese, edited": (entry("消息队列的租约", prose("zh", 90, "han")), entry("租约", prose("zh", 80, "han"))),
    "Arabic": (entry("عقد الإيجار في الأنظمة", prose("ar", 200, "arabic")), entry("عقد الإيجار في الأنظمة", "")),
    "Russian": (
        entry("Аренда в системах", edited(prose("ru", 300, "cyrillic"), 30)),
        entry("Аренда", prose("ru", 300, "cyrillic")),
    ),
    "French, composed and decomposed": (
        entry(FRENCH, ""),
        entry("Le cœur d’une base de donne\u0301es", TEXT, at=days(2)),
    ),
    "emoji only": (entry("🚀🚀", TEXT), entry("🎄", TEXT)),
}


@pytest.mark.parametrize("name", PAIRS)
@pytest.mark.parametrize("there", [DEV, MEDIUM], ids=["dev", "medium"])
def test_two_places_of_one_owner_make_one_article(name: str, there: Source) -> None:
    a, b = PAIRS[name]
    assert len(cluster([*copies(SITE, [a]), *copies(there, [b], first_id=2)]).groups) == 1
    assert len(cluster([*copies(there, [a]), *copies(SITE, [b], first_id=2)]).groups) == 1


ACROSS_OWNERS = [
    "verbatim",
    "a greeting and a call",
    "every twentieth word edited",
    "retitled and lightly edited",
    "one address, two titles",
    "one post of Medium",
    "a declared original",
    "Chinese",
]


@pytest.mark.parametrize("name", ACROSS_OWNERS)
def test_addresses_links_and_texts_join_across_owners(name: str) -> None:
    a, b = PAIRS[name]
    assert len(cluster([*copies(SITE, [a]), *copies(TEAM, [b], first_id=2)]).groups) == 1


@pytest.mark.parametrize("name", ["title only, the same day", "an excerpt as summary", "a subtitle, no text"])
def test_titles_and_summaries_do_not(name: str) -> None:
    a, b = PAIRS[name]
    assert len(cluster([*copies(SITE, [a]), *copies(TEAM, [b], first_id=2)]).groups) == 2


REISSUES: dict[str, tuple[Entry, Entry]] = {
    "the same post under two files": (entry(LEASE, TEXT, f"{HOME}a"), entry(LEASE, TEXT, f"{HOME}b", at=days(50))),
    "published again, updated": (
        entry(LEASE, TEXT, f"{HOME}a"),
        entry(f"{LEASE} [Updated]", edited(TEXT, 9), f"{HOME}b"),
    ),
    "with another footer": (entry(LEASE, TEXT, f"{HOME}a"), entry(LEASE, f"{TEXT} {CALL}", f"{HOME}b", at=days(1))),
    "titles only, on another host": (
        entry(LEASE, "", "https://a.example/leases"),
        entry(LEASE, "", "https://b.example/leases"),
    ),
    "titles only, in a folder": (
        entry(LEASE, "", "https://a.example/leases", at=None),
        entry(LEASE, "", "https://a.example/uncategorized/leases", at=None),
    ),
    "renamed, the same words at the same moment": (
        entry(LEASE, TEXT, f"{HOME}a"),
        entry("On promises", TEXT, f"{HOME}b"),
    ),
    "one address, two guids": (entry(LEASE, "", HOME, guid="a"), entry(LEASE, "", HOME, guid="b")),
}


@pytest.mark.parametrize("name", REISSUES)
def test_an_item_that_one_source_sends_twice_is_one_article(name: str) -> None:
    assert len(cluster(copies(SITE, REISSUES[name])).groups) == 1


def test_a_republication_meets_its_first_edition_in_a_third_copy() -> None:
    first_edition = entry("random emoji in your prompt", "", "https://asha.example/random-emoji-in-your-prompt")
    second = entry(
        "A random emoji in your prompt", TEXT, "https://asha.example/random-emoji-in-your-prompt-2", at=days(400)
    )
    third = entry("A random emoji in your prompt", TEXT, canonical="https://asha.example/random-emoji-in-your-prompt")
    assert len(cluster([*copies(SITE, [first_edition, second]), *copies(DEV, [third], first_id=3)]).groups) == 1


def test_an_old_address_is_remembered() -> None:
    """The site moved; DEV still names the address before, and the two have nothing else in common."""
    moved = copies(SITE, [entry(LEASE, "", "https://new.example/leases")])
    known = [replace(copy, aliases=("u:old.example/leases",)) for copy in moved]
    declared = copies(DEV, [entry("Needles", "", canonical="https://old.example/leases")], first_id=2)
    assert len(cluster([*known, *declared]).groups) == 1
    assert len(cluster([*moved, *declared]).groups) == 2
