"""A GitHub organization of the stand-in: an account that also has the older metrics."""

import json
from typing import ClassVar, Literal

import pendulum

from integration_tests.standin import older_usage
from integration_tests.standin.account import Account, Day, dump
from integration_tests.standin.stage import Stage
from integration_tests.standin.usage import Kind, Row

FIRST_DAY = "2025-12-12"
"""The reports of organizations start here.

https://docs.github.com/en/copilot/concepts/billing-and-usage/copilot-usage-metrics/copilot-metrics
"""


class Organization(Account):
    kind: ClassVar[Kind] = "organization"
    first_day: ClassVar[str] = FIRST_DAY

    def __init__(self, stage: Stage, login: str, organization_id: str, since: str, row_kb: float) -> None:
        super().__init__(stage, login, organization_id, since, row_kb)
        self.metrics: Literal["closed", "open", "disabled"] = "closed"

    @property
    def login(self) -> str:
        return self.name

    @property
    def organization_id(self) -> str:
        return self.id

    @property
    def profile(self) -> Row:
        return {"login": self.name, "id": int(self.id), "type": "Organization"}

    def put_metrics(self, day: Day, row: Row) -> None:
        """From now on the older endpoint has the day and answers exactly this row."""
        now = self._stage.now.timestamp()
        self._change(str(day), (now, None, dump(row)))
        self._arrivals[str(day)] = min(now, self._arrival(str(day)))

    def truth_metrics(self, now: pendulum.DateTime | None = None) -> dict[str, Row]:
        """Day → row, for every day that the older endpoint would answer: 100 days back, without idle ones."""
        instant = now or self._stage.now
        found = {day: self.metrics_row(day, instant.timestamp()) for day in self._days(instant, self.since, 100)}
        return {day: json.loads(row) for day, row in found.items() if row is not None}

    def metrics_row(self, day: str, now: float) -> bytes | None:
        """The row of the older endpoint at that instant, serialised; None while there is none."""
        if day < self.since or self._arrival(day) > now:
            return None
        revisions, _, older = self._state(day, now)
        return older or older_usage.serialised(self.organization_id, day, revisions)
