"""The address of an article's reasons: JSON for programs, a page for people, the same rules of HTTP for both."""

from __future__ import annotations

import gzip
from dataclasses import replace
from datetime import timedelta
from typing import Any

import brotli
import pytest
from selectolax.lexbor import LexborHTMLParser

from aggregator.model import Changes, Entry, Verdict
from aggregator.store import Store
from tests.shell.api.library import CONFIG, NOW, WORKS, stock, ulid
from tests.shell.api.running import Reply, Service, serving
from tests.shell.store import made

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"
FORMS = {"json": "*/*", "html": BROWSER}
FIGURES: dict[str, Any] = {"shared_text": 0.879, "likeness_of_texts": 0.7, "runs": 300}
TITLES: dict[str, Any] = {"title_a": "Kafka from zero", "title_b": "Kafka, once more", "likeness_of_titles": 0.61}
on_sqlite = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)


def change(store: Store, changes: Changes) -> None:
    with store.merging(made.WORKER) as unit:
        assert unit.apply(changes, None, None, NOW + timedelta(minutes=1))


def judge(store: Store, *verdicts: Verdict) -> None:
    ends = frozenset(end for one in verdicts for end in (one.a, one.b))
    change(store, Changes(verdicts=verdicts, judged=ends))


JOINED = Verdict(10, 11, "body", True, True, {**FIGURES, **TITLES, "title_b": "Kafka from zero"}, NOW)
NEAR = Verdict(11, 20, "none", False, False, {**TITLES, **FIGURES, "against": "not alike enough", "score": 0.8}, NOW)


def tree(reply: Reply) -> LexborHTMLParser:
    assert reply.headers["Content-Type"] == "text/html; charset=utf-8"
    return LexborHTMLParser(reply.body.decode())


def texts(page: LexborHTMLParser, css: str) -> list[str]:
    return [" ".join(node.text().split()) for node in page.css(css)]


def hrefs(page: LexborHTMLParser, css: str) -> list[str | None]:
    return [node.attributes["href"] for node in page.css(css)]


async def test_a_browser_sees_a_page_with_everything(service: Service) -> None:
    judge(service.store, JOINED, NEAR)
    page = tree(await service.get(f"/api/articles/{ulid(1)}", Accept=BROWSER))
    assert texts(page, "h1") == ["Kafka from zero"]
    assert hrefs(page, ".lede a") == [WORKS[1].url]
    assert texts(page, ".since dd") == ["10 May 2026", "19 May 2026, 09:34 UTC", "10 May 2026, 08:00 UTC"]
    assert texts(page, ".h-entry .source") == ["Asha's site", "dev"]
    assert texts(page, ".h-entry h3 a") == ["Kafka from zero", "Kafka from zero"]
    assert texts(page, ".h-entry .note") == ["Canonical: site is preferred to dev."]
    joined, near = page.css(".pair")
    assert texts(page, ".pair h3") == [
        "87 % of the shorter text is in the other; same title",
        "Not alike enough (titles are 61 % alike; 87 % of the shorter text is in the other)",
    ]
    assert [[cell.text() for cell in row.css("th, td")] for row in joined.css("tbody tr")][1:3] == [
        ["of the shorter text in the other", "87 %", "80 %"],
        ["of both texts in common", "70 %", "50 %"],
    ]
    assert "Decided on 19 May 2026, 09:34 UTC" in texts(page, ".pair")[0]
    assert hrefs(page, ".pair .other") == [ulid(2)]
    first, second = WORKS[1].address("asha/dev"), WORKS[2].url
    assert [one.text() for one in near.css("textarea")] == [
        f"same:\n  - [{first}, {second}]",
        f"different:\n  - [{first}, {second}]",
    ]
    assert [one.text() for one in joined.css("textarea")] == [f"different:\n  - [{WORKS[1].url}, {first}]"]


async def test_the_json_says_the_same(service: Service) -> None:
    judge(service.store, JOINED, NEAR)
    found = (await service.get(f"/api/articles/{ulid(1)}")).json()
    assert found["canonical_because"] == "site is preferred to dev"
    joined, near = found["evidence"]
    assert joined["figures"][1] == {"name": "of the shorter text in the other", "value": "87 %", "enough": "80 %"}
    assert joined["line"] == f"- [{WORKS[1].url}, {WORKS[1].address('asha/dev')}]"
    assert [side["article"] for side in near["sides"]] == [ulid(1), ulid(2)]
    assert [side["title"] for side in near["sides"]] == ["Kafka from zero", "Kafka, once more"]
    assert (near["a"], near["b"], near["doubtful"], near["told"]) == (
        WORKS[1].address("asha/dev"),
        WORKS[2].url,
        True,
        False,
    )
    other = (await service.get(f"/api/articles/{ulid(2)}")).json()["evidence"]
    assert [(one["a"], one["b"]) for one in other] == [(near["b"], near["a"])], "this article's copy first"


