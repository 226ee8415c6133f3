"""Says what speaks against an original that a copy declares: authors copy front matter from one post to its sister, and
an address that was cut off may be either's."""

from __future__ import annotations

from aggregator.dedupe import titles
from aggregator.dedupe.editions import SAME_DAYS
from aggregator.dedupe.pair import Pair
from aggregator.dedupe.slugs import bare_key, breaks_off

LINK_JACCARD = 0.6
RETITLED_JACCARD = 0.75  # one text under two titles; what is written from a template shares less
TEMPLATE_SHARED = 0.15  # what is written anew for each platform shares less (measured: up to 13 %)
STRANGE_TEXT = 0.3
STRANGE_TITLE = 0.55
ONE_WORD = 0.86  # likeness of two titles that differ in one word

OTHER_NUMBERS = "the numbers in the titles differ"
OTHER_WORD = "the titles differ in the word that matters"
_BREAKS_OFF = "the address of one breaks off before the word that would tell which of two it is"
_STRANGERS = "they only name one original, and have neither title nor text in common"


def contradicted(pair: Pair, direct: bool) -> str | None:
    """What speaks against a declared link; ``direct``: one names the other, and not both a third address."""
    if pair.stub:
        return _stub(pair)
    if pair.conflict and pair.jaccard < LINK_JACCARD:
        return OTHER_NUMBERS
    template = pair.swapped and not pair.reworded and pair.contained >= TEMPLATE_SHARED
    if template and pair.jaccard < RETITLED_JACCARD:
        return OTHER_WORD
    strangers = pair.contained < STRANGE_TEXT and max(pair.token_set, pair.ratio) < STRANGE_TITLE
    return _STRANGERS if strangers and not direct else None


def _stub(pair: Pair) -> str | None:
    """Where there is no text to compare; a stub may be called whatever it likes, but not like its sister."""
    if titles.differ(bare_key(pair.a.entry), bare_key(pair.b.entry)):
        return OTHER_NUMBERS
    if pair.titled and pair.swapped and not pair.reworded and pair.ratio >= ONE_WORD:
        return OTHER_WORD
    return _BREAKS_OFF if broken_off(pair) else None


def broken_off(pair: Pair) -> bool:
    """Whether one is only an address that ends in "with" or the like where the other's title goes on, and the dates do
    not help: a sister's address would read the same. When its page was read, its title tells."""
    if pair.apart is not None and pair.apart <= SAME_DAYS:
        return False
    a, b = pair.a.entry, pair.b.entry
    return breaks_off(a, pair.titles[1]) or breaks_off(b, pair.titles[0])
