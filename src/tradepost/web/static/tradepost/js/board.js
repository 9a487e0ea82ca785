// <stage-board>: cards are dragged between columns. A drop presses the button of the card's own Move menu, so that mouse
// and keyboard go the same way.
import { one } from "./page.js";

customElements.define("stage-board", class extends HTMLElement {
  connectedCallback() {
    this.addEventListener("dragstart", (event) => {
      this.card = event.target.closest(".board-card");
      event.dataTransfer.effectAllowed = "move";
      event.dataTransfer.setData("text/plain", this.card.id);
    });
    this.addEventListener("dragover", (event) => {
      const column = event.target.closest(".board-column");
      if (!this.card || !column) return;
      event.preventDefault();
      this.over(column);
    });
    this.addEventListener("drop", (event) => {
      const column = event.target.closest(".board-column");
      if (!this.card || !column) return;
      event.preventDefault();
      one(`[data-to="${column.dataset.stage}"]`, this.card)?.click();
      this.over(null);
    });
    this.addEventListener("dragend", () => { this.over(null); this.card = null; });
  }

  over(column) {
    for (const each of this.querySelectorAll(".board-column")) each.classList.toggle("over", each === column);
  }
});
