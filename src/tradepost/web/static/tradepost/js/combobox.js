// <combo-box>: Tom Select over a native <select>, fetched where it is used. With a url it searches the server.
import { beginning, made } from "./making.js";
import { all, answers, changed, due, hold, library, make, one, stylesheet, words } from "./page.js";

customElements.define("combo-box", class extends HTMLElement {
  async connectedCallback() {
    stylesheet(this.getAttribute("css"));
    await library(this.getAttribute("lib"));
    const select = one("select", this);
    if (!this.isConnected || !select || select.tomselect) return;
    const url = this.getAttribute("url");
    // An answer of the server that comes after the choice must not open the list again over what stands below it.
    for (const hand of ["pointerdown", "keydown"]) this.addEventListener(hand, () => { this.settled = false; }, true);
    // The select stays in the page, hidden: it needs the name that its label gives to the visible box.
    select.setAttribute("aria-label", select.labels[0]?.textContent.trim() || select.getAttribute("aria-label") || "");
    this.box = new window.TomSelect(select, {
      valueField: "id",
      labelField: "text",
      searchField: url ? [] : ["text"],
      placeholder: " ", // by it the style knows whether something is typed
      plugins: select.multiple ? ["remove_button"] : [],
      create: this.hasAttribute("make") ? (text) => this.box.isOpen && this.begin(text) : this.hasAttribute("create"),
      ...(this.hasAttribute("make") && { createFilter: (text) => this.unknown(text) }),
      persist: false,
      maxOptions: 50,
      loadThrottle: 150,
      render: {
        no_results: () => `<div class="no-results">${words.nothing}</div>`,
        ...(this.hasAttribute("make") && { option_create: ({ input }) => this.entry(input) }),
      },
      onChange: () => changed(select),
      onItemAdd: () => { this.settled = !select.multiple; },
      onBlur: () => this.rest(),
      onDropdownOpen: () => { if (this.settled) this.box.close(); },
      ...(url && { preload: "focus", load: (text, show) => this.load(url, text, show) }),
    });
    if (this.hasAttribute("make")) this.box.hook("after", "refreshOptions", () => this.last());
    if (url && !select.multiple) this.addEventListener("keydown", (event) => this.hurry(event, url), true);
    if (select.autofocus && [document.body, select].includes(document.activeElement)) {
      this.settled = true;
      this.box.focus();
    }
  }

  disconnectedCallback() {
    this.box?.destroy();
    this.box = null;
  }

  async load(url, text, show) {
    const found = await this.found(url, text);
    if (!this.box) return;
    if (text !== this.box.lastValue && this.box.isFocused) { // somebody types on: an older list is no longer meant
      delete this.box.loadedSearches[text];
      show();
      return;
    }
    this.box.clearOptions();
    this.shown = text;
    show(found);
  }

  /** The server answers `[{"id": 7, "text": "Harbor & Pine"}, …]`. */
  found(path, text) {
    return answers(path, { q: text });
  }

  /** What was typed is not searched for any more: the list that would open takes the caret away from where one types by then. */
  rest() {
    clearTimeout(this.box?.refreshTimeout);
  }

  /** Who types faster than the list arrives still means the first of what was typed, and none of an older list. */
  hurry(event, url) {
    const text = this.box.control_input.value.trim(), saves = event.ctrlKey || event.metaKey;
    const ends = event.key === "Enter" || (event.key === "Tab" && !event.shiftKey && !saves);
    if (!ends || !text || this.shown?.trim() === text) return;
    event.stopPropagation();
    if (event.key === "Enter") event.preventDefault();
    this.rest();
    this.box.setTextboxValue("");
    this.box.close();
    const { form } = one("select", this);
    const first = this.first(url, text);
    due(form || this, first);
    if (saves) form?.requestSubmit();
    else if (event.key === "Enter") first.then((found) => found === null && this.begin(text));
  }

  /** The first of what was typed is chosen; null where nobody is called so, and the caret waits here still. */
  async first(url, text) {
    const [first] = await this.found(url, text);
    if (!this.box || this.box.control_input.value) return undefined;
    if (!first) return this.box.isFocused ? null : undefined;
    this.box.addOption(first);
    this.box.setValue(first.id);
    return first;
  }

  /** Whether the list is there and none of it is called so, nor has that number. */
  unknown(text) {
    const typed = text.trim().toLowerCase();
    return typed && this.shown?.trim() === text.trim() && !Object.values(this.box.options).some(({ text: name }) => name.toLowerCase().split(" · ").includes(typed));
  }

  /** The last entry of the list: to make who is called so. */
  entry(text) {
    return make("div", { className: "create", role: "option", id: `${one("select", this).id}-make` }, beginning(this, text));
  }

  /** Tom Select puts that entry first. */
  last() {
    const list = this.box.dropdown_content, entry = one(".create", list);
    if (entry) list.append(entry);
  }

  /** Who is made in the sheet is chosen here, else all is again as it was. */
  async begin(text) {
    if (!this.hasAttribute("make")) return;
    this.settled = true;
    this.box.close();
    const found = await made(this, text);
    if (!this.box) return;
    this.box.focus();
    if (found) {
      this.box.addOption(found);
      this.box.setValue(found.id);
    } else setTimeout(() => this.type(text)); // when the box knows that it has the focus
  }

  /** As if it were typed anew. */
  type(text) {
    this.settled = false;
    this.box.control_input.value = text;
    this.box.control_input.dispatchEvent(new Event("input"));
  }

  restore(value, list = []) {
    const values = [value].flat();
    this.box?.addOption(list.map(([id, text]) => ({ id, text })));
    if (this.box) this.box.setValue(values, true);
    else for (const option of one("select", this).options) option.selected = values.includes(option.value);
  }
});

document.addEventListener("submit", hold, true);

// Whom a field named in vain is back: that it was away stands there no longer.
document.addEventListener("restored", ({ detail }) => {
  const select = one(`combo-box [name="${detail.field}"]`), combo = select.closest("combo-box");
  const told = one(`.error-list a[href="#${select.id}"]`), alert = told?.closest("[role=alert]");
  all(".invalid-feedback", combo).forEach((sentence) => sentence.remove());
  all(".is-invalid", combo).forEach((part) => part.classList.remove("is-invalid"));
  told?.closest("li").remove();
  if (alert && !one("li", alert)) alert.remove();
  combo.settled = true;
  combo.box.focus();
});

// A record that a notice names is taken into its field by one click; what is answered stands there no longer.
document.addEventListener("click", ({ target }) => {
  const button = target.closest("[data-take]");
  if (!button) return;
  const form = button.form, field = form.elements[button.dataset.take], title = one("a", button.parentElement).textContent;
  if (!field) { // a sheet that was to make it: it is there
    document.dispatchEvent(new CustomEvent("made", { detail: { id: button.value, text: title } }));
    document.dispatchEvent(new Event("sheet-close"));
    return;
  }
  const { box } = field.closest("combo-box");
  box.addOption({ id: button.value, text: title });
  box.setValue(button.value);
  const notice = button.closest("[role=status]");
  all(`[data-take="${button.dataset.take}"]`, notice).forEach((other) => other.closest("li").remove());
  if (!one("li", notice)) {
    const submit = one("[data-plain]", form);
    submit.textContent = submit.dataset.plain;
    notice.remove();
  }
  box.focus();
});
