// The list of songs, each a link to its own neighbours.

import { html } from "./html.js";
import { Opinions } from "./opinions.js";
import { Link, toSong } from "./router.js";
import { Tile } from "./tile.js";
import { Why } from "./why.js";
import { artistOf, cosineText, dateText, lengthText, percentText, titleOf } from "./words.js";

function Match({ item }) {
  const width = `${Math.max(0, Math.min(1, item.score)) * 100}%`;
  return html`
    <div class="match">
      <span class="match-number"><span class="match-unit"><span class="unseen">Match: </span>cosine </span>${cosineText(item.score)}</span>
      <span class="match-bar" aria-hidden="true"><span style=${{ width }}></span></span>
      <span class="match-words">closer than ${percentText(item.percentile)} of pairs</span>
    </div>`;
}

export function SongWords({ song }) {
  const facts = [
    song.album && html`<span class="fact album">${song.album}</span>`,
    dateText(song.release_date) && html`<span class="fact">${dateText(song.release_date)}</span>`,
    lengthText(song.length) && html`<span class="fact">${lengthText(song.length)}</span>`,
  ].filter(Boolean);
  return html`
    <p class="facts">${facts}</p>
    ${(song.genres.length > 0 || song.emotion) && html`
      <p class="facts tags">${song.genres.map((genre) => html`<span key=${genre} class="tag">${genre}</span>`)}
        ${song.emotion && html`<span class="tag mood">${song.emotion}</span>`}</p>`}`;
}

export const Explicit = ({ song }) =>
  song.explicit && html`<abbr class="explicit" title="Explicit words">E</abbr>`;

// What the reasons compare a song with, in a word.
const OTHER = { song: "yours", taste: "asked", blend: "liked", path: "before" };

function Result({ item, rank, state, near, hovered, onHover }) {
  const { song } = item;
  return html`
    <li class=${hovered ? "result hovered" : "result"} data-testid="result" data-song=${song.song_id}
      onMouseEnter=${() => onHover(song.song_id)} onMouseLeave=${() => onHover(null)}
      onfocusin=${() => onHover(song.song_id)} onfocusout=${() => onHover(null)}>
      <span class="rank" aria-hidden="true">${rank}</span>
      <${Tile} song=${song} />
      <div class="result-words">
        <h3><${Link} to=${toSong(song.song_id)} class="result-link">${titleOf(song)}</${Link}><${Explicit} song=${song} /></h3>
        <p class="artist">${artistOf(song)}</p>
        <${SongWords} song=${song} />
      </div>
      <${Match} item=${item} />
      <${Opinions} song=${song} likes=${state.likes} dislikes=${state.dislikes} />
      <${Why} reasons=${item.reasons} other=${OTHER[state.show]} />
      ${near && html`<p class="why-near">nearest to ${near}, which you like</p>`}
    </li>`;
}

function PathEnd({ song, word }) {
  return html`
    <li class="result end">
      <span class="rank" aria-hidden="true">${word === "From" ? "○" : "●"}</span>
      <${Tile} song=${song} />
      <div class="result-words"><p class="end-word">${word}</p>
        <h3><${Link} to=${toSong(song.song_id)} class="result-link">${titleOf(song)}</${Link}></h3>
        <p class="artist">${artistOf(song)}</p></div>
    </li>`;
}

export function Notes({ notes }) {
  if (!notes.length) return null;
  return html`<ul class="notes" data-testid="notes" aria-label="Notes">
    ${notes.map((note) => html`<li key=${note}>${note}</li>`)}</ul>`;
}

export function Results({ state, view, hover, onHover }) {
  const { answer, from, to, liked } = view.found;
  const likedNear = (item) => liked?.length > 1 && liked.find(({ song }) => song.song_id === item.near)?.song;
  const onPath = state.show === "path" && from && to;
  return html`
    ${answer.data.length === 0 && html`<p class="empty">No song meets all the conditions. Widen the filters under “Refine the list”.</p>`}
    <ol class=${onPath ? "results path" : "results"} data-testid="results" aria-busy=${view.loading ? "true" : "false"}>
      ${onPath && html`<${PathEnd} key="from" song=${from.song} word="From" />`}
      ${answer.data.map((item, place) => html`
        <${Result} key=${item.song.song_id} item=${item} rank=${place + 1} state=${state} near=${likedNear(item) ? titleOf(likedNear(item)) : null}
          hovered=${hover === item.song.song_id} onHover=${onHover} />`)}
      ${onPath && html`<${PathEnd} key="to" song=${to.song} word="To" />`}
    </ol>`;
}
