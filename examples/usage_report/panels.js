// What stands in each card: which columns, drawn how.
"use strict";

const counted = (count, one, many) => `${whole(count)} ${count === 1 ? one : many}`;
const isEnterprise = ({ kind }) => kind === "enterprise";
const longName = (owner) => (isEnterprise(owner) ? `Enterprise ${owner.name} (each person counted once)` : owner.name);
const WINDOWS = [["Daily", "daily", "blue"], ["Weekly", "weekly", "orange"], ["Monthly", "monthly", "green"]];
const MODES = [
  ["chat_panel_ask_mode", "blue"], ["chat_panel_edit_mode", "teal"], ["chat_panel_agent_mode", "orange"], ["chat_panel_plan_mode", "gold"],
  ["chat_panel_custom_mode", "pink"], ["chat_inline", "violet"], ["copilot_cli", "green"],
];
const WAYS = [
  ["Chat in the editor", "monthly_active_chat_users"],
  ["Agent mode in the editor", "monthly_active_agent_users"],
  ["Cloud agent", "monthly_active_copilot_cloud_agent_users"],
  ["Agents window of VS Code", "monthly_active_vscode_agent_users"],
  ["Code review, asked for or applied", "monthly_active_copilot_code_review_users"],
  ["Code review, only assigned", "monthly_passive_copilot_code_review_users"],
];

function drawCopilot() {
  const owner = report.copilot[shown.copilot];
  if (!owner) return;
  const view = copilotView(owner, shown.period, shown.grouping, report.breaks);
  byId("copilot").querySelector("h2 small").textContent = longName(owner);
  if (!view.days.length) return nothing("copilot", `${owner.name} has no day in this period.`);
  nothing("copilot", "");
  shown.days = [view.days[0], view.days[view.days.length - 1]];
  document.querySelector(`#grouping input[value=${view.size === 1 ? "day" : "week"}]`).checked = true;
  byId("copilot").querySelector(".period").textContent = inWords(view);
  whoCounts();
  legend(view);
  copilotTiles(view);
  const by = seriesOf(view, palette());
  drawPeople(view, by);
  drawAgents(view, by);
  drawChat(view, by);
  drawCode(view, by);
  drawPullRequests(view, by);
  drawOlder(view, by);
  drawOrganizations();
  listBreaks(view.breaks);
}

// How a series is made: of a column, a breakdown, or computed values, each by place; over a week it is summed, averaged, or its last value.
function seriesOf(view, colours) {
  const made = (label, values, columns, colour, mark, how) =>
    ({ label, values: grouped(view, values, how), columns, colour: colours[colour] || colour, mark });
  const of = (name) => column(view.owner, name);
  const columns = (name) => [report.members[name] || name];
  return {
    made, of, colours,
    bars: (label, name, colour) => made(label, of(name), columns(name), colour, "bars", "sum"),
    last: (label, name, colour) => made(label, of(name), columns(name), colour, "line", "last"),
    mean: (label, name, colour) => made(view.size === 1 ? label : `${label}, average`, of(name), columns(name), colour, "line", "mean"),
    share: (label, name, colour) => made(
      label, ratios(of(name), of("monthly_active_users")), [name, "monthly_active_users"], colour, "line", "last"),
    chart: (id, series, how) => draw(id, timeChart(view, series, colours, how)),
  };
}

// People who did something in a window of a day, seven days and 28 days.
function windows(id, name, by) {
  by.chart(id, WINDOWS.map(([label, window, colour]) => by[window === "daily" ? "mean" : "last"](label, `${window}_${name}`, colour)));
}

function drawPeople(view, by) {
  windows("active-users", "active_users", by);
  by.chart("stickiness", [by.made("DAU/MAU", stickiness(view.owner), ["daily_active_users", "monthly_active_users"], "blue", "line", "last")], RATE);
  draw("ways", waysChart(view));
  drawPhases(view, by);
  draw("engagement", engagementChart(view));
}

