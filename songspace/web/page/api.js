// The questions to the server. Every failure becomes a Trouble that can be shown as it is.

import { featureLabel } from "./words.js";

export class Trouble extends Error {
  constructor(message, { fields = {}, status = 0 } = {}) {
    super(message);
    this.fields = fields;
    this.status = status;
  }
}

const readable = (message) => message.replace(/^Value error, /, "");

// "body.energy" is told beside the field `energy`.
function byField(errors) {
  const fields = {};
  for (const { field, message } of errors) {
    const name = field.split(".").find((part, place) => place > 0 && !/^\d+$/.test(part));
    if (name) fields[name] = readable(message);
  }
  return fields;
}

async function ask(path, { signal, body } = {}) {
  const init = body
    ? { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body), signal }
    : { signal };
  let response;
  try {
    response = await fetch(path, init);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Trouble("The server cannot be reached. It may be away for a moment, or you are offline.");
  }
  const answer = await response.json().catch(() => null);
  if (signal?.aborted) throw new DOMException("Aborted", "AbortError");
  if (response.ok && answer) return answer;
  const errors = Array.isArray(answer?.errors) ? answer.errors : [];
  const fields = byField(errors);
  const [first] = Object.entries(fields);
  const detail = first ? `${featureLabel(first[0])}: ${first[1]}` : errors.length ? readable(errors[0].message) : answer?.detail;
  throw new Trouble(detail ?? `The server answered with ${response.status}.`, {
    fields,
    status: response.status,
  });
}

export const getOptions = () => ask("options");

export const getMap = () => ask("map");

export const findSongs = (q, signal, limit = 8) =>
  ask(`songs?${new URLSearchParams({ q: q.slice(0, 200), limit })}`, { signal });

const pages = new Map();
const PAGES_KEPT = 500;

export async function getSong(song_id, signal) {
  if (pages.has(song_id)) return pages.get(song_id);
  const page = await ask(`songs/${song_id}`, { signal });
  if (pages.size >= PAGES_KEPT) pages.delete(pages.keys().next().value);
  pages.set(song_id, page);
  return page;
}

function conditions(state) {
  const set = Object.entries(state.filters).filter(([, value]) => value !== null && value.length !== 0);
  return { per_artist: state.choice.per_artist, ...Object.fromEntries(set), places: true };
}

const wanted = (state) => ({ ...state.choice, ...conditions(state) });

function asQuery(fields) {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(fields)) {
    for (const one of [value].flat()) params.append(name, one);
  }
  return params;
}

const ASK = {
  async song(state, signal) {
    const [page, answer] = await Promise.all([
      getSong(state.song, signal),
      ask(`songs/${state.song}/similar?${asQuery(wanted(state))}`, { signal }),
    ]);
    return { page, answer };
  },
  async taste(state, signal) {
    return { answer: await ask("recommend", { signal, body: { ...state.taste, ...wanted(state) } }) };
  },
  async blend(state, signal) {
    const { likes, dislikes } = state;
    const [liked, disliked, answer] = await Promise.all([
      Promise.all(likes.map((one) => getSong(one, signal))),
      Promise.all(dislikes.map((one) => getSong(one, signal))),
      ask("blend", { signal, body: { likes, dislikes, ...wanted(state) } }),
    ]);
    return { liked, disliked, answer };
  },
  async path(state, signal) {
    const { start, end, steps } = state;
    const [from, to, answer] = await Promise.all([
      getSong(start, signal),
      getSong(end, signal),
      ask(`path?${asQuery({ start, end, steps, ...conditions(state) })}`, { signal }),
    ]);
    return { from, to, answer };
  },
};

export const answerTo = (state, signal) => ASK[state.show](state, signal);

// A few well-known songs, far apart from one another, for a first visit.
export async function exampleSongs(options) {
  const popularity = options.features.find(({ name }) => name === "popularity");
  const [, , upper] = popularity?.quartiles ?? [0, 0, 0];
  const high = popularity?.high ?? 100;
  for (const part of [0.65, 0.3, 0]) {
    const popularity_from = Math.round(upper + (high - upper) * part);
    const answer = await ask("recommend", { body: { n: 8, per_artist: 1, diversity: 0.7, popularity_from } });
    if (answer.data.length >= 6 || part === 0) return answer.data.map(({ song }) => song);
  }
  return [];
}
