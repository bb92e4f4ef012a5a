// The page: what is chosen, and what then stands in each card. Text from the data is set as text, never as HTML.
"use strict";

const byId = (id) => document.getElementById(id);
const report = JSON.parse(byId("data").textContent);
const shown = { copilot: 0, edgeImpulse: 0, period: { kind: "all" } };
const waiting = new Map();

function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  Object.entries(attributes).forEach(([attribute, value]) => made.setAttribute(attribute, value));
  made.append(...children);
  return made;
}

// One card: its key, its chart, and its numbers as a table. Without a chart there is no card.
function draw(id, chart) {
  const card = byId(id);
  const notes = card.querySelector(".notes");
  const frame = card.querySelector(".chart") || element("div", { class: "chart", role: "img" });
  card.hidden = !chart;
  card.querySelectorAll(".key, .numbers").forEach((old) => old.remove());
  if (!chart) return;
  frame.setAttribute("aria-label", `Chart: ${card.querySelector("h3").textContent}. Its numbers stand below as a table.`);
  notes.before(key(chart.key), frame);
  frame.style.minHeight = `${chart.layout.height}px`;
  notes.append(numbers(chart.table));
  waiting.set(frame, chart);
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
  Plotly.react(frame, chart.traces, chart.layout, { displayModeBar: false, responsive: true, scrollZoom: false });
  setTimeout(drawNext);
}

function key(items) {
  const list = element("ul", { class: "key" });
  for (const [label, colour, isOpen] of items) {
    const swatch = element("i", isOpen ? { class: "open" } : {});
    swatch.style.background = colour;
    list.append(element("li", {}, ...(colour ? [swatch] : []), label));
  }
  return list;
}

// The table is made when it is opened: hundreds of days in a dozen cards would slow the page.
function numbers({ head, rows }) {
  const details = element("details", { class: "numbers" }, element("summary", {}, "Numbers"));
  details.addEventListener("toggle", () => {
    if (!details.open || details.querySelector("table")) return;
    const line = (cells, name) => element("tr", {}, ...cells.map((cell) => element(name, {}, cell)));
    const table = element("table", {}, element("thead", {}, line(head, "th")), element("tbody", {}, ...rows.map((row) => line(row, "td"))));
    details.append(element("div", { class: "scroll", tabindex: "0" }, table));
  });
  return details;
}

function tiles(id, items) {
  const filled = items.filter(([, value]) => value !== "–");
  byId(id).replaceChildren(...filled.map(([label, value, note]) =>
    element("div", {}, element("dt", {}, label), element("dd", { class: "number" }, value), element("dd", { class: "note" }, note))));
}

function nothing(section, why) {
  const empty = byId(section).querySelector(".empty");
  empty.hidden = !why;
  if (why) empty.textContent = why;
  byId(section).querySelector(".body").hidden = Boolean(why);
}

function redraw() {
  const isDrawing = waiting.size > 0;
  waiting.clear();
  drawCopilot();
  drawEdgeImpulse();
  document.querySelector("main").setAttribute("aria-busy", "true");
  if (!isDrawing) setTimeout(drawNext);
}

function choosePeriod() {
  const kind = new FormData(byId("choosers")).get("period");
  const [from, through] = [byId("from").value, byId("through").value];
  const backwards = kind === "custom" && from && through && from > through;
  byId("custom").hidden = kind !== "custom";
  if (kind === "custom" && !from && !through) return customFrom(shown.days);
  byId("custom-problem").textContent = backwards ? "The first day is after the last one." : "";
  if (backwards) return;
  shown.period = { kind, from, through };
  redraw();
}

// A custom period begins as the one that was shown.
function customFrom([first, last]) {
  byId("from").value = first;
  byId("through").value = last;
  choosePeriod();
}

function fill(id, organizations, chosen) {
  const select = byId(id);
  organizations.forEach((organization, index) => select.append(element("option", { value: index }, longName(organization))));
  select.addEventListener("change", () => { shown[chosen] = Number(select.value); redraw(); });
}

function dress(dark) {
  document.documentElement.dataset.theme = dark ? "dark" : "light";
  byId("theme").setAttribute("aria-pressed", String(dark));
}

function introduce() {
  const { database, schema, is_made_up: isMadeUp } = report.source;
  const newest = report.copilot.map((organization) => organization.days[organization.days.length - 1]).sort().pop();
  const asOf = report.as_of ? `${instant(report.as_of)} UTC` : "unknown";
  const day = newest ? `newest Copilot day ${longDay(newest)}` : "";
  const of = (kind, table) => (report.copilot.some((one) => one.kind === kind) ? table : "");
  const tables = [of("organization", "copilot_days"), of("enterprise", "copilot_enterprise_days"), report.edge_impulse.length ? "org_metrics" : ""].filter(Boolean);
  const source = `${tables.join(", ")} of schema ${schema} in ${database}`;
  byId("as-of").textContent = [`As of ${asOf}`, day, `${database}, schema ${schema}`].filter(Boolean).join(" · ");
  byId("source").textContent = `Source: ${source}, as the last sync that brought something left them (${asOf}).`;
  byId("made-up").hidden = !isMadeUp;
}

function start() {
  const dark = matchMedia("(prefers-color-scheme: dark)");
  dress(dark.matches);
  dark.addEventListener("change", () => { dress(dark.matches); redraw(); });
  byId("theme").addEventListener("click", () => { dress(document.documentElement.dataset.theme !== "dark"); redraw(); });
  introduce();
  fill("copilot-organization", report.copilot, "copilot");
  fill("edge-impulse-organization", report.edge_impulse, "edgeImpulse");
  for (const [id, organizations] of [["copilot", report.copilot], ["edge-impulse", report.edge_impulse]]) {
    byId(`${id}-chooser`).hidden = !organizations.length;
    if (!organizations.length) nothing(id, byId(id).querySelector(".empty").textContent);
  }
  byId("choosers").addEventListener("submit", (event) => event.preventDefault());
  byId("period").addEventListener("change", choosePeriod);
  byId("custom").addEventListener("change", choosePeriod);
  redraw();
}

start();