# ── HTTP ────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("accept", "html"),
    [(None, False), ("*/*", False), ("application/json", False), (BROWSER, True), ("text/html;q=0, */*", False)],
)
async def test_who_gets_what(plain: Service, accept: str | None, html: bool) -> None:
    headers = {"Accept": accept} if accept is not None else {}
    raw = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    answer = await plain.raw(
        f"GET /api/articles/{ulid(1)} HTTP/1.1\r\nHost: x\r\n{raw}Connection: close\r\n\r\n".encode()
    )
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200")
    assert body.startswith(b"<!doctype html>" if html else b'{"id":')
    assert b"vary: Accept, Accept-Encoding" in head


async def test_two_accept_headers_are_one_list(plain: Service) -> None:
    said = b"Accept: application/json;q=0.5\r\nAccept: text/html\r\n"
    path = f"/api/articles/{ulid(1)}".encode()
    answer = await plain.raw(b"GET " + path + b" HTTP/1.1\r\nHost: x\r\n" + said + b"Connection: close\r\n\r\n")
    assert b"content-type: text/html" in answer


@pytest.mark.parametrize("form", FORMS)
async def test_validators_codings_and_head(plain: Service, form: str) -> None:
    path, accept = f"/api/articles/{ulid(1)}", FORMS[form]
    full = await plain.get(path, Accept=accept)
    assert full.headers["Cache-Control"] == "no-cache"
    assert full.headers["Access-Control-Allow-Origin"] == "*"
    assert full.headers["X-Content-Type-Options"] == "nosniff"
    assert "Last-Modified" not in full.headers, "a verdict may change without anything published"
    for coding, unpack in (("gzip", gzip.decompress), ("br", brotli.decompress)):
        packed = await plain.get(path, Accept=accept, Accept_Encoding=coding)
        assert packed.headers["Content-Encoding"] == coding
        assert unpack(packed.body) == full.body
        assert packed.headers["ETag"] != full.headers["ETag"]
    held = await plain.get(path, Accept=accept, If_None_Match=full.headers["ETag"])
    assert (held.status, held.body, held.headers["Vary"]) == (304, b"", "Accept, Accept-Encoding")
    dated = await plain.get(path, Accept=accept, If_Modified_Since="Fri, 01 Jan 2100 00:00:00 GMT")
    assert dated.status == 200
    head = await plain.head(path, Accept=accept)
    assert (head.status, head.body) == (200, b"")
    assert {**head.headers, "date": ""} == {**full.headers, "date": ""}


async def test_one_form_is_not_held_for_the_other(plain: Service) -> None:
    path = f"/api/articles/{ulid(1)}"
    tags = {form: (await plain.get(path, Accept=accept)).headers["ETag"] for form, accept in FORMS.items()}
    assert tags["json"] != tags["html"]
    assert (await plain.get(path, Accept=BROWSER, If_None_Match=tags["json"])).status == 200


async def test_the_page_loads_nothing_and_runs_nothing(plain: Service) -> None:
    reply = await plain.get(f"/api/articles/{ulid(1)}", Accept=BROWSER)
    policy = reply.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert not tree(reply).css("script, iframe, img, link[rel=stylesheet], form")


@pytest.mark.parametrize("accept", FORMS.values())
async def test_an_id_that_retired_leads_on(service: Service, accept: str) -> None:
    store = service.store
    joined = made.copy(20, ulid(1), "asha/site", at=WORKS[2].at, born=ulid(2))
    state = store.article(ulid(1))
    assert state is not None
    change(store, Changes(copies=(joined,), articles=(state[0],), retired={ulid(2): ulid(1)}))
    for method in ("GET", "HEAD"):
        reply = await service.ask(method, f"/api/articles/{ulid(2)}", {"Accept": accept})
        assert (reply.status, reply.headers["Location"], reply.body) == (308, f"./{ulid(1)}", b"")


