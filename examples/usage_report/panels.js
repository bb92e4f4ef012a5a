// What stands in each card of the two sections: which columns, drawn how.
"use strict";

function drawCopilot() {
  const organization = report.copilot[shown.copilot];
  if (!organization) return;
  const view = copilotView(organization, shown.period, report.breaks);
  byId("copilot").querySelector("h2 small").textContent = longName(organization);
  if (!view.days.length) return nothing("copilot", `${organization.name} has no day ${span(view.wantedFrom, view.wantedThrough)}.`);
  nothing("copilot", "");
  shown.days = [view.days[0], view.days[view.days.length - 1]];
  byId("copilot").querySelector(".period").textContent = inWords(view);
  const colours = palette();
  const byDay = (id, series, how) => draw(id, dayChart(view, series, colours, how));
  whoCounts(organization);
  copilotTiles(view);
  drawUse(view, colours, byDay);
  drawParts(view, colours, byDay);
  listBreaks(view.breaks);
}

const longName = ({ kind, name }) => (kind === "enterprise" ? `Enterprise ${name} (each person counted once)` : name);

// Organizations can't be added up: where there is an enterprise, it has the number of people.
function whoCounts(organization) {
  const enterprises = report.copilot.filter(({ kind }) => kind === "enterprise").map(({ name }) => name);
  const isOneOfSeveral = organization.kind === "organization" && report.copilot.filter(({ kind }) => kind === "organization").length > 1;
  byId("who-counts").hidden = !enterprises.length || !isOneOfSeveral;
  byId("who-counts").textContent =
    `A person who is in two organizations counts in each of them. For the number of people choose the enterprise ${enterprises.join(" or ")}.`;
}

function listBreaks(breaks) {
  byId("breaks").hidden = !breaks.length;
  byId("breaks").querySelector("ol").replaceChildren(...breaks.map(({ number, date, what, source }) =>
    element("li", { value: number }, element("time", { datetime: date }, mediumDay(date)), ` ${what}. `, element("span", { class: "source" }, source))));
}

const span = (from, through) => `from ${mediumDay(from)} to ${mediumDay(through)}`;
const counted = (count, one, many) => `${whole(count)} ${count === 1 ? one : many}`;

// Which days these are, and which of them have no report.
function inWords(view) {
  const open = view.unsettled.filter(Boolean).length;
  const gaps = runs(view.days, view.missing).map(([from, last]) => range(from, last));
  const listed = gaps.length > 6 ? `${gaps.slice(0, 6).join(", ")} and ${gaps.length - 6} more` : gaps.join(", ");
  return [
    `${mediumDay(view.days[0])} to ${mediumDay(view.days[view.days.length - 1])}: `,
    counted(view.settledRows.size, "settled day", "settled days"),
    open ? `, ${whole(open)} not settled yet` : "",
    gaps.length ? `, no report of ${counted(view.missing.filter(Boolean).length, "day", "days")} (${listed})` : "", ".",
  ].join("");
}

function copilotTiles(view) {
  const last = Math.max(...view.settledRows);
  const series = view.organization.series;
  const on = Number.isFinite(last) ? `on ${shortDay(view.organization.days[last])}` : "";
  const at = (name) => (on ? short(series[name][last]) : "–");
  const completions = byName(view, "feature").find((item) => item.name === "code_completion") || { generated: null, accepted: null };
  const all = "on settled days";
  tiles("copilot-tiles", [
    ["Daily active users", at("daily_active_users"), on],
    ["Weekly active users", at("weekly_active_users"), `7 days, ${on}`],
    ["Monthly active users", at("monthly_active_users"), `28 days, ${on}`],
    ["Prompts", short(sum(ofSettledDays(view, "user_initiated_interaction_count"))), all],
    ["Acceptance rate", percent(ratio(completions.accepted, completions.generated)), `of ${short(completions.generated)} completions`],
    ["Lines added", short(sum(ofSettledDays(view, "loc_added_sum"))), "agents' edits included"],
  ]);
}

function drawUse(view, colours, byDay) {
  const { blue, orange, green, muted, pale } = colours;
  const line = (label, name, colour) => ({ label, values: column(view, name), columns: [name], colour, mark: "line" });
  const columns = ["totals_by_feature"];
  const { generated, accepted } = dayByDay(view, "feature", "code_completion");
  const rates = (taken, made) => taken.map((value, at) => ratio(value, made[at]));
  byDay("active-users", [
    line("Daily", "daily_active_users", blue),
    line("Weekly", "weekly_active_users", orange),
    line("Monthly", "monthly_active_users", green)]);
  byDay("completions", [
    { label: "Suggested", values: generated, columns, colour: pale, mark: "bars" },
    { label: "Accepted", values: accepted, columns, colour: blue, mark: "bars" }]);
  byDay("acceptance", [
    { label: "The day", values: rates(accepted, generated), columns, colour: pale, mark: "dots" },
    { label: "7 days", values: rates(sevenDays(view, accepted), sevenDays(view, generated)), columns, colour: blue, mark: "line" }], RATE);
  byDay("lines", [
    line("Suggested to add", "loc_suggested_to_add_sum", muted),
    line("Added", "loc_added_sum", blue),
    line("Deleted", "loc_deleted_sum", orange)]);
  for (const kind of ["language", "feature", "ide", "model"]) {
    const labels = kind === "language" ? ["Suggested", "Accepted"] : ["Generated", "Accepted"];
    draw(`by-${kind}`, nameChart(byName(view, kind), labels, colours));
  }
}

