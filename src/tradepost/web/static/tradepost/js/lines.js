// <line-grid>: the lines of a document. Items by SKU or name, totals from the server, everything by keys:
// Whoever types faster than the server answers loses nothing: answers are laid into the line that asked, wherever one types by then.
// Enter goes from the head to the lines and from a line to the next (and makes one at the end), the arrows go up and down,
// Ctrl-Delete removes a line. A barcode that is scanned into a quantity is an item of its own.
import { scanned } from "./barcode.js";
import { beginning, made } from "./making.js";
import { mark, unmark } from "./marking.js";
import { all, answers, changed, due, hold, make, one, pause, words } from "./page.js";
import { suggestions } from "./suggestions.js";
import { toast } from "./toasts.js";
import { variantPicker } from "./variants.js";

const NUMBERS = { "line-quantity": "1" };

customElements.define("line-grid", class extends HTMLElement {
  connectedCallback() {
    this.body = one("tbody", this);
    this.form = this.closest("form");
    this.blank = one("template", this);
    this.totals = pause(200, () => this.sum());
    this.form.addEventListener("input", this.totals);
    this.form.addEventListener("change", ({ target }) => target === this.form && this.totals()); // what was typed is back
    if ("touched" in this.form.dataset) this.totals();
    this.form.addEventListener("keydown", (event) => this.enterLines(event));
    this.form.addEventListener("submit", (event) => this.submit(event));
    this.addEventListener("input", (event) => this.typed(event.target));
    this.addEventListener("paste", (event) => this.paste(event));
    this.addEventListener("click", (event) => this.click(event));
    this.addEventListener("keydown", (event) => this.key(event));
    this.addEventListener("focusin", ({ target }) => { this.was = target.value; });
    this.addEventListener("focusout", (event) => event.target.matches(".line-sku") && this.close());
    this.ask = pause(120, () => this.complete());
    if (this.hasAttribute("autofocus") && document.activeElement === document.body) this.vacant().focus();
  }

  /** A price that nobody typed follows quantity and unit: left empty, the server asks what its lists say. */
  typed(input) {
    const row = input.closest("tr");
    if (!row) return; // of the picker of variants
    if (input.matches(".line-sku")) {
      one("[name=line-item]", row).value = "";
      this.pack(row, [["", ""]], "");
      this.ask();
    }
    const price = one("[name=line-unit_price]", row);
    if (input === price) price.removeAttribute("data-auto");
    else if (/^line-(quantity|unit)$/.test(input.name) && price.hasAttribute("data-auto")) price.value = "";
  }

  /** What a line is counted in: asked where its item has more than one unit. */
  pack(row, units, chosen) {
    const select = one("[name=line-unit]", row);
    select.replaceChildren(...units.map(([value, label]) => make("option", { value }, label)));
    select.value = chosen;
    select.hidden = units.length < 2;
  }

  get rows() {
    return all("tr", this.body);
  }

  click(event) {
    if (event.target.closest("[data-add]")) this.add();
    const remove = event.target.closest("[data-remove-line]");
    if (remove) this.remove(remove.closest("tr"));
  }

  add() {
    this.body.append(this.blank.content.cloneNode(true));
    const row = this.rows.at(-1);
    one(".line-sku", row).focus();
    return row;
  }

  remove(row) {
    const rows = this.rows;
    const next = rows[rows.indexOf(row) + 1] || rows[rows.indexOf(row) - 1];
    row.remove();
    if (next) one(".line-sku", next).focus();
    else this.add();
    changed(one("input", this));
  }

  key(event) {
    const cell = event.target.closest("td");
    const row = event.target.closest("tr");
    if (!cell || !row) return;
    const late = this.menu && this.menu.typed !== event.target.value.trim() && !event.key.startsWith("Arrow");
    const options = this.menu && !late ? all("li", this.menu) : [];
    const here = options.findIndex((option) => option.getAttribute("aria-selected") === "true");
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (options.length && step) {
      event.preventDefault();
      this.choose(options, (here + step + options.length) % options.length);
    } else if (options.length && (event.key === "Enter" || (event.key === "Tab" && options[here].item))) {
      event.preventDefault();
      this.pick(options[here]);
    } else if (options.length && event.key === "Escape") {
      event.preventDefault();
      this.close();
    } else if ((event.key === "Enter" || (event.key === "Tab" && !event.shiftKey)) && this.unknown(event.target)) {
      event.preventDefault();
      this.due(this.first(event.target, row));
    } else if (event.key === "Enter" && event.target.name === "line-quantity" && scanned(event.target.value.trim())) {
      event.preventDefault();
      this.scan(event.target);
    } else if (event.key === "Enter" && !event.ctrlKey && !event.metaKey && event.target.matches("input, select")) {
      event.preventDefault();
      this.down(row, cell, true);
    } else if (step && event.target.matches("input")) {
      event.preventDefault();
      if (step > 0) this.down(row, cell, false);
      else this.to(row.previousElementSibling, cell.cellIndex);
    } else if (event.key === "Delete" && event.ctrlKey) {
      event.preventDefault();
      this.remove(row);
    }
  }

  /** Typed, and no item chosen yet: who types faster than the list arrives still means its first line. */
  unknown(input) {
    return input.matches(".line-sku") && input.value.trim() && !one("[name=line-item]", input.closest("tr")).value;
  }

  /** An item that was scanned while the caret stood in a quantity, which is again what it was or what was typed before. */
  scan(quantity) {
    const code = scanned(quantity.value.trim());
    quantity.value = quantity.value.trim().slice(0, -code.length) || this.was;
    const sku = this.vacant(quantity.closest("tr"));
    sku.value = code;
    changed(quantity);
    this.due(this.first(sku, sku.closest("tr")));
  }

  /** The item's box of the first line behind `row` in which nothing stands; made where there is none. */
  vacant(row) {
    const rows = this.rows;
    const free = rows.slice(rows.indexOf(row) + 1).find((line) => !one(".line-sku", line).value && !one("[name=line-description]", line).value);
    return one(".line-sku", free || this.add());
  }

  /** Enter in the head goes on to the lines: it never saves an order that has none yet. */
  enterLines(event) {
    const { target, key } = event;
    if (key !== "Enter" || event.ctrlKey || event.metaKey || event.defaultPrevented || !target.matches("input")) return;
    if (!(target.compareDocumentPosition(this) & Node.DOCUMENT_POSITION_FOLLOWING)) return;
    event.preventDefault();
    this.vacant().focus();
  }

  /** What is asked of the server on behalf of a line. */
  due(work) {
    due(this.form, work);
  }

  /** Saving waits for the items that are still being looked up. */
  submit(event) {
    const input = document.activeElement;
    if (this.contains(input) && this.unknown(input)) this.due(this.first(input, input.closest("tr")));
    hold(event);
  }

  async first(input, row) {
    const typed = input.value.trim();
    const quantity = one("[name=line-quantity]", row);
    this.close();
    quantity.focus();
    quantity.select();
    const [item] = await this.found(typed);
    if (!item || !row.isConnected || input.value.trim() !== typed || one("[name=line-item]", row).value) return;
    if (item.type === "group" || item.type === "matrix") await this.enter(row, item);
    else this.settle(row, item);
  }

  /** The item of a line in which somebody types already: what stands there stays. */
  settle(row, item) {
    const input = (name) => one(`[name=line-${name}]`, row);
    for (const [name, value] of [["description", item.name], ["tax_rate", item.tax], ["discount_percent", item.discount]]) {
      if (document.activeElement !== input(name)) input(name).value = value;
    }
    input("item").value = item.id;
    input("sku").value = item.sku;
    this.pack(row, item.units, item.unit);
    if (!input("quantity").value && document.activeElement !== input("quantity")) input("quantity").value = "1";
    changed(input("quantity"));
  }

  /** The items that what was typed may mean. */
  found(typed) {
    return answers(this.getAttribute("items"), { q: typed, ...this.bought });
  }

  down(row, cell, make_) {
    if (row.nextElementSibling) this.to(row.nextElementSibling, make_ ? 0 : cell.cellIndex);
    else if (make_) this.add();
  }

  to(row, index) {
    const input = row && one("input:not([type=hidden])", row.cells[index]);
    input?.focus();
    input?.select();
  }

  /** What the server counts, laid beside what was typed: no input is touched. */
  async sum() {
    this.abort?.abort();
    this.abort = new AbortController();
    try {
      const response = await fetch(this.getAttribute("totals"), { method: "POST", body: new FormData(this.form), signal: this.abort.signal });
      if (!response.ok) return;
      const { amounts, prices, notes, totals, taken, problem } = await response.json();
      if (problem) return;
      this.rows.forEach((row, index) => {
        one("output", row).textContent = amounts[index] || "";
        this.priced(one("[name=line-unit_price]", row), prices[index]);
        one(".line-note", row).textContent = notes[index] || "";
      });
      for (const [name, value] of Object.entries(taken)) this.form.elements[name]?.setAttribute("placeholder", value);
      one("#totals", this.form).replaceChildren(...totals.map(([label, value]) => make("div", {}, make("dt", {}, label), make("dd", {}, value))));
    } catch { /* a newer request took over, or the network is away: saving counts again */ }
  }

  /** Beside an empty price: the one that will be taken, and why. */
  priced(input, found) {
    const empty = Boolean(found) && !input.value;
    input.placeholder = empty ? found.price : "";
    input.title = empty ? found.why : "";
    if (empty) input.setAttribute("data-auto", "");
  }

  /** Rows of a spreadsheet: SKU or barcode, quantity, unit, price. What is not known stays, and is said at its line. */
  paste(event) {
    const text = event.clipboardData?.getData("text/plain") || "";
    if (!event.target.matches(".line-sku") || !/[\t\n]/.test(text.trim())) return;
    event.preventDefault();
    const row = event.target.closest("tr");
    this.due(this.pasted(row, text));
    this.vacant(row).focus();
  }

  async pasted(row, text) {
    const body = new FormData(this.form);
    body.set("text", text);
    const headers = { Accept: "application/json" };
    const response = await fetch(this.getAttribute("paste"), { method: "POST", body, headers }).catch(() => null);
    const told = await response?.json().catch(() => null);
    if (!response?.ok || !told) toast(told?.detail ? `${told.detail} ${told.cure}` : words.offline, { tone: "error" });
    else if (row.isConnected) this.lay(row, told.lines, [words.pasted, told.left].filter(Boolean).join(". "));
  }

  fill(row, found) {
    if ("item" in found) this.pack(row, found.units || [["", ""]], found.unit || "");
    for (const [name, value] of Object.entries(found)) {
      const input = one(`[name=line-${name}]`, row);
      if (input) input.value = value;
    }
    unmark(row);
    if (found.error) mark(one(".line-sku", row), found.error);
  }

  async complete() {
    const input = document.activeElement;
    if (!input?.matches(".line-sku")) return;
    const typed = input.value.trim();
    if (!typed) return this.close();
    const items = await this.found(typed);
    if (document.activeElement === input && input.value.trim() === typed) this.offer(input, items);
    return undefined;
  }

  offer(input, items) {
    this.close();
    const last = this.makes(input.value, items) ? beginning(this, input.value) : "";
    if (!items.length && !last) return;
    this.entry = input;
    this.menu = suggestions(items, last, input.getAttribute("aria-label"));
    this.menu.typed = input.value.trim();
    this.menu.addEventListener("mousedown", (event) => {
      event.preventDefault();
      this.pick(event.target.closest("li"));
    });
    this.place(this.menu, input);
    for (const [name, value] of [["aria-expanded", "true"], ["aria-controls", "items"], ["aria-activedescendant", "item-0"]]) input.setAttribute(name, value);
  }

  /** Whether what is typed may be made an item: by who may, where none has that SKU. */
  makes(text, items) {
    return this.hasAttribute("make") && !items.some(({ sku }) => sku.toLowerCase() === text.trim().toLowerCase());
  }

  /** The item that is made in the sheet is taken into the line. */
  async begin(input) {
    const row = input.closest("tr");
    this.close();
    const item = await made(this, input.value, this.bought);
    if (item && row.isConnected) this.take(row, item);
    else if (document.activeElement === input) input.select();
  }

  place(panel, input) {
    const box = input.getBoundingClientRect();
    this.append(panel);
    const frame = this.getBoundingClientRect();
    panel.style.top = `${box.bottom - frame.top}px`;
    panel.style.left = `${Math.max(0, box.left - frame.left)}px`;
  }

  choose(options, index) {
    this.menu.typed = this.entry.value.trim();
    options.forEach((option, i) => option.setAttribute("aria-selected", i === index));
    options[index].scrollIntoView({ block: "nearest" });
    this.entry.setAttribute("aria-activedescendant", options[index].id);
  }

  pick(option) {
    const row = this.entry.closest("tr");
    if (!option.item) this.begin(this.entry);
    else if (option.item.type === "group" || option.item.type === "matrix") this.due(this.enter(row, option.item));
    else this.take(row, option.item);
  }

  take(row, item) {
    const put = (name, value) => { one(`[name=${name}]`, row).value = value; };
    put("line-item", item.id);
    put("line-sku", item.sku);
    put("line-description", item.name);
    this.pack(row, item.units, item.unit);
    put("line-unit_price", "");
    put("line-tax_rate", item.tax);
    put("line-discount_percent", item.discount);
    if (item.type === "discount") put("line-quantity", "");
    else for (const [name, value] of Object.entries(NUMBERS)) if (!one(`[name=${name}]`, row).value) put(name, value);
    this.close();
    const next = one(`[name=line-${item.type === "discount" ? "discount_percent" : "quantity"}]`, row);
    next.focus();
    next.select();
    changed(next);
  }

  /** A group is entered as its lines, in one step that can be undone; of a matrix item one chooses the variant. */
  async enter(row, item) {
    const input = one(".line-sku", row);
    this.close();
    const path = this.getAttribute("entry").replace("/0/", `/${item.id}/`);
    const query = new URLSearchParams({ quantity: one("[name=line-quantity]", row).value, ...this.bought });
    const response = await fetch(`${path}?${query}`, { headers: { Accept: "application/json" } }).catch(() => null);
    const { lines, problem, axes, variants } = (response?.ok && await response.json().catch(() => null)) || {};
    if (axes) this.offerVariants(input, item, axes, variants);
    else if (problem) this.fill(row, { error: problem });
    else if (lines) this.lay(row, lines, words.entered.replace("{sku}", item.sku));
  }

  /** Lines into a row and new ones behind it, so that none that stands there is lost; in one step that can be undone. */
  lay(row, lines, said) {
    if (!lines.length) {
      toast(said.replace("{n}", 0), { tone: "error" });
      return;
    }
    const before = all("input, select", row).map((input) => [input, input.value]);
    const units = all("[name=line-unit] option", row).map(({ value, label }) => [value, label]);
    const more = lines.slice(1).map(() => one("tr", this.blank.content.cloneNode(true)));
    row.after(...more);
    [row, ...more].forEach((line, index) => this.fill(line, lines[index]));
    if (row.contains(document.activeElement)) one("[name=line-quantity]", row).select();
    changed(row.querySelector("input"));
    toast(said.replace("{n}", lines.length), {
      undo: () => {
        more.forEach((line) => line.remove());
        this.pack(row, units, "");
        before.forEach(([input, value]) => { input.value = value; });
        this.fill(row, {});
        one(".line-sku", row).focus();
        changed(one("input", this));
      },
    });
  }

  offerVariants(input, item, axes, variants) {
    const row = input.closest("tr");
    const picker = variantPicker(item, axes, variants, (chosen) => {
      picker.remove();
      if (chosen) this.take(row, chosen);
      else input.focus();
    });
    this.place(picker, input);
    one("select", picker)?.focus();
  }

  get bought() { // who buys sees no sales tax
    const vendor = this.form.elements.namedItem("vendor_id")?.value;
    return vendor && { vendor };
  }

  close() {
    this.menu?.remove();
    this.menu = null;
    this.entry?.setAttribute("aria-expanded", "false");
    for (const name of ["aria-controls", "aria-activedescendant"]) this.entry?.removeAttribute(name);
  }
});
