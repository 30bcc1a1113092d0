// Liked and disliked songs are collected, whatever is shown, until they are blended.

import { announce } from "./announce.js";
import { html } from "./html.js";
import { current, go } from "./router.js";
import { fullName } from "./words.js";

const MOST = 20;

const without = (list, song_id) => list.filter((one) => one !== song_id);

export function setOpinion(song_id, opinion) {
  const { likes, dislikes, show } = current();
  const next = { likes: without(likes, song_id), dislikes: without(dislikes, song_id) };
  if (opinion === "like") next.likes.push(song_id);
  if (opinion === "dislike") next.dislikes.push(song_id);
  if (next.likes.length > MOST || next.dislikes.length > MOST) {
    announce(`A blend takes at most ${MOST} songs of each kind.`);
    return;
  }
  // On a blend this is a new question, to which one may go back; elsewhere it is only noted.
  if (show === "blend") go(next.likes.length ? next : { ...next, show: "start" });
  else go(next, { replace: true });
}

const THUMB = "M7 10.5v9.5H4v-9.5zM9 20V10.2l3.6-7c1.6 0 2.5 1.2 2.3 2.7L14.4 9h4.4c1.4 0 2.4 1.3 2.1 2.6l-1.5 6.8c-.2 1-1.1 1.6-2.1 1.6z";

export function Opinions({ song, likes, dislikes }) {
  const button = (opinion, list, words) => {
    const on = list.includes(song.song_id);
    return html`<button type="button" class=${`icon-button opinion ${opinion}`} aria-pressed=${on ? "true" : "false"}
      aria-label=${`${words} ${fullName(song)}`} title=${words} onClick=${() => {
        setOpinion(song.song_id, on ? null : opinion);
        announce(on ? "Taken out of the blend." : `${words}: noted for the blend.`);
      }}>
      <svg viewBox="0 0 24 24" width="18" height="18" aria-hidden="true"><path d=${THUMB} fill="none" stroke="currentColor" stroke-width="1.7" stroke-linejoin="round" /></svg>
    </button>`;
  };
  return html`<span class="opinions">${button("like", likes, "Like")}${button("dislike", dislikes, "Dislike")}</span>`;
}

export function BlendTray({ state }) {
  const { likes, dislikes, show } = state;
  if (show === "blend" || likes.length + dislikes.length === 0) return null;
  return html`
    <aside class="tray" aria-label="Your blend">
      <p><b>${likes.length}</b> liked${dislikes.length > 0 && html`, <b>${dislikes.length}</b> disliked`}</p>
      <button type="button" class="button primary" disabled=${!likes.length} title=${likes.length ? null : "Like at least one song"}
        onClick=${() => go({ show: "blend" })}>Blend</button>
      <button type="button" class="button quiet" onClick=${() => go({ likes: [], dislikes: [] }, { replace: true })}>Clear</button>
    </aside>`;
}
