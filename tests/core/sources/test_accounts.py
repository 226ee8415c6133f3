"""From what an owner writes to the address that is asked, and what is refused with which words."""

from __future__ import annotations

import pytest

from aggregator import sources
from aggregator.errors import ConfigError

ACCOUNTS = [
    ("dev", "asharao", "https://dev.to/feed/asharao"),
    ("dev", "@asharao", "https://dev.to/feed/asharao"),
    ("dev", " AshaRao ", "https://dev.to/feed/asharao"),
    ("dev", "dev.to/asharao", "https://dev.to/feed/asharao"),
    ("dev", "https://dev.to/asharao", "https://dev.to/feed/asharao"),
    ("dev", "https://dev.to/asharao/", "https://dev.to/feed/asharao"),
    ("dev", "http://www.dev.to/asharao?ref=x", "https://dev.to/feed/asharao"),
    ("dev", "https://dev.to/feed/asharao", "https://dev.to/feed/asharao"),
    ("dev", "https://dev.to/t/kafka", "https://dev.to/feed/tag/kafka"),
    ("dev", "dev.to/t/Kafka/", "https://dev.to/feed/tag/kafka"),
    ("dev", "https://dev.to/feed/tag/kafka", "https://dev.to/feed/tag/kafka"),
    ("dev", "https://dev.to/t/kafka/top/week", "https://dev.to/feed/tag/kafka"),
    ("dev", "https://dev.to/asharao/series/12", "https://dev.to/feed/asharao"),
    ("dev", "https://dev.to/api/articles?per_page=9&username=asharao", "https://dev.to/feed/asharao"),
    ("dev", "some-company", "https://dev.to/feed/some-company"),
    ("medium", "@asharao", "https://medium.com/feed/@asharao"),
    ("medium", "medium.com/@asha.rao", "https://medium.com/feed/@asha.rao"),
    ("medium", "https://medium.com/@asharao?source=user_profile", "https://medium.com/feed/@asharao"),
    ("medium", "https://medium.com/feed/@asharao", "https://medium.com/feed/@asharao"),
    ("medium", "https://medium.com/@asharao/feed", "https://medium.com/feed/@asharao"),
    ("medium", "https://medium.com/@asharao/about", "https://medium.com/feed/@asharao"),
    ("medium", "medium.com/better-programming/latest", "https://medium.com/feed/better-programming"),
    ("medium", "https://asharao.medium.com/lists", "https://asharao.medium.com/feed"),
    ("medium", "asharao.medium.com", "https://asharao.medium.com/feed"),
    ("medium", "https://asharao.medium.com/feed", "https://asharao.medium.com/feed"),
    ("medium", "better-programming", "https://medium.com/feed/better-programming"),
    ("medium", "medium.com/better-programming", "https://medium.com/feed/better-programming"),
    ("medium", "medium.com/better-programming/tagged/go", "https://medium.com/feed/better-programming/tagged/go"),
    ("medium", "https://medium.com/tag/kafka?source=topics", "https://medium.com/feed/tag/kafka"),
    ("medium", "medium.com/tag/stream-processing/latest", "https://medium.com/feed/tag/stream-processing"),
    ("medium", "https://medium.com/feed/tag/kafka", "https://medium.com/feed/tag/kafka"),
    ("medium", "detect.example/tagged/go", "https://detect.example/feed/tagged/go"),
    ("medium", "asharao.medium.com/tagged/go", "https://asharao.medium.com/feed/tagged/go"),
    ("medium", "detect.example", "https://detect.example/feed"),
    ("medium", "https://blog.asha.example/feed", "https://blog.asha.example/feed"),
    ("feed", "https://asha.example/feed.xml?format=atom", "https://asha.example/feed.xml?format=atom"),
    ("feed", "https://dev.to/feed/asharao", "https://dev.to/feed/asharao"),
    ("feed", "http://127.0.0.1:8001/feed", "http://127.0.0.1:8001/feed"),
]


@pytest.mark.parametrize(("kind", "value", "feed_url"), ACCOUNTS)
def test_an_account_is_found_in_every_form_that_people_paste(kind: str, value: str, feed_url: str) -> None:
    assert sources.resolve(kind, value).feed_url == feed_url


@pytest.mark.parametrize(("kind", "value", "feed_url"), ACCOUNTS)
def test_what_an_account_came_to_can_be_pasted_again(kind: str, value: str, feed_url: str) -> None:
    assert sources.resolve(kind, feed_url).feed_url == feed_url


