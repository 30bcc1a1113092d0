// What is kept between visits. Storage may be full or forbidden: the page works without it.

const PREFIX = "songspace.";

export function keep(name, value) {
  try {
    localStorage.setItem(PREFIX + name, typeof value === "string" ? value : JSON.stringify(value));
  } catch {
    // Nothing is lost but the convenience.
  }
}

export function kept(name) {
  try {
    return localStorage.getItem(PREFIX + name);
  } catch {
    return null;
  }
}

export function keptObject(name) {
  try {
    const value = JSON.parse(kept(name) ?? "null");
    return value !== null && typeof value === "object" && !Array.isArray(value) ? value : null;
  } catch {
    return null;
  }
}
