// <recipients-input>: addresses as chips over a plain comma-separated input, with completion from the contacts.
import { all, changed, make, one, pause, words } from "./page.js";

/** `"Doe, Jane" <j@x.example>; k@x.example` → its addresses. */
export const split = (text) => (text.match(/(?:"[^"]*"|[^,;\n])+/g) || []).map((part) => part.trim()).filter(Boolean);
const bare = (text) => /<([^>]*)>\s*$/.exec(text)?.[1] ?? text;
const valid = (text) => /^[^\s@<>,;]+@[^\s@<>,;]+$/.test(bare(text).trim());
const shown = (text) => /^"?([^"<]+?)"?\s*</.exec(text)?.[1] ?? text;

customElements.define("recipients-input", class extends HTMLElement {
  connectedCallback() {
    this.entry = one("input", this);
    if (!this.entry.name) return; // moved within the page: already set up
    this.held = make("input", { type: "hidden", name: this.entry.name });
    this.entry.removeAttribute("name");
    this.append(this.held);
    this.abort = null;
    this.restore(this.entry.value);
    this.entry.addEventListener("keydown", (event) => this.key(event));
    this.entry.addEventListener("input", (event) => { event.stopPropagation(); this.listen(); });
    this.entry.addEventListener("blur", () => setTimeout(() => { this.take(this.entry.value); this.close(); }, 120));
    this.addEventListener("click", (event) => {
      if (event.target.closest("[data-remove]")) this.remove(event.target.closest(".chip"));
      else if (event.target === this) this.entry.focus();
    });
    this.ask = pause(120, () => this.complete());
  }

  restore(text) {
    this.list = split(text);
    this.entry.value = "";
    this.draw(false);
  }

  draw(report = true) {
    all(".chip", this).forEach((chip) => chip.remove());
    this.entry.before(...this.list.map((text) => this.chip(text)));
    this.sync(report);
  }

  sync(report = true) {
    this.held.value = [...this.list, ...split(this.entry.value)].join(", ");
    if (report) changed(this.held);
  }

  chip(text) {
    const wrong = !valid(text);
    const remove = make("button", { type: "button", textContent: "✕", "aria-label": `${words.remove} ${text}`, "data-remove": "" });
    const title = wrong ? `${text} ${words.notAddress}` : bare(text);
    return make("span", { className: `chip${wrong ? " chip-wrong" : ""}`, title }, shown(text), remove);
  }

  take(text) {
    const found = split(text);
    if (!found.length) return;
    this.list.push(...found.filter((address) => !this.list.some((held) => bare(held).toLowerCase() === bare(address).toLowerCase())));
    this.entry.value = "";
    this.draw();
  }

  remove(chip) {
    this.list.splice(all(".chip", this).indexOf(chip), 1);
    this.draw();
    this.entry.focus();
  }

  listen() {
    const unquoted = this.entry.value.replace(/"[^"]*("|$)/g, "");
    if (/[,;\n]/.test(unquoted)) this.take(this.entry.value);
    else this.sync();
    if (this.getAttribute("url")) this.ask();
  }

  key(event) {
    const options = this.menu ? all("li", this.menu) : [];
    const here = options.findIndex((option) => option.getAttribute("aria-selected") === "true");
    if (options.length && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
      event.preventDefault();
      return this.choose(options, (here + (event.key === "ArrowDown" ? 1 : -1) + options.length) % options.length);
    }
    if ((event.key === "Enter" || event.key === "Tab") && !event.ctrlKey && !event.metaKey) {
      if (event.key === "Enter") event.preventDefault();
      if (options[here]) this.pick(options[here]);
      else this.take(this.entry.value);
    } else if (event.key === "Escape" && this.menu) {
      event.preventDefault();
      event.stopPropagation();
      this.close();
    } else if (event.key === "Backspace" && !this.entry.value && this.list.length) {
      this.list.pop();
      this.draw();
    }
    return undefined;
  }

  async complete() {
    const typed = this.entry.value.trim();
    this.abort?.abort();
    if (typed.length < 2) return this.close();
    this.abort = new AbortController();
    const url = new URL(this.getAttribute("url"), location.href);
    url.searchParams.set("q", typed);
    try {
      const response = await fetch(url, { signal: this.abort.signal, headers: { Accept: "application/json" } });
      if (response.ok) this.offer(await response.json());
    } catch { /* a newer request took over, or the network is away: typing goes on */ }
    return undefined;
  }

  offer(people) {
    this.close();
    if (!people.length || document.activeElement !== this.entry) return;
    const id = `${this.entry.id}_people`;
    const lines = people.map(({ name, email }, i) => make("li", {
      role: "option", id: `${id}_${i}`, "data-value": name ? `"${name.replaceAll('"', "")}" <${email}>` : email, "aria-selected": i === 0,
    }, name || email, ...(name ? [make("small", {}, email)] : [])));
    this.menu = make("ul", { className: "suggestions", role: "listbox", id, "aria-label": words.contacts }, ...lines);
    this.menu.addEventListener("mousedown", (event) => {
      event.preventDefault();
      this.pick(event.target.closest("li"));
    });
    this.append(this.menu);
    for (const [name, value] of [["role", "combobox"], ["aria-expanded", "true"], ["aria-controls", id], ["aria-activedescendant", `${id}_0`]]) {
      this.entry.setAttribute(name, value);
    }
  }

  choose(options, index) {
    options.forEach((option, i) => option.setAttribute("aria-selected", i === index));
    options[index].scrollIntoView({ block: "nearest" });
    this.entry.setAttribute("aria-activedescendant", options[index].id);
  }

  pick(option) {
    this.close();
    this.take(option.dataset.value);
  }

  close() {
    this.menu?.remove();
    this.menu = null;
    for (const name of ["role", "aria-expanded", "aria-controls", "aria-activedescendant"]) this.entry.removeAttribute(name);
  }
});
