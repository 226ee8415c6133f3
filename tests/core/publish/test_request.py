"""Every parameter of the contract is read, every spelling of a view is one view, and what does not exist is named."""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.model import Cursor
from aggregator.publish import address, cursor
from aggregator.publish.address import BadRequestError, UnknownViewError
from aggregator.publish.request import PARAMETERS, Asked, read, with_cursor
from tests.core.publish.names import CONFIG

AT = datetime(2026, 5, 19, 9, 34, 58, tzinfo=UTC)
PLACE = cursor.write(Cursor(AT, AT, 0, "01JZ8Q5T00000000000000000A"))
CONTRACT = (
    "tag tag_all exclude_tag source exclude_source author category track kind section year lang featured "
    "exclude_featured q since updated_since sort limit cursor content"
)


def asked(path: str = "", query: str = "") -> Asked:
    scope = address.segments(path.encode())[:-1] if path else ()
    return read(CONFIG, scope, address.pairs(query.encode()))


def test_the_parameters_are_those_of_the_contract() -> None:
    assert sorted(PARAMETERS) == sorted(CONTRACT.split())


# ── scope ───────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("path", "owner", "canonical", "any_of"),
    [
        ("", None, "", ()),
        ("/asha/", "asha", "/asha", ()),
        ("/tag/kafka/", None, "/tag/kafka", (("tag:kafka",),)),
        ("/asha/tag/Kafka/", "asha", "/asha/tag/kafka", (("tag:kafka",),)),
        ("/asha/tag/C%2B%2B/", "asha", "/asha/tag/c%2B%2B", (("tag:c++",),)),
        ("/tag/%D9%82/", None, "/tag/%D9%82", (("tag:ق",),)),
        ("/asha/tag/distsys/", "asha", "/asha/tag/distsys", (("tag:distributed-systems",),)),
        ("/tag/distsys/", None, "/tag/distsys", (("tag:distributed-systems", "tag:distsys"),)),
        ("/asha/category/data/", "asha", "/asha/category/data", (("tag:kafka", "tag:postgresql", "tag:sql"),)),
        ("/asha/category/void/", "asha", "/asha/category/void", ((),)),
        ("/asha/source/dev/", "asha", "/asha/source/dev", (("source:asha/dev",),)),
        ("/asha/source/asha%2Fdev/", "asha", "/asha/source/dev", (("source:asha/dev",),)),
        ("/source/dev/", None, "/source/dev", (("source:asha/dev", "source:bo/dev"),)),
        ("/source/bo%2Fdev/", None, "/source/bo%2Fdev", (("source:bo/dev",),)),
        ("/asha/track/kafka-101/", "asha", "/asha/track/kafka-101", ()),
        ("/kind/talk/", None, "/kind/talk", ()),
    ],
)
def test_a_scope_is_an_owner_and_one_narrowing(
    path: str, owner: str | None, canonical: str, any_of: tuple[tuple[str, ...], ...]
) -> None:
    view = asked(path)
    assert (view.owner, view.path, view.any_of, view.doubts) == (owner, canonical, any_of, ())


def test_a_category_of_several_owners_is_all_of_theirs() -> None:
    (group,) = asked("/category/data/").any_of
    assert group == ("tag:kafka", "tag:postgresql", "tag:sql", "tag:duckdb")


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/nobody/", 'there is no owner "nobody" here; there are asha, bo, cleo'),
        ("/ahsa/", 'there is no owner "ahsa" here (did you mean "asha"?)'),
        ("/ahsa/tag/kafka/", 'there is no owner "ahsa" here (did you mean "asha"?)'),
        ("/asha/tags/kafka/", 'there is no narrowing "tags" here (did you mean "tag"?)'),
        ("/asha/tag/", "a tag is named by one segment"),
        ("/tag/a/b/", "a tag is named by one segment"),
        ("/asha/tag/%E2%80%A6/", '"…" is no tag'),
        ("/asha/category/dato/", 'there is no category "dato" here (did you mean "data"?)'),
        ("/cleo/category/data/", 'there is no category "data" here'),
        ("/bo/track/kafka-101/", 'there is no track "kafka-101" here'),
        ("/kind/talks/", 'there is no kind "talks" here (did you mean "talk"?)'),
    ],
)
def test_a_scope_that_does_not_exist_is_unknown_and_the_nearest_is_named(path: str, words: str) -> None:
    with pytest.raises(UnknownViewError) as caught:
        asked(path)
    assert words in str(caught.value)


