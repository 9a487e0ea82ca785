// Choose one variant of a matrix item by its options: a select for each, and what they come to.
import { make, words } from "./page.js";

/** `done(variant)` is called once one is taken, `done(null)` when it is left with Escape. */
export function variantPicker(item, axes, variants, done) {
  const selects = axes.map(([name, values]) => make("select", { className: "form-select" }, ...values.map((value) => make("option", {}, value))));
  const named = make("output", {});
  const take = make("button", { type: "button", className: "btn btn-primary btn-sm" }, words.take);
  const chosen = () => variants.find((variant) => axes.every(([name], i) => variant.options[name] === selects[i].value));
  const show = () => {
    const found = chosen();
    named.textContent = found ? found.sku : words.noVariant;
    take.disabled = !found;
  };
  const labels = axes.map(([name], i) => make("label", { className: "form-label" }, name, selects[i]));
  const panel = make("div", { className: "suggestions variant-picker", role: "group", "aria-label": item.sku }, ...labels, named, take);
  panel.addEventListener("change", show);
  take.addEventListener("click", () => done(chosen()));
  panel.addEventListener("keydown", (event) => {
    if (event.key === "Escape") done(null);
    else if (event.key === "Enter" && chosen()) done(chosen());
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
  const [first] = variants;
  if (first) axes.forEach(([name], i) => { selects[i].value = first.options[name]; });
  show();
  return panel;
}
