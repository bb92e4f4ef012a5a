// The page: what is chosen, and who is told when that changes.
"use strict";

const report = JSON.parse(byId("data").textContent);
const shown = { copilot: 0, edgeImpulse: 0, period: { kind: usualPeriod(report.copilot[0]) }, grouping: "auto" };

function redraw() {
  const isDrawing = waiting.size > 0;
  waiting.clear();
  drawCopilot();
  drawEdgeImpulse();
  arrange();
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
  shown.grouping = "auto";
  redraw();
}

// A custom period begins as the one that was shown.
function customFrom([first, final]) {
  byId("from").value = first;
  byId("through").value = final;
  choosePeriod();
}

function chooseGrouping() {
  shown.grouping = new FormData(byId("choosers")).get("grouping");
  redraw();
}

function chooseOwner(index) {
  shown.copilot = index;
  byId("copilot-organization").value = String(index);
  redraw();
  byId("copilot").scrollIntoView();
}

function fill(id, names, chosen) {
  const select = byId(id);
  names.forEach((name, index) => select.append(element("option", { value: index }, name)));
  select.addEventListener("change", () => { shown[chosen] = Number(select.value); redraw(); });
}

function dress(dark) {
  document.documentElement.dataset.theme = dark ? "dark" : "light";
  byId("theme").setAttribute("aria-pressed", String(dark));
}

function introduce() {
  const { database, schema, tables, is_made_up: isMadeUp } = report.source;
  const newest = report.copilot.map((owner) => owner.days[owner.days.length - 1]).sort().pop();
  const asOf = report.as_of ? `${instant(report.as_of)} UTC` : "unknown";
  const day = newest ? `newest Copilot day ${longDay(newest)}` : "";
  byId("as-of").textContent = [`As of ${asOf}`, day, `${database}, schema ${schema}`].filter(Boolean).join(" · ");
  byId("source").textContent =
    `Source: ${tables.join(", ")} of schema ${schema} in ${database}, as the last sync that brought something left them (${asOf}).`;
  byId("made-up").hidden = !isMadeUp;
}

function start() {
  const dark = matchMedia("(prefers-color-scheme: dark)");
  dress(dark.matches);
  dark.addEventListener("change", () => { dress(dark.matches); redraw(); });
  byId("theme").addEventListener("click", () => { dress(document.documentElement.dataset.theme !== "dark"); redraw(); });
  introduce();
  fill("copilot-organization", report.copilot.map(longName), "copilot");
  fill("edge-impulse-organization", report.edge_impulse.map(({ name }) => name), "edgeImpulse");
  for (const [id, owners] of [["copilot", report.copilot], ["edge-impulse", report.edge_impulse]]) {
    byId(`${id}-chooser`).hidden = owners.length < (id === "copilot" ? 1 : 2);
    if (!owners.length) nothing(id, byId(id).querySelector(".empty").textContent);
  }
  byId("grouping").hidden = !report.copilot.length;
  document.querySelector(`#period input[value=${shown.period.kind}]`).checked = true;
  byId("choosers").addEventListener("submit", (event) => event.preventDefault());
  byId("period").addEventListener("change", choosePeriod);
  byId("custom").addEventListener("change", choosePeriod);
  byId("grouping").addEventListener("change", chooseGrouping);
  redraw();
}

start();
