"""The owner's page as HTTP has it: what it says, who sees it, and what its buttons do."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlencode

import pytest
from sqlalchemy import text

from aggregator.api.status.actions import Desk
from aggregator.bootstrap import agree
from aggregator.config import load
from aggregator.model import Changes, Config, Copy, Event, Hold, Verdict
from aggregator.poll.edits import refuse
from aggregator.sources import keys_of
from aggregator.store import Store
from tests.shell.api.library import CONFIG, stock, ulid
from tests.shell.api.running import Reply, Service, serving
from tests.shell.store import made

NOW = datetime.now(UTC)
TOKEN = "an admin token of some length"
FORM = "application/x-www-form-urlencoded"
CLOSE: dict[str, str | float | int | bool] = {
    "title_a": "Kafka at night",
    "title_b": "Kafka by night",
    "likeness_of_titles": 0.93,
    "against": "not alike",
    "score": 0.9,
}
on_sqlite = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)

TEXT = """\
# Whose feeds these are
site: {title: Feeds, base_url: "http://127.0.0.1:8000"}
database_url: sqlite:///unused.db
owners:
  - id: asha
    name: Asha Rao
    sources:
      - feed: https://site.example/asha.xml # her own
        id: site
      - {feed: "https://dev.example/asha.xml", id: dev}