// The share of the monthly users, at the end of the period, of those who used Copilot in a certain way.
function waysChart(view) {
  const at = (stretch, name) => lastIn(stretch, column(view.owner, name));
  const share = (stretch, name) => stretch && ratio(at(stretch, name), at(stretch, "monthly_active_users"));
  const items = WAYS.map(([label, name]) => ({ label, name, people: at(view.now, name), share: share(view.now, name), before: share(view.before, name) }))
    .filter(({ people, share: found }) => people !== null && found !== null).sort((a, b) => b.share - a.share);
  if (!items.length) return null;
  return {
    list: {
      isShare: true, head: ["In 28 days", "People", ...(view.before ? ["Change"] : []), "Share"],
      items: items.map(({ label, name, people, share: found, before }) => ({
        name: label, raw: name, value: found,
        texts: [whole(people), ...(view.before ? [change(found, before, true)?.text || ""] : []), percent(found)] })),
    },
    table: { head: ["Way", "People", "Share of monthly active users", "Share in the period before"], write: whole,
      rows: items.map(({ label, people, share: found, before }) => [label, people, found, before]) },
  };
}

function drawPhases(view, by) {
  const names = [...((view.owner.breakdowns.phase || {}).names || [])].sort();
  const colours = ["grey", "pale", "blue", "green", "orange", "violet"];
  const over28Days = by.made("", counts(view.owner, "phase", 0, () => true), [], "", "bars", "last").values;
  const isMonthly = known(over28Days).length > 0;
  byId("phases").querySelector("figcaption p").textContent = isMonthly
    ? "People by GitHub's phase, over the 28 days that end with the day" : "People who used Copilot that day, by GitHub's phase; over a week, the average";
  const series = names.map((name, index) => ({
    ...by.made(friendly(name), counts(view.owner, "phase", isMonthly ? 0 : 1, (one) => one === name), ["totals_by_ai_adoption_phase"],
      colours[Math.min(index, colours.length - 1)], "bars", isMonthly ? "last" : "mean"), raw: name }));
  by.chart("phases", series, { ...COUNT, barmode: "stack" });
}

// The newest day that has it: only GitHub's 28-day report does, so it may be a day after the last settled one.
function engagementChart(view) {
  const { names, rows } = view.owner.breakdowns.engagement || { names: [], rows: [] };
  const { rows: calendar, days } = calendarOf(view.owner);
  const within = new Set(calendar.slice(view.start, shown.period.kind === "custom" ? view.end : calendar.length));
  const newest = Math.max(...rows.filter(([row]) => within.has(row)).map(([row]) => row));
  const active = view.owner.series.engagement_active[newest] ?? null;
  if (!active) return null;
  const items = rows.filter(([row]) => row === newest).map(([, name, people]) => ({ name: names[name], people }))
    .sort((a, b) => b.people - a.people);
  byId("engagement").querySelector("figcaption p").textContent =
    `People who used a feature on two days or more, of the ${whole(active)} active in the 28 days to ${shortDay(days[calendar.indexOf(newest)])}`;
  return {
    list: { isShare: true, head: ["Feature", "People", "Share"], items: items.map(({ name, people }) => ({
      name: friendly(name), raw: name, value: ratio(people, active), texts: [whole(people), percent(ratio(people, active))] })) },
    table: { head: ["Feature", "People", "Of active people"], rows: items.map(({ name, people }) => [name, people, active]), write: whole },
  };
}

function drawAgents(view, by) {
  by.chart("agent-share", [by.share("Agent mode", "monthly_active_agent_users", "orange"), by.share("Chat", "monthly_active_chat_users", "blue")], RATE);
  windows("cloud-agent", "active_copilot_cloud_agent_users", by);
  windows("vscode-agent", "active_vscode_agent_users", by);
  by.chart("cli-people", [by.mean("Command line", "daily_active_cli_users", "blue"), by.mean("Copilot app", "daily_active_copilot_app_users", "orange")]);
  by.chart("cli-sessions", [by.bars("Command line", "cli_sessions", "blue"), by.bars("Copilot app", "app_sessions", "orange")],
    { ...COUNT, barmode: "stack" });
  const all = stretchText(view.now);
  const total = (label, name, note) => {
    const values = column(view.owner, name);
    return { label, value: short(sumIn(view.now, values)), delta: change(sumIn(view.now, values), sumIn(view.before, values)), note: `${note}${all}` };
  };
  tiles("cli-tiles", [
    total("Command-line sessions", "cli_sessions", ""),
    total("Command-line requests", "cli_requests", ""),
    total("Tokens sent", "cli_tokens_sent", "to the models, "),
    total("Tokens written", "cli_tokens_written", "by the models, "),
  ]);
}

