"""Nothing but public and allowed addresses is connected to, however they are named, and whenever they change."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace

import pytest
from yarl import URL

from aggregator.errors import ForbiddenAddress
from aggregator.fetch import Fetcher
from aggregator.fetch.guard import AddrInfo, Guard, SystemLookup
from aggregator.model import Failed, Fetched, FetchPolicy, Request
from tests.loopback import Web
from tests.shell.fetch.conftest import OPEN
from tests.shell.fetch.special import SPECIAL, SPELLINGS

CLOSED = replace(OPEN, allow_private=(), timeout_s=2.0)


class Canary:
    """Listens on every loopback address and counts who comes."""

    def __init__(self) -> None:
        self.visits = 0
        self.port = 0
        self._server: asyncio.Server | None = None

    async def open(self) -> None:
        listening = socket.socket(socket.AF_INET6)
        listening.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        listening.bind(("::", 0))
        self.port = listening.getsockname()[1]
        self._server = await asyncio.start_server(self._visited, sock=listening)

    async def close(self) -> None:
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()

    def _visited(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.visits += 1
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\nConnection: close\r\n\r\ncoal")
        writer.close()


@pytest.fixture
async def canary() -> AsyncIterator[Canary]:
    canary = Canary()
    await canary.open()
    yield canary
    await canary.close()


async def numeric(name: str, port: int) -> Sequence[str]:
    """What the system's resolver makes of a name without asking the network: every numeric form, and localhost."""
    if name.lower().rstrip(".") == "localhost":
        return ["127.0.0.1", "::1"]
    answers = socket.getaddrinfo(name, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
    return [str(answer[4][0]) for answer in answers]


def addr_info(address: str, port: int) -> AddrInfo:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    return family, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", (address, port)


async def test_the_canary_sings(canary: Canary) -> None:
    async with Fetcher(OPEN, "1") as fetcher:
        outcome = await fetcher.fetch(Request(f"http://127.0.0.1:{canary.port}/"))
    assert isinstance(outcome, Fetched)
    assert outcome.body == b"coal"
    assert canary.visits == 1


async def test_no_spelling_of_loopback_reaches_it(canary: Canary) -> None:
    async with Fetcher(CLOSED, "1", lookup=numeric) as fetcher:
        urls = [f"http://{spelling}:{canary.port}/" for spelling in SPELLINGS]
        outcomes = await asyncio.gather(*(fetcher.fetch(Request(url)) for url in urls))
    assert canary.visits == 0
    for url, outcome in zip(urls, outcomes, strict=True):
        assert isinstance(outcome, Failed), url
        assert outcome.code in {"ForbiddenAddress", "Unreachable"}, url


async def test_the_spellings_are_dangerous() -> None:
    """Most of them do lead to loopback for whoever asks the system."""
    reached = 0
    for spelling in SPELLINGS:
        try:
            host = URL(f"http://{spelling}:80/").raw_host or ""
            reached += any(address in {"127.0.0.1", "0.0.0.0", "::1", "::"} for address in await numeric(host, 80))
        except (ValueError, OSError):
            continue
    assert reached >= 35


@pytest.mark.parametrize("scheme", ["HTTP", "hTtP", "file", "ftp", "gopher", "javascript", "data", "unix", "ws", ""])
async def test_other_schemes_are_not_asked(scheme: str, canary: Canary) -> None:
    async with Fetcher(CLOSED, "1", lookup=numeric) as fetcher:
        outcome = await fetcher.fetch(Request(f"{scheme}://127.0.0.1:{canary.port}/"))
    assert isinstance(outcome, Failed)
    assert outcome.code == "ForbiddenAddress"
    assert canary.visits == 0


@pytest.mark.parametrize("address", SPECIAL)
async def test_no_special_address_is_connected_to(address: str) -> None:
    guard = Guard((), numeric)
    with guard.asking(URL.build(scheme="http", host="asha.example", port=80)) as asked:
        with pytest.raises(PermissionError):
            guard.open_socket(addr_info(address, 80))
        assert asked.barred == address


async def test_a_socket_outside_of_a_hop_is_refused() -> None:
    with pytest.raises(PermissionError):
        Guard((), numeric).open_socket(addr_info("93.184.216.34", 80))


async def test_the_port_is_the_one_asked_for() -> None:
    guard = Guard((), numeric)
    with guard.asking(URL("http://asha.example/")):
        guard.open_socket(addr_info("93.184.216.34", 80)).close()
        with pytest.raises(PermissionError):
            guard.open_socket(addr_info("93.184.216.34", 25))


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "2130706433", "0x7f.1", "[::1]", "[::ffff:127.0.0.1]", "0"])
async def test_no_redirect_reaches_a_private_address(status: int, host: str, web: Web, canary: Canary) -> None:
    start = web.redirect("/start", f"http://{host}:{canary.port}/", status)
    policy = replace(CLOSED, allow_private=(f"127.0.0.1:{web.port}",))
    async with Fetcher(policy, "1", lookup=numeric) as fetcher:
        outcome = await fetcher.fetch(Request(start))
    assert len(web.asked("/start")) == 1
    assert canary.visits == 0
    assert isinstance(outcome, Failed)
    assert outcome.code == "ForbiddenAddress"


