// The points of the map as flat arrays, in handfuls that can be drawn one after the other.

const { quadtree } = globalThis.d3;

const HANDFULS = 8;
const CELLS = 28;

function bounds(values) {
  let low = Infinity;
  let high = -Infinity;
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return [low, high];
}

// Each handful holds every eighth song, so that one handful alone already looks like the map.
function handfulsOf(map, codes, groups) {
  const handfuls = [];
  for (let first = 0; first < HANDFULS; first += 1) {
    const lists = Array.from({ length: groups }, () => []);
    for (let row = first; row < map.x.length; row += HANDFULS) lists[codes[row]].push(map.x[row], -map.y[row]);
    handfuls.push(lists.map((list) => Float32Array.from(list)));
  }
  return handfuls;
}

// A group is named where most of its songs lie together.
function crowds(map, codes, names, [left, right], [top, bottom]) {
  const cells = names.map(() => new Map());
  for (let row = 0; row < map.x.length; row += 1) {
    const column = Math.floor(((map.x[row] - left) / (right - left || 1)) * CELLS);
    const line = Math.floor(((map.y[row] - top) / (bottom - top || 1)) * CELLS);
    const key = column * 1000 + line;
    const cell = cells[codes[row]].get(key) ?? { songs: 0, x: 0, y: 0 };
    cell.songs += 1;
    cell.x += map.x[row];
    cell.y -= map.y[row];
    cells[codes[row]].set(key, cell);
  }
  return names.map((name, group) => {
    const fullest = [...cells[group].values()].reduce((most, cell) => (cell.songs > most.songs ? cell : most), { songs: 0 });
    return fullest.songs > 2 ? { name, group, x: fullest.x / fullest.songs, y: fullest.y / fullest.songs } : null;
  }).filter((label) => label && label.name !== "other");
}

export function prepare(map) {
  const xs = bounds(map.x);
  const ys = bounds(map.y);
  const rows = map.x.keys();
  const tree = quadtree().x((row) => map.x[row]).y((row) => -map.y[row]).addAll(rows);
  const rowOf = new Map(map.song_id.map((song_id, row) => [song_id, row]));
  const by = (codes, names) => ({
    names,
    handfuls: handfulsOf(map, codes, names.length),
    labels: crowds(map, codes, names, xs, ys),
    counts: codes.reduce((sums, code) => { sums[code] += 1; return sums; }, names.map(() => 0)),
  });
  return {
    songs: map.x.length,
    song_id: map.song_id,
    xy: (row) => [map.x[row], -map.y[row]],
    rowOf,
    tree,
    left: xs[0], right: xs[1], top: -ys[1], bottom: -ys[0],
    genre: by(map.genre, map.genres),
    emotion: by(map.emotion, map.emotions),
  };
}