function drawChat(view, by) {
  const named = new Set(MODES.map(([name]) => name));
  const prompts = (isWanted) => counts(view.owner, "feature", 2, isWanted);
  const columns = ["totals_by_feature", "user_initiated_interaction_count"];
  const modes = MODES.map(([name, colour]) => ({ ...by.made(friendly(name), prompts((one) => one === name), columns, colour, "bars", "sum"), raw: name }));
  const others = by.made("Other", prompts((one) => !named.has(one)), columns, "muted", "bars", "sum");
  by.chart("prompts", [...modes, others].filter(({ values }) => sum(values)), { ...COUNT, barmode: "stack" });
  const rate = ({ name, sums, isRest }) => (isRest || AGENTS.has(name) ? "" : percent(ratio(sums[1], sums[0])));
  draw("by-feature", nameChart(view, "feature", { head: ["Feature", "Outputs", "Accepted"], more: rate, count: 10 }));
  draw("by-model", shareChart(view, "model", "Model"));
}

const shareChart = (view, kind, label) =>
  nameChart(view, kind, { head: [label, "Outputs", "Share"], more: ({ sums }, total) => percent(ratio(sums[0], total)) });
const acceptedChart = (view, kind, label) =>
  nameChart(view, kind, { head: [label, "Suggested", "Accepted"], more: ({ sums }) => percent(ratio(sums[1], sums[0])), hasPart: true, count: 6 });

// Code completions: what was suggested, what of it was accepted, and both over seven days.
function completions(owner) {
  const isWanted = (name) => name === "code_completion";
  const [suggested, accepted] = [counts(owner, "feature", 0, isWanted), counts(owner, "feature", 1, isWanted)];
  return { suggested, accepted, rate: ratios(trailing(owner, accepted, 7, sum), trailing(owner, suggested, 7, sum)) };
}

function drawCode(view, by) {
  const columns = ["totals_by_feature"];
  const { suggested, accepted, rate } = completions(view.owner);
  by.chart("completions", [
    by.made("Suggested", suggested, columns, "pale", "bars", "sum"), by.made("Accepted", accepted, columns, "blue", "bars", "sum")]);
  by.chart("acceptance", [by.made("7 days", rate, columns, "blue", "line", "last")], RATE);
  by.chart("lines", [by.bars("Added", "loc_added_sum", "blue"), { ...by.bars("Deleted", "loc_deleted_sum", "orange"), isDown: true }]);
  by.chart("lines-suggested", [by.bars("Suggested to add", "loc_suggested_to_add_sum", "teal")]);
  draw("by-language", acceptedChart(view, "language", "Language"));
  draw("by-ide", shareChart(view, "ide", "Editor"));
}

function drawPullRequests(view, by) {
  windows("review-active", "active_copilot_code_review_users", by);
  windows("review-passive", "passive_copilot_code_review_users", by);
  by.chart("review-suggestions", [by.bars("Made", "review_suggestions", "pale"), by.bars("Applied", "review_suggestions_applied", "blue")]);
  by.chart("created", [by.bars("All", "created", "pale"), by.bars("By Copilot", "created_by_copilot", "blue")]);
  by.chart("merged", [by.bars("All", "merged", "pale"), by.bars("Created by Copilot", "merged_created_by_copilot", "blue")]);
  by.chart("reviewed", [by.bars("All", "reviewed", "pale"), by.bars("By Copilot", "reviewed_by_copilot", "blue")]);
  const hours = (label, name, colour) => by.made(
    label, trailing(view.owner, by.of(name).map((minutes) => ratio(minutes, 60)), 7, median), ["pull_requests"], colour, "line", "last");
  by.chart("hours-to-merge", [
    hours("All", "minutes_to_merge", "muted"), hours("Created by Copilot", "minutes_to_merge_authored", "blue"),
    hours("Reviewed by Copilot", "minutes_to_merge_reviewed", "violet")], HOURS);
}

