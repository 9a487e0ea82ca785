// Nothing typed is lost. <draft-guard> keeps in this browser what was changed in its form until it is saved or discarded, under
// its `key` or the address of the form; <dirty-guard> asks before a changed form is left, and keeps it too, but
// for one that is `forgetful`. Each tab has its own draft of a form; one that no tab shows is taken over by the next that opens it.
import { all, make, one, pause, words } from "./page.js";
import { ask } from "./dialogs.js";
import { toast } from "./toasts.js";

const PREFIX = "draft:";
const KEPT = 14 * 86400_000; // milliseconds
const { user, company } = document.body.dataset;
const tab = `@${sessionStorage.tab ??= Math.random().toString(36).slice(2)}`;

const named = (form) => all("[name]", form).filter(({ type, name }) => type !== "file" && name !== "csrfmiddlewaretoken" && name !== "version");
const ticked = (field) => field.type === "checkbox" || field.type === "radio";
const chosen = (select) => [...select.selectedOptions];

/** Fields that come several times: of each kind, where its rows stand, the row, and the names in it. */
const repeated = (form) => all("template", form).map((template) => ({
  body: one("tbody, [data-rows]", template.parentElement), row: template.content, names: all("[name]", template.content).map(({ name }) => name),
})).filter(({ body, names }) => body && names.length);

/** The form's values by name, and by name what its lists offer: one that the server fills, what is chosen in it. */
function read(form) {
  const values = Object.fromEntries(repeated(form).flatMap(({ names }) => names).map((name) => [name, []])), lists = {};
  for (const field of named(form)) {
    const held = (values[field.name] ??= []);
    if (!ticked(field)) held.push(...(field.type === "select-multiple" ? chosen(field).map((option) => option.value) : [field.value]));
    else if (field.checked) held.push(field.value);
    if (!field.options) continue;
    const options = field.closest("combo-box") ? chosen(field) : [...field.options];
    (lists[field.name] ??= []).push(options.map(({ value, text }) => [value, text]));
  }
  return { values, lists };
}

/** What is named in `values` is put into the form; all else stays as it stands there. */
function write(form, { values, lists = {} }) {
  for (const { body, row, names: [name] } of repeated(form).filter(({ names }) => values[names[0]])) {
    while (body.children.length > values[name].length) body.lastElementChild.remove();
    while (body.children.length < values[name].length) body.append(row.cloneNode(true));
  }
  const [left, offered] = structuredClone([values, lists]);
  for (const field of named(form)) {
    const held = left[field.name], list = offered[field.name]?.shift();
    if (!held) continue;
    if (ticked(field)) field.checked = held.includes(field.value);
    else if (field.type === "select-multiple") put(field, held, list);
    else if (held.length) put(field, held.shift(), list);
  }
  form.dispatchEvent(new Event("change", { bubbles: true })); // for what depends on a field
}

/** Custom elements know how to show a value that they hold. */
function put(field, value, list = []) {
  const owner = field.closest("email-editor, recipients-input, combo-box");
  if (field.options) offer(field, list);
  if (owner?.restore) owner.restore(value, list);
  else if (field.type === "select-multiple") for (const option of field.options) option.selected = value.includes(option.value);
  else if (field.value !== value) {
    field.value = value;
    field.removeAttribute("data-auto"); // typed: a price that follows nothing
  }
}

function offer(select, list) {
  if (select.closest("tr")) select.replaceChildren(); // what a line offers is of its item
  for (const [value, text] of list) {
    const option = [...select.options].find((other) => other.value === value) || select.appendChild(make("option", { value }));
    option.text = text;
  }
  if (select.hidden) select.hidden = select.options.length < 2;
}

const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);
const originals = new WeakMap();

/** As the form came from the server. */
const original = (form) => originals.get(form) || originals.set(form, read(form)).get(form);

