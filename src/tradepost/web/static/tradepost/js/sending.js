// What is on its way is not sent a second time, and its button shows it when that takes longer than a moment.
const LONGEST = 10_000; // after it one may try again: the answer was a file, or it was lost

// On window, so that whoever stops a submit on the way (htmx, a question, a guard) has done so.
window.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method !== "post" || form.target) return;
  if (form.ariaBusy === "true") { event.preventDefault(); return; }
  form.ariaBusy = "true";
  setTimeout(() => { form.ariaBusy = null; }, LONGEST);
});

// The same of htmx, which would queue it, until the answer is there or the page that it leads to. What says itself how it
// follows itself (hx-sync), such as a search as one types, does.
let asked = new WeakMap();

document.addEventListener("htmx:config:request", (event) => {
  const { sourceElement, request: { method, action } } = event.detail.ctx;
  if (method === "GET" || sourceElement.closest("[hx-sync]")) return;
  if (asked.get(sourceElement) === action) event.preventDefault();
  else asked.set(sourceElement, action);
});
document.addEventListener("htmx:finally:request", ({ detail: { ctx } }) => {
  setTimeout(() => asked.delete(ctx.sourceElement), ctx.keepIndicators ? LONGEST : 0);
});

// Back to a page that the browser kept as it was.
window.addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  asked = new WeakMap();
  for (const form of document.querySelectorAll("form[aria-busy]")) form.ariaBusy = null;
});
