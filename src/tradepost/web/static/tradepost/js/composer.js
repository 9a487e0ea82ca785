// Attachments of a composer: chips with size and Remove, dropping and pasting, one limit for all; and the Cc/Bcc rows.
import { all, changed, make, one, words } from "./page.js";

const UNITS = ["bytes", "KB", "MB", "GB"];

export function size(bytes) {
  const power = bytes < 1 ? 0 : Math.min(Math.floor(Math.log(bytes) / Math.log(1024)), 3);
  return `${(bytes / 1024 ** power).toFixed(power > 1 ? 1 : 0)} ${UNITS[power]}`;
}

customElements.define("file-chips", class extends HTMLElement {
  connectedCallback() {
    this.input = one("input[type=file]", this);
    this.files = [];
    this.limit = Number(this.getAttribute("limit"));
    this.input.addEventListener("change", () => this.add([...this.input.files]));
    this.addEventListener("click", (event) => event.target.closest("[data-remove]") && this.drop(event.target.closest(".chip")));
    this.area = this.closest("form");
    this.area.addEventListener("dragover", (event) => {
      event.preventDefault();
      this.area.classList.add("dropping");
    });
    for (const end of ["dragleave", "drop"]) this.area.addEventListener(end, () => this.area.classList.remove("dropping"));
    this.area.addEventListener("drop", (event) => {
      if (!event.dataTransfer.files.length) return;
      event.preventDefault();
      this.add([...event.dataTransfer.files]);
    });
  }

  add(files) {
    this.files.push(...files);
    this.show();
  }

  drop(chip) {
    const index = chip.dataset.index;
    if (index === undefined) chip.remove();
    else this.files.splice(Number(index), 1);
    this.show();
    this.input.focus();
  }

  show() {
    const transfer = new DataTransfer();
    this.files.forEach((file) => transfer.items.add(file));
    this.input.files = transfer.files;
    all("[data-index], .chips-error", this).forEach((chip) => chip.remove());
    this.files.forEach((file, index) => this.append(this.chip(file, index)));
    const total = this.files.reduce((sum, file) => sum + file.size, 0);
    const fault = this.limit && total > this.limit ? words.tooLarge.replace("{limit}", size(this.limit)) : "";
    this.input.setCustomValidity(fault);
    if (fault) this.append(make("p", { className: "chips-error mb-0", role: "alert" }, fault));
    changed(this.input);
  }

  chip(file, index) {
    const remove = make("button", { type: "button", textContent: "✕", "aria-label": `${words.remove} ${file.name}`, "data-remove": "" });
    return make("span", { className: "chip", "data-index": index }, `${file.name} · ${size(file.size)}`, remove);
  }
});

document.addEventListener("click", (event) => {
  const more = event.target.closest("[data-show-more]");
  if (!more) return;
  all("[data-more]", more.closest("form")).forEach((row) => { row.hidden = false; });
  one("[data-more] input:not([type=hidden])", more.closest("form"))?.focus();
  more.remove();
});
