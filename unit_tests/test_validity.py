"""The quick check of a column never passes what jsonschema would not, and jsonschema is seldom asked."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft7Validator

from source_usage_metrics import validity
from source_usage_metrics.schema import bundled
from unit_tests.test_records import METRICS_DAY, USAGE_REPORT_DAY

COLUMNS = {**bundled("copilot_days")["properties"], **bundled("org_metrics")["properties"]}
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from([2**63, -(2**63) - 1, "\ud800", float("nan"), float("inf")])
    | st.floats()
    | st.text(max_size=3)
)
NAMES = sorted({name for how in COLUMNS.values() for name in how.get("items", how).get("properties", {"x": {}})})
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=4),
    max_leaves=8,
)


@given(st.sampled_from(sorted(COLUMNS)), VALUES)
def test_a_value_passes_when_it_is_strict_and_valid_and_only_then(name: str, value: Any) -> None:
    expected = validity.is_strict(value) and Draft7Validator(COLUMNS[name]).is_valid(value)

    assert validity.validity(COLUMNS[name])(value) == expected


@pytest.mark.parametrize(
    "declared",
    [
        {"type": ["null", "integer"], "minimum": 0},
        {"type": "object", "required": ["a"], "properties": {"a": {"type": "integer"}}},
        {"type": "object", "properties": {"a": {"type": "integer"}}, "additionalProperties": False},
        {"type": "array", "items": {"type": "integer", "enum": [1]}},
        {"type": "array", "items": [{"type": "string"}]},
        {"type": ["integer", "string"]},
        {},
    ],
)
@given(SCALARS | st.dictionaries(st.sampled_from(["a", "b"]), SCALARS) | st.lists(SCALARS, max_size=2))
def test_what_a_schema_says_beyond_types_is_heeded(declared: dict[str, Any], value: Any) -> None:
    expected = validity.is_strict(value) and Draft7Validator(declared).is_valid(value)

    assert validity.validity(declared)(value) == expected


@pytest.mark.parametrize("day", [USAGE_REPORT_DAY, METRICS_DAY], ids=["usage_reports", "metrics"])
def test_a_usual_day_never_needs_the_slow_check(day: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    def asked(*_: Any) -> bool:
        raise AssertionError("jsonschema was asked")

    monkeypatch.setattr(validity, "is_strict", asked)
    declared = {name: how for name, how in bundled("copilot_days")["properties"].items() if name in day}

    assert [name for name, how in declared.items() if not validity.validity(how)(day[name])] == []
