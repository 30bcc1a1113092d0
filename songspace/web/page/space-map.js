// The map itself: a canvas that can be moved and zoomed, and knows what lies under a finger.

import { drawLabels, drawMarks, drawRing, placeMarks } from "./map-marks.js";
import { drawPoints, radiusAt } from "./map-points.js";
import { isDark, onTheme } from "./theme.js";

const { select, zoom, zoomIdentity, zoomTransform } = globalThis.d3;

const PADDING = 26;
const MOST_ZOOM = 80;
const MOST_FLY = 5; // so that some of what lies around stays in sight
const CLOSE = 14;
const MOVING_BUDGET_MS = 9;
const SETTLED_MS = 90;

const calm = matchMedia("(prefers-reduced-motion: reduce)");

export class SpaceMap {
  constructor(canvas, { onPoint, onView }) {
    this.canvas = canvas;
    this.pen = canvas.getContext("2d");
    this.shown = { data: null, colouring: null, lit: null, asked: [], results: [], line: [], hover: null };
    this.marks = [];
    this.moving = false;
    this.frame = 0;
    this.font = getComputedStyle(canvas).fontFamily;
    this.zoom = zoom()
      .scaleExtent([0.8, MOST_ZOOM])
      .on("zoom", ({ sourceEvent }) => {
        this.moving = true;
        clearTimeout(this.settling);
        this.settling = setTimeout(() => { this.moving = false; this.ask(); }, SETTLED_MS);
        if (sourceEvent) onPoint(null);
        onView();
        this.ask();
      });
    this.pane = select(canvas).call(this.zoom).on("dblclick.zoom", null);
    this.sizes = new ResizeObserver(() => this.resize());
    this.sizes.observe(canvas);
    this.stopTheme = onTheme(() => this.ask());
    document.fonts?.ready.then(() => this.ask());
  }

  destroy() {
    this.sizes.disconnect();
    this.stopTheme();
    cancelAnimationFrame(this.frame);
    clearTimeout(this.settling);
  }

  show(changes) {
    Object.assign(this.shown, changes);
    this.ask();
  }

  resize() {
    const { clientWidth: width, clientHeight: height } = this.canvas;
    if (!width || !height) return;
    const before = this.width;
    this.ratio = Math.min(devicePixelRatio || 1, 2);
    Object.assign(this, { width, height });
    this.canvas.width = Math.round(width * this.ratio);
    this.canvas.height = Math.round(height * this.ratio);
    this.zoom.extent([[0, 0], [width, height]]).translateExtent([[-width * 0.5, -height * 0.5], [width * 1.5, height * 1.5]]);
    if (!before && this.waiting) this.fly(this.waiting);
    this.draw();
  }

  // From the map's coordinates to the unzoomed canvas.
  base() {
    const { left, right, top, bottom } = this.shown.data;
    const scale = Math.min((this.width - 2 * PADDING) / (right - left || 1), (this.height - 2 * PADDING) / (bottom - top || 1));
    return { scale, x0: this.width / 2 - (scale * (left + right)) / 2, y0: this.height / 2 - (scale * (top + bottom)) / 2 };
  }

  view() {
    const { k, x, y } = zoomTransform(this.canvas);
    const base = this.base();
    return { scale: base.scale * k, x0: base.x0 * k + x, y0: base.y0 * k + y, k };
  }

  toScreen([x, y]) {
    const { scale, x0, y0 } = this.view();
    return [x * scale + x0, -y * scale + y0];
  }

  ask() {
    cancelAnimationFrame(this.frame);
    this.frame = requestAnimationFrame(() => this.draw());
  }

  draw() {
    const { data, colouring, lit, asked, results, line, hover } = this.shown;
    if (!data || !this.width) return;
    const { pen, ratio, width, height } = this;
    const { scale, x0, y0, k } = this.view();
    const dark = isDark();
    const faint = results.length > 0;
    pen.setTransform(1, 0, 0, 1, 0, 0);
    pen.clearRect(0, 0, this.canvas.width, this.canvas.height);
    drawPoints(pen, {
      colouring, dark, lit, faint,
      scale: scale * ratio, x0: x0 * ratio, y0: y0 * ratio,
      radius: radiusAt(k, width * height, data.songs) * ratio,
      width: this.canvas.width, height: this.canvas.height,
      budget: this.moving ? MOVING_BUDGET_MS : Infinity,
    });
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    const toScreen = (place) => [place[0] * scale + x0, -place[1] * scale + y0];
    const { font } = this;
    drawLabels(pen, { labels: colouring.labels, toScreen, lit, faint, dark, font, width, height });
    this.marks = placeMarks(results, toScreen);
    drawMarks(pen, { marks: this.marks, asked: asked.map(toScreen), line: line.map(toScreen), hover, dark, font });
    if (hover && !this.marks.some(({ song_id }) => song_id === hover) && data.rowOf.has(hover)) {
      const [x, y] = data.xy(data.rowOf.get(hover));
      drawRing(pen, [x * scale + x0, y * scale + y0], dark);
    }
  }

  // The song under a place of the canvas: a lit one first.
  at(x, y) {
    const { data } = this.shown;
    if (!data || !this.width) return null;
    const near = this.marks.map((mark) => [Math.hypot(mark.x - x, mark.y - y), mark]).filter(([away]) => away < CLOSE);
    if (near.length) {
      const [, mark] = near.reduce((one, other) => (other[0] < one[0] ? other : one));
      return { song_id: mark.song_id, x: mark.x, y: mark.y };
    }
    const { scale, x0, y0 } = this.view();
    const row = data.tree.find((x - x0) / scale, (y - y0) / scale, CLOSE / scale);
    if (row === undefined) return null;
    const [px, py] = data.xy(row);
    return { song_id: data.song_id[row], x: px * scale + x0, y: py * scale + y0 };
  }

  // Where a song is seen now, if it is seen.
  seenAt(song_id) {
    const mark = this.marks.find((one) => one.song_id === song_id);
    if (mark) return mark;
    const row = this.shown.data?.rowOf.get(song_id);
    if (row === undefined || !this.width) return null;
    const { scale, x0, y0 } = this.view();
    const [x, y] = this.shown.data.xy(row);
    return { song_id, x: x * scale + x0, y: y * scale + y0 };
  }

  glide(quick = false) {
    return calm.matches ? this.pane : this.pane.transition().duration(quick ? 180 : 650);
  }

  zoomBy(factor) {
    this.zoom.scaleBy(this.glide(true), factor);
  }

  panBy(x, y) {
    const { k } = zoomTransform(this.canvas);
    this.zoom.translateBy(this.glide(true), x / k, y / k);
  }

  whole() {
    this.zoom.transform(this.glide(), zoomIdentity);
  }

  // So that all of `places` are seen, with what lies around them.
  fly(places) {
    if (!this.width || !this.shown.data) {
      this.waiting = places;
      return;
    }
    this.waiting = null;
    if (!places.length) {
      this.whole();
      return;
    }
    const { scale, x0, y0 } = this.base();
    const xs = places.map(([x]) => x * scale + x0);
    const ys = places.map(([, y]) => -y * scale + y0);
    const [left, right, top, bottom] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
    const k = Math.min(Math.max(0.62 * Math.min(this.width / (right - left || 1), this.height / (bottom - top || 1)), 1), MOST_FLY);
    const to = zoomIdentity.translate(this.width / 2, this.height / 2).scale(k).translate(-(left + right) / 2, -(top + bottom) / 2);
    this.zoom.transform(this.glide(), to);
  }
}
