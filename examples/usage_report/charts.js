// The charts over time: what Plotly draws of a view. Names come from the APIs: Plotly reads tags in them, so they go through `plain`.
"use strict";

const plain = (text) => String(text).replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");

function palette() {
  const style = getComputedStyle(document.documentElement);
  const names = ["ink", "muted", "line", "card", "blue", "orange", "green", "violet", "teal", "pink", "gold", "grey", "pale", "gap", "open"];
  return Object.fromEntries(names.map((name) => [name, style.getPropertyValue(`--${name}`).trim()]));
}

function layout(colours, more = {}) {
  const axis = {
    fixedrange: true, automargin: true, zeroline: false, gridcolor: colours.line, linecolor: colours.line,
    tickfont: { color: colours.muted, size: 12 },
  };
  return {
    autosize: true, height: 250, margin: { l: 8, r: 12, t: 12, b: 8 }, dragmode: false, showlegend: false,
    paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", hovermode: "x unified",
    font: { family: "system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif", size: 13, color: colours.ink },
    hoverlabel: { bgcolor: colours.card, bordercolor: colours.line, font: { color: colours.ink, size: 13 } },
    ...more,
    xaxis: {
      ...axis, showgrid: false, ticks: "outside", tickcolor: colours.line, nticks: innerWidth < 560 ? 4 : 6, tickangle: 0, ...more.xaxis,
    },
    yaxis: { ...axis, rangemode: "tozero", exponentformat: "B", separatethousands: true, nticks: 5, ...more.yaxis },
  };
}

const DAY_OR_MONTH = [{ dtickrange: [null, 28 * DAY], value: "%e %b" }, { dtickrange: [28 * DAY, null], value: "%b %Y" }];
const dayAxis = (view) => ({
  type: "date", tickformatstops: DAY_OR_MONTH, hoverformat: view.size === 1 ? "%a %e %B %Y" : "Week to %a %e %B %Y",
  range: [noon(view.days[0], -1), noon(view.days[view.days.length - 1], 1)],
  ...(view.size > 1 && view.buckets.length <= 30 ? weekTicks(view.buckets) : {}),
});
// Plotly would write Sundays; a week's figure stands on its last day.
const weekTicks = (buckets) => ({
  tick0: buckets[buckets.length - 1].day, dtick: Math.ceil(buckets.length / (innerWidth < 560 ? 4 : 6)) * 7 * DAY });
const noon = (day, days) => new Date((dayNumber(day) + days / 2) * DAY).toISOString().slice(0, 16);

// Behind the lines: days without a report, and days whose numbers may still change.
function bands(view, colours) {
  const band = (fill) => ([from, through]) => ({
    type: "rect", layer: "below", xref: "x", yref: "paper", x0: noon(from, -1), x1: noon(through, 1), y0: 0, y1: 1,
    line: { width: 0 }, fillcolor: fill,
  });
  return [...runs(view.days, view.missing).map(band(colours.gap)), ...runs(view.days, view.unsettled).map(band(colours.open))];
}

// A known break in the numbers of a chart: a thin line on its day with its number in the list below, and the first sentence for who points.
function breakMarks(view, columns, colours) {
  const affected = view.breaks.filter(({ date, affects }) => date > view.days[0] && affects.some((name) => columns.includes(name)));
  return {
    shapes: affected.map(({ date, number }) => ({
      type: "line", name: `break ${number}`, xref: "x", yref: "paper", x0: date, x1: date, y0: 0, y1: 1,
      line: { color: colours.violet, width: 1, dash: "dot" } })),
    annotations: affected.map(({ date, number, what }) => ({
      x: date, y: 1, yref: "paper", yanchor: "bottom", text: String(number), showarrow: false, captureevents: true,
      font: { size: 11, color: colours.violet }, borderpad: 2, hovertext: wrapped(breakText({ date, what })),
      hoverlabel: { bgcolor: colours.card, bordercolor: colours.line, font: { color: colours.ink } } })),
  };
}

// Plotly breaks no lines of its own: at a space, after 40 letters.
const wrapped = (text) => plain(text).replace(/(.{40,}?) /g, "$1<br>");

// How one series looks; what isn't settled is hollow or paler. The trace `all` has every value, for whoever points at a day.
const MARKS = {
  line(view, one, how, card) {
    const { values, colour } = one;
    const open = view.buckets.map(({ isOpen }) => isOpen);
    const pick = (wanted) => values.map((value, index) => (wanted(index) ? value : null));
    const isAlone = (index) => (values[index - 1] ?? null) === null && (values[index + 1] ?? null) === null;
    const drawn = (meta, mode, wanted, look) => ({
      type: "scatter", x: view.buckets.map(({ day }) => day), name: plain(one.label), meta, mode, y: pick(wanted), connectgaps: false,
      hoverinfo: "skip", ...look });
    return [
      { ...drawn("all", "lines", () => true, { line: { color: "rgba(0,0,0,0)" } }), ...hover(view, one, how) },
      drawn("settled", "lines", (index) => !open[index], { line: { color: colour, width: 2 } }),
      drawn("alone", "markers", (index) => !open[index] && isAlone(index), { marker: { color: colour, size: 5 } }),
      drawn("leads", "lines", (index) => open[index] || open[index + 1], { line: { color: colour, width: 1.5, dash: "dot" } }),
      drawn("unsettled", "markers", (index) => open[index], { marker: { color: card, size: 6, line: { color: colour, width: 1.5 } } }),
    ].filter(({ meta, y }) => meta === "all" || known(y).length);
  },
  bars(view, one, how) {
    const marker = { color: one.colour, opacity: view.buckets.map(({ isOpen, isPart }) => (isOpen || isPart ? 0.5 : 1)), line: { width: 0 } };
    return [{
      type: "bar", x: view.buckets.map(({ day }) => day), name: plain(one.label), meta: "all", marker,
      y: one.isDown ? one.values.map((value) => value && -value) : one.values,
      offset: view.buckets.map(({ length }) => (0.5 - length * 0.91) * DAY), width: view.buckets.map(({ length }) => length * 0.82 * DAY),
      ...hover(view, one, how) }];
  },
};

