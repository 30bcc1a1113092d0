// Waiting, and what went wrong.

import { html } from "./html.js";

export const Failure = ({ trouble, onRetry, what }) => html`
  <div class="failure" role="alert">
    <div><p class="failure-title">${what}</p><p>${trouble.message}</p></div>
    ${onRetry && html`<button type="button" class="button" onClick=${onRetry}>Try again</button>`}
  </div>`;

export const Waiting = ({ rows = 6 }) => html`
  <div class="waiting" aria-hidden="true">
    ${Array.from({ length: rows }, (_, row) => html`<div key=${row} class="waiting-row"><span></span><span></span><span></span></div>`)}
  </div>`;
