"""The numbers to hold: each measured, with the limit that nobody can beat beside it."""

import json
import socket
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from benchmarks import growth
from benchmarks.contestants import GITHUBS_PACE, NO_PACE, Job, Ours, forget
from benchmarks.growth import Point
from benchmarks.processes import Run, median, must, run
from benchmarks.sixty_days import Verdict
from benchmarks.world import LATENCY, TODAY, World, day, world

TIMES = 5
# Starts are short and their ratio is close: more of them.
STARTS = 11
# What nobody who reads these answers can do without: requests, and orjson.
FETCH = """
import json, sys, time, orjson, requests
token, path = sys.argv[1:]
session, signed = requests.Session(), {"Authorization": f"Bearer {token}"}
urls = json.load(open(path))
began = time.process_time()
for url, is_api in urls:
    body = session.get(url, headers=signed if is_api else {}).content
    if body:
        orjson.loads(body)
print(time.process_time() - began)
"""


Key = Literal[
    "daily calls",
    "never calls",
    "first sync",
    "ten organizations",
    "rows right",
    "memory",
    "daily cpu",
    "spec",
    "check",
    "refused check",
    "found check",
    "found daily",
    "file memory",
]
ORDER: tuple[Key, ...] = get_args(Key)


@dataclass(frozen=True)
class Promise:
    """One row: what was measured, in words and numbers, and whether it holds."""

    key: Key
    what: str
    measured: str
    limit: str
    hold: str
    holds: bool
    runs: int

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def start_up(ours: Ours, console: Path) -> tuple[Promise, float]:
    """`spec` beside a bare import of the CDK, in turn; and the memory of that import, in MiB."""
    bare: list[Run] = []
    spec: list[Run] = []
    for _ in range(STARTS + 1):
        bare.append(must(run([ours.python, "-c", "import airbyte_cdk"], ours.output), ours.output))
        spec.append(must(run([console, "spec"], ours.output), ours.output))
    floor, whole = median(bare[1:], lambda one: one.wall), median(spec[1:], lambda one: one.wall)
    promise = Promise(
        "spec",
        "`spec`, wall time",
        f"{whole:.2f} s ({whole / floor:.2f} ×)",
        f"a bare `import airbyte_cdk`: {floor:.2f} s",
        "≤ 1.15 ×",
        whole <= 1.15 * floor,
        STARTS,
    )
    return promise, median(bare[1:], lambda one: one.peak_mib)


def daily_calls(ours: Ours, count: int = 10) -> Promise:
    """The day after a first sync: three calls, and one for each day whose own report has to tell what changed."""
    with world(TODAY.subtract(days=1)) as apis:
        job = Job(apis.add(count), day(TODAY, 60))
        forget(ours)
        must(ours.sync(apis, job), ours.output)
        apis.turn_to(TODAY)
        apis.forget()
        must(ours.sync(apis, job), ours.output)
        calls = apis.calls() / count
        changed = sum(not row["is_settled"] for row in ours.rows()) / count
    what = "API calls per organization in a daily sync that finds one new day"
    hold = "≤ 3, and 1 for each changed day"
    return Promise("daily calls", what, f"{calls:.1f}", "1", hold, changed == 1 and calls <= 3 + changed, 1)


def never_calls(ours: Ours) -> Promise:
    """A sync of a year of an organization that never had a report."""
    with world(TODAY) as apis:
        (login,) = apis.add(1)
        apis.apis.github.organizations[login].since = "2099-01-01"
        forget(ours)
        must(ours.sync(apis, Job([login], day(TODAY, 365))), ours.output)
        calls = apis.calls()
    what = "API calls per sync of an organization that never had a report"
    return Promise("never calls", what, f"{calls}", "1", "≤ 16", calls <= 16, 1)


def first_sync(ours: Ours) -> Promise:
    """365 days of one organization, 200 ms an answer, 5 in flight."""
    with world(latency=LATENCY) as apis:
        job = Job(apis.add(1), day(TODAY, 365), calls_per_minute=GITHUBS_PACE)
        work = _middle(lambda: _timed(apis, ours, job))
        calls, downloads = apis.calls(), apis.downloads()
    limit = (calls + downloads) * LATENCY / 5
    return Promise(
        "first sync",
        "First sync of 365 days, 1 organization, 200 ms per answer, num_workers 5",
        f"{work:.1f} s ({work / limit:.2f} ×)",
        f"{calls} calls and {downloads} downloads × 0.2 s ÷ 5: {limit:.1f} s",
        "≤ 1.15 ×",
        work <= 1.15 * limit,
        TIMES,
    )


