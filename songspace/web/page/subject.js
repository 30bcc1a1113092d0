// What the list below answers: a song, a taste, a blend or a path.

import { html, useState } from "./html.js";
import { Opinions, setOpinion } from "./opinions.js";
import { Link, go, toSong } from "./router.js";
import { Explicit, SongWords } from "./results.js";
import { SongSearch } from "./song-search.js";
import { TASTE_NUMBERS, TASTE_WORDS } from "./state.js";
import { Tile } from "./tile.js";
import { SLIDERS, artistOf, featureLabel, titleOf } from "./words.js";

// The features of a song as a taste: only what is known, and switches only where they are on.
function asTaste({ song, features }) {
  const numbers = Object.entries(features).filter(([name, value]) =>
    value !== null && TASTE_NUMBERS.includes(name) && !(name.startsWith("good_for_") && value === 0));
  const words = { genre: song.genres[0], emotion: song.emotion };
  return { ...Object.fromEntries(numbers), ...Object.fromEntries(Object.entries(words).filter(([, value]) => value)) };
}

function Profile({ features, options }) {
  const bars = SLIDERS.filter(({ name }) => features[name] !== null && features[name] !== undefined);
  if (!bars.length) return null;
  return html`<dl class="profile" aria-label="How it sounds">
    ${bars.map(({ name, label, unit }) => {
      const { low, high } = options.features.find((one) => one.name === name) ?? { low: 0, high: 100 };
      const width = `${Math.max(0, Math.min(1, (features[name] - low) / (high - low || 1))) * 100}%`;
      return html`<div key=${name}><dt>${label}</dt><dd><span class="profile-bar" aria-hidden="true"><span style=${{ width }}></span></span>
        <span class="profile-value">${features[name]}${unit ? ` ${unit}` : ""}</span></dd></div>`;
    })}
  </dl>`;
}

function SongSubject({ page, state, options, onTaste }) {
  const [choosing, setChoosing] = useState(false);
  const { song } = page;
  return html`
    <p class="eyebrow">Songs like</p>
    <div class="subject-head">
      <${Tile} song=${song} />
      <div><h1 tabindex="-1" data-focus>${titleOf(song)}<${Explicit} song=${song} /></h1><p class="subject-artist">${artistOf(song)}</p></div>
      <${Opinions} song=${song} likes=${state.likes} dislikes=${state.dislikes} />
    </div>
    <${SongWords} song=${song} />
    <${Profile} features=${page.features} options=${options} />
    <div class="subject-actions">
      <button type="button" class="button" aria-expanded=${choosing ? "true" : "false"} onClick=${() => setChoosing(!choosing)}>Path to another song…</button>
      <button type="button" class="button quiet" onClick=${() => onTaste(asTaste(page))}>Use as a taste</button>
    </div>
    ${choosing && html`<${SongSearch} id="path-end" label="Path to" placeholder="Search for the song to arrive at" autofocus=${true} testid="path-to"
      onSong=${(end) => go({ show: "path", start: song.song_id, end: end.song_id })} />`}`;
}

const tasteWord = (name, value) =>
  name.startsWith("good_for_") ? (value ? featureLabel(name) : `not ${featureLabel(name)}`)
    : TASTE_WORDS.includes(name) ? value : html`${featureLabel(name)} <b>${value}</b>`;

function TasteSubject({ taste, onEdit }) {
  const names = [...TASTE_NUMBERS, ...TASTE_WORDS].filter((name) => taste[name] !== undefined);
  return html`
    <p class="eyebrow">Songs after</p>
    <h1 tabindex="-1" data-focus>Your taste</h1>
    ${names.length
      ? html`<ul class="taste-words">${names.map((name) => html`<li key=${name} class="tag">${tasteWord(name, taste[name])}</li>`)}</ul>`
      : html`<p class="hint">Nothing was set, so any song may come. Set what matters to you, and look again.</p>`}
    <div class="subject-actions"><button type="button" class="button" onClick=${onEdit}>Edit the taste</button></div>`;
}

const Chosen = ({ page, words, onRemove }) => html`
  <li class="chosen"><${Tile} song=${page.song} small=${true} />
    <${Link} to=${toSong(page.song.song_id)} class="chosen-link">${titleOf(page.song)} <span>${artistOf(page.song)}</span></${Link}>
    <button type="button" class="icon-button" aria-label=${`${words} ${titleOf(page.song)}`} title="Take out" onClick=${onRemove}>✕</button></li>`;

function BlendSubject({ liked, disliked }) {
  const listed = (pages) => html`<ul class="chosens">${pages.map((page) => html`
    <${Chosen} key=${page.song.song_id} page=${page} words="Take out of the blend:" onRemove=${() => setOpinion(page.song.song_id, null)} />`)}</ul>`;
  return html`
    <p class="eyebrow">Songs between</p>
    <h1 tabindex="-1" data-focus>Your blend</h1>
    <h2 class="small-title">Like these</h2>${listed(liked)}
    ${disliked.length > 0 && html`<h2 class="small-title">Unlike these</h2>${listed(disliked)}`}
    <${SongSearch} id="blend-more" label="Add a song" placeholder="Search for another you like" onSong=${(song) => setOpinion(song.song_id, "like")} />
    <div class="subject-actions"><button type="button" class="button quiet" onClick=${() => go({ show: "start", likes: [], dislikes: [] })}>Clear the blend</button></div>`;
}

function PathSubject({ from, to, state }) {
  const steps = [3, 5, 8, 12, 20, 30, 50];
  if (!steps.includes(state.steps)) steps.push(state.steps);
  return html`
    <p class="eyebrow">A path through the space</p>
    <h1 tabindex="-1" data-focus class="path-title">${titleOf(from.song)} <span aria-hidden="true">→</span><span class="unseen"> to </span> ${titleOf(to.song)}</h1>
    <p class="subject-artist">from ${artistOf(from.song)} to ${artistOf(to.song)}</p>
    <p class="hint">Match and reasons compare each song with the one before it.</p>
    <div class="path-form">
      <${SongSearch} id="path-other" label="Arrive elsewhere" placeholder="Search for another end" onSong=${(end) => go({ end: end.song_id })} />
      <div class="field"><label class="label" for="path-steps">Songs between</label>
        <select id="path-steps" value=${String(state.steps)} onChange=${(event) => go({ steps: Number(event.target.value) })}>
          ${steps.map((one) => html`<option key=${one} value=${String(one)} selected=${one === state.steps}>${one}</option>`)}</select></div>
    </div>
    <div class="subject-actions"><button type="button" class="button quiet" onClick=${() => go({ start: state.end, end: state.start })}>Turn round</button></div>`;
}

export function Subject({ state, view, options, onTaste, onEdit }) {
  const { found } = view;
  const parts = {
    song: () => html`<${SongSubject} key=${state.song} page=${found.page} state=${state} options=${options} onTaste=${onTaste} />`,
    taste: () => html`<${TasteSubject} taste=${state.taste} onEdit=${onEdit} />`,
    blend: () => html`<${BlendSubject} liked=${found.liked} disliked=${found.disliked} />`,
    path: () => html`<${PathSubject} from=${found.from} to=${found.to} state=${state} />`,
  };
  return html`<section class="subject card" aria-label="What is asked for">${parts[state.show]()}</section>`;
}
