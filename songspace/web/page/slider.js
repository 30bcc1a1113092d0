// A slider that also knows "any": unknown until it is touched, and again when it is told so.

import { html } from "./html.js";

export function Slider({ feature, words, value, onValue, error }) {
  const { low, high, quartiles, name } = feature;
  const known = value !== undefined && value !== null;
  const position = known ? value : quartiles[1];
  const share = (at) => `${((Math.min(Math.max(at, low), high) - low) / (high - low || 1)) * 100}%`;
  const unit = words.unit ? ` ${words.unit}` : "";
  const set = (event) => onValue(Number(event.target.value));
  // A click just where the thumb lies changes nothing, but means it.
  const confirm = (event) => {
    if (!known) set(event);
  };
  const onKeyDown = (event) => {
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      confirm(event);
    } else if (event.key === "Delete" || event.key === "Backspace") {
      event.preventDefault();
      onValue(null);
    }
  };
  const id = `taste-${name}`;
  return html`
    <div class=${known ? "slider known" : "slider"}
      style=${{ "--at": share(position), "--from": share(quartiles[0]), "--to": share(quartiles[2]) }}>
      <div class="slider-head">
        <label for=${id}>${words.label}</label>
        <output for=${id} class="slider-value">${known ? `${value}${unit}` : "any"}</output>
        <button type="button" class="slider-clear" aria-label=${`Set ${words.label.toLowerCase()} back to any`} disabled=${!known}
          onClick=${() => onValue(null)}>✕</button>
      </div>
      <div class="slider-track">
        <span class="slider-middle" aria-hidden="true" title=${`Half of the songs: ${quartiles[0]} to ${quartiles[2]}${unit}`}></span>
        <input id=${id} type="range" min=${low} max=${high} step="1" value=${position} autocomplete="off"
          aria-valuetext=${known ? `${value}${unit}` : "any"} aria-describedby=${`${id}-hint`} aria-invalid=${error ? "true" : null}
          onInput=${set} onPointerUp=${confirm} onKeyDown=${onKeyDown} />
      </div>
      <div class="slider-ends" aria-hidden="true"><span>${words.ends[0]}</span><span>${words.ends[1]}</span></div>
      <span id=${`${id}-hint`} class="unseen">Half of the songs lie from ${quartiles[0]} to ${quartiles[2]}${unit}. Delete sets it back to any.</span>
      ${error && html`<p class="field-error">${error}</p>`}
    </div>`;
}
