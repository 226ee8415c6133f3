"""The shape of the config file: what may be written where, and nothing else; the JSON Schema comes from here."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, create_model, model_validator

from aggregator import sources
from aggregator.config.fields import (
    Backfill,
    BaseUrl,
    Contact,
    DatabaseUrl,
    Date,
    Flag,
    Handle,
    HttpUrl,
    PrivateHost,
    ReceiverUrl,
    Rules,
    RuleSet,
    Seconds,
    Secrets,
    Size,
    Slug,
    SomeSeconds,
    Template,
    Text,
    Whole,
    wrong,
)
from aggregator.config.mail import MailAddress, MailAddresses, MailServer
from aggregator.config.problems import listed
from aggregator.errors import ConfigError

EventName = Literal[
    "article.created",
    "article.updated",
    "article.copy_added",
    "article.canonical_changed",
    "article.removed",
    "source.failing",
    "source.silent",
    "source.recovered",
    "source.moved",
    "source.gap",
    "export.changed",
]


class Shape(BaseModel):
    """A mapping in the config: no unknown keys, no value taken for another type than it has."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, hide_input_in_errors=True)


class SiteShape(Shape):
    """What the service is called and where the world reaches it."""

    title: Text = Field(default="Articles", description="The name of the collection, in the title of its feeds")
    base_url: BaseUrl = Field(
        default="http://127.0.0.1:8000", description="Public address; every link in every document begins with it"
    )
    hubs: list[HttpUrl] = Field(default=[], description="WebSub hubs that are told when a feed changes")


class PerHostShape(Shape):
    """Politeness towards one host."""

    concurrency: Whole = Field(default=1, ge=1, le=64, description="Requests at a time")
    interval: Seconds = Field(default=1.0, description="Between two requests, such as 1s")


class FetchShape(Shape):
    """How this service behaves towards servers."""

    contact: Contact | None = Field(default=None, description="A page or mail address of yours, for the User-Agent")
    allow_private: list[PrivateHost] = Field(
        default=[], description="Hosts, host:port or CIDRs on private networks that may be fetched"
    )
    min_interval: Seconds = Field(default=3600.0, description="No source is asked more often, such as 1h")
    per_host: PerHostShape = Field(default=PerHostShape(), description="Politeness towards one host")
    concurrency: Whole = Field(default=64, ge=1, le=10_000, description="Requests in flight in all")
    timeout: SomeSeconds = Field(default=30.0, description="For one poll, everything included, such as 30s")
    max_bytes: Size = Field(default=10 * 1024 * 1024, description="Of one document, decoded, such as 10MiB")


class AccountShape(Shape):
    """An account that new articles are announced on: each once, for ever, and none of the archive."""

    mastodon: BaseUrl | None = Field(default=None, description="The instance, such as https://mastodon.example")
    bluesky: Handle | None = Field(default=None, description="The handle, such as asha.bsky.social")
    id: Text | None = Field(default=None, description="What to call it, where two accounts are on one instance")
    token: Text | None = Field(default=None, description="Mastodon: an access token with write:statuses")
    password: Text | None = Field(default=None, description="Bluesky: an app password")
    server: BaseUrl = Field(default="https://bsky.social", description="Bluesky: where the account lives")
    template: Template = Field(default="{title}\n\n{url}", description="With {title} {url} {summary} {authors} {tags}")
    owners: list[Text] = Field(default=[], description="Whose articles; empty: everybody's")
    tags: list[Text] = Field(default=[], description="Only articles with one of these tags; empty: all")
    visibility: Literal["public", "unlisted", "private"] = Field(default="public", description="Mastodon only")
    after: Seconds = Field(default=300.0, description="How long to wait for further copies of an article, such as 5m")

    @model_validator(mode="after")
    def _is_one_account(self) -> AccountShape:
        if (self.mastodon is None) == (self.bluesky is None):
            raise wrong("needs one of mastodon, bluesky")
        if self.mastodon is not None and (self.token is None or self.password is not None):
            raise wrong('a Mastodon account needs a "token", and no password')
        if self.bluesky is not None and (self.password is None or self.token is not None):
            raise wrong('a Bluesky account needs a "password" (an app password), and no token')
        return self


class AnnounceShape(Shape):
    """What of a new source reaches subscribers (the rest goes to the index only), and where else news are announced."""

    days: Whole = Field(default=7, ge=0, description="How old an article may be")
    entries: Whole = Field(default=5, ge=0, description="How many articles at most")
    on: list[AccountShape] = Field(default=[], description="Accounts on Mastodon and Bluesky")


class DeployShape(Shape):
    """When those who build a site are told that published output changed."""

    quiet: Seconds = Field(default=300.0, description="Nothing changed for so long, such as 5m")
    apart: Seconds = Field(default=900.0, description="And the last time is so long ago, such as 15m")


