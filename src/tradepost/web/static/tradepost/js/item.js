// The form of an item shows what belongs to a discount only while its type is Discount.
import { one } from "./page.js";

const type = one("#id_type");
const fields = ["discount_percent", "discount_reach"].map((name) => one(`#id_${name}`)?.closest(".mb-3"));
const show = () => fields.forEach((field) => field?.toggleAttribute("hidden", type.value !== "discount"));
type?.form.addEventListener("change", show);
show();
