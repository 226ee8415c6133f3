"""Owners are told of trouble with sources by mail, on ntfy, and in a feed: once, and once when it is over."""

from __future__ import annotations

import asyncio
import shutil
import ssl
import subprocess
import sys
from pathlib import Path

import pytest
from lxml import etree

from aggregator.api.incidents import feed
from aggregator.poll.recorder import WAIT_S
from tests.shell.acceptance.stage import config_text
from tests.shell.api.running import serving
from tests.shell.notify.conftest import Opening, Stage
from tests.shell.notify.mailbox import mailbox
from tests.shell.notify.receiver import Receiver

pytestmark = pytest.mark.parametrize("engine", ["sqlite"])
ATOM = {"a": "http://www.w3.org/2005/Atom"}


async def broken_and_well_again(stage: Stage) -> None:
    await stage.poll("one")
    stage.web.page("/feed.xml", "gone fishing \x07", status=500)
    for _ in range(4):
        await stage.poll()
        await asyncio.sleep(2 * WAIT_S)
        await stage.tell()
    await stage.poll("one")
    await asyncio.sleep(2 * WAIT_S)
    await stage.tell()


async def test_an_incident_is_told_once_everywhere(opening: Opening, receiver: Receiver) -> None:
    async with mailbox() as box:
        more = (
            "alerts:\n"
            f"  - {{mail: [asha@example.org, bo@example.org], server: '127.0.0.1:{box.port}', security: none}}\n"
            f"  - {{ntfy: '{receiver.url('/push/feeds-7f3a')}', token: tk_1, events: [source.failing]}}\n"
        )
        async with opening(more) as stage:
            await broken_and_well_again(stage)
            assert [one["Subject"] for one in box.mails] == ["asha/blog cannot be read", "asha/blog is well again"]
            assert box.to == [["asha@example.org", "bo@example.org"]] * 2
            failing = box.mails[0]
            assert failing["From"] == "asha@example.org"
            assert failing["Message-ID"] != box.mails[1]["Message-ID"]
            assert "3 polls in a row failed" in failing.get_content()
            assert "500" in failing.get_content()
            (pushed,) = receiver.at("/push/")
            assert pushed.json()["topic"] == "feeds-7f3a"
            assert pushed.json()["title"] == "asha/blog cannot be read"
            assert {name.lower(): value for name, value in pushed.headers.items()}["authorization"] == "Bearer tk_1"
            assert set(stage.states()) == {"done"}


async def test_the_feed_of_incidents(opening: Opening) -> None:
    """Nobody is told of anything here: the feed is there all the same."""
    async with opening("") as stage:
        await broken_and_well_again(stage)
        store = stage.rooms.store
        async with serving(store, stage.rooms.config) as service:
            reply = await service.get("/health.xml")
            assert reply.status == 200
            assert reply.headers["Content-Type"].startswith("application/atom+xml")
            root = etree.fromstring(reply.body)
            titles = root.xpath("//a:entry/a:title/text()", namespaces=ATOM)
            assert titles == ["asha/blog is well again", "asha/blog cannot be read"]
            ids = root.xpath("//a:entry/a:id/text()", namespaces=ATOM)
            assert isinstance(ids, list)
            assert len(set(ids)) == 2
            assert all(str(one).startswith("urn:uuid:") for one in ids)
            again = await service.get("/health.xml", If_None_Match=reply.headers["ETag"])
            assert (again.status, again.body) == (304, b"")
        assert feed(stage.rooms.config.site, store.outbox.incidents(100)) == reply.body
        assert stage.deliveries() == []


async def test_a_mail_server_that_fails_is_tried_again_with_the_same_mail(opening: Opening) -> None:
    async with mailbox() as box:
        box.answers = ["451 4.3.0 Busy", "554 5.7.1 No"]
        more = f"alerts: [{{mail: asha@example.org, server: '127.0.0.1:{box.port}', security: none}}]\n"
        async with opening(more) as stage:
            stage.happen("source.failing")
            await stage.tell()
            (one,) = stage.deliveries()
            assert (one.state, one.status) == ("waiting", 451)
            assert "Busy" in (one.message or "")
            await stage.tell(minutes=10)
            assert stage.states() == ["waiting"]
            await stage.tell(hours=2)
            assert stage.states() == ["done"]
            assert len(box.mails) == 1
        closed = box.port
    async with opening(f"alerts: [{{mail: a@example.org, server: '127.0.0.1:{closed}', security: none}}]\n") as stage:
        stage.happen("source.gap")
        await stage.tell()
        assert any("refused" in (one.message or "").lower() for one in stage.deliveries())


async def test_no_mail_goes_inside_without_leave(opening: Opening) -> None:
    more = "alerts: [{mail: asha@example.org, server: '169.254.169.254:25', security: none}]\n"
    async with opening(more) as stage:
        stage.happen("source.failing")
        await stage.tell()
        (one,) = stage.deliveries()
        assert one.state == "waiting"
        assert "allow_private" in (one.message or "")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    folder = tmp_path_factory.mktemp("tls")
    key, found = folder / "key.pem", folder / "cert.pem"
    wanted = ["-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
    names = ["-addext", "subjectAltName=DNS:localhost", "-keyout", str(key), "-out", str(found)]
    subprocess.run(["openssl", "req", *wanted, *names], check=True, capture_output=True)
    return found, key


@pytest.mark.parametrize(
    ("password", "trusted", "code", "said"),
    [
        ("s3cret", True, 0, "took it"),
        ("wrong", True, 1, "535"),
        ("s3cret", False, 1, "certificate verify failed"),
    ],
)
async def test_mail_is_encrypted_and_the_server_is_known(
    certificate: tuple[Path, Path],
    tmp_path: Path,
    database_url: str,
    password: str,
    trusted: bool,
    code: int,
    said: str,
) -> None:
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(*certificate)
    async with mailbox(tls) as box:
        text = config_text(database_url, "  - {id: asha, name: Asha Rao}\n").replace("127.0.0.1", "localhost", 0)
        alert = (
            f"{{id: me, mail: asha@example.org, server: 'localhost:{box.port}', user: asha, password: '${{PASSWORD}}'}}"
        )
        (tmp_path / "aggregator.yaml").write_text(f"{text}alerts: [{alert}]\n", encoding="utf-8")
        environ = {
            "PASSWORD": password,
            "PATH": "/usr/bin:/bin",
            **({"SSL_CERT_FILE": str(certificate[0])} if trusted else {}),
        }
        words = ["-m", "aggregator", "webhooks", "test", "me", "--config", "aggregator.yaml"]
        running = await asyncio.create_subprocess_exec(
            sys.executable,
            *words,
            cwd=tmp_path,
            env=environ,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, err = await running.communicate()
        assert (running.returncode, said in out.decode()) == (code, True), out.decode() + err.decode()
        assert "s3cret" not in out.decode() + err.decode()
        assert len(box.mails) == (1 if code == 0 else 0)
