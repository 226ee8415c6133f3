"""A config on the disk is changed whole or not at all, in the file in which its owner stands."""

from __future__ import annotations

from pathlib import Path

import pytest

from aggregator.config import load
from aggregator.config.edit import Edit, Line, add_group, add_source, remove_group
from aggregator.errors import ConfigError

MAIN = """\
# the main file
site: {base_url: "${BASE}"}
include: [owners/*.yaml]
owners:
  - {id: asha, name: Asha Rao, sources: [{dev: asharao}]}
"""
BO = "# Bo's own\r\nowners:\r\n- id: ${BO} # him\r\n  name: Bo\r\n  same:\r\n  - [https://bo.example/1, https://b.example/1]"
ENVIRON = {"BASE": "https://feeds.example", "BO": "bo"}
A, B, C = "https://bo.example/1", "https://b.example/1", "https://c.example/1"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    main, owners = tmp_path / "aggregator.yaml", tmp_path / "owners"
    owners.mkdir()
    main.write_text(MAIN, encoding="utf-8")
    (owners / "bo.yaml").write_bytes(BO.encode())
    return main


def files(path: Path) -> dict[str, bytes]:
    return {str(one.relative_to(path.parent)): one.read_bytes() for one in path.parent.rglob("*") if one.is_file()}


def test_an_owner_in_the_main_file(path: Path) -> None:
    edit = add_source(path, "asha", {"medium": "@asharao"}, ENVIRON)
    assert [source.key for source in edit.config.sources] == ["asha/dev", "asha/medium"]
    assert path.read_text() == MAIN  # so far it is a plan
    edit.write()
    line = '  - {id: asha, name: Asha Rao, sources: [{dev: asharao}, {medium: "@asharao"}]}'
    assert edit.lines == (Line(5, MAIN.splitlines()[4], gone=True), Line(5, line))
    assert files(path) == {
        "aggregator.yaml": MAIN.replace(MAIN.splitlines()[4], line).encode(),
        "owners/bo.yaml": BO.encode(),
    }


def test_an_owner_in_an_included_file(path: Path) -> None:
    edit = add_source(path, "bo", {"feed": "https://bo.example/feed", "id": "news"}, ENVIRON)
    edit.write()
    assert edit.file == path.parent / "owners" / "bo.yaml"
    assert edit.lines == (Line(5, "  sources:"), Line(6, "  - feed: https://bo.example/feed"), Line(7, "    id: news"))
    assert edit.file.read_bytes() == BO.encode().replace(
        b"  same:", b"  sources:\r\n  - feed: https://bo.example/feed\r\n    id: news\r\n  same:"
    )
    assert load(path, ENVIRON) == edit.config


@pytest.mark.parametrize(
    ("owner", "item", "said"),
    [
        ("asha", {"dev": "somebody"}, 'a second source with the id "dev"'),
        ("asha", {"dev": "two words"}, "is no account name"),
        ("asha", {"devto": "x"}, 'there is no kind "devto"'),
        ("bo", {"feed": "ftp://bo.example"}, "owners/bo.yaml:6: "),
        ("ash", {"dev": "x"}, 'there is no owner "ash" in .* \\(did you mean "asha"\\?\\)'),
        ("zoe", {"dev": "x"}, "; there are asha, bo"),
    ],
)
def test_what_would_not_be_valid_changes_nothing(path: Path, owner: str, item: dict[str, str], said: str) -> None:
    before = files(path)
    with pytest.raises(ConfigError, match=said):
        add_source(path, owner, item, ENVIRON)
    assert files(path) == before


def test_a_mistake_elsewhere_is_told_and_nothing_changes(path: Path) -> None:
    path.write_text(MAIN.replace("Asha Rao", "{}"))
    before = files(path)
    with pytest.raises(ConfigError, match=r"aggregator.yaml:5: owners\[0\].name: must be text"):
        add_source(path, "bo", {"dev": "bo"}, ENVIRON)
    assert files(path) == before