/** The names whose values are no longer those of `before`; of what comes several times all, when one of them is. */
function differing(form, now, before) {
  const names = Object.keys({ ...now, ...before }).filter((name) => !same(now[name], before[name]));
  return [...new Set([names, ...repeated(form).map((group) => group.names).filter((group) => group.some((name) => names.includes(name)))].flat())];
}

const secret = (form, name) => all(`[type=password][name="${name}"]`, form).length;
const only = (names, held) => Object.fromEntries(names.filter((name) => held[name]).map((name) => [name, held[name]]));

/** Where forms lead that have no key, as `drafts.saved` of the server names them. */
function address(form) {
  const { pathname, search } = new URL(form.getAttribute("action") || location.href, location.href);
  return `${company}:${pathname}${search}`;
}

/** When a draft was kept. */
const at = (key) => JSON.parse(localStorage.getItem(key))?.at ?? 0;

/** The drafts that a tab shows, by the locks of their pages; none are known where the address is not safe (plain http). */
const shown = async () => ((await navigator.locks?.query())?.held ?? []).map(({ name }) => name);

customElements.define("draft-guard", class extends HTMLElement {
  connectedCallback() {
    this.form = this.closest("form");
    this.page = !this.hasAttribute("key");
    this.of = `${PREFIX}${user}:${this.page ? `${address(this.form)}#${this.form.id}` : this.getAttribute("key")}`;
    this.key = this.of + tab;
    this.setAttribute("role", "status");
    this.original = original(this.form);
    this.names = new Set(); // of what was typed, here or before
    this.save = pause(250, () => this.store());
    this.form.addEventListener("input", () => { this.gone = false; this.save(); });
    this.form.addEventListener("submit", () => this.save.now());
    this.form.addEventListener("click", ({ target }) => { this.gone = this.page && !!target.closest("a.btn"); }); // Cancel
    this.form.addEventListener("draft-discard", () => this.discard());
    this.form.addEventListener("htmx:after:request", (event) => {
      const { ctx } = event.detail;
      if (ctx.sourceElement === this.form && ctx.response?.status < 300) this.forget();
    });
    this.leaving = () => (this.gone ? this.forget() : this.save.now());
    addEventListener("pagehide", this.leaving);
    if (localStorage.getItem(this.key)) this.recall();
    else this.takeOver();
  }

  disconnectedCallback() {
    this.save.now();
    removeEventListener("pagehide", this.leaving);
  }

  get version() {
    return this.form.querySelector("input[name=version]")?.value;
  }

  store() {
    const { values, lists } = read(this.form);
    for (const name of differing(this.form, values, this.original.values)) if (!secret(this.form, name)) this.names.add(name);
    const names = [...this.names];
    if (!names.length || (!this.refused && same(only(names, values), only(names, this.original.values)))) return this.forget();
    const held = { at: Date.now(), version: this.since ?? this.version, values: only(names, values), lists: only(names, lists) };
    localStorage.setItem(this.key, JSON.stringify(held));
    this.show();
    if (!this.page) this.textContent = words.savedDraft;
  }

  /** The other tabs leave it alone until this page is left. */
  show() {
    this.lock ??= navigator.locks?.request(this.key, () => new Promise(() => {}));
  }

  /** The latest draft of this form that no tab shows. */
  async takeOver() {
    const others = Object.keys(localStorage).filter((key) => key.startsWith(`${this.of}@`));
    if (!others.length) return;
    const elsewhere = await shown();
    const [left] = others.filter((key) => !elsewhere.includes(key)).sort((a, b) => at(b) - at(a));
    if (!left || this.names.size || !this.isConnected) return;
    localStorage.setItem(this.key, localStorage.getItem(left));
    localStorage.removeItem(left);
    this.recall();
  }

  recall() {
    const held = JSON.parse(localStorage.getItem(this.key));
    this.show();
    const names = Object.keys(held.values);
    this.refused = "refused" in this.form.dataset; // it came back with what was typed
    if (!this.refused && same(held.values, only(names, this.original.values))) return;
    this.names = new Set(names);
    this.since = held.version;
    if (!this.refused) this.restore(held);
  }

  restore(held) {
    write(this.form, held);
    this.form.dataset.touched = "";
    const again = make("button", { type: "button", textContent: this.page ? words.discard : words.startOver, onclick: () => this.startOver() });
    const older = (this.since ?? this.version) !== this.version && make("b", {}, `${words.changedSince} `);
    this.replaceChildren(`${this.page ? words.restoredForm : words.restored} `, older || "", again);
  }

  startOver() {
    const held = read(this.form);
    write(this.form, this.original);
    this.forget();
    delete this.form.dataset.touched;
    toast(words.discarded, { undo: () => this.takeUp(held) });
  }

  takeUp(held) {
    write(this.form, held);
    this.form.dataset.touched = "";
    this.store();
  }

  /** Thrown away, with Undo: it is kept again, and its sheet comes back. */
  discard() {
    this.save.now();
    const [key, held, from] = [this.key, localStorage.getItem(this.key), one("#sheet")?.dataset.from];
    this.forget();
    const undo = () => {
      localStorage.setItem(key, held);
      window.htmx.ajax("GET", from, { target: "#sheet-body", swap: "innerHTML" });
    };
    if (held && from) toast(words.discarded, { undo });
  }

  forget() {
    this.save.cancel();
    localStorage.removeItem(this.key);
    this.names.clear();
    this.since = undefined;
    this.textContent = "";
  }
});

