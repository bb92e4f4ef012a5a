// The charts: what Plotly draws of a view. Names come from the APIs: Plotly reads tags in them, so they go through `plain`.
"use strict";

const plain = (text) => String(text).replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
const shortened = (text) => (text.length > 26 ? `${text.slice(0, 25)}…` : text);
const SHOWN_NAMES = 10;

function palette() {
  const style = getComputedStyle(document.documentElement);
  const names = ["ink", "muted", "line", "card", "blue", "orange", "green", "violet", "pale", "gap", "open"];
  return Object.fromEntries(names.map((name) => [name, style.getPropertyValue(`--${name}`).trim()]));
}

function layout(colours, more = {}) {
  const axis = {
    fixedrange: true, automargin: true, zeroline: false, gridcolor: colours.line, linecolor: colours.line,
    tickfont: { color: colours.muted, size: 12 },
  };
  return {
    autosize: true, height: 280, margin: { l: 8, r: 12, t: 12, b: 8 }, dragmode: false, showlegend: false,
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
  type: "date", hoverformat: "%a %e %B %Y", tickformatstops: DAY_OR_MONTH,
  range: [noon(view.days[0], -1), noon(view.days[view.days.length - 1], 1)],
});
const noon = (day, days) => new Date((dayNumber(day) + days / 2) * DAY).toISOString().slice(0, 16);

// Behind the lines: days without a report, and days whose numbers may still change.
function bands(view, colours) {
  const band = (fill) => ([from, through]) => ({
    type: "rect", layer: "below", xref: "x", yref: "paper", x0: noon(from, -1), x1: noon(through, 1), y0: 0, y1: 1,
    line: { width: 0 }, fillcolor: fill,
  });
  return [...runs(view.days, view.missing).map(band(colours.gap)), ...runs(view.days, view.unsettled).map(band(colours.open))];
}

// A known break in the numbers of a chart: a thin line on its day with its number in the list below, and the text for who points.
function breakMarks(view, columns, colours) {
  const affected = view.breaks.filter(({ affects }) => affects.some((name) => columns.includes(name)));
  return {
    shapes: affected.map(({ date, number }) => ({
      type: "line", name: `break ${number}`, xref: "x", yref: "paper", x0: date, x1: date, y0: 0, y1: 1, layer: "below",
      line: { color: colours.violet, width: 1, dash: "dot" } })),
    annotations: affected.map(({ date, number, what }) => ({
      x: date, y: 1, yref: "paper", yanchor: "bottom", text: String(number), showarrow: false, captureevents: true,
      font: { size: 11, color: colours.violet }, bgcolor: colours.card, borderpad: 2,
      hovertext: wrapped(`${mediumDay(date)}: ${what}`), hoverlabel: { bgcolor: colours.card, bordercolor: colours.line, font: { color: colours.ink } } })),
  };
}

// Plotly breaks no lines of its own: at a space, after 40 letters.
const wrapped = (text) => plain(text).replace(/(.{40,}?) /g, "$1<br>");

