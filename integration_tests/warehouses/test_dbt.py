"""The dbt package, built for real on what PyAirbyte loaded and on tables as Airbyte's own destinations make them.

fakesnow can't make the temporary tables with which dbt runs unit tests, so those run on DuckDB and BigQuery only.
"""

import csv
import re
from collections import Counter
from collections.abc import Iterable
from typing import Any

import pytest

from integration_tests.warehouses import destinations
from integration_tests.warehouses.loader import ROOT, Loader
from integration_tests.warehouses.story import ENTERPRISE, Story, of_stream
from source_usage_metrics.schema import load_schema

pytestmark = [pytest.mark.warehouse, pytest.mark.timeout(1500)]
LEFT_OUT = {"snowflake": ["--exclude-resource-type", "unit_test"]}
COUNTERS = ("code_generation_activity_count", "code_acceptance_activity_count", "loc_added_sum")
REPORTS = ("acme", "gamma")
"""The organizations that the usage reports serve."""


@pytest.fixture(scope="module")
def built(story: Story) -> Story:
    """All models and all of dbt's tests that the warehouse can run: views in DuckDB, tables in the slower emulators."""
    printed = dbt(story, "build", *LEFT_OUT.get(story.loader.warehouse, []))
    assert re.search(r"PASS=3\d\d WARN=0 ERROR=0 SKIP=0", printed), printed[-2000:]
    return story


def dbt(story: Story, *arguments: str, fails: bool = False, **variables: Any) -> str:
    kind = "view" if story.loader.warehouse == "duckdb" else "table"
    settings = {"usage_metrics_enterprise": True, "usage_metrics_materialized": kind} | variables
    return story.loader.dbt(*arguments, fails=fails, **settings)


def by(
    names: tuple[str, ...], breakdown: str, story: Story, logins: Iterable[str] = ("acme",)
) -> dict[tuple[str, ...], tuple[int, ...]]:
    """The counters of the organizations' (or the enterprise's) days by these names, as the API said them."""
    found: Counter[tuple[tuple[str, ...], str]] = Counter()
    for (login, day), row in story.truth["upgraded"].items():
        for item in row[breakdown] if login in logins else ():
            key = (day, *(item[name] for name in names))
            for counter in COUNTERS:
                found[key, counter] += item[counter]
    return {key: tuple(found[key, counter] for counter in COUNTERS) for key, _ in found}


def held(
    names: tuple[str, ...], model: str, loader: Loader, where: str = "organization = 'acme'"
) -> dict[tuple[str, ...], tuple[int, ...]]:
    """The same, as a model has them."""
    rows = loader.sql(f"select * from usage_models.{model} where {where}")
    return {
        (row["date"][:10], *(row[name] for name in names)): tuple(row[counter] for counter in COUNTERS) for row in rows
    }


BREAKDOWNS = [
    ("language", ("language",), "totals_by_language_feature"),
    ("language_feature", ("language", "feature"), "totals_by_language_feature"),
    ("feature", ("feature",), "totals_by_feature"),
    ("ide", ("ide",), "totals_by_ide"),
    ("model", ("model",), "totals_by_model_feature"),
]


@pytest.mark.parametrize(("model", "names", "breakdown"), BREAKDOWNS)
def test_a_breakdown_holds_what_the_api_said(built: Story, model: str, names: tuple[str, ...], breakdown: str) -> None:
    assert held(names, f"copilot_{model}_days", built.loader) == by(names, breakdown, built)
    of_enterprise = held(names, f"copilot_enterprise_{model}_days", built.loader, f"enterprise = '{ENTERPRISE}'")
    assert of_enterprise == by(names, breakdown, built, (ENTERPRISE,))


@pytest.mark.parametrize(
    ("name", "breakdown"),
    [("language", "totals_by_language_feature"), ("ide", "totals_by_ide"), ("model", "totals_by_model_feature")],
)
def test_a_breakdown_adds_up_over_organizations(built: Story, name: str, breakdown: str) -> None:
    expected = by((name,), breakdown, built, REPORTS)
    assert held((name,), f"copilot_daily_{name}_activity", built.loader, "organizations > 0") == expected
    assert expected.keys() > by((name,), breakdown, built).keys()


