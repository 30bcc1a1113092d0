// Says something to screen readers without moving the focus.

let pending = 0;

export function announce(text) {
  const region = document.getElementById("announcer");
  if (!region) return;
  // The same words twice are only said twice if the region was empty in between.
  region.textContent = "";
  clearTimeout(pending);
  pending = setTimeout(() => {
    region.textContent = text;
  }, 60);
}