@pytest.mark.parametrize(
    "target", ["file:///etc/passwd", "gopher://127.0.0.1/", "//user:pass@127.0.0.1/", "http://a@127.0.0.1/", "http://["]
)
async def test_a_redirect_to_no_plain_address_is_refused(target: str, web: Web, fetcher: Fetcher) -> None:
    outcome = await fetcher.fetch(Request(web.redirect("/start", target)))
    assert isinstance(outcome, Failed)
    assert outcome.code == "BadRedirect"


class Rebinding:
    """A name server that changes its mind: one list of answers after the other, the last one for ever."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self._answers = list(answers)
        self.questions = 0

    async def __call__(self, name: str, port: int) -> Sequence[str]:
        self.questions += 1
        return self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]


async def test_what_was_checked_is_what_is_connected_to(web: Web) -> None:
    """One question per connection: there is no second answer that could differ from the one that was checked."""
    rebinding = Rebinding(["127.0.0.1"], ["169.254.169.254"])
    web.page("/feed.xml", "here", headers={"Connection": "close"})
    async with Fetcher(replace(OPEN, allow_private=("asha.example",)), "1", lookup=rebinding) as fetcher:
        outcome = await fetcher.fetch(Request(web.url("/feed.xml", "asha.example")))
    assert isinstance(outcome, Fetched)
    assert rebinding.questions == 1


async def test_a_name_that_changes_its_answer_is_stopped(web: Web, canary: Canary) -> None:
    """The name leads to a permitted port first; the redirect to itself meets its other answer."""
    start = web.redirect("/start", f"http://asha.example:{canary.port}/", host="asha.example")
    rebinding = Rebinding(["127.0.0.1"], ["::1"])
    policy = replace(CLOSED, allow_private=("127.0.0.0/8",))
    async with Fetcher(policy, "1", lookup=rebinding) as fetcher:
        outcome = await fetcher.fetch(Request(start))
    assert len(web.asked("/start")) == 1
    assert rebinding.questions == 2
    assert canary.visits == 0
    assert isinstance(outcome, Failed)
    assert outcome.code == "ForbiddenAddress"


async def test_an_answer_is_never_remembered(web: Web) -> None:
    """Every new connection asks again, and what it is told then is checked then."""
    url = web.page("/feed.xml", "here", headers={"Connection": "close"}, host="asha.example")
    rebinding = Rebinding(["127.0.0.1"], ["169.254.169.254"])
    async with Fetcher(OPEN, "1", lookup=rebinding) as fetcher:
        first, second = [await fetcher.fetch(Request(url)) for _ in range(2)]
    assert isinstance(first, Fetched)
    assert isinstance(second, Failed)
    assert second.code == "ForbiddenAddress"
    assert "169.254.169.254" in second.message


async def test_the_socket_is_checked_even_if_the_resolver_was_not_asked() -> None:
    """The window between check and use: whatever a connector makes of the name, the socket has the last word."""
    guard = Guard((), Rebinding(["93.184.216.34"]))
    with guard.asking(URL("http://asha.example/")):
        results = await guard.resolve("asha.example", 80)
        assert [result["host"] for result in results] == ["93.184.216.34"]
        with pytest.raises(PermissionError):
            guard.open_socket(addr_info("127.0.0.1", 80))


async def test_of_several_answers_only_the_public_ones_are_used() -> None:
    guard = Guard((), Rebinding(["127.0.0.1", "93.184.216.34", "::1", "2606:4700::1111", "0x7f000001"]))
    results = await guard.resolve("asha.example", 443)
    assert [result["host"] for result in results] == ["93.184.216.34", "2606:4700::1111"]


async def test_no_answer_is_no_permission() -> None:
    with pytest.raises(OSError, match="no address"):
        await Guard((), Rebinding([])).resolve("asha.example", 443)
    with pytest.raises(ForbiddenAddress):
        await Guard((), Rebinding(["not an address"])).resolve("asha.example", 443)


async def test_the_other_end_is_looked_at(canary: Canary) -> None:
    guard = Guard(("127.0.0.1",), numeric)
    strict = Guard((), numeric)
    with guard.asking(URL(f"http://asha.example:{canary.port}/")) as asked:
        with guard.open_socket(addr_info("127.0.0.1", canary.port)) as opened:
            opened.setblocking(False)
            await asyncio.get_running_loop().sock_connect(opened, ("127.0.0.1", canary.port))
            guard.check_peers(asked)
            with pytest.raises(ForbiddenAddress):
                strict.check_peers(asked)
        strict.check_peers(asked)  # closed: nobody is at the other end


@pytest.mark.parametrize(
    ("entry", "host", "reached"),
    [
        ("asha.example", "asha.example", True),
        ("asha.example:{port}", "asha.example", True),
        ("asha.example:1", "asha.example", False),
        ("other.example", "asha.example", False),
        ("127.0.0.0/8", "asha.example", True),
        ("127.0.0.1:{port}", "127.0.0.1", True),
        ("10.0.0.0/8", "127.0.0.1", False),
    ],
)
async def test_allow_private_opens_exactly_what_it_names(entry: str, host: str, reached: bool, web: Web) -> None:
    web.page("/feed.xml", "here")
    policy = FetchPolicy(allow_private=(entry.format(port=web.port),), host_interval_s=0, timeout_s=2)
    async with Fetcher(policy, "1", lookup=web.lookup) as fetcher:
        outcome = await fetcher.fetch(Request(web.url("/feed.xml", host)))
    assert isinstance(outcome, Fetched) is reached
    assert len(web.log) == reached
    if isinstance(outcome, Failed):
        assert "127.0.0.1" in outcome.message
        assert "fetch.allow_private" in outcome.message


async def test_the_system_is_asked_without_holding_up_the_loop() -> None:
    addresses = await SystemLookup()("localhost", 80)
    assert set(addresses) <= {"127.0.0.1", "::1"}
    assert addresses
    with pytest.raises(OSError):
        await SystemLookup()("a" * 70 + ".invalid", 80)


async def test_a_lookup_that_nobody_waits_for_keeps_its_place() -> None:
    lookup = SystemLookup(threads=1)
    task = asyncio.create_task(lookup("localhost", 80))
    await asyncio.sleep(0)
    task.cancel()
    async with asyncio.timeout(5):
        assert await lookup("localhost", 80)