// What not every organization has: the command line, pull requests, days from the older API.
function drawParts(view, colours, byDay) {
  const { blue, orange, violet, muted, pale } = colours;
  const of = (name) => column(view, name);
  const total = (name) => short(sum(ofSettledDays(view, name)));
  const all = "on settled days";
  const series = (label, name, colour, mark) => ({ label, values: of(name), columns: [report.members[name] || name], colour, mark });
  const bars = (label, name, colour) => series(label, name, colour, "bars");
  const line = (label, name, colour) => series(label, name, colour, "line");
  const hours = (label, name, colour) => {
    const inMinutes = series(label, name, colour, "dots");
    return { ...inMinutes, values: inMinutes.values.map((minutes) => ratio(minutes, 60)) };
  };
  byId("cli-part").hidden = !known([...of("daily_active_cli_users"), ...of("cli_sessions")]).length;
  byId("pull-requests-part").hidden = !known([...of("created"), ...of("merged")]).length;
  byId("older-part").hidden = !view.isOlder.some(Boolean);
  tiles("cli-tiles", [
    ["Sessions", total("cli_sessions"), all],
    ["Requests", total("cli_requests"), all],
    ["Tokens sent", total("cli_tokens_sent"), "to the models"],
    ["Tokens written", total("cli_tokens_written"), "by the models"],
  ]);
  byDay("cli-people", [bars("People", "daily_active_cli_users", blue)]);
  byDay("cli-sessions", [bars("Sessions", "cli_sessions", blue)]);
  const third = { ...COUNT, height: 220 };
  byDay("created", [bars("All", "created", pale), bars("By Copilot", "created_by_copilot", blue)], third);
  byDay("merged", [bars("All", "merged", pale), bars("Created by Copilot", "merged_created_by_copilot", blue)], third);
  byDay("reviewed", [bars("All", "reviewed", pale), bars("By Copilot", "reviewed_by_copilot", blue)], third);
  byDay("minutes-to-merge", [
    hours("All", "minutes_to_merge", muted),
    hours("Created by Copilot", "minutes_to_merge_authored", blue),
    hours("Reviewed by Copilot", "minutes_to_merge_reviewed", violet)], HOURS);
  byDay("older-users", [line("Active", "total_active_users", orange), line("Engaged", "total_engaged_users", blue)]);
  for (const kind of ["language", "ide", "model"]) {
    draw(`by-older-${kind}`, nameChart(byName(view, `older_${kind}`), ["Suggested", "Accepted"], colours));
  }
}

function drawEdgeImpulse() {
  const organization = report.edge_impulse[shown.edgeImpulse];
  if (!organization) return;
  const view = snapshotView(organization, shown.period);
  byId("edge-impulse").querySelector("h2 small").textContent = organization.name;
  if (!view.rows.length) return nothing("edge-impulse", `${organization.name} has no snapshot ${span(view.wantedFrom, view.wantedThrough)}.`);
  nothing("edge-impulse", "");
  if (!report.copilot.length) shown.days = [view.instants[0].slice(0, 10), view.instants[view.instants.length - 1].slice(0, 10)];
  const { blue, orange, muted } = palette();
  const last = view.rows[view.rows.length - 1];
  const count = view.rows.length === 1
    ? "Snapshots of one day so far, the last of which is shown: a line begins with the second day."
    : `${view.rows.length} snapshots, the last of each day; between two of them nothing was measured.`;
  const renewed = view.renewals.length ? ` Contract renewed on ${view.renewals.map(mediumDay).join(", ")}.` : "";
  byId("edge-impulse").querySelector(".period").textContent = count + renewed;
  edgeImpulseTiles(view, last);
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

function edgeImpulseTiles(view, last) {
  const { series, contract_since: since } = view.organization;
  const first = view.rows[0];
  const on = `on ${shortDay(view.organization.observed_at[last])}`;
  const begun = since[last] ? `since ${mediumDay(since[last])}; ` : "";
  const change = (name, write) => {
    const [before, now] = [series[name][first], series[name][last]];
    if (first === last || before === null || now === null) return on;
    const step = now === before ? "unchanged" : `${now > before ? "+" : "−"}${write(Math.abs(now - before))}`;
    return `${step} since ${shortDay(view.organization.observed_at[first])}`;
  };
  tiles("edge-impulse-tiles", [
    ["Compute time in the contract", short(series.jobs_compute_time_current_year[last]), `${begun}unit uncertain`],
    ["Storage", bytes(series.total_storage[last]), change("total_storage", bytes)],
    ["Projects", whole(series.project_count[last]), change("project_count", whole)],
    ["Users", whole(series.user_count[last]), change("user_count", whole)],
  ]);
}