def test_days_add_up_over_organizations(built: Story) -> None:
    truth, days = built.truth["upgraded"], built.days["upgraded"]
    rows = {row["date"][:10]: row for row in built.loader.sql("select * from usage_models.copilot_daily_activity")}
    assert rows.keys() == {day for login, day in truth if login in REPORTS}
    for day, row in rows.items():
        said = [truth[login, day] for login in REPORTS if (login, day) in truth]
        completions = [
            item for each in said for item in each["totals_by_feature"] if item["feature"] == "code_completion"
        ]
        assert {name: row[name] for name in (*COUNTERS, "user_initiated_interaction_count", "loc_deleted_sum")} == {
            name: sum(each[name] for each in said)
            for name in (*COUNTERS, "user_initiated_interaction_count", "loc_deleted_sum")
        }
        suggested = sum(item["code_generation_activity_count"] for item in completions)
        accepted = sum(item["code_acceptance_activity_count"] for item in completions)
        assert (row["code_completions_suggested"] or 0, row["code_completions_accepted"] or 0) == (suggested, accepted)
        assert row["organizations"] == len(said)
        assert row["settled_organizations"] == sum(
            bool(days[login, day]["is_settled"]) for login in REPORTS if (login, day) in days
        )


def test_the_enterprises_own_numbers_are_compared_with_the_sum_over_organizations(built: Story) -> None:
    truth = built.truth["upgraded"]
    rows = built.loader.sql("select * from usage_models.copilot_enterprise_comparison where metric = 'loc_added_sum'")
    assert {row["date"][:10] for row in rows} == {day for name, day in truth if name == ENTERPRISE}
    for row in rows:
        day = row["date"][:10]
        own = truth[ENTERPRISE, day]["loc_added_sum"]
        total = sum(truth[login, day]["loc_added_sum"] for login in REPORTS if (login, day) in truth)
        assert (row["enterprise"], row["enterprise_number"], row["sum_over_organizations"]) == (ENTERPRISE, own, total)
        assert row["ratio"] == (pytest.approx(total / own, abs=1e-5) if own else None)
    assert max(row["ratio"] or 0 for row in rows) > 1


def test_the_enterprises_active_users_are_its_own(built: Story) -> None:
    rows = built.loader.sql("select * from usage_models.copilot_enterprise_active_users")
    truth = {
        day: row["monthly_active_users"] for (name, day), row in built.truth["upgraded"].items() if name == ENTERPRISE
    }
    assert {row["date"][:10]: row["monthly_active_users"] for row in rows} == truth


def statuses(story: Story) -> dict[tuple[str, str], str]:
    rows = story.loader.sql("select * from usage_models.copilot_reporting_status")
    assert {row["missing_days"] for row in rows} == {0}
    return {(row["scope"], row["name"]): row["status"] for row in rows}


def test_silence_is_a_warning_or_an_error(built: Story) -> None:
    known = {("organization", "acme"), ("organization", "beta"), ("organization", "gamma"), ("enterprise", ENTERPRISE)}
    assert statuses(built) == dict.fromkeys(known, "reporting")

    build = ["build", "--select", "copilot_reporting_status", "--exclude-resource-type", "unit_test"]
    expected: dict[str, Any] = {"usage_metrics_expected_organizations": ["Acme", "beta", "gamma", "newcomer"]}
    assert "WARN=1 ERROR=0" in dbt(built, *build, **expected)
    assert statuses(built) == dict.fromkeys(known, "reporting") | {("organization", "newcomer"): "never reported"}

    late: dict[str, Any] = {"usage_metrics_silent_after_days": 0, "usage_metrics_silence_severity": "error"}
    printed = dbt(built, *build, fails=True, **late)
    assert "WARN=0 ERROR=1" in printed
    assert "Got 4 results" in printed
    assert statuses(built) == dict.fromkeys(known, "silent")


def test_a_table_without_new_rows_is_stale(built: Story) -> None:
    dbt(built, "source", "freshness")
    printed = dbt(built, "source", "freshness", fails=True, usage_metrics_stale_error_days=0)
    for stream in ("copilot_days", "copilot_enterprise_days"):
        assert f"ERROR STALE freshness of usage_metrics.{stream} " in printed


