// What is lit on the map: where the question lies, its results by number, the line of a path, names of crowds.

import { INK } from "./palette.js";

const NUMBERED = 30;
const RADIUS = 10;

// Songs at one and the same place are fanned out around it, so that each can be pointed at.
export function placeMarks(results, toScreen) {
  const taken = new Map();
  return results.map((result) => {
    const [x, y] = toScreen(result.place);
    const key = `${Math.round(x)} ${Math.round(y)}`;
    const before = taken.get(key) ?? 0;
    taken.set(key, before + 1);
    if (!before) return { ...result, x, y };
    const turn = before * 2.4;
    const away = 9 + 4 * Math.sqrt(before);
    return { ...result, x: x + Math.cos(turn) * away, y: y + Math.sin(turn) * away };
  });
}

function drawLine(pen, points, ink) {
  if (points.length < 2) return;
  pen.beginPath();
  points.forEach(([x, y], place) => (place ? pen.lineTo(x, y) : pen.moveTo(x, y)));
  pen.lineJoin = "round";
  pen.lineWidth = 5;
  pen.strokeStyle = ink.halo;
  pen.stroke();
  pen.lineWidth = 2;
  pen.strokeStyle = ink.accent;
  pen.stroke();
}

function drawAsked(pen, [x, y], ink) {
  pen.lineWidth = 5;
  pen.strokeStyle = ink.halo;
  for (const [width, colour] of [[6, ink.halo], [2.5, ink.accent]]) {
    pen.lineWidth = width;
    pen.strokeStyle = colour;
    pen.beginPath();
    pen.arc(x, y, 16, 0, 2 * Math.PI);
    for (const turn of [0, 1, 2, 3]) {
      const [dx, dy] = [Math.cos((turn * Math.PI) / 2), Math.sin((turn * Math.PI) / 2)];
      pen.moveTo(x + dx * 16, y + dy * 16);
      pen.lineTo(x + dx * 23, y + dy * 23);
    }
    pen.stroke();
  }
  pen.beginPath();
  pen.arc(x, y, 4.5, 0, 2 * Math.PI);
  pen.fillStyle = ink.accent;
  pen.fill();
  pen.lineWidth = 1.5;
  pen.strokeStyle = ink.halo;
  pen.stroke();
}

function drawMark(pen, mark, ink, { full, hovered, font }) {
  const radius = hovered ? RADIUS + 3 : full ? RADIUS : 4.5;
  pen.beginPath();
  pen.arc(mark.x, mark.y, radius, 0, 2 * Math.PI);
  pen.fillStyle = hovered ? ink.accent : ink.mark;
  pen.fill();
  pen.lineWidth = 2;
  pen.strokeStyle = ink.halo;
  pen.stroke();
  if (!full && !hovered) return;
  pen.fillStyle = ink.onMark;
  pen.font = `600 ${mark.rank > 99 ? 8.5 : 10.5}px ${font}`;
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  pen.fillText(String(mark.rank), mark.x, mark.y + 0.5);
}

export function drawMarks(pen, { marks, asked, line, hover, dark, font }) {
  const ink = INK[dark ? "dark" : "light"];
  drawLine(pen, line, ink);
  for (const place of asked) drawAsked(pen, place, ink);
  const clear = [];
  const numbered = new Set();
  for (const mark of marks) {
    const crowded = mark.rank > NUMBERED || clear.some(([x, y]) => Math.hypot(x - mark.x, y - mark.y) < RADIUS * 1.5);
    if (crowded) continue;
    numbered.add(mark.song_id);
    clear.push([mark.x, mark.y]);
  }
  const ordered = [...marks].sort((one, other) =>
    Number(numbered.has(one.song_id)) - Number(numbered.has(other.song_id)) || other.rank - one.rank);
  for (const mark of ordered) {
    if (mark.song_id !== hover) drawMark(pen, mark, ink, { full: numbered.has(mark.song_id), hovered: false, font });
  }
  const pointed = marks.find(({ song_id }) => song_id === hover);
  if (pointed) drawMark(pen, pointed, ink, { full: true, hovered: true, font });
}

export function drawRing(pen, [x, y], dark) {
  const ink = INK[dark ? "dark" : "light"];
  for (const [width, colour] of [[5, ink.halo], [2.5, ink.accent]]) {
    pen.beginPath();
    pen.arc(x, y, 8, 0, 2 * Math.PI);
    pen.lineWidth = width;
    pen.strokeStyle = colour;
    pen.stroke();
  }
}

export function drawLabels(pen, { labels, toScreen, lit, faint, dark, font, width, height }) {
  const ink = INK[dark ? "dark" : "light"];
  const boxes = [];
  pen.font = `600 12.5px ${font}`;
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  pen.lineJoin = "round";
  for (const { name, x, y } of labels) {
    if (lit !== null && name !== lit) continue;
    const [left, top] = toScreen([x, -y]);
    const half = pen.measureText(name).width / 2 + 4;
    const at = Math.min(Math.max(left, half + 4), width - half - 4);
    if (left < -20 || left > width + 20 || top < 12 || top > height - 12) continue;
    if (boxes.some((box) => Math.abs(box.at - at) < box.half + half && Math.abs(box.top - top) < 18)) continue;
    boxes.push({ at, top, half });
    pen.globalAlpha = faint && lit === null ? 0.75 : 1;
    pen.lineWidth = 4;
    pen.strokeStyle = ink.halo;
    pen.strokeText(name, at, top);
    pen.fillStyle = ink.text;
    pen.fillText(name, at, top);
  }
  pen.globalAlpha = 1;
}
