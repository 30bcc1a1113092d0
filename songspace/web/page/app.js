// The whole page: what the address says, laid out.

import { announce } from "./announce.js";
import { getMap, getOptions } from "./api.js";
import { html, useEffect, useLayoutEffect, useRef, useState } from "./html.js";
import { MapView } from "./map-view.js";
import { BlendTray } from "./opinions.js";
import { RefinePanel } from "./refine-panel.js";
import { Notes, Results } from "./results.js";
import { Link, backTo, go, leftAt, movedByHand, nameHere, toSong, trail, useRoute } from "./router.js";
import { SongSearch } from "./song-search.js";
import { Start } from "./start.js";
import { subjectKey } from "./state.js";
import { Failure, Waiting } from "./status.js";
import { keep, keptObject } from "./storage.js";
import { Subject } from "./subject.js";
import { TasteForm } from "./taste-form.js";
import { ThemeToggle } from "./theme.js";
import { useAnswer, useOnce } from "./use-answer.js";
import { fullName, plural, titleOf } from "./words.js";

function nameOf(state, found) {
  if (state.show === "song") return fullName(found.page.song);
  if (state.show === "taste") return "Your taste";
  if (state.show === "blend") return "Your blend";
  return `${titleOf(found.from.song)} → ${titleOf(found.to.song)}`;
}

function listTitle(state, count) {
  if (state.show === "path") return `${plural(count, "song", "songs")} on the way`;
  return plural(count, "song", "songs");
}

function Trail({ steps }) {
  if (!steps.length) return null;
  return html`<nav class="trail" aria-label="The way here"><ol>
    ${steps.map((step, place) => html`<li key=${place}><button type="button" onClick=${() => backTo(place)}>${step.label}</button></li>`)}
  </ol></nav>`;
}

// Moves the focus to what is new, once it is there, if the user asked for it.
function useArrival(state, view) {
  const subject = subjectKey(state);
  const last = useRef(null);
  useLayoutEffect(() => {
    const settled = state.show === "start" || (!view.loading && view.found);
    if (!settled) return;
    if (state.show === "start") nameHere(null);
    else {
      nameHere(nameOf(state, view.found));
      const { data, notes } = view.found.answer;
      if (movedByHand()) announce([`${listTitle(state, data.length)}: ${nameOf(state, view.found)}.`, ...notes].join(" "));
    }
    if (last.current !== null && last.current !== subject && movedByHand()) {
      const target = document.querySelector("[data-focus]");
      target?.focus({ preventScroll: true });
      if (leftAt()) scrollTo({ top: leftAt() });
      else if (target && target.getBoundingClientRect().top < 80) scrollTo({ top: 0 });
    }
    last.current = subject;
  }, [view.key, view.loading, view.found]);
}

function useDraft(state) {
  const [draft, setDraft] = useState(state.show === "taste" ? state.taste : keptObject("taste") ?? {});
  useEffect(() => {
    if (state.show === "taste") setDraft(state.taste);
  }, [state.show === "taste" ? subjectKey(state) : null]);
  useEffect(() => keep("taste", draft), [draft]);
  return [draft, setDraft];
}

export function App() {
  const { state } = useRoute();
  const view = useAnswer(state);
  const release = view.found?.answer.release;
  const options = useOnce(getOptions, release);
  const map = useOnce(getMap, release);
  const [draft, setDraft] = useDraft(state);
  const [formOpen, setFormOpen] = useState(false);
  const [hover, setHover] = useState(null);
  const form = useRef(null);
  useArrival(state, view);
  const fields = view.trouble?.fields ?? {};
  const findTaste = (taste) => {
    setDraft(taste);
    setFormOpen(false);
    document.querySelector("[data-focus]")?.focus({ preventScroll: true });
    go({ show: "taste", taste });
  };
  const openForm = (taste) => {
    if (taste) setDraft(taste);
    setFormOpen(true);
    requestAnimationFrame(() => {
      form.current?.scrollIntoView({ block: "start" });
      form.current?.querySelector("summary").focus({ preventScroll: true });
    });
  };
  const showForm = formOpen || Object.keys(fields).some((name) => name in draft);

  return html`
    <a class="skip" href="#list">Skip to the list</a>
    <header class="top">
      <${Link} to=${{ show: "start" }} class="wordmark" aria-label="Songspace, start"><img src="icon.svg" alt="" width="30" height="30" /><span>Songspace</span></${Link}>
      <search class="top-search"><${SongSearch} id="search" label="Search for a song or an artist" placeholder="Search for a song or an artist" testid="search" big=${true}
        onSong=${(song) => go(toSong(song.song_id))} /></search>
      <${ThemeToggle} />
    </header>
    <main class="columns">
      <div class="lead-column">
        <${Trail} steps=${trail()} />
        ${options.trouble && html`<${Failure} what="The catalogue did not come." trouble=${options.trouble} onRetry=${() => { options.retry(); map.retry(); }} />`}
        ${!options.value && !options.trouble && html`<${Waiting} rows=${3} />`}
        ${options.value && state.show === "start" && html`<${Start} options=${options.value} onTaste=${findTaste} />`}
        ${options.value && view.found && html`<${Subject} state=${state} view=${view} options=${options.value} onTaste=${openForm} onEdit=${() => openForm()} />`}
        ${options.value && html`
          <details ref=${form} class="panel" open=${showForm} onToggle=${(event) => setFormOpen(event.target.open)}>
            <summary><span class="panel-title">Describe a taste</span><span class="panel-hint">tempo, mood, occasion, genre…</span></summary>
            <div class="panel-body"><${TasteForm} options=${options.value} draft=${draft} onDraft=${setDraft} errors=${fields}
              n=${state.choice.n} onN=${(n) => go({ choice: { ...state.choice, n } })} onFind=${findTaste} /></div>
          </details>
          <${RefinePanel} options=${options.value} choice=${state.choice} filters=${state.filters} errors=${fields} onPath=${state.show === "path"}
            onChoice=${(choice) => go({ choice: { ...state.choice, ...choice } })} onFilters=${(filters) => go({ filters: { ...state.filters, ...filters } })} />`}
      </div>
      <${MapView} state=${state} view=${view} map=${map} hover=${hover} onHover=${setHover} />
      <section id="list" class="list-column" tabindex="-1" aria-labelledby=${state.show === "start" ? null : "list-title"} aria-label="Songs">
        ${view.trouble && html`<${Failure} what="This has no answer yet." trouble=${view.trouble} onRetry=${view.retry} />`}
        ${view.loading && !view.found && html`<${Waiting} />`}
        ${view.found && html`
          <div class=${view.loading ? "list-body waiting-over" : "list-body"}>
            <div class="list-head"><h2 id="list-title">${listTitle(state, view.found.answer.data.length)}</h2>
              <p class="legend-words" aria-hidden="true">${["sound", "mood", "genre", "artist"].map((side) => html`<span key=${side}><span class="why-dot ${side}"></span>${side}</span>`)}</p></div>
            <${Notes} notes=${view.found.answer.notes} />
            <${Results} state=${state} view=${view} hover=${hover} onHover=${setHover} />
          </div>`}
      </section>
    </main>
    <${BlendTray} state=${state} />`;
}
