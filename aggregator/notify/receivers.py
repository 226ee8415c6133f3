"""Who is told what: the receivers that a config names, each under a name that stays and gives no secret away."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import blake2b
from urllib.parse import urlsplit

from aggregator.model import Account, Alert, Config, Event, ReceiverState, Webhook

PUBLIC = ("article.created", "article.updated", "article.copy_added", "article.canonical_changed", "article.removed")
HEALTH = ("source.failing", "source.silent", "source.recovered", "source.moved", "source.gap")
EVENTS = (*PUBLIC, *HEALTH, "export.changed")
"""What a webhook may ask for. A page about each stands in docs/owners.md."""


@dataclass(frozen=True, slots=True)
class Receiver:
    """One that is told of some events."""

    name: str
    kind: str  # "standard", "deploy", "github", "hub", "mastodon", "bluesky", "mail", "ntfy"
    events: frozenset[str]
    url: str = field(default="", repr=False)
    webhook: Webhook | None = None
    account: Account | None = None
    alert: Alert | None = None
    allow_private: tuple[str, ...] = ()  # for those who do not go through the fetcher

    @property
    def only_newest(self) -> bool:
        """Whether an event makes an older one of the same subject pointless."""
        return self.kind in ("deploy", "github", "hub")

    def first_attempt(self, event: Event, state: ReceiverState | None) -> datetime | None:
        """When to tell it of an event; None: not at all."""
        if event.type not in self.events or state is None or state.disabled_at is not None or event.at < state.since:
            return None
        if self.account is None:
            return event.at
        article = event.data.get("article")
        said: Mapping[str, object] = article if isinstance(article, Mapping) else {}
        wanted = concerns(self.account, said.get("owners"), said.get("tags"))
        return event.at + timedelta(seconds=self.account.after_s) if wanted else None


def receivers(config: Config) -> dict[str, Receiver]:
    """Every receiver of this config, by name."""
    found = [_webhook(hook) for hook in config.webhooks]
    found += [Receiver(f"hub {_named(url)}", "hub", frozenset({"topic.changed"}), url) for url in config.site.hubs]
    created = frozenset({"article.created"})
    found += [Receiver(account_name(one), one.kind, created, one.url, account=one) for one in config.accounts]
    found += [_alert(one, config.fetch.allow_private) for one in config.alerts]
    return {one.name: one for one in found}


def account_name(account: Account) -> str:
    """Under which it is remembered for ever what was announced there."""
    return account.id or f"{account.kind} {account.name}"


def webhook_name(hook: Webhook) -> str:
    """What a webhook is called: its id, else its host and what tells it from others there."""
    return hook.id or _named(hook.url)


def wants(config: Config, kinds: Collection[str]) -> bool:
    """Whether anybody wants to be told of one of these types of events."""
    return any(one.events & set(kinds) for one in receivers(config).values())


def _webhook(hook: Webhook) -> Receiver:
    wanted = frozenset(hook.events or EVENTS) if hook.kind == "standard" else frozenset({"export.changed"})
    return Receiver(webhook_name(hook), hook.kind, wanted | {"test"}, hook.url, webhook=hook)


def _alert(alert: Alert, allow_private: tuple[str, ...]) -> Receiver:
    there = alert.url or f"smtp://{alert.host}/{','.join(alert.to)}"
    wanted = frozenset(alert.events or HEALTH) | {"test"}
    name = alert.id or f"{alert.kind} {_named(there)}"
    return Receiver(name, alert.kind, wanted, alert.url, alert=alert, allow_private=allow_private)


def _named(url: str) -> str:
    return f"{urlsplit(url).hostname}-{blake2b(url.encode(), digest_size=4).hexdigest()}"


def concerns(account: Account, owners: object, tags: object) -> bool:
    """Whether articles of these owners, with these tags, are wanted on this account."""
    return _any(account.owners, owners) and _any(account.tags, tags)


def _any(wanted: tuple[str, ...], given: object) -> bool:
    return not wanted or (isinstance(given, list | tuple) and not set(wanted).isdisjoint(given))
