// The form that describes a taste. What was not touched is unknown and is not sent.

import { html } from "./html.js";
import { CHOICE } from "./state.js";
import { Slider } from "./slider.js";
import { ArtistField } from "./song-search.js";
import { OCCASIONS, SLIDERS, countText } from "./words.js";

export const NUMBERS = [5, 10, 20, 30, 50, 100];

export const known = (taste) =>
  Object.fromEntries(Object.entries(taste).filter(([, value]) => value !== null && value !== undefined && value !== ""));

function Switch({ label, on, share, onToggle }) {
  return html`<button type="button" role="switch" class="chip" aria-checked=${on ? "true" : "false"} onClick=${onToggle}
    title=${share === null || share === undefined ? null : `${Math.round(share * 1000) / 10} % of the songs`}>
    <span class="chip-mark" aria-hidden="true"></span>${label}</button>`;
}

export function NameSelect({ id, label, value, options, onValue, error }) {
  const unlisted = value && !options.some(({ name }) => name === value);
  return html`
    <div class="field">
      <label class="label" for=${id}>${label}</label>
      <select id=${id} value=${value ?? ""} onChange=${(event) => onValue(event.target.value || null)} aria-invalid=${error ? "true" : null}>
        <option value="" selected=${!value}>any</option>
        ${unlisted && html`<option value=${value} selected>${value}</option>`}
        ${options.map(({ name, songs }) => html`<option key=${name} value=${name} selected=${name === value}>${name} (${countText(songs)})</option>`)}
      </select>
      ${error && html`<p class="field-error">${error}</p>`}
    </div>`;
}

export function NumberOfSongs({ id, n, onN, error }) {
  const numbers = NUMBERS.includes(n) ? NUMBERS : [...NUMBERS, n].sort((one, other) => one - other);
  return html`
    <div class="field">
      <label class="label" for=${id}>Songs in the list</label>
      <select id=${id} value=${String(n)} onChange=${(event) => onN(Number(event.target.value))}>
        ${numbers.map((one) => html`<option key=${one} value=${String(one)} selected=${one === n}>${one}</option>`)}
      </select>
      ${error && html`<p class="field-error">${error}</p>`}
    </div>`;
}

export function TasteForm({ options, draft, onDraft, n = CHOICE.n, onN, onFind, errors }) {
  const set = (name) => (value) => onDraft({ ...draft, [name]: value });
  const feature = (name) => options.features.find((one) => one.name === name);
  const count = Object.keys(known(draft)).length;
  const onSubmit = (event) => {
    event.preventDefault();
    onFind(known(draft));
  };
  return html`
    <form class="taste" data-testid="taste" autocomplete="off" onSubmit=${onSubmit} aria-label="Describe a taste">
      <fieldset>
        <legend>Sound</legend>
        <p class="hint">Leave at <em>any</em> what does not matter. The shaded band is where half of the catalogue lies.</p>
        <div class="sliders">
          ${SLIDERS.filter(({ name }) => feature(name)).map((words) => html`
            <${Slider} key=${words.name} words=${words} feature=${feature(words.name)} value=${draft[words.name]}
              onValue=${set(words.name)} error=${errors[words.name]} />`)}
        </div>
      </fieldset>
      <fieldset>
        <legend>Good for</legend>
        <div class="chips">
          ${OCCASIONS.map(({ name, label, wanted }) => {
            const field = `good_for_${name}`;
            const on = Boolean(draft[field]);
            return html`<${Switch} key=${name} label=${label} on=${on} share=${feature(field)?.share_on}
              onToggle=${() => set(field)(on ? null : wanted)} />`;
          })}
        </div>
      </fieldset>
      <fieldset>
        <legend>Names</legend>
        <div class="fields">
          <${ArtistField} id="taste-artist" label="Artist" placeholder="any" value=${draft.artist ?? ""} onValue=${set("artist")}
            onEnter=${() => onFind(known(draft))} error=${errors.artist} />
          <${NameSelect} id="taste-genre" label="Genre" value=${draft.genre} options=${options.genres} onValue=${set("genre")} error=${errors.genre} />
          <${NameSelect} id="taste-emotion" label="Emotion" value=${draft.emotion} options=${options.emotions} onValue=${set("emotion")} error=${errors.emotion} />
          <${NumberOfSongs} id="taste-n" n=${n} onN=${onN} error=${errors.n} />
        </div>
      </fieldset>
      <div class="taste-actions">
        <button type="submit" class="button primary" data-testid="find">Find songs</button>
        <button type="button" class="button quiet" disabled=${!count} onClick=${() => onDraft({})}>Set all to any</button>
        <span class="taste-count">${count ? `${count} of 20 known` : "Nothing known yet"}</span>
      </div>
    </form>`;
}
