// The drawer, the dialogs, the sheet, and the question before something is lost.
import { all, one, words } from "./page.js";

/** Ask a person; resolves to true for yes. Esc is no. */
export function ask(text, { yes = words.yes, no = words.no } = {}) {
  const dialog = one("#ask");
  one("p", dialog).textContent = text;
  const [refuse, agree] = all("button", dialog);
  refuse.textContent = no;
  agree.textContent = yes;
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true });
  });
}

const opened = new Event("opened");

export function open(dialog) {
  if (!dialog || dialog.open) return;
  dialog.showModal();
  dialog.dispatchEvent(opened);
}

const drawer = one("#side");

function toggleDrawer(shown) {
  drawer.classList.toggle("open", shown);
  one("[data-open=side]").setAttribute("aria-expanded", shown);
  if (shown) one("a", drawer).focus();
}

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-open]");
  if (opener?.dataset.open === "side") return toggleDrawer(!drawer.classList.contains("open"));
  if (opener) return open(document.getElementById(opener.dataset.open));
  if (event.target.closest("[data-close]")) return leave(event.target.closest("dialog"));
  // An outside click closes what holds no work. The sheet holds work.
  if (event.target.matches("dialog:not(#sheet, #ask)")) event.target.close();
  if (drawer?.classList.contains("open") && !event.target.closest("#side")) toggleDrawer(false);
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && drawer?.classList.contains("open")) {
    toggleDrawer(false);
    one("[data-open=side]").focus();
  }
});

// The sheet: a fragment swapped into it opens it; typing in it makes leaving a question.
const sheet = one("#sheet");
const body = one("#sheet-body");
const touched = () => one("form[data-touched]", sheet);

let done; // What it showed as it was closed is there until its `close` event comes, and does not open it again.

function shut() {
  done = body.firstElementChild;
  sheet.close();
}

async function leave(dialog) {
  if (dialog !== sheet) return dialog.close();
  if (!touched()) return shut();
  if (!(await ask(words.discardDraft, { yes: words.discard, no: words.keep }))) return;
  touched()?.dispatchEvent(new Event("draft-discard"));
  shut();
}

sheet?.addEventListener("input", (event) => {
  const form = event.target.closest("form");
  if (form) form.dataset.touched = "";
});
sheet?.addEventListener("keydown", (event) => {
  // Chromium closes a dialog at the second Esc without asking; so the key itself is taken.
  if (event.key !== "Escape" || event.defaultPrevented) return;
  event.preventDefault();
  leave(sheet);
});
sheet?.addEventListener("cancel", (event) => {
  if (event.target !== sheet) return;
  event.preventDefault();
});
sheet?.addEventListener("close", () => sheet.open || body.replaceChildren()); // however it was closed
// Where its content came from, so that a draft that was discarded can be taken up again.
document.addEventListener("htmx:before:request", ({ detail: { ctx } }) => {
  const target = typeof ctx.target === "string" ? one(ctx.target) : ctx.target;
  if (body && target === body && ctx.request.method === "GET") sheet.dataset.from = ctx.request.action;
});
document.addEventListener("sheet-close", shut);
document.addEventListener("htmx:after:swap", () => {
  const shown = body?.firstElementChild;
  if (!shown || shown === done || sheet.open) return;
  open(sheet);
  (one("[autofocus]", body) || one("input:not([type=hidden]):placeholder-shown, input:not([type=hidden])", body))?.focus();
});

// hx-confirm asks with our own dialog.
document.addEventListener("htmx:confirm", (event) => {
  const { ctx, issueRequest, dropRequest } = event.detail;
  event.preventDefault();
  ask(ctx.confirm).then((agreed) => (agreed ? issueRequest() : dropRequest()));
});

// The same for a plain form, or one of its buttons: <form data-confirm="Delete this order?">
document.addEventListener("submit", async (event) => {
  const { target: form, submitter } = event;
  const question = submitter?.dataset.confirm || form.dataset.confirm;
  if (!question || form.dataset.agreed) return;
  event.preventDefault();
  if (!(await ask(question))) return;
  form.dataset.agreed = "1";
  form.requestSubmit(submitter);
  delete form.dataset.agreed;
});
