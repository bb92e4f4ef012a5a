"""Which days to ask for, and in which order: pure arithmetic on dates, in UTC."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from pendulum import Date

from source_usage_metrics.account import Endpoint

# https://docs.github.com/en/copilot/concepts/copilot-metrics: the usage reports go back a year.
REPORTS_DEPTH = 365
# The metrics endpoint goes back 100 days to the hour: midnight 100 days ago is already outside.
METRICS_DEPTH = 99
# GitHub processes late telemetry for up to three whole days after a day has ended; one to spare.
SETTLED_AGE = 5
# No report that arrived, or was revised, later than this has been seen.
FINAL_AGE = 21
# "No report" must be repeated after so many days before it closes a day: an outage may look the same.
REPEAT_AFTER = 7
RECENT_AGE = 28
BATCH = 28
# Days that are asked of an organization that never had a report: one in each 28 of a year, and one more.
PROBES = 14
# A 28-day report is made each night; an older one can't tell which days have changed.
STALE_AGE = 3


def parsed(text: object) -> Date:
    """The day that is written as 2026-01-31. Of ISO 8601's other ways, Pythons from 3.11 on would read some.

    Raises:
        ValueError: it is written otherwise, or is no day.
    """
    day = Date.fromisoformat(text) if isinstance(text, str) else None
    if day is None or day.isoformat() != text:
        raise ValueError(f"{text!r} is not a day")
    return day


@dataclass(frozen=True)
class Span:
    """Days from `first` to `last`, both included; never empty."""

    first: Date
    last: Date

    def __contains__(self, day: Date) -> bool:
        return self.first <= day <= self.last

    def days(self) -> list[Date]:
        """Each day, ascending."""
        return [Date.fromordinal(n) for n in range(self.first.toordinal(), self.last.toordinal() + 1)]


def spans(days: Iterable[Date]) -> list[Span]:
    """The fewest spans that hold exactly these days, ascending."""
    result: list[Span] = []
    for day in sorted(days):
        if result and day.toordinal() - result[-1].last.toordinal() == 1:
            result[-1] = Span(result[-1].first, day)
        else:
            result.append(Span(day, day))
    return result


def age(day: Date, today: Date) -> int:
    """Whole days from `day` to `today`; yesterday is 1."""
    return today.toordinal() - day.toordinal()


def is_settled(day: Date, today: Date) -> bool:
    """Whether GitHub's own bound for late data is behind us: the day ended four whole days ago."""
    return age(day, today) >= SETTLED_AGE


def is_final(day: Date, today: Date) -> bool:
    """Whether the day is old enough to be closed by what its own report says today."""
    return age(day, today) >= FINAL_AGE


def is_recent(day: Date, today: Date) -> bool:
    """Whether the day lies in the last 28."""
    return age(day, today) <= RECENT_AGE


def is_stale(created: Date, today: Date) -> bool:
    """Whether a 28-day report made on that day is too old to tell which days have changed since."""
    return age(created, today) > STALE_AGE


def may_repeat(said: Date, today: Date) -> bool:
    """Whether enough days have passed since the first "no report" to ask for the second."""
    return age(said, today) >= REPEAT_AFTER


def horizon(endpoint: Endpoint, first_report: Date, today: Date) -> Date:
    """The earliest day that the endpoint can be asked for, included."""
    if endpoint == "metrics":
        return today.subtract(days=METRICS_DEPTH)
    return max(first_report, today.subtract(days=REPORTS_DEPTH))


def is_at_the_edge(day: Date, horizon: Date, today: Date) -> bool:
    """Whether the day is the first or last that the usage reports have, or next to it: clocks differ by hours."""
    return abs(age(day, horizon)) <= 1 or age(day, today) <= 2


def wanted(since: Date | None, until: Date | None, horizon: Date, today: Date) -> Span | None:
    """Every day from the horizon on that the settings ask for, yesterday at the latest; None if there is none."""
    yesterday = today.subtract(days=1)
    first = max(since, horizon) if since else horizon
    last = min(until, yesterday) if until else yesterday
    return Span(first, last) if first <= last else None


def out_of_reach(since: Date | None, until: Date | None, horizon: Date) -> Span | None:
    """The days that the settings ask for by name but that lie before the horizon."""
    before = horizon.subtract(days=1)
    last = min(until, before) if until else before
    return Span(since, last) if since and since <= last else None


@dataclass(frozen=True)
class Plan:
    """The open days of this sync, in the order in which they are read and emitted.

    recent: the last 28 days, ascending, so that a dashboard has its month first.
    gap: what was missed since the last sync, ascending.
    backfill: the history that was never asked for, descending.
    """

    recent: tuple[Date, ...] = ()
    gap: tuple[Date, ...] = ()
    backfill: tuple[Date, ...] = ()

    def days(self) -> tuple[Date, ...]:
        """All of them, in order."""
        return self.recent + self.gap + self.backfill

    def only(self, days: Collection[Date]) -> "Plan":
        """The same plan without the days that aren't among these."""
        recent, gap, backfill = (
            tuple(day for day in part if day in days) for part in (self.recent, self.gap, self.backfill)
        )
        return Plan(recent, gap, backfill)

    def older(self) -> tuple[Date, ...]:
        """Those that no 28-day report holds, in order."""
        return self.gap + self.backfill


def plan(span: Span | None, skipped: Collection[Date], closed: Collection[Date], today: Date) -> Plan:
    """Every wanted day that isn't skipped: nothing else is asked, and nothing of it is left out.

    closed: the days that earlier syncs have read; what lies before the first of them is the backfill.
    """
    open_days = [day for day in span.days() if day not in skipped] if span else []
    older = [day for day in open_days if not is_recent(day, today)]
    start = min(closed, default=None)
    return Plan(
        recent=tuple(day for day in open_days if is_recent(day, today)),
        gap=tuple(day for day in older if start is not None and day > start),
        backfill=tuple(day for day in reversed(older) if start is None or day < start),
    )


def batches(plan: Plan) -> list[tuple[Date, ...]]:
    """The plan's days in its order, in pieces after which state may be saved: the recent days, then 28 at most."""
    pieces = [plan.recent] if plan.recent else []
    for days in (plan.gap, plan.backfill):
        pieces += [days[start : start + BATCH] for start in range(0, len(days), BATCH)]
    return pieces


def probes(days: Sequence[Date]) -> tuple[Date, ...]:
    """The last of these days and others back from it, evenly: 14 at most, so that a year has one in each 28.

    And the third-last: an organization's very first report comes one to three days late.
    """
    newest_first, step = sorted(days, reverse=True), -(-len(days) // PROBES) or 1
    return tuple(sorted({*newest_first[::step], *newest_first[2:3]}, reverse=True))
