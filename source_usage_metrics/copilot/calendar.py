"""Which days to ask for, and in which order: pure arithmetic on dates, in UTC."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Literal

from pendulum import Date

Endpoint = Literal["usage_reports", "metrics"]

# https://docs.github.com/en/copilot/concepts/copilot-metrics: organization reports begin here, and go back a year.
FIRST_REPORT = Date(2025, 12, 12)
REPORTS_DEPTH = 365
# The metrics endpoint goes back 100 days to the hour: midnight 100 days ago is already outside.
METRICS_DEPTH = 99
# GitHub processes late telemetry for up to three whole days after a day has ended; one to spare.
SETTLED_AGE = 5
# No report that arrived, or was revised, later than this has been seen.
FINAL_AGE = 21
RECENT_AGE = 28
BATCH = 28


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
    """Whether an answer given today is the last that anyone needs to ask for."""
    return age(day, today) >= FINAL_AGE


def is_recent(day: Date, today: Date) -> bool:
    """Whether the day lies in the last 28."""
    return age(day, today) <= RECENT_AGE


def horizon(endpoint: Endpoint, today: Date) -> Date:
    """The earliest day that the endpoint can be asked for, included."""
    if endpoint == "metrics":
        return today.subtract(days=METRICS_DEPTH)
    return max(FIRST_REPORT, today.subtract(days=REPORTS_DEPTH))


def wanted(since: Date | None, until: Date | None, endpoint: Endpoint, today: Date) -> Span | None:
    """Every day that the settings ask for and the endpoint can hold, yesterday at the latest; None if there is none."""
    earliest, yesterday = horizon(endpoint, today), today.subtract(days=1)
    first = max(since, earliest) if since else earliest
    last = min(until, yesterday) if until else yesterday
    return Span(first, last) if first <= last else None


def out_of_reach(since: Date | None, until: Date | None, endpoint: Endpoint, today: Date) -> Span | None:
    """The days that the settings ask for by name but that lie before the horizon."""
    before = horizon(endpoint, today).subtract(days=1)
    last = min(until, before) if until else before
    return Span(since, last) if since and since <= last else None


@dataclass(frozen=True)
class Plan:
    """The days to ask for in this sync, in the order in which they are read and emitted.

    recent: the last 28 days, ascending, so that a dashboard has its month first.
    between: what was missed since the last sync, ascending.
    backwards: the history that was never asked for, descending.
    """

    recent: tuple[Date, ...]
    between: tuple[Date, ...]
    backwards: tuple[Date, ...]

    def days(self) -> tuple[Date, ...]:
        """All of them, in order."""
        return self.recent + self.between + self.backwards


def plan(span: Span | None, closed: Collection[Date], today: Date) -> Plan:
    """Every wanted day that isn't closed: nothing else is asked, and nothing of it is left out."""
    open_days = [day for day in span.days() if day not in closed] if span else []
    older = [day for day in open_days if not is_recent(day, today)]
    turn = min(closed, default=None)
    return Plan(
        recent=tuple(day for day in open_days if is_recent(day, today)),
        between=tuple(day for day in older if turn is not None and day > turn),
        backwards=tuple(day for day in reversed(older) if turn is None or day < turn),
    )


def batches(days: Collection[Date]) -> list[tuple[Date, ...]]:
    """The same days in the same order, in pieces of at most 28: state is saved after each."""
    ordered = tuple(days)
    return [ordered[start : start + BATCH] for start in range(0, len(ordered), BATCH)]
