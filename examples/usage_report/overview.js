// What concerns the whole of Copilot's part: its days in words, its tiles, the legend, all owners side by side, the known breaks.
"use strict";

// Which days these are, what they are compared with, and which of them have no report.
function inWords(view) {
  const { days, rows } = calendarOf(view.owner);
  const open = view.unsettled.filter(Boolean).length;
  const gapsIn = (start, end) => {
    const missing = rows.slice(start, end).map((row) => row === null);
    const gaps = runs(days.slice(start, end), missing).map(([from, through]) => range(from, through));
    const listed = gaps.length > 6 ? `${gaps.slice(0, 6).join(", ")} and ${gaps.length - 6} more` : gaps.join(", ");
    return gaps.length ? `no report of ${counted(missing.filter(Boolean).length, "day", "days")} (${listed})` : "";
  };
  const [gaps, earlier] = [gapsIn(view.start, view.end), view.before ? gapsIn(view.before.start, view.before.end) : ""];
  const settled = view.now ? settledIn(view.now, rows).filter((row) => row !== null).length : 0;
  return [
    `${mediumDay(view.days[0])} to ${mediumDay(view.days[view.days.length - 1])}: ${counted(settled, "settled day", "settled days")}`,
    open ? `, ${whole(open)} not settled yet` : "",
    view.before ? `; changes are since the period before, ${stretchText(view.before)}` : "; there is no period before it to compare with",
    gaps ? `; ${gaps}` : "", earlier ? `; in the period before, ${earlier}` : "", ".",
  ].join("");
}

function copilotTiles(view) {
  const found = figuresOf(view);
  const all = stretchText(view.now);
  const to = view.now ? `to ${shortDay(calendarOf(view.owner).days[view.now.end - 1])}` : "";
  const tile = (label, [now, before, breaks], note, write = short, isShare = false) =>
    ({ label, value: write(now), delta: change(now, before, isShare), breaks, note });
  tiles("copilot-tiles", [
    tile("Monthly active users", found.monthly, `28 days ${to}`, people),
    tile("Weekly active users", found.weekly, `7 days ${to}`, people),
    tile("Daily active users", found.daily, `average, ${all}`, people),
    tile("DAU/MAU", found.stickiness, `28 days ${to}`, percent, true),
    tile("Use agent mode", found.agents, `of monthly users, 28 days ${to}`, percent, true),
    tile("Prompts", found.prompts, all),
    tile("Completions accepted", found.rate, all, percent, true),
    tile("Lines added", found.lines, `with agents' edits, ${all}`),
  ]);
}

// Organizations can't be added up: where there is an enterprise, it has the number of people.
function whoCounts() {
  const enterprises = report.copilot.filter(isEnterprise).map(({ name }) => name);
  const isOneOfSeveral = report.copilot.length - enterprises.length > 1;
  for (const place of document.querySelectorAll(".who-counts")) {
    place.hidden = !enterprises.length || !isOneOfSeveral || (place.id === "who-counts" && isEnterprise(report.copilot[shown.copilot]));
    place.textContent =
      `A person who is in two organizations counts in each of them. For the number of people use the enterprise ${enterprises.join(" or ")}.`;
  }
}

function legend(view) {
  const items = [
    [view.missing.some(Boolean), "gap", "no report"],
    [view.unsettled.some(Boolean), "open", "not settled yet: may still change"],
    [view.buckets.some(({ isPart }) => isPart), "paler", "a week with days missing"],
    [view.breaks.length, "break", "known break in GitHub's numbers, by its number"],
  ].filter(([is]) => is);
  byId("legend").hidden = !items.length;
  byId("legend").replaceChildren(...items.map(([, name, text]) => element("li", {}, element("i", { class: name }), text)));
}

// Side by side, and never added: one row for each owner, of its own period.
function drawOrganizations() {
  const part = byId("organizations");
  part.hidden = report.copilot.length < 2;
  if (part.hidden) return;
  const views = report.copilot.map((owner) => [owner, copilotView(owner, shown.period, shown.grouping, report.breaks)]);
  const cell = ([now, before, breaks], write, isShare) => {
    const delta = change(now, before, isShare);
    return element("td", {}, write(now), ...(delta ? [element("small", {}, delta.text, ...marks(breaks))] : []));
  };
  const row = ([owner, view], index) => {
    const found = figuresOf(view);
    const name = element("button", { type: "button", class: "link" }, isEnterprise(owner) ? `Enterprise ${owner.name}` : owner.name);
    name.addEventListener("click", () => chooseOwner(index));
    const isOlder = found.monthly[0] === null && view.hasOlder;
    const cells = [
      cell(found.monthly, people), cell(found.weekly, people), cell(found.daily, people), cell(found.stickiness, percent, true),
      cell(found.agents, percent, true), cell(found.prompts, short), cell(found.rate, percent, true), cell(found.lines, short)];
    return element("tr", index === shown.copilot ? { class: "chosen" } : {},
      element("th", { scope: "row" }, name, ...(isOlder ? [element("small", {}, "older API: can't be compared")] : [])),
      ...cells, element("td", {}, sparkline(weeklyPeople(owner))));
  };
  part.querySelector("tbody").replaceChildren(...views.map(row));
}

function listBreaks(breaks) {
  byId("breaks").hidden = !breaks.length;
  byId("breaks").querySelector("ol").replaceChildren(...breaks.map(({ number, date, what, source }) =>
    element("li", { value: number, id: `break-${number}` }, element("time", { datetime: date }, mediumDay(date)), ` ${what}. `, element("span", { class: "source" }, source))));
}
