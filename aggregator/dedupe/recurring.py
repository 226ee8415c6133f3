"""Titles that name many works: those used again each week or year, and those that say nothing at all.

The words of several languages; Chinese, Japanese and Korean ones are written as title keys are, a space between two
signs. A word too many costs little: such a title needs dates or texts that agree.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from aggregator.dedupe.titles import numbers


def _spaced(names: str) -> str:
    return "|".join(" ".join(name) for name in names.split())


_ENGLISH = (
    r"weekly|monthly|quarterly|yearly|annual|newsletter|digest|round ?up|recap|changelog|release notes|retrospective|"
    r"year in review|(?:this|last|past|of the|my) (?:day|week|month|year)|open thread|hiring|now playing|"
    r"what im (?:reading|doing)"
)
_EUROPEAN = (
    r"(?:wochen|monats|jahres)(?:rückblick|schau|bericht|tipps)|rückblick|(?:diese|letzte|der) woche|linktipps|"
    r"lesetipps|(?:de|cette) (?:la )?semaine|du mois|de l ?année|hebdo\w*|mensuel\w*|revue de presse|"
    r"(?:de la|esta|da|desta) semana|(?:del|este|do) (?:mes|mês|año|ano)|semanal|mensual|mensal|anual|boletín|boletim|"
    r"della settimana|del mese|dell ?anno|settimanale|mensile|"
    r"(?:van|deze) (?:de )?(?:week|maand)|van het jaar|weekoverzicht|maandoverzicht|jaaroverzicht|"
    r"дайджест|(?:итоги|за|на) (?:недел[ияю]|месяц[а]?|год[а]?|тиждень|тижня)|ретроспектива|"
    r"podsumowanie|przegląd (?:tygodnia|miesiąca|roku)|haftanın|haftalık|aylık|bülten\w*|"
    r"السنة|الأسبوع|الاسبوع|الشهر|نشرة|השבוע|השבועי|החודש|השנה"
)
_MONTHS = (
    "januar|februar|märz|april|juni|juli|august|september|oktober|november|dezember|janvier|février|avril|juin|juillet|"
    "août|septembre|octobre|novembre|décembre|enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|octubre|"
    "noviembre|diciembre|janeiro|fevereiro|março|maio|junho|julho|setembro|outubro|novembro|dezembro|"
    "январ[ья]|феврал[ья]|март[а]?|апрел[ья]|мая|июн[ья]|июл[ья]|август[а]?|сентябр[ья]|октябр[ья]|ноябр[ья]|декабр[ья]"
)
_EAST_ASIAN = _spaced(
    "今週 先週 今月 先月 週間 月間 週報 月報 日報 毎週 毎月 振り返り "
    "周刊 周报 月报 月刊 日报 本周 本月 每周 每月 周记 年终总结 年度总结 "
    "이번주 주간 월간 회고 뉴스레터"
)
_EVERY_TIME = re.compile(rf"\b(?:{_ENGLISH}|{_EUROPEAN}|{_MONTHS}|{_EAST_ASIAN})\b")
# "Some links", "Interesting bookmarks": these words stand in titles about other things, too.
_LISTED = re.compile(rf"\b(?:links|bookmarks|liens|enlaces|ссылки|{_spaced('リンク集 链接')})\b")
_BRIEF = 5  # words
_GENERIC = frozenset(
    (
        "hello world", "hello", "hi", "welcome", "introduction", "intro", "about", "about me", "about this blog",
        "test", "test post", "first post", "my first post", "my first blog post", "new blog", "news", "update",
        "updates", "untitled", "post", "blog", "home", "now", "notes", "links", "new post", "draft",
        "hallo", "hallo welt", "willkommen", "über mich", "neuigkeiten", "bonjour", "bienvenue", "à propos", "hola",
        "hola mundo", "bienvenidos", "bienvenida", "sobre mí", "olá", "olá mundo", "bem vindo", "sobre mim", "ciao",
        "ciao mondo", "benvenuti", "привет", "привет мир", "обо мне", "новости", "مرحبا", "مرحبا بالعالم", "שלום עולם",
        "你 好", "你 好 世 界", "关 于 我", "こ ん に ち は", "自 己 紹 介", "お 知 ら せ", "は じ め ま し て",
        "안 녕 하 세 요", "공 지",
    )
)  # fmt: skip


@lru_cache(maxsize=16384)
def recurring(key: str) -> bool:
    """Whether a title is one that is used again each time: "Weekly links", "Overview of May", "Year in review".

    "Weekly links 196" and "2024 in review" say which one they are.
    """
    found = numbers(key)
    if not _only_months(found):
        return False
    if found or _EVERY_TIME.search(key) is not None:
        return True
    return _LISTED.search(key) is not None and len(key.split()) <= _BRIEF


def _only_months(found: Iterable[str]) -> bool:
    return all(number.startswith("month") for number in found)


def generic(key: str) -> bool:
    """Whether a title says nothing at all about what it names: "Hello world", "Update"."""
    return key in _GENERIC
