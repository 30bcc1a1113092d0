// Which songs may stand in the list, and how it is made up: for every kind of question.

import { html, useEffect, useState } from "./html.js";
import { CHOICE, NO_FILTERS, filtersSet } from "./state.js";
import { NumberOfSongs } from "./taste-form.js";
import { OCCASIONS } from "./words.js";

const FIRST = 14;
const ANY_NUMBER = 100; // the most the API takes, which is as good as no limit

function Pills({ legend, names, chosen, onChosen }) {
  const [all, setAll] = useState(false);
  const listed = names.map(({ name }) => name);
  const unlisted = chosen.filter((name) => !listed.includes(name)).map((name) => ({ name, label: name }));
  const shown = all ? names : names.filter(({ name }, place) => place < FIRST || chosen.includes(name));
  const toggle = (name) => onChosen(chosen.includes(name) ? chosen.filter((one) => one !== name) : [...chosen, name]);
  return html`
    <fieldset>
      <legend>${legend}</legend>
      <div class="chips">
        ${[...unlisted, ...shown].map(({ name, label }) => html`
          <button key=${name} type="button" class="chip" aria-pressed=${chosen.includes(name) ? "true" : "false"} onClick=${() => toggle(name)}>
            <span class="chip-mark" aria-hidden="true"></span>${label ?? name}</button>`)}
        ${!all && shown.length < names.length && html`
          <button type="button" class="chip more" onClick=${() => setAll(true)}>All ${names.length}</button>`}
      </div>
    </fieldset>`;
}

function Range({ name, legend, low, high, filters, onFilters, errors }) {
  const [wrong, setWrong] = useState(null);
  const [typed, setTyped] = useState({});
  const fields = [`${name}_from`, `${name}_to`];
  // What was refused stays in its field, until the filters change from elsewhere.
  useEffect(() => {
    setTyped({});
    setWrong(null);
  }, fields.map((field) => filters[field]));
  const set = (field) => (event) => {
    const text = event.target.value.trim();
    const value = text === "" ? null : Math.round(Number(text));
    const next = { ...filters, [field]: value };
    const [from, to] = fields.map((one) => next[one]);
    const outside = value !== null && (value < 0 || value > (name === "year" ? 2100 : 100) || !Number.isFinite(value));
    const upside = from !== null && to !== null && from > to;
    setWrong(outside ? `From ${low} to ${high}, please.` : upside ? "The first must not be above the second." : null);
    setTyped(outside || upside ? { ...typed, [field]: text } : {});
    if (!outside && !upside) onFilters({ [field]: value });
  };
  const error = wrong ?? errors[fields[0]] ?? errors[fields[1]];
  return html`
    <fieldset>
      <legend>${legend}</legend>
      <div class="range">
        ${fields.map((field, place) => html`
          ${place === 1 && html`<span aria-hidden="true">to</span>`}
          <input key=${field} type="number" inputmode="numeric" min=${low} max=${high} placeholder=${place ? high : low}
            aria-label=${`${legend} ${place ? "to" : "from"}`} value=${typed[field] ?? filters[field] ?? ""} onChange=${set(field)}
            aria-invalid=${error ? "true" : null} aria-describedby=${error ? `${name}-error` : null} />`)}
      </div>
      ${error && html`<p class="field-error" id="${name}-error">${error}</p>`}
    </fieldset>`;
}

export function RefinePanel({ options, choice, filters, onChoice, onFilters, errors, onPath }) {
  const set = filtersSet(filters);
  const changed = set + Object.keys(CHOICE).filter((name) => choice[name] !== CHOICE[name]).length;
  const perArtist = [1, 2, 3, 5, ANY_NUMBER];
  if (!perArtist.includes(choice.per_artist)) perArtist.push(choice.per_artist);
  const reset = () => {
    onChoice(CHOICE);
    onFilters(NO_FILTERS);
  };
  return html`
    <details class="panel refine">
      <summary><span class="panel-title">Refine the list</span>
        ${changed > 0 && html`<span class="badge">${changed}<span class="unseen"> set</span></span>`}</summary>
      <div class="panel-body">
        ${onPath && html`<p class="hint">A path has as many songs as steps, each next to its place on the way: number and diversity do not count.</p>`}
        <div class="fields">
          <${NumberOfSongs} id="refine-n" n=${choice.n} onN=${(n) => onChoice({ n })} error=${errors.n} />
          <div class="field">
            <label class="label" for="refine-artist">Songs of one artist</label>
            <select id="refine-artist" value=${String(choice.per_artist)} onChange=${(event) => onChoice({ per_artist: Number(event.target.value) })}>
              ${perArtist.map((one) => html`<option key=${one} value=${String(one)} selected=${one === choice.per_artist}>
                ${one === ANY_NUMBER ? "any number" : `at most ${one}`}</option>`)}
            </select>
          </div>
          <div class="field">
            <label class="label" for="refine-explicit">Explicit words</label>
            <select id="refine-explicit" value=${String(filters.explicit)} onChange=${(event) => onFilters({ explicit: { true: true, false: false }[event.target.value] ?? null })}>
              ${[["null", "with or without"], ["false", "without"], ["true", "only with"]].map(([value, label]) => html`
                <option key=${value} value=${value} selected=${value === String(filters.explicit)}>${label}</option>`)}
            </select>
          </div>
          <div class="field">
            <label class="label" for="refine-diversity">Diversity <output class="slider-value">${choice.diversity ? choice.diversity.toFixed(1) : "off"}</output></label>
            <input id="refine-diversity" class="plain-range" type="range" min="0" max="0.9" step="0.1" value=${choice.diversity}
              aria-valuetext=${choice.diversity ? choice.diversity.toFixed(1) : "off: by nearness alone"}
              onChange=${(event) => onChoice({ diversity: Number(event.target.value) })} />
          </div>
        </div>
        <div class="ranges">
          <${Range} name="year" legend="Years" low=${options.years?.[0] ?? 1900} high=${options.years?.[1] ?? 2100}
            filters=${filters} onFilters=${onFilters} errors=${errors} />
          <${Range} name="popularity" legend="Popularity" low=${0} high=${100} filters=${filters} onFilters=${onFilters} errors=${errors} />
        </div>
        <${Pills} legend="Genre, any of" names=${options.genres} chosen=${filters.genres} onChosen=${(genres) => onFilters({ genres })} />
        <${Pills} legend="Emotion, any of" names=${options.emotions} chosen=${filters.emotions} onChosen=${(emotions) => onFilters({ emotions })} />
        <${Pills} legend="Good for, all of" names=${OCCASIONS} chosen=${filters.good_for} onChosen=${(good_for) => onFilters({ good_for })} />
        <button type="button" class="button quiet" disabled=${!changed} onClick=${reset}>Clear all</button>
      </div>
    </details>`;
}
