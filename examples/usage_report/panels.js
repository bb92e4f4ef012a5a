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
        texts: [whole(people), ...(view.before ? [{ text: change(found, before, true)?.text || "", breaks: breaksIn(view, [name, "monthly_active_users"]) }] : []), percent(found)] })),
    },
    table: { head: ["Way", "People", "Share of monthly active users", "Share in the period before"], write: whole,
      rows: items.map(({ label, people, share: found, before }) => [label, people, found, before]) },
  };
}

function drawPhases(view, by) {
  const names = [...((view.owner.breakdowns.phase || {}).names || [])].sort();
  const colours = ["grey", "pale", "blue", "green", "orange", "violet"];
  const colour = (name, index) => colours[Math.min((/\d+/.exec(name) || [index])[0], colours.length - 1)];
  const over28Days = by.made("", counts(view.owner, "phase", 0, () => true), [], "", "bars", "last").values;
  const isMonthly = known(over28Days).length > 0;
  byId("phases").querySelector("figcaption p").textContent = isMonthly
    ? "People by GitHub's phase, over the 28 days that end with the day" : "People who used Copilot that day, by GitHub's phase; over a week, the average";
  const series = names.map((name, index) => ({
    ...by.made(friendly(name), counts(view.owner, "phase", isMonthly ? 0 : 1, (one) => one === name), ["totals_by_ai_adoption_phase"],
      colour(name, index), "bars", isMonthly ? "last" : "mean"), raw: name }));
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
    const [now, before] = sums(view, column(view.owner, name));
    return { label, value: short(now), delta: change(now, before), breaks: breaksIn(view, [report.members[name]]), note: `${note}${all}` };
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
  coverage("by-model", view, "model");
}

// GitHub names a model or an editor for a part of the outputs only.
function coverage(id, view, kind) {
  const total = (name) => sum(byName(view.now, name).map(({ sums }) => sums[0]));
  const share = ratio(total(kind), total("feature"));
  const isPart = share !== null && share < 0.995;
  byId(id).querySelector("figcaption p").textContent =
    `What Copilot generated, all features${isPart ? `: GitHub says it of ${percent(share)} of the outputs` : ""}`;
}

const shareChart = (view, kind, label) =>
  nameChart(view, kind, { head: [label, "Outputs", "Share"], more: ({ sums }, total) => percent(ratio(sums[0], total)) });
const acceptedChart = (view, kind, label) =>
  nameChart(view, kind, { head: [label, "Suggested", "Accepted"], more: ({ sums }) => percent(ratio(sums[1], sums[0])), hasPart: true, count: 6 });

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
  coverage("by-ide", view, "ide");
}

function drawPullRequests(view, by) {
  const part = (label, name, all, of) => {
    const [parts, wholes] = [name, all].map((one) => column(view.owner, one));
    const share = (stretch) => stretch && ratio(sumIn(stretch, parts), sumIn(stretch, wholes));
    return {
      label, value: percent(share(view.now)), delta: change(share(view.now), share(view.before), true), breaks: breaksIn(view, ["pull_requests"]),
      note: `${short(sumIn(view.now, parts))} of ${short(sumIn(view.now, wholes))} ${of}, ${stretchText(view.now)}` };
  };
  tiles("pull-request-tiles", [
    part("Created by Copilot", "created_by_copilot", "created", "created"),
    part("Merged, created by Copilot", "merged_created_by_copilot", "merged", "merged"),
    part("Reviewed by Copilot", "reviewed_by_copilot", "reviewed", "reviewed"),
    part("Suggestions applied", "review_suggestions_applied", "review_suggestions", "in reviews by Copilot"),
  ]);
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