def test_the_known_breaks_are_loaded_as_they_are_written(built: Story) -> None:
    with (ROOT / "dbt" / "seeds" / "copilot_known_breaks.csv").open(encoding="utf-8", newline="") as file:
        written = sorted(tuple(row.values()) for row in csv.DictReader(file))
    rows = built.loader.sql("select date, what, affected_columns, source_url from usage_models.copilot_known_breaks")
    assert sorted((row["date"][:10], *list(row.values())[1:]) for row in rows) == written
    kept = "select count(*) as days from usage_models.copilot_known_breaks where date >= cast('2026-06-15' as date)"
    assert built.loader.sql(kept)[0]["days"] == sum(date >= "2026-06-15" for date, *_ in written)


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
    truth = of_stream("copilot_days", built.truth["upgraded"])
    assert len(rows) == len(truth)
    for row in rows:
        said = truth[row["organization"], row["date"][:10]]
        of_reports = row["usage_reports_daily_active_users"], row["usage_reports_monthly_active_users"]
        of_metrics = row["metrics_total_active_users"], row["metrics_total_engaged_users"]
        assert of_reports == (said.get("daily_active_users"), said.get("monthly_active_users"))
        assert of_metrics == (said.get("total_active_users"), said.get("total_engaged_users"))


@pytest.mark.parametrize(
    ("model", "column", "name"),
    [
        ("copilot_completeness", "organization", "beta"),
        ("copilot_enterprise_completeness", "enterprise", ENTERPRISE),
    ],
)
def test_completeness_names_each_day_without_a_report(built: Story, model: str, column: str, name: str) -> None:
    rows = built.loader.sql(f"select * from usage_models.{model} where {column} = '{name}'")
    have = {day for account, day in built.truth["upgraded"] if account == name}
    days = {row["date"][:10]: row["status"] for row in rows}
    assert {day for day, status in days.items() if status in ("settled", "provisional")} == have
    assert max(days) == built.new
    assert not have & {day for day, status in days.items() if status in ("no report", "pending")}


def test_settled_models_hold_settled_days_only(built: Story) -> None:
    days = of_stream("copilot_days", built.days["upgraded"])
    settled = {key for key, row in days.items() if row["is_settled"]}
    rows = built.loader.sql("select organization, date from usage_models.copilot_days_settled")
    assert {(row["organization"], row["date"][:10]) for row in rows} == settled
    assert 0 < len(settled) < len(days)


def test_the_last_snapshot_of_a_day_stands_for_it(built: Story) -> None:
    rows = built.loader.sql("select * from usage_models.org_metrics_days")
    last = built.snapshots["upgraded"][-1]
    assert rows[-1]["total_jobs_compute_time"] == last["total_jobs_compute_time"]
    assert rows[-1]["organization_name"] == last["organization_name"]
    assert rows[-1]["entitlement_limits"] is not None
    assert len(rows) == len({row["observed_at"][:10] for row in built.snapshots["upgraded"]})


def test_the_documented_question_is_answered(built: Story) -> None:
    """docs/warehouses.md, from an empty warehouse to the acceptance rate by language."""
    page = destinations.DOCS.with_name("warehouses.md").read_text(encoding="utf-8")
    (query,) = re.findall(r"```sql\n(select\n    language,.*?)```", page, re.DOTALL)
    accepted: Counter[str] = Counter()
    generated: Counter[str] = Counter()
    for (login, day), row in built.days["upgraded"].items():
        if login in REPORTS and row["is_settled"] and day > built.day(5 + 28):
            for item in built.truth["upgraded"][login, day]["totals_by_language_feature"]:
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
    dbt(built, "run", usage_metrics_schema=schema)
    test_a_breakdown_holds_what_the_api_said(built, "language", ("language",), "totals_by_language_feature")
    test_active_users_of_both_apis_stand_side_by_side(built)
    test_the_last_snapshot_of_a_day_stands_for_it(built)


def _cast(name: str, kind: str) -> str:
    return f"cast({name} as {kind})" if kind in ("OBJECT", "ARRAY", "TIMESTAMP_TZ", "FLOAT") else name