// How one series looks; what isn't settled is hollow or paler. The trace `all` has every value, for whoever points at a day.
const MARKS = {
  line(view, one, how, card) {
    const { values, colour } = one;
    const { days, unsettled } = view;
    const pick = (wanted) => values.map((value, index) => (wanted(index) ? value : null));
    const isAlone = (index) => (values[index - 1] ?? null) === null && (values[index + 1] ?? null) === null;
    const drawn = (meta, mode, wanted, look) => ({
      type: "scatter", x: days, name: one.label, meta, mode, y: pick(wanted), connectgaps: false, hoverinfo: "skip", ...look });
    return [
      { ...drawn("all", "lines", () => true, { line: { color: "rgba(0,0,0,0)" } }), ...hover(view, one, how) },
      drawn("settled", "lines", (index) => !unsettled[index], { line: { color: colour, width: 2 } }),
      drawn("alone", "markers", (index) => !unsettled[index] && isAlone(index), { marker: { color: colour, size: 5 } }),
      drawn("leads", "lines", (index) => unsettled[index] || unsettled[index + 1], { line: { color: colour, width: 1.5, dash: "dot" } }),
      drawn("unsettled", "markers", (index) => unsettled[index], { marker: { color: card, size: 6, line: { color: colour, width: 1.5 } } }),
    ].filter(({ meta, y }) => meta === "all" || known(y).length);
  },
  dots(view, one, how, card) {
    const marker = {
      size: 5, color: view.unsettled.map((open) => (open ? card : one.colour)),
      line: { color: one.colour, width: view.unsettled.map((open) => (open ? 1.5 : 0)) },
    };
    const common = { type: "scatter", mode: "markers", name: one.label, meta: "all" };
    return [{ ...common, x: view.days, y: one.values, marker, ...hover(view, one, how) }];
  },
  bars(view, one, how) {
    const marker = { color: one.colour, opacity: view.unsettled.map((open) => (open ? 0.5 : 1)) };
    return [{ type: "bar", x: view.days, y: one.values, name: one.label, meta: "all", marker, ...hover(view, one, how) }];
  },
};

const hover = (view, { label, colour }, how) => ({
  hoverinfo: "all", customdata: view.unsettled.map((open) => (open ? ", not settled yet" : "")),
  hovertemplate: `<span style="color:${colour}">\u25cf</span> ${label}: ${how.hover}%{customdata}<extra></extra>`,
});

const COUNT = { hover: "%{y:,d}", write: whole };
const RATE = { hover: "%{y:.0%}", write: percent, axis: { tickformat: ".0%" } };
const HOURS = { hover: "%{y:,.1f} h", write: whole, axis: { ticksuffix: " h" } };

// series: [{label, values, columns, colour, mark}] with a value for each day of the view. Nothing where no value is known.
function dayChart(view, series, colours, how = COUNT) {
  const drawn = series.filter(({ values }) => known(values).length);
  if (!drawn.length) return null;
  const marks = breakMarks(view, drawn.flatMap(({ columns }) => columns), colours);
  const settled = (at) => (view.missing[at] ? "no report" : view.unsettled[at] ? "no" : "yes");
  return {
    days: view.days.length,
    traces: drawn.flatMap((one) => MARKS[one.mark](view, one, how, colours.card)),
    layout: layout(colours, {
      height: how.height || 280, xaxis: dayAxis(view), yaxis: how.axis, barmode: "overlay", bargap: 0.18,
      shapes: [...bands(view, colours), ...marks.shapes], annotations: marks.annotations,
      margin: { l: 8, r: 12, t: marks.annotations.length ? 22 : 12, b: 8 },
    }),
    key: [
      ...(drawn.length > 1 ? drawn.map(({ label, colour }) => [label, colour]) : []),
      ...(marks.shapes.length ? [["known break", colours.violet]] : []),
      ...(view.missing.some(Boolean) ? [["no report", colours.gap]] : []),
      ...(view.unsettled.some(Boolean) ? [["not settled yet", colours.open, true]] : []),
    ],
    table: {
      head: ["Day", ...drawn.map(({ label }) => label), "Settled"],
      rows: view.days.map((day, at) => [day, ...drawn.map(({ values }) => how.write(values[at])), settled(at)]),
    },
  };
}

