// Days, sums and how numbers are written: knows neither the page nor the charts. What is unknown is null, never 0.
"use strict";

const DAY = 86400000;
const RECENT = { settled28: 28, last90: 90 };

const dayNumber = (iso) => Date.parse(`${iso.slice(0, 10)}T00:00:00Z`) / DAY;
const isoDay = (number) => new Date(number * DAY).toISOString().slice(0, 10);
const known = (values) => values.filter((value) => value !== null);
const sum = (values) => (known(values).length ? known(values).reduce((total, value) => total + value, 0) : null);
const ratio = (part, whole) => (part === null || !whole ? null : part / whole);

const format = (options) => {
  const written = new Intl.NumberFormat("en", options);
  return (value) => (value === null ? "–" : written.format(value));
};
const whole = format({ maximumFractionDigits: 1 });
const short = format({ notation: "compact", maximumFractionDigits: 1 });
const percent = format({ style: "percent", maximumFractionDigits: 0 });
const bytes = (value) => {
  if (value === null) return "–";
  const power = Math.min(4, Math.max(0, Math.floor(Math.log10(Math.abs(value) || 1) / 3)));
  return `${whole(value / 1000 ** power)} ${["B", "kB", "MB", "GB", "TB"][power]}`;
};
const dateIn = (options) => {
  const written = new Intl.DateTimeFormat("en-GB", { timeZone: "UTC", ...options });
  return (iso) => written.format(new Date(iso));
};
const longDay = dateIn({ day: "numeric", month: "long", year: "numeric" });
const shortDay = dateIn({ day: "numeric", month: "short" });
const mediumDay = dateIn({ day: "numeric", month: "short", year: "numeric" });
const instant = dateIn({ day: "numeric", month: "long", year: "numeric", hour: "2-digit", minute: "2-digit" });
const range = (from, through) => (from === through ? shortDay(from) : `${shortDay(from)} – ${shortDay(through)}`);

// The first and last day of the period, both included. newest: where "the last 28" and "the last 90" end.
function bounds(first, last, newest, period) {
  if (period.kind === "custom") return [period.from || first, period.through || last];
  const days = RECENT[period.kind];
  if (!days) return [first, last];
  return [isoDay(dayNumber(newest) - days + 1), newest];
}

// One organization's, or enterprise's, days in the period: every calendar day between its first and last row has a place.
function copilotView(organization, period, breaks) {
  const { days, settled, older } = organization;
  const lastSettled = days[settled.lastIndexOf(true)] || days[days.length - 1];
  const last = days[days.length - 1];
  const [wantedFrom, wantedThrough] = bounds(days[0], last, period.kind === "settled28" ? lastSettled : last, period);
  const from = wantedFrom > days[0] ? wantedFrom : days[0];
  const through = wantedThrough < last ? wantedThrough : last;
  const at = new Map(days.map((day, index) => [day, index]));
  const view = { organization, wantedFrom, wantedThrough, days: [], rows: [] };
  for (let number = dayNumber(from); number <= dayNumber(through); number++) {
    view.days.push(isoDay(number));
    view.rows.push(at.has(isoDay(number)) ? at.get(isoDay(number)) : null);
  }
  // On the first day there is no step yet.
  view.breaks = breaks.map((one, index) => ({ ...one, number: index + 1 })).filter(({ date }) => date > from && date <= through);
  view.missing = view.rows.map((row) => row === null);
  view.unsettled = view.rows.map((row) => row !== null && !settled[row]);
  view.isOlder = view.rows.map((row) => row !== null && older[row]);
  view.settledRows = new Set(view.rows.filter((row) => row !== null && settled[row]));
  return view;
}

const column = (view, name) =>
  view.rows.map((row) => (row === null ? null : view.organization.series[name][row]));

const ofSettledDays = (view, name) =>
  view.rows.filter((row) => view.settledRows.has(row)).map((row) => view.organization.series[name][row]);

// What was generated and accepted on the settled days of the period, by name, most generated first.
function byName(view, kind) {
  const { names, rows } = view.organization.breakdowns[kind] || { names: [], rows: [] };
  const found = new Map();
  for (const [row, name, generated, accepted] of rows) {
    if (!view.settledRows.has(row)) continue;
    const item = found.get(name) || { name: names[name], generated: null, accepted: null };
    item.generated = sum([item.generated, generated]);
    item.accepted = sum([item.accepted, accepted]);
    found.set(name, item);
  }
  return [...found.values()].sort((a, b) => (b.generated || 0) - (a.generated || 0) || (a.name < b.name ? -1 : 1));
}

// The same for one name (all names where it is undefined), day by day over the whole view.
function dayByDay(view, kind, name) {
  const { names, rows } = view.organization.breakdowns[kind] || { names: [], rows: [] };
  const place = new Map(view.rows.map((row, index) => [row, index]));
  const generated = view.rows.map(() => null);
  const accepted = view.rows.map(() => null);
  for (const [row, at, made, taken] of rows) {
    if (!place.has(row) || (name !== undefined && names[at] !== name)) continue;
    const index = place.get(row);
    generated[index] = sum([generated[index], made]);
    accepted[index] = sum([accepted[index], taken]);
  }
  return { generated, accepted };
}

// For each day with a report the sum over the seven days that end with it, of what is known of them.
const sevenDays = (view, values) =>
  values.map((_, index) => (view.missing[index] ? null : sum(values.slice(Math.max(0, index - 6), index + 1))));

// Runs of days of which `flags` says true: [[first, last], …]. Places are those of `days`.
function runs(days, flags) {
  const found = [];
  flags.forEach((flag, index) => {
    if (!flag) return;
    if (index && flags[index - 1]) found[found.length - 1][1] = days[index];
    else found.push([days[index], days[index]]);
  });
  return found;
}

// The snapshots of one Edge Impulse organization in the period.
function snapshotView(organization, period) {
  const { observed_at: instants, contract_since: since } = organization;
  const day = (row) => instants[row].slice(0, 10);
  const last = day(instants.length - 1);
  const [from, through] = bounds(day(0), last, last, period);
  const rows = instants.map((_, row) => row).filter((row) => day(row) >= from && day(row) <= through);
  const renewals = rows.filter((row) => row > 0 && since[row] && since[row - 1] && since[row] > since[row - 1]);
  const between = (row) => [instants[row - 1], since[row], instants[row]].sort()[1];
  return {
    organization, rows, renewed: new Set(renewals), renewals: renewals.map(between), wantedFrom: from, wantedThrough: through,
    instants: rows.map((row) => instants[row]),
  };
}