# ── parameters ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_plain_view_is_of_articles() -> None:
    view = asked()
    assert view == Asked(path="", query="", owner=None, kinds=(("article",),))
    assert (view.limit, view.order, view.content, view.featured) == (30, None, "full", None)


@pytest.mark.parametrize(
    ("query", "any_of"),
    [
        ("tag=kafka", (("tag:kafka",),)),
        ("tag=kafka,sql", (("tag:kafka", "tag:sql"),)),
        ("tag=sql&tag=kafka", (("tag:kafka", "tag:sql"),)),
        ("tag=kafka&tag=sql,redis", (("tag:kafka", "tag:redis", "tag:sql"),)),
        ("tag_all=kafka,sql", (("tag:kafka",), ("tag:sql",))),
        ("tag=a&tag_all=b", (("tag:a",), ("tag:b",))),
        ("source=site&source=dev", (("source:asha/dev", "source:asha/site"),)),
        ("author=Asha+Rao,bo-lind", (("author:asha-rao", "author:bo-lind"),)),
        ("category=data,void", (("tag:kafka", "tag:postgresql", "tag:sql"),)),
        ("section=Field+Notes", (("section:field-notes",),)),
        ("year=2026,2024", (("year:2024", "year:2026"),)),
        ("lang=en-GB,de", (("lang:de", "lang:en"),)),
        ("tag=kafka&year=2026", (("tag:kafka",), ("year:2026",))),
    ],
)
def test_values_of_one_parameter_are_alternatives(query: str, any_of: tuple[tuple[str, ...], ...]) -> None:
    assert asked("/asha/", query).any_of == any_of


def test_what_is_excluded() -> None:
    view = asked("/asha/", "exclude_tag=kafka,distsys&exclude_source=dev")
    assert view.none_of == ("tag:distributed-systems", "tag:kafka", "source:asha/dev")


def test_tracks_are_alternatives_too() -> None:
    assert asked("/asha/", "track=kafka-101").tracks == (("kafka-101",),)
    assert asked("/asha/track/kafka-101/").tracks == (("kafka-101",),)


@pytest.mark.parametrize(
    ("path", "query", "kinds", "canonical"),
    [
        ("", "", (("article",),), ""),
        ("", "kind=article", (("article",),), ""),
        ("", "kind=talk", (("talk",),), "kind=talk"),
        ("", "kind=talk,story&kind=article", (("article", "story", "talk"),), "kind=article,story,talk"),
        ("", "kind=all", (), "kind=all"),
        ("", "kind=talk,all", (), "kind=all"),
        ("/kind/talk/", "", (("talk",),), ""),
        ("/kind/talk/", "kind=all", (("talk",),), ""),
        ("/kind/talk/", "kind=article", (("talk",), ("article",)), "kind=article"),
        ("/kind/all/", "", (), ""),
    ],
)
def test_kinds(path: str, query: str, kinds: tuple[tuple[str, ...], ...], canonical: str) -> None:
    view = asked(path, query)
    assert (view.kinds, view.query) == (kinds, canonical)


