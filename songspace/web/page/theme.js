import { html, useEffect, useState } from "./html.js";
import { keep } from "./storage.js";

const system = matchMedia("(prefers-color-scheme: dark)");
const listeners = new Set();

export function isDark() {
  const chosen = document.documentElement.dataset.theme;
  return chosen ? chosen === "dark" : system.matches;
}

export function onTheme(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function tell() {
  for (const listener of listeners) listener();
}

system.addEventListener("change", tell);

export function useDark() {
  const [dark, setDark] = useState(isDark());
  useEffect(() => onTheme(() => setDark(isDark())), []);
  return dark;
}

export function ThemeToggle() {
  const dark = useDark();
  const toggle = () => {
    const next = dark ? "light" : "dark";
    document.documentElement.dataset.theme = next;
    keep("theme", next);
    tell();
  };
  return html`
    <button class="icon-button" data-testid="theme" type="button" onClick=${toggle}
      aria-label=${dark ? "Use the light theme" : "Use the dark theme"} title=${dark ? "Light theme" : "Dark theme"}>
      <svg viewBox="0 0 24 24" width="20" height="20" aria-hidden="true">
        ${dark
          ? html`<circle cx="12" cy="12" r="4.2" fill="currentColor" />
              <path d="M12 2.5v3M12 18.5v3M2.5 12h3M18.5 12h3M5.3 5.3l2.1 2.1M16.6 16.6l2.1 2.1M18.7 5.3l-2.1 2.1M7.4 16.6l-2.1 2.1"
                stroke="currentColor" stroke-width="1.8" stroke-linecap="round" fill="none" />`
          : html`<path d="M20 14.2A8.2 8.2 0 0 1 9.8 4a8.2 8.2 0 1 0 10.2 10.2z" fill="currentColor" />`}
      </svg>
    </button>`;
}