def _timed(apis: World, ours: Ours, job: Job) -> float:
    """From the first request to the end of the process: the start-up stands in a row of its own."""
    forget(ours)
    apis.forget()
    done = must(ours.sync(apis, job, keep=False), ours.output)
    return done.ended - apis.first_request()


def ten_organizations(ours: Ours) -> Promise:
    """365 days of ten organizations, at GitHub's pace."""
    with world(latency=LATENCY) as apis:
        job = Job(apis.add(10), day(TODAY, 365), workers=20, calls_per_minute=GITHUBS_PACE)
        work, calls, busiest = _timed(apis, ours, job), apis.calls(), apis.busiest_minute()
    limit = ten_limit(calls, 20)
    return Promise(
        "ten organizations",
        "The same for 10 organizations, num_workers 20, at GitHub's pace",
        f"{work:.0f} s ({work / limit:.2f} ×), at most {busiest} calls in any 60 s",
        f"{calls} calls, 900 a minute: {limit:.0f} s",
        "≤ 1.1 ×, ≤ 900 calls in any 60 s",
        work <= 1.1 * limit and busiest <= 900,
        1,
    )


def ten_limit(calls: int, workers: int) -> float:
    """900 calls a minute; what is left over takes two answers each, a call's and a download's."""
    minutes = (calls - 1) // 900
    return 60 * minutes + (calls - 900 * minutes) * 2 * LATENCY / workers


def rows_right(verdict: Verdict) -> Promise:
    """What the sixty simulated days left in the table."""
    return Promise(
        "rows right",
        "Rows right after 60 simulated daily syncs with late, missing, revised days, outages and pauses",
        f"{verdict.right} of {verdict.rows} ({verdict.share:.1%})",
        "100 %",
        "100 %",
        verdict.right == verdict.rows and not verdict.made_up,
        1,
    )


def peak_memory(ours: Ours, bare_mib: float) -> tuple[Promise, Point]:
    """A first sync of 365 days, as fast as it goes."""
    (point,) = growth.measure(ours, [50], 365)
    promise = Promise(
        "memory",
        f"Peak memory, {point.organizations} organizations × 365 days",
        f"{point.peak:.0f} MiB ({point.peak / bare_mib:.2f} ×)",
        f"a bare `import airbyte_cdk`: {bare_mib:.0f} MiB",
        "≤ 1.35 ×",
        point.peak <= 1.35 * bare_mib,
        1,
    )
    return promise, point


def daily_cpu(ours: Ours) -> Promise:
    """A daily sync of 50 organizations; beside it, the same answers fetched and parsed, and nothing else done."""
    count = 50
    with world(TODAY.subtract(days=1)) as apis:
        job = Job(apis.add(count), day(TODAY, 28))
        forget(ours)
        must(ours.sync(apis, job), ours.output)
        apis.turn_to(TODAY)
        apis.forget()
        must(ours.sync(apis, job, keep=False), ours.output)
        emitted, urls = ours.records(), apis.urls()
        asked = ours.folder / "urls.json"
        asked.write_text(json.dumps(urls), encoding="utf-8")
        whole = _repeated(lambda: must(ours.sync(apis, job, keep=False), ours.output))
        fetched = _middle(lambda: _printed(ours, FETCH, apis.apis.github.token, asked))
        idle = median(_repeated(lambda: must(_idle(apis, ours), ours.output)), lambda one: one.cpu)
    work = median(whole, lambda one: one.cpu) - idle
    return Promise(
        "daily cpu",
        f"CPU of a daily sync of {count} organizations (a 28-day report each, {emitted} rows sent)",
        f"start-up {idle:.2f} s + {work:.2f} s ({work / fetched:.1f} ×)",
        f"requests and orjson fetch and parse the same {len(urls)} answers in {fetched:.2f} s",
        "start-up + ≤ 4 ×",
        work <= 4 * fetched,
        TIMES,
    )


def _repeated(once: Callable[[], Run]) -> list[Run]:
    """The first is not counted."""
    return [once() for _ in range(TIMES + 1)][1:]


def _idle(apis: World, ours: Ours) -> Run:
    """A sync whose every day is done: Airbyte's start-up, ours, and nothing to ask."""
    config = ours.config(apis, Job(["organization-001"], "2026-01-01"))
    config["github"]["until"] = "2026-01-01"
    span = [{"from": "2026-01-01", "through": "2026-01-01"}]
    state = {"version": 2, "organizations": {"organization-001": {"closed": span, "endpoint": "usage_reports"}}}
    descriptor = {"stream_descriptor": {"name": "copilot_days"}, "stream_state": state}
    idle = Ours(ours.python, ours.folder / "idle")
    idle.file("state", [{"type": "STREAM", "stream": descriptor}])
    return run(idle.launch(apis, NO_PACE, idle.options(config)), ours.output)


