// <drop-menu>: a button and a popover with role=menu, moved through with the arrow keys or a first letter. And the theme's switch
// in the bar of menus.
import { all, one } from "./page.js";

customElements.define("drop-menu", class extends HTMLElement {
  connectedCallback() {
    this.button = one("[popovertarget]", this);
    this.menu = one("[popover]", this);
    this.menu.addEventListener("toggle", (event) => this.toggled(event.newState === "open"));
    this.button.addEventListener("keydown", (event) => {
      if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
      event.preventDefault();
      this.menu.showPopover();
      if (event.key === "ArrowUp") this.focus(-1);
      else this.begin(); // at once: keys do not wait for "toggle"
    });
    this.menu.addEventListener("keydown", (event) => this.move(event));
    this.menu.addEventListener("click", (event) => event.target.closest("[role=menuitem]") && this.menu.hidePopover());
  }

  get items() {
    return all("[role=menuitem]:not([disabled])", this.menu);
  }

  focus(index) {
    const { items } = this;
    items.at(index % items.length)?.focus();
  }

  // A form in it comes before its items.
  begin() {
    const field = one("input:not([type=hidden])", this.menu);
    if (field) field.focus();
    else this.focus(0);
  }

  toggled(open) {
    this.button.setAttribute("aria-expanded", open);
    if (!open) return;
    const anchor = this.button.getBoundingClientRect();
    const { offsetWidth: width, offsetHeight: height } = this.menu;
    const left = Math.min(anchor.left, innerWidth - width - 8);
    const below = anchor.bottom + 4 + height <= innerHeight - 8 || anchor.top < height;
    this.menu.style.left = `${Math.max(8, anchor.right > innerWidth * 0.6 ? Math.min(anchor.right - width, left) : left)}px`;
    this.menu.style.top = `${below ? anchor.bottom + 4 : anchor.top - height - 4}px`;
    if (!this.menu.contains(document.activeElement)) this.begin();
  }

  move(event) {
    if (event.target.matches("input")) return; // typing
    const { items } = this;
    const here = items.indexOf(document.activeElement);
    const step = { ArrowDown: here + 1, ArrowUp: here - 1 + (here ? 0 : items.length), Home: 0, End: -1 }[event.key];
    if (step !== undefined) {
      event.preventDefault();
      return this.focus(step);
    }
    if (event.key === "Tab") return this.menu.hidePopover();
    if (event.key.length !== 1 || event.metaKey || event.ctrlKey || event.key === " ") return;
    const letter = event.key.toLowerCase();
    const next = [...items.slice(here + 1), ...items].find((item) => item.textContent.trim().toLowerCase().startsWith(letter));
    next?.focus();
    event.stopPropagation();
  }
});

document.addEventListener("click", (event) => {
  if (!event.target.closest("[data-theme-switch]")) return;
  const { dataset } = document.documentElement;
  dataset.bsTheme = dataset.bsTheme === "dark" ? "light" : "dark";
  localStorage.theme = dataset.bsTheme;
});
