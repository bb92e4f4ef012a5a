"""The bundled schemas: what Snowflake, BigQuery and DuckDB need of them, and that they are found."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from source_usage_metrics import schema
from source_usage_metrics.schema import load_schema

KEYS = {
    "org_metrics": ("organization_id", "observed_at"),
    "copilot_days": ("organization", "date"),
    "copilot_enterprise_days": ("enterprise", "date"),
}
OWN = {
    "org_metrics": ["organization_id", "observed_at", "exclude_edge_impulse_users", "project_visibility"],
    "copilot_days": ["organization", "date", "source_endpoint", "is_settled", "retrieved_at"],
    "copilot_enterprise_days": ["enterprise", "date", "is_settled", "retrieved_at"],
}
UNDERSTOOD = {"type", "description", "format", "airbyte_type", "properties", "items", "additionalProperties"}
LEGACY_API = [
    "total_active_users",
    "total_engaged_users",
    "copilot_ide_code_completions",
    "copilot_ide_chat",
    "copilot_dotcom_chat",
    "copilot_dotcom_pull_requests",
]


def declared(stream: str, name: str) -> dict[str, Any]:
    column: dict[str, Any] = load_schema(stream)["properties"][name]
    return column


def types(of: Mapping[str, Any]) -> list[str]:
    return [of["type"]] if isinstance(of["type"], str) else of["type"]


def nested(of: Mapping[str, Any], path: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    yield path, of
    if "items" in of:
        yield from nested(of["items"], f"{path}[]")
    for name, inner in of.get("properties", {}).items():
        yield from nested(inner, f"{path}.{name}")


EVERYWHERE = [
    pair
    for stream in KEYS
    for name, column in load_schema(stream)["properties"].items()
    for pair in nested(column, f"{stream}.{name}")
]


@pytest.mark.parametrize("stream", KEYS)
def test_a_schema_is_an_open_object_without_keywords_that_a_warehouse_ignores(stream: str) -> None:
    assert load_schema(stream).keys() == {"type", "additionalProperties", "properties"}
    assert load_schema(stream)["type"] == "object"
    assert load_schema(stream)["additionalProperties"] is True


def test_every_property_has_one_type_that_a_warehouse_has_too() -> None:
    known = {"string", "integer", "number", "boolean", "array", "object"}
    assert [path for path, of in EVERYWHERE if len(set(types(of)) - {"null"}) != 1] == []
    assert [path for path, of in EVERYWHERE if not set(types(of)) <= {"null", *known}] == []
    assert [path for path, of in EVERYWHERE if not of.keys() <= UNDERSTOOD] == []


def test_every_property_tells_the_analyst_what_it_means() -> None:
    assert [path for path, of in EVERYWHERE if not re.fullmatch(r".{7,}\.", of.get("description", ""))] == []


def test_no_nested_object_refuses_what_the_provider_adds() -> None:
    assert [path for path, of in EVERYWHERE if ("array" in types(of)) != ("items" in of)] == []
    assert [path for path, of in EVERYWHERE if ("object" in types(of)) != of.get("additionalProperties", False)] == []


def test_only_keys_refuse_null() -> None:
    keys = {f"{stream}.{name}" for stream in KEYS for name in KEYS[stream]}
    assert {path for path, of in EVERYWHERE if "null" not in types(of)} == keys


@pytest.mark.parametrize(("stream", "name"), [(stream, name) for stream in KEYS for name in KEYS[stream]])
def test_keys_are_declared_and_of_a_type_that_can_be_ordered(stream: str, name: str) -> None:
    column = declared(stream, name)
    assert types(column) in (["integer"], ["string"])


def test_dates_and_instants_become_dates_and_instants() -> None:
    temporal = {path: of for path, of in EVERYWHERE if "format" in of or "airbyte_type" in of}
    assert {path: (of["format"], of.get("airbyte_type")) for path, of in temporal.items()} == {
        "org_metrics.observed_at": ("date-time", "timestamp_with_timezone"),
        "org_metrics.jobs_compute_time_current_year_since": ("date-time", "timestamp_with_timezone"),
        "copilot_days.date": ("date", None),
        "copilot_days.retrieved_at": ("date-time", "timestamp_with_timezone"),
        "copilot_days.day_partition": ("date", None),
        "copilot_enterprise_days.date": ("date", None),
        "copilot_enterprise_days.retrieved_at": ("date-time", "timestamp_with_timezone"),
        "copilot_enterprise_days.day_partition": ("date", None),
    }
    assert [path for path, of in temporal.items() if "string" not in types(of)] == []


@pytest.mark.parametrize("stream", KEYS)
def test_column_names_mean_the_same_in_every_warehouse(stream: str) -> None:
    names = list(load_schema(stream)["properties"])
    assert all(re.fullmatch(r"[a-z][a-z0-9_]{0,62}", name) for name in names)
    assert len({name.lower() for name in names}) == len(names)
    assert not [name for name in names if name.startswith(("_airbyte", "_ab"))]


@pytest.mark.parametrize("stream", KEYS)
def test_own_columns_come_first_and_the_catch_all_last(stream: str) -> None:
    names = list(load_schema(stream)["properties"])
    assert names[: len(OWN[stream])] == OWN[stream]
    assert names[-1] == "additional_fields"
    assert types(declared(stream, "additional_fields")) == ["null", "object"]


def test_counters_are_integers_and_ids_are_strings() -> None:
    columns = load_schema("copilot_days")["properties"]
    counters = [name for name in columns if name.endswith(("_users", "_count", "_sum", "_mode"))]
    assert len(counters) >= 39
    assert {name for name in counters if types(columns[name]) != ["null", "integer"]} == set()
    assert types(columns["organization_id"]) == types(columns["enterprise_id"]) == ["null", "string"]


@pytest.mark.parametrize("name", LEGACY_API)
def test_columns_of_the_legacy_api_say_that_only_it_fills_them(name: str) -> None:
    assert "Only the legacy metrics API fills it, " in declared("copilot_days", name)["description"]


def test_a_schema_is_read_once() -> None:
    assert load_schema("org_metrics") is load_schema("org_metrics")


@pytest.fixture
def empty_installation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setattr(schema, "_PACKAGE", tmp_path / "package")
    load_schema.cache_clear()
    yield tmp_path
    load_schema.cache_clear()


@pytest.mark.parametrize("place", ["package/schemas", "schemas"])
def test_a_schema_is_found_in_a_wheel_and_in_a_checkout(empty_installation: Path, place: str) -> None:
    (empty_installation / place).mkdir(parents=True)
    (empty_installation / place / "days.json").write_text('{"properties": {}}')

    assert load_schema("days") == {"properties": {}}


def test_the_wheels_own_schema_wins_over_a_stray_one(empty_installation: Path) -> None:
    for place in ("package/schemas", "schemas"):
        (empty_installation / place).mkdir(parents=True)
        (empty_installation / place / "days.json").write_text(f'{{"from": "{place}"}}')

    assert load_schema("days") == {"from": "package/schemas"}


def test_a_schema_that_is_missing_is_named(empty_installation: Path) -> None:
    with pytest.raises(FileNotFoundError, match="The schema of the stream days is missing"):
        load_schema("days")


def test_the_enterprises_days_have_the_columns_of_the_usage_reports_as_the_organizations_have_them() -> None:
    """A field that GitHub adds is declared in both: the two reports have the same fields."""
    organizations, enterprises = (
        dict(load_schema(stream)["properties"]) for stream in ("copilot_days", "copilot_enterprise_days")
    )
    for own in ("organization", "source_endpoint", "organization_id", *LEGACY_API):
        del organizations[own]
    del enterprises["enterprise"]

    assert list(enterprises) == list(organizations)
    for name, column in enterprises.items():
        if name not in ("date", "enterprise_id", "pull_requests"):
            assert column == organizations[name]
        assert types(column) == types(organizations[name])
        assert column.get("properties") == organizations[name].get("properties")