def _printed(ours: Ours, script: str, *arguments: str | Path) -> float:
    must(run([ours.python, "-c", script, *arguments], ours.output), ours.output)
    return float(json.loads(ours.output.read_text(encoding="utf-8")))


def _middle(once: Callable[[], float]) -> float:
    return sorted(once() for _ in range(TIMES))[TIMES // 2]


def check(ours: Ours) -> Promise:
    """Fifty organizations, 200 ms an answer, 5 in flight: of each its 28-day report and the file's first bytes."""
    count = 50
    with world(latency=LATENCY) as apis:
        job = Job(apis.add(count), day(TODAY, 28), calls_per_minute=GITHUBS_PACE)

        def checked() -> float:
            apis.forget()
            return must(run(ours.check(apis, job), ours.output), ours.output).ended - apis.first_request()

        work, calls, downloads = _middle(checked), apis.calls(), apis.downloads()
    limit = (calls + downloads) * LATENCY / 5
    return Promise(
        "check",
        f"`check` of {count} organizations, 200 ms per answer, num_workers 5",
        f"{work:.1f} s ({work / limit:.2f} ×)",
        f"{calls} calls and {downloads} downloads × 0.2 s ÷ 5: {limit:.1f} s",
        "≤ 1.15 ×",
        work <= 1.15 * limit,
        TIMES,
    )


def refused_check(ours: Ours) -> Promise:
    """What meets every organization alike: a port that nothing listens on, and a token that GitHub refuses."""
    count = 60
    with socket.socket() as free, world() as apis:
        free.bind(("127.0.0.1", 0))
        apis.add(count)
        closed = {"api_url": f"http://127.0.0.1:{free.getsockname()[1]}"}
        refused = {"credentials": {"auth_type": "access_token", "access_token": "ghp_never-issued-000001"}}
        walls = {
            name: [_check_wall(apis, ours, change, organizations) for organizations in (count, 1)]
            for name, change in (("a closed port", closed), ("a refused token", refused))
        }
    ratios = [all_of_them / one for all_of_them, one in walls.values()]
    return Promise(
        "refused check",
        f"`check` of {count} organizations behind a closed port, or with a refused token; start-up included",
        "; ".join(f"{name}: {wall[0]:.1f} s ({wall[0] / wall[1]:.2f} ×)" for name, wall in walls.items()),
        "one organization's: " + "; ".join(f"{name}: {wall[1]:.1f} s" for name, wall in walls.items()),
        "≤ 1.5 ×",
        max(ratios) <= 1.5,
        1,
    )


def _check_wall(apis: World, ours: Ours, change: dict[str, Any], organizations: int) -> float:
    logins = [f"organization-{number + 1:03}" for number in range(organizations)]
    config = ours.config(apis, Job(logins, day(TODAY, 28)))
    config["github"] |= change
    options: list[str | Path] = ["check", "--config", ours.file("config", config)]
    done = must(run(ours.launch(apis, NO_PACE, options), ours.output), ours.output)
    (status,) = ours.lines("CONNECTION_STATUS")
    assert "FAILED" in status
    return done.wall


def file_memory(ours: Ours, bare_mib: float) -> Promise:
    """A sync of one day whose report is 4 MB."""
    with world(row_kb=4000) as apis:
        one_day = day(TODAY, 30)
        config = ours.config(apis, Job(apis.add(1), one_day))
        config["github"]["until"] = one_day
        forget(ours)
        command = ours.launch(apis, NO_PACE, ours.options(config))
        peak = median(_repeated(lambda: must(run(command, ours.output), ours.output)), lambda one: one.peak_mib)
        (organization,) = apis.apis.github.organizations.values()
        size = len(organization.report_row(one_day, apis.now.timestamp()) or b"") / 2**20
        assert ours.records() == 1
    return Promise(
        "file memory",
        f"Peak memory of a sync that reads one file of {size:.1f} MiB",
        f"{peak:.0f} MiB (the import + {(peak - bare_mib) / size:.1f} × the file)",
        f"a bare `import airbyte_cdk`: {bare_mib:.0f} MiB, and the file",
        "≤ the import + 5 × the file",
        peak <= bare_mib + 5 * size,
        TIMES,
    )