# ── the owner's word ────────────────────────────────────────────────────────────────────────────────────────────────


def told(edit: Edit) -> tuple[tuple[tuple[str, ...], ...], tuple[tuple[str, ...], ...]]:
    edit.write()
    (bo,) = (owner for owner in edit.config.owners if owner.id == "bo")
    return bo.same, bo.different


def test_the_opposite_of_what_was_said_replaces_it(path: Path) -> None:
    assert told(add_group(path, "bo", "different", [B, A], ENVIRON)) == ((), ((B, A),))
    assert told(add_group(path, "bo", "same", [A, B], ENVIRON)) == (((A, B),), ())


def test_what_is_said_already_is_not_said_again(path: Path) -> None:
    edit = add_group(path, "bo", "same", [f"http://www.{B.removeprefix('https://')}/?utm_source=x", A], ENVIRON)
    assert edit.lines == ()
    assert told(edit) == (((A, B),), ())
    assert files(path)["owners/bo.yaml"] == BO.encode()


def test_it_can_be_taken_back(path: Path) -> None:
    assert told(add_group(path, "bo", "different", [A, C], ENVIRON)) == (((A, B),), ((A, C),))
    assert told(remove_group(path, "bo", [C, A], ENVIRON)) == (((A, B),), ())
    assert files(path)["owners/bo.yaml"] == BO.encode()
    assert remove_group(path, "bo", [C, A], ENVIRON).lines == ()
    assert told(remove_group(path, "bo", [A, B], ENVIRON)) == ((), ())


def test_a_longer_list_is_taken_apart_by_a_person(path: Path) -> None:
    add_group(path, "bo", "same", [A, B, C], ENVIRON).write()
    with pytest.raises(ConfigError, match="names more than these 2 addresses"):
        remove_group(path, "bo", [A, C], ENVIRON)
    with pytest.raises(ConfigError, match="names more than these 2 addresses"):
        add_group(path, "bo", "different", [C, B], ENVIRON)
    assert add_group(path, "bo", "same", [C, B], ENVIRON).lines == ()


# ── the disk ────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o664])
def test_permissions_stay(path: Path, mode: int) -> None:
    path.chmod(mode)
    before = path.stat()
    add_source(path, "asha", {"medium": "@asharao"}, ENVIRON).write()
    after = path.stat()
    assert (after.st_mode, after.st_uid, after.st_gid) == (before.st_mode, before.st_uid, before.st_gid)
    assert after.st_ino != before.st_ino  # another file, put in its place at once


def test_what_a_link_leads_to_is_changed(path: Path, tmp_path: Path) -> None:
    link = tmp_path / "link.yaml"
    link.symlink_to(path)
    add_source(link, "asha", {"medium": "@asharao"}, ENVIRON).write()
    assert link.is_symlink()
    assert "@asharao" in path.read_text()


def test_a_change_by_somebody_else_is_not_lost(path: Path) -> None:
    edit = add_source(path, "asha", {"medium": "@asharao"}, ENVIRON)
    path.write_text(MAIN + "# meanwhile\n")
    with pytest.raises(ConfigError, match="was changed by somebody else"):
        edit.write()
    assert path.read_text() == MAIN + "# meanwhile\n"


def test_a_file_that_cannot_be_replaced_stays_and_the_line_is_told(tmp_path: Path) -> None:
    path = tmp_path / f"{'a' * 250}.yaml"  # beside it no file with a longer name can be made
    path.write_text(MAIN.replace("include: [owners/*.yaml]\n", ""))
    edit = add_source(path, "asha", {"medium": "@asharao"}, ENVIRON)
    before = files(path)
    with pytest.raises(ConfigError, match=r'cannot be changed: .*\. Write it yourself: .*medium: "@asharao"'):
        edit.write()
    assert files(path) == before
