// The items that what was typed into a line may mean, below its box.
import { make } from "./page.js";

/** The list; `last` are the words of an entry that is no item. */
export function suggestions(items, last, label) {
  const lines = items.map((item, index) => {
    const line = make("li", { role: "option", id: `item-${index}`, "aria-selected": index === 0 }, make("b", {}, item.sku), ` ${item.name}`);
    if (item.picture) line.prepend(make("img", { src: item.picture, alt: "", width: 32, height: 32 }));
    line.item = item;
    return line;
  });
  if (last) lines.push(make("li", { className: "create", role: "option", id: `item-${items.length}`, "aria-selected": !items.length }, last));
  return make("ul", { className: "suggestions", role: "listbox", id: "items", "aria-label": label }, ...lines);
}