DEV_FORMS = (
    "dev takes a user or organisation name (asharao, @asharao), its page (https://dev.to/asharao)"
    " or the page of a tag (https://dev.to/t/kafka)"
)
REFUSED = [
    ("dev", "https://dev.to/feed/latest", "is a page of the platform and nobody's account"),
    ("dev", "https://dev.to/feed", "is a page of the platform and nobody's account"),
    *(
        ("dev", word, "is a page of the platform and nobody's account")
        for word in ("tag", "tags", "search", "top", "latest", "about", "contact", "privacy", "terms", "faq", "enter")
    ),
    *(
        ("dev", f"https://dev.to/{word}", "is a page of the platform and nobody's account")
        for word in ("code-of-conduct", "settings", "notifications", "reading-list", "dashboard", "Top")
    ),
    ("dev", "https://dev.to/api/articles?tag=kafka", "is a page of the platform and nobody's account"),
    ("dev", "https://dev.to/t/kafka/edit", "is a page of the platform and nobody's account"),
    ("dev", "https://dev.to", "names no account"),
    ("dev", "https://dev.to/asharao/kafka-1abc", 'is one page of an account; did you mean "asharao"?'),
    ("dev", "asha rao", "is no account name (letters, digits, _ and -)"),
    ("dev", "", "names nothing"),
    ("dev", "https://asha.example/asharao", "is not on dev.to"),
    ("dev", "javascript://dev.to/asharao", "is no address that can be read"),
    ("medium", "https://medium.com/tag", "is a page of the platform and nobody's account"),
    ("medium", "https://medium.com/topic/kafka", "is a page of the platform and nobody's account"),
    ("medium", "https://medium.com/", "names no user and no publication"),
    ("medium", "https://medium.com/@asharao/kafka-16f4e8603a33", 'is one page of an account; did you mean "@asharao"?'),
    ("medium", "https://medium.com/p/16f4e8603a33", "is one story, which does not say whose"),
    ("medium", "https://help.medium.com", "is a host of the platform and nobody's account"),
    ("medium", "@asha rao", "is no name of a user or publication"),
    ("feed", "asha.example/feed.xml", 'is no http(s) address; did you mean "https://asha.example/feed.xml"?'),
    ("feed", "ftp://asha.example/feed.xml", "is no http(s) address"),
]


@pytest.mark.parametrize(("kind", "value", "why"), REFUSED)
def test_what_is_no_account_is_refused_with_the_forms_that_are(kind: str, value: str, why: str) -> None:
    with pytest.raises(ConfigError) as refused:
        sources.resolve(kind, value)
    assert refused.value.problems[0].startswith(f'"{value}" {why}; {kind} takes ')
    assert all(form in refused.value.problems[0] for form in sources.kinds()[kind].accepts)


def test_the_whole_sentence() -> None:
    with pytest.raises(ConfigError) as refused:
        sources.resolve("dev", "search")
    assert refused.value.problems == [f'"search" is a page of the platform and nobody\'s account; {DEV_FORMS}']


@pytest.mark.parametrize(
    ("kind", "value", "sentence"),
    [
        ("dev", "medium.com/@asharao", '"medium.com/@asharao" is on Medium; write "medium: medium.com/@asharao"'),
        ("medium", "https://dev.to/asharao", '"https://dev.to/asharao" is on DEV; write "dev: https://dev.to/asharao"'),
        ("substack", "asha.hashnode.dev", '"asha.hashnode.dev" is on Hashnode; write "hashnode: asha.hashnode.dev"'),
        ("wix", "asharao", f'there is no kind "wix"; there are {", ".join(sources.kinds())}'),
    ],
)
def test_the_right_kind_is_named(kind: str, value: str, sentence: str) -> None:
    with pytest.raises(ConfigError) as refused:
        sources.resolve(kind, value)
    assert refused.value.problems == [sentence]


@pytest.mark.parametrize(
    ("kind", "value", "feed_url", "home_page_url"),
    [
        ("dev", "asharao", "http://127.0.0.1:9/feed/asharao", "http://127.0.0.1:9/asharao"),
        ("dev", "http://127.0.0.1:9/asharao", "http://127.0.0.1:9/feed/asharao", "http://127.0.0.1:9/asharao"),
        ("dev", "https://dev.to/asharao", "http://127.0.0.1:9/feed/asharao", "http://127.0.0.1:9/asharao"),
        ("medium", "@asharao", "http://127.0.0.1:9/feed/@asharao", "http://127.0.0.1:9/@asharao"),
        ("medium", "asharao.medium.com", "http://127.0.0.1:9/feed/@asharao", "http://127.0.0.1:9/@asharao"),
        ("medium", "some-pub", "http://127.0.0.1:9/feed/some-pub", "http://127.0.0.1:9/some-pub"),
    ],
)
def test_another_installation_of_a_platform(kind: str, value: str, feed_url: str, home_page_url: str) -> None:
    resolved = sources.resolve(kind, value, "http://127.0.0.1:9/")
    assert (resolved.feed_url, resolved.home_page_url) == (feed_url, home_page_url)


def test_a_base_address_with_a_path() -> None:
    assert sources.resolve("dev", "asharao", "https://asha.example/forem").feed_url == (
        "https://asha.example/forem/feed/asharao"
    )
    pasted = sources.resolve("dev", "https://asha.example/forem/asharao", "https://asha.example/forem")
    assert pasted.feed_url == "https://asha.example/forem/feed/asharao"


@pytest.mark.parametrize("base_url", ["forem.example", "ftp://forem.example", "https://forem.example?x=1"])
def test_a_base_address_must_be_one(base_url: str) -> None:
    with pytest.raises(ConfigError, match="is no base address"):
        sources.resolve("dev", "asharao", base_url)


@pytest.mark.parametrize(
    ("kind", "value", "default_id", "title"),
    [
        ("dev", "asharao", "dev", "DEV"),
        ("medium", "@asharao", "medium", "Medium"),
        ("medium", "detect.example", "medium", "detect.example"),
        ("feed", "https://www.asha-rao.example:8080/feed.xml", "asha-rao-example", None),
    ],
)
def test_default_names(kind: str, value: str, default_id: str, title: str | None) -> None:
    resolved = sources.resolve(kind, value)
    assert (resolved.default_id, resolved.title) == (default_id, title)
