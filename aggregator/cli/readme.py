"""``aggregator readme``: the newest posts of some feeds between two comments of a README."""

from __future__ import annotations

import asyncio
import os
import re
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import zip_longest
from json import dumps
from pathlib import Path

import click

import aggregator
from aggregator.bootstrap import utc_now
from aggregator.cli import DONE, SOME_FAILED, logs
from aggregator.cli.console import complaint, json, some
from aggregator.errors import ConfigError
from aggregator.fetch import Fetcher
from aggregator.model import Entry, FetchPolicy
from aggregator.poll.look import Look, look
from aggregator.poll.target import Target, target
from aggregator.poll.workers import Readers
from aggregator.render.readme import DATE_FORMAT, TAG, Post, Wishes, between, chosen, listed, within

_REPLIES = re.compile(r"https?://(?:[\w-]+\.)*(stackoverflow|stackexchange)\.com/", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Tries:
    """How often a feed that failed is asked again, and after how many seconds."""

    more: int
    wait: int


@click.command("readme")
@click.option("--feed-list", envvar="INPUT_FEED_LIST", required=True, metavar="URL,...", help="Feeds, sites, profiles.")
@click.option("--feed-names", envvar="INPUT_FEED_NAMES", default="", metavar="NAME,...", help="For $feedName.")
@click.option(
    "--readme-path",
    envvar="INPUT_README_PATH",
    default="./README.md",
    show_default=True,
    metavar="FILE,...",
    help="The files to write into.",
)
@click.option(
    "--max-post-count",
    envvar="INPUT_MAX_POST_COUNT",
    default=5,
    show_default=True,
    type=click.IntRange(1),
    help="Posts, of all feeds.",
)
@click.option(
    "--comment-tag-name",
    envvar="INPUT_COMMENT_TAG_NAME",
    default=TAG,
    show_default=True,
    metavar="NAME",
    help="Of both comments.",
)
@click.option("--template", envvar="INPUT_TEMPLATE", default="default", metavar="TEXT", help="$title $url $date ...")
@click.option(
    "--date-format",
    envvar="INPUT_DATE_FORMAT",
    default=DATE_FORMAT,
    show_default=True,
    metavar="MASK",
    help="Of $date.",
)
@click.option(
    "--disable-sort",
    envvar="INPUT_DISABLE_SORT",
    default="false",
    metavar="true|false",
    help="Keep the order of the feeds.",
)
@click.option(
    "--remove-duplicates",
    envvar="INPUT_REMOVE_DUPLICATES",
    default="false",
    metavar="true|false",
    help="Each address and title once.",
)
@click.option(
    "--filter-comments",
    envvar="INPUT_FILTER_COMMENTS",
    default="medium,stackoverflow,stackexchange",
    help="Sites whose comments are no posts.",
)
@click.option(
    "--title-max-length", envvar="INPUT_TITLE_MAX_LENGTH", default="", metavar="N", help="Characters of a title."
)
@click.option(
    "--description-max-length",
    envvar="INPUT_DESCRIPTION_MAX_LENGTH",
    default="",
    metavar="N",
    help="Characters of a description.",
)
@click.option(
    "--tag-post-pre-newline",
    envvar="INPUT_TAG_POST_PRE_NEWLINE",
    default="",
    metavar="true|false",
    help="The list on lines of its own.",
)
@click.option(
    "--filter-dates",
    envvar="INPUT_FILTER_DATES",
    default="",
    metavar="TEXT",
    help="daysAgo/N/, currentMonth or currentYear.",
)
@click.option(
    "--categories-template",
    envvar="INPUT_CATEGORIES_TEMPLATE",
    default="default",
    metavar="TEXT",
    help="Each $category of $categories.",
)
@click.option(
    "--rand-seed", envvar="INPUT_RAND_SEED", default="", metavar="TEXT", help="Of $randomEmoji; else the repository."
)
@click.option("--retry-count", envvar="INPUT_RETRY_COUNT", default="0", metavar="N", help="Tries after a failed one.")
@click.option(
    "--retry-wait-time", envvar="INPUT_RETRY_WAIT_TIME", default="1", metavar="SECONDS", help="Before each of them."
)
@click.option(
    "--output-only",
    envvar="INPUT_OUTPUT_ONLY",
    default="false",
    metavar="true|false",
    help="Only give the posts as output.",
)
@click.option(
    "--item-exec", envvar="INPUT_ITEM_EXEC", default="", metavar="TEXT", help="Refused: foreign JavaScript is not run."
)
@click.option("--allow-private", envvar="AGGREGATOR_ALLOW_PRIVATE", default="", metavar="HOST,...", hidden=True)
@click.option("--json", "as_json", is_flag=True, help="Print facts as JSON.")
def command(
    feed_list: str,
    feed_names: str,
    readme_path: str,
    max_post_count: int,
    comment_tag_name: str,
    template: str,
    date_format: str,
    disable_sort: str,
    remove_duplicates: str,
    filter_comments: str,
    title_max_length: str,
    description_max_length: str,
    tag_post_pre_newline: str,
    filter_dates: str,
    categories_template: str,
    rand_seed: str,
    retry_count: str,
    retry_wait_time: str,
    output_only: str,
    item_exec: str,
    allow_private: str,
    as_json: bool,
) -> None:
    """Write the newest posts of some feeds between two comments of a README.

    Takes what blog-post-workflow takes, as options or as the inputs of an action: between <!-- BLOG-POST-LIST:START -->
    and <!-- BLOG-POST-LIST:END --> stands the list afterwards, and nothing else is changed. Written only if it differs.
    Exit status 1: some feeds could not be read; the list is of the others, and as it was if there are none.

    \b
    Example:
      aggregator readme --feed-list "dev:asharao,https://asha.example/feed.xml"
    """
    logs.set_up()
    _refuse(item_exec)
    targets = [target(one) for one in _parts(feed_list)]
    wishes = Wishes(
        most=max_post_count,
        sort=not _yes(disable_sort),
        template=template or "default",
        date_format=date_format or DATE_FORMAT,
        title_length=_number("title_max_length", title_max_length),
        description_length=_number("description_max_length", description_max_length),
        unique=_yes(remove_duplicates),
        categories_template=categories_template or "default",
        seed=rand_seed or os.environ.get("GITHUB_REPOSITORY", "example"),
    )
    tries = Tries(_number("retry_count", retry_count) or 0, _number("retry_wait_time", retry_wait_time) or 0)
    recent = within(filter_dates, utc_now())  # refused before anything is read
    seen = asyncio.run(_looked(targets, FetchPolicy(allow_private=tuple(_parts(allow_private))), tries))
    failed = _complained(targets, seen)
    posts = _posts(seen, _parts(feed_names), filter_comments, recent)
    if failed and not posts:  # an empty list would throw away the one that is there
        sys.exit(SOME_FAILED)
    paths = [] if _yes(output_only) else _parts(readme_path)
    text, apart = listed(posts, wishes), _yes(tag_post_pre_newline)
    changed = [one for one in paths if _written(Path(one), comment_tag_name or TAG, text, apart)]
    _tell(changed, len(posts), as_json, chosen(posts, wishes) if _yes(output_only) else None)
    sys.exit(SOME_FAILED if failed else DONE)


async def _looked(targets: Sequence[Target], policy: FetchPolicy, tries: Tries) -> list[Look]:
    now = utc_now()
    async with Readers() as readers, Fetcher(policy, aggregator.__version__) as fetcher:

        async def looked(one: Target) -> Look:
            found = await look(one.source("readme"), fetcher, readers, now)
            for _ in range(tries.more):
                if not found.error:
                    break
                await asyncio.sleep(tries.wait)
                found = await look(one.source("readme"), fetcher, readers, now)
            return found

        return list(await asyncio.gather(*map(looked, targets)))


def _refuse(item_exec: str) -> None:
    if item_exec.strip():
        raise ConfigError(
            [
                "item_exec is not run: it is JavaScript; remove it, and use template, filter_dates, filter_comments "
                "and remove_duplicates, or output_only with a step of your own that reads the output results"
            ]
        )


def _complained(targets: Sequence[Target], seen: Sequence[Look]) -> bool:
    """Whether a feed could not be read; says which."""
    for one, found in zip(targets, seen, strict=True):
        if found.error:
            complaint(f"{one.text}: {found.error}")
    return any(found.error for found in seen)


def _posts(
    seen: Sequence[Look], names: Sequence[str], filter_comments: str, recent: Callable[[datetime | None], bool]
) -> list[Post]:
    """What the feeds that could be read have, in their order."""
    kept = {one.partition("/")[0].strip() for one in filter_comments.split(",")}
    named = zip_longest(seen, names[: len(seen)], fillvalue="")
    return [
        _post(entry, str(name))
        for found, name in named
        if isinstance(found, Look) and not found.error
        for entry in found.entries
        if not _is_reply(entry, kept) and recent(entry.published)
    ]


def _post(entry: Entry, name: str) -> Post:
    labels = tuple(entry.tag_labels.get(tag, tag) for tag in entry.tags)
    return Post(entry.title, entry.url or "", entry.published, entry.summary, name, labels)


def _is_reply(entry: Entry, kept: set[str]) -> bool:
    """A comment of a question-and-answer site; those of Medium no source gives us."""
    site = _REPLIES.match(entry.url or "")
    return site is not None and site[1].lower() in kept and entry.title.startswith("Comment by ")


def _written(path: Path, tag: str, new: str, apart: bool) -> bool:
    """Whether the file is another one now. Raises ConfigError: it is not there, or has no such comments."""
    try:
        with path.open(encoding="utf-8", newline="") as file:
            old = file.read()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError([f"{path} cannot be read as text in UTF-8: {error}"]) from error
    try:
        text = between(old, tag, new.replace("\n", "\r\n") if "\r\n" in old else new, apart=apart)
    except ConfigError as error:
        raise ConfigError([f"{path}: {one}" for one in error.problems]) from error
    if text == old:
        return False
    made = path.with_name(f".{path.name}.new")
    made.write_text(text, encoding="utf-8", newline="")
    made.chmod(path.stat().st_mode)
    made.replace(path)
    return True


def _tell(changed: Sequence[str], posts: int, as_json: bool, results: Sequence[Post] | None = None) -> None:
    facts = None if results is None else [_fact(one) for one in results]
    output = os.environ.get("GITHUB_OUTPUT")
    if output:
        with Path(output).open("a", encoding="utf-8") as file:
            file.write(f"changed={str(bool(changed)).lower()}\n")
            if facts is not None:  # one line of ASCII that begins with a bracket: the delimiter cannot be in it
                file.write(f"results<<END_OF_RESULTS\n{dumps(facts)}\nEND_OF_RESULTS\n")
    if as_json:
        told = {"changed": bool(changed), "written": list(changed), "posts": posts}
        json(told if facts is None else {**told, "results": facts})
    else:
        click.echo(f"{some(posts, 'post')} read; {', '.join(changed) + ' written' if changed else 'nothing changed'}.")


def _fact(post: Post) -> dict[str, object]:
    """A post under the names that blog-post-workflow gives in ``results``."""
    return {
        "title": post.title,
        "url": post.url,
        "description": post.description,
        "categories": list(post.categories),
        "date": post.at.isoformat() if post.at else None,
        "feedName": post.feed_name,
    }


def _parts(text: str) -> list[str]:
    return [one.strip() for one in text.split(",") if one.strip()]


def _yes(text: str) -> bool:
    return text.strip().lower() == "true"


def _number(name: str, text: str) -> int | None:
    if not text.strip():
        return None
    if not text.strip().isdecimal():
        raise ConfigError([f"{name} is a whole number, not {text!a}"])
    return int(text)
