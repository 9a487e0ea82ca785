// Nothing typed is lost. <draft-guard key="…"> keeps its form in this browser until it is sent or discarded;
// <dirty-guard> asks before a changed form is left.
import { all, make, one, pause, words } from "./page.js";
import { ask } from "./dialogs.js";
import { toast } from "./toasts.js";

const PREFIX = "draft:";
const KEPT = 14 * 86400_000; // milliseconds

const named = (form) => all("[name]", form).filter((field) => field.type !== "file" && field.name !== "csrfmiddlewaretoken");

/** The form's values by name. */
function read(form) {
  const values = {};
  for (const field of named(form)) {
    if (field.type === "checkbox" || field.type === "radio") {
      if (field.checked) (values[field.name] ??= []).push(field.value);
    } else (values[field.name] ??= []).push(field.value);
  }
  return values;
}

function write(form, values) {
  const left = structuredClone(values);
  for (const field of named(form)) {
    if (field.type === "checkbox" || field.type === "radio") field.checked = !!values[field.name]?.includes(field.value);
    else if (left[field.name]?.length) put(field, left[field.name].shift());
  }
}

/** Custom elements know how to show a value that they hold. */
function put(field, value) {
  const owner = field.closest("email-editor, recipients-input, combo-box");
  if (owner?.restore) owner.restore(value);
  else field.value = value;
}

const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);

customElements.define("draft-guard", class extends HTMLElement {
  connectedCallback() {
    this.form = this.closest("form");
    this.key = `${PREFIX}${document.body.dataset.user}:${this.getAttribute("key")}`;
    this.setAttribute("role", "status");
    this.original = read(this.form);
    this.save = pause(250, () => this.store());
    this.form.addEventListener("input", this.save);
    this.form.addEventListener("draft-discard", () => this.discard());
    this.form.addEventListener("htmx:after:request", (event) => {
      const { ctx } = event.detail;
      if (ctx.sourceElement === this.form && ctx.response?.status < 300) this.forget();
    });
    this.leaving = () => this.save.now();
    addEventListener("pagehide", this.leaving);
    this.recall();
  }

  disconnectedCallback() {
    this.save.now();
    removeEventListener("pagehide", this.leaving);
  }

  store() {
    localStorage.setItem(this.key, JSON.stringify({ at: Date.now(), values: read(this.form) }));
    this.textContent = words.savedDraft;
  }

  recall() {
    const held = JSON.parse(localStorage.getItem(this.key) || "null");
    if (!held || same(held.values, this.original)) return;
    write(this.form, held.values);
    this.form.dataset.touched = "";
    const again = make("button", { type: "button", textContent: words.startOver, onclick: () => this.startOver() });
    this.replaceChildren(`${words.restored} `, again);
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
    this.textContent = "";
  }
});

// Old drafts go; so do all of them when a person signs out of a shared machine.
function sweep(every) {
  for (const key of Object.keys(localStorage).filter((name) => name.startsWith(PREFIX))) {
    const { at = 0 } = JSON.parse(localStorage.getItem(key)) || {};
    if (every || Date.now() - at > KEPT) localStorage.removeItem(key);
  }
}
sweep(false);
document.addEventListener("submit", (event) => event.target.matches("[data-forget-drafts]") && sweep(true));

customElements.define("dirty-guard", class extends HTMLElement {
  connectedCallback() {
    this.form = this.closest("form");
    this.original = read(this.form);
    this.setAttribute("role", "status");
    const look = () => { this.textContent = this.dirty ? words.unsaved : ""; };
    this.form.addEventListener("input", look);
    this.form.addEventListener("reset", () => setTimeout(look));
    this.form.addEventListener("submit", () => { this.sent = true; });
    this.warn = (event) => this.dirty && event.preventDefault();
    addEventListener("beforeunload", this.warn);
  }

  disconnectedCallback() {
    removeEventListener("beforeunload", this.warn);
  }

  get dirty() {
    return !this.sent && this.isConnected && !same(read(this.form), this.original);
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
