// <article-feed src="https://feeds.example.org/asha/index.json">: the articles of a JSON Feed, on any page.
//
// Nothing that a feed says becomes markup, and only http(s) addresses become links. What stands inside of the element
// is shown until there is something better, and stays where there never is. docs/embedders.md tells the rest.

const sheet = new CSSStyleSheet();
sheet.replaceSync("article-feed.css"); // the build puts the file here

const PARAMETERS = ["limit", "tag", "source", "year", "track", "lang", "featured", "sort"];

const node = (name, part, ...inside) => {
  const made = document.createElement(name);
  made.part = part;
  made.append(...inside);
  return made;
};

const list = (value) => [value ?? []].flat();

// Plain text, whatever a feed has in its place.
const text = (value) => (/^[sn]/.test(typeof value) ? `${value}`.trim() : "");

const ours = (item) => item._aggregator ?? {};

const attempt = (make) => {
  try {
    return make();
  } catch {
    return ""; // what no address, language, style, zone or store can be
  }
};

class ArticleFeed extends HTMLElement {
  static observedAttributes = ["src", "show", "heading-level", "date-style", "timezone", "target", ...PARAMETERS];

  #slot = node("slot", "");
  #list = node("ul", "list");
  #more = node("button", "more");
  #status = node("p", "status");
  #retry = node("button", "retry");
  #items = [];
  #shown; // how many of them
  #drawn; // which
  #base; // the address of the last answer, and of the one after it
  #next;
  #going; // the AbortController of what is under way

