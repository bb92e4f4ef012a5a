"""Rows become records: nothing is lost, nothing is made up, and whatever comes can be emitted."""

import json
from collections.abc import Mapping
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft7Validator

from source_usage_metrics.parsing import LEVELS
from source_usage_metrics.records import Normalized, Normalizer
from source_usage_metrics.schema import load_schema
from unit_tests.full_days import ACTIVITY, METRICS_DAY, USAGE_REPORT_DAY

SCHEMA = load_schema("copilot_days")
COPILOT = Normalizer(SCHEMA)
EDGE_IMPULSE = Normalizer(load_schema("org_metrics"))
VALID = Draft7Validator(SCHEMA, format_checker=Draft7Validator.FORMAT_CHECKER)
OWN = {
    "organization": "acme",
    "date": "2026-11-18",
    "source_endpoint": "usage_reports",
    "is_settled": False,
    "retrieved_at": "2026-11-20T06:00:00Z",
}


def undeclared(value: Any, declared: Mapping[str, Any], path: str = "day") -> set[str]:
    if isinstance(value, list):
        return {name for item in value for name in undeclared(item, declared["items"], f"{path}[]")}
    if not isinstance(value, dict):
        return set()
    known = declared["properties"]
    deeper = [undeclared(item, known[name], f"{path}.{name}") for name, item in value.items() if name in known]
    return {f"{path}.{name}" for name in value if name not in known}.union(*deeper)


def emitted(provided: Mapping[str, Any], own: Mapping[str, Any] = OWN) -> dict[str, Any]:
    return COPILOT.validate(COPILOT.normalize(provided, own).record).record


def unmapped(name: str, value: Any) -> Any:
    """What `additional_fields` holds of a field that its column cannot take."""
    normalized = COPILOT.normalize({name: value}, OWN)
    assert normalized.unmapped == (name,)
    assert name not in normalized.record
    return normalized.record["additional_fields"][name]


def test_no_column_of_a_day_is_without_a_value_that_tests_send_through() -> None:
    not_of_one_day = {"copilot_feature_engagement", "additional_fields"}

    assert SCHEMA["properties"].keys() - OWN.keys() - USAGE_REPORT_DAY.keys() - METRICS_DAY.keys() == not_of_one_day


@pytest.mark.parametrize("day", [USAGE_REPORT_DAY, METRICS_DAY], ids=["usage_reports", "metrics"])
def test_a_typical_day_keeps_every_field(day: dict[str, Any]) -> None:
    normalized = COPILOT.normalize(day, OWN)

    assert normalized == Normalized({**OWN, **day}, ())
    assert COPILOT.validate(normalized.record) == normalized
    assert undeclared(day, SCHEMA) == set()


def test_an_edge_impulse_snapshot_keeps_every_field() -> None:
    own = {"organization_id": 7, "observed_at": "2026-11-20T06:00:00Z", "exclude_edge_impulse_users": False}
    since = {"jobs_compute_time_current_year_since": "2026-01-31T23:30:00.123-02:00"}
    counts = {"total_jobs_compute_time": 1.25, "total_storage": 2**40, "project_count": 3.0, "user_count": 0}

    normalized = EDGE_IMPULSE.normalize({**since, **counts, "brand_new": 1}, own)

    since = {"jobs_compute_time_current_year_since": "2026-02-01T01:30:00Z"}
    assert normalized == Normalized({**own, **since, **counts, "additional_fields": {"brand_new": 1}}, ("brand_new",))
    assert EDGE_IMPULSE.validate(normalized.record) == Normalized(normalized.record, ())


def test_unmapped_fields_keep_the_provider_s_name_wherever_they_are_found_out() -> None:
    names = {"total_storage": "totalStorage", "entitlement_limits": "entitlementLimits"}
    renaming = Normalizer(load_schema("org_metrics"), names)
    limits = {"numberOfUsers": "many"}

    normal = renaming.normalize({"totalStorage": 5, "total_storage": 6, "entitlementLimits": limits}, {})
    valid = renaming.validate(normal.record)

    assert normal.unmapped == ("total_storage",)
    assert normal.record["total_storage"] == 5
    assert valid.unmapped == ("entitlementLimits",)
    assert valid.record["additional_fields"] == {"total_storage": 6, "entitlementLimits": limits}


def test_absent_is_null_and_zero_is_zero() -> None:
    provided: dict[str, Any] = {
        "daily_active_users": 0,
        "weekly_active_users": None,
        "totals_by_ide": [],
        "enterprise_id": "",
    }

    assert emitted(provided) == {**OWN, "daily_active_users": 0, "totals_by_ide": [], "enterprise_id": ""}


