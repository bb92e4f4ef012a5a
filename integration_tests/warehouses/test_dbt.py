"""The dbt package, built for real on what PyAirbyte loaded and on tables as Airbyte's own destinations make them.

fakesnow can't make the temporary tables with which dbt runs unit tests, so those run on DuckDB and BigQuery only.
"""

import re
from collections import Counter
from typing import Any

import pytest

from integration_tests.warehouses import destinations
from integration_tests.warehouses.loader import Loader
from integration_tests.warehouses.story import Story
from source_usage_metrics.schema import load_schema

pytestmark = [pytest.mark.warehouse, pytest.mark.timeout(1500)]
LEFT_OUT = {"snowflake": ["--exclude-resource-type", "unit_test"]}
COUNTERS = ("code_generation_activity_count", "code_acceptance_activity_count", "loc_added_sum")


@pytest.fixture(scope="module")
def built(story: Story) -> Story:
    """All models and all of dbt's tests that the warehouse can run: views in DuckDB, tables in the slower emulators."""
    warehouse = story.loader.warehouse
    kind = "view" if warehouse == "duckdb" else "table"
    printed = story.loader.dbt("build", *LEFT_OUT.get(warehouse, []), usage_metrics_materialized=kind)
    assert re.search(r"PASS=1\d\d WARN=0 ERROR=0 SKIP=0", printed), printed[-2000:]
    return story


def by(names: tuple[str, ...], breakdown: str, story: Story) -> dict[tuple[str, ...], tuple[int, ...]]:
    """The counters of acme's days by these names, as the API said them."""
    found: Counter[tuple[tuple[str, ...], str]] = Counter()
    for (login, day), row in story.truth["upgraded"].items():
        for item in row[breakdown] if login == "acme" else ():
            key = (day, *(item[name] for name in names))
            for counter in COUNTERS:
                found[key, counter] += item[counter]
    return {key: tuple(found[key, counter] for counter in COUNTERS) for key, _ in found}


def held(names: tuple[str, ...], model: str, loader: Loader) -> dict[tuple[str, ...], tuple[int, ...]]:
    """The same, as a model has them."""
    rows = loader.sql(f"select * from usage_models.{model} where organization = 'acme'")
    return {
        (row["date"][:10], *(row[name] for name in names)): tuple(row[counter] for counter in COUNTERS) for row in rows
    }


@pytest.mark.parametrize(
    ("model", "names", "breakdown"),
    [
        ("copilot_language_days", ("language",), "totals_by_language_feature"),
        ("copilot_language_feature_days", ("language", "feature"), "totals_by_language_feature"),
        ("copilot_feature_days", ("feature",), "totals_by_feature"),
        ("copilot_ide_days", ("ide",), "totals_by_ide"),
        ("copilot_model_days", ("model",), "totals_by_model_feature"),
    ],
)
def test_a_breakdown_holds_what_the_api_said(built: Story, model: str, names: tuple[str, ...], breakdown: str) -> None:
    assert held(names, model, built.loader) == by(names, breakdown, built)


def test_the_older_endpoints_languages_hold_what_the_api_said(built: Story) -> None:
    expected: Counter[tuple[str, str]] = Counter()
    for (login, day), row in built.truth["upgraded"].items():
        for editor in row["copilot_ide_code_completions"]["editors"] if login == "beta" else ():
            for model in editor["models"]:
                for language in model["languages"]:
                    expected[day, language["name"]] += language["total_code_suggestions"]
    rows = built.loader.sql("select * from usage_models.copilot_older_language_days")
    assert {(row["date"][:10], row["language"]): row["total_code_suggestions"] for row in rows} == expected


def test_active_users_of_both_apis_stand_side_by_side(built: Story) -> None:
    rows = built.loader.sql("select * from usage_models.copilot_active_users")
    truth = built.truth["upgraded"]
    assert len(rows) == len(truth)
    for row in rows:
        said = truth[row["organization"], row["date"][:10]]
        of_reports = row["usage_reports_daily_active_users"], row["usage_reports_monthly_active_users"]
        of_metrics = row["metrics_total_active_users"], row["metrics_total_engaged_users"]
        assert of_reports == (said.get("daily_active_users"), said.get("monthly_active_users"))
        assert of_metrics == (said.get("total_active_users"), said.get("total_engaged_users"))