const state = ({ isOpen, isPart, reported }) => (isOpen ? ", not settled yet" : "") + (isPart ? `, ${counted(reported, "day", "days")} of 7` : "");
// A line has a dot before its name: Plotly's own sign has the colour of the trace `all`, which is none.
const hover = (view, { label, colour, values, mark }, how) => ({
  hoverinfo: "all", customdata: view.buckets.map((bucket, at) => how.write(values[at]) + state(bucket)),
  hovertemplate: `${mark === "line" ? `<span style="color:${colour}">\u25cf</span> ` : ""}${plain(label)}: %{customdata}<extra></extra>`,
});

const COUNT = { write: whole };
const RATE = { write: percent, axis: { tickformat: ".0%" } };
const HOURS = { write: whole, axis: { ticksuffix: " h" } };

// series: [{label, values, columns, colour, mark}] with a value for each bucket of the view. Nothing where no value is known.
function timeChart(view, series, colours, how = COUNT) {
  const drawn = series.filter(({ values }) => known(values).length);
  if (!drawn.length) return null;
  const found = breakMarks(view, drawn.flatMap(({ columns }) => columns), colours);
  const settled = ({ isEmpty, isOpen }) => (isEmpty ? "no report" : isOpen ? "no" : "yes");
  return {
    days: view.buckets.length,
    traces: drawn.flatMap((one) => MARKS[one.mark](view, one, how, colours.card)),
    layout: layout(colours, {
      height: how.height || 250, xaxis: dayAxis(view), yaxis: how.axis, barmode: how.barmode || "overlay",
      shapes: [...bands(view, colours), ...found.shapes], annotations: found.annotations,
      margin: { l: 8, r: 12, t: found.annotations.length ? 22 : 12, b: 8 },
    }),
    key: drawn.length > 1 || drawn[0].raw ? drawn.map(({ label, colour, raw }) => [label, colour, raw]) : [],
    table: {
      head: [view.size === 1 ? "Day" : "Week to", ...drawn.map(({ label }) => label), "Settled"],
      rows: view.buckets.map((bucket, at) => [bucket.day, ...drawn.map(({ values }) => values[at]), settled(bucket)]),
      write: how.write,
    },
  };
}

// Dots at the snapshots; between two of them nothing was measured. A renewed contract is a line from top to bottom.
function snapshotChart(view, lines, colours, { write = whole, axis = {}, ofContract = false, startsAnew = false } = {}) {
  const drawn = lines.map(([label, name, colour]) => [label, view.rows.map((row) => view.organization.series[name][row]), colour])
    .filter(([, values]) => known(values).length);
  if (!drawn.length || view.rows.length < 2) return null;
  const dashed = { color: colours.muted, width: 1.5, dash: "dash" };
  const renewal = (at) => ({ type: "line", xref: "x", yref: "paper", x0: at, x1: at, y0: 0, y1: 1, line: dashed });
  const said = (at) => ({
    x: at, y: 1, yref: "paper", text: "contract renewed", showarrow: false, yanchor: "bottom", font: { size: 12, color: colours.muted } });
  return {
    traces: drawn.map(([label, values, colour]) => ({
      type: "scatter", mode: view.rows.length > 14 ? "lines" : "lines+markers", name: label, connectgaps: false,
      hovertemplate: `<span style="color:${colour}">\u25cf</span> ${label}: %{text}<extra></extra>`,
      line: { color: colour, width: 2 }, marker: { color: colour, size: 6 },
      ...points(view, values, startsAnew), text: points(view, values, startsAnew).y.map(write),
    })),
    layout: layout(colours, { height: 230, margin: { l: 8, r: 12, t: ofContract ? 26 : 12, b: 8 }, yaxis: axis,
      shapes: ofContract ? view.renewals.map(renewal) : [], annotations: ofContract ? view.renewals.map(said) : [],
      xaxis: { type: "date", hoverformat: "%a %e %B %Y, %H:%M UTC", tickformatstops: DAY_OR_MONTH } }),
    key: drawn.length > 1 || drawn[0].raw ? drawn.map(([label, , colour]) => [label, colour]) : [],
    table: { head: ["Snapshot (UTC)", ...drawn.map(([label]) => label)], write,
      rows: view.instants.map((at, row) => [at.replace("T", " ").replace("Z", ""), ...drawn.map(([, values]) => values[row])]) },
  };
}

// A counter that starts anew isn't joined to what it was before: a point without a value breaks the line.
function points(view, values, startsAnew) {
  const found = { x: [], y: [] };
  view.rows.forEach((row, index) => {
    const isBreak = startsAnew && index && view.renewed.has(row);
    found.x.push(...(isBreak ? [view.instants[index]] : []), view.instants[index]);
    found.y.push(...(isBreak ? [null] : []), values[index]);
  });
  return found;
}
