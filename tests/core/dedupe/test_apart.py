"""What must stay two articles, however alike: a wrong merge hides an article."""

from __future__ import annotations

from datetime import timedelta

import pytest

from aggregator.dedupe.cluster import cluster
from aggregator.model import Entry
from tests.core.dedupe.made import ISSUED, copies, entry, html, prose, source

SITE, DEV = source("site", own_site=True), source("dev", kind="dev")
OTHER = source("elsewhere", owner="team")


def days(count: int) -> timedelta:
    return timedelta(days=count)


def swap(text: str, **words: str) -> str:
    """A text from a template: every ``_name_`` filled in."""
    for name, word in words.items():
        text = text.replace(f"_{name}_", word)
    return text


def template(name: str, length: int, slots: int) -> str:
    """A text that speaks of ``_x_`` in ``slots`` places."""
    words = prose(name, length).split()
    for number in range(slots):
        words[number * len(words) // slots] = "_x_"
    return " ".join(words)


def first(text: str, count: int) -> str:
    return " ".join(text.split()[:count])


NOTES = template("release notes", 140, 5)
DEPLOY = template("how to deploy", 300, 12)
JOB = template("who we look for", 220, 8)
OPENING = prose("every issue begins with these words", 40)
WEEKLY = prose("every week the same words about the week", 70)
QUOTE = (
    html(prose("a passage that everybody quotes", 220))
    .replace("<p>", "<blockquote><p>")
    .replace("</p>", "</p></blockquote>")
)
FOOTER = prose("about me and my newsletter", 60)
CODE = prose("the code of the example", 120)
SPONSORS = prose("this episode is brought to you by", 150)

Couple = tuple[Entry, Entry]

PAIRS: dict[str, Couple] = {
    # ── series ──
    "part 1 and part 2": (entry("Kafka from zero, part 1", prose("k1")), entry("Kafka from zero, part 2", prose("k2"))),
    "part i and part ii": (entry("A tour of Go, part I", ""), entry("A tour of Go, part II", prose("go2"))),
    "part one and part two": (entry("Reviews (Part One)", ""), entry("Reviews (Part Two)", "")),
    "a whole and its second part": (
        entry("Kafka from zero", prose("k1")),
        entry("Kafka from zero, part 2", prose("k2")),
    ),
    "day 4 and day 5": (
        entry("Advent of Code 2024: Day 4", ""),
        entry("Advent of Code 2024: Day 5", "", at=ISSUED + days(1)),
    ),
    "parts with one beginning": (
        entry("Raft, part 1", f"{prose('recap of raft', 90)} {prose('r1', 200)}"),
        entry("Raft, part 2", f"{prose('recap of raft', 90)} {prose('r2', 200)}"),
    ),
    "parts without numbers, one beginning": (
        entry("Raft for humans: elections", "", summary=OPENING),
        entry("Raft for humans: logs", f"{OPENING} {prose('logs', 200)}", at=ISSUED + days(7)),
    ),
    "numbers of Rome before a subtitle": (
        entry("Rebuilding the rack II: what I learned", ""),
        entry("Rebuilding the rack III: what I learned", ""),
    ),
    "a Russian series": (
        entry("Как устроены очереди: часть первая", ""),
        entry("Как устроены очереди: часть вторая", ""),
    ),
    "an Arabic series": (
        entry("كيف تعمل قواعد البيانات الجزء الأول", ""),
        entry("كيف تعمل قواعد البيانات الجزء الثاني", ""),
    ),
    "a Japanese series": (entry("ゼロから作るデータベース 前編", ""), entry("ゼロから作るデータベース 後編", "")),
    "a Chinese series": (entry("深入理解消息队列（一）", ""), entry("深入理解消息队列（二）", "")),
    "a Spanish series": (entry("Colas de mensajes, parte uno", ""), entry("Colas de mensajes, parte dos", "")),
    "season 1 and season 2": (entry("Our podcast, season one", ""), entry("Our podcast, season two", "")),
    # ── releases and changelogs ──
    "releases from a template": (
        entry("markata 0.8.0", swap(NOTES, x="a")),
        entry("markata 0.9.0", swap(NOTES, x="b")),
    ),
    "versions of the same digits": (entry("Release 1.2", ""), entry("Release 2.1", "")),
    "1.0.1 and 1.1": (entry("tool 1.0.1 is out", ""), entry("tool 1.1 is out", "")),
    "release notes under one title": (
        entry("Release notes", swap(NOTES, x="first")),
        entry("Release notes", prose("other notes", 150), at=ISSUED + days(40)),
    ),
    "titles only, two versions": (entry("Postgres 16 on Kubernetes", ""), entry("Postgres 17 on Kubernetes", "")),
    # ── digests ──
    "weekly links, two weeks": (entry("Weekly links", ""), entry("Weekly links", prose("w2"), at=ISSUED + days(7))),
    "weekly links with texts": (
        entry("Weekly links", f"{WEEKLY} {prose('w1', 200)}"),
        entry("Weekly links", f"{prose('w2', 220)} {FOOTER}", at=ISSUED + days(7)),
    ),
    "weekly links that begin alike": (
        entry("Weekly links", "", summary=OPENING),
        entry("Weekly links", f"{OPENING} {prose('w2', 200)}", at=ISSUED + days(7)),
    ),
    "a few links, weeks apart": (entry("A few links", "", at=ISSUED - days(20)), entry("A few links", prose("few"))),
    "newsletters that begin alike": (
        entry("Of mice and queues", "", summary=OPENING),
        entry("Of men and needles", f"{OPENING} {prose('n2', 200)}", at=ISSUED + days(7)),
    ),
    "newsletter issues": (entry("Tides newsletter, issue 41", ""), entry("Tides newsletter, issue 42", "")),
    "newsletter issues without numbers": (
        entry("Of mice and queues", f"{WEEKLY} {prose('n1', 400)}"),
        entry("Of men and needles", f"{WEEKLY} {prose('n2', 400)}", at=ISSUED + days(7)),
    ),
    "a digest and a note in it": (
        entry("What a lease is", prose("note", 150)),
        entry("Harbour digest: five notes", f"{prose('d1', 200)} {prose('note', 150)} {prose('d2', 250)}"),
    ),
    "overviews of May, a year apart": (
        entry("Overview of content published in May", "", at=ISSUED - days(365)),
        entry("Overview of content published in May", prose("may")),
    ),
    "May and June": (
        entry("Overview of content published in May", ""),
        entry("Overview of content published in June", ""),
    ),
    "years in review": (entry("2023 in review", prose("y23")), entry("2024 in review", prose("y24"))),
    "the year in review, twice": (
        entry("The year in review", "", at=ISSUED - days(365)),
        entry("The year in review", prose("this year")),
    ),
    "monthly retrospectives": (
        entry("Monthly retrospective", prose("m1", 300), at=ISSUED - days(30)),
        entry("Monthly retrospective", prose("m2", 300)),
    ),
    # ── siblings ──
    "one template, another product": (
        entry("Deploying Django to Fly", swap(DEPLOY, x="django")),
        entry("Deploying Rails to Fly", swap(DEPLOY, x="rails")),
    ),
    "React and Preact": (entry("Getting started with React", ""), entry("Getting started with Preact", "")),
    "Svelte and SvelteKit": (entry("Getting started with Svelte", ""), entry("Getting started with SvelteKit", "")),
    "MySQL and MSSQL": (entry("Backups of MySQL explained", ""), entry("Backups of MSSQL explained", "")),
    "two words swapped, one only spelled": (
        entry("Optimizing Kafka in production", ""),
        entry("Optimising Pulsar in production", ""),
    ),
    "a sequel": (entry("Intro to Kafka", ""), entry("Intro to Kafka Streams", prose("streams"))),
    "job advertisements": (
        entry("Backend engineer in Berlin", swap(JOB, x="berlin")),
        entry("Backend engineer in Munich", swap(JOB, x="munich")),
    ),
    "a Japanese sibling": (entry("Goで作るデータベース入門", ""), entry("Rustで作るデータベース入門", "")),
    "an Arabic sibling": (entry("مقدمة في بايثون للمبتدئين", ""), entry("مقدمة في روبي للمبتدئين", "")),
    "a sibling that names its sister's original": (
        entry("Deploying Django to Fly", swap(DEPLOY, x="django"), "https://site.example/django"),
        entry("Deploying Rails to Fly", swap(DEPLOY, x="rails"), canonical="https://site.example/django"),
    ),
    "a sibling under a looser title": (
        entry("Deploying Django to Fly", swap(DEPLOY, x="django")),
        entry("How I deployed a Rails app on Fly", swap(DEPLOY, x="rails")),
    ),
    "a sibling's teaser": (
        entry("Deploying Django to Fly", "", summary=first(swap(DEPLOY, x="django"), 40)),
        entry("Deploying Rails to Fly", swap(DEPLOY, x="rails")),
    ),
    "a sequel in a sitemap": (
        entry("learning go 2", "", "https://site.example/learning-go-2"),
        entry("Learning Go: the basics", prose("go")),
    ),
    # ── one title, two works ──
    "hello world": (entry("Hello world", prose("hello here", 30)), entry("Hello world", prose("hello there", 25))),
    "hello world without texts": (entry("Hello, World!", ""), entry("Hello World", "", at=ISSUED + days(2))),
    "about me": (entry("About me", prose("me as cook", 80)), entry("About me", prose("me as sailor", 80))),
    "a short title a year later": (entry("My desk", "", at=ISSUED - days(400)), entry("My desk", prose("desk"))),
    "two full texts of one title": (
        entry("What is a lease and why would you want one", prose("lease one")),
        entry("What is a lease and why would you want one", prose("lease two")),
    ),
    "one title and one footer": (
        entry("What we learned this spring", f"{prose('spring one', 900)} {FOOTER}"),
        entry("What we learned this spring", f"{prose('spring two', 900)} {FOOTER}"),
    ),
    # ── quotations, translations, other sorts of work ──
    "two posts quote one passage": (
        entry("On what Lamport said", f"<p>{prose('my view', 60)}</p>{QUOTE}"),
        entry("Time, clocks and me", f"{QUOTE}<p>{prose('her view', 60)}</p>"),
    ),
    "a link post and what it quotes": (
        entry("Worth reading today", f"<p>{prose('do read this', 30)}</p>{QUOTE}"),
        entry("The ordering of events", QUOTE.replace("blockquote", "div"), at=ISSUED + days(1)),
    ),
    "a translation with the same code": (
        entry("Filas em Go", f"{prose('texto', 300)} {CODE}", language="pt-BR"),
        entry("Queues in Go", f"{prose('text', 300)} {CODE}", language="en"),
    ),
    "a translation under the same title": (
        entry("Clean Architecture", f"{prose('texto', 300)} {first(CODE, 60)}", language="pt"),
        entry("Clean Architecture", f"{prose('text', 300)} {first(CODE, 60)}", language="en"),
    ),
    "a talk and an article": (
        entry("Scaling a message broker", "", kind="talk", at=ISSUED + days(20)),
        entry("Scaling a message broker", prose("broker")),
    ),
    "an award and an article": (
        entry("Best paper on leases", "", kind="award"),
        entry("Best paper on leases", prose("paper")),
    ),
    "episodes with the same sponsors": (
        entry("Talking to Grace about compilers", f"{prose('grace', 140)} {SPONSORS}"),
        entry("Talking to Alan about machines", f"{prose('alan', 140)} {SPONSORS}"),
    ),
    "a sister's original, by its title only": (
        entry("Moving a hundred services to Kafka in a year", "", "https://asha.example/moving-services"),
        entry(
            "Moving a hundred services to Redis in a year",
            prose("to redis"),
            canonical="https://asha.example/moving-services",
        ),
    ),
    "a sister's original, of which a fifth of the text is left": (
        entry("Moving to Kafka", f"{prose('moving', 60)} {prose('kafka', 240)}", "https://asha.example/moving"),
        entry(
            "Moving to Redis", f"{prose('moving', 60)} {prose('redis', 240)}", canonical="https://asha.example/moving"
        ),
    ),
    "an address that breaks off before the sisters differ": (
        entry("certificates for openvpn with", "", "https://asha.example/certificates-for-openvpn-with-"),
        entry(
            "Certificates for OpenVPN with RabbitMQ",
            prose("rabbits"),
            canonical="https://asha.example/certificates-for-openvpn-with-",
            at=ISSUED + days(6),
        ),
    ),
    "two posts that name one page": (
        entry("A garden on the roof", prose("garden"), canonical="https://asha.example/book"),
        entry("What compilers know", prose("compilers"), canonical="https://asha.example/book"),
    ),
    "a summary that another article cites": (
        entry("Leases explained once more", "", summary=first(prose("leases", 300), 40), at=ISSUED - days(200)),
        entry("Ten years of my blog", f"{first(prose('leases', 300), 40)} {prose('ten years', 300)}"),
    ),
}


@pytest.mark.parametrize("name", PAIRS)
def test_two_places_of_one_owner_keep_two_articles(name: str) -> None:
    a, b = PAIRS[name]
    one, other = copies(SITE, [a]), copies(DEV, [b], first_id=2)
    assert len(cluster([*one, *other]).groups) == 2
    one, other = copies(DEV, [a]), copies(SITE, [b], first_id=2)
    assert len(cluster([*one, *other]).groups) == 2


@pytest.mark.parametrize("name", PAIRS)
def test_one_place_keeps_two_articles(name: str) -> None:
    a, b = PAIRS[name]
    found = copies(SITE, [entry_at(a, "https://site.example/a"), entry_at(b, "https://site.example/b")])
    assert len(cluster(found).groups) == 2


@pytest.mark.parametrize("name", PAIRS)
def test_two_owners_keep_two_articles(name: str) -> None:
    a, b = PAIRS[name]
    assert len(cluster([*copies(SITE, [a]), *copies(OTHER, [b], first_id=2)]).groups) == 2


def entry_at(one: Entry, url: str) -> Entry:
    return entry(
        one.title,
        one.content_html,
        url,
        at=one.published,
        summary=one.summary,
        language=one.language,
        kind=one.kind,
    )


def test_a_changelog_under_one_address_is_many_articles() -> None:
    page = "https://site.example/changelog"
    found = [entry(f"v1.{n}", swap(NOTES, x=f"word{n}"), page, guid=f"tag:{n}") for n in range(3)]
    assert len(cluster(copies(SITE, found)).groups) == 3


def test_entries_that_link_to_one_page_are_many_articles() -> None:
    page = "https://site.example/blog"
    mine = [entry(prose(f"title {n}", 5), "", page, guid=f"a{n}", at=None) for n in range(5)]
    theirs = [entry(prose(f"headline {n}", 5), "", page, guid=f"b{n}", at=None) for n in range(2)]
    assert len(cluster([*copies(SITE, mine), *copies(DEV, theirs, first_id=10)]).groups) == 7


def test_entries_that_all_name_one_original_are_many_articles() -> None:
    page = "https://site.example/blog/all"
    mine = [entry(prose(f"title {n}", 5), prose(f"t{n}"), guid=f"a{n}", canonical=page) for n in range(5)]
    theirs = [entry(prose(f"headline {n}", 5), prose(f"h{n}"), guid=f"b{n}", canonical=page) for n in range(2)]
    assert len(cluster([*copies(DEV, mine), *copies(SITE, theirs, first_id=10)]).groups) == 7


def test_a_copy_pasted_canonical_does_not_take_the_place_of_the_right_one() -> None:
    home = "https://site.example/leases"
    post = copies(SITE, [entry("All about leases", prose("leases"), home)])
    wrong = entry("All about buttons", prose("buttons"), guid="a", canonical=home)
    right = entry("All about leases", prose("leases"), guid="b", canonical=home)
    groups = cluster([*post, *copies(DEV, [wrong, right], first_id=2)]).groups
    assert sorted(sorted(one.entry.title for one in group) for group in groups) == [
        ["All about buttons"],
        ["All about leases", "All about leases"],
    ]


def test_namesakes_of_one_place_each_find_their_own_copy() -> None:
    years = [entry("The year in review", "", guid=f"y{n}", at=ISSUED - days(365 * n)) for n in range(3)]
    again = [entry("The year in review", prose(f"y{n}"), guid=f"d{n}", at=ISSUED - days(365 * n - 1)) for n in range(3)]
    groups = cluster([*copies(SITE, years), *copies(DEV, again, first_id=10)]).groups
    assert sorted(sorted(one.entry.guid for one in group) for group in groups) == [
        ["d0", "y0"],
        ["d1", "y1"],
        ["d2", "y2"],
    ]


def test_what_repeats_in_a_feed_joins_nothing() -> None:
    mine = [entry(prose(f"title {n}", 5), f"{prose(f'own {n}', 45)} {SPONSORS}", guid=f"a{n}") for n in range(4)]
    theirs = [entry(prose(f"headline {n}", 5), f"{prose(f'mine {n}', 45)} {SPONSORS}", guid=f"b{n}") for n in range(4)]
    assert len(cluster([*copies(SITE, mine), *copies(DEV, theirs, first_id=10)]).groups) == 8


def test_a_stub_between_two_parts_joins_one_of_them_only() -> None:
    cut = entry("Building a dedicated server of your own, a field", "", guid="cut")
    parts = [
        copies(SITE, [entry("Building a dedicated server of your own, a field: part 1", prose("p1"))], first_id=2),
        copies(source("substack"), [entry("Building a dedicated server of your own, a field: part 2", prose("p2"))], 3),
    ]
    groups = cluster([*copies(DEV, [cut]), *parts[0], *parts[1]]).groups
    assert not any(len({one.entry.title[-6:] for one in group if "part" in one.entry.title}) > 1 for group in groups)
