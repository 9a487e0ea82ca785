// Shortcuts. Every element with data-keys ("g o") is one; the help dialog lists them from the page itself.
import { all, make, one } from "./page.js";
import { open } from "./dialogs.js";
import { openPalette } from "./palette.js";

const PATIENCE = 1200; // milliseconds between the two keys of a chord
const help = one("#help");
let held = "";
let since = 0;

const typing = (target) => target.closest?.("input, textarea, select, [contenteditable=true], dialog[open], [popover]:popover-open");

function chord(key) {
  const now = performance.now();
  const keys = held && now - since < PATIENCE ? `${held} ${key}` : key;
  held = keys.includes(" ") ? "" : key;
  since = now;
  return one(`[data-keys="${CSS.escape(keys)}"]`) || one(`[data-keys="${CSS.escape(key)}"]`);
}

document.addEventListener("keydown", (event) => {
  const command = event.metaKey || event.ctrlKey;
  if (command && event.key.toLowerCase() === "k") {
    event.preventDefault();
    return openPalette();
  }
  if (command && event.key === "Enter") return event.target.closest("form")?.requestSubmit();
  if (command || event.altKey || event.defaultPrevented || typing(event.target)) return undefined;
  if (event.key === "?") return help && open(help);
  if (event.key === "/") {
    event.preventDefault();
    const search = one("[data-list-search]");
    return search ? search.select() : openPalette();
  }
  const target = chord(event.key.toLowerCase());
  if (!target) return undefined;
  event.preventDefault();
  held = "";
  return target.click();
});

/** What an element is called, without its count and its keys. */
function name(element) {
  const copy = element.cloneNode(true);
  all("kbd, .count", copy).forEach((part) => part.remove());
  return copy.textContent.trim();
}

help?.addEventListener("opened", () => {
  const list = one("dl", help);
  all("[data-listed]", list).forEach((line) => line.remove());
  for (const element of all("[data-keys]")) {
    const keys = element.dataset.keys.split(" ").flatMap((key) => [make("kbd", {}, key), " "]);
    list.append(make("div", { "data-listed": "" }, make("dt", {}, ...keys), make("dd", {}, name(element))));
  }
});
