// A plain form that is on its way is not sent a second time, and its button shows it when that takes longer than a moment.
const LONGEST = 10_000; // after it one may try again: the answer was a file, or it was lost

// On window, so that whoever stops a submit on the way (htmx, a question, a guard) has done so.
window.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method !== "post" || form.target) return;
  if (form.ariaBusy === "true") { event.preventDefault(); return; }
  form.ariaBusy = "true";
  setTimeout(() => { form.ariaBusy = null; }, LONGEST);
});

// Back to a page that the browser kept as it was.
window.addEventListener("pageshow", (event) => {
  if (event.persisted) for (const form of document.querySelectorAll("form[aria-busy]")) form.ariaBusy = null;
});