function drawOlder(view, by) {
  by.chart("older-users", view.hasOlder ? [by.mean("Active", "total_active_users", "orange"), by.mean("Engaged", "total_engaged_users", "blue")] : []);
  for (const [kind, label] of [["language", "Language"], ["ide", "Editor"], ["model", "Model"]]) {
    draw(`by-older-${kind}`, view.hasOlder ? acceptedChart(view, `older_${kind}`, label) : null);
  }
}

const stretchText = (stretch) => {
  if (!stretch) return "";
  const { days } = calendarOf(stretch.owner);
  return range(days[stretch.start], days[stretch.end - 1]);
};

// Which days these are, what they are compared with, and which of them have no report.
function inWords(view) {
  const { days, rows } = calendarOf(view.owner);
  const open = view.unsettled.filter(Boolean).length;
  const start = view.before ? view.before.start : view.start;
  const missing = rows.slice(start, view.end).map((row) => row === null);
  const gaps = runs(days.slice(start, view.end), missing).map(([from, through]) => range(from, through));
  const listed = gaps.length > 6 ? `${gaps.slice(0, 6).join(", ")} and ${gaps.length - 6} more` : gaps.join(", ");
  const settled = view.now ? settledIn(view.now, rows).filter((row) => row !== null).length : 0;
  return [
    `${mediumDay(view.days[0])} to ${mediumDay(view.days[view.days.length - 1])}: ${counted(settled, "settled day", "settled days")}`,
    open ? `, ${whole(open)} not settled yet` : "",
    view.before ? `; changes are since the period before, ${stretchText(view.before)}` : "; there is no period before it to compare with",
    gaps.length ? `; no report of ${counted(missing.filter(Boolean).length, "day", "days")} (${listed})` : "", ".",
  ].join("");
}

function figuresOf(view) {
  const { owner, now, before } = view;
  const { suggested, accepted } = completions(owner);
  const of = (name) => column(owner, name);
  const both = (read) => [read(now), before ? read(before) : null];
  const shareOf = (name) => both((stretch) => stretch && ratio(lastIn(stretch, of(name)), lastIn(stretch, of("monthly_active_users"))));
  return {
    monthly: both((stretch) => lastIn(stretch, of("monthly_active_users"))),
    weekly: both((stretch) => lastIn(stretch, of("weekly_active_users"))),
    daily: both((stretch) => meanIn(stretch, of("daily_active_users"))),
    stickiness: both((stretch) => lastIn(stretch, stickiness(owner))),
    agents: shareOf("monthly_active_agent_users"),
    prompts: both((stretch) => sumIn(stretch, of("user_initiated_interaction_count"))),
    rate: both((stretch) => ratio(sumIn(stretch, accepted), sumIn(stretch, suggested))),
    lines: both((stretch) => sumIn(stretch, of("loc_added_sum"))),
  };
}

function copilotTiles(view) {
  const found = figuresOf(view);
  const all = stretchText(view.now);
  const to = view.now ? `to ${shortDay(calendarOf(view.owner).days[view.now.end - 1])}` : "";
  const tile = (label, [now, before], note, write = short, isShare = false) =>
    ({ label, value: write(now), delta: change(now, before, isShare), note });
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
  const views = report.copilot.map((owner) => [owner, copilotView(owner, shown.period, shown.grouping, [])]);
  const cell = ([now, before], write, isShare) => {
    const delta = change(now, before, isShare);
    return element("td", {}, write(now), ...(delta ? [element("small", {}, delta.text)] : []));
  };
  const row = ([owner, view], index) => {
    const found = figuresOf(view);
    const name = element("button", { type: "button", class: "link" }, isEnterprise(owner) ? `Enterprise ${owner.name}` : owner.name);
    name.addEventListener("click", () => chooseOwner(index));
    const cells = [
      cell(found.monthly, people), cell(found.weekly, people), cell(found.daily, people), cell(found.stickiness, percent, true),
      cell(found.agents, percent, true), cell(found.prompts, short), cell(found.rate, percent, true), cell(found.lines, short)];
    return element("tr", index === shown.copilot ? { class: "chosen" } : {},
      element("th", { scope: "row" }, name), ...cells, element("td", {}, sparkline(weeklyPeople(owner))));
  };
  part.querySelector("tbody").replaceChildren(...views.map(row));
}

