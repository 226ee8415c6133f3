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
      ([{ isIntersecting }], observer) => isIntersecting && (observer.disconnect(), this.refresh()),
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
    const url = new URL(this.#say("src") ?? "", document.baseURI);
    for (const name of PARAMETERS) {
      const value = this.#wanted(name);
      if (value && !this.#has("static")) url.searchParams.set(name, value);
    }
    const kept = this.#has("cache") && `article-feed:${url}`;
    this.#wait();
    // a copy may be older than what the page was built with
    if (kept && !this.#drawn && !this.querySelector(".u-uid")) attempt(() => this.#take(JSON.parse(localStorage[kept]), url));
    const feed = await this.#ask(url);
    if (!feed) return;
    if (kept) attempt(() => (localStorage[kept] = JSON.stringify(feed)));
    this.#tell("load", { feed });
  }

  #say(name) {
    return this.getAttribute(name);
  }

  #has(name) {
    return this.hasAttribute(name);
  }

  #wanted(name) {
    return name === "featured" ? this.#has(name) && "true" : this.#say(name);
  }

  get #limit() {
    const limit = +this.#say("limit");
    return limit > 0 ? limit : 30;
  }

  // Before the first answer: places for what is to come, unless something stands there.
  #wait() {
    this.#retry.hidden = true;
    this.#status.textContent = "";
    if (!this.firstElementChild && !this.#list.firstChild)
      this.#list.append(...[..."123456"].slice(0, this.#limit).map(() => node("li", "skeleton")));
  }

  #tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail, composed: true }));
  }

  // Draw what is at an address; gives nothing if that fails, or if something else is wanted by now.
  async #ask(url, had) {
    this.#going?.abort();
    const mine = (this.#going = new AbortController());
    const timer = setTimeout(() => mine.abort(), this.#say("timeout") || 1e4);
    this.#list.ariaBusy = "true";
    try {
      await 0; // attributes that change together are one question
      const answer = await fetch(url, mine); // nothing else is said, or a preload would be in vain
      if (!answer.ok) throw Error(answer.status);
      const feed = await answer.json();
      if (this.#going === mine) {
        this.#take(feed, url, had);
        return feed;
      }
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
    const chosen = this.#chosen(feed);
    this.#base = `${url}`;
    this.#next = this.#web(feed.next_url);
    if (this.#next === this.#base) this.#next = "";
    this.#items = had ? [...this.#items, ...chosen] : chosen;
    this.#draw(had);
  }

  // A file knows no parameters. Whoever does repeats them in feed_url, and has chosen already.
  #chosen({ items, feed_url }) {
    const all = items.filter((item) => item?.constructor === Object);
    if (!this.#has("static") && text(feed_url).includes("?")) return all;
    const low = (value) => text(value).toLowerCase();
    const found = all.filter((item) => {
      const { copies, track, featured } = ours(item);
      const has = {
        tag: item.tags,
        source: list(copies).map((one) => one?.source),
        year: text(item.date_published).slice(0, 4),
        track: track?.id,
        lang: [item.language, text(item.language).slice(0, 2)],
        featured: `${!!featured}`,
      };
      return Object.entries(has).every(([name, values]) => {
        const wanted = this.#wanted(name);
        return !wanted || low(wanted).split(/\s*,\s*/).some((one) => list(values).map(low).includes(one));
      });
    });
    const date = (item) => new Date((this.#say("sort") === "updated" && item.date_modified) || item.date_published);
    return this.#say("sort") ? found.sort((a, b) => date(b) - date(a)) : found;
  }

  #draw(had) {
    const items = this.#items.slice(0, had + this.#limit);
    this.#shown = items.length;
    const template = this.querySelector("template");
    const place = template?.parentNode ?? this.#list;
    const key = (id, revision) => `${id} ${revision}`;
    const uids = [...this.querySelectorAll(".u-uid")].map((uid) => key(uid.value, uid.dataset.revision));
    const keys = `${items.map((item) => key(item.id, ours(item).revision))}`;
    this.hidden = !keys && this.#say("hide-empty") !== "false";
    this.#status.textContent = keys ? "" : (this.dataset.empty ?? "No articles yet.");
    this.#more.textContent = this.dataset.more ?? "More articles";
    this.#more.hidden = !this.#has("more") || !(this.#items[this.#shown] || this.#next);
    const same = keys && keys === (this.#drawn ?? `${uids}`);
    this.#drawn = keys;
    if (same) return; // then nothing moves
    const made = items.slice(had).flatMap((item) => attempt(() => (template ? this.#filled(template, item) : this.#item(item))) || []);
    this.#slot.hidden = !template;
    if (!had) for (const one of [...place.childNodes]) if (one !== template) one.remove();
    const first = had && made[0]?.firstElementChild;
    place.append(...made);
    if (first) (first.querySelector("a") ?? first).focus();
  }

  async #further() {
    const had = this.#shown;
    for (let left = 9; left-- && !this.#items[had] && this.#next; ) if (!(await this.#ask(this.#next, had))) return;
    this.#draw(had);
  }

  // ── one article ──────────────────────────────────────────────────────────────────────────────────────────────────

  #item(item) {
    const { source, publisher, reading_time_minutes: minutes, copies, dir, tag_labels: labels, image_meta } = ours(item);
    const layout = this.#say("layout");
    const show = (this.#say("show") ?? (layout === "compact" ? "date" : "date source summary")).split(/\s+/);
    const gist = text(item.summary ?? item.content_text).replace(/^(.{280}\S{0,20}).+/su, "$1…");
    const name = text(item.title) || gist;
    const title = node(`h${this.#say("heading-level") ?? 3}`, "title", this.#link(item.url ?? item.external_url, name));
    const meta = node("p", "meta");
    const card = node("article", "card", title, meta);
    const said = {
      date: this.#date(item),
      source: text(publisher ?? source?.title),
      author: list(item.authors ?? item.author).map((one) => text(one?.name)).join(", "),
      "reading-time": minutes && attempt(() => minutes.toLocaleString(this.#locale, { style: "unit", unit: "minute" })),
      summary: [name !== gist && gist],
      tags: list(item.tags).flatMap((tag) => [node("bdi", "tag", text(labels?.[tag] ?? tag)), " "]),
      copies: list(copies)
        .filter((one) => this.#web(one?.url) && !one.canonical)
        .flatMap((one, place) => [place ? ", " : `${this.dataset.also ?? "Also on"} `, this.#link(one.url, text(one.title ?? one.source))]),
    };
    for (const part of show) {
      const value = said[part];
      if (value?.map) value[0] && card.append(node("p", part, ...value));
      else if (value) meta.append(meta.firstChild ? " · " : "", value.part ? value : node("span", part, value));
    }
    if (!meta.firstChild) meta.remove();
    const src = this.#web(item.image);
    if (show.includes("image") && (src || layout === "grid"))
      card.prepend(Object.assign(node(src ? "img" : "span", "image"), { loading: "lazy", alt: text(image_meta?.alt), src }));
    for (const one of card.querySelectorAll("[part=title],[part=summary]")) one.lang = text(item.language);
    card.dir = text(dir) || "auto";
    return node("li", "item", card);
  }

  get #locale() {
    return this.closest("[lang]")?.lang || undefined;
  }

  #web(url) {
    const { protocol, href } = attempt(() => new URL(text(url), this.#base));
    return text(url) && /^https?:$/.test(protocol) ? href : "";
  }

  #link(url, words) {
    const href = this.#web(url);
    const made = node(href ? "a" : "span", "link", words || href || "…");
    if (href) made.href = href;
    made.target = this.#say("target") ?? "";
    return made;
  }

  // As exact as it is known, and the day that its author wrote, wherever the reader is.
  #date(item) {
    const said = text(item.date_published);
    const { date_precision: precision } = ours(item);
    const whole = precision ? precision !== "second" : /^[\d-]+(T00:00(:00(\.0+)?)?[^:\d.]|$)/i.test(said);
    const at = new Date(whole ? said.slice(0, 10) : said);
    if (isNaN(at) || precision === "unknown") return;
    const [digits, form] = {
      year: [4, { year: "numeric" }],
      month: [7, { year: "numeric", month: "long" }],
    }[precision] ?? [10, { dateStyle: this.#say("date-style") ?? "medium" }];
    const made = node("time", "date");
    made.dateTime = whole ? said.slice(0, digits) : said;
    const timeZone = whole ? "UTC" : (this.#say("timezone") ?? undefined);
    made.append(attempt(() => at.toLocaleDateString(this.#locale, { ...form, timeZone })) || said.slice(0, 10));
    return made;
  }

  // A copy of the page's own template, without what the feed does not say.
  #filled(template, item) {
    const made = document.importNode(template.content, true);
    const value = (path) => path.split(".").reduce((found, name) => found?.[name], item);
    for (const one of made.querySelectorAll("*")) {
      const { text: words, href, src, date } = one.dataset;
      const url = this.#web(value(href ?? src ?? ""));
      const shown = date == null ? list(value(words ?? "")).map(text).join(", ") : this.#date(item);
      if (href) url ? one.setAttribute("href", url) : one.removeAttribute("href");
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
