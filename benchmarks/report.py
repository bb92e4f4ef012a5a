"""The figures of one run as docs/benchmarks.md: all of its text is made here, nothing in it is typed by hand."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks import growth, plots, sixty_days
from benchmarks.growth import LIMITS, Kind, Point
from benchmarks.promises import ORDER

Results = Mapping[str, Any]
OURS = "source-usage-metrics"
KINDS: Mapping[Kind, str] = {
    "daily 28": "Daily sync",
    "first 28": "First sync of 28 days",
    "first 365": "First sync of 365 days",
}
READING = """\
- **Wall time** is a monotonic clock around the whole process; **CPU** is user and system time and **peak memory** the
  largest resident size, both as the operating system accounts for the finished process. The stand-in APIs live in
  another process and are in no figure.
- Where a sync's wall time is held against a limit, it counts from the first request to the end of the process: the
  start-up, which is Airbyte's CDK for the most part, has a row of its own.
- So the wall time of a first sync of one organization and 365 days stands here three times: from its first request, as
  a whole process, and computed for twenty requests in flight.
- The limit for the CPU of a daily sync is what `requests` and `orjson` take to fetch and parse the very same answers,
  one after another, with nothing else done to them.
- All contestants read the same days from the same stand-ins, each installed in an environment of its own with pinned
  versions. The peers' first syncs run side by side: they spend their time waiting for answers. A busy day's row of a
  usage report has {row_kb:.0f} KB.
- The peers' code is in `benchmarks/peers/`. Each follows the recipe that costs the fewest calls: each day's report at
  the first sync, the 28-day report afterwards, and each day again when that report no longer reaches back far enough.
- dlt is source and destination in one: its figures include writing the rows to files, where the others print them.
- Figures marked † are computed, not measured: on the line through the two largest numbers that were."""
PEERS = """\
The 28-day report costs one call, but it ends a day or more before yesterday, has nothing of a day that it has passed
by, and may be outdated. The connector also asks for each day that is new, revised or missing there, and for the day
that turns 21, by itself: hence its further calls. What that is worth shows after {syncs} syncs of a simulated summer:
days come one to five days late, in any order, or never; half are revised, up to 20 days back; the API is down in
{api_down} syncs, the download host in {files_down}; there are pauses of {pauses} days, and from the {joins}th sync on
a second organization. What a deduplicating warehouse then holds is compared with what the API says: after each sync
that met no outage, and at the end."""
SPLIT = """\
GitHub's hourly limit belongs to the token, not to the connection: {first:,} calls an hour for most, {second:,} where
the organization is in GitHub Enterprise Cloud. Splitting organizations over connections helps only when each of these
has a token of its own; a GitHub App has a limit for each organization that it is installed on, and needs no splitting.
*Waits* are the full hours for which one token's limit makes a sync rest; *tokens* is how many bring that below 24.
*Wall* is the longest of three, without those waits: GitHub's 900 calls a minute, the answers' 200 ms at {workers}
requests in flight, and the connector's own CPU."""


def write(results: Results, docs: Path) -> Path:
    """The page and its plots.

    Returns:
        Where the page is.
    """
    page, pictures = docs / "benchmarks.md", docs / "benchmarks"
    _draw(results, pictures)
    page.write_text("\n".join(_page(results)) + "\n", encoding="utf-8")
    return page


def _page(results: Results) -> Iterable[str]:
    yield "# Benchmarks"
    yield ""
    yield "<!-- Written by `make bench`: run it again instead of editing. -->"
    yield ""
    if "note" in results:
        yield f"**{results['note']}**"
        yield ""
    yield from _summary(results)
    yield ""
    yield _machine(results)
    yield ""
    yield from promises(results)
    yield ""
    yield from _comparison(results)
    yield ""
    yield from _growth(results)
    yield ""
    yield "## How it is measured"
    yield ""
    yield READING.format(row_kb=results["row_kb"])


# What is compared: where it stands in the results, its name, how it is written, and whether less is better.
RACES: Sequence[tuple[str, str, str, str, bool]] = (
    ("first", "calls", "calls of a first sync of 365 days", "{:,}", True),
    ("first", "wall", "wall time of a first sync", "{:.1f} s", True),
    ("first", "cpu", "CPU of a first sync", "{:.2f} s", True),
    ("daily", "calls", "calls of a daily sync", "{:,}", True),
    ("daily", "wall", "wall time of a daily sync", "{:.1f} s", True),
    ("daily", "cpu", "CPU of a daily sync", "{:.2f} s", True),
    ("daily", "peak", "memory of a daily sync", "{:.0f} MiB", True),
    ("daily", "records", "rows sent in a daily sync", "{:,}", True),
    ("sixty days", "mornings_right", "mornings with every row right, of the simulated sixty days", "{}", False),
    ("sixty days", "sent", "rows sent in these", "{:,}", True),
    ("sixty days", "calls", "calls in these", "{:,}", True),
)


