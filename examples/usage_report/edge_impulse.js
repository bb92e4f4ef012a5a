// What stands in Edge Impulse's part.
"use strict";

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
  const on = first === final ? `on ${shortDay(instants[final])}` : range(instants[first].slice(0, 10), instants[final].slice(0, 10));
  const limit = (name, write) => {
    const share = ratio(series[name][final], limits[name] ?? null);
    return share === null ? null : { share, text: `${percent(share)} of the plan's ${write(limits[name])}` };
  };
  const tile = (label, name, write, note) =>
    ({ label, value: write(series[name][final]), note: note || on, delta: note ? null : step(name, write), limit: limit(name, write) });
  const begun = since[final] ? `since ${mediumDay(since[final])}; unit uncertain` : "unit uncertain";
  tiles("edge-impulse-tiles", [
    tile("Compute time in the contract", "jobs_compute_time_current_year", short, begun),
    tile("GPU time in the contract", "gpu_compute_time_current_contract", short, begun),
    tile("Storage", "total_storage", bytes),
    tile("Projects", "project_count", whole),
    tile("Users", "user_count", whole),
  ]);
}
