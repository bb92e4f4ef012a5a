"""The quick check of a column never passes what jsonschema would not, and jsonschema is seldom asked."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft7Validator

from source_usage_metrics import validity
from source_usage_metrics.schema import load_schema
from unit_tests.full_days import METRICS_DAY, USAGE_REPORT_DAY

COLUMNS = {**load_schema("copilot_days")["properties"], **load_schema("org_metrics")["properties"]}
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from([2**63, -(2**63) - 1])
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=3)
)
NAMES = sorted({name for how in COLUMNS.values() for name in how.get("items", how).get("properties", {"x": {}})})
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=4),
    max_leaves=8,
)


@given(st.sampled_from(sorted(COLUMNS)), VALUES)
def test_a_value_passes_when_it_is_portable_and_valid_and_only_then(name: str, value: Any) -> None:
    expected = validity.is_portable(value) and Draft7Validator(COLUMNS[name]).is_valid(value)

    assert validity.validity(COLUMNS[name])(value) == expected


@pytest.mark.parametrize("day", [USAGE_REPORT_DAY, METRICS_DAY], ids=["usage_reports", "metrics"])
def test_a_usual_day_never_needs_the_slow_check(day: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    def asked(*_: Any) -> bool:
        raise AssertionError("jsonschema was asked")

    monkeypatch.setattr(validity, "is_portable", asked)
    declared = {name: how for name, how in load_schema("copilot_days")["properties"].items() if name in day}

    assert [name for name, how in declared.items() if not validity.validity(how)(day[name])] == []
