"""Reads the older Copilot metrics endpoint, which GitHub closed on github.com on 2026-04-02: one call for many days.

https://docs.github.com/en/rest/copilot/copilot-metrics
"""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from pendulum import Date

from source_usage_metrics.account import Account
from source_usage_metrics.copilot.answers import Answer, Found, NoReport, Unclear
from source_usage_metrics.copilot.calendar import parsed
from source_usage_metrics.copilot.state import digest
from source_usage_metrics.error_table import GITHUB_CONTENT
from source_usage_metrics.errors import Failure
from source_usage_metrics.github import GitHub

WHAT = "the Copilot metrics"


class Metrics:
    """The older endpoint, for one organization."""

    def __init__(self, github: GitHub, organization: Account) -> None:
        self._github, self._organization = github, organization

    def answers(self, days: Collection[Date]) -> Mapping[Date, Answer]:
        """A row for each of these days, or "no report" for one that the array spans and leaves out.

        Raises:
            NotFound: a plain 404.
            Failure: it is refused, or says something else than it documents.
        """
        rows: dict[Date, Mapping[str, Any]] = {}
        for row in self._rows(min(days), max(days)):
            day, fields = self._day(row)
            if day in rows and digest(rows[day]) != digest(fields):
                raise self._odd(f"{day.isoformat()} twice, with different content")
            rows[day] = fields
        return {day: Found(rows[day]) if day in rows else _left_out(day, rows) for day in days}

    def _rows(self, first: Date, last: Date) -> Iterator[Any]:
        """`until` is the last second of the last day: an instant at its midnight would leave the day out."""
        query = {"since": f"{first.isoformat()}T00:00:00Z", "until": f"{last.isoformat()}T23:59:59Z"}
        return self._github.legacy_days(query, WHAT, self._organization)

    def _day(self, row: Any) -> tuple[Date, Mapping[str, Any]]:
        try:
            day = parsed(row["date"])
        except (KeyError, TypeError, ValueError):
            raise self._odd("a row without a day") from None
        return day, {name: value for name, value in row.items() if name != "date"}

    def _odd(self, what: str) -> Failure:
        return GITHUB_CONTENT["odd metrics"].named({"fault": what})


def _left_out(day: Date, rows: Collection[Date]) -> Answer:
    """An array that begins after the day, or is empty, says nothing of it."""
    return NoReport() if rows and day > min(rows) else Unclear()