def test_an_unknown_field_is_null_too_when_it_is_null() -> None:
    assert COPILOT.normalize({"brand_new": None}, OWN) == Normalized(OWN, ())


@pytest.mark.parametrize("count", [2**31, 2**32 + 1, 2**53 + 1, 2**63 - 1, -(2**63)])
def test_a_count_over_32_bits_survives(count: int) -> None:
    assert emitted({"loc_added_sum": count})["loc_added_sum"] == count


def test_a_whole_number_written_as_a_float_is_a_count() -> None:
    record = emitted({"loc_added_sum": 12.0, "loc_deleted_sum": float(2**53)})

    assert type(record["loc_added_sum"]) is int
    assert record["loc_deleted_sum"] == 2**53


@pytest.mark.parametrize("value", ["12", "", 12.5, 1e300, True, False, [], {}, [1]])
def test_what_is_no_count_is_kept_and_not_converted(value: Any) -> None:
    kept = unmapped("loc_added_sum", value)

    assert kept == value
    assert type(kept) is type(value)


@pytest.mark.parametrize("count", [2**63, -(2**63) - 1, 2**64, 10**30])
def test_a_count_over_64_bits_keeps_its_digits(count: int) -> None:
    assert emitted({"loc_added_sum": count}) == {**OWN, "additional_fields": {"loc_added_sum": str(count)}}


def test_ids_stay_strings() -> None:
    assert emitted({"organization_id": "0042"})["organization_id"] == "0042"
    assert unmapped("organization_id", 42) == 42


@pytest.mark.parametrize(
    "value", ["2026-02-30", "20261118", "2026-11-18T00:00:00Z", "2026-W01-1", "٢٠٢٦-01-01", 20261118]
)
def test_only_a_real_calendar_day_is_a_date(value: Any) -> None:
    assert emitted({"day_partition": "2028-02-29"})["day_partition"] == "2028-02-29"
    assert unmapped("day_partition", value) == value


@pytest.mark.parametrize(
    ("spelled", "written"),
    [
        ("2026-01-31T10:20:30Z", "2026-01-31T10:20:30Z"),
        ("2026-01-31T10:20:30.123456789Z", "2026-01-31T10:20:30Z"),
        ("2026-01-31T10:20:30,9+00:00", "2026-01-31T10:20:30Z"),
        ("2026-01-31T23:20:30-0130", "2026-02-01T00:50:30Z"),
        ("2026-01-31T10:20:30", "2026-01-31T10:20:30Z"),
        ("2026-01-31T10:20Z", "2026-01-31T10:20:00Z"),
        ("20260131T102030Z", "2026-01-31T10:20:30Z"),
        ("0999-01-01T00:00:00+01:00", "0998-12-31T23:00:00Z"),
    ],
)
def test_an_instant_is_written_as_warehouses_read_it(spelled: str, written: str) -> None:
    normalized = EDGE_IMPULSE.normalize({"jobs_compute_time_current_year_since": spelled}, {})

    assert normalized.record == {"jobs_compute_time_current_year_since": written}


@pytest.mark.parametrize(
    "value",
    [
        "now",
        "10:20",
        "2026-01-31",
        "2026-02-30T00:00:00Z",
        "2026-01-31T10:20:30+24:00",
        "0001-01-01T00:00:00+23:59",
        "2026-01-31T00:00:00Z/P1D",
        1767225600,
    ],
)
def test_what_is_no_instant_is_kept_as_it_came(value: Any) -> None:
    name = "jobs_compute_time_current_year_since"

    assert EDGE_IMPULSE.normalize({name: value}, {}) == Normalized({"additional_fields": {name: value}}, (name,))


def test_own_columns_win_and_the_providers_are_kept() -> None:
    normalized = COPILOT.normalize({"organization": "beta", "date": "2026-11-18", "additional_fields": {"a": 1}}, OWN)

    kept = {"organization": "beta", "date": "2026-11-18", "additional_fields": {"a": 1}}
    assert normalized == Normalized({**OWN, "additional_fields": kept}, ("additional_fields", "date", "organization"))
    assert COPILOT.validate(normalized.record) == Normalized(normalized.record, ())


@pytest.mark.parametrize("own", [{"date": "2026-02-30"}, {"is_settled": 1}, {"no_column": 1}])
def test_an_own_column_that_does_not_fit_is_our_mistake(own: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=f"The column {next(iter(own))} cannot hold"):
        COPILOT.normalize({}, own)


