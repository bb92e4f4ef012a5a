"""What more organizations and more days cost: measured as far as a bench can wait, computed beyond, and marked so."""

import math
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from benchmarks.contestants import Job, Ours, forget
from benchmarks.processes import must
from benchmarks.world import LATENCY, TODAY, day, world

ORGANIZATIONS = (1, 10, 100, 500)
# Together with the 50 organizations of the numbers to hold.
MEASURED_28, MEASURED_365 = (1, 10, 100, 500), (1, 10)
WORKERS = 20
PACE = 900
LIMITS = (5_000, 15_000)
Kind = Literal["first 28", "daily 28", "first 365"]


@dataclass(frozen=True)
class Point:
    """One sync; cpu (s), peak (MiB) and printed (MB) are measured, or computed from the largest measured."""

    kind: Kind
    organizations: int
    calls: int
    cpu: float
    peak: float
    printed: float
    measured: bool

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def measure(ours: Ours, counts: Sequence[int], days: int) -> list[Point]:
    """First syncs, those of 28 days followed by the next day's; no latency, and a pace out of the way."""
    points = []
    kinds: tuple[Kind, ...] = ("first 28", "daily 28") if days == 28 else ("first 365",)
    for count in counts:
        with world(TODAY) as apis:
            job = Job(apis.add(count), day(TODAY, days))
            forget(ours)
            for later, kind in enumerate(kinds):
                apis.turn_to(TODAY.add(days=later))
                apis.forget()
                done = must(ours.sync(apis, job), ours.output)
                size = ours.output.stat().st_size / 1e6
                points.append(Point(kind, count, apis.calls(), done.cpu, done.peak_mib, size, True))
    return points


def extended(points: Sequence[Point]) -> list[Point]:
    """A point for each number of organizations, computed where none was measured."""
    known = {point.organizations: point for point in points}
    return [known.get(count) or _computed(sorted(points, key=_size)[-2:], count) for count in ORGANIZATIONS]


def _size(point: Point) -> int:
    return point.organizations


def _computed(largest: Sequence[Point], count: int) -> Point:
    """On the line through the two largest that were measured."""
    one, other = largest

    def at(value: Callable[[Point], float]) -> float:
        slope = (value(other) - value(one)) / (other.organizations - one.organizations)
        return value(other) + slope * (count - other.organizations)

    return Point(
        other.kind,
        count,
        round(at(lambda point: point.calls)),
        at(lambda point: point.cpu),
        at(lambda point: point.peak),
        at(lambda point: point.printed),
        False,
    )


def waits(ours: Ours) -> dict[Kind, float]:
    """Seconds that one organization more takes at 200 ms an answer, as long as no pace holds it up."""
    return {
        "first 28": _one_more(ours, 28, (10, 40), daily=False),
        "daily 28": _one_more(ours, 28, (10, 40), daily=True),
        "first 365": _one_more(ours, 365, (1, 3), daily=False),
    }


def _one_more(ours: Ours, days: int, counts: tuple[int, int], *, daily: bool) -> float:
    few, more = (_timed(ours, count, days, daily=daily) for count in counts)
    return (more - few) / (counts[1] - counts[0])


def _timed(ours: Ours, count: int, days: int, *, daily: bool) -> float:
    with world(TODAY.subtract(days=1) if daily else TODAY) as apis:
        job = Job(apis.add(count), day(TODAY, days), workers=WORKERS)
        forget(ours)
        if daily:
            must(ours.sync(apis, job), ours.output)
            apis.turn_to(TODAY)
        apis.apis.latency = LATENCY
        apis.forget()
        done = must(ours.sync(apis, job, keep=False), ours.output)
        return done.ended - apis.first_request()


def wall(point: Point, wait: float) -> float:
    """Seconds: GitHub's 900 calls a minute, the answers' 200 ms, or our own work, whichever is longest."""
    return max(60 * ((point.calls - 1) // PACE), wait * point.organizations, point.cpu)


def hours(calls: int, limit: int) -> int:
    """Full hours that a token with this hourly limit makes such a sync wait."""
    return math.ceil(calls / limit) - 1


def tokens(calls: int, limit: int, within: int = 24) -> int:
    """How many tokens, each in a connection of its own, bring it below so many hours."""
    return math.ceil(calls / (limit * within))
