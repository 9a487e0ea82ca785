// What the other modules share: finding elements, the translated words, loading a library once.
export const one = (selector, root = document) => root.querySelector(selector);
export const all = (selector, root = document) => [...root.querySelectorAll(selector)];
export const words = window.words;

/** An element with properties, attributes (names with a dash) and children. */
export function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.includes("-") || name === "role" || name === "for") element.setAttribute(name, value);
    else element[name] = value;
  }
  element.append(...children);
  return element;
}

/** Call `action` once the calls have paused for `ms`. `.now()` runs a waiting call at once. */
export function pause(ms, action) {
  let timer = 0;
  const run = () => { clearTimeout(timer); timer = 0; action(); };
  const later = () => { clearTimeout(timer); timer = setTimeout(run, ms); };
  later.now = () => timer && run();
  later.cancel = () => { clearTimeout(timer); timer = 0; };
  return later;
}

const loaded = new Map();

/** Load a classic script of our own origin, once. */
export function library(src) {
  if (!loaded.has(src)) {
    loaded.set(src, new Promise((resolve, reject) => {
      document.head.append(make("script", { src, onload: resolve, onerror: reject }));
    }));
  }
  return loaded.get(src);
}

export function stylesheet(href) {
  if (!loaded.has(href)) loaded.set(href, document.head.append(make("link", { rel: "stylesheet", href })));
}

/** What an address answers of what was typed, the likeliest first; nothing where the network is away. */
export async function answers(path, query) {
  const url = new URL(path, location.href);
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
  try {
    const response = await fetch(url, { headers: { Accept: "application/json" } });
    return response.ok ? await response.json() : [];
  } catch {
    return [];
  }
}

const works = new WeakMap();

/** What is asked of the server on behalf of a field: its form is sent when it is there. */
export function due(form, work) {
  const its = works.get(form) || works.set(form, new Set()).get(form);
  its.add(work);
  work.finally(() => its.delete(work));
}

/** The sending of a form waits, once, for what is due. */
export async function hold(event) {
  const { target: form, submitter } = event, its = works.get(form);
  if (!its?.size) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  if (its.held) return;
  its.held = true;
  await Promise.all(its);
  its.held = false;
  form.requestSubmit(submitter);
}

/** Tell a form that a part of it changed by script, as typing would. */
export const changed = (element) => element.dispatchEvent(new Event("input", { bubbles: true }));
