"""What stays apart and what comes together in languages that write, count and inflect in other ways than English."""

from __future__ import annotations

from datetime import timedelta

import pytest

from aggregator.dedupe.cluster import cluster
from aggregator.model import Entry
from tests.core.dedupe.made import ISSUED, copies, entry, prose, source

SITE, DEV = source("site", own_site=True), source("dev", kind="dev")
HOME = "https://asha.example/"
WEEK, YEAR = timedelta(days=7), timedelta(days=365)

HAN, ARABIC, CYRILLIC = (prose(alphabet, 300, alphabet) for alphabet in ("han", "arabic", "cyrillic"))


def edited(text: str, every: int) -> str:
    return " ".join("иначе" if place % every == every - 1 else word for place, word in enumerate(text.split()))


def named(slug: str, days: int = 1) -> Entry:
    """An entry of a sitemap."""
    return entry(slug.replace("-", " "), "", HOME + slug, at=ISSUED + timedelta(days=days))


def again(title: str, text: str, after: timedelta = WEEK) -> tuple[Entry, Entry]:
    """A title without text, and the same with one a while later."""
    return entry(title, "", at=ISSUED - after), entry(title, text)


APART: dict[str, tuple[Entry, Entry]] = {
    "Chinese parts": (entry("深入理解消息队列（上）", ""), entry("深入理解消息队列（下）", "")),
    "Korean parts": (entry("데이터베이스 만들기 1편", ""), entry("데이터베이스 만들기 2편", "")),
    "Hebrew parts": (entry("מדריך לקפקא חלק א", ""), entry("מדריך לקפקא חלק ב", "")),
    "Hindi parts": (entry("काफ्का सीखें भाग 1", ""), entry("काफ्का सीखें भाग 2", "")),
    "Arabic digits": (entry("تعلم كافكا الجزء ١", ""), entry("تعلم كافكا الجزء ٢", "")),
    "Thai parts": (entry("เรียนรู้ Kafka ตอนที่ 1", ""), entry("เรียนรู้ Kafka ตอนที่ 2", "")),
    "German parts": (entry("Kafka von Null, Teil eins", ""), entry("Kafka von Null, Teil zwei", "")),
    "Russian months": (entry("Итоги мая", ""), entry("Итоги июня", "")),
    "a Chinese sibling": (entry("用Go写一个数据库", ""), entry("用Rust写一个数据库", "")),
    "a Russian sibling": (entry("Развёртывание Django на сервере", ""), entry("Развёртывание Rails на сервере", "")),
    "years after an emoji": (entry("🎄 2023", ""), entry("🎄 2024", "")),
    "a Russian digest": again("Дайджест недели", CYRILLIC),
    "a German review": again("Wochenrückblick", prose("de")),
    "Japanese links": again("今週のリンク集", HAN),
    "a Chinese weekly": again("技术周刊", HAN),
    "a Korean weekly": again("주간 회고", HAN),
    "a Spanish summary": again("Resumen de la semana", prose("es")),
    "Portuguese links": again("Links da semana", prose("pt")),
    "an Arabic bulletin": again("نشرة الأسبوع", ARABIC),
    "a French year": again("Bilan de l'année", prose("fr"), YEAR),
    "a Russian month": again("Что нового: май, отчёт за месяц", CYRILLIC, YEAR),
    "a greeting of every language": again("Привет, мир!", CYRILLIC, timedelta(days=2)),
}

TOGETHER: dict[str, tuple[Entry, Entry]] = {
    "Chinese, under another title": (entry("消息队列的租约", HAN), entry("我用了一个月才明白的事", HAN + HAN[:8])),
    "Chinese, an excerpt": (entry("消息队列的租约", HAN), entry("租约", "", summary=HAN[:40])),
    "Japanese, months later": (
        entry("リースとは何か、なぜ必要か", HAN),
        entry("🚀 リースとは何か、なぜ必要か", "", summary=HAN[:40], at=ISSUED + timedelta(days=90)),
    ),
    "Korean, a part": (
        entry("데이터베이스 만들기 2편", HAN),
        entry("[번역] 데이터베이스 만들기 2편", HAN),
    ),
    "Hebrew, with a question mark": (
        entry("איך בונים מסד נתונים", ARABIC),
        entry("איך בונים מסד נתונים?", "", at=ISSUED + timedelta(days=60)),
    ),
    "Arabic, edited": (
        entry("عقد الإيجار في الأنظمة", ARABIC),
        entry("عقد الإيجار", " ".join(ARABIC.split()[40:])),
    ),
    "Russian, edited, with a subtitle": (
        entry("Очереди сообщений", CYRILLIC),
        entry("Очереди сообщений: как они устроены", edited(CYRILLIC, 12)),
    ),
    "a Russian digest of one day": again("Дайджест недели", CYRILLIC, timedelta(days=1)),
    "Russian, updated": (
        entry("Очереди сообщений изнутри и снаружи", ""),
        entry("Очереди сообщений изнутри и снаружи (обновлено)", CYRILLIC, at=ISSUED + YEAR),
    ),
    "French, in a sitemap": (entry("Le cœur d’une base de données", HAN), named("le-coeur-d-une-base-de-donnees", 90)),
    "German, in a sitemap": (entry("Über Größen und Maße", HAN), named("ueber-groessen-und-masse", 90)),
    "Turkish, in a sitemap": (entry("İstanbul'da Kafka günleri", HAN), named("istanbul-da-kafka-gunleri")),
    "Polish, in a sitemap": (entry("Łódź i kolejki: pół roku później", HAN), named("lodz-i-kolejki-pol-roku-pozniej")),
}


@pytest.mark.parametrize("name", APART)
def test_two_articles(name: str) -> None:
    a, b = APART[name]
    assert len(cluster([*copies(SITE, [a]), *copies(DEV, [b], first_id=2)]).groups) == 2
    assert len(cluster([*copies(DEV, [a]), *copies(SITE, [b], first_id=2)]).groups) == 2


@pytest.mark.parametrize("name", TOGETHER)
def test_one_article(name: str) -> None:
    a, b = TOGETHER[name]
    assert len(cluster([*copies(SITE, [a]), *copies(DEV, [b], first_id=2)]).groups) == 1
    assert len(cluster([*copies(DEV, [a]), *copies(SITE, [b], first_id=2)]).groups) == 1
