// Search as one types: for a song, or for the name of an artist.

import { findSongs } from "./api.js";
import { Combobox } from "./combobox.js";
import { html, useState } from "./html.js";
import { Tile } from "./tile.js";
import { artistOf, lengthText, plural, titleOf } from "./words.js";

const songView = (song) => html`
  <${Tile} song=${song} small=${true} />
  <span class="suggestion-words"><span class="suggestion-title">${titleOf(song)}</span>
    <span class="suggestion-artist">${artistOf(song)}</span></span>
  <span class="suggestion-length">${lengthText(song.length)}</span>`;

const meant = (artist) => ({
  key: `meant-${artist}`,
  search: artist,
  view: html`<span class="suggestion-words"><span class="suggestion-artist">Did you mean</span>
    <span class="suggestion-title">${artist}</span></span>`,
});

async function suggestSongs(text, signal) {
  const { songs, artists } = await findSongs(text, signal);
  if (songs.length) {
    const options = songs.map((song) => ({ key: song.song_id, song, view: songView(song) }));
    return { options, spoken: `${plural(songs.length, "song", "songs")} found. Choose with the arrow keys.` };
  }
  const message = artists.length ? null : "No song here has all these words. Try fewer letters, or the artist alone.";
  const spoken = artists.length ? `No songs found. Did you mean ${artists.join(", or ")}?` : "No songs found.";
  return { options: artists.map(meant), message, spoken };
}

export function SongSearch({ onSong, clear = true, ...rest }) {
  const [value, setValue] = useState("");
  const onPick = ({ song }) => {
    if (clear) setValue("");
    onSong(song);
  };
  return html`<${Combobox} ...${rest} value=${value} onValue=${setValue} suggest=${suggestSongs} onPick=${onPick} />`;
}

const artistView = (name) => html`<span class="suggestion-words"><span class="suggestion-title">${name}</span></span>`;

async function suggestArtists(text, signal) {
  const { songs, artists } = await findSongs(text, signal, 50);
  const start = text.trim().toLowerCase();
  const named = new Set(songs.flatMap((song) => song.artists).concat(artists));
  // Songs are found by their titles too: names that hold the words come first.
  const ordered = [...named].sort((one, other) =>
    Number(other.toLowerCase().includes(start)) - Number(one.toLowerCase().includes(start)));
  const options = ordered.slice(0, 8).map((name) => ({ key: name, name, view: artistView(name) }));
  return { options, spoken: options.length ? `${plural(options.length, "artist", "artists")} suggested.` : "No artist suggested." };
}

export function ArtistField({ value, onValue, ...rest }) {
  return html`<${Combobox} ...${rest} value=${value} onValue=${onValue} suggest=${suggestArtists}
    onPick=${({ name }) => onValue(name)} />`;
}