// The weekly users of up to 26 weeks that end with the last settled day.
function weeklyPeople(owner) {
  const { settled } = calendarOf(owner);
  const end = settled.lastIndexOf(true);
  const values = column(owner, "weekly_active_users");
  const places = Array.from({ length: 26 }, (_, week) => end - 7 * (25 - week)).filter((place) => place >= 0);
  return places.map((place) => values[place]);
}

function listBreaks(breaks) {
  byId("breaks").hidden = !breaks.length;
  byId("breaks").querySelector("ol").replaceChildren(...breaks.map(({ number, date, what, source }) =>
    element("li", { value: number }, element("time", { datetime: date }, mediumDay(date)), ` ${what}. `, element("span", { class: "source" }, source))));
}

function drawEdgeImpulse() {
  const organization = report.edge_impulse[shown.edgeImpulse];
  if (!organization) return;
  const view = snapshotView(organization, shown.period);
  byId("edge-impulse").querySelector("h2 small").textContent = organization.name;
  if (!view.rows.length) return nothing("edge-impulse", `${organization.name} has no snapshot from ${mediumDay(view.from)} to ${mediumDay(view.through)}.`);
  nothing("edge-impulse", "");
  if (!report.copilot.length) shown.days = [view.instants[0].slice(0, 10), view.instants[view.instants.length - 1].slice(0, 10)];
  const { blue, orange, muted } = palette();
  const count = view.rows.length === 1
    ? "One day has a snapshot so far: lines begin with the second day."
    : `${mediumDay(view.instants[0])} to ${mediumDay(view.instants[view.instants.length - 1])}: ${view.rows.length} snapshots, the last of each day.`;
  const renewed = view.renewals.length ? ` Contract renewed on ${view.renewals.map(mediumDay).join(", ")}.` : "";
  byId("edge-impulse").querySelector(".period").textContent = count + renewed;
  edgeImpulseTiles(view);
  const chart = (id, lines, how) => draw(id, snapshotChart(view, lines, palette(), how));
  chart("contract", [
    ["All jobs", "jobs_compute_time_current_year", blue],
    ["CPU", "cpu_compute_time_current_contract", muted],
    ["GPU", "gpu_compute_time_current_contract", orange]], { ofContract: true, startsAnew: true });
  chart("compute", [["All jobs", "total_jobs_compute_time", blue]], { ofContract: true });
  chart("storage", [["Storage", "total_storage", blue]], { write: bytes, axis: { ticksuffix: "B", exponentformat: "SI" } });
  chart("projects", [["Projects", "project_count", blue]]);
  chart("users", [["Users", "user_count", blue]]);
}

function edgeImpulseTiles(view) {
  const { series, contract_since: since, observed_at: instants, limits } = view.organization;
  const [first, final] = [view.rows[0], view.rows[view.rows.length - 1]];
  const step = (name, write) => {
    const [before, now] = [series[name][first], series[name][final]];
    if (first === final || before === null || now === null) return null;
    return { points: now - before, text: `${now > before ? "+" : now < before ? "−" : "±"}${write(Math.abs(now - before))}` };
  };
  const on = first === final ? `on ${shortDay(instants[final])}` : `on ${shortDay(instants[final])}, change since ${shortDay(instants[first])}`;
  const limit = (name, write) => {
    const share = ratio(series[name][final], limits[name] ?? null);
    return share === null ? null : { share, text: `${percent(share)} of the plan's ${write(limits[name])}` };
  };
  const tile = (label, name, write, note) => ({ label, value: write(series[name][final]), note: note || on, delta: note ? null : step(name, write), limit: limit(name, write) });
  const begun = since[final] ? `since ${mediumDay(since[final])}; unit uncertain` : "unit uncertain";
  tiles("edge-impulse-tiles", [
    tile("Compute time in the contract", "jobs_compute_time_current_year", short, begun),
    tile("GPU time in the contract", "gpu_compute_time_current_contract", short, begun),
    tile("Storage", "total_storage", bytes),
    tile("Projects", "project_count", whole),
    tile("Users", "user_count", whole),
  ]);
}
