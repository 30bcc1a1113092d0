// A text field with suggestions, after the ARIA combobox pattern: the focus stays in the field.

import { announce } from "./announce.js";
import { html, useEffect, useRef, useState } from "./html.js";

const PAUSE_MS = 140;

// Asks `suggest` for what was typed once the typing pauses; only the last question counts.
function useSuggestions(suggest) {
  const [found, setFound] = useState(null);
  const asked = useRef({ timer: 0, abort: null });
  const stop = () => {
    clearTimeout(asked.current.timer);
    asked.current.abort?.abort();
  };
  const look = (text, then) => {
    stop();
    if (!text.trim()) {
      setFound(null);
      return;
    }
    const abort = new AbortController();
    const run = async () => {
      try {
        const answer = await suggest(text, abort.signal);
        if (abort.signal.aborted) return;
        setFound(answer);
        announce(answer.spoken);
        then?.(answer);
      } catch (error) {
        if (error.name === "AbortError") return;
        setFound({ options: [], spoken: error.message, message: error.message });
        announce(error.message);
      }
    };
    asked.current = { timer: setTimeout(run, PAUSE_MS), abort };
  };
  useEffect(() => stop, []);
  return [found, look, () => { stop(); setFound(null); }];
}

export function Combobox(props) {
  const { id, label, value, onValue, suggest, onPick, onEnter, placeholder, testid, error, autofocus, big } = props;
  const [open, setOpen] = useState(false);
  const [active, setActive] = useState(-1);
  const [found, look, forget] = useSuggestions(suggest);
  const field = useRef(null);
  const list = useRef(null);
  const options = found?.options ?? [];
  const shown = open && found !== null && (options.length > 0 || Boolean(found.message));

  useEffect(() => {
    if (autofocus) field.current?.focus();
  }, []);
  useEffect(() => {
    list.current?.querySelector("[aria-selected=true]")?.scrollIntoView({ block: "nearest" });
  }, [active]);

  const close = () => {
    setOpen(false);
    setActive(-1);
  };
  const pick = (option) => {
    if (option.search) {
      onValue(option.search);
      setActive(-1);
      look(option.search);
      return;
    }
    close();
    forget();
    onPick(option);
  };
  const onInput = (event) => {
    onValue(event.target.value);
    setOpen(true);
    setActive(-1);
    look(event.target.value);
  };
  const move = (by) => {
    if (!shown) {
      setOpen(true);
      if (!found) look(value);
      return;
    }
    if (options.length) setActive((active + by + options.length + (active < 0 && by < 0 ? 1 : 0)) % options.length);
  };
  const enter = () => {
    if (shown && active >= 0) return pick(options[active]);
    if (onEnter) {
      close();
      return onEnter();
    }
    if (!value.trim()) return undefined;
    setOpen(true);
    // Enter right after typing means the first hit, which may be still to come.
    return look(value, (answer) => {
      const [first] = answer.options;
      if (first && !first.search) pick(first);
    });
  };
  const onKeyDown = (event) => {
    if (event.isComposing) return;
    if (event.key === "ArrowDown") move(1);
    else if (event.key === "ArrowUp") move(-1);
    else if (event.key === "Enter") enter();
    else if (event.key === "Escape" && (shown || value)) {
      if (shown) close();
      else onValue("");
    } else return;
    event.preventDefault();
  };

  return html`
    <div class=${big ? "combobox big" : "combobox"}>
      <label for=${id} class=${big ? "unseen" : "label"}>${label}</label>
      <div class="combobox-field">
        ${big && html`<svg class="combobox-icon" viewBox="0 0 24 24" width="20" height="20" aria-hidden="true">
          <circle cx="10.5" cy="10.5" r="6.5" fill="none" stroke="currentColor" stroke-width="2" />
          <path d="m15.5 15.5 5 5" stroke="currentColor" stroke-width="2" stroke-linecap="round" /></svg>`}
        <input ref=${field} id=${id} type="text" role="combobox" autocomplete="off" autocapitalize="off" spellcheck="false"
          maxlength="200" data-testid=${testid} placeholder=${placeholder} value=${value}
          aria-expanded=${shown ? "true" : "false"} aria-controls="${id}-list" aria-autocomplete="list"
          aria-activedescendant=${shown && active >= 0 ? `${id}-${active}` : null}
          aria-invalid=${error ? "true" : null} aria-describedby=${error ? `${id}-error` : null}
          onInput=${onInput} onKeyDown=${onKeyDown} onFocus=${() => setOpen(true)} onBlur=${close} />
      </div>
      <ul ref=${list} id="${id}-list" class="suggestions" role="listbox" aria-label=${label} hidden=${!shown}>
        ${shown && options.map((option, place) => html`
          <li key=${option.key} id="${id}-${place}" role="option" aria-selected=${place === active ? "true" : "false"}
            class="suggestion" onMouseDown=${(event) => event.preventDefault()} onClick=${() => pick(option)}>
            ${option.view}
          </li>`)}
        ${shown && found.message && html`<li class="suggestions-message" role="presentation">${found.message}</li>`}
      </ul>
      ${error && html`<p class="field-error" id="${id}-error">${error}</p>`}
    </div>`;
}
