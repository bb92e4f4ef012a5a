"""The two ways to read days, behind one face: `open` once, then `answers` in the order asked."""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, ClassVar, Protocol

from pendulum import Date

from source_usage_metrics.copilot.answers import Answer, Broken, EndpointMissing, NoReport, Row
from source_usage_metrics.copilot.calendar import Endpoint, Plan
from source_usage_metrics.copilot.ledger import VOLATILE, Ledger, digest
from source_usage_metrics.copilot.metrics import Metrics
from source_usage_metrics.copilot.pool import Pool
from source_usage_metrics.copilot.reports import Reports
from source_usage_metrics.failures import Failure, LimitReached

logger = logging.getLogger("airbyte")
# Rules of the failure table that would meet any other request, too.
NOT_THE_FILE = frozenset({"sign-in refused", "no sign-in", "name", "refused", "tls"})


class Reader(Protocol):
    """What a walk needs of an endpoint."""

    endpoint: ClassVar[Endpoint]

    def open(self, plan: Plan) -> None:
        """Make the first calls.

        Raises:
            EndpointMissing: the endpoint isn't there for this organization.
            Failure: the organization is refused.
        """

    def probe(self, day: Date) -> None:
        """Asks as a sync would, as far as that can be known to go well. Raises as `open`."""

    def answers(self, days: Sequence[Date]) -> Iterator[Answer]:
        """One answer a day, in this order. Raises as `open`."""


class ReportsReader:
    """The usage reports: the 28-day file for the days that it holds, one call each for the others."""

    endpoint: ClassVar[Endpoint] = "usage_reports"

    def __init__(self, reports: Reports, organization: str, ledger: Ledger, pool: Pool) -> None:
        self._reports, self._organization, self._ledger, self._pool = reports, organization, ledger, pool
        self._file: dict[Date, Mapping[str, Any]] = {}
        self._single: dict[Date, Answer] = {}

    def open(self, plan: Plan) -> None:
        """Fetch the 28-day file if a day of the last 28 is wanted; without a file, try the first day by itself."""
        trouble = self._trouble(self._fetch_file) if plan.recent else None
        held = [day for day in plan.recent if day in self._file]
        if held and self._ledger.recent_singly is not False:
            self._compare(held[-1])
        elif not self._file and plan.days():
            self._try(plan.days()[0], trouble)
        if trouble:
            logger.warning(
                f"The 28-day report of {self._organization} can't be used, its days are asked singly. "
                f"{trouble.sentence}"
            )

    def answers(self, days: Sequence[Date]) -> Iterator[Answer]:
        """From the file, or from the single day's report."""
        singly = self._pool.in_order(
            self._reports.day, [day for day in days if day not in self._file and day not in self._single]
        )
        for day in days:
            if day in self._single:
                yield self._single.pop(day)
            elif day in self._file:
                yield Row(self._file.pop(day))
            else:
                yield next(singly)

    def probe(self, day: Date) -> None:
        """Goes the way of `open` as far as the first bytes of a file; this day stands for those asked singly.

        Raises:
            EndpointMissing, Failure: a sync would fail.
        """
        if trouble := self._trouble(self._reports.probe):
            self._try(day, trouble)
            if isinstance(answer := self._single.pop(day), Broken):
                raise answer.failure

    def _fetch_file(self) -> None:
        self._file = dict(self._reports.latest() or {})

    def _trouble(self, fetch: Callable[[], None]) -> Failure | None:
        """What keeps the file from being used; whether the organization is refused, too, a single day tells."""
        try:
            fetch()
        except EndpointMissing as missing:
            return missing.failure
        except Failure as failure:
            if failure.rule in NOT_THE_FILE or isinstance(failure, LimitReached):
                raise
            return failure
        return None

    def _try(self, day: Date, trouble: Failure | None) -> None:
        """Without a file: a server that keeps back the file and a single day keeps back everything."""
        answer = self._single[day] = self._reports.day(day)
        if trouble and isinstance(answer, Broken) and not answer.own:
            raise answer.failure
        if trouble and trouble.rule == "day out of range" and not isinstance(answer, Row):
            raise trouble  # a 400 to what names no day isn't about days

    def _compare(self, newest: Date) -> None:
        """The file must say of a day what the day's own report says; where it lacks fields, it isn't used.

        Nor is it where the day's own report can't be had: then the next sync compares.
        """
        answer = self._reports.day(newest)
        if not isinstance(answer, Row):
            self._file, self._single = {}, {newest: answer}
            return
        single, filed = _telling(answer.fields), _telling(self._file[newest])
        lacking = sorted(single.keys() - filed.keys())
        differing = sorted(
            name for name in single.keys() & filed.keys() if digest({"": single[name]}) != digest({"": filed[name]})
        )
        self._ledger.recent_singly = bool(lacking)
        if lacking:
            self._file, self._single = {}, {newest: answer}
            logger.warning(
                f"The 28-day report of {self._organization} lacks fields that the report of {newest.isoformat()} has "
                f"({', '.join(lacking)}): its days are asked singly until it has them, a call for each."
            )
        elif differing:
            logger.warning(
                f"GitHub's 28-day report of {self._organization} and its report of {newest.isoformat()} differ in "
                f"{', '.join(differing)}. The 28-day report is used."
            )


def _telling(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None and name not in VOLATILE}


class MetricsReader:
    """The older endpoint: one call, and its further pages, for all days."""

    endpoint: ClassVar[Endpoint] = "metrics"

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics
        self._rows: dict[Date, Mapping[str, Any]] = {}

    def open(self, plan: Plan) -> None:
        """Fetch every day of the plan."""
        if plan.days():
            self._rows = dict(self._metrics.rows(plan.days()))

    def probe(self, day: Date) -> None:
        """Asks for one day. Raises as `open`."""
        self._metrics.probe(day)

    def answers(self, days: Sequence[Date]) -> Iterator[Answer]:
        """A row, or "no report" for a day that the endpoint left out."""
        for day in days:
            fields = self._rows.pop(day, None)
            yield NoReport() if fields is None else Row(fields)
