// What a card is made of: a chart or a list of bars, its key, its numbers as a table and as CSV. Text from the data is set as text.
"use strict";

const byId = (id) => document.getElementById(id);
const waiting = new Map();

function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  Object.entries(attributes).forEach(([attribute, value]) => made.setAttribute(attribute, value));
  made.append(...children);
  return made;
}

// Without a chart there is no card.
function draw(id, chart) {
  const card = byId(id);
  const notes = card.querySelector(".notes");
  const frame = card.querySelector(".chart") || element("div", { class: "chart", role: "img" });
  card.hidden = !chart;
  card.querySelectorAll(".key, .numbers, .csv, table.bars").forEach((old) => old.remove());
  if (!chart) return;
  if (chart.list) notes.before(barList(chart));
  else {
    frame.setAttribute("aria-label", `Chart: ${card.querySelector("h4").textContent}. Its numbers are below, as a table.`);
    notes.before(key(chart.key), frame);
    frame.style.minHeight = `${chart.layout.height}px`;
    notes.append(numbers(chart.table));
    waiting.set(frame, chart);
  }
  notes.append(csvButton(id, chart.table));
}

// The charts one after another, from the top, so that a page of many days answers at once.
function drawNext() {
  const [next] = waiting;
  document.querySelector("main").setAttribute("aria-busy", String(Boolean(next)));
  if (!next) return;
  const [frame, chart] = next;
  waiting.delete(frame);
  // Who points at a day gets that day: Plotly would take a value from up to 20 pixels away.
  if (chart.days) chart.layout.hoverdistance = Math.max(1, Math.floor((frame.clientWidth - 60) / chart.days / 2));
  // A chart is as high as its card: beside a long list that is more than usual.
  chart.layout.height = Math.max(chart.layout.height, frame.clientHeight);
  Plotly.react(frame, chart.traces, chart.layout, { displayModeBar: false, responsive: true, scrollZoom: false });
  setTimeout(drawNext);
}

function key(items) {
  const list = element("ul", { class: "key" });
  for (const [label, colour, raw] of items) {
    const swatch = element("i");
    swatch.style.background = colour;
    list.append(element("li", raw ? { title: raw } : {}, swatch, label));
  }
  return list;
}

// The table is made when it is opened: hundreds of days in a dozen cards would slow the page.
function numbers({ head, rows, write }) {
  const details = element("details", { class: "numbers" }, element("summary", {}, "Numbers"));
  const text = (cell) => (typeof cell === "string" ? cell : write(cell ?? null));
  details.addEventListener("toggle", () => {
    if (!details.open || details.querySelector("table")) return;
    const line = (cells, name) => element("tr", {}, ...cells.map((cell) => element(name, {}, text(cell))));
    const table = element("table", {}, element("thead", {}, line(head, "th")), element("tbody", {}, ...rows.map((row) => line(row, "td"))));
    details.append(element("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Numbers" }, table));
  });
  return details;
}

