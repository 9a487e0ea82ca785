// <home-calendar>: EventCalendar over our entries. A drag shows at once, goes back where the server refuses, and can be
// undone; an entry is opened by click or Enter, and its sheet does by form whatever a drag does.
import { all, library, one } from "./page.js";
import { toast } from "./toasts.js";

const labels = JSON.parse(document.getElementById("cal-labels").textContent);
const TABLE = /^(table|grid|row|rowgroup|cell|gridcell|columnheader|rowheader|list|listitem)$/;

/** A date of the calendar as the wall clock shows it, without an offset. */
function wall(date, whole) {
  const text = new Date(date.getTime() - date.getTimezoneOffset() * 60000).toISOString();
  return text.slice(0, whole ? 10 : 19);
}

customElements.define("home-calendar", class extends HTMLElement {
  async connectedCallback() {
    await library(this.getAttribute("lib"));
    this.filters = document.getElementById("cal-filters");
    this.restore();
    const small = innerWidth < 700;
    this.calendar = EventCalendar.create(this, {
      view: (!small && localStorage.calendarView) || (small ? "listWeek" : "dayGridMonth"),
      date: this.getAttribute("date"),
      locale: this.getAttribute("lang"),
      height: small ? "auto" : "max(720px, calc(100vh - 190px))",
      // On a telephone a day keeps a width in which its entries can be read, and the morning is what is seen first.
      views: small ? { timeGridWeek: { columnWidth: "96px", height: "max(420px, 70dvh)" }, timeGridDay: { height: "max(420px, 70dvh)" } } : {},
      firstDay: 1,
      nowIndicator: true,
      dayMaxEvents: true,
      editable: true,
      pointer: true,
      scrollTime: "07:00:00",
      eventTimeFormat: { hour: "numeric", minute: "2-digit", hour12: false },
      slotLabelFormat: { hour: "numeric", minute: "2-digit", hour12: false },
      headerToolbar: { start: "prev,next today", center: "title", end: "dayGridMonth,timeGridWeek,timeGridDay,listWeek" },
      buttonText: labels.buttons,
      allDayContent: labels.allDay,
      noEventsContent: labels.nothing,
      moreLinkContent: ({ num }) => labels.more.replace("{n}", num),
      eventSources: [{ events: (info) => this.read(info) }],
      eventDrop: (info) => this.move(info),
      eventResize: (info) => this.move(info),
      eventClick: ({ event }) => { this.at = event.id; this.sheet(event.extendedProps.url); },
      eventDidMount: ({ event, el }) => { el.dataset.entry = event.id; },
      eventAllUpdated: () => this.refocus(),
      dateClick: ({ date, allDay, view }) => this.add(date, allDay && view.type !== "dayGridMonth"),
      datesSet: ({ view }) => { if (!small) localStorage.calendarView = view.type; },
    });
    this.changed = () => this.calendar.refetchEvents();
    document.addEventListener("activity-changed", this.changed);
    this.filters.addEventListener("change", () => { this.keep(); this.changed(); });
    this.tidy();
    new MutationObserver(() => this.tidy()).observe(this, { childList: true, subtree: true });
  }

  disconnectedCallback() {
    document.removeEventListener("activity-changed", this.changed);
    this.calendar && EventCalendar.destroy(this.calendar);
  }

  async read({ start, end }) {
    const query = new URLSearchParams(new FormData(this.filters));
    for (const name of ["kind", "calendar"]) {
      if (one(`[name=${name}]`, this.filters) && !query.has(name)) query.set(name, "none");
    }
    query.set("start", wall(start));
    query.set("end", wall(end));
    const response = await fetch(`${this.getAttribute("entries")}?${query}`, { headers: { Accept: "application/json" } });
    return response.ok ? response.json() : [];
  }

  async move({ event, oldEvent, revert }) {
    this.at = event.id;
    const whole = event.allDay;
    const values = {
      start: wall(event.start, whole),
      end: wall(event.end, whole),
      was_start: wall(oldEvent.start, oldEvent.allDay),
      was_end: wall(oldEvent.end, oldEvent.allDay),
      original: event.extendedProps.original,
    };
    const headers = { "HX-Request": "true", ...JSON.parse(document.body.getAttribute("hx-headers:inherited")) };
    const body = new URLSearchParams(values);
    const response = await fetch(event.extendedProps.move, { method: "POST", body, headers }).catch(() => null);
    if (!response?.ok) {
      revert();
      return toast(await this.refusal(response), { tone: "error" });
    }
    const told = JSON.parse(response.headers.get("HX-Trigger") ?? "{}");
    for (const [name, detail] of Object.entries(told)) document.dispatchEvent(new CustomEvent(name, { detail }));
  }

  /** Entries that were drawn anew took the focus with them: it goes back to the one that was moved or opened. */
  refocus() {
    const lost = !document.activeElement || document.activeElement === document.body;
    if (!this.at || !lost) return;
    this.tidy();
    one(`[data-entry="${CSS.escape(this.at)}"] [tabindex]`, this)?.focus({ preventScroll: true });
  }

  async refusal(response) {
    const told = JSON.parse(response?.headers.get("HX-Trigger") ?? "{}");
    return told.toast ? `${told.toast.text} ${labels.back}` : labels.back;
  }

  sheet(url) {
    window.htmx.ajax("GET", url, { target: "#sheet-body", swap: "innerHTML" });
  }

  add(date, whole) {
    const url = this.getAttribute("add");
    const at = wall(date);
    // A day of the month begins at nine.
    const start = at.endsWith("T00:00:00") ? at.replace("T00:00:00", "T09:00:00") : at;
    if (url) this.sheet(`${url}?start=${start}${whole ? "&all_day=1" : ""}`);
  }

  keep() {
    const shown = all("[name]", this.filters).map((field) => [`${field.name}:${field.value}`, field.checked]);
    localStorage.calendarFilters = JSON.stringify({ who: one("[name=who]", this.filters).value, shown });
  }

  restore() {
    const { who, shown = [] } = JSON.parse(localStorage.calendarFilters ?? "{}");
    const select = one("[name=who]", this.filters);
    if (who && all("option", select).some((option) => option.value === who)) select.value = who;
    const known = new Map(shown);
    for (const field of all("[type=checkbox]", this.filters)) {
      field.checked = known.get(`${field.name}:${field.value}`) ?? true;
    }
  }

  /** EventCalendar gives its cells roles of a table that do not nest; the entries themselves stay readable. */
  tidy() {
    for (const part of [this, ...all("[role], [aria-colindex], [aria-rowindex]", this)]) {
      if (TABLE.test(part.getAttribute("role") ?? "")) part.removeAttribute("role");
      for (const name of ["colindex", "rowindex", "colcount", "rowcount", "colspan", "rowspan"]) {
        part.removeAttribute(`aria-${name}`);
      }
    }
    for (const entry of all("article[role]", this)) { // an article may not be a button; what is inside may
      for (const name of ["role", "tabindex"]) {
        one(".ec-event-body", entry)?.setAttribute(name, entry.getAttribute(name));
        entry.removeAttribute(name);
      }
    }
    const main = one(".ec-main", this);
    if (main && !main.hasAttribute("tabindex")) { // it scrolls: by keyboard, too
      for (const [name, value] of [["tabindex", "0"], ["role", "region"], ["aria-label", labels.name]]) main.setAttribute(name, value);
    }
    for (const head of all("h4", this)) head.setAttribute("role", "presentation");
    for (const name of ["prev", "next"]) one(`.ec-${name}`, this)?.setAttribute("aria-label", labels.buttons[name]);
  }
});
