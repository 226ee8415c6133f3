"""The config of the demo: what somebody would write for these sites, with loopback in place of the platforms."""

from __future__ import annotations

from string import Template

from aggregator.demo.portfolios import owners_text
from aggregator.demo.web import DemoWeb

_TEXT = Template("""\
# Written by `aggregator demo`; everything in it is invented and served from this machine.
site:
  title: Northern Backend
  base_url: $base_url
database_url: $database_url
fetch:
  contact: https://mira.example/about
  allow_private: [$private]
  per_host: {concurrency: 4, interval: 10ms}
owners:
  - id: mira
    name: Mira Solheim
    home_page_url: https://mira.example
    sources:
      - feed: $site_feed
        id: site
        title: mira.example
      - dev: mirasolheim
        base_url: $dev
        title: DEV
      - medium: "@mirasolheim"
        base_url: $medium
        title: Medium
      - feed: $site/notes/index.xml # moved away years ago: a dead source breaks nothing else
        id: old-notes
        title: Old notes
    entries: # what no feed carries
      - kind: story
        title: Moved ad serving off the shared cluster without hurting delivery
        summary: Two teams, one ring buffer, and a switch that could be thrown back at any minute. Nobody had to.
        date: 2021-06
        tags: [migrations, operations]
        metrics:
          - {label: "Latency, p99", value: "−180 ms"}
          - {label: Traffic, value: "~1.2K QPS"}
          - {label: Rollbacks, value: "0"}
      - kind: talk
        title: "Queues, clocks and other people"
        summary: Three outages, told by the people who slept through them.
        url: https://nordbackend.example/2025/queues-clocks
        publisher: NordBackend 2025
        date: 2025-04
        tags: [distributed-systems, on-call]
    tags:
      distributed-systems: {label: Distributed Systems, aliases: [distributedsystems]}
      postgresql: {label: PostgreSQL, aliases: [postgres]}
      api-design: {label: API design, aliases: [api]}
      on-call: {label: On call, aliases: [sre]}
      operations: {label: Operations, aliases: [devops]}
      databases: {label: Databases, aliases: [database]}
      queues: {label: Queues, aliases: [queue]}
      observability: {label: Observability}
      reliability: {label: Reliability}
      migrations: {label: Migrations}
      code-review: {label: Code review}
      go: {label: Go}
    categories:
      - id: data
        label: Data & messaging
        description: Queues, logs, and the databases behind them.
        tags: [queues, databases, postgresql]
      - id: running
        label: Running things
        description: On call, reviews, and the week after the outage.
        tags: [operations, on-call, observability, reliability]
    featured: [https://mira.example/2026/idempotency-keys/]
  - id: layla
    name: ليلى حداد
    home_page_url: https://layla.example
    sources:
      - feed: $layla_feed
        id: blog
  - id: aoi
    name: 森 葵
    home_page_url: https://aoi.example
    sources:
      - feed: $aoi_feed
        id: blog
""")


def config_text(web: DemoWeb, base_url: str, database_url: str) -> str:
    """The YAML of a config that reads the open sample web and is served at ``base_url``."""
    at = web.base_urls
    mira_and_others = _TEXT.substitute(
        base_url=base_url,
        database_url=database_url,
        private=", ".join(sorted(url.removeprefix("http://") for url in at.values())),
        site=at["site"],
        dev=at["dev"],
        medium=at["medium"],
        site_feed=web.feed_url("site"),
        layla_feed=web.feed_url("layla"),
        aoi_feed=web.feed_url("aoi"),
    )
    five = owners_text(
        nadia=at["nadia"], elena_feed=web.feed_url("elena"), dev_base_url=at["arun"], medium_base_url=at["elena-medium"]
    )
    return mira_and_others + five
