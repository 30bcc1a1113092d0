// The map on the page: its canvas, buttons, keys, the name of the song that is pointed at, and the legend.

import { announce } from "./announce.js";
import { getSong } from "./api.js";
import { html, useEffect, useMemo, useRef, useState } from "./html.js";
import { Legend } from "./legend.js";
import { prepare } from "./map-data.js";
import { go, toSong } from "./router.js";
import { SpaceMap } from "./space-map.js";
import { Failure } from "./status.js";
import { artistOf, fullName, titleOf } from "./words.js";

const STEP = 70;
const NAME_AFTER_MS = 70;

function lightsOf(state, view) {
  const none = { asked: [], results: [], line: [] };
  if (!view.found || state.show === "start") return none;
  const { answer, from, to, liked } = view.found;
  const results = answer.data.map(({ song, place }, at) => ({ song_id: song.song_id, place, rank: at + 1 })).filter(({ place }) => place);
  if (state.show === "path" && from && to) {
    const ends = [from.place, to.place].filter(Boolean);
    return { asked: ends, results, line: [from.place, ...results.map(({ place }) => place), to.place].filter(Boolean) };
  }
  const asked = state.show === "blend" ? (liked ?? []).map(({ place }) => place) : [answer.place];
  return { asked: asked.filter(Boolean), results, line: [] };
}

// The name of the song that is pointed at, asked for once the pointer rests.
function useName(song_id) {
  const [song, setSong] = useState(null);
  useEffect(() => {
    setSong(null);
    if (!song_id) return undefined;
    const abort = new AbortController();
    const timer = setTimeout(() => {
      getSong(song_id, abort.signal).then((page) => setSong(page.song), () => {});
    }, NAME_AFTER_MS);
    return () => { clearTimeout(timer); abort.abort(); };
  }, [song_id]);
  return song?.song_id === song_id ? song : null;
}

function Tip({ point, song, touched, width }) {
  if (!point || !song) return null;
  const left = Math.min(Math.max(point.x, 110), Math.max(width - 110, 110));
  const below = point.y < 90;
  const style = { left: `${left}px`, top: `${point.y + (below ? 18 : -18)}px` };
  return html`<div class=${`tip ${below ? "below" : ""} ${touched ? "touched" : ""}`} style=${style}>
    <b>${titleOf(song)}</b><span>${artistOf(song)}</span>
    ${touched && html`<button type="button" class="button primary" onClick=${() => go(toSong(song.song_id))}>Songs like this</button>`}
  </div>`;
}

export function MapView({ state, view, map, hover, onHover }) {
  const canvas = useRef(null);
  const space = useRef(null);
  const touch = useRef(false);
  const [point, setPoint] = useState(null);
  const [byKeys, setByKeys] = useState(false);
  const data = useMemo(() => (map.value ? prepare(map.value) : null), [map.value]);
  const song = useName(point?.song_id ?? null);
  const lights = useMemo(() => lightsOf(state, view), [view.found, state.show]);

  const pointAt = (found) => {
    setPoint((before) => (before?.song_id === found?.song_id && before?.x === found?.x ? before : found));
    onHover(found?.song_id ?? null);
  };

  useEffect(() => {
    space.current = new SpaceMap(canvas.current, { onPoint: pointAt, onView: () => setPoint(null) });
    return () => space.current.destroy();
  }, []);
  useEffect(() => {
    if (data) space.current.show({ data, colouring: data[state.colour], lit: data[state.colour].names.includes(state.lit) ? state.lit : null });
  }, [data, state.colour, state.lit]);
  useEffect(() => {
    space.current.show(lights);
    if (data) space.current.fly([...lights.asked, ...lights.results.map(({ place }) => place)]);
  }, [lights, data]);
  useEffect(() => space.current.show({ hover }), [hover]);
  useEffect(() => {
    if (song && byKeys) announce(`${fullName(song)}. Enter shows songs like it.`);
  }, [song, byKeys]);

  const place = (event) => {
    const box = canvas.current.getBoundingClientRect();
    return space.current.at(event.clientX - box.left, event.clientY - box.top);
  };
  const onPointerMove = (event) => {
    touch.current = event.pointerType === "touch";
    if (touch.current || event.buttons) return;
    setByKeys(false);
    pointAt(place(event));
  };
  const onClick = (event) => {
    const found = place(event);
    if (found && (!touch.current || found.song_id === point?.song_id)) go(toSong(found.song_id));
    else pointAt(found);
  };
  // With keys, the middle of the map is what is pointed at.
  const look = () => setTimeout(() => {
    const { clientWidth, clientHeight } = canvas.current;
    setByKeys(true);
    pointAt(space.current.at(clientWidth / 2, clientHeight / 2));
  }, 240);
  const keys = {
    ArrowLeft: () => space.current.panBy(STEP, 0), ArrowRight: () => space.current.panBy(-STEP, 0),
    ArrowUp: () => space.current.panBy(0, STEP), ArrowDown: () => space.current.panBy(0, -STEP),
    "+": () => space.current.zoomBy(1.6), "=": () => space.current.zoomBy(1.6),
    "-": () => space.current.zoomBy(1 / 1.6), 0: () => space.current.whole(),
  };
  const onKeyDown = (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Enter" && point) go(toSong(point.song_id));
    else if (event.key === "Escape") pointAt(null);
    else if (keys[event.key]) {
      keys[event.key]();
      look();
    } else return;
    event.preventDefault();
  };
  const button = (label, sign, onClick) => html`<button type="button" class="icon-button" aria-label=${label} title=${label} onClick=${onClick}>${sign}</button>`;

  return html`
    <section class="map-column" aria-labelledby="map-title">
      <h2 id="map-title" class="unseen">The map of the space</h2>
      <div class="map">
        <canvas ref=${canvas} data-testid="map" tabindex="0" role="application" aria-label="Map of the songs" aria-describedby="map-keys"
          onPointerDown=${(event) => { touch.current = event.pointerType === "touch"; }} onPointerMove=${onPointerMove}
          onPointerLeave=${() => !touch.current && pointAt(null)} onClick=${onClick} onKeyDown=${onKeyDown}
          onBlur=${() => setByKeys(false)}></canvas>
        <p id="map-keys" class="unseen">Arrow keys move the map, plus and minus zoom, 0 shows all of it. The song in the middle is named; Enter shows songs like it.</p>
        ${byKeys && html`<span class="crosshair" aria-hidden="true"></span>`}
        <div class="map-buttons">${button("Zoom in", "+", () => space.current.zoomBy(1.6))}${button("Zoom out", "−", () => space.current.zoomBy(1 / 1.6))}
          ${button("Show the whole map", "⤢", () => space.current.whole())}</div>
        <${Tip} point=${point} song=${song} touched=${touch.current} width=${canvas.current?.clientWidth ?? 300} />
        ${!data && !map.trouble && html`<p class="map-wait">Drawing the map…</p>`}
        ${map.trouble && html`<div class="map-wait"><${Failure} what="The map did not come." trouble=${map.trouble} onRetry=${map.retry} /></div>`}
      </div>
      ${data && html`<${Legend} colouring=${data[state.colour]} by=${state.colour} lit=${data[state.colour].names.includes(state.lit) ? state.lit : null} />`}
    </section>`;
}
