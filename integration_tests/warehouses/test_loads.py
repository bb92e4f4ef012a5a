"""What the connector promises, kept in the tables of DuckDB, BigQuery and Snowflake.

PyAirbyte loads them, with the real code of its caches. Two of the warehouses are emulators with DuckDB behind them:
they prove our names, types and values on the way in, and the SQL in its dialect; not storage, limits or speed of the
services. PyAirbyte's tables differ from those of Airbyte's own destinations, which test_destinations.py is about:
instants without a zone in DuckDB and Snowflake (all of them UTC), decimals for numbers, VARIANT for all nested values.
"""

import pytest

from integration_tests.harness import ACCOUNTS
from integration_tests.warehouses import destinations
from integration_tests.warehouses.loader import Loader
from integration_tests.warehouses.story import ENTERPRISE, NEW_COLUMN, Story, content, of_stream, stream_of
from source_usage_metrics.schema import load_schema

ENGAGEMENT = "copilot_feature_engagement"
pytestmark = [pytest.mark.warehouse, pytest.mark.timeout(1500)]
AS_LOADED = {
    "duckdb": destinations.PYAIRBYTE_DUCKDB,
    "bigquery": destinations.PYAIRBYTE_BIGQUERY,
    "snowflake": destinations.PYAIRBYTE_SNOWFLAKE,
}
# What the catalogs call a type, where they don't call it as its DDL does.
CATALOG_NAMES = {
    "TIMESTAMP_NTZ(9)": "TIMESTAMP_NTZ",
    "VARCHAR(16777216)": "VARCHAR",
    "INTEGER": "INT64",
    "BOOLEAN": "BOOL",
}


def column_types(loader: Loader, table: str) -> dict[str, str]:
    """The types of a table's columns, as the warehouse's own catalog has them."""
    if loader.warehouse == "snowflake":
        return {row["name"].lower(): row["type"] for row in loader.sql(f"desc table {loader.schema}.{table}")}
    catalog = f"{loader.schema}." if loader.warehouse == "bigquery" else ""
    columns = loader.sql(
        f"select * from {catalog}INFORMATION_SCHEMA.COLUMNS"
        f" where table_name = '{table}' and table_schema = '{loader.schema}'"
    )
    return {row["column_name"]: row["data_type"] for row in columns}


@pytest.mark.parametrize("stream", destinations.STREAMS)
def test_every_column_has_its_type(story: Story, stream: str) -> None:
    warehouse = AS_LOADED[story.loader.warehouse]
    expected = {
        name: destinations.column_type(declared, warehouse)
        for name, declared in load_schema(stream)["properties"].items()
    }
    found = column_types(story.loader, stream)
    assert {name: _named(found.get(name), expected[name]) for name in expected} == expected


def _named(found: str | None, expected: str) -> str | None:
    """`expected` where the catalog means it. bqemulator stores JSON, and calls it STRING in its catalog."""
    meant = {CATALOG_NAMES.get(expected, expected)} | ({"STRING"} if expected == "JSON" else set())
    return expected if CATALOG_NAMES.get(found or "", found) in meant else found


def test_each_account_and_day_has_one_row_and_none_is_missing(story: Story) -> None:
    for step, days in story.days.items():
        assert days.keys() == story.truth[step].keys(), step
        rows = of_stream("copilot_days", days)
        served = {(login, row["source_endpoint"]) for (login, _), row in rows.items()}
        assert served == {("acme", "usage_reports"), ("beta", "metrics"), ("gamma", "usage_reports")}, step


def test_every_value_is_what_the_api_said(story: Story) -> None:
    for step, truth in story.truth.items():
        for key, row in truth.items():
            said, held = content(row, story.days[step][key])
            assert held == said, f"{step}: {key}"


def test_what_the_api_left_out_is_null(story: Story) -> None:
    own = {"organization", "enterprise", "date", "source_endpoint", "is_settled", "retrieved_at", "additional_fields"}
    for key, row in story.truth["first"].items():
        columns = load_schema(stream_of(key[0]))["properties"].keys()
        left_out = columns - own - {ENGAGEMENT} - {name for name, value in row.items() if value is not None}
        assert {name: story.days["first"][key][name] for name in left_out} == dict.fromkeys(left_out), key


def test_what_the_28_day_report_says_beside_its_days_arrives_with_its_last_day(story: Story) -> None:
    engaged = [key for key, row in story.days["first"].items() if row[ENGAGEMENT] is not None]
    assert engaged == [(name, story.day(2)) for name in ("acme", "gamma", ENTERPRISE)]


def test_a_sync_with_nothing_new_adds_a_snapshot_and_nothing_else(story: Story) -> None:
    assert story.records["again"] == 1
    assert story.days["again"] == story.days["first"]
    assert len(story.snapshots["again"]) == 2


def test_new_late_and_revised_days_arrive_and_nothing_else_changes(story: Story) -> None:
    before, after = story.days["again"], story.days["later"]
    changed = {key for key in after if after[key] != before.get(key)}
    days = (story.new, story.late, story.revised)
    assert changed == {(name, day) for name in ("acme", ENTERPRISE) for day in days}
    assert story.records["later"] == len(changed) + 1


def test_snapshots_are_appended_and_hold_what_the_api_said(story: Story) -> None:
    snapshots = story.snapshots["upgraded"]
    assert len(snapshots) == 4
    assert len({row["observed_at"] for row in snapshots}) == 4
    assert snapshots[:3] == story.snapshots["later"]
    last = snapshots[-1]
    assert last["total_storage"] is None
    assert last["jobs_compute_time_current_year"] == 0.125
    assert last["total_jobs_compute_time"] == story.metrics["upgraded"]["totalJobsComputeTime"]
    assert last["jobs_compute_time_current_year_since"].startswith("2026-03-01T00:00:00")
    assert (last["organization_id"], last["project_visibility"]) == (101, "all")
    assert last["organization_name"] == "Stand-in"
    assert last["entitlement_limits"] == story.limits
    assert last["exclude_edge_impulse_users"] is False


@pytest.mark.parametrize("name", ["acme", ENTERPRISE])
def test_a_column_of_a_later_version_is_added_and_filled_from_then_on(story: Story, name: str) -> None:
    key = (name, story.strange)
    assert story.days["later"][key]["additional_fields"] == {NEW_COLUMN: 3_000_000_000}
    assert NEW_COLUMN not in story.days["later"][key]
    upgraded = of_stream(stream_of(name), story.days["upgraded"])
    assert upgraded[key][NEW_COLUMN] == 3_000_000_000
    assert {row[NEW_COLUMN] for other, row in upgraded.items() if other != key} == {None}
    loader = story.loader
    (total,) = loader.sql(f"select sum({NEW_COLUMN}) + 1 as total from {loader.schema}.{stream_of(name)}")
    assert total["total"] == 3_000_000_001


@pytest.mark.parametrize("stream", ACCOUNTS)
def test_dates_and_instants_compare_as_such_in_sql(story: Story, stream: str) -> None:
    loader = story.loader
    (found,) = loader.sql(
        f"select count(*) as days, max(date) as last from {loader.schema}.{stream}"
        f" where date >= cast('{story.day(40)}' as date) and retrieved_at > cast(date as timestamp)"
    )
    assert found["days"] == len(of_stream(stream, story.days["upgraded"]))
    assert str(found["last"])[:10] == story.new
