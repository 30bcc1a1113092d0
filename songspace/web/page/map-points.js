// Draws the points: small ones as squares, which are quick, larger ones as stamped discs.

import { colourOf } from "./palette.js";

const stamps = new Map();

function stamp(colour, radius) {
  const key = `${colour} ${radius.toFixed(1)}`;
  if (!stamps.has(key)) {
    if (stamps.size > 200) stamps.clear();
    const disc = document.createElement("canvas");
    disc.width = disc.height = Math.ceil(radius * 2) + 2;
    const pen = disc.getContext("2d");
    pen.fillStyle = colour;
    pen.beginPath();
    pen.arc(disc.width / 2, disc.height / 2, radius, 0, 2 * Math.PI);
    pen.fill();
    stamps.set(key, disc);
  }
  return stamps.get(key);
}

export function radiusAt(zoom, area, songs) {
  const base = Math.min(Math.max(0.27 * Math.sqrt(area / songs), 0.75), 2);
  return Math.min(base * Math.sqrt(zoom), 6);
}

function drawList(pen, list, scale, x0, y0, size, disc, width, height) {
  for (let at = 0; at < list.length; at += 2) {
    const x = list[at] * scale + x0 - size;
    const y = list[at + 1] * scale + y0 - size;
    if (x < -size * 2 || y < -size * 2 || x > width || y > height) continue;
    if (disc) pen.drawImage(disc, x, y);
    else pen.fillRect(x, y, size * 2, size * 2);
  }
}

// In device pixels. Gives back how many handfuls fitted into `budget` milliseconds.
export function drawPoints(pen, { colouring, dark, lit, faint, scale, x0, y0, radius, width, height, budget }) {
  const { handfuls, names } = colouring;
  const began = performance.now();
  const order = names.map((_, group) => group).sort((one, other) => Number(names[other] === "other") - Number(names[one] === "other"));
  const litGroup = lit === null ? -1 : names.indexOf(lit);
  if (litGroup >= 0) order.sort((one, other) => Number(one === litGroup) - Number(other === litGroup));
  let drawn = 0;
  for (const lists of handfuls) {
    for (const group of order) {
      const away = litGroup >= 0 && group !== litGroup;
      pen.globalAlpha = away ? 0.1 : faint ? 0.5 : names[group] === "other" ? 0.55 : 0.85;
      const colour = colourOf(group, names, dark);
      pen.fillStyle = colour;
      const disc = radius > 1.5 ? stamp(colour, radius) : null;
      drawList(pen, lists[group], scale, x0, y0, disc ? disc.width / 2 : radius, disc, width, height);
    }
    drawn += 1;
    if (performance.now() - began > budget) break;
  }
  pen.globalAlpha = 1;
  return drawn;
}
