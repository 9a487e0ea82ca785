// A field edited in place: focus goes in, and back; Esc cancels.
import { one } from "./page.js";

let returning = "";

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || !event.target.dataset?.cancel) return;
  event.preventDefault();
  const field = event.target.closest(".fact");
  window.htmx.ajax("GET", event.target.dataset.cancel, { target: `#${field.id}`, swap: "outerHTML" });
});

document.addEventListener("htmx:before:swap", () => {
  returning = document.activeElement?.closest(".fact")?.id || "";
});

document.addEventListener("htmx:after:swap", () => {
  const field = returning && document.getElementById(returning);
  returning = "";
  if (field) (one("[autofocus]", field) || one(".fact-edit", field))?.focus();
});