class SourceOptions(Shape):
    """One place where the owner publishes."""

    id: Slug | None = Field(default=None, description="Its name in addresses, where the default is taken")
    title: Text | None = Field(default=None, description="What to call it")
    author: Text | None = Field(default=None, description="Take only what this author wrote")
    include: RuleSet = Field(default=(), description="Take only what one of these patterns finds")
    exclude: RuleSet = Field(default=(), description="Leave out what one of these patterns finds")
    interval: Seconds | None = Field(default=None, description="Ask this often, such as 6h; else by its rhythm")
    content: Literal["full", "summary"] = Field(default="full", description="How much of the text to publish")
    section: Text | None = Field(default=None, description="A group of articles, such as engineering")
    enabled: Flag = Field(default=True, description="false: keep its articles, do not ask it")
    base_url: BaseUrl | None = Field(default=None, description="Address of a self-hosted installation of the platform")
    backfill: Backfill = Field(default=0, description="How much older than its feed to fetch: none, all or a number")

    def named(self) -> tuple[str, str | Mapping[str, str]]:
        """Kind and value; empty where the item has none. A mapping that says the first of its keys only is a text."""
        for name, kind in sources.kinds().items():
            value = getattr(self, name, None)
            if isinstance(value, str):
                return name, value
            if isinstance(value, Shape):
                said = value.model_dump(exclude_none=True)
                first = kind.options[0].name
                return name, said[first] if set(said) == {first} else said
        return "", ""

    @model_validator(mode="after")
    def _names_one_source(self) -> SourceOptions:
        kinds = [kind for kind in sources.kinds() if getattr(self, kind, None) is not None]
        if not kinds:
            raise wrong(f"names no source; it needs one of {listed(sources.kinds())}")
        if len(kinds) > 1:
            raise wrong(f"names {len(kinds)} sources ({listed(kinds)}); give each an item of its own")
        kind, value = self.named()
        try:
            sources.resolve(kind, value, self.base_url)
        except ConfigError as error:
            raise wrong(str(error), key=kind) from None
        return self


class MetricShape(Shape):
    """One figure of a story."""

    label: Text
    value: Text


class EntryShape(Shape):
    """Written by hand: what no feed carries."""

    kind: Literal["article", "story", "publication", "talk", "award", "project"] = "article"
    title: Text | None = Field(default=None, description="Without one, the page at url tells what is left out")
    summary: Text | None = Field(default=None, description="Kept word for word")
    url: HttpUrl | None = None
    publisher: Text | None = Field(default=None, description="Where it appeared")
    date: Date | None = Field(default=None, description="A day, a month or a year: 2018-12-31, 2018-12, 2018")
    tags: list[Text] = []
    metrics: list[MetricShape] = []
    section: Text | None = None
    image: HttpUrl | None = None

    @model_validator(mode="after")
    def _says_something(self) -> EntryShape:
        if self.title is None and self.url is None:
            raise wrong('needs a "title" or a "url"')
        return self


class TagShape(Shape):
    """One idea, one name."""

    label: Text | None = Field(default=None, description="How the tag is shown")
    aliases: list[Text] = Field(default=[], description="Other spellings of it")


class CategoryShape(Shape):
    """A named group of tags."""

    id: Slug
    label: Text
    description: Text | None = None
    tags: list[Text] = []


class TrackShape(Shape):
    """An ordered reading list."""

    id: Slug
    title: Text
    entries: list[HttpUrl] = Field(description="Addresses of articles, in reading order")


class OwnerShape(Shape):
    """A person or team whose writing is collected."""

    id: Slug = Field(description="First part of this owner's addresses")
    name: Text
    home_page_url: HttpUrl | None = Field(default=None, description="The owner's own site; sources on it come first")
    prefer: list[Text] = Field(
        default=["site", "dev", "medium"],
        description="Which copy is canonical: source ids, kinds, or site for the owner's own domain; best first",
    )
    sources: list[SourceOptions] = []
    entries: list[EntryShape] = []
    tags: dict[str, TagShape] = {}
    categories: list[CategoryShape] = []
    tracks: list[TrackShape] = []
    featured: list[HttpUrl] = []
    hide: list[HttpUrl] = []
    same: list[list[HttpUrl]] = Field(default=[], description="Each list is one article, whatever the evidence says")
    different: list[list[HttpUrl]] = Field(default=[], description="Each list is different articles")
    canonical: list[HttpUrl] = Field(default=[], description="These addresses are canonical wherever they are a copy")


