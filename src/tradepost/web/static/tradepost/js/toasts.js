// What was done, in a corner, with Undo. The server sends them as the event "toast" in HX-Trigger.
import { all, make, one, words } from "./page.js";

const region = one("#toasts");

export function toast(text, { undo = null, tone = "" } = {}) {
  const note = make("div", { className: `toast-note${tone ? ` toast-${tone}` : ""}` }, make("span", {}, text));
  if (undo) note.append(button(words.undo, () => { note.remove(); undo(); }));
  note.append(button("✕", () => note.remove(), words.dismiss));
  // What lies outside a modal dialog is inert: the toast must stand inside.
  (one("dialog[open]") || document.body).append(region);
  region.append(note);
  expire(note, undo || tone === "error" ? 9000 : 4500);
}

function button(text, action, label = text) {
  return make("button", { type: "button", textContent: text, onclick: action, "aria-label": label });
}

/** Go away after a while, but never under the pointer or with the focus inside. */
function expire(note, ms) {
  const leave = () => (note.matches(":hover, :focus-within") ? setTimeout(leave, 1500) : note.remove());
  setTimeout(leave, ms);
}

function takeBack({ url, values, target }) {
  window.htmx.ajax("POST", url, { target: target || document.body, swap: target ? "outerHTML" : "none", values });
}

// What was said before a redirect comes with the page.
all(".toast-note", region).forEach((note) => {
  const undo = note.dataset.undo && JSON.parse(note.dataset.undo);
  if (undo) note.append(button(words.undo, () => { note.remove(); takeBack(undo); }));
  note.append(button("✕", () => note.remove(), words.dismiss));
  expire(note, undo ? 9000 : 6000);
});

document.addEventListener("toast", ({ detail }) => {
  const { text, tone, undo } = detail;
  toast(text, { undo: undo && (() => takeBack(undo)), tone });
});

document.addEventListener("close", (event) => {
  if (event.target.contains(region)) document.body.append(region);
}, true);

document.addEventListener("htmx:error", (event) => {
  if (event.detail.error?.name !== "AbortError") toast(words.offline, { tone: "error" });
});

document.addEventListener("htmx:response:error", (event) => {
  const { response } = event.detail.ctx;
  if (response.status !== 422 && !response.headers.get("HX-Trigger")) toast(words.failed, { tone: "error" });
});
