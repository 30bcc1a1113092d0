// What brought a song near: the shares of its four sides, and the words for them.

import { html } from "./html.js";
import { SIDES, featureLabel, shareText } from "./words.js";

const number = (value) => (Number.isInteger(value) ? String(value) : value.toFixed(1));

const isSwitch = (feature) => feature.startsWith("good_for_");

function Agreement({ agreement, other }) {
  const { feature, asked, found } = agreement;
  if (isSwitch(feature)) return html`<span class="agreement">${found ? "" : "not "}${featureLabel(feature)}</span>`;
  const same = asked === found;
  return html`<span class="agreement">
    ${featureLabel(feature)} <b>${number(found)}</b>${!same && html`<span class="asked"> (${other} ${number(asked)})</span>`}</span>`;
}

function sideWords({ kind, shared, agreements }, other) {
  if (kind === "sound") return agreements.map((one) => html`<${Agreement} key=${one.feature} agreement=${one} other=${other} />`);
  if (shared.length) return html`<span class="agreement">${kind === "artist" ? "also by " : ""}<b>${shared.join(", ")}</b></span>`;
  return html`<span class="agreement">${kind === "artist" ? "a kindred artist" : kind === "genre" ? "kindred genres" : "a kindred mood"}</span>`;
}

// `other`: a word for what it is compared with.
export function Why({ reasons, other }) {
  if (!reasons.length) return html`<p class="why-none">Near as a whole: no one side stands out.</p>`;
  const told = reasons.filter(({ share }) => share > 0);
  const spoken = told.map(({ kind, share }) => `${SIDES[kind]} ${shareText(share)}`).join(", ");
  return html`
    <div class="why">
      ${told.length > 0 && html`<div class="why-bar" role="img" aria-label=${`Brought near by: ${spoken}`}>
        ${told.map(({ kind, share }) => html`<span key=${kind} class="why-part ${kind}" style=${{ flexGrow: String(share) }}></span>`)}
      </div>`}
      <ul class="why-words">
        ${reasons.map((reason) => html`
          <li key=${reason.kind}><span class="why-side"><span class="why-dot ${reason.kind}" aria-hidden="true"></span>${SIDES[reason.kind]}
            ${" "}<span class="why-share">${shareText(reason.share)}</span></span>
            ${" "}${sideWords(reason, other)}</li>`)}
      </ul>
    </div>`;
}