  constructor() {
    super();
    const root = this.attachShadow({ mode: "open" });
    root.adoptedStyleSheets = [sheet];
    root.append(this.#slot, this.#list, this.#more, this.#status, this.#retry);
    this.#list.role = "list"; // Safari forgets it where there are no bullets
    this.#status.role = "status";
    this.#more.hidden = this.#retry.hidden = true;
    this.#more.onclick = () => this.#further();
    this.#retry.onclick = () => this.refresh();
  }

  connectedCallback() {
    if (this.#say("loading") !== "lazy") return this.refresh();
    this.#wait();
    new IntersectionObserver(
      ([{ isIntersecting }], observer) => {
        if (!isIntersecting) return;
        observer.disconnect();
        this.refresh();
      },
      { rootMargin: "400px" },
    ).observe(this);
  }

  disconnectedCallback() {
    this.#going?.abort();
    this.#going = null;
  }

  attributeChangedCallback() {
    if (!this.#going) return;
    this.#drawn = null;
    this.refresh();
  }

  /** Ask again, and draw what is new. */
  async refresh() {
    this.#wait();
    const url = new URL(this.#say("src") ?? "", document.baseURI);
    for (const name of PARAMETERS) {
      const value = this.#say(name) || (name === "featured" && this.#say(name) === "" && "true");
      if (value && this.#say("static") == null) url.searchParams.set(name, value);
    }
    const kept = this.#say("cache") != null && `article-feed:${url}`;
    // a copy may be older than what the page was built with
    if (kept && !this.#drawn && !this.querySelector(".u-uid")) attempt(() => this.#take(JSON.parse(localStorage[kept]), url));
    const feed = await this.#ask(url);
    if (!feed) return;
    this.#take(feed, url);
    if (kept) attempt(() => (localStorage[kept] = JSON.stringify(feed)));
    this.#tell("load", { feed });
  }

  #say(name) {
    return this.getAttribute(name);
  }

  get #limit() {
    return +this.#say("limit") || 30;
  }

  // Before the first answer: places for what is to come, unless something stands there.
  #wait() {
    this.#retry.hidden = true;
    this.#status.textContent = "";
    if (!this.firstElementChild && !this.#list.firstChild)
      this.#list.append(...Array.from(Array(Math.min(this.#limit, 6)), () => node("li", "skeleton")));
  }

  #tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail, composed: true }));
  }

  // The feed at an address; nothing if there is none, or if somebody wants another by now.
  async #ask(url) {
    this.#going?.abort();
    const mine = (this.#going = new AbortController());
    const timer = setTimeout(() => mine.abort(), this.#say("timeout") || 1e4);
    this.#list.ariaBusy = "true";
    try {
      await 0; // several attributes that change at once are one question
      const answer = await fetch(url, mine); // nothing else is said, or a preload would be in vain
      if (!answer.ok) throw Error(answer.status);
      const feed = await answer.json();
      feed.items.map(ours);
      if (this.#going === mine) return feed;
    } catch (error) {
      if (this.#going === mine) this.#fail(error);
    } finally {
      clearTimeout(timer);
      this.#list.ariaBusy = "false";
    }
  }

  #fail(error) {
    if (!this.#drawn) {
      this.#list.replaceChildren();
      this.#slot.hidden = false;
      if (!this.querySelector(":scope > :not(template)")) {
        this.#status.textContent = this.dataset.error ?? "The articles could not be loaded.";
        this.#retry.textContent = this.dataset.retry ?? "Try again";
        this.#retry.hidden = false;
      }
    }
    this.#tell("error", { error });
  }

  #take(feed, url, had = 0) {
    this.#base = `${url}`;
    this.#next = this.#web(feed.next_url);
    if (this.#next === this.#base) this.#next = "";
    this.#items = [...this.#items.slice(0, had && this.#items.length), ...this.#chosen(feed)];
    this.#shown = had + this.#limit;
    this.#draw(had);
  }

  // A file does not know of parameters. Whoever does says so in feed_url, and has chosen already.
  #chosen({ items, feed_url }) {
    if (this.#say("static") == null && text(feed_url).includes("?")) return items;
    const date = (item) => text((this.#say("sort") === "updated" && item.date_modified) || item.date_published);
    const found = items.filter((item) => {
      const { source, copies, track, featured } = ours(item);
      const language = text(item.language);
      const has = {
        tag: item.tags,
        source: [source, ...list(copies)].map((one) => one?.source ?? one?.id),
        year: text(item.date_published).slice(0, 4),
        track: track?.id,
        lang: [language, language.slice(0, 2)],
        featured: ["", featured && "true"],
      };
      return Object.entries(has).every(([name, values]) => {
        const wanted = this.#say(name);
        return !wanted || wanted.split(/\s*,\s*/).some((one) => list(values).includes(one));
      });
    });
    return this.#say("sort") ? found.sort((a, b) => new Date(date(b)) - new Date(date(a))) : found;
  }

  #draw(had) {
    const items = this.#items.slice(0, this.#shown);
    const template = this.querySelector("template");
    const key = (id, revision) => `${id} ${revision}`;
    const uids = [...this.querySelectorAll(".u-uid")].map((uid) => key(uid.value, uid.dataset.revision));
    const keys = `${items.map((item) => key(item.id, ours(item).revision))}`;
    this.hidden = !keys && this.#say("hide-empty") !== "false";
    this.#status.textContent = keys ? "" : (this.dataset.empty ?? "No articles yet.");
    this.#more.textContent = this.dataset.more ?? "More articles";
    this.#more.hidden = this.#say("more") == null || !(this.#items[this.#shown] || this.#next);
    const same = keys && keys === (this.#drawn ?? `${uids}`);
    this.#drawn = keys;
    if (same) return; // nothing moves
    const made = items.slice(had).map((item) => (template ? this.#filled(template, item) : this.#item(item)));
    this.#slot.hidden = !template;
    if (!had) (template ? [...template.parentNode.childNodes] : [...this.#list.children]).map((one) => one === template || one.remove());
    (template ? template.parentNode : this.#list).append(...made);
  }

  async #further() {
    const had = this.#shown;
    while (!this.#items[had] && this.#next) {
      const url = this.#next;
      const feed = await this.#ask(url);
      if (!feed) return;
      this.#take(feed, url, had);
    }
    this.#shown = had + this.#limit;
    this.#draw(had);
    this.#list.children[had]?.querySelector("a")?.focus();
  }

  // ── one article ──────────────────────────────────────────────────────────────────────────────────────────────────

  #item(item) {
    const { source, publisher, reading_time_minutes: minutes, copies, dir, tag_labels: labels, image_meta } = ours(item);
    const compact = this.#say("layout") === "compact";
    const level = /^[1-6]$/.test(this.#say("heading-level")) ? this.#say("heading-level") : 3;
    const gist = text(item.summary ?? item.content_text).replace(/^(.{280}\S{0,20}).+/su, "$1…");
    const title = node(`h${level}`, "title", this.#link(item.url ?? item.external_url, text(item.title) || gist || "…"));
    const meta = node("p", "meta");
    const card = node("article", "card", title, meta);
    const said = {
      date: this.#date(item),
      source: text(publisher ?? source?.title),
      author: list(item.authors ?? item.author).map((one) => text(one.name)).join(", "),
      "reading-time": minutes && attempt(() => minutes.toLocaleString(this.#locale, { style: "unit", unit: "minute" })),
      summary: [text(item.title) && gist],
      tags: list(item.tags).map((tag) => node("bdi", "tag", text(labels?.[tag] ?? tag))),
      copies: list(copies).filter((one) => !one.canonical && this.#web(one.url)).flatMap((one, place) => [
        place ? ", " : (this.dataset.also ?? "Also on "),
        this.#link(one.url, text(one.title ?? one.source)),
      ]),
      image: [],
    };
    for (const name of (this.#say("show") ?? (compact ? "date" : "date source summary")).split(/\s+/)) {
      if (said[name]?.map) card.append(node("p", name, ...said[name]));
      else if (said[name]) meta.append(said[name].part ? said[name] : node("span", name, said[name]));
    }
    for (const one of card.querySelectorAll("[part=title],[part=summary]")) one.lang = text(item.language);
    card.dir = text(dir) || "auto";
    return node("li", "item", card);
  }

  get #locale() {
    return this.closest("[lang]")?.lang;
  }

  #web(url) {
    const { protocol, href } = attempt(() => new URL(text(url), this.#base));
    return url && /^https?:$/.test(protocol) ? href : "";
  }

  #link(url, words) {
    const href = this.#web(url);
    const made = node(href ? "a" : "span", "link", words);
    if (href) made.href = href;
    made.target = this.#say("target") ?? "";
    return made;
  }

  // As exact as it is known, and the day that its author wrote, wherever the reader is.
  #date(item) {
    const said = text(item.date_published);
    const { date_precision: precision } = ours(item);
    const whole = precision ? precision !== "second" : /^[\d-]+(T00:00(:00(\.0+)?)?(Z|[+-][\d:]+)?)?$/i.test(said);
    const at = new Date(whole ? said.slice(0, 10) : said);
    if (isNaN(at) || precision === "unknown") return;
    const made = node("time", "date");
    made.dateTime = whole ? said.slice(0, { year: 4, month: 7 }[precision] ?? 10) : said;
    const form = { year: { year: "numeric" }, month: { year: "numeric", month: "long" } }[precision];
    made.append(
      attempt(() =>
        at.toLocaleDateString(this.#locale, {
          ...(form ?? { dateStyle: this.#say("date-style") ?? "medium" }),
          timeZone: whole ? "UTC" : (this.#say("timezone") ?? undefined),
        }),
      ) || made.dateTime.slice(0, 10),
    );
    return made;
  }

  // A copy of the page's own template, without what the feed does not say.
  #filled(template, item) {
    const made = document.importNode(template.content, true);
    const value = (path) => path.split(".").reduce((found, name) => found?.[name], item);
    for (const one of made.querySelectorAll("[data-text],[data-href],[data-src],[data-date]")) {
      const { text: words, href, src, date } = one.dataset;
      const url = this.#web(value(href ?? src ?? ""));
      const shown = date == null ? list(value(words ?? "")).map(text).join(", ") : this.#date(item);
      if (href) url ? (one.href = url) : one.removeAttribute("href");
      if (src) url && one.localName === "img" ? (one.src = url) : one.remove();
      if (date != null || words) shown ? one.replaceChildren(...(shown.childNodes ?? [shown])) : one.remove();
      if (shown?.dateTime) one.dateTime = shown.dateTime;
    }
    for (const top of made.children) {
      top.dir ||= text(ours(item).dir) || "auto";
      top.lang ||= text(item.language);
    }
    return made;
  }
}

customElements.get("article-feed") ?? customElements.define("article-feed", ArticleFeed);
