// What a first visit sees: songs and tastes to begin with, one click each.

import { exampleSongs } from "./api.js";
import { html, useEffect, useState } from "./html.js";
import { Link, toSong } from "./router.js";
import { Tile } from "./tile.js";
import { artistOf, countText, titleOf } from "./words.js";

const TASTES = [
  { label: "A run at 170", hint: "fast, intense", taste: { tempo: 170, energy: 88, good_for_running: 1 } },
  { label: "Late and quiet", hint: "slow, acoustic", taste: { tempo: 80, energy: 18, acousticness: 85, positiveness: 25 } },
  { label: "Deep focus", hint: "no words", taste: { instrumentalness: 85, speechiness: 4, energy: 45, good_for_work_study: 1 } },
  { label: "Full dance floor", hint: "bright, steady beat", taste: { danceability: 88, energy: 85, positiveness: 75, good_for_party: 1 } },
  { label: "Sunday morning", hint: "warm, unhurried", taste: { acousticness: 60, positiveness: 72, energy: 40, good_for_morning_routine: 1 } },
  { label: "A good cry", hint: "sad, slow", taste: { positiveness: 10, energy: 25, tempo: 75, emotion: "sadness" } },
];

function within(taste, options) {
  const limits = new Map(options.features.map(({ name, low, high }) => [name, [low, high]]));
  const emotions = new Set(options.emotions.map(({ name }) => name));
  return Object.fromEntries(Object.entries(taste)
    .filter(([name, value]) => name !== "emotion" || emotions.has(value))
    .map(([name, value]) => {
      const [low, high] = limits.get(name) ?? [value, value];
      return [name, typeof value === "number" ? Math.min(Math.max(value, low), high) : value];
    }));
}

function useExamples(options) {
  const [songs, setSongs] = useState(null);
  useEffect(() => {
    let here = true;
    // Examples are a courtesy: without them the page still has its search and its tastes.
    exampleSongs(options).catch(() => []).then((found) => here && setSongs(found));
    return () => { here = false; };
  }, [options.release]);
  return songs;
}

export function Start({ options, onTaste }) {
  const songs = useExamples(options);
  return html`
    <section class="start" aria-labelledby="start-title">
      <h1 id="start-title" tabindex="-1" data-focus>Find the songs<br />that lie <em>next to</em> yours.</h1>
      <p class="lead">${countText(options.songs)} songs in one space, each placed by how it sounds, its mood, its genre and who made it.
        Search for one you love, or describe what you are in the mood for.</p>
      <h2 class="small-title">Begin with a song</h2>
      <ul class="examples">
        ${songs === null
          ? Array.from({ length: 8 }, (_, place) => html`<li key=${place}><span class="example ghost"></span></li>`)
          : songs.map((song) => html`<li key=${song.song_id}><${Link} to=${toSong(song.song_id)} class="example">
              <${Tile} song=${song} small=${true} />
              <span class="example-words"><span class="example-title">${titleOf(song)}</span><span class="example-artist">${artistOf(song)}</span></span>
            </${Link}></li>`)}
      </ul>
      <h2 class="small-title">Or with a taste</h2>
      <ul class="taste-chips">
        ${TASTES.map(({ label, hint, taste }) => html`<li key=${label}>
          <button type="button" class="taste-chip" onClick=${() => onTaste(within(taste, options))}><b>${label}</b><span>${hint}</span></button></li>`)}
      </ul>
    </section>`;
}
