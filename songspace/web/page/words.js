// Names and numbers as people read them.

export const SLIDERS = [
  { name: "tempo", label: "Tempo", unit: "bpm", ends: ["slow", "fast"] },
  { name: "energy", label: "Energy", ends: ["calm", "intense"] },
  { name: "danceability", label: "Danceability", ends: ["free", "steady beat"] },
  { name: "positiveness", label: "Positiveness", ends: ["dark", "bright"] },
  { name: "acousticness", label: "Acousticness", ends: ["electric", "acoustic"] },
  { name: "instrumentalness", label: "Instrumentalness", ends: ["sung", "instrumental"] },
  { name: "speechiness", label: "Speechiness", ends: ["sung", "spoken"] },
  { name: "liveness", label: "Liveness", ends: ["studio", "on stage"] },
  { name: "popularity", label: "Popularity", ends: ["hidden", "well known"] },
];

// `wanted` is what a taste sends: the last one counts two occasions.
export const OCCASIONS = [
  { name: "party", label: "Party", wanted: 1 },
  { name: "work_study", label: "Work or study", wanted: 1 },
  { name: "exercise", label: "Exercise", wanted: 1 },
  { name: "running", label: "Running", wanted: 1 },
  { name: "driving", label: "Driving", wanted: 1 },
  { name: "social_gatherings", label: "Social gatherings", wanted: 1 },
  { name: "morning_routine", label: "Morning routine", wanted: 1 },
  { name: "meditation_stretching", label: "Meditation, stretching", wanted: 2 },
];

export const SIDES = { sound: "Sound", mood: "Mood", genre: "Genre", artist: "Artist" };

const LABELS = new Map([
  ...SLIDERS.map(({ name, label }) => [name, label.toLowerCase()]),
  ...OCCASIONS.map(({ name, label }) => [`good_for_${name}`, `good for ${label.toLowerCase()}`]),
]);

export const featureLabel = (name) => LABELS.get(name) ?? name.replaceAll("_", " ");

export const titleOf = (song) => song?.song || "Untitled";

// Catalogues write "One,Another".
export const artistOf = (song) => song?.artists?.join(", ") || song?.artist || "Unknown artist";

export const fullName = (song) => `${artistOf(song)} – ${titleOf(song)}`;

// Rounded towards nought, so that what is nearly all never reads as all.
function floored(value, digits) {
  const scale = 10 ** digits;
  return (Math.trunc(value * scale + 1e-9) / scale).toFixed(digits);
}

export const cosineText = (value) => floored(value, 3).replace(/^(-?)0\./, "$1.");

export const percentText = (value) => `${floored(value, 2)} %`;

export const shareText = (share) => `${Math.round(share * 100)} %`;

export const lengthText = (length) => length?.replace(/^0(?=\d:)/, "") ?? null;

export const countText = (number) => number.toLocaleString("en");

export const plural = (number, one, many) => `${countText(number)} ${number === 1 ? one : many}`;

const DATE = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" });

export function dateText(iso) {
  if (!iso) return null;
  const date = new Date(`${iso}T00:00:00Z`);
  if (Number.isNaN(date.getTime())) return iso;
  // Many sources write the first of January where only the year is known.
  return iso.endsWith("-01-01") ? iso.slice(0, 4) : DATE.format(date);
}

export function initials(song) {
  const words = artistOf(song).replace(/^the /i, "").split(/[^\p{L}\p{N}]+/u).filter(Boolean);
  const letters = words.slice(0, 2).map((word) => Array.from(word)[0]);
  return letters.join("").toUpperCase() || "♪";
}

export function hueOf(song) {
  let hash = 7;
  for (const letter of artistOf(song)) hash = (hash * 31 + letter.codePointAt(0)) % 9973;
  return (hash * 47) % 360;
}
