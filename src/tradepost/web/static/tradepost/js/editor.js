// <email-editor>: Squire, which is made for mail HTML, over a textarea that works alone where there is no script.
import { all, changed, library, make, one, words } from "./page.js";

const PATHS = {
  bold: "M6 12h9a4 4 0 0 1 0 8H7a1 1 0 0 1-1-1V5a1 1 0 0 1 1-1h7a4 4 0 0 1 0 8",
  italic: "M19 4h-9M14 20H5M15 4 9 20",
  underline: "M6 4v6a6 6 0 0 0 12 0V4M4 20h16",
  bullets: "M3 5h.01M3 12h.01M3 19h.01M8 5h13M8 12h13M8 19h13",
  numbers: "M11 5h10M11 12h10M11 19h10M4 4h1v5M4 9h2M6.5 20H3.4c0-1 2.6-2 2.6-3.5A1.5 1.5 0 0 0 3.4 15",
  quote: "M17 5H3M21 12H8M21 19H8M3 12v7",
  link: "M10 13a5 5 0 0 0 7.5.5l3-3a5 5 0 0 0-7-7L12 5M14 11a5 5 0 0 0-7.5-.5l-3 3a5 5 0 0 0 7 7L12 19",
  clear: "M4 7V4h16v3M5 20h6M13 4 8 20M15 15l5 5M20 15l-5 5",
  undo: "M9 14 4 9l5-5M4 9h10.5a5.5 5.5 0 0 1 0 11H11",
};

// What a mail may hold; scripts, frames, forms and styles of their own stay out of what is pasted or quoted.
const PURE = {
  RETURN_DOM_FRAGMENT: true,
  WHOLE_DOCUMENT: false,
  FORBID_TAGS: ["style", "form", "input", "button", "textarea", "select", "iframe", "object", "embed", "svg", "math"],
  FORBID_ATTR: ["id", "class", "srcset"],
};

function glyph(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  for (const [key, value] of Object.entries({ width: 16, height: 16, viewBox: "0 0 24 24", fill: "none", stroke: "currentColor", "stroke-width": 2, "stroke-linecap": "round", "stroke-linejoin": "round", "aria-hidden": true })) {
    svg.setAttribute(key, value);
  }
  const path = document.createElementNS(svg.namespaceURI, "path");
  path.setAttribute("d", PATHS[name]);
  svg.append(path);
  return svg;
}

customElements.define("email-editor", class extends HTMLElement {
  connectedCallback() {
    this.area = one("textarea", this);
    this.ready = this.start();
  }

  disconnectedCallback() {
    this.squire?.destroy();
  }

  async start() {
    await Promise.all([library(this.getAttribute("purify")), library(this.getAttribute("squire"))]);
    if (!this.isConnected || this.squire) return;
    this.build();
    const sanitizeToDOMFragment = (html) => document.importNode(window.DOMPurify.sanitize(html, PURE), true);
    this.squire = new window.Squire(this.body, { blockTag: "DIV", sanitizeToDOMFragment });
    this.squire.setHTML(this.area.value);
    this.squire.moveCursorToStart();
    this.squire.addEventListener("input", () => { this.sync(); changed(this.area); });
    this.squire.addEventListener("pathChange", () => this.press());
    this.press();
  }

  /** Show this HTML instead (a restored draft, a template). */
  restore(html) {
    this.area.value = html;
    this.ready.then(() => this.squire?.setHTML(html));
  }

  sync() {
    this.area.value = this.squire.getHTML();
    this.press();
  }

  press() {
    all("[data-tag]", this.bar).forEach((button) => button.setAttribute("aria-pressed", this.squire.hasFormat(button.dataset.tag)));
  }

  build() {
    const label = this.getAttribute("label") || words.message;
    this.bar = make("div", { className: "editor-bar", role: "toolbar", "aria-label": words.formatting });
    this.body = make("div", { className: "editor-body", role: "textbox", tabIndex: 0, "aria-multiline": "true", "aria-label": label });
    this.area.hidden = true;
    this.area.before(this.bar, this.body);
    const toggle = (tag, on, off) => () => (this.squire.hasFormat(tag) ? this.squire[off]() : this.squire[on]());
    this.tool("bold", toggle("B", "bold", "removeBold"), "B");
    this.tool("italic", toggle("I", "italic", "removeItalic"), "I");
    this.tool("underline", toggle("U", "underline", "removeUnderline"), "U");
    this.gap();
    this.tool("bullets", toggle("UL", "makeUnorderedList", "removeList"), "UL");
    this.tool("numbers", toggle("OL", "makeOrderedList", "removeList"), "OL");
    this.tool("quote", () => this.squire.increaseQuoteLevel());
    this.gap();
    this.tool("link", () => this.link(), "A");
    this.tool("clear", () => this.squire.removeAllFormatting());
    this.tool("undo", () => this.squire.undo());
    this.bar.addEventListener("keydown", (event) => this.walk(event));
    all("button", this.bar).forEach((button, index) => { button.tabIndex = index ? -1 : 0; });
  }

  tool(name, action, tag = "") {
    const button = make("button", { type: "button", title: words[name], "aria-label": words[name] }, glyph(name));
    if (tag) Object.assign(button.dataset, { tag });
    button.addEventListener("mousedown", (event) => event.preventDefault()); // keeps the selection in the text
    button.addEventListener("click", () => { action(); this.sync(); changed(this.area); });
    this.bar.append(button);
  }

  gap() {
    this.bar.append(make("span", { className: "sep" }));
  }

  /** Arrow keys move within the toolbar, as in every toolbar. */
  walk(event) {
    const buttons = all("button", this.bar);
    const here = buttons.indexOf(event.target);
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step || here < 0) return;
    event.preventDefault();
    buttons.at((here + step) % buttons.length).focus();
  }

  link() {
    if (this.squire.hasFormat("A")) return this.squire.removeLink();
    if (one(".editor-link", this.bar)) return undefined;
    const selection = this.squire.getSelection();
    const address = make("input", { type: "url", className: "form-control form-control-sm", placeholder: "https://", "aria-label": words.linkAddress });
    const row = make("div", { className: "editor-link" }, address, make("button", { type: "button", className: "btn btn-sm w-auto", textContent: words.insertLink }));
    const finish = () => {
      row.remove();
      this.squire.setSelection(selection);
      const url = address.value.trim();
      if (url) this.squire.makeLink(/^[a-z]+:/i.test(url) ? url : `https://${url}`);
      this.squire.focus();
      this.sync();
    };
    row.lastChild.addEventListener("click", finish);
    address.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" && event.key !== "Escape") return;
      event.preventDefault();
      event.stopPropagation();
      if (event.key === "Escape") address.value = "";
      finish();
    });
    this.bar.append(row);
    return address.focus();
  }
});
