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


// A formatted mail is fetched when it is asked for, not before.
document.addEventListener("toggle", (event) => {
  const frame = event.target.matches("[data-formatted]") && one("iframe[data-src]", event.target);
  if (!frame) return;
  frame.src = frame.dataset.src;
  delete frame.dataset.src;
}, true);

// <live-pulse url="…" etag="…">: asks every two seconds whether the timeline has changed, while somebody looks. What is
// on the page already stays as it is (hx-morph-skip), so nothing typed, opened or scrolled to is disturbed.
const PACE = 2000; // milliseconds

customElements.define("live-pulse", class extends HTMLElement {
  connectedCallback() {
    this.timer = setInterval(() => this.look(), PACE);
    this.seen = () => document.hidden || this.look();
    document.addEventListener("visibilitychange", this.seen);
  }

  disconnectedCallback() {
    clearInterval(this.timer);
    document.removeEventListener("visibilitychange", this.seen);
  }

  async look() {
    if (document.hidden || this.busy) return;
    this.busy = true;
    try {
      const response = await fetch(this.getAttribute("url"), { headers: { "If-None-Match": this.getAttribute("etag") } });
      const etag = response.headers.get("ETag");
      if (response.ok && etag && etag !== this.getAttribute("etag")) {
        this.setAttribute("etag", etag);
        document.body.dispatchEvent(new CustomEvent("activity-changed"));
      }
    } catch { /* the network is away: the next look will tell */ } finally {
      this.busy = false;
    }
  }
});