def _summary(results: Results) -> Iterable[str]:
    """What it costs, where it is ahead of the others and where behind, and what it was to hold and doesn't."""
    jobs: Mapping[str, Mapping[str, Mapping[str, Any]]] = {
        "first": {name: costs[-1] for name, costs in results["first_syncs"].items()},
        "daily": results["daily_syncs"],
        "sixty days": results["verdicts"],
    }
    first, daily = jobs["first"][OURS], jobs["daily"][OURS]
    yield (
        f"- **It costs**, for one organization at 200 ms an answer: each day {daily['calls']} API calls, "
        f"{daily['wall']:.1f} s and {daily['peak']:.0f} MiB; at the first sync of 365 days {first['calls']} API calls "
        f"and {first['wall']:.0f} s."
    )
    ahead, behind = [], []
    for job, key, name, form, less_is_better in RACES:
        values = {who: one[key] for who, one in jobs[job].items()}
        best = (min if less_is_better else max)(values, key=values.__getitem__)
        ours = form.format(values[OURS])
        others = form.format((min if less_is_better else max)(value for who, value in values.items() if who != OURS))
        if values[best] == values[OURS]:
            ahead.append(f"{name} ({ours}; the next {others})")
        else:
            behind.append(f"{name} ({ours}; {best} {others})")
    yield f"- **Ahead of the peers, or level**: {'; '.join(ahead) or 'nowhere'}."
    yield f"- **Behind**: {'; '.join(behind) or 'nowhere'}."
    missed = [one for one in results["promises"].values() if not one["holds"]]
    for one in missed:
        yield f"- **Misses its aim** of {one['hold']}: {one['what']}: {one['measured']}. {one['limit']}."


def _machine(results: Results) -> str:
    machine = results["machine"]
    versions = "; ".join(
        f"{name}: " + ", ".join(f"{package} {version}" for package, version in found.items())
        for name, found in results["versions"].items()
    )
    load = " to ".join(f"{load:.1f}" for load in results["load"])
    return (
        f"Run on {results['date']} in {sum(results['took'].values()) / 60:.0f} minutes on {machine['processor']}, "
        f"{machine['cores']} cores, {machine['memory']}, {machine['system']}, Python {machine['Python']}; "
        f"load average {load}. {versions}."
    )


def promises(results: Results) -> Iterable[str]:
    """The table of the numbers to hold."""
    yield "## The numbers to hold"
    yield ""
    rows = [
        (one["what"], one["measured"], one["limit"], one["hold"], "yes" if one["holds"] else "**no**", one["runs"])
        for one in (results["promises"][key] for key in ORDER if key in results["promises"])
    ]
    yield from table(("what", "measured", "limit", "to hold", "holds", "runs"), rows)


def _comparison(results: Results) -> Iterable[str]:
    first, daily = results["first_syncs"], results["daily_syncs"]
    yield "## Beside what people use today"
    yield ""
    yield "One organization, 200 ms an answer, at most five requests in flight."
    yield ""
    yield "**First sync of 365 days** of usage reports (once)"
    yield ""
    yield from _costs({name: costs[-1] for name, costs in first.items()})
    yield ""
    yield "![Wall time over the days of history](benchmarks/wall.svg)"
    yield ""
    yield "![API calls over the days of history](benchmarks/calls.svg)"
    yield ""
    yield f"**Daily sync** of usage reports (median of {results['times']})"
    yield ""
    yield from _costs(daily)
    yield ""
    times = f"a first sync of {results['older_days']} days (once), then a daily one (median of {results['times']})"
    yield f"**The older metrics endpoint**: {times}"
    yield ""
    yield from _older(results)
    yield ""
    yield "**Rows right after 60 simulated syncs**"
    yield ""
    pauses = ", ".join(map(str, sixty_days.PAUSES.values()))
    yield PEERS.format(
        syncs=sixty_days.SYNCS,
        api_down=len(sixty_days.API_DOWN),
        files_down=len(sixty_days.FILES_DOWN),
        pauses=pauses,
        joins=sixty_days.JOINS + 1,
    )
    yield ""
    yield from _verdicts(results["verdicts"])


