"""The digest sees every change that people's use can make, and no other."""

import json
from random import Random
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from source_usage_metrics.copilot.state import digest

NUMBERS = st.integers(-(10**25), 10**25) | st.floats(allow_nan=False, allow_infinity=False)
SCALARS = st.none() | st.booleans() | NUMBERS | st.text(max_size=5)
ENTRIES = st.dictionaries(st.sampled_from("abc"), SCALARS, max_size=3)
FIELDS = st.dictionaries(st.text(max_size=5), SCALARS | ENTRIES | st.lists(ENTRIES | SCALARS, max_size=4), max_size=5)
VOLATILE = ("retrieved_at", "etl_id", "day_partition", "entity_id_partition")


def plain(value: Any) -> str:
    """The same text for what differs in the order of keys and of list items only."""
    if isinstance(value, dict):
        return "{" + ",".join(sorted(f"{json.dumps(key)}:{plain(item)}" for key, item in value.items())) + "}"
    if isinstance(value, list):
        return "[" + ",".join(sorted(plain(item) for item in value)) + "]"
    return json.dumps(value)


def shuffled(value: Any, random: Random) -> Any:
    """The same content in another order."""
    if isinstance(value, dict):
        keys = random.sample(list(value), len(value))
        return {key: shuffled(value[key], random) for key in keys}
    if isinstance(value, list):
        return [shuffled(item, random) for item in random.sample(value, len(value))]
    return value


@given(FIELDS, st.integers())
def test_the_order_of_keys_and_of_breakdown_rows_is_no_change(fields: dict[str, Any], seed: int) -> None:
    assert digest(shuffled(fields, Random(seed))) == digest(fields)


@given(FIELDS, st.sampled_from(VOLATILE), SCALARS)
def test_what_github_s_own_runs_change_is_no_change(fields: dict[str, Any], name: str, value: Any) -> None:
    assert digest({**fields, name: value}) == digest(fields)
    assert digest({**fields, "additional_fields": {"x": 1, name: value}}) == digest(
        {**fields, "additional_fields": {"x": 1}}
    )


@given(FIELDS, FIELDS)
def test_everything_else_is_a_change(one: dict[str, Any], other: dict[str, Any]) -> None:
    assume(not (one.keys() | other.keys()) & {*VOLATILE, "is_settled"})

    assert (digest(one) == digest(other)) == (plain(one) == plain(other))


@settings(max_examples=50)
@given(FIELDS, st.data())
def test_one_changed_value_anywhere_is_a_change(fields: dict[str, Any], data: st.DataObject) -> None:
    assume(fields)
    name = data.draw(st.sampled_from(sorted(fields)))
    value = data.draw(SCALARS | st.lists(ENTRIES, max_size=3))
    assume(plain(value) != plain(fields[name]))

    assert digest({**fields, name: value}) != digest(fields)
    assert digest({"n": {"x": [{"y": value}]}}) != digest({"n": {"x": [{"y": fields[name]}]}})


@given(FIELDS)
def test_settling_is_told_apart_from_every_other_change(fields: dict[str, Any]) -> None:
    open_text, settled_text = (digest({**fields, "is_settled": settled}) for settled in (False, True))

    assert settled_text == f"{open_text} settled"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"n": 0}, {"n": None}),
        ({"n": 0}, {}),
        ({"n": 0}, {"n": False}),
        ({"n": 0}, {"n": "0"}),
        ({"n": []}, {"n": {}}),
        ({"n": [1, 1]}, {"n": [1]}),
        ({"n": 2**63}, {"n": 2**63 + 1}),
        ({"n": 2**64}, {"n": 2**64 + 1}),
        ({"additional_fields": {"n": 1}}, {"n": 1}),
    ],
)
def test_what_looks_alike_is_told_apart(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert digest(one) != digest(other)


def test_the_digest_is_the_same_in_every_run() -> None:
    assert digest({"n": 1, "totals": [{"b": 2}, {"a": 1.5}], "name": "é"}) == "bf459093d7c73986"
