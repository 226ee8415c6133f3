"""Lets the guides be a site, too: what they link to outside of docs/ becomes pages of it."""

from __future__ import annotations

import posixpath
import re
from pathlib import Path, PurePosixPath

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).parents[1]
PROJECT = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "bench/README.md")
"""Pages beside docs/, under project/ in the site."""

_CODE = re.compile(r"(```.*?```|`[^`\n]+`)", re.DOTALL)
_LINK = re.compile(r"(?<=\]\()(?![a-z]+:|#)([^)\s#]+)")
_LISTED = re.compile(r"^(?:## (?P<section>.+)|- \[(?P<title>[^\]]+)\]\((?P<link>[^)]+\.md)\))", re.MULTILINE)


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Let the navigation be the table of contents: the guides, then a group for each heading of it."""
    guides: list[object] = []
    nav: list[object] = [{"Overview": "index.md"}, {"Introduction": _place("README.md")}, {"Guides": guides}]
    for found in _LISTED.finditer((ROOT / "docs" / "index.md").read_text(encoding="utf-8")):
        if found["section"]:
            guides = []
            nav.append({found["section"]: guides})
        else:
            guides.append({found["title"]: _place(_target("index.md", found["link"]))})
    nav.append({"Project": [{"Benchmarks": _place("bench/README.md")}]})
    config.nav = nav
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages beside docs/, and what any page links to there."""
    for name in PROJECT:
        files.append(File.generated(config, _place(name), content=(ROOT / name).read_text(encoding="utf-8")))
    pages = [(one.src_uri, one.content_string) for one in files if one.src_uri.endswith(".md")]
    for origin, text in pages:
        for found in _LINK.findall(_without_code(text)):
            name = _target(origin, found)
            outside = not name.startswith("docs/") and (ROOT / name).is_file()
            if outside and files.get_file_from_path(_place(name)) is None:
                files.append(File.generated(config, _place(name), abs_src_path=str(ROOT / name)))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Let links lead to where things are in the site."""
    here = page.file.src_uri

    def link(found: re.Match[str]) -> str:
        return posixpath.relpath(_place(_target(here, found[1])), posixpath.dirname(here) or ".")

    parts = _CODE.split(markdown)
    return "".join(part if at % 2 else _LINK.sub(link, part) for at, part in enumerate(parts))


def _without_code(text: str) -> str:
    return _CODE.sub("", text)


def _target(page: str, link: str) -> str:
    """What a link of a page of the site names, as a path in the repository."""
    origin = page.removeprefix("project/") if page.startswith("project/") else f"docs/{page}"
    for name in PROJECT:
        if page == _place(name):
            origin = name
    return posixpath.normpath(posixpath.join(posixpath.dirname(origin), link))


def _place(name: str) -> str:
    """Where a file of the repository is in the site; of a folder, where its pages are listed."""
    path = PurePosixPath(name)
    if (ROOT / name).is_dir():
        return "index.md"
    if path.parts[0] == "docs":
        return path.relative_to("docs").as_posix()
    return f"project/{path.as_posix().lower() if name == 'README.md' else path.as_posix()}"