def _costs(costs: Mapping[str, Mapping[str, float]]) -> Iterable[str]:
    rows = [
        (
            name,
            f"{cost['calls']:,}",
            f"{cost['downloads']:,}",
            f"{cost['wall']:.1f} s",
            f"{cost['cpu']:.2f} s",
            f"{cost['peak']:.0f} MiB",
            f"{cost['records']:,}",
        )
        for name, cost in costs.items()
    ]
    yield from table(("", "API calls", "downloads", "wall", "CPU", "peak memory", "rows sent"), rows)


def _older(results: Results) -> Iterable[str]:
    rows = [
        (
            name,
            costs[-1]["calls"],
            f"{costs[-1]['wall']:.1f} s",
            costs[-1]["records"],
            results["older_daily"][name]["calls"],
            f"{results['older_daily'][name]['wall']:.1f} s",
            results["older_daily"][name]["records"],
        )
        for name, costs in results["older_first"].items()
    ]
    heads = ("", "API calls, first", "wall", "rows sent", "API calls, daily", "wall", "rows sent")
    yield from table(heads, rows)


def _verdicts(verdicts: Mapping[str, Mapping[str, Any]]) -> Iterable[str]:
    rows = [
        (
            name,
            f"{one['mornings_right']} of {one['mornings']}",
            one["worst"],
            f"{one['right']} of {one['rows']} ({one['right'] / one['rows']:.1%})",
            one["missing"],
            one["outdated"],
            one["made_up"],
            f"{one['first_right']} + {one['second_right']}",
            one["failed"],
            f"{one['sent']:,}",
            f"{one['calls']:,}",
        )
        for name, one in verdicts.items()
    ]
    heads = (
        "",
        "mornings with every row right",
        "rows wrong on the worst",
        "rows right at the end",
        "missing",
        "out of date",
        "made up",
        "right, by organization",
        "syncs failed",
        "rows sent",
        "API calls",
    )
    yield from table(heads, rows)


def _growth(results: Results) -> Iterable[str]:
    yield "## Growth"
    yield ""
    first, second = LIMITS
    yield SPLIT.format(first=first, second=second, workers=growth.WORKERS)
    for kind, title in KINDS.items():
        yield ""
        yield f"**{title}**"
        yield ""
        heads = ["organizations", "API calls", "wall at 200 ms", "CPU", "peak memory", "printed"]
        heads += [f"waits, {limit:,}/h" for limit in LIMITS] + [f"tokens, {limit:,}/h" for limit in LIMITS]
        yield from table(heads, [_point(point, results["waits"][kind]) for point in _points(results, kind)])
    yield ""
    yield "![Peak memory over organizations](benchmarks/memory.svg)"


def _points(results: Results, kind: Kind) -> list[Point]:
    return growth.extended([point for point in _measured(results) if point.kind == kind])


def _measured(results: Results) -> list[Point]:
    return sorted(
        (Point(**point) for point in (*results["growth"], results["fifty"])), key=lambda point: point.organizations
    )


def _point(point: Point, wait: float) -> tuple[Any, ...]:
    mark = "" if point.measured else " †"
    return (
        point.organizations,
        f"{point.calls:,}{mark}",
        f"{duration(growth.wall(point, wait))} †",
        f"{duration(point.cpu)}{mark}",
        f"{point.peak:.0f} MiB{mark}",
        f"{point.printed:,.1f} MB{mark}",
        *(f"{growth.hours(point.calls, limit)} h" for limit in LIMITS),
        *(growth.tokens(point.calls, limit) for limit in LIMITS),
    )


def _draw(results: Results, pictures: Path) -> None:
    first: Mapping[str, Any] = results["first_syncs"]
    for name, value, label in (("wall", "wall", "Wall time of a first sync, s"), ("calls", "calls", "Calls to the API host")):
        curves = {who: [(cost["days"], cost[value]) for cost in costs] for who, costs in first.items()}
        plots.lines(pictures / f"{name}.svg", curves, ("days of history; 200 ms an answer", label))
    memory = {
        title: [(point.organizations, point.peak) for point in _measured(results) if point.kind == kind]
        for kind, title in KINDS.items()
    }
    plots.lines(pictures / "memory.svg", memory, ("organizations", "Peak memory, MiB"), logarithmic=True)


def duration(seconds: float) -> str:
    """As people say it."""
    if seconds < 120:
        return f"{seconds:.1f} s"
    return f"{seconds / 60:.0f} min" if seconds < 2 * 3600 else f"{seconds / 3600:.1f} h"


def table(heads: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterable[str]:
    """Markdown."""
    yield "| " + " | ".join(heads) + " |"
    yield "|" + "|".join(" --- " for _ in heads) + "|"
    for row in rows:
        yield "| " + " | ".join(map(str, row)) + " |"
