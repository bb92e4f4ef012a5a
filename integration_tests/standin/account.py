"""An account that has usage reports: what each of its days looks like at each instant, and how it is served."""

import functools
import json
from collections.abc import Mapping
from typing import ClassVar, Literal, Protocol, overload

import pendulum

from integration_tests.standin import usage
from integration_tests.standin.stage import Stage
from integration_tests.standin.usage import Kind, Row

Day = str | pendulum.Date
Spelling = Literal["204", "zero bytes", "empty string", "json string", "empty object", "no links", "404 text", "400"]
Change = tuple[float, bytes | None, bytes | None]
"""From this instant (epoch seconds) on: exactly this row of a report, or of the older endpoint; neither: a revision."""


@functools.lru_cache(maxsize=4096)
def epoch(day: str) -> float:
    """The first second of a UTC day."""
    date = pendulum.Date.fromisoformat(day)
    return pendulum.datetime(date.year, date.month, date.day).timestamp()


@functools.lru_cache(maxsize=64)
def days_between(first: str, last: str) -> tuple[str, ...]:
    """The days from first to last, both included."""
    ordinals = range(pendulum.Date.fromisoformat(first).toordinal(), pendulum.Date.fromisoformat(last).toordinal() + 1)
    return tuple(str(pendulum.Date.fromordinal(ordinal)) for ordinal in ordinals)


@functools.lru_cache(maxsize=4096)
def days_before(day: str, count: int) -> str:
    return str(pendulum.Date.fromisoformat(day).subtract(days=count))


class Days(Protocol):
    """Where an account's rows come from, in place of the random ones of usage.py."""

    def row(self, day: str, revision: int) -> Row:
        """The day's row after so many revisions."""

    def engagement(self, end: str) -> Row:
        """What a 28-day report that ends with this day has beside its days, as `copilot_feature_engagement`."""


