// Behaviour of the pages: custom elements and delegated events, no framework, no eval.
import "./toasts.js";
import "./dialogs.js";
import "./menu.js";
import "./palette.js";
import "./keyboard.js";
import "./list.js";
import "./inline.js";
import "./composer.js";
import "./recipients.js";
import "./editor.js";
import "./combobox.js";
import "./timeline.js";
import "./sending.js";
import "./draft.js"; // last: it reads what the other elements have set up
