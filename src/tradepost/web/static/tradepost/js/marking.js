// What is wrong with the cells of a line, said at them.
import { all, make } from "./page.js";

const NAMES = ["aria-invalid", "aria-describedby"];
let marks = 0; // so far, for their ids

export function mark(input, said) {
  const id = `said-${marks += 1}`;
  input.classList.add("is-invalid");
  input.setAttribute("aria-invalid", "true");
  input.setAttribute("aria-describedby", id);
  input.closest("td").append(make("p", { className: "line-error", id }, said));
}

export function unmark(row) {
  all(".line-error", row).forEach((said) => said.remove());
  for (const input of all("[aria-invalid]", row)) {
    input.classList.remove("is-invalid");
    NAMES.forEach((name) => input.removeAttribute(name));
  }
}