@on_sqlite
async def test_what_is_not_there_is_told_in_either_form(service: Service) -> None:
    change(service.store, Changes(removed=frozenset((20,)), gone=frozenset((ulid(2),))))
    for name, status, said in ((ulid(2), 410, "taken back"), (ulid(99), 404, "no article"), ("x<i>", 404, "x<i>")):
        problem = await service.get(f"/api/articles/{name}")
        assert (problem.status, problem.headers["Vary"]) == (status, "Accept, Accept-Encoding")
        assert said in problem.problem
        page = await service.get(f"/api/articles/{name}", Accept=BROWSER)
        assert (page.status, page.headers["Vary"]) == (status, "Accept, Accept-Encoding")
        assert page.headers["Cache-Control"] == "no-store"
        assert page.headers["Access-Control-Allow-Origin"] == "*"
        assert said in texts(tree(page), ".lede")[0]
        assert not tree(page).css("i")
        assert not (await service.head(f"/api/articles/{name}", Accept=BROWSER)).body


async def test_what_is_hidden_is_shown_nowhere(service: Service) -> None:
    told = Verdict(20, 50, "none", False, False, {**TITLES, "against": "not alike enough"}, NOW)
    judge(service.store, told)
    for accept in FORMS.values():
        assert (await service.get(f"/api/articles/{ulid(5)}", Accept=accept)).status == 404
        other = await service.get(f"/api/articles/{ulid(2)}", Accept=accept)
        assert other.status == 200
        assert b"/asha/5" not in other.body
    assert (await service.get(f"/api/articles/{ulid(2)}")).json()["evidence"] == []


# ── what sources and owners write ───────────────────────────────────────────────────────────────────────────────────

HOSTILE = '</title></textarea></script><script>hit()</script>"><img src=x onerror="hit()">{{ 7 * 7 }}'


def hostile(**changed: Any) -> Entry:
    entry = Entry(guid="1", url="https://site.example/asha/1", title=HOSTILE, language='en" onload="hit()')
    return replace(entry, **changed)


@on_sqlite
async def test_hostile_words_stay_words(store: Store) -> None:
    stock(store)
    found = store.article(ulid(1))
    assert found is not None
    state, (one, other), _ = found
    odd = "https://dev.example/asha/1?a=</textarea><script>hit()</script>"
    copies = (
        replace(one, entry=hostile(canonical_url="javascript:hit()")),
        replace(other, entry=hostile(guid="2", url=odd)),
    )
    said: dict[str, Any] = {
        "address": f"u:{HOSTILE}",
        "title_a": HOSTILE,
        "title_b": "",
        "likeness_of_titles": 0.4,
        "against": HOSTILE,
    }
    verdicts = (Verdict(10, 11, "link", True, True, said, NOW),)
    change(
        store,
        Changes(
            copies=copies,
            articles=(replace(state, title=HOSTILE, url="javascript:hit()", language='" onload="hit()'),),
            verdicts=verdicts,
            judged=frozenset((10, 11)),
        ),
    )
    async with serving(store, CONFIG) as service:
        page = tree(await service.get(f"/api/articles/{ulid(1)}", Accept=BROWSER))
    assert not page.css("script, img")
    assert not [node for node in page.css("*") if any(name.startswith("on") for name in node.attributes)]
    assert not page.css('a[href^="javascript:"]')
    assert texts(page, "h1") == [HOSTILE]
    assert texts(page, "footer") == [f"Programs get the same as JSON at this address. {state.id}"]
    (line,) = (one.text() for one in page.css("textarea"))
    assert odd in line


@on_sqlite
async def test_an_article_with_many_near_misses_stays_readable(store: Store) -> None:
    stock(store)
    others = [
        made.copy(1000 + number, f"01JZ8Q5U{number:018}", "asha/dev", entry=Entry(f"n{number}", None, f"Part {number}"))
        for number in range(250)
    ]
    made.fill(store, [made.article(one.article, one.id, title=one.entry.title) for one in others], others)
    judge(
        store,
        *(
            Verdict(
                10,
                one.id,
                "none",
                False,
                False,
                {
                    "title_a": "Part 999",
                    "title_b": one.entry.title,
                    "likeness_of_titles": 0.9,
                    "against": "the numbers in the titles differ",
                    "score": 0.9,
                },
                NOW,
            )
            for one in others
        ),
    )
    async with serving(store, CONFIG) as service:
        reply = await service.get(f"/api/articles/{ulid(1)}", Accept=BROWSER)
        assert len((await service.get(f"/api/articles/{ulid(1)}")).json()["evidence"]) == 250
    page = tree(reply)
    assert len(page.css(".rest .pair")) == 200
    assert "with 50 pairs more" in texts(page, "footer")[0]