def test_the_rest() -> None:
    view = asked(
        query=f"featured=1&q=Ring+Buffer&since=2026-01-01&updated_since=2026-02-01T10:00:00%2B02:00&sort=updated&limit=7"
        f"&content=summary&cursor={PLACE}",
    )
    assert (view.featured, view.q, view.limit, view.order, view.content) == (
        True,
        "ring buffer",
        7,
        "updated",
        "summary",
    )
    assert view.since == datetime(2026, 1, 1, tzinfo=UTC)
    assert view.updated_since == datetime(2026, 2, 1, 8, tzinfo=UTC)
    assert view.cursor == cursor.read(PLACE)
    assert asked(query="exclude_featured=true").featured is False
    assert asked(query="featured=false&exclude_featured=0").featured is None
    assert asked(query="q=").q == ""


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("tga=kafka", '"tga" here (did you mean "tag"?)'),
        ("limmit=3", '(did you mean "limit"?)'),
        ("utm_source=x", '(did you mean "source"?)'),
        ("zzzzzz=1", "there are tag, tag_all"),
        ("tag=", 'parameter "tag" has no value'),
        ("tag=,,", 'parameter "tag" has no value'),
        ("tag=%21%21", '"!!" is no tag'),
        ("author=%2C", 'parameter "author" has no value'),
        ("author=%E2%80%A6", '"…" is no author'),
        ("kind=articel", 'there is no kind "articel" here (did you mean "article"?)'),
        ("category=dato", '(did you mean "data"?)'),
        ("track=kafka-102", '(did you mean "kafka-101"?)'),
        ("year=26", "four digits"),
        ("year=２０２６", "four digits"),
        ("lang=klingon-of-old", "language tag"),
        ("featured=yes", "true or false"),
        ("featured=1&featured=0", "given once"),
        ("featured=1&exclude_featured=1", "leave nothing"),
        ("since=yesterday", "2026-05-19T09:34:58Z"),
        ("since=2026-02-30", "2026-05-19T09:34:58Z"),
        ("since=0001-01-01T00:00:00%2B14:00", "2026-05-19T09:34:58Z"),
        ("since=2026-01-01&since=2026-01-02", "given once"),
        ("sort=update", 'there is no sort "update" here (did you mean "updated"?)'),
        ("sort=published,updated", "given once"),
        ("limit=0", "from 1 to 200"),
        ("limit=201", "from 1 to 200"),
        ("limit=-1", "from 1 to 200"),
        ("limit=1e2", "from 1 to 200"),
        ("limit=３", "from 1 to 200"),
        ("limit=" + "9" * 40, "from 1 to 200"),
        ("limit=3,4", "given once"),
        ("content=summery", 'there is no content "summery" here (did you mean "summary"?)'),
        ("cursor=abc", "not given out by this service"),
        ("q=a&q=b", "given once"),
        ("q=" + "+".join(map(str, range(11))), "more than 10 words"),
        ("tag=" + ",".join(map(str, range(51))), "more than 50 values"),
    ],
)
def test_what_does_not_exist_is_a_bad_request_and_the_nearest_is_named(query: str, words: str) -> None:
    with pytest.raises(BadRequestError) as caught:
        asked("/asha/", quote(query, safe="=&%+,"))
    assert words in str(caught.value)


def test_sources_and_sections_of_yesterday_are_left_to_the_store() -> None:
    for path, query, terms, in_path in (
        ("/asha/source/dve/", "", ("source:asha/dve",), True),
        ("", "source=dve", ("source:asha/dve", "source:bo/dve", "source:cleo/dve"), False),
        ("", "exclude_source=asha/dve", ("source:asha/dve",), False),
        ("/asha/", "section=field-nots", ("section:field-nots",), False),
    ):
        (doubt,) = asked(path, query).doubts
        assert (doubt.terms, doubt.in_path) == (terms, in_path)
        assert "did you mean" in doubt.message
    assert asked("/asha/", "section=stage&source=site,dev").doubts == ()


