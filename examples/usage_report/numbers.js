// Days, sums and how numbers are written: knows neither the page nor the charts. What is unknown is null, never 0.
"use strict";

const DAY = 86400000;
const SETTLED_DAYS = { settled28: 28, settled91: 91 };
const LONG = 62;

const dayNumber = (iso) => Date.parse(`${iso.slice(0, 10)}T00:00:00Z`) / DAY;
const isoDay = (number) => new Date(number * DAY).toISOString().slice(0, 10);
const known = (values) => values.filter((value) => value !== null && value !== undefined);
const sum = (values) => (known(values).length ? known(values).reduce((total, value) => total + value, 0) : null);
const mean = (values) => ratio(sum(values), known(values).length);
const last = (values) => known(values).pop() ?? null;
const ratio = (part, whole) => (part === null || !whole ? null : part / whole);
const ratios = (parts, wholes) => parts.map((part, at) => ratio(part, wholes[at]));
function median(values) {
  const sorted = known(values).sort((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  return sorted.length ? (sorted[Math.floor(middle)] + sorted[Math.ceil(middle)]) / 2 : null;
}

const format = (options) => {
  const written = new Intl.NumberFormat("en", options);
  return (value) => (value === null ? "–" : written.format(value));
};
const whole = format({ maximumFractionDigits: 1 });
const short = format({ notation: "compact", maximumFractionDigits: 1 });
const people = format({ maximumFractionDigits: 0 });
const percent = format({ style: "percent", maximumFractionDigits: 0 });
const bytes = (value) => {
  if (value === null) return "–";
  const power = Math.min(4, Math.max(0, Math.floor(Math.log10(Math.abs(value) || 1) / 3)));
  return `${whole(value / 1000 ** power)} ${["B", "kB", "MB", "GB", "TB"][power]}`;
};
const dateIn = (options) => {
  const written = new Intl.DateTimeFormat("en-GB", { timeZone: "UTC", ...options });
  return (iso) => written.format(new Date(iso)).replace("Sept", "Sep");
};
const longDay = dateIn({ day: "numeric", month: "long", year: "numeric" });
const shortDay = dateIn({ day: "numeric", month: "short" });
const mediumDay = dateIn({ day: "numeric", month: "short", year: "numeric" });
const instant = dateIn({ day: "numeric", month: "long", year: "numeric", hour: "2-digit", minute: "2-digit" });
const range = (from, through) => {
  const write = from.slice(0, 4) === through.slice(0, 4) ? shortDay : mediumDay;
  return from === through ? shortDay(from) : `${write(from)} – ${write(through)}`;
};

// Every calendar day between the first and the last row has a place; a day without a row has null for a row.
function calendarOf(owner) {
  if (owner.calendar) return owner.calendar;
  const at = new Map(owner.days.map((day, row) => [day, row]));
  const first = dayNumber(owner.days[0]);
  const days = Array.from({ length: dayNumber(owner.days[owner.days.length - 1]) - first + 1 }, (_, place) => isoDay(first + place));
  const rows = days.map((day) => at.get(day) ?? null);
  owner.calendar = { days, rows, settled: rows.map((row) => row !== null && owner.settled[row]) };
  return owner.calendar;
}

// The places of the period: start is included, end is not. The last 28 and 91 days end with the last settled day.
function placesOf(owner, period) {
  const { days, settled } = calendarOf(owner);
  const place = (day) => dayNumber(day) - dayNumber(days[0]);
  if (period.kind === "custom") {
    const [from, through] = [period.from || days[0], period.through || days[days.length - 1]];
    return { start: Math.max(0, place(from)), end: Math.min(days.length, place(through) + 1) };
  }
  if (period.kind === "all") return { start: 0, end: days.length };
  const end = (settled.includes(true) ? settled.lastIndexOf(true) : days.length - 1) + 1;
  return { start: Math.max(0, end - SETTLED_DAYS[period.kind]), end };
}

// The longest period that has one as long before it, so that a reader sees at once what has changed.
function usualPeriod(owner) {
  if (!owner) return "all";
  const enough = (kind) => placesOf(owner, { kind }).end >= 2 * SETTLED_DAYS[kind];
  return ["settled91", "settled28"].find(enough) || "all";
}

// The known breaks that a change of these columns spans: a step between the first day before and the last one now.
function breaksIn(view, columns) {
  if (!view.before) return [];
  const through = calendarOf(view.owner).days[view.now.end - 1];
  return view.breaks.filter(({ date, affects }) => date <= through && affects.some((name) => columns.includes(name)));
}

// One owner's days in the period, in buckets of one day or of seven. now and before: what sums and changes are made of.
function copilotView(owner, period, grouping, breaks) {
  const { days, rows, settled } = calendarOf(owner);
  const { start, end } = placesOf(owner, period);
  const view = { owner, start, end, days: days.slice(start, end), now: null, before: null, buckets: [] };
  if (end <= start) return view;
  const lastSettled = settled.slice(start, end).lastIndexOf(true) + start;
  if (lastSettled >= start) view.now = { owner, start, end: lastSettled + 1 };
  const length = lastSettled + 1 - start;
  if (view.now && start >= length) view.before = { owner, start: start - length, end: start };
  view.missing = rows.slice(start, end).map((row) => row === null);
  view.unsettled = days.slice(start, end).map((_, place) => !view.missing[place] && !settled[start + place]);
  view.hasOlder = rows.slice(start, end).some((row) => row !== null && owner.older[row]);
  // Of the period before, too: they are in the changes. On the first day there is no step yet.
  const first = days[view.before ? view.before.start : start];
  view.breaks = breaks.filter(({ date }) => date > first && date <= days[end - 1]);
  view.size = grouping === "week" || (grouping === "auto" && end - start > LONG) ? 7 : 1;
  view.buckets = bucketsOf(view, view.now ? lastSettled : end - 1);
  return view;
}

// Weeks end with the weekday of the last settled day, so that the last one is whole: what isn't settled is drawn by day only.
function bucketsOf({ owner, start, end, size }, anchor) {
  const { days, rows, settled } = calendarOf(owner);
  const found = [];
  const through = size === 1 ? end : anchor + 1;
  for (let from = anchor + 1 - size * Math.ceil((anchor + 1 - start) / size); from < through; from += size) {
    const [first, final] = [Math.max(from, start), from + size - 1];
    const places = Array.from({ length: final - first + 1 }, (_, index) => first + index);
    const reported = places.filter((place) => rows[place] !== null).length;
    found.push({
      first, final, day: days[final], length: places.length, reported, isEmpty: !reported,
      isOpen: places.some((place) => rows[place] !== null && !settled[place]), isPart: reported > 0 && reported < size,
    });
  }
  return found;
}

const GROUPED = { sum, mean, last, median };
const grouped = (view, values, how) => view.buckets.map(({ first, final }) => GROUPED[how](values.slice(first, final + 1)));

// A column by place.
const column = (owner, name) => calendarOf(owner).rows.map((row) => (row === null ? null : owner.series[name][row]));

// What a breakdown counts of some of its names, by place.
function counts(owner, kind, measure, isWanted) {
  const { names, rows } = owner.breakdowns[kind] || { names: [], rows: [] };
  const ofRow = owner.days.map(() => null);
  for (const [row, name, ...values] of rows) if (isWanted(names[name])) ofRow[row] = sum([ofRow[row], values[measure]]);
  return calendarOf(owner).rows.map((row) => (row === null ? null : ofRow[row]));
}

// For each day with a report, of what is known of the days up to it.
const trailing = (owner, values, days, how) =>
  values.map((_, place) => (calendarOf(owner).rows[place] === null ? null : how(values.slice(Math.max(0, place - days + 1), place + 1))));

// The mean of the daily users over 28 days, divided by the monthly users; unknown before there are 28 days.
const stickiness = (owner) =>
  ratios(trailing(owner, column(owner, "daily_active_users"), 28, mean), column(owner, "monthly_active_users"))
    .map((value, place) => (place < 27 ? null : value));

// Of a stretch (now, before): the settled days' values; their sum, their mean, and the last one, at most six days old.
const settledIn = (stretch, values) => calendarOf(stretch.owner).settled
  .slice(stretch.start, stretch.end).map((isSettled, at) => (isSettled ? values[stretch.start + at] : null));
const sumIn = (stretch, values) => stretch && sum(settledIn(stretch, values));
const meanIn = (stretch, values) => stretch && mean(settledIn(stretch, values));
const lastIn = (stretch, values) => stretch && last(settledIn(stretch, values).slice(-7));

// What a breakdown counts in a stretch, by name: sums in the order of the measures, most of the first one first.
function byName(stretch, kind) {
  const { names, rows } = (stretch && stretch.owner.breakdowns[kind]) || { names: [], rows: [] };
  if (!rows.length) return [];
  const calendar = calendarOf(stretch.owner);
  const wanted = new Set(calendar.rows.slice(stretch.start, stretch.end).filter((row, at) => calendar.settled[stretch.start + at]));
  const found = new Map();
  for (const [row, name, ...values] of rows) {
    if (!wanted.has(row)) continue;
    const before = found.get(name) || values.map(() => null);
    found.set(name, values.map((value, measure) => sum([before[measure], value])));
  }
  return [...found].map(([name, sums]) => ({ name: names[name], sums }))
    .sort((a, b) => (b.sums[0] || 0) - (a.sums[0] || 0) || (a.name < b.name ? -1 : 1));
}

// Code completions: what was suggested, what of it was accepted, and both over seven days.
function completions(owner) {
  const isWanted = (name) => name === "code_completion";
  const [suggested, accepted] = [counts(owner, "feature", 0, isWanted), counts(owner, "feature", 1, isWanted)];
  return { suggested, accepted, rate: ratios(trailing(owner, accepted, 7, sum), trailing(owner, suggested, 7, sum)) };
}

// A sum, now and before. Where one of the two has more days with a report, the one before is scaled to as many days.
const reportedIn = ({ owner, start, end }) => calendarOf(owner).settled.slice(start, end).filter(Boolean).length;
const scale = ({ now, before }) => (before ? ratio(reportedIn(now), reportedIn(before)) : null);
const scaled = (view, value) => (value === null || scale(view) === null ? null : value * scale(view));
const sums = (view, values) => [sumIn(view.now, values), view.before ? scaled(view, sumIn(view.before, values)) : null];

const FIGURES = {
  monthly: ["monthly_active_users"], weekly: ["weekly_active_users"], daily: ["daily_active_users"],
  stickiness: ["daily_active_users", "monthly_active_users"], agents: ["monthly_active_agent_users", "monthly_active_users"],
  prompts: ["user_initiated_interaction_count"], rate: ["totals_by_feature"], lines: ["loc_added_sum"],
};

// The figures of a view, now and before, and the breaks in between: what the tiles show, and the rows of the owners side by side.
function figuresOf(view) {
  const { owner, now, before } = view;
  const { suggested, accepted } = completions(owner);
  const of = (name) => column(owner, name);
  const both = (read) => [read(now), before ? read(before) : null];
  const shareOf = (name) => both((stretch) => stretch && ratio(lastIn(stretch, of(name)), lastIn(stretch, of("monthly_active_users"))));
  const found = {
    monthly: both((stretch) => lastIn(stretch, of("monthly_active_users"))),
    weekly: both((stretch) => lastIn(stretch, of("weekly_active_users"))),
    daily: both((stretch) => meanIn(stretch, of("daily_active_users"))),
    stickiness: both((stretch) => lastIn(stretch, stickiness(owner))),
    agents: shareOf("monthly_active_agent_users"),
    prompts: sums(view, of("user_initiated_interaction_count")),
    rate: both((stretch) => ratio(sumIn(stretch, accepted), sumIn(stretch, suggested))),
    lines: sums(view, of("loc_added_sum")),
  };
  return Object.fromEntries(Object.entries(found).map(([name, values]) => [name, [...values, breaksIn(view, FIGURES[name])]]));
}

// The weekly users of up to 26 weeks that end with the last settled day.
function weeklyPeople(owner) {
  const { settled } = calendarOf(owner);
  const end = settled.lastIndexOf(true);
  const values = column(owner, "weekly_active_users");
  const places = Array.from({ length: 26 }, (_, week) => end - 7 * (25 - week)).filter((place) => place >= 0);
  return places.map((place) => values[place]);
}

const stretchText = (stretch) => {
  if (!stretch) return "";
  const { days } = calendarOf(stretch.owner);
  return range(days[stretch.start], days[stretch.end - 1]);
};

// A change since the stretch before: in percent of what it was, or, of a share, in percentage points.
function change(now, before, isShare) {
  if (now === null || before === null || now === undefined || before === undefined || (!isShare && !before)) return null;
  const points = Math.round((isShare ? now - before : (now - before) / before) * 100);
  const sign = points > 0 ? "+" : points < 0 ? "−" : "±";
  return { points, text: `${sign}${whole(Math.abs(points))}${isShare ? " pts" : "%"}` };
}

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

// The snapshots of one Edge Impulse organization in the period, which ends with its last snapshot.
function snapshotView(organization, period) {
  const { observed_at: instants, contract_since: since } = organization;
  const day = (row) => instants[row].slice(0, 10);
  const newest = day(instants.length - 1);
  const days = SETTLED_DAYS[period.kind];
  const [from, through] = period.kind === "custom" ? [period.from || day(0), period.through || newest]
    : [days ? isoDay(dayNumber(newest) - days + 1) : day(0), newest];
  const rows = instants.map((_, row) => row).filter((row) => day(row) >= from && day(row) <= through);
  const renewals = rows.filter((row) => row > 0 && since[row] && since[row - 1] && since[row] > since[row - 1]);
  const between = (row) => [instants[row - 1], since[row], instants[row]].sort()[1];
  return {
    organization, rows, renewed: new Set(renewals), renewals: renewals.map(between), from, through, instants: rows.map((row) => instants[row]),
  };
}
