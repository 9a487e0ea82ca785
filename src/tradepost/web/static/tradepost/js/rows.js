// <repeat-rows>: fields that come several times, such as the e-mail addresses of a contact. Add and remove by button.
import { all, changed, one } from "./page.js";

customElements.define("repeat-rows", class extends HTMLElement {
  connectedCallback() {
    this.addEventListener("click", (event) => {
      if (event.target.closest("[data-add]")) this.add();
      const remove = event.target.closest("[data-remove-row]");
      if (remove) this.remove(remove.closest("[data-row]"));
    });
  }

  add() {
    one("[data-rows]", this).append(one("template", this).content.cloneNode(true));
    one("input, select", all("[data-row]", this).at(-1)).focus();
  }

  remove(row) {
    row.remove();
    one("[data-add]", this).focus();
    changed(one("[data-add]", this));
  }
});
