"""The digest sees every change that people's use can make, and no other."""

import json
import subprocess
import sys
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


# Prints by how many times its text the peak memory grows for the digest of a row that has 50,000 nested objects.
GROWTH = """
import json, re
from pathlib import Path
from source_usage_metrics.copilot.state import digest

def peak():
    return int(re.search("VmHWM:\\\\s+([0-9]+) kB", Path("/proc/self/status").read_text())[1]) * 1024

row = {"rows": [{"language": f"language-{number}", "count": number, "of": {"n": number}} for number in range(50_000)]}
text = json.dumps(row)
before = peak()
digest(row)
print((peak() - before) / len(text))
"""


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


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({}, "01e7b720ff566d53"),
        ({"n": 1, "totals": [{"b": 2}, {"a": 1.5}], "name": "é"}, "bf459093d7c73986"),
        ({"n": None, "é": "ü\u2028", "f": 1.0, "g": 1e22, "h": -0.0, "t": True}, "aaed937e203bc386"),
        ({"big": 2**64, "m": [{"b": 2, "a": [3, 1, 2]}, {"a": 1}]}, "f575a2ecaa1b50b6"),
        ({"lone": "\ud800", "rows": [{"x": 1}, {"x": 0}]}, "89a6fed4b6ab5db6"),
        (
            {
                "rows": [{"ide": "a", "n": 2**63, "deep": {"er": [{"b": 1}, {"a": []}]}}, {}, [], "x", None, 1.5],
                "is_settled": True,
            },
            "eb4c9423df16a2a2 settled",
        ),
        ({"additional_fields": {"etl_id": "blue", "kept": [2, 1]}, "etl_id": "green"}, "28cf6b4ddb97844b"),
        ({"totals": [{"language": f"l{n}", "c": {"x": n}} for n in range(1000)]}, "b8956afaf3378963"),
    ],
)
def test_the_digest_is_the_same_in_every_run_and_version(row: dict[str, Any], expected: str) -> None:
    """Saved states hold it: another one, and every open day would be sent again."""
    assert digest(row) == expected


@pytest.mark.skipif(sys.platform != "linux", reason="it reads Linux's peak of this process alone")
def test_a_digest_takes_little_more_memory_than_the_text_of_its_row() -> None:
    child = subprocess.run([sys.executable, "-c", GROWTH], capture_output=True, text=True, check=True)

    assert float(child.stdout) < 4
