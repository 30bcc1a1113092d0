"use strict";
// Names reach the page through textContent only, never through Plotly, which reads some HTML in its texts.
(() => {
  const MOST_WITHOUT_WEBGL = 5000;
  const LISTED_HITS = 20;
  const element = (id) => document.getElementById(id);
  const data = JSON.parse(element("points").textContent);

  const bytes = (base64) => Uint8Array.from(atob(base64), (sign) => sign.charCodeAt(0)).buffer;
  const xy = new Float32Array(bytes(data.xy));
  const count = xy.length / 2;
  for (const name of ["artist", "genre", "emotion"]) data[name].codes = new Int32Array(bytes(data[name].codes));
  for (const grouping of Object.values(data.by)) grouping.codes = new Uint8Array(bytes(grouping.codes));
  const named = (column, row) => data[column].names[data[column].codes[row]];

  const plain = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  let haystack = null; // built on the first search

  const webgl = (() => {
    const canvas = document.createElement("canvas");
    return Boolean(canvas.getContext("webgl") || canvas.getContext("experimental-webgl"));
  })();
  const kind = webgl ? "scattergl" : "scatter";
  const stride = webgl ? 1 : Math.max(1, Math.ceil(count / MOST_WITHOUT_WEBGL));

  const link = new URLSearchParams(location.hash.slice(1));
  const state = {
    by: Object.hasOwn(data.by, link.get("by")) ? link.get("by") : Object.keys(data.by)[0],
    query: link.get("q") || "",
    alone: null, // place of the only group shown
  };
  let drawnRows = []; // per trace, the row of every point

  const build = (tag, text) => {
    const made = document.createElement(tag);
    if (text !== undefined) made.textContent = text;
    return made;
  };

  function trace(rows, marker) {
    return {
      type: kind,
      mode: "markers",
      hoverinfo: "none",
      x: Float32Array.from(rows, (row) => xy[2 * row]),
      y: Float32Array.from(rows, (row) => xy[2 * row + 1]),
      marker,
    };
  }

  function rowsByGroup(grouping) {
    const rows = grouping.names.map(() => []);
    for (let row = 0; row < count; row += stride) rows[grouping.codes[row]].push(row);
    return rows;
  }

  function findRows(query) {
    const words = plain(query).split(/\s+/).filter(Boolean);
    if (!words.length) return null;
    haystack ??= data.songs.map((song, row) => plain(song + " " + named("artist", row)));
    const rows = [];
    haystack.forEach((text, row) => {
      if (words.every((word) => text.includes(word))) rows.push(row);
    });
    return rows;
  }

  function traces(found) {
    const grouping = data.by[state.by];
    const size = Math.min(7, Math.max(2.5, 700 / Math.sqrt(count)));
    const rows = rowsByGroup(grouping).map((mine, place) => (state.alone === null || state.alone === place ? mine : []));
    const order = grouping.bottomUp;
    drawnRows = order.map((place) => rows[place]);
    const opacity = found ? 0.12 : 0.8;
    const drawn = order.map((place) =>
      trace(rows[place], { size, color: grouping.colours[place], opacity: place === grouping.others ? opacity / 2 : opacity }));
    if (found) {
      const shown = found.slice(0, webgl ? found.length : MOST_WITHOUT_WEBGL);
      const ink = getComputedStyle(document.body).color;
      const colours = shown.map((row) => grouping.colours[grouping.codes[row]]);
      drawnRows.push(shown);
      drawn.push(trace(shown, { size: size + 4, color: colours, opacity: 1, line: { width: 1, color: ink } }));
    }
    return drawn;
  }

  const axis = { visible: false, showgrid: false, zeroline: false };
  const layout = {
    margin: { l: 8, r: 8, t: 8, b: 8 },
    paper_bgcolor: "rgba(0,0,0,0)",
    plot_bgcolor: "rgba(0,0,0,0)",
    showlegend: false,
    modebar: { bgcolor: "rgba(0,0,0,0)", color: "#8b95a1", activecolor: "#3b82d6" },
    hovermode: "closest",
    dragmode: "pan",
    uirevision: "kept", // zoom outlives a change of colours
    xaxis: { ...axis },
    yaxis: { ...axis, scaleanchor: "x" },
  };
  const config = {
    displaylogo: false,
    responsive: true,
    scrollZoom: true,
    displayModeBar: true,
    modeBarButtons: [["zoomIn2d", "zoomOut2d", "resetScale2d", "toImage"]],
  };

  function showLegend() {
    const grouping = data.by[state.by];
    element("legend").replaceChildren(...grouping.names.map((name, place) => {
      const button = build("button");
      const dot = build("i");
      dot.style.background = grouping.colours[place];
      button.type = "button";
      button.append(dot, build("span", name), build("small", grouping.counts[place].toLocaleString("en")));
      button.setAttribute("aria-pressed", String(state.alone === null || state.alone === place));
      button.addEventListener("click", () => {
        state.alone = state.alone === place ? null : place;
        draw();
      });
      const item = build("li");
      item.append(button);
      return item;
    }));
  }

  function showFound(found) {
    element("found").textContent = found ? `${found.length.toLocaleString("en")} found` : "";
    element("hits").replaceChildren(...(found || []).slice(0, LISTED_HITS).map((row) => {
      const item = build("li", data.songs[row] || "(no title)");
      item.append(build("small", `${named("artist", row)} · ${named("genre", row)} · ${named("emotion", row)}`));
      return item;
    }));
  }

  function showSwitch() {
    for (const button of document.querySelectorAll("[data-by]")) {
      button.setAttribute("aria-pressed", String(button.dataset.by === state.by));
    }
  }

  function remember() {
    const parts = new URLSearchParams({ by: state.by });
    if (state.query) parts.set("q", state.query);
    history.replaceState(null, "", `#${parts}`);
  }

  function draw() {
    const found = findRows(state.query);
    element("tip").hidden = true;
    showSwitch();
    showLegend();
    showFound(found);
    return Plotly.react("plot", traces(found), layout, config);
  }

  function showTip(event) {
    const point = event.points[0];
    const row = drawnRows[point.curveNumber][point.pointNumber];
    const tip = element("tip");
    tip.replaceChildren(
      build("b", data.songs[row] || "(no title)"),
      build("span", named("artist", row)),
      build("span", `${named("genre", row)} · ${named("emotion", row)}`));
    tip.hidden = false;
    const stage = element("stage").getBoundingClientRect();
    const x = event.event.clientX - stage.left;
    const y = event.event.clientY - stage.top;
    tip.style.left = `${Math.max(4, Math.min(x + 14, stage.width - tip.offsetWidth - 4))}px`;
    tip.style.top = `${y + 18 + tip.offsetHeight > stage.height ? y - tip.offsetHeight - 10 : y + 18}px`;
  }

  function listen() {
    for (const button of document.querySelectorAll("[data-by]")) {
      button.addEventListener("click", () => {
        state.by = button.dataset.by;
        state.alone = null;
        remember();
        draw();
      });
    }
    let waiting = 0;
    element("search").addEventListener("input", (event) => {
      clearTimeout(waiting);
      waiting = setTimeout(() => {
        state.query = event.target.value.trim();
        remember();
        draw();
      }, 150);
    });
    element("plot").on("plotly_hover", showTip);
    element("plot").on("plotly_click", showTip); // touch has no hover
    element("plot").on("plotly_unhover", () => { element("tip").hidden = true; });
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
  }

  element("search").value = state.query;
  if (stride > 1) {
    element("notice").textContent =
      `This browser has no WebGL: every ${stride}th song is drawn. The search still knows all of them.`;
    element("notice").hidden = false;
  }
  draw().then(() => {
    listen();
    document.documentElement.dataset.map = kind; // says that the map stands, and how it is drawn
  });
})();
