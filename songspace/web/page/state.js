// What the page shows, to and from the address. Keys are the names of the API wherever it has one.

import { OCCASIONS, SLIDERS } from "./words.js";

const ID = /^-?\d{1,19}$/;
const MOST_SONGS = 20;
const SHOWS = new Set(["song", "taste", "blend", "path"]);

export const TASTE_NUMBERS = [...SLIDERS.map(({ name }) => name), ...OCCASIONS.map(({ name }) => `good_for_${name}`)];
export const TASTE_WORDS = ["artist", "genre", "emotion"];
export const CHOICE = { n: 20, per_artist: 2, diversity: 0 };
export const STEPS = 8;
const RANGES = ["year_from", "year_to", "popularity_from", "popularity_to"];
const LISTS = ["genres", "emotions", "good_for"];

export const NO_FILTERS = {
  genres: [], emotions: [], good_for: [],
  year_from: null, year_to: null, popularity_from: null, popularity_to: null, explicit: null,
};

function number(params, name) {
  const text = params.get(name);
  if (text === null || text.trim() === "") return null;
  const value = Number(text);
  return Number.isFinite(value) ? value : null;
}

const ids = (params, name) => [...new Set(params.getAll(name).filter((text) => ID.test(text)))].slice(0, MOST_SONGS);

const id = (params, name) => ids(params, name)[0] ?? null;

function readTaste(params) {
  const taste = {};
  for (const name of TASTE_NUMBERS) {
    const value = number(params, name);
    if (value !== null) taste[name] = value;
  }
  for (const name of TASTE_WORDS) {
    const text = params.get(name)?.trim();
    if (text) taste[name] = text;
  }
  return taste;
}

function readFilters(params) {
  const filters = { ...NO_FILTERS };
  for (const name of LISTS) filters[name] = [...new Set(params.getAll(name).filter(Boolean))];
  for (const name of RANGES) filters[name] = number(params, name);
  const explicit = params.get("explicit");
  filters.explicit = explicit === "true" ? true : explicit === "false" ? false : null;
  return filters;
}

export function readState(search) {
  const params = new URLSearchParams(search);
  const show = params.get("show");
  const state = {
    show: SHOWS.has(show) ? show : "start",
    song: id(params, "song"),
    taste: readTaste(params),
    likes: ids(params, "like"),
    dislikes: ids(params, "dislike"),
    start: id(params, "start"),
    end: id(params, "end"),
    steps: number(params, "steps") ?? STEPS,
    choice: Object.fromEntries(Object.entries(CHOICE).map(([name, usual]) => [name, number(params, name) ?? usual])),
    filters: readFilters(params),
    colour: params.get("colour") === "emotion" ? "emotion" : "genre",
    lit: params.get("lit"),
  };
  const incomplete =
    (state.show === "song" && !state.song) ||
    (state.show === "blend" && !state.likes.length) ||
    (state.show === "path" && !(state.start && state.end));
  return incomplete ? { ...state, show: "start" } : state;
}

export function writeState(state) {
  const params = new URLSearchParams();
  if (state.show !== "start") params.set("show", state.show);
  if (state.show === "song") params.set("song", state.song);
  if (state.show === "taste") {
    for (const name of [...TASTE_NUMBERS, ...TASTE_WORDS]) {
      const value = state.taste[name];
      if (value !== undefined && value !== null && value !== "") params.set(name, value);
    }
  }
  if (state.show === "path") {
    params.set("start", state.start);
    params.set("end", state.end);
    if (state.steps !== STEPS) params.set("steps", state.steps);
  }
  for (const liked of state.likes) params.append("like", liked);
  for (const disliked of state.dislikes) params.append("dislike", disliked);
  for (const [name, usual] of Object.entries(CHOICE)) {
    if (state.choice[name] !== usual) params.set(name, state.choice[name]);
  }
  for (const name of LISTS) for (const value of state.filters[name]) params.append(name, value);
  for (const name of [...RANGES, "explicit"]) {
    if (state.filters[name] !== null) params.set(name, state.filters[name]);
  }
  if (state.colour !== "genre") params.set("colour", state.colour);
  if (state.lit) params.set("lit", state.lit);
  const text = params.toString();
  return text ? `?${text}` : "";
}

// What decides which songs come; colours and the collection beside it do not.
export function subjectKey(state) {
  const { show, song, taste, likes, dislikes, start, end, steps } = state;
  if (show === "song") return JSON.stringify([show, song]);
  if (show === "taste") return JSON.stringify([show, ...TASTE_NUMBERS.concat(TASTE_WORDS).map((name) => taste[name] ?? null)]);
  if (show === "blend") return JSON.stringify([show, likes, dislikes]);
  if (show === "path") return JSON.stringify([show, start, end, steps]);
  return show;
}

export function queryKey(state) {
  const refined = [state.show === "path" ? state.choice.per_artist : state.choice, state.filters];
  return JSON.stringify([subjectKey(state), refined]);
}

export function filtersSet(filters) {
  return LISTS.reduce((sum, name) => sum + filters[name].length, 0) +
    [...RANGES, "explicit"].filter((name) => filters[name] !== null).length;
}
