// The address is the state; the history also carries the trail of songs that led here.

import { html, useEffect, useState } from "./html.js";
import { readState, subjectKey, writeState } from "./state.js";

const MOST_STEPS = 8;
const listeners = new Set();
let label = null;
let moved = false;

export const current = () => readState(location.search);

export const trail = () => (Array.isArray(history.state?.trail) ? history.state.trail : []);

// What the present state is called in the trail, once it is known.
export function nameHere(name) {
  label = name;
  document.title = name ? `${name} · Songspace` : "Songspace";
}

export const movedByHand = () => moved;

function tell() {
  for (const listener of listeners) listener();
}

// Where each page of the history was left, for the way back.
history.scrollRestoration = "manual";

export const leftAt = () => history.state?.left ?? 0;

function visit(search, steps, replace) {
  if (!replace) history.replaceState({ ...history.state, left: scrollY }, "");
  const url = location.pathname + search;
  history[replace ? "replaceState" : "pushState"]({ trail: steps }, "", url);
  moved = true;
  tell();
}

export function go(changes, { replace = false } = {}) {
  const here = current();
  const next = { ...here, ...changes };
  const search = writeState(next);
  if (search === location.search && !replace) {
    tell();
    return;
  }
  const onward = subjectKey(next) !== subjectKey(here);
  const steps = onward && label && here.show !== "start"
    ? [...trail(), { label, search: location.search }].slice(-MOST_STEPS)
    : next.show === "start" ? [] : trail();
  if (onward) label = null;
  visit(search, steps, replace);
}

export function backTo(step) {
  const steps = trail();
  label = null;
  visit(steps[step].search, steps.slice(0, step), false);
}

addEventListener("popstate", () => {
  label = null;
  moved = true;
  tell();
});

export function useRoute() {
  const [search, setSearch] = useState(location.search);
  const [state, setState] = useState(current());
  useEffect(() => {
    const listener = () => {
      setSearch(location.search);
      setState(current());
    };
    listeners.add(listener);
    return () => listeners.delete(listener);
  }, []);
  return { state, search };
}

const plainClick = (event) =>
  event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;

// A true link, so that it can be opened beside this page; a plain click stays here.
export function Link({ to, children, ...rest }) {
  const onClick = (event) => {
    if (!plainClick(event)) return;
    event.preventDefault();
    go(to);
  };
  return html`<a ...${rest} href=${writeState({ ...current(), ...to }) || "./"} onClick=${onClick}>${children}</a>`;
}

export const toSong = (song_id) => ({ show: "song", song: song_id });