def test_completeness_names_each_day_without_a_report(built: Story) -> None:
    rows = built.loader.sql("select * from usage_models.copilot_completeness where organization = 'beta'")
    have = {day for login, day in built.truth["upgraded"] if login == "beta"}
    days = {row["date"][:10]: row["status"] for row in rows}
    assert {day for day, status in days.items() if status in ("settled", "provisional")} == have
    assert max(days) == built.new
    assert not have & {day for day, status in days.items() if status in ("no report", "awaited")}


def test_settled_models_hold_settled_days_only(built: Story) -> None:
    settled = {key for key, row in built.days["upgraded"].items() if row["is_settled"]}
    rows = built.loader.sql("select organization, date from usage_models.copilot_days_settled")
    assert {(row["organization"], row["date"][:10]) for row in rows} == settled
    assert 0 < len(settled) < len(built.days["upgraded"])


def test_the_last_snapshot_of_a_day_stands_for_it(built: Story) -> None:
    rows = built.loader.sql("select * from usage_models.org_metrics_days")
    last = built.snapshots["upgraded"][-1]
    assert rows[-1]["total_jobs_compute_time"] == last["total_jobs_compute_time"]
    assert rows[-1]["organization_name"] == last["organization_name"]
    assert rows[-1]["entitlement_limits"] is not None
    assert len(rows) == len({row["observed_at"][:10] for row in built.snapshots["upgraded"]})


def test_the_documented_question_is_answered(built: Story) -> None:
    """docs/warehouses.md, from an empty warehouse to the acceptance rate by language."""
    (query,) = re.findall(
        r"```sql\n(select\n    language,.*?)```", destinations.DOCS.read_text(encoding="utf-8"), re.DOTALL
    )
    accepted: Counter[str] = Counter()
    generated: Counter[str] = Counter()
    settled = sorted(
        day for (login, day), row in built.days["upgraded"].items() if login == "acme" and row["is_settled"]
    )
    for day in (day for day in settled if day > built.day(5 + 28)):
        for item in built.truth["upgraded"]["acme", day]["totals_by_language_feature"]:
            if item["feature"] == "code_completion":
                accepted[item["language"]] += item["code_acceptance_activity_count"]
                generated[item["language"]] += item["code_generation_activity_count"]
    rows = {row["language"]: row for row in built.loader.sql(query)}
    assert {name: row["generated"] for name, row in rows.items()} == {n: v for n, v in generated.items() if v}
    assert {name: row["acceptance_rate"] for name, row in rows.items()} == pytest.approx(
        {name: accepted[name] / count for name, count in generated.items() if count}, abs=1e-6
    )


def test_the_models_read_tables_as_airbytes_own_destinations_make_them(built: Story) -> None:
    """The columns that Airbyte's Snowflake and BigQuery destinations declare, filled with what PyAirbyte loaded."""
    loader = built.loader
    warehouse = {"snowflake": destinations.SNOWFLAKE, "bigquery": destinations.BIGQUERY}.get(loader.warehouse)
    if warehouse is None:
        pytest.skip("Airbyte's own destinations here are Snowflake's and BigQuery's")
    schema = "DIRECT_LOAD" if loader.warehouse == "snowflake" else "direct_load"
    loader.sql(f"create schema if not exists {schema}")
    for stream in destinations.STREAMS:
        types = {
            name: destinations.column_type(declared, warehouse)
            for name, declared in load_schema(stream)["properties"].items()
        }
        types["_airbyte_extracted_at"] = "TIMESTAMP_TZ" if loader.warehouse == "snowflake" else "TIMESTAMP"
        loader.sql(destinations.create_table(f"{schema}.{stream}", list(types.items())))
        columns: dict[str, Any] = {name: _cast(name, kind) for name, kind in types.items()}
        loader.sql(
            f"insert into {schema}.{stream} ({', '.join(columns)}) select {', '.join(columns.values())}"
            f" from {loader.schema}.{stream}"
        )
    loader.dbt("run", usage_metrics_schema=schema, usage_metrics_materialized="table")
    expected = by(("language",), "totals_by_language_feature", built)
    assert held(("language",), "copilot_language_days", loader) == expected
    test_active_users_of_both_apis_stand_side_by_side(built)
    test_the_last_snapshot_of_a_day_stands_for_it(built)


def _cast(name: str, kind: str) -> str:
    return f"cast({name} as {kind})" if kind in ("OBJECT", "ARRAY", "TIMESTAMP_TZ", "FLOAT") else name