class Account:
    """What organizations and enterprises share. Attributes may be set at any time and hold for the next request.

    kind, first_day: which reports it has, and where they begin. name: as paths have it, a login or a slug.
    days: where its rows come from; None for random ones.
    file_…: how the 28-day report differs from the days' own reports: it ends so many days before today, lacks keys or
    days, was last made at an instant, has the values of an earlier instant, holds more fields beside its rows.
    one_day_fields: what the days' own reports have of every day from `one_day_fields_from` on, and the 28-day report,
    too, unless file_lacks_fields.
    A day's report appears `delay_hours` after the day began. GitHub promises it within two or three days; `created_at`
    in the sample file of copilot-metrics-viewer is 03:36 UTC, and users miss yesterday's (github/docs issue 44909).
    """

    kind: ClassVar[Kind]
    first_day: ClassVar[str]

    def __init__(self, stage: Stage, name: str, account_id: str, since: str, row_kb: float) -> None:
        self.name = name
        self.id = account_id
        self.since = since
        self.row_kb = row_kb
        self.delay_hours = 51.5
        self.visible = True
        self.reports: Literal["open", "closed", "policy off", "role missing", "permission missing", "sso"] = "open"
        self.app_installed = True
        self.app_suspended = False
        self.app_permissions: dict[str, str] = {f"{self.kind}_copilot_metrics": "read"}
        self.file_lag_days = 2
        self.file_keys_missing: tuple[str, ...] = ()
        self.file_days_missing: frozenset[str] = frozenset()
        self.file_made: pendulum.DateTime | None = None
        self.file_values_of: pendulum.DateTime | None = None
        self.file_fields: Row = {}
        self.one_day_fields: Row = {}
        self.one_day_fields_from = self.first_day
        self.file_lacks_fields = True
        self.file_shape: Literal["ndjson", "object", "array", "day_totals"] = "ndjson"
        self.file_shape_28_days: Literal["day_totals", "ndjson", "array"] = "day_totals"
        self.shards = 1
        self.gzip = False
        self.days: Days | None = None
        self._stage = stage
        self._arrivals: dict[str, float] = {}
        self._vanished: set[str] = set()
        self._changes: dict[str, list[Change]] = {}
        self._spelling: Spelling = "204"
        self._spellings: dict[str, Spelling] = {}

    @property
    def profile(self) -> Row:
        """The account as installations show it."""
        raise NotImplementedError

    @property
    def ids(self) -> Row:
        """The ids that its rows and its 28-day reports hold."""
        return usage.ids(self.id, self.kind)

    def arrives(self, day: Day, at: pendulum.DateTime) -> None:
        """The report of the day appears at that instant."""
        self._arrivals[str(day)] = at.timestamp()

    def never(self, day: Day) -> None:
        """There is no report for the day, and there never will be."""
        self._arrivals[str(day)] = float("inf")

    def vanishes(self, day: Day) -> None:
        """From now on there is no report of the day any more, nor a row of it in the 28-day report."""
        self._vanished.add(str(day))

    def revise(self, day: Day, at: pendulum.DateTime) -> None:
        """From that instant on the day has other numbers."""
        self._change(str(day), (at.timestamp(), None, None))

    def put(self, day: Day, row: Row) -> None:
        """From now on the report of the day is there and holds exactly this row."""
        now = self._stage.now.timestamp()
        self._change(str(day), (now, dump(row), None))
        self._arrivals[str(day)] = min(now, self._arrival(str(day)))

    @overload
    def spells(self, day: Spelling, spelling: None = None) -> None: ...
    @overload
    def spells(self, day: Day, spelling: Spelling) -> None: ...
    def spells(self, day: Day, spelling: Spelling | None = None) -> None:
        """How "no report" is spelled: spells("empty string") for all days, spells(day, "empty string") for one."""
        if spelling is None:
            self._spelling = day  # type: ignore[assignment]
        else:
            self._spellings[str(day)] = spelling

    def spelling(self, day: str) -> Spelling:
        return self._spellings.get(day, self._spelling)

    def truth(self, now: pendulum.DateTime | None = None) -> dict[str, Row]:
        """Day → row, for every day that the reports would answer with a row if asked at that instant."""
        rows = self._rows(now, max(self.first_day, self.since), 365)
        return {day: json.loads(row) for day, row in rows.items()}

    def report_row(self, day: str, now: float) -> bytes | None:
        """The row of the day's report at that instant, serialised; None while there is none."""
        if day < self.since or day < self.first_day or self._arrival(day) > now or day in self._vanished:
            return None
        row, is_merged = self._report(day, now), self.one_day_fields and day >= self.one_day_fields_from
        return _merged(row, tuple(self.one_day_fields.items())) if is_merged else row

    def file_row(self, day: str, now: float) -> bytes | None:
        """The same in the 28-day report."""
        instant = min(now, self.file_values_of.timestamp()) if self.file_values_of else now
        if day in self.file_days_missing or self.report_row(day, instant) is None:
            return None
        row = self._report(day, instant) if self.file_lacks_fields else self.report_row(day, instant)
        return _without(row, self.file_keys_missing) if row and self.file_keys_missing else row

    def file_instant(self, now: pendulum.DateTime) -> pendulum.DateTime:
        """When the 28-day report was made that is served at that instant."""
        return min(now, self.file_made) if self.file_made else now

    def _report(self, day: str, now: float) -> bytes:
        revisions, report, _ = self._state(day, now)
        if report is None and self.days is not None:
            return dump(self.days.row(day, revisions))
        return report or usage.serialised(self.id, day, revisions, self.row_kb, self.kind)

    def _arrival(self, day: str) -> float:
        known = self._arrivals.get(day)
        return epoch(day) + self.delay_hours * 3600 if known is None else known

    def _change(self, day: str, change: Change) -> None:
        self._changes[day] = sorted([*self._changes.get(day, []), change], key=lambda change: change[0])

    def _state(self, day: str, now: float) -> tuple[int, bytes | None, bytes | None]:
        """The number of revisions so far, and the put rows that no later revision replaced."""
        revisions, report, older = 0, None, None
        for at, put, put_older in self._changes.get(day, ()):
            if at <= now:
                revisions += put is None and put_older is None
                report = put or (report if put_older else None)
                older = put_older or (older if put else None)
        return revisions, report, older

    def _days(self, now: pendulum.DateTime, first: str, back: int) -> tuple[str, ...]:
        today = str(now.date())
        return days_between(max(first, days_before(today, back)), days_before(today, 1))

    def _rows(self, now: pendulum.DateTime | None, first: str, back: int) -> dict[str, bytes]:
        instant = now or self._stage.now
        found = {day: self.report_row(day, instant.timestamp()) for day in self._days(instant, first, back)}
        return {day: row for day, row in found.items() if row is not None}


@functools.lru_cache(maxsize=4096)
def _without(row: bytes, keys: tuple[str, ...]) -> bytes:
    return dump({key: value for key, value in json.loads(row).items() if key not in keys})


@functools.lru_cache(maxsize=4096)
def _merged(row: bytes, fields: tuple[tuple[str, object], ...]) -> bytes:
    return dump({**json.loads(row), **dict(fields)})


def dump(row: Mapping[str, object]) -> bytes:
    return json.dumps(row, separators=(",", ":")).encode()
