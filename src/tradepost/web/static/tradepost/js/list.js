// <bulk-list>: the checkboxes of a list and the bar that acts on what is chosen. Shift-click chooses a range.
import { all, one } from "./page.js";

customElements.define("bulk-list", class extends HTMLElement {
  connectedCallback() {
    this.addEventListener("click", (event) => {
      if (event.target.name === "pk") this.range(event);
      if (event.target.closest("[data-none]")) this.mark(false);
    });
    this.addEventListener("change", (event) => {
      if (event.target.matches("[data-all]")) this.mark(event.target.checked);
      this.show();
    });
    this.show();
  }

  get boxes() {
    return all("input[name=pk]", this);
  }

  mark(checked) {
    this.boxes.forEach((box) => { box.checked = checked; });
    this.show();
  }

  range(event) {
    const { boxes } = this;
    const here = boxes.indexOf(event.target);
    if (event.shiftKey && this.last !== undefined) {
      const [from, to] = [this.last, here].sort((a, b) => a - b);
      boxes.slice(from, to + 1).forEach((box) => { box.checked = event.target.checked; });
    }
    this.last = here;
  }

  show() {
    const bar = one(".bulk", this);
    if (!bar) return;
    const count = this.boxes.filter((box) => box.checked).length;
    bar.hidden = !count;
    one("[data-count]", bar).textContent = count;
    const every = one("[data-all]", this);
    if (!every) return;
    every.checked = count > 0 && count === this.boxes.length;
    every.indeterminate = count > 0 && !every.checked;
  }
});

document.addEventListener("htmx:after:swap", () => all("bulk-list").forEach((list) => list.show()));

// The export and a saved view take the filter that stands in the address now, not the one the page was opened with.
document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-here]");
  if (link) link.search = location.search;
});
document.addEventListener("submit", (event) => {
  const held = one("input[data-here]", event.target);
  if (held) held.value = location.search.slice(1);
}, true);

// On a phone the filters of a list stand behind a button; elsewhere those that find no room in one line.
document.addEventListener("click", (event) => {
  const toggle = event.target.closest("[data-filters]");
  if (!toggle) return;
  toggle.setAttribute("aria-expanded", String(toggle.form.classList.toggle(toggle.dataset.filters)));
});
