"""An export may be anything that somebody sends: bombs, links, names that lead out, and it stays an export."""

from __future__ import annotations

import os
import stat
import struct
import zipfile
from pathlib import Path

import pytest

from aggregator.errors import ConfigError
from aggregator.imports import files
from aggregator.imports.files import opened
from tests.core.past.made import zipped


def listed(path: Path) -> tuple[dict[str, bytes], dict[str, str], dict[str, str]]:
    """What can be read, what is passed over, what is broken."""
    with opened(path) as found:
        read = {name: found.read(name) for name in found.names}
        return {name: body for name, body in read.items() if body}, dict(found.passed_over), dict(found.broken)


def test_a_file_a_zip_and_a_folder_are_told_by_what_they_are(tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_text("plain words")
    assert listed(tmp_path / "a.zip")[0] == {"a.zip": b"plain words"}
    (tmp_path / "b.txt").write_bytes(zipped({"x/a.md": b"one", "b.md": b"two"}))
    assert listed(tmp_path / "b.txt")[0] == {"x/a.md": b"one", "b.md": b"two"}
    folder = tmp_path / "folder.zip"
    (folder / "x").mkdir(parents=True)
    (folder / "x" / "a.md").write_text("one")
    assert listed(folder)[0] == {"x/a.md": b"one"}


def test_nothing_is_written_anywhere(tmp_path: Path) -> None:
    """Names that lead out of the archive are passed over; no member is unpacked to the disk at all."""
    names = ("../up.md", "/etc/evil.md", "a/../../b.md", "C:/c.md", "..\\d.md", "\\\\host\\share\\e.md")
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.zip").write_bytes(zipped(dict.fromkeys(names, b"evil") | {"good.md": b"good"}))
    read, passed, _ = listed(tmp_path / "in" / "a.zip")
    assert read == {"good.md": b"good"}
    assert len(passed) == len(names)
    assert set(passed.values()) == {"its name leads out of the archive"}
    assert sorted(one.name for one in tmp_path.rglob("*")) == ["a.zip", "in"]


def test_links_are_not_followed(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.mkdir()
    (secret / "key.md").write_text("secret")
    folder = tmp_path / "content"
    folder.mkdir()
    (folder / "a.md").write_text("mine")
    (folder / "link.md").symlink_to(secret / "key.md")
    (folder / "deep").symlink_to(secret)
    (folder / "round").symlink_to(folder)
    read, passed, _ = listed(folder)
    assert read == {"a.md": b"mine"}
    assert passed == {"link.md": "a link", "deep": "a link", "round": "a link"}
    linked = zipfile.ZipInfo("link.md")
    linked.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr(linked, "/etc/passwd")
    assert listed(tmp_path / "a.zip")[:2] == ({}, {"link.md": "a link"})


def test_a_file_that_becomes_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "content").mkdir()
    (tmp_path / "content" / "a.md").write_text("mine")
    (tmp_path / "secret.md").write_text("secret")
    with opened(tmp_path / "content") as found:
        (tmp_path / "content" / "a.md").unlink()
        (tmp_path / "content" / "a.md").symlink_to(tmp_path / "secret.md")
        assert found.read("a.md") == b""
        assert found.broken


def test_what_is_no_file_does_not_hold_anybody_up(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.md")
    (tmp_path / "a.md").write_text("mine")
    read, _, broken = listed(tmp_path)
    assert read == {"a.md": b"mine"}
    assert list(broken) == ["pipe.md"]


def test_a_bomb_is_passed_over(tmp_path: Path) -> None:
    """A gigabyte of zeros in a megabyte; one that says what it is, and one that does not."""
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        with archive.open("honest.md", "w") as member:
            for _ in range(65):
                member.write(bytes(1024**2))
        archive.writestr("good.md", "good")
    read, passed, broken = listed(tmp_path / "a.zip")
    assert (read, broken) == ({"good.md": b"good"}, {})
    assert passed == {"honest.md": "larger than 64 MiB"}
    raw = (tmp_path / "a.zip").read_bytes()
    size = struct.pack("<I", 65 * 1024**2)
    assert raw.count(size) >= 1
    (tmp_path / "b.zip").write_bytes(raw.replace(size, struct.pack("<I", 100)))
    read, _, broken = listed(tmp_path / "b.zip")
    assert "honest.md" not in {name for name, body in read.items() if len(body) > 100}
    assert read["good.md"] == b"good"


def test_all_together_are_bounded(tmp_path: Path) -> None:
    """A thousand members that are each small enough."""
    many = files.MOST_TOTAL // (40 * 1024**2) + 1
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        block = bytes(40 * 1024**2)
        for number in range(many):
            archive.writestr(f"{number:03}.md", block)
    with opened(tmp_path / "a.zip") as found:
        sizes = [len(found.read(name)) for name in found.names]
        assert sum(sizes) <= files.MOST_TOTAL
        assert sizes[-1] == 0
        assert "all files together" in found.broken[0][1]


def test_damage_and_secrets_cost_themselves(tmp_path: Path) -> None:
    body = bytearray(zipped({"a.md": b"one " * 500, "b.md": b"two " * 500}))
    body[38] ^= 0xFF  # in the packed bytes of the first
    (tmp_path / "a.zip").write_bytes(body)
    read, _, broken = listed(tmp_path / "a.zip")
    assert (list(read), list(broken)) == (["b.md"], ["a.md"])
    locked = bytearray(zipped({"a.md": b"one"}))
    for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        locked[locked.index(mark) + place] |= 1
    (tmp_path / "b.zip").write_bytes(locked)
    assert listed(tmp_path / "b.zip")[:2] == ({}, {"a.md": "encrypted"})


def test_too_many_files_are_no_export(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        for number in range(files.MOST_FILES + 1):
            archive.writestr(f"{number}.md", b"")
    with pytest.raises(ConfigError, match="50,000 files"), opened(tmp_path / "a.zip"):
        pass
