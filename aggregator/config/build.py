"""Turns the checked shapes into the frozen values of the model, after what no single value can tell was checked."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from aggregator import sources
from aggregator.config.check import fitted
from aggregator.config.problems import FromEnvironment, Key, Part, Report, listed, suggestion
from aggregator.config.shape import (
    AccountShape,
    AlertShape,
    EntryShape,
    OwnerShape,
    RootShape,
    SourceOptions,
    WebhookShape,
    source_shape,
)
from aggregator.model import (
    Account,
    Alert,
    Calm,
    Category,
    Config,
    FetchPolicy,
    Owner,
    Site,
    Source,
    Track,
    Webhook,
    Written,
)
from aggregator.normalize.tags import slug
from aggregator.text import urls

# What stands where an owner's id would stand in an address.
RESERVED = frozenset(
    {
        *("admin", "api", "article", "articles", "assets", "author", "authors", "card", "categories", "category"),
        *("compat", "docs", "embed", "favicon", "feed", "feeds", "health", "healthz", "index", "kind", "kinds"),
        *("list", "metrics", "openapi", "owner", "owners", "readyz", "redoc", "robots", "search", "section"),
        *("site", "source", "sources", "static", "status", "tag", "tags", "track", "tracks", "websub", "well-known"),
    }
)


@dataclass(slots=True)
class Builder:
    """Builds a Config from its files; every mistake goes to the report."""

    report: Report
    owners: list[Owner] = field(default_factory=list)
    webhooks: list[Webhook] = field(default_factory=list)
    _owner_ids: dict[str, str] = field(default_factory=dict)  # id -> where it was first
    _receivers: dict[tuple[str, str], str] = field(default_factory=dict)

    def build(self, parts: Sequence[Part]) -> Config | None:
        """The whole config, or None where anything is wrong."""
        main = parts[0]
        own = {name: value for name, value in main.value.items() if name not in ("owners", "webhooks")}
        root = fitted(RootShape, own, main, (), self.report)
        for part in parts:
            for key, value in self._items(part, "owners"):
                self._owner(part, key, value)
            for key, value in self._items(part, "webhooks"):
                hook = fitted(WebhookShape, value, part, key, self.report)
                if hook is not None:
                    self._once(part, key, "webhook", hook.id or hook.url)
                    self.webhooks.append(_webhook(hook))
        if not any("owners" in part.value for part in parts):
            self.report.add(main, (), '"owners" is missing: say whose writing to collect')
        return self._config(root, main) if root is not None else None

    def _once(self, part: Part, key: Key, what: str, name: str) -> None:
        """Every receiver has a name of its own, under which is remembered what it was told."""
        first = self._receivers.get((what, name))
        if first is not None:
            self.report.add(part, key, f"a second {what} of this name; the first is {first}. Give this one another id")
        self._receivers[what, name] = first or f"{part.file}:{part.line(key)}"

    def _alerts(self, root: RootShape, main: Part) -> tuple[Alert, ...]:
        found = tuple(map(_alert, root.alerts))
        for index, one in enumerate(found):
            what = "webhook" if one.id else "alert"  # ids of both stand in one list
            self._once(main, ("alerts", index), what, one.id or repr((one.url, one.to, one.host)))
        return found

    def _accounts(self, root: RootShape, main: Part) -> tuple[Account, ...]:
        found = []
        for index, shape in enumerate(root.announce.on):
            key: Key = ("announce", "on", index)
            account = _account(shape)
            self._once(main, key, "account", account.id or f"{account.kind} {account.name}")
            for place, owner in enumerate(shape.owners):
                if owner not in self._owner_ids:
                    here = (*key, "owners", place)
                    near = suggestion(owner, self._owner_ids)
                    self.report.add(main, here, f"{main.shown(here, owner)} is no owner{near}")
            found.append(account)
        return tuple(found)

    def _items(self, part: Part, name: str) -> Iterator[tuple[Key, object]]:
        items = part.value.get(name, [])
        if not isinstance(items, list):
            self.report.add(part, (name,), 'must be a list (lines that begin with "- ")')
            return
        yield from (((name, index), item) for index, item in enumerate(items))

    def _config(self, root: RootShape, main: Part) -> Config:
        fetch = root.fetch
        return Config(
            site=Site(root.site.title, root.site.base_url, tuple(root.site.hubs)),
            database_url=root.database_url,
            fetch=FetchPolicy(
                contact=fetch.contact,
                allow_private=tuple(fetch.allow_private),
                min_interval_s=round(fetch.min_interval),
                host_concurrency=fetch.per_host.concurrency,
                host_interval_s=fetch.per_host.interval,
                concurrency=fetch.concurrency,
                timeout_s=fetch.timeout,
                max_bytes=fetch.max_bytes,
            ),
            owners=tuple(self.owners),
            webhooks=tuple(self.webhooks),
            announce_days=root.announce.days,
            announce_entries=root.announce.entries,
            accounts=self._accounts(root, main),
            alerts=self._alerts(root, main),
            deploy=Calm(round(root.deploy.quiet), round(root.deploy.apart)),
        )

    # ── owners ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def _owner(self, part: Part, key: Key, value: object) -> None:
        raw = value if isinstance(value, dict) else {}
        rest = {name: item for name, item in raw.items() if name != "sources"} if raw else value
        shape = fitted(OwnerShape, rest, part, key, self.report)
        home = raw.get("home_page_url")
        found = self._sources(part, key, raw, home if isinstance(home, str) else None)
        self._owner_id(part, key, raw.get("id"))
        for name in ("categories", "tracks"):
            self._unique(part, (*key, name), raw.get(name))
        self._prefer(part, (*key, "prefer"), raw, found)
        aliases = self._aliases(part, (*key, "tags"), shape)
        if shape is not None:
            self.owners.append(_owner(shape, found, aliases))

    def _owner_id(self, part: Part, key: Key, given: object) -> None:
        if not isinstance(given, str):
            return
        here = (*key, "id")
        if given in RESERVED:
            self.report.add(part, here, f"{part.shown(here, given)} is taken by the service itself; choose another")
        elif given in self._owner_ids:
            first = self._owner_ids[given]
            self.report.add(part, here, f"a second owner with the id {part.shown(here, given)}; the first is {first}")
        self._owner_ids.setdefault(given, f"{part.file}:{part.line(here)}")

    def _unique(self, part: Part, key: Key, items: object) -> None:
        lines: dict[str, int] = {}
        for index, item in enumerate(items if isinstance(items, list) else []):
            given = item.get("id") if isinstance(item, dict) else None
            here = (*key, index, "id")
            if isinstance(given, str) and given in lines:
                self.report.add(part, here, f"{part.shown(here, given)} is here twice, on line {lines[given]} too")
            elif isinstance(given, str):
                lines[given] = part.line(here)

    def _prefer(self, part: Part, key: Key, raw: dict[str, object], found: Sequence[Source]) -> None:
        given = raw.get("prefer")
        items = raw.get("sources")
        ids = [item.get("id") for item in (items if isinstance(items, list) else []) if isinstance(item, dict)]
        taken = [id_ for id_ in ids if isinstance(id_, str)]  # those of sources with a mistake too
        known = dict.fromkeys(["site", *(source.id for source in found), *taken, *sources.kinds()])
        open_ = [name for name in known if name not in {id_ for id_ in taken if isinstance(id_, FromEnvironment)}]
        for index, name in enumerate(given if isinstance(given, list) else []):
            if isinstance(name, str) and name not in known:
                near = suggestion(name, open_) or f"; there are {listed(open_[:20])}"
                here = (*key, index)
                self.report.add(part, here, f"{part.shown(here, name)} is no source id and no kind{near}")

    def _aliases(self, part: Part, key: Key, shape: OwnerShape | None) -> dict[str, str]:
        aliases: dict[str, str] = {}
        tags = shape.tags if shape is not None else {}
        taken = {name: name for name in tags}  # a slug -> the tag that it stands for
        for name, tag in tags.items():
            here = (*key, name)
            if slug(name) != name:
                near = f' (did you mean "{slug(name)}"?)' if slug(name) else ""
                self.report.add(part, here, f"is no tag as addresses have it{near}")
            for index, alias in enumerate(tag.aliases):
                other = taken.setdefault(slug(alias), name)
                if other != name:
                    place = (*here, "aliases", index)
                    self.report.add(part, place, f'{part.shown(place, alias)} stands for the tag "{other}" already')
                elif slug(alias) not in ("", name):
                    aliases[slug(alias)] = name
        return aliases

    # ── sources ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def _sources(self, part: Part, owner_key: Key, raw: dict[str, object], home: str | None) -> tuple[Source, ...]:
        items = raw.get("sources", [])
        key: Key = (*owner_key, "sources")
        if not isinstance(items, list):
            self.report.add(part, key, 'must be a list (lines that begin with "- ")')
            return ()
        found: dict[str, Source] = {}
        lines: dict[str, int] = {}
        for index, item in enumerate(items):
            here = (*key, index)
            shape = fitted(source_shape(), item, part, here, self.report)
            if shape is None:
                continue
            source = _source(str(raw.get("id")), shape, home)
            if source.id in found:
                place = (*here, "id") if shape.id else here
                said = f"a second source with the id {part.shown(place, source.id)}"
                said = f"{said}; the first is on line {lines[source.id]}"
                self.report.add(part, place, said if shape.id else f"{said}; give this one an id: of its own")
                continue
            found[source.id], lines[source.id] = source, part.line(here)
        return tuple(found.values())


def _source(owner: str, shape: SourceOptions, home: str | None) -> Source:
    kind, value = shape.named()
    resolved = sources.resolve(kind, value, shape.base_url)
    own = is_own_site(kind, resolved.feed_url, home, self_hosted=shape.base_url is not None)
    id_ = shape.id or ("site" if own and sources.kinds()[kind].anywhere else resolved.default_id)
    return Source(
        key=f"{owner}/{id_}",
        owner=owner,
        id=id_,
        kind=kind,
        feed_url=resolved.feed_url,
        home_page_url=resolved.home_page_url,
        title=shape.title or resolved.title,
        author=shape.author,
        include=shape.include,
        exclude=shape.exclude,
        interval_s=round(shape.interval) if shape.interval is not None else None,
        content=shape.content,
        section=shape.section,
        enabled=shape.enabled,
        backfill=shape.backfill,
        own_site=own,
        options=resolved.options,
    )


def is_own_site(kind: str, url: str, home_page_url: str | None, *, self_hosted: bool = False) -> bool:
    """Whether a feed lies on the owner's own domain: the home page's host, without ``www.``, or below it.

    Of an owner without a home page, what the config calls a ``feed`` and is on no known platform counts as the owner's
    own. A platform's host never does, nor does the local stand-in of a platform (``self_hosted``: the source has a
    ``base_url``). Local hosts are told apart by their ports.
    """
    if sources.platform(url) is not None or (self_hosted and urls.is_unfit(url)):
        return False
    if home_page_url is None or sources.platform(home_page_url) is not None:
        return sources.kinds()[kind].anywhere and not self_hosted
    return sources.on_domain(url, home_page_url)


# ── values ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def _owner(shape: OwnerShape, found: tuple[Source, ...], aliases: dict[str, str]) -> Owner:
    return Owner(
        id=shape.id,
        name=shape.name,
        home_page_url=shape.home_page_url,
        prefer=tuple(shape.prefer),
        sources=found,
        entries=tuple(_written(entry) for entry in shape.entries),
        tag_labels={name: tag.label for name, tag in shape.tags.items() if tag.label},
        tag_aliases=aliases,
        categories=tuple(
            Category(item.id, item.label, tuple(map(slug, item.tags)), item.description) for item in shape.categories
        ),
        tracks=tuple(Track(item.id, item.title, tuple(item.entries)) for item in shape.tracks),
        featured=tuple(shape.featured),
        hide=tuple(shape.hide),
        same=tuple(map(tuple, shape.same)),
        different=tuple(map(tuple, shape.different)),
        canonical=tuple(shape.canonical),
    )


def _written(entry: EntryShape) -> Written:
    return Written(
        title=entry.title,
        kind=entry.kind,
        url=entry.url,
        summary=entry.summary,
        publisher=entry.publisher,
        date=entry.date,
        tags=tuple(entry.tags),
        metrics=tuple((metric.label, metric.value) for metric in entry.metrics),
        section=entry.section,
        image=entry.image,
    )


def _webhook(shape: WebhookShape) -> Webhook:
    return Webhook(
        url=_dispatches(shape.url) if shape.kind == "github" else shape.url,
        kind=shape.kind,
        secrets=(shape.token,) if shape.token else shape.secret,
        events=tuple(shape.events),
        id=shape.id,
        event_type=shape.event_type if shape.kind == "github" else "",
    )


def _dispatches(url: str) -> str:
    """Where a repository takes a ``repository_dispatch``, from its page or from that very address."""
    page = re.fullmatch(r"https://github\.com/([\w.-]+)/([\w.-]+?)(?:\.git)?/?", url)
    return f"https://api.github.com/repos/{page[1]}/{page[2]}/dispatches" if page else url


def _alert(shape: AlertShape) -> Alert:
    if shape.ntfy is not None:
        return Alert("ntfy", url=shape.ntfy, secret=shape.token or "", events=tuple(shape.events), id=shape.id)
    host, port = _host_and_port(shape.server or "")
    to = shape.mail or ()
    return Alert(
        "mail",
        to=to,
        sender=shape.sender or to[0],
        host=host,
        port=port or (465 if shape.security == "tls" else 25 if shape.security == "none" else 587),
        security=shape.security or ("tls" if port == 465 else "starttls"),
        user=shape.user or "",
        secret=shape.password or "",
        events=tuple(shape.events),
        id=shape.id,
    )


def _host_and_port(server: str) -> tuple[str, int]:
    parts = urlsplit(f"//{server}")
    return parts.hostname or "", parts.port or 0


def _account(shape: AccountShape) -> Account:
    mastodon = shape.mastodon
    name = shape.bluesky or urlsplit(mastodon or "").netloc
    return Account(
        kind="bluesky" if mastodon is None else "mastodon",
        name=name,
        id=shape.id,
        url=shape.server if mastodon is None else mastodon,
        secret=shape.password or shape.token or "",
        template=shape.template,
        owners=tuple(shape.owners),
        tags=tuple(map(slug, shape.tags)),
        visibility=shape.visibility,
        after_s=round(shape.after),
    )
