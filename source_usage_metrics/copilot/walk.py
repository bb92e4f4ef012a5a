"""One organization in one sync: picks the endpoint, asks for what isn't done, and hands over the answers in order."""

import contextlib
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from pendulum import Date

from source_usage_metrics import settings
from source_usage_metrics.copilot import calendar
from source_usage_metrics.copilot.answers import Answer, Broken, EndpointMissing, Row
from source_usage_metrics.copilot.calendar import Endpoint, Plan
from source_usage_metrics.copilot.ledger import Ledger
from source_usage_metrics.copilot.metrics import Metrics
from source_usage_metrics.copilot.pool import Pool
from source_usage_metrics.copilot.readers import MetricsReader, Reader, ReportsReader
from source_usage_metrics.copilot.reports import Reports
from source_usage_metrics.failure_table import GITHUB_CONTENT
from source_usage_metrics.failures import Failure
from source_usage_metrics.github import GitHub

logger = logging.getLogger("airbyte")

# So many days in a row that the server, not a file, kept from being read: then it isn't the days.
TROUBLES_IN_A_ROW = 3


@dataclass(frozen=True)
class Part:
    """Days that are read and emitted together; state is saved after them."""

    days: tuple[Date, ...]
    answers: Iterator[tuple[Date, Answer]]


class Walk:
    """One organization's days, from the first call to the last."""

    def __init__(
        self, organization: str, chosen: settings.GitHub, github: GitHub, ledger: Ledger, today: Date, pool: Pool
    ) -> None:
        self.organization, self.ledger, self.today = organization, ledger, today
        self._chosen, self._github, self._pool = chosen, github, pool
        self.plan = Plan((), (), ())
        self._opened: Reader | Failure | None = None

    def open(self) -> "Walk":
        """Makes the first calls, in any thread; a failure is raised by `parts`."""
        try:
            self._opened = self._served()
        except Failure as failure:
            self._opened = failure
        return self

    def parts(self) -> Iterator[Part]:
        """The recent days; then, in pieces of 28, what was missed since; then, backwards, the history. Opened before.

        Raises:
            Failure: what concerns the whole organization.
        """
        if isinstance(self._opened, Failure):
            raise self._opened
        if self._opened is None:
            return
        answers = self._watched(self._opened)
        for days in (self.plan.recent, *calendar.batches(self.plan.between), *calendar.batches(self.plan.backwards)):
            if days:
                yield Part(days, islice(answers, len(days)))

    def probe(self) -> None:
        """Asks as a sync would, as far as the first bytes of a report.

        Raises:
            Failure: the sync would fail.
        """
        tried: list[Endpoint] = []
        for endpoint in self._endpoints():
            self._lay_out(endpoint)
            tried.append(endpoint)
            with contextlib.suppress(EndpointMissing):
                return self._reader(endpoint).probe(next(iter(self.plan.days()), self.today.subtract(days=1)))
        raise self._explained(tried)

    def calls(self) -> int:
        """Requests sent to the API host for this organization so far."""
        return self._github.calls(self.organization)

    def _endpoints(self) -> list[Endpoint]:
        """Those to try, in order; `auto` never goes back from the usage reports to the metrics."""
        if self._chosen.endpoint != "auto":
            return [self._chosen.endpoint]
        return ["usage_reports"] if self.ledger.endpoint == "usage_reports" else ["usage_reports", "metrics"]

    def _served(self) -> Reader | None:
        """The endpoint that serves, its first calls made; None if there is nothing to ask of any."""
        tried: list[Endpoint] = []
        for endpoint in self._endpoints():
            self._lay_out(endpoint)
            if not self.plan.days():
                continue
            tried.append(endpoint)
            reader = self._reader(endpoint)
            with contextlib.suppress(EndpointMissing):
                reader.open(self.plan)
                self.ledger.served_by(endpoint)
                return reader
        if tried:
            raise self._explained(tried)
        return None

    def _lay_out(self, endpoint: Endpoint) -> None:
        self._say_what_is_lost(endpoint)
        span = calendar.wanted(self._chosen.since, self._chosen.until, endpoint, self.today)
        self.plan = calendar.plan(span, self.ledger.closed_to(endpoint), self.today)

    def _reader(self, endpoint: Endpoint) -> Reader:
        if endpoint == "metrics":
            return MetricsReader(Metrics(self._github, self.organization))
        return ReportsReader(Reports(self._github, self.organization), self.organization, self.ledger, self._pool)

    def _say_what_is_lost(self, endpoint: Endpoint) -> None:
        """Days that are wanted, or were still to be read, and that the endpoint no longer goes back to.

        Raises:
            Failure: there are no others, and never were.
        """
        horizon, until = calendar.horizon(endpoint, self.today), self._chosen.until
        if until and until < horizon and self.ledger.is_blank():
            raise GITHUB_CONTENT["before the horizon"].named({"until": str(until), "horizon": str(horizon)})
        span = calendar.out_of_reach(self._chosen.since, until, endpoint, self.today)
        lost = {day for day in self.ledger.failed if day < horizon}
        self.ledger.failed -= lost
        if span:
            lost |= set(span.days()) - self.ledger.closed_to(endpoint)
        for days in calendar.spans(lost):
            logger.warning(
                f"{self.organization}: the days from {days.first.isoformat()} to {days.last.isoformat()} can't be had: "
                f"the API begins at {horizon.isoformat()} today."
            )

    def _watched(self, reader: Reader) -> Iterator[tuple[Date, Answer]]:
        troubles = 0
        days = self.plan.days()
        try:
            for day, answer in zip(days, reader.answers(days), strict=True):
                if day not in self.ledger.failed:  # those known to fail would hold up what lies beyond them for good
                    troubles = troubles + 1 if isinstance(answer, Broken) and not answer.own else 0
                if isinstance(answer, Broken) and troubles == TROUBLES_IN_A_ROW:
                    raise self._given_up(answer.failure)
                if isinstance(answer, Row):
                    self._recognize(answer)
                yield day, answer
        except EndpointMissing:
            raise self._explained([reader.endpoint]) from None

    def _given_up(self, failure: Failure) -> Failure:
        """Says that it isn't about one day only."""
        text = f"{failure.sentence} After {TROUBLES_IN_A_ROW} such days in a row the rest waits for the next sync."
        return Failure.of(failure.failure_type, text, failure.rule)

    def _recognize(self, row: Row) -> None:
        """A freed login can belong to someone else: the first id seen is the organization."""
        found = row.fields.get("organization_id")
        if not isinstance(found, (str, int)) or found == "":
            return
        if self.ledger.organization_id is None:
            self.ledger.organization_id = str(found)
        elif self.ledger.organization_id != str(found):
            ids = {"found": str(found)[:40], "known": self.ledger.organization_id}
            raise GITHUB_CONTENT["another organization"].named({"name": self.organization, **ids})

    def _explained(self, tried: list[Endpoint]) -> Failure:
        """Why there is a 404: https://docs.github.com/en/rest/using-the-rest-api/troubleshooting-the-rest-api."""
        if not self._is_visible():
            cause = "organization unknown"
        else:
            cause = "metrics closed" if tried == ["metrics"] else "reports closed"
        return GITHUB_CONTENT[cause].named({"name": self.organization})

    def _is_visible(self) -> bool:
        try:
            self._github.get(f"/orgs/{self.organization}", "the organization itself", self.organization)
        except Failure as failure:
            if failure.rule == "missing":
                return False
            raise
        return True