def test_an_unknown_nested_field_stays_where_it_is() -> None:
    day = {"pull_requests": {"brand_new": 1}, "totals_by_ide": [{"ide": "zed", "brand_new": [{}]}]}

    assert emitted(day) == {**OWN, **day}


@pytest.mark.parametrize(
    "rows",
    [["vscode"], [{"ide": 5}], [{"loc_added_sum": "12"}], [{"loc_added_sum": 1.5}], [[]]],
)
def test_a_breakdown_that_is_not_as_declared_moves_whole(rows: list[Any]) -> None:
    normalized = COPILOT.normalize({"totals_by_ide": rows, "daily_active_users": 2}, OWN)
    valid = COPILOT.validate(normalized.record)

    assert normalized.unmapped == ()
    assert valid == Normalized(
        {**OWN, "daily_active_users": 2, "additional_fields": {"totals_by_ide": rows}}, ("totals_by_ide",)
    )


@pytest.mark.parametrize(
    ("value", "kept"),
    [(2**63, "9223372036854775808"), ({"a": [None, "é", True, -(2**64)]}, {"a": [None, "é", True, str(-(2**64))]})],
)
def test_an_integer_that_no_warehouse_can_hold_becomes_text_in_additional_fields(value: Any, kept: Any) -> None:
    day = {"brand_new": value, "totals_by_feature": [{"feature": "x", "more": value}], "totals_by_ide": [{"ide": "x"}]}

    assert emitted(day)["additional_fields"] == {
        "brand_new": kept,
        "totals_by_feature": [{"feature": "x", "more": kept}],
    }
    assert emitted(day)["totals_by_ide"] == [{"ide": "x"}]


@pytest.mark.parametrize("depth", [70, LEVELS - 3])
def test_content_too_deep_to_write_is_kept_as_text(depth: int) -> None:
    value: Any = [1, 2**64, {}]
    for _ in range(depth):
        value = {"in": value, "by": []}

    kept = emitted({"totals_by_cli": value})["additional_fields"]["totals_by_cli"]

    text = orjson.dumps(kept).decode()
    assert text.count("in") == depth
    assert "1, 18446744073709551616, " in text


JSON_NAMES = st.one_of(
    st.sampled_from([*SCHEMA["properties"], "brand_new"]), st.text(st.characters(exclude_categories=["Cs"]), max_size=5)
)
JSON_SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(-(2**70), 2**70),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=8),
    st.sampled_from(["12", "2026-11-18", "2026-02-30", "2026-11-18T00:00:00Z", "now", 2**63, 2**63 - 1, 12.0, -0.0]),
)
JSON_VALUES = st.recursive(
    JSON_SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(JSON_NAMES, inner, max_size=4)),
    max_leaves=12,
)
PLAUSIBLE_ROWS = st.lists(st.dictionaries(st.sampled_from([*ACTIVITY, "ide"]), JSON_SCALARS, max_size=5), max_size=3)
DAYS = st.dictionaries(JSON_NAMES, st.one_of(JSON_SCALARS, JSON_VALUES, PLAUSIBLE_ROWS), max_size=12)


@settings(max_examples=400, deadline=None)
@given(DAYS)
def test_whatever_comes_is_emitted_whole_valid_and_under_its_own_name(day: dict[str, Any]) -> None:
    normalized = COPILOT.normalize(day, OWN)
    valid = COPILOT.validate(normalized.record)

    record, additional = valid.record, valid.record.get("additional_fields", {})
    VALID.validate(record)
    assert json.loads(orjson.dumps(record)) == record
    assert json.loads(json.dumps(record, allow_nan=False)) == record
    assert {name: record[name] for name in OWN} == OWN
    assert additional or "additional_fields" not in record
    columns = record.keys() - OWN.keys() - {"additional_fields"}
    said = [name for name, value in day.items() if value is not None]
    assert columns <= set(said)
    assert len(columns) + len(additional) == len(said)
    assert set(said) == columns | additional.keys()
    assert len({*normalized.unmapped, *valid.unmapped}) == len(additional)
    assert COPILOT.validate(record) == Normalized(record, ())


@settings(max_examples=200, deadline=None)
@given(st.integers(-(2**63), 2**63 - 1), st.floats(allow_nan=False, allow_infinity=False), st.text(max_size=20))
def test_no_value_of_the_declared_type_is_altered(count: int, number: float, text: str) -> None:
    day = {"loc_added_sum": count, "organization_id": text, "totals_by_cli": {"session_count": count, "more": number}}

    assert emitted(day) == {**OWN, **day}
    assert EDGE_IMPULSE.normalize({"total_storage": number}, {}).record == {"total_storage": number}
