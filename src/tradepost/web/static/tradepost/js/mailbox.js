// <mailbox-form>: fills in servers for the address typed, walks Test Connection, and maps the folders it finds.
import { all, changed, one } from "./page.js";

const END = "\x1e"; // a record separator ends each state of the walk

customElements.define("mailbox-form", class extends HTMLElement {
  connectedCallback() {
    this.form = one("form", this);
    this.filled = {}; // what we wrote into fields: only that, and what is empty, may be overwritten
    for (const field of all("[name]", this.form)) this.filled[field.name] = field.defaultValue ?? "";
    this.decided = Boolean(one("[name=sender_email]", this).value); // whether a person chose to copy to Sent, or not
    if (this.decided) this.filled = {};
    this.addEventListener("change", (event) => this.change(event.target));
    this.addEventListener("click", (event) => {
      if (event.target.closest("[data-test]")) this.test();
      const pin = event.target.closest("[data-pin]");
      if (pin) {
        this.pin(pin.dataset.pin, pin.value);
        this.test();
      }
      const unpin = event.target.closest("[data-unpin]");
      if (unpin) this.pin(unpin.dataset.unpin, "");
    });
    this.credentials();
  }

  change(field) {
    if (field.name === "preset") {
      this.chosen = field.value;
      this.propose();
    }
    if (field.name === "sender_email") this.propose();
    if (field.name === "copy_to_sent") this.decided = true;
    if (field.dataset.ports) this.follow(field);
    if (field.name === "match_imap_credentials") this.credentials();
    const host = /^(imap|smtp)_host$/.exec(field.name);
    if (host) this.pin(`id_${host[1]}_pinned`, ""); // trust is for one server
  }

  /** Trust one certificate, or none of its own. */
  pin(id, fingerprint) {
    document.getElementById(id).value = fingerprint;
    const shown = one(`[data-pinned=${id}]`, this);
    one("code", shown).textContent = fingerprint;
    shown.hidden = !fingerprint;
  }

  /** The port follows the encryption, unless somebody entered one of his own. */
  follow(select) {
    const ports = JSON.parse(select.dataset.ports);
    const port = document.getElementById(select.dataset.port);
    if (!port.value || Object.values(ports).includes(Number(port.value))) port.value = ports[select.value];
  }

  credentials() {
    for (const part of all("[data-unless]", this)) part.hidden = document.getElementById(part.dataset.unless).checked;
  }

  async propose() {
    const url = new URL(this.getAttribute("propose"), location.href);
    url.searchParams.set("address", one("[name=sender_email]", this).value);
    url.searchParams.set("preset", this.chosen ?? "");
    const response = await fetch(url, { headers: { Accept: "application/json" } });
    if (!response.ok) return;
    const { preset, fields } = await response.json();
    for (const radio of all("[name=preset]", this)) radio.checked = radio.value === preset;
    for (const hint of all("[data-hint]", this)) hint.hidden = hint.dataset.hint !== preset;
    for (const [name, value] of Object.entries(fields)) this.fill(one(`[name=${name}]`, this), value);
  }

  fill(field, value) {
    if (!field) return;
    if (field.name === "copy_to_sent" && !this.decided) field.checked = value;
    if (field.type === "checkbox") return;
    if (field.value && field.value !== this.filled[field.name] && field.tagName !== "SELECT") return;
    field.value = this.filled[field.name] = String(value);
  }

  async test() {
    const walk = one("[data-walk]", this);
    const button = one("[data-test]", this);
    button.disabled = true;
    try {
      const headers = { "HX-Request": "true" };
      const response = await fetch(this.getAttribute("test"), { method: "POST", body: new FormData(this.form), headers });
      const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
      let text = "";
      for (let part = await reader.read(); !part.done; part = await reader.read()) {
        text += part.value;
        const states = text.split(END);
        text = states.pop();
        if (states.length) walk.innerHTML = states.at(-1);
      }
      if (text.trim()) walk.innerHTML = text;
      for (const found of all("[data-fill]", walk)) this.map(found);
    } finally {
      button.disabled = false;
    }
  }

  map(found) {
    const field = document.getElementById(found.dataset.fill);
    if (!field || field.value) return;
    field.value = found.value;
    changed(field);
  }
});
