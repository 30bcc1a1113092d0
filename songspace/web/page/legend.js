// Names for the colours; one can be picked out.

import { html } from "./html.js";
import { colourOf } from "./palette.js";
import { go } from "./router.js";
import { useDark } from "./theme.js";
import { countText } from "./words.js";

export function Legend({ colouring, by, lit }) {
  const dark = useDark();
  return html`
    <div class="legend">
      <div class="legend-switch" role="group" aria-label="Colour the songs by">
        ${["genre", "emotion"].map((one) => html`<button key=${one} type="button" aria-pressed=${by === one ? "true" : "false"}
          onClick=${() => go({ colour: one, lit: null }, { replace: true })}>${one === "genre" ? "Genre" : "Emotion"}</button>`)}
      </div>
      <ul class="legend-names" aria-label="Groups; press one to pick it out">
        ${colouring.names.map((name, group) => colouring.counts[group] > 0 && html`
          <li key=${name}><button type="button" aria-pressed=${lit === name ? "true" : "false"} title=${`${countText(colouring.counts[group])} songs on the map`}
            class=${lit !== null && lit !== name ? "away" : ""} onClick=${() => go({ lit: lit === name ? null : name }, { replace: true })}>
            <span class="legend-dot" style=${{ backgroundColor: colourOf(group, colouring.names, dark) }} aria-hidden="true"></span>${name}</button></li>`)}
      </ul>
    </div>`;
}