# ── one spelling ────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("spellings", "canonical"),
    [
        (("tag=b,a", "tag=a&tag=b", "tag=A,,b", "tag=a,b,a", "tag=%23a,b"), "tag=a,b"),
        (("limit=30", "", "content=full", "kind=article", "featured=0", "q=", "&"), ""),
        (("limit=3", "limit=03", "limit=3&limit=3", "limit=3&kind=article"), "limit=3"),
        (("year=2026&tag=a", "tag=a&year=2026"), "tag=a&year=2026"),
        (("lang=en-GB", "lang=EN", "lang=en_US,en"), "lang=en"),
        (("author=Asha+Rao", "author=asha-rao", "author=ASHA%20%20RAO"), "author=asha-rao"),
        (("featured=1", "featured=true", "featured=TRUE"), "featured=true"),
        (("q=Kafka++Streams", "q=kafka%20streams", "q=kafka+streams+KAFKA"), "q=kafka+streams"),
        (
            ("since=2026-05-19", "since=2026-05-19T00:00:00Z", "since=2026-05-19T02:00:00+02:00"),
            "since=2026-05-19T00:00:00Z",
        ),
        (("source=asha/dev", "source=dev"), "source=dev"),
        ((f"cursor={PLACE}", f"cursor={PLACE.upper()}"), f"cursor={PLACE}"),
        (("sort=UPDATED", "sort=updated"), "sort=updated"),
    ],
)
def test_spellings_of_one_view_are_one_view(spellings: tuple[str, ...], canonical: str) -> None:
    views = [asked("/asha/", query) for query in spellings]
    assert {view.query for view in views} == {canonical}
    assert all(view == views[0] for view in views)


_words = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=20)
_VALUES = {
    "tag": _words,
    "author": _words,
    "q": _words,
    "year": st.integers(1990, 2100).map(str),
    "limit": st.integers(-2, 300).map(str),
    "kind": st.sampled_from(["article", "talk", "all", "tlak"]),
    "since": st.datetimes(timezones=st.just(UTC)).map(datetime.isoformat),
    "lang": st.sampled_from(["en", "de-AT", "zz", "pt_BR"]),
    "source": st.sampled_from(["dev", "asha/dev", "bo/dev", "gone"]),
    "sort": st.sampled_from(["published", "updated", "announced", "x"]),
    "content": st.sampled_from(["full", "summary", "title", ""]),
}
_pairs = st.sampled_from(sorted(_VALUES)).flatmap(lambda name: st.tuples(st.just(name), _VALUES[name]))


@given(st.lists(_pairs, max_size=5))
def test_the_canonical_query_is_the_same_view(query: list[tuple[str, str]]) -> None:
    try:
        view = read(CONFIG, ("asha",), query)
    except BadRequestError:
        return
    again = read(CONFIG, ("asha",), address.pairs(view.query.encode()))
    assert again == view


@pytest.mark.parametrize("scope", ["/", "/asha/", "/tag/kafka/", "/asha/source/dev/"])
def test_the_place_where_a_page_begins_may_stand_in_the_path(scope: str) -> None:
    """What a host of files can serve: it knows no query."""
    assert asked(f"{scope}after/{PLACE}/") == asked(scope, f"cursor={PLACE}")
    assert asked(f"{scope}after/{PLACE}/", "limit=5") == asked(scope, f"cursor={PLACE}&limit=5")


@pytest.mark.parametrize("path", ["/after/x/", "/asha/after/", "/asha/after/x/", f"/after/{PLACE}/tag/kafka/"])
def test_a_place_in_the_path_that_nobody_gave_out_is_no_view(path: str) -> None:
    with pytest.raises(UnknownViewError):
        asked(path)


def test_the_next_page_is_the_same_view_from_another_place() -> None:
    view = asked("/asha/", "tag=kafka&limit=5")
    last = cursor.read(PLACE)
    following = asked("/asha/", with_cursor(view, last))
    assert following.cursor == last
    assert (following.any_of, following.limit, following.path) == (view.any_of, view.limit, view.path)
    assert following.query == f"cursor={PLACE}&limit=5&tag=kafka"
    assert with_cursor(following, last) == following.query
