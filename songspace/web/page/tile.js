// Initials on a colour of the artist's own, in the place of a cover.

import { html } from "./html.js";
import { hueOf, initials } from "./words.js";

export const Tile = ({ song, small }) => html`
  <span class=${small ? "tile small" : "tile"} style=${{ "--hue": String(hueOf(song)) }} aria-hidden="true">${initials(song)}</span>`;