// What the server has saved is no draft any more.
const saved = /(?:^|; )saved=([^;]*)/.exec(document.cookie);
if (saved) {
  const done = `${PREFIX}${user}:${company}:${decodeURIComponent(saved[1])}#`;
  for (const key of Object.keys(localStorage).filter((name) => name.startsWith(done) && name.endsWith(tab))) localStorage.removeItem(key);
  document.cookie = "saved=; path=/; max-age=0";
}

// Old drafts go; so do all of them when a person signs out of a shared machine.
function sweep(every) {
  for (const key of Object.keys(localStorage).filter((name) => name.startsWith(PREFIX))) {
    if (every || Date.now() - at(key) > KEPT) localStorage.removeItem(key);
  }
}
sweep(false);
document.addEventListener("submit", (event) => event.target.matches("[data-forget-drafts]") && sweep(true));

customElements.define("dirty-guard", class extends HTMLElement {
  connectedCallback() {
    this.form = this.closest("form");
    this.original = original(this.form).values;
    this.setAttribute("role", "status");
    if (user && !this.hasAttribute("forgetful")) this.form.prepend(make("draft-guard", { className: "draft-note" }));
    const look = () => { this.textContent = this.dirty ? words.unsaved : ""; };
    for (const event of ["input", "change"]) this.form.addEventListener(event, look);
    this.form.addEventListener("reset", () => setTimeout(look));
    this.form.addEventListener("submit", () => { this.sent = true; });
    this.warn = (event) => this.dirty && event.preventDefault();
    addEventListener("beforeunload", this.warn);
    look();
  }

  disconnectedCallback() {
    removeEventListener("beforeunload", this.warn);
  }

  get dirty() {
    const changed = () => !same(read(this.form).values, this.original) || all("[type=file]", this.form).some(({ value }) => value);
    return !this.sent && this.isConnected && changed();
  }
});

// A tab that would replace a changed form asks first.
document.addEventListener("htmx:before:request", (event) => {
  const { ctx } = event.detail;
  const target = typeof ctx.target === "string" ? document.querySelector(ctx.target) : ctx.target;
  const guard = target && all("dirty-guard", target).find((one) => one.dirty && !one.form.contains(ctx.sourceElement));
  if (!guard) return;
  event.preventDefault();
  ask(words.discardChanges, { yes: words.discard, no: words.keep }).then((agreed) => {
    if (!agreed) return;
    guard.sent = true;
    ctx.sourceElement.click();
  });
});
