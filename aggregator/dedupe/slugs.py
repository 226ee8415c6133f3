"""What the last segment of an address says: the title in other letters, and which edition it is.

A sitemap has no other titles than these. An address writes no apostrophes and often no accents, and breaks numbers:
"let-s-encrypt" and "lets-encrypt" are both "Let's Encrypt", "a-10-000-resume" is "À 10,000 résumé".
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from posixpath import basename
from urllib.parse import urlsplit

from aggregator.dedupe.titles import FILLER, SERIES, similarity, title_key
from aggregator.model import Entry
from aggregator.text.characters import fold
from aggregator.text.tables import words
from aggregator.text.urls import name_of

_EDITION = re.compile(r"(?:-(?:\d|\d{4}|updated?|revised))+$", re.IGNORECASE)
_TAKEN = re.compile(rf"(?<= )(?!(?:{'|'.join(sorted(SERIES))}) )(\S+) [2-9]$")
_APOSTROPHE = re.compile("['\u2019\u02bc]")
_HANGING = FILLER | words(
    "at by from as into about vs via mit für und im am vom zum zur auf von der die das avec pour et dans sur par de "
    "des du le la les con para por y en el los las del com e o os na no em per di il lo che"
)
# Letters that are no letter with a mark; and how German and Scandinavian addresses write theirs.
_PLAIN = str.maketrans({"æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i", "ß": "ss"})
_LONG = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "ø": "oe"})


def last_segment(url: str | None) -> str:
    """The end of an address's path, which stays when hosts and folders change."""
    return basename(urlsplit(url or "").path.rstrip("/"))


def same_slug(a: str | None, b: str | None) -> bool:
    """Whether two addresses differ in what a re-publication adds to the last segment: -2, -2024, -updated."""
    left, right = (_EDITION.sub("", last_segment(url)) for url in (a, b))
    return left == right != ""


def from_address(title: str, url: str | None) -> bool:
    """Whether a title is only what the address says: a sitemap has no other, and an address leaves out small words."""
    key = title_key(title)
    return not key or (url is not None and key == title_key(name_of(url)))


def untitled(entry: Entry) -> bool:
    """Whether the words of its address, letter by letter, are all the title an entry has: nobody writes a title so."""
    return entry.url is not None and entry.title == fold(name_of(entry.url))


def breaks_off(entry: Entry, whole: str) -> bool:
    """Whether an entry has no title but its address, and that ends in a small word with which ``whole``, the key of
    another title, does not end: an address is cut after so many letters."""
    key = entry.signature.title_key
    return from_address(entry.title, entry.url) and key.rpartition(" ")[2] in _HANGING and whole.startswith(f"{key} ")


def bare_key(entry: Entry) -> str:
    """The key of a title; of one that is only the address without the 2 that a site adds when an address is taken."""
    key = entry.signature.title_key
    return _TAKEN.sub(r"\1", key) if from_address(entry.title, entry.url) else key


@lru_cache(maxsize=16384)
def spellings(title: str) -> tuple[str, ...]:
    """The key of a title, and those that it has where an address is all there is."""
    spelled = [title_key(title), title_key(title.replace(",", " "))]
    if not title.isascii() or "'" in title:
        small = unicodedata.normalize("NFC", title).casefold()
        for text in (small.translate(_PLAIN), small.translate(_LONG)):
            bare = "".join(one for one in unicodedata.normalize("NFKD", text) if not unicodedata.combining(one))
            spelled += filter(str.isascii, map(title_key, (bare, _APOSTROPHE.sub(" ", bare))))
    return tuple(dict.fromkeys((*spelled, *(key.replace(".", " ") for key in spelled))))


def titles_of(a: Entry, b: Entry) -> tuple[str, str]:
    """The keys of two titles; where an address gives the one, the other as such an address would write it."""
    mine, other = a.signature.title_key, b.signature.title_key
    if mine == other or len(spellings(a.title)) == len(spellings(b.title)) == 1:
        return mine, other
    if from_address(a.title, a.url):
        return mine, max(spellings(b.title), key=lambda key: similarity(mine, key))
    if from_address(b.title, b.url):
        return max(spellings(a.title), key=lambda key: similarity(other, key)), other
    return mine, other