"""


@dataclass(frozen=True, slots=True)
class Stage:
    """The service, with a config in a file that its buttons write into."""

    service: Service
    path: Path

    async def page(self) -> str:
        return (await self.service.get("/status")).body.decode()

    async def press(self, button: str, **fields: str) -> Reply:
        word = re.search(r'name="word" value="(\w+)"', await self.page())
        return await press(self.service, button, None, word=word[1] if word else "", **fields)


async def press(service: Service, button: str, headers: Mapping[str, str] | None = None, /, **fields: str) -> Reply:
    """A button of a form, pressed in a browser; without its look at where it leads."""
    named = {"Content-Type": FORM, "Sec-Fetch-Site": "same-origin", **(headers or {})}
    async with service.session.post(
        f"{service.url}/status/{button}", data=urlencode(fields), headers=named, allow_redirects=False
    ) as answer:
        return Reply(answer.status, answer.headers, await answer.read())


def copy(number: int, ulid_: str, key: str) -> Copy:
    """A copy that is found by its address."""
    plain = made.copy(number, ulid_, key, at=NOW - timedelta(days=number))
    keys = tuple(keys_of(plain.entry.url or ""))
    return replace(plain, entry=replace(plain.entry, keys=keys))


@asynccontextmanager
async def staged(store: Store, folder: Path) -> AsyncIterator[Stage]:
    path = folder / "aggregator.yaml"
    path.write_text(TEXT, encoding="utf-8")
    config = load(path, {})
    store.sync(config, NOW)
    copies = [copy(1, "A", "asha/site"), copy(2, "B", "asha/dev")]
    made.fill(
        store,
        [made.article("A", 1), made.article("B", 2)],
        copies,
        index=[made.rows(one.id, one.entry.keys) for one in copies],
        verdicts=(Verdict(1, 2, "none", False, False, CLOSE, NOW),),
    )
    running: list[Service] = []

    def follow(edited: Config) -> None:
        agree(edited, store, NOW)
        running[0].publisher.take(edited)

    async with serving(store, config, desk=Desk(config_path=path, environ={}, agree=follow)) as service:
        running.append(service)
        yield Stage(service, path)


@pytest.fixture
async def stage(store: Store, tmp_path: Path) -> AsyncIterator[Stage]:
    async with staged(store, tmp_path) as made_ready:
        yield made_ready


def fail(store: Store, key: str, error: str) -> None:
    state = made.claimed(store, key, NOW)
    bad = replace(state, state="failing", failures=3, error=error, error_code="Refused", last_poll_at=NOW)
    assert store.record([replace(bad, next_poll_at=NOW + timedelta(hours=3))], made.WORKER) == frozenset()


# ── what it says ────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_one_look_tells_which_source_is_broken_and_why(service: Service) -> None:
    fail(service.store, "asha/dev", "dev.example answered 404 Not Found. If it has moved, correct its address.")
    page = (await service.get("/status")).body.decode()
    assert "<h1>dev does not work; the other 3 sources do.</h1>" in page
    first = page[page.index('<article class="source') :]
    assert 'id="source-asha/dev"' in first[:200]
    assert "dev.example answered 404 Not Found. If it has moved, correct its address. (3 in a row)" in page
    assert "in 3 h" in page
    assert "Kafka from zero" in page


async def test_what_was_joined_is_told_with_its_reason(service: Service) -> None:
    verdict = Verdict(10, 11, "url", True, True, {"key": "u:site.example/asha/1"}, NOW)
    with service.store.merging(made.WORKER) as unit:
        unit.apply(Changes(verdicts=(verdict,), judged=frozenset((10, 11))), None, None, NOW)
    page = (await service.get("/status")).body.decode()
    assert f'href="./api/articles/{ulid(1)}"' in page[page.index("Joined last") :]


@on_sqlite
async def test_an_edit_that_was_refused_is_told(store: Store) -> None:
    stock(store)
    refuse(store, ["aggregator.yaml:7: owners[0].nam: unknown key"], "host-1", NOW)
    async with serving(store, desk=Desk(token=TOKEN)) as service:
        page = (await service.get("/status", Authorization=f"Bearer {TOKEN}")).body.decode()
        assert "The config was edited, and is not right" in page
        assert "aggregator.yaml:7: owners[0].nam: unknown key" in page
    async with serving(store) as service:
        page = (await service.get("/status")).body.decode()
        assert "The config was edited, and is not right" in page
        assert "owners[0].nam" not in page  # names of files and machines are for the owner alone


@on_sqlite
async def test_receivers_are_told_of_by_name(store: Store) -> None:
    config = replace(CONFIG, site=replace(CONFIG.site, hubs=("https://hub.example/secret-path?key=hunter2",)))
    stock(store, config=config)
    store.outbox.meet(["hub hub.example"], NOW)
    event = Event("msg_1", "topic.changed", "/rss.xml", NOW)
    store.outbox.write([event])
    async with serving(store, config) as service:
        page = (await service.get("/status")).body.decode()
    assert "Who is told of news" in page
    assert "hub.example" in page
    assert "hunter2" not in page


async def test_it_is_closed_to_other_origins_and_kept_by_nobody(plain: Service) -> None:
    for reply in (await plain.get("/status", Origin="https://evil.example"), await plain.head("/status")):
        assert reply.status == 200
        assert "Access-Control-Allow-Origin" not in reply.headers
        assert reply.headers["Cache-Control"] == "no-store"
        assert reply.headers["Cross-Origin-Resource-Policy"] == "same-origin"
        assert "frame-ancestors 'none'" in reply.headers["Content-Security-Policy"]
        assert "script" not in reply.headers["Content-Security-Policy"]
    assert (await plain.head("/status")).body == b""
    assert (await plain.get("/status/")).headers["Location"] == "../status"
    assert (await plain.get("/status/poll")).status == 303
    assert (await plain.ask("DELETE", "/status")).status == 405
    assert (await plain.ask("POST", "/status")).status == 405


async def test_an_owner_has_a_page_of_their_own(plain: Service) -> None:
    page = (await plain.get("/status?owner=bo")).body.decode()
    assert 'id="source-bo/blog"' in page
    assert 'id="source-asha/dev"' not in page
    assert 'id="source-asha/dev"' in (await plain.get("/status?owner=nobody%22%3E")).body.decode()


async def test_words_of_the_address_are_not_repeated(plain: Service) -> None:
    page = (await plain.get("/status?done=poll&source=%3Cscript%3E&owner=%3Cscript%3E")).body.decode()
    assert "<script>" not in page
    assert 'role="status"' not in page
    assert "DEV" not in (await plain.get("/status?done=nothing")).body.decode()


@on_sqlite
async def test_a_database_that_cannot_be_read(service: Service, database_url: str) -> None:
    with made.raw(database_url) as connection:
        connection.execute(text("DROP TABLE audience"))
    assert (await service.get("/status")).status == 503


# ── the token ───────────────────────────────────────────────────────────────────────────────────────────────────────


@on_sqlite
async def test_with_a_token_nothing_is_seen_without_it(store: Store) -> None:
    stock(store)
    fail(store, "asha/dev", "a failure that is nobody's business")
    async with serving(store, desk=Desk(token=TOKEN)) as service:
        shut = await service.get("/status")
        assert (shut.status, shut.headers["WWW-Authenticate"]) == (401, "Bearer")
        assert b"nobody's business" not in shut.body
        assert b'type="password"' in shut.body
        assert (await press(service, "poll", source="asha/dev")).status == 401
        wrong = await press(service, "login", token="guess")
        assert (wrong.status, "Set-Cookie" in wrong.headers) == (403, False)
        opened = await press(service, "login", token=TOKEN)
        assert (opened.status, opened.headers["Location"]) == (303, "../status")
        cookie = opened.headers["Set-Cookie"]
        assert {"HttpOnly", "SameSite=Strict"} <= set(cookie.split("; "))
        assert TOKEN not in cookie
        page = await service.get("/status", Cookie=cookie.partition(";")[0])
        assert page.status == 200
        assert "nobody&#39;s business" in page.body.decode()
        assert TOKEN.encode() not in page.body
        assert (await service.get("/status", Authorization=f"Bearer {TOKEN}")).status == 200


@on_sqlite
async def test_a_session_presses_buttons_only_with_the_word_of_its_page(store: Store) -> None:
    stock(store)
    async with serving(store, desk=Desk(token=TOKEN)) as service:
        opened = await press(service, "login", token=TOKEN)
        cookie = {"Cookie": opened.headers["Set-Cookie"].partition(";")[0]}
        page = (await service.get("/status", **cookie)).body.decode()
        word = re.search(r'name="word" value="(\w+)"', page)
        assert word is not None
        assert (await press(service, "poll", cookie, source="asha/dev")).status == 403
        elsewhere = cookie | {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"}
        assert (await press(service, "poll", elsewhere, source="asha/dev", word=word[1])).status == 403
        assert (await press(service, "poll", cookie, source="asha/dev", word=word[1])).status == 303
        assert (await press(service, "logout", cookie, word=word[1])).headers["Set-Cookie"].count("Max-Age=0") == 1
        assert (await press(service, "poll", {"Authorization": f"Bearer {TOKEN}"}, source="asha/dev")).status == 303


@on_sqlite
async def test_whoever_guesses_has_to_wait(store: Store) -> None:
    stock(store)
    async with serving(store, desk=Desk(token=TOKEN)) as service:
        for _ in range(10):
            assert (await press(service, "login", token="guess")).status == 403
        shut = await press(service, "login", token=TOKEN)
        assert shut.status == 429
        assert 0 < int(shut.headers["Retry-After"]) <= 60


async def test_without_a_token_a_public_service_has_no_buttons(plain: Service) -> None:
    page = (await plain.get("/status")).body.decode()
    assert "<button" not in page
    assert "AGGREGATOR_ADMIN_TOKEN" in page
    assert (await press(plain, "poll", source="asha/dev")).status == 403


# ── the buttons ─────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_poll_now(stage: Stage) -> None:
    store = stage.service.store
    fail(store, "asha/dev", "it does not answer")
    assert store.due(NOW, 9) == ["asha/site"]
    pressed = await stage.press("poll", source="asha/dev")
    assert (pressed.status, pressed.headers["Location"]) == (303, "../status?done=poll&source=asha%2Fdev")
    assert set(store.due(datetime.now(UTC), 9)) == {"asha/site", "asha/dev"}
    said = (await stage.service.get("/status?done=poll&source=asha%2Fdev")).body.decode()
    assert "dev is polled as soon as its server may be asked again" in said
    nobody = await stage.press("poll", source="asha/nobody")
    assert nobody.status == 409
    assert "asha/nobody is not polled" in nobody.body.decode()


@on_sqlite
async def test_pause_and_resume_are_written_into_the_config_with_its_comments(stage: Stage) -> None:
    store = stage.service.store
    assert (await stage.press("pause", source="asha/site")).status == 303
    assert stage.path.read_text(encoding="utf-8") == TEXT.replace(
        "        id: site\n", "        id: site\n        enabled: false\n"
    )
    assert [row.enabled for row in store.sources_rows()] == [True, False]
    assert 'action="./status/resume"' in await stage.page()
    assert (await stage.press("resume", source="asha/site")).status == 303
    assert [row.enabled for row in store.sources_rows()] == [True, True]
    assert (await stage.press("pause", source="asha/dev")).status == 303
    assert "id: dev, enabled: false}" in stage.path.read_text(encoding="utf-8")


@on_sqlite
async def test_a_config_that_is_broken_is_not_written(stage: Stage) -> None:
    stage.path.write_text(TEXT.replace("name: Asha Rao", "nam: Asha Rao"), encoding="utf-8")
    refused = await stage.press("pause", source="asha/site")
    assert refused.status == 409
    assert "unknown key" in refused.body.decode()
    assert "enabled" not in stage.path.read_text(encoding="utf-8")


@pytest.mark.parametrize(("button", "articles"), [("same", 1), ("different", 2)])
async def test_an_answer_counts_at_once(stage: Stage, button: str, articles: int) -> None:
    store = stage.service.store
    assert "The same article, or two?" in await stage.page()
    pressed = await stage.press(button, a="1", b="2")
    assert pressed.status == 303
    assert f"    {button}:\n      - [https://site.example/1, https://dev.example/2]\n" in stage.path.read_text()
    keys = (*keys_of("https://site.example/1"), *keys_of("https://dev.example/2"))
    assert len(store.find(keys)) == articles
    assert (await stage.press(button, a="1", b="99999999999999999999")).status == 409
    assert (await stage.press(button, a="1", b="x")).status == 409


@pytest.mark.parametrize(("button", "announced"), [("release", True), ("index-only", False)])
async def test_what_is_held_back_is_released(stage: Stage, button: str, announced: bool) -> None:
    store = stage.service.store
    held = made.article("C", 3, at=NOW - timedelta(hours=5), announced_at=None, title="One of a flood")
    with store.merging(made.WORKER) as unit:
        flood = made.copy(3, "C", "asha/dev", at=NOW - timedelta(hours=5))
        holds = (Hold("C", "asha/dev", NOW - timedelta(hours=5), recent=True),)
        unit.apply(Changes(copies=(flood,), articles=(held,), held=holds), None, None, NOW)
    assert "One of a flood" in await stage.page()
    assert (await stage.press(button, source="asha/dev")).status == 303
    found = store.article("C")
    assert found is not None
    assert (found[0].announced_at is not None) is announced
    assert (await stage.press(button, source="asha/dev")).status == 409


@on_sqlite
async def test_what_is_no_form_is_not_read(stage: Stage) -> None:
    assert (await press(stage.service, "poll", {"Content-Type": "text/plain"}, source="asha/dev")).status == 400
    assert (await press(stage.service, "poll", source="a" * 20_000)).status == 400
    assert (await press(stage.service, "nothing", source="asha/dev")).status == 405
