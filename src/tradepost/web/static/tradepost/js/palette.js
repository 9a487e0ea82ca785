// The palette (⌘K): results as one types, chosen with the arrows. Enter pressed before they arrive is remembered.
import { all, one } from "./page.js";
import { open } from "./dialogs.js";

const dialog = one("#palette");
const input = dialog && one("input", dialog);
const list = dialog && one("#palette-list", dialog);
let shown = null; // the words whose results are shown
let asked = null; // the words whose results are on their way
let entered = false;

export const openPalette = () => open(dialog);

const rows = () => all("[role=option]", list);
const chosen = () => rows().findIndex((row) => row.getAttribute("aria-selected") === "true");

function choose(index) {
  const found = rows();
  found.forEach((row, i) => row.setAttribute("aria-selected", i === index));
  input.setAttribute("aria-activedescendant", found[index]?.id ?? "");
  found[index]?.scrollIntoView({ block: "nearest" });
}

function follow() {
  entered = false;
  rows()[Math.max(chosen(), 0)]?.click();
}

if (dialog) {
  dialog.addEventListener("opened", () => {
    input.value = "";
    shown = null;
    entered = false;
    input.dispatchEvent(new Event("palette-open"));
  });
  input.addEventListener("keydown", (event) => {
    const count = rows().length;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (count) choose((chosen() + (event.key === "ArrowDown" ? 1 : -1) + count) % count);
    } else if (event.key === "Escape") {
      event.preventDefault(); // a search box would only empty itself
      dialog.close();
    } else if (event.key === "Enter") {
      event.preventDefault();
      if (shown === input.value) return follow();
      entered = true;
      input.dispatchEvent(new Event("palette-open"));
    }
  });
  input.addEventListener("input", () => { entered = false; });
  input.addEventListener("htmx:before:request", () => { asked = input.value; });
  document.addEventListener("htmx:after:swap", (event) => {
    if (event.detail.ctx?.target !== list) return;
    shown = asked;
    choose(0);
    if (entered && shown === input.value) follow();
  });
}