class WebhookShape(Shape):
    """A receiver of events."""

    url: ReceiverUrl
    kind: Literal["standard", "deploy", "github"] = Field(
        default="standard", description="deploy, github: when published output changed"
    )
    id: Text | None = Field(default=None, description="What to call it; else it is named after its host")
    secret: Secrets = Field(default=(), description="Signs every request; several while you change it")
    events: list[EventName] = Field(default=[], description="Empty: all of them")
    token: Text | None = Field(default=None, description="github: a token that may write the repository's contents")
    event_type: Text = Field(
        default="article-aggregator", max_length=100, description="github: the type that the workflow waits for"
    )

    @model_validator(mode="after")
    def _fits_its_kind(self) -> WebhookShape:
        if (self.kind == "github") != (self.token is not None):
            raise wrong('"kind: github" needs a "token"' if self.kind == "github" else '"token" is for kind: github')
        if self.kind != "standard" and self.events:
            raise wrong(f'"events" is for kind: standard; {self.kind} is told when output changed')
        return self


IncidentName = Literal["source.failing", "source.silent", "source.recovered", "source.moved", "source.gap"]


class AlertShape(Shape):
    """Somebody who is told when a source breaks, falls silent, moves, or is well again: by mail or on ntfy."""

    mail: MailAddresses | None = Field(default=None, description="To whom: asha@example.org, or a list")
    ntfy: ReceiverUrl | None = Field(default=None, description="The topic, such as https://ntfy.sh/my-feeds-7f3a")
    id: Text | None = Field(default=None, description="What to call it; else it is named after its host")
    server: MailServer | None = Field(default=None, description="mail: host or host:port of a mail server (port 587)")
    security: Literal["starttls", "tls", "none"] | None = Field(
        default=None, description="mail: starttls, or tls at port 465; none sends everything in the clear"
    )
    sender: MailAddress | None = Field(default=None, description="mail: from whom; else the first receiver")
    user: Text | None = Field(default=None, description="mail: to log in with")
    password: Text | None = Field(default=None, description="mail: to log in with; better from the environment")
    token: Text | None = Field(default=None, description="ntfy: an access token, if the topic needs one")
    events: list[IncidentName] = Field(default=[], description="Empty: all incidents")

    @model_validator(mode="after")
    def _is_one_way(self) -> AlertShape:
        if (self.mail is None) == (self.ntfy is None):
            raise wrong("needs one of mail, ntfy")
        if self.mail is not None and self.server is None:
            raise wrong('mail needs a "server", such as mail.example.org:587')
        if (self.user is None) != (self.password is None):
            raise wrong('"user" and "password" belong together')
        if self.user is not None and self.security == "none":
            raise wrong('a password is not sent in the clear: use "security: starttls" or "tls"')
        others = (self.server, self.security, self.sender, self.user) if self.mail is None else (self.token,)
        if any(one is not None for one in others):
            raise wrong('"token" is for ntfy; "server", "security", "sender", "user" and "password" are for mail')
        return self


class RootShape(Shape):
    """The config of a feed aggregator."""

    site: SiteShape = SiteShape()
    database_url: DatabaseUrl = Field(
        default="sqlite:///data/aggregator.db",
        description="sqlite:///FILE or postgresql://...; the environment wins",
    )
    fetch: FetchShape = FetchShape()
    announce: AnnounceShape = AnnounceShape()
    deploy: DeployShape = DeployShape()
    owners: list[OwnerShape] = []
    webhooks: list[WebhookShape] = []
    alerts: list[AlertShape] = Field(default=[], description="Who is told of trouble with sources, by mail or ntfy")
    include: list[Text] = Field(default=[], description="More files, such as owners/*.yaml, seen from this one")


@cache
def source_shape() -> type[SourceOptions]:
    """A source item with a key for each kind there is."""
    kinds: dict[str, Any] = {
        kind.name: (_value(kind) | None, Field(default=None, description=f"{kind.label}: {listed(kind.accepts)}"))
        for kind in sources.kinds().values()
    }
    return create_model("Source", __base__=SourceOptions, __doc__=SourceOptions.__doc__, **kinds)


def _value(kind: sources.Kind) -> Any:
    """A text; of a kind with options a mapping, for which the text of its first key may stand alone."""
    if not kind.options:
        return Text
    keys: dict[str, Any] = {
        option.name: (Text, Field(description=option.describes))
        if option.required
        else (Text | None, Field(default=None, description=option.describes))
        for option in kind.options
    }
    shape = create_model(f"{kind.label}Shape", __base__=Shape, __doc__=f"{kind.label}: {kind.accepts[-1]}", **keys)
    first = kind.options[0].name

    def spelled_out(value: object) -> object:
        return {first: value} if isinstance(value, str) else value

    return Annotated[shape, BeforeValidator(spelled_out, json_schema_input_type=Text | shape)]


__all__ = ["RootShape", "Rules", "SourceOptions", "source_shape"]
