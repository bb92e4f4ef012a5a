"""What stands in the tables that a page was made of, by queries of our own."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pendulum

SCHEMA = "usage_metrics"
BREAKDOWNS = {
    "by-language": ("totals_by_language_feature", "language", "(item ->> 'feature') = 'code_completion'"),
    "by-feature": ("totals_by_feature", "feature", "true"),
    "by-ide": ("totals_by_ide", "ide", "true"),
    "by-model": ("totals_by_model_feature", "model", "true"),
}


@dataclass(frozen=True)
class Report:
    """A database and the page made of it."""

    database: Path
    page: Path

    def sql(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        """The query's rows; days and instants as text."""
        with duckdb.connect(str(self.database), read_only=True) as database:
            database.execute(f"USE {SCHEMA}")
            rows = database.execute(query, values).fetchall()
        return [tuple(value.isoformat() if hasattr(value, "isoformat") else value for value in row) for row in rows]

    def days(self, column: str, where: str = "true", organization: str = "acme") -> dict[str, Any]:
        """A column of copilot_days by day, in order."""
        query = f"SELECT date, {column} FROM copilot_days WHERE organization = ? AND {where} ORDER BY 1"
        return dict(self.sql(query, organization))

    def generated_and_accepted(self, card: str, where: str = "is_settled") -> dict[str, tuple[int, int]]:
        """Sums by GitHub's name, of acme."""
        column, name, counts = BREAKDOWNS[card]
        query = f"""SELECT item ->> '{name}', sum(CAST(item ->> 'code_generation_activity_count' AS BIGINT)),
            sum(CAST(item ->> 'code_acceptance_activity_count' AS BIGINT)) FROM copilot_days
            CROSS JOIN unnest(CAST({column} AS JSON[])) AS items(item)
            WHERE organization = 'acme' AND {where} AND {counts} GROUP BY 1"""
        return {found: (generated, accepted) for found, generated, accepted in self.sql(query)}

    def week(self, column: str, last: str, how: str = "sum", organization: str = "acme") -> float | None:
        """A column of the seven days that end with `last`: their sum, avg, or the last one's value."""
        first = str(pendulum.Date.fromisoformat(last).subtract(days=6))
        value = f"{how}({column})"
        if how == "last":
            value = f"arg_max({column}, date) FILTER (WHERE ({column}) IS NOT NULL)"
        query = f"SELECT CAST({value} AS DOUBLE) FROM copilot_days WHERE organization = ? AND date BETWEEN ? AND ?"
        found: float | None = self.sql(query, organization, first, last)[0][0]
        return found

    def snapshots(self, column: str, organization: int) -> list[tuple[str, float]]:
        """A column of org_metrics, in order."""
        query = f"SELECT observed_at, CAST({column} AS DOUBLE) FROM org_metrics WHERE organization_id = ? ORDER BY 1"
        return [(at, value) for at, value in self.sql(query, organization)]


def prompts(feature: str) -> str:
    """The prompts of a feature, as SQL."""
    return of_feature(feature, "user_initiated_interaction_count")


def of_feature(feature: str, counter: str) -> str:
    """A counter of one feature, as SQL."""
    return f"""(SELECT sum(CAST(item ->> '{counter}' AS BIGINT)) FROM unnest(CAST(totals_by_feature AS JSON[]))
        AS items(item) WHERE (item ->> 'feature') = '{feature}')"""


def known(values: dict[str, Any]) -> dict[str, Any]:
    """Without the nulls."""
    return {day: value for day, value in values.items() if value is not None}