// Bars of what was generated, over them what of it was accepted, and the rate in words. The rest of the names is added up.
function nameChart(items, labels, colours) {
  if (!items.length || !known(items.map((item) => item.generated)).length) return null;
  const rest = items.slice(SHOWN_NAMES);
  const added = (counter) => sum(rest.map((item) => item[counter]));
  const others = { name: `${rest.length} others`, generated: added("generated"), accepted: added("accepted") };
  const shown = rest.length > 1 ? [...items.slice(0, SHOWN_NAMES), others] : items;
  const rates = shown.map((item) => percent(ratio(item.accepted, item.generated)));
  const places = shown.map((_, index) => index);
  const bar = (label, name, colour, width) => ({
    type: "bar", orientation: "h", name: label, meta: name, y: places, x: shown.map((item) => item[name]), width,
    marker: { color: colour }, hovertemplate: "%{x:,d}", cliponaxis: false,
  });
  const longest = Math.max(...shown.map((item) => Math.max(item.generated || 0, item.accepted || 0))) || 1;
  return {
    traces: [
      bar(labels[0], "generated", colours.pale, 0.62),
      bar(labels[1], "accepted", colours.blue, 0.34),
      { type: "scatter", mode: "text", name: "Accepted of generated", meta: "rates", y: places, hoverinfo: "skip", cliponaxis: false,
        x: shown.map((item) => Math.max(item.generated || 0, item.accepted || 0)), text: rates.map((rate) => `  ${rate}`),
        textposition: "middle right", textfont: { size: 12, color: colours.muted } },
    ],
    layout: layout(colours, {
      height: 62 + 34 * shown.length, barmode: "overlay", hovermode: "y unified",
      xaxis: {
        range: [0, longest * 1.18], rangemode: "tozero", showgrid: true, nticks: 5, exponentformat: "B", separatethousands: true, ticks: "" },
      yaxis: {
        range: [shown.length - 0.45, -0.55], tickvals: places, showgrid: false,
        ticktext: shown.map((item) => `${plain(shortened(item.name))} `),
        tickfont: { color: colours.ink, size: 12 }, rangemode: "normal" },
    }),
    key: [[labels[0], colours.pale], [labels[1], colours.blue], [`${labels[1].toLowerCase()} ÷ ${labels[0].toLowerCase()} in %`, null]],
    table: {
      head: ["Name", ...labels, "Rate"],
      rows: items.map(({ name, generated, accepted }) => [name, whole(generated), whole(accepted), percent(ratio(accepted, generated))]),
    },
  };
}

// Dots at the snapshots; between two of them nothing was measured. A renewed contract is a line from top to bottom.
function snapshotChart(view, lines, colours, { write = whole, axis = {}, ofContract = false, startsAnew = false } = {}) {
  const drawn = lines.map(([label, name, colour]) => [label, view.rows.map((row) => view.organization.series[name][row]), colour])
    .filter(([, values]) => known(values).length);
  if (!drawn.length) return null;
  const dashed = { color: colours.muted, width: 1.5, dash: "dash" };
  const renewal = (at) => ({ type: "line", xref: "x", yref: "paper", x0: at, x1: at, y0: 0, y1: 1, line: dashed });
  const said = (at) => ({
    x: at, y: 1, yref: "paper", text: "contract renewed", showarrow: false, yanchor: "bottom", font: { size: 12, color: colours.muted } });
  return {
    traces: drawn.map(([label, values, colour]) => ({
      type: "scatter", mode: "lines+markers", name: label, connectgaps: false, hovertemplate: "%{text}",
      line: { color: colour, width: 2 }, marker: { color: colour, size: view.rows.length > 40 ? 3 : 6 },
      ...points(view, values, startsAnew), text: points(view, values, startsAnew).y.map(write),
    })),
    layout: layout(colours, { height: 240, margin: { l: 8, r: 12, t: ofContract ? 26 : 12, b: 8 }, yaxis: axis,
      shapes: ofContract ? view.renewals.map(renewal) : [], annotations: ofContract ? view.renewals.map(said) : [],
      xaxis: { type: "date", hoverformat: "%a %e %B %Y, %H:%M UTC", ...aroundOne(view.instants), tickformatstops: DAY_OR_MONTH } }),
    key: drawn.length > 1 ? drawn.map(([label, , colour]) => [label, colour]) : [],
    table: { head: ["Snapshot (UTC)", ...drawn.map(([label]) => label)],
      rows: view.instants.map((at, row) => [at.replace("T", " ").replace("Z", ""), ...drawn.map(([, values]) => write(values[row]))]) },
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

// One snapshot gives an axis of a week around it; Plotly would show milliseconds.
const aroundOne = (instants) => (instants.length > 1 ? {} : { range: [noon(instants[0], -7), noon(instants[0], 7)] });