// A cell that begins like a formula gets a ' before it: the names are other people's, and a spreadsheet would compute it.
function csv({ head, rows }) {
  const cell = (value) => {
    const text = typeof value === "string" ? value.replace(/^[=+\-@\t\r]/, "'$&") : String(value ?? "");
    return /[",\r\n]/.test(text) ? `"${text.replace(/"/g, '""')}"` : text;
  };
  return [head, ...rows].map((row) => `${row.map(cell).join(",")}\r\n`).join("");
}

function csvButton(id, table) {
  const button = element("button", { type: "button", class: "csv", "aria-label": `CSV of ${byId(id).querySelector("h4").textContent}` }, "CSV");
  button.addEventListener("click", () => {
    const link = element("a", { download: `${id}.csv`, href: URL.createObjectURL(new Blob(["\ufeff", csv(table)], { type: "text/csv" })) });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href));
  });
  return button;
}

const marked = (text) => (text.breaks ? [text.text, ...marks(text.text ? text.breaks : [])] : [text]);

// A list of names with a bar each. items: [{name, raw, value, part, texts}]; part: what is darker of the bar; texts: a cell per column.
// A text that is a change is {text, breaks}.
function barList({ list: { head, items, isShare } }) {
  const longest = isShare ? 1 : Math.max(...items.map(({ value, part }) => Math.max(value || 0, part || 0))) || 1;
  const bar = (value, name) => {
    const made = element("i", { class: name });
    made.style.width = `${Math.min(1, (value || 0) / longest) * 100}%`;
    return made;
  };
  const rows = items.map(({ name, raw, value, part, texts }) => element("tr", {},
    element("th", { scope: "row", ...(raw && raw !== name ? { title: raw } : {}) }, element("span", {}, name),
      element("span", { class: "bar" }, bar(value, "all"), ...(part === undefined ? [] : [bar(part, "of")]))),
    ...texts.map((text) => element("td", {}, ...marked(text)))));
  return element("table", { class: "bars" },
    element("thead", {}, element("tr", {}, ...head.map((text) => element("th", { scope: "col" }, ...marked(text))))), element("tbody", {}, ...rows));
}

// The numbers of the known breaks that a change spans; each leads to its line in the list.
const breakText = ({ date, what }) => `${mediumDay(date)}: ${what.split(". ")[0]}`;
const marks = (breaks) => (breaks.length ? [element("span", { class: "marks" }, ...breaks.map((one) =>
  element("a", { href: `#break-${one.number}`, title: `Known break ${breakText(one)}`, "aria-label": `Known break ${one.number}` }, String(one.number))))] : []);

// The names of a breakdown: what was counted, what it was before, and one more column that `more` says. The rest is added up.
function nameChart(view, kind, { head, more, hasPart, count = 8 }) {
  const all = byName(view.now, kind);
  if (!known(all.map(({ sums }) => sums[0])).length) return null;
  const before = new Map(byName(view.before, kind).map(({ name, sums }) => [name, sums]));
  const total = sum(all.map(({ sums }) => sums[0]));
  const added = (items) => items.reduce((sums, item) => item.map((value, measure) => sum([value, sums[measure] ?? null])), []);
  const rest = all.slice(count);
  const others = { name: `${rest.length} more`, sums: added(rest.map(({ sums }) => sums)), isRest: true };
  const shown = rest.length > 1 ? [...all.slice(0, count), others] : all;
  const changed = ({ name, sums }) => (before.has(name) ? change(sums[0], scaled(view, before.get(name)[0])) : null);
  const texts = (item) => [short(item.sums[0]), ...(view.before ? [changed(item)?.text || ""] : []), more(item, total)];
  return {
    list: {
      head: [head[0], head[1], ...(view.before ? [{ text: "Change", breaks: breaksIn(view, [report.breakdowns[kind]]) }] : []), head[2]],
      items: shown.map((item) => ({
        name: item.isRest ? item.name : friendly(item.name), raw: item.isRest ? "" : item.name, value: item.sums[0],
        part: hasPart ? item.sums[1] : undefined, texts: texts(item) })),
    },
    table: {
      head: ["Name", head[1], ...(hasPart ? ["Accepted"] : []), "In the period before"],
      rows: all.map(({ name, sums }) => [name, ...sums.slice(0, hasPart ? 2 : 1), before.has(name) ? before.get(name)[0] : null]), write: whole,
    },
  };
}

// items: [{label, value, note, delta, breaks, limit}]; a tile without a value isn't there. A change with a break in it is neither good nor bad.
function tiles(id, items) {
  const filled = items.filter(({ value }) => value !== "–");
  byId(id).hidden = !filled.length;
  byId(id).replaceChildren(...filled.map(({ label, value, note, delta, breaks = [], limit }) => {
    const figure = element("dd", { class: "number" }, value);
    const way = delta && !breaks.length && delta.points ? (delta.points > 0 ? "up" : "down") : "";
    if (delta) figure.append(element("span", { class: `delta ${way}` }, delta.text), ...marks(breaks));
    const tile = element("div", {}, element("dt", {}, label), figure, element("dd", { class: "note" }, note));
    if (limit) tile.append(meter(limit));
    return tile;
  }));
}

function meter({ share, text }) {
  const fill = element("i");
  fill.style.width = `${Math.min(1, share) * 100}%`;
  return element("dd", { class: share > 0.9 ? "meter full" : "meter" }, element("span", {}, fill), text);
}

function nothing(section, why) {
  const empty = byId(section).querySelector(".empty");
  empty.hidden = !why;
  if (why) empty.textContent = why;
  byId(section).querySelector(".body").hidden = Boolean(why);
}

// A part without a card isn't there, and neither is its link; a card that would stand alone in its row takes all of it.
function arrange() {
  for (const part of document.querySelectorAll("[data-part]")) {
    const cards = [...part.querySelectorAll("figure")].filter((card) => !card.hidden);
    part.hidden = !cards.length;
    for (const [name, columns, wide] of [["", 2, 6], ["third", 3, 6]]) {
      const alike = cards.filter((card) => card.className === name);
      alike.forEach((card, at) => {
        const inRow = Math.min(columns, alike.length - Math.floor(at / columns) * columns);
        card.style.gridColumn = inRow === columns ? "" : `span ${wide / inRow}`;
      });
    }
  }
  for (const link of document.querySelectorAll("#parts a")) {
    const target = byId(link.hash.slice(1));
    link.hidden = target.hidden || Boolean(target.closest("[hidden]"));
  }
}

function sparkline(values) {
  const found = values.map((value, at) => [at, value]).filter(([, value]) => value !== null);
  if (found.length < 2) return "";
  const [top, width] = [Math.max(...found.map(([, value]) => value)) || 1, values.length - 1];
  const place = ([at, value]) => `${(at / width * 96 + 2).toFixed(1)},${(22 - value / top * 20).toFixed(1)}`;
  const drawing = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const line = document.createElementNS("http://www.w3.org/2000/svg", "polyline");
  Object.entries({ viewBox: "0 0 100 24", class: "spark", "aria-hidden": "true" }).forEach(([name, value]) => drawing.setAttribute(name, value));
  line.setAttribute("points", found.map(place).join(" "));
  drawing.append(line);
  return drawing;
}
