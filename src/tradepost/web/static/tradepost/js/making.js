// Who or what is not there yet is made from the list of a box: its last entry opens the address `make` of the box in the sheet.
import { one } from "./page.js";

/** The words of the entry. */
export const beginning = (box, text) => box.getAttribute("begin").replace("{name}", () => text.trim());

/** What was made in the sheet, once that is closed; nothing where it was left. */
export async function made(box, text, more = {}) {
  const sheet = one("#sheet"), query = new URLSearchParams({ name: text.trim(), ...more });
  await window.htmx.ajax("GET", `${box.getAttribute("make")}?${query}`, { target: "#sheet-body", swap: "innerHTML" });
  let found;
  document.addEventListener("made", ({ detail }) => { found = detail; }, { once: true });
  if (sheet.open) await new Promise((closed) => { sheet.addEventListener("close", closed, { once: true }); });
  return found;
}
