"""Reads GitHub's Copilot usage reports: an envelope from the API host, signed links in it, files behind them.

https://docs.github.com/en/enterprise-cloud@latest/rest/copilot/copilot-usage-metrics
"""

from collections.abc import Mapping
from typing import Any

from pendulum import Date

from source_usage_metrics.copilot.answers import Answer, Broken, EndpointMissing, NoReport, Row
from source_usage_metrics.copilot.files import BOM, Malformed, Totals, rows_by_day
from source_usage_metrics.failure_table import GITHUB_CONTENT
from source_usage_metrics.failures import Failure
from source_usage_metrics.github import GitHub
from source_usage_metrics.http import LinkRefused
from source_usage_metrics.values import is_safe

# The first link and two fresh ones: links run out about an hour after their envelope was made.
ENVELOPES = 3


class Reports:
    """The usage reports of one organization."""

    def __init__(self, github: GitHub, organization: str) -> None:
        self._github, self._organization = github, organization
        self._path = f"/orgs/{organization}/copilot/metrics/reports"

    def day(self, day: Date) -> Answer:
        """What the 1-day report says: a row, "no report", or why it can't be read.

        Raises:
            EndpointMissing: a plain 404.
            Failure: the organization as a whole is refused.
        """
        what = f"the usage report of {day.isoformat()}"
        try:
            totals = self._totals("organization-1-day", {"day": day.isoformat()}, what)
            if totals is None:
                return NoReport()
            if others := [other.isoformat() for other in totals if other != day]:
                raise Malformed(f"it holds {', '.join(others[:3])}")
            return Row(totals[day]) if day in totals else NoReport()
        except Malformed as fault:
            return Broken(self._unreadable(what, fault), own=True)
        except Failure as failure:
            if failure.rule not in ONE_DAYS_TROUBLE:
                raise
            return Broken(failure, own=False)

    def latest(self) -> Mapping[Date, Mapping[str, Any]] | None:
        """The rows of the 28-day report by day; None where there is no such report.

        Raises:
            EndpointMissing: a plain 404.
            Failure: it is refused, or can't be read.
        """
        what = "the 28-day usage report"
        try:
            return self._totals("organization-28-day/latest", None, what)
        except Malformed as fault:
            raise self._unreadable(what, fault) from None

    def probe(self) -> None:
        """Goes the way of a sync as far as the first bytes of a signed link.

        Raises:
            EndpointMissing, Failure: as `latest`.
        """
        what = "the 28-day usage report"
        try:
            for link in self._links(self._envelope("organization-28-day/latest", None, what))[:1]:
                self._github.download(link, what, self._organization, first_bytes_only=True)
        except Malformed as fault:
            raise self._unreadable(what, fault) from None
        except LinkRefused as refused:
            raise refused.failure from None

    def _totals(self, report: str, query: Mapping[str, str] | None, what: str) -> Totals | None:
        failure: Failure | None = None
        for _ in range(ENVELOPES):
            links = self._links(self._envelope(report, query, what))
            if not links:
                return None
            try:
                files = [self._github.download(link, what, self._organization) for link in links]
            except LinkRefused as refused:
                failure = refused.failure
                continue
            if not any(file.removeprefix(BOM).strip() for file in files):
                raise Malformed("its only file is empty" if len(files) == 1 else "all of its files are empty")
            return rows_by_day(files)
        assert failure is not None
        raise failure

    def _envelope(self, report: str, query: Mapping[str, str] | None, what: str) -> Any:
        """The envelope, or None for each way in which GitHub says "no report".

        Beside 204, an empty body and a JSON string: a 404 with a text, and, asked for a day, a 400.
        """
        try:
            reply = self._github.get(f"{self._path}/{report}", what, self._organization, query)
        except Failure as failure:
            if failure.rule == "missing":
                raise EndpointMissing(failure) from None
            if failure.rule == "no report" or (failure.rule == "day out of range" and query):
                return None
            raise
        return reply.json()

    def _links(self, envelope: Any) -> list[str]:
        """The links, all of them usable; none for "no report"."""
        if envelope is None or isinstance(envelope, str):
            return []
        if not isinstance(envelope, dict):
            raise Malformed("its envelope is not an object")
        links = envelope.get("download_links") or []
        if not isinstance(links, list) or not all(isinstance(link, str) and is_safe(link) for link in links):
            raise Malformed("its envelope holds something else than https links")
        return links

    def _unreadable(self, what: str, fault: Malformed) -> Failure:
        context = {"what": what, "whose": f"organization {self._organization}", "fault": str(fault)}
        return GITHUB_CONTENT["unreadable"].named(context)


# Kept to the day that it happened to, unless it goes on happening.
ONE_DAYS_TROUBLE = frozenset(
    {"link refused", "server trouble", "not JSON", "truncated", "too large", "dropped", "silent", "slow", "redirected"}
)
