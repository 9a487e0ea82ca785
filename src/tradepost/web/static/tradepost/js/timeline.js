// <mail-frame>: a message in its script-less frame, as tall as it is.
import { one } from "./page.js";

customElements.define("mail-frame", class extends HTMLElement {
  connectedCallback() {
    const frame = one("iframe", this);
    const fit = () => {
      const root = frame.contentDocument?.documentElement;
      if (root) frame.style.height = `${Math.min(Math.max(root.querySelector("body").scrollHeight, 40), 20000)}px`;
    };
    frame.addEventListener("load", () => {
      if (frame.contentDocument) frame.contentDocument.body.style.display = "flow-root"; // margins count as height
      fit();
      this.watch?.disconnect();
      this.watch = new ResizeObserver(fit);
      if (frame.contentDocument?.body) this.watch.observe(frame.contentDocument.body);
    });
    this.addEventListener("click", (event) => {
      const more = event.target.closest("[data-frame]");
      if (!more) return;
      frame.src = more.dataset.frame;
      more.remove();
    });
  }

  disconnectedCallback() {
    this.watch?.disconnect();
  }
});
