"""Tells in which language a text is said to be, in one spelling, and to which side it runs."""

from __future__ import annotations

import re
import unicodedata

from aggregator.model import Direction
from aggregator.text.tables import words

# ISO 639-1: a code of two letters that is not here is a country, a mistake or a joke.
_TWO_LETTERS = words(
    """
    aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz ee el en
    eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik io is it iu ja jv
    ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne
    ng nl nn no nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg sh si sk sl sm sn so sq sr ss
    st su sv sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu
    """
)

# BCP 47 asks for the shortest code and for the one in use (RFC 5646 sections 2.2.1 and 4.5).
_PREFERRED = {
    "iw": "he", "in": "id", "ji": "yi", "jw": "jv", "eng": "en", "deu": "de", "ger": "de", "fra": "fr", "fre": "fr",
    "spa": "es", "ita": "it", "por": "pt", "rus": "ru", "zho": "zh", "chi": "zh", "jpn": "ja", "kor": "ko", "nld": "nl",
    "dut": "nl", "pol": "pl", "ukr": "uk", "tur": "tr", "ara": "ar", "heb": "he", "hin": "hi", "ben": "bn", "swe": "sv",
    "fas": "fa", "per": "fa", "ces": "cs", "cze": "cs", "dan": "da", "fin": "fi", "nor": "no", "ell": "el", "gre": "el",
}  # fmt: skip
_NO_LANGUAGE = frozenset({"und", "mul", "mis", "zxx"})

_TAG = re.compile(
    r"(?P<language>[a-z]{2,3})(?P<extended>(?:-[a-z]{3}){0,3})(?:-(?P<script>[a-z]{4}))?(?:-(?P<region>[a-z]{2}|[0-9]{3}))?"
    r"(?P<rest>(?:-(?:[a-z0-9]{5,8}|[0-9][a-z0-9]{3}))*(?:-[a-wyz0-9](?:-[a-z0-9]{2,8})+)*(?:-x(?:-[a-z0-9]{1,8})+)?)\Z"
)

_RTL_LANGUAGES = words("ar arc arz ckb dv fa glk he khw lrc mzn nqo pnb ps sd syr ug ur yi")
_RTL_SCRIPTS = words("Adlm Arab Hebr Mand Nkoo Rohg Samr Syrc Thaa")


def tag(value: str | None) -> str | None:
    """The BCP 47 tag that `value` means (`en_US` is ``en-US``, `EN` is ``en``), or None for what is no language."""
    if not value or len(value) > 64:
        return None
    text = value.strip().replace("_", "-").lower()
    text = re.sub(r"[.@].*\Z", "", text, flags=re.DOTALL)  # a POSIX locale's encoding and modifier
    match = _TAG.match(text)
    if match is None:
        return None
    language = _PREFERRED.get(match["language"], match["language"])
    if language in _NO_LANGUAGE or (len(language) == 2 and language not in _TWO_LETTERS):
        return None
    region = "GB" if match["region"] == "uk" else (match["region"] or "").upper()
    parts = (language + match["extended"], (match["script"] or "").title(), region, match["rest"].removeprefix("-"))
    return "-".join(filter(None, parts))


def direction(language: str | None, text: str) -> Direction:
    """To which side a text runs: its script or language says so; without one, its first letter that has a side."""
    known = tag(language)
    if known is not None:
        primary, *others = known.split("-")
        script = next((part for part in others if len(part) == 4 and part.isalpha()), None)
        rtl = script in _RTL_SCRIPTS if script else primary in _RTL_LANGUAGES
        return "rtl" if rtl else "ltr"
    for character in text:
        bidi = unicodedata.bidirectional(character)
        if bidi in ("R", "AL"):
            return "rtl"
        if bidi == "L":
            return "ltr"
    return "ltr"
