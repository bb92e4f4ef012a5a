"""The connector and its peers at the same job: a first sync, a daily sync, the older endpoint, and what they cost."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from typing import Any

from benchmarks.contestants import GITHUBS_PACE, Contestant, Endpoint, Job, Ours, forget
from benchmarks.processes import Run, median, must
from benchmarks.world import LATENCY, TODAY, World, day, world

TIMES = 5
DAYS = (28, 90, 365)
# The older endpoint looks back 100 days.
OLDER_DAYS = 99


@dataclass(frozen=True)
class Cost:
    """Of one sync of one organization, or the median of several; wall is from the start of the process to its end."""

    days: int
    calls: int
    downloads: int
    wall: float
    cpu: float
    peak: float
    records: int

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def first_syncs(contestants: Sequence[Contestant], endpoint: Endpoint = "usage_reports") -> dict[str, list[Cost]]:
    """Ours by itself; the peers, who spend their time waiting for answers, side by side with stand-ins of their own."""
    days = DAYS if endpoint == "usage_reports" else (OLDER_DAYS,)

    def all_days(contestant: Contestant) -> list[Cost]:
        return [first_sync(contestant, count, endpoint) for count in days]

    ours = [contestant for contestant in contestants if isinstance(contestant, Ours)]
    peers = [contestant for contestant in contestants if contestant not in ours]
    costs = {contestant.name: all_days(contestant) for contestant in ours}
    with ThreadPoolExecutor(len(peers)) as threads:
        return costs | dict(zip([peer.name for peer in peers], threads.map(all_days, peers), strict=True))


def first_sync(contestant: Contestant, days: int, endpoint: Endpoint) -> Cost:
    """200 ms an answer, five in flight where the contestant can."""
    with world(latency=LATENCY) as apis:
        names = apis.add(1, older_endpoint=endpoint == "metrics")
        job = Job(names, day(TODAY, days), endpoint=endpoint, calls_per_minute=GITHUBS_PACE)
        forget(contestant)
        done = must(contestant.sync(apis, job, keep=False), contestant.output)
        return _cost(apis, [done], contestant.records(), days)


def daily_sync(contestant: Contestant, endpoint: Endpoint = "usage_reports") -> Cost:
    """The day after a first sync of 60 days, five times from the same state."""
    with world(TODAY.subtract(days=1)) as apis:
        names = apis.add(1, older_endpoint=endpoint == "metrics")
        job = Job(names, day(TODAY, 60), endpoint=endpoint, calls_per_minute=GITHUBS_PACE)
        forget(contestant)
        must(contestant.sync(apis, job), contestant.output)
        apis.apis.latency = LATENCY
        apis.turn_to(TODAY)
        runs = repeated(lambda: must(_counted(apis, contestant, job), contestant.output), TIMES)
        return _cost(apis, runs, contestant.records(), 60)


def repeated(once: Callable[[], Run], times: int) -> list[Run]:
    return [once() for _ in range(times)]


def _counted(apis: World, contestant: Contestant, job: Job) -> Run:
    apis.forget()
    return contestant.sync(apis, job, keep=False)


def _cost(apis: World, runs: Sequence[Run], records: int, days: int) -> Cost:
    return Cost(
        days=days,
        calls=apis.calls(),
        downloads=apis.downloads(),
        wall=median(runs, lambda one: one.wall),
        cpu=median(runs, lambda one: one.cpu),
        peak=median(runs, lambda one: one.peak_mib),
        records=records,
    )
