"""Files behind signed links: whatever the bytes, rows or a refusal; whatever the shape, the same rows."""

import json
from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pendulum import Date

from source_usage_metrics.copilot.usage_reports import Fields, Malformed, read_files


def rows_by_day(files: Iterable[bytes]) -> dict[Date, Fields]:
    """What the files hold, without what stands beside the rows."""
    return read_files(files).rows


TEXTS = st.text(max_size=6)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXTS
JSON = SCALARS | st.lists(SCALARS, max_size=3) | st.lists(st.dictionaries(TEXTS, SCALARS, max_size=2), max_size=2)
DAYS = st.dates(Date(2025, 12, 12), Date(2027, 1, 1)).map(str)
FIELDS = st.dictionaries(TEXTS.filter(lambda name: name != "day"), JSON, max_size=3)
ROWS = st.dictionaries(DAYS, FIELDS, min_size=1, max_size=4).map(
    lambda rows: [{"day": day, **fields} for day, fields in rows.items()]
)


def dumped(value: Any, **options: Any) -> bytes:
    """As JSON in UTF-8."""
    return json.dumps(value, ensure_ascii=False, **options).encode()


def lines(rows: list[Any], end: bytes = b"\n") -> bytes:
    """One object a line."""
    return b"".join(dumped(row) + end for row in rows)


SHAPES = {
    "lines": lambda rows: [lines(rows)],
    "lines of Windows": lambda rows: [lines(rows, b"\r\n")],
    "lines without a last end": lambda rows: [lines(rows).rstrip(b"\n")],
    "blank lines between": lambda rows: [b"\n \n" + lines(rows, b"\n\n\t\n")],
    "array": lambda rows: [dumped(rows)],
    "indented array": lambda rows: [dumped(rows, indent=2)],
    "wrapper": lambda rows: [dumped({"report_start_day": "2026-01-01", "day_totals": rows})],
    "a wrapper a line": lambda rows: [lines([{"day_totals": [row]} for row in rows])],
    "byte order mark": lambda rows: [b"\xef\xbb\xbf" + dumped(rows)],
    "a file a row": lambda rows: [lines([row]) for row in rows],
    "files without rows between": lambda rows: [b"", *(dumped(row) for row in rows), b"\n", b"[]"],
    "every row twice": lambda rows: [lines(rows), dumped({"day_totals": rows[::-1]})],
}


@pytest.mark.parametrize("shape", SHAPES)
@settings(max_examples=20)
@given(rows=ROWS)
def test_every_shape_gives_the_same_rows(shape: str, rows: list[dict[str, Any]]) -> None:
    expected = {row["day"]: {name: value for name, value in row.items() if name != "day"} for row in rows}

    found = rows_by_day(SHAPES[shape](rows))

    assert {day.isoformat(): dict(fields) for day, fields in found.items()} == expected


@given(st.lists(st.binary() | JSON.map(dumped) | ROWS.map(dumped), max_size=3))
def test_any_bytes_are_rows_or_refused_by_name(files: list[bytes]) -> None:
    try:
        found = rows_by_day(files)
    except Malformed:
        return
    assert not any("day" in fields for fields in found.values())


@settings(max_examples=50)
@given(ROWS, st.data())
def test_a_line_cut_short_is_never_skipped(rows: list[dict[str, Any]], data: st.DataObject) -> None:
    row = dumped(rows[-1])
    cut = row[: data.draw(st.integers(1, len(row) - 1))]

    with pytest.raises(Malformed):
        rows_by_day([lines(rows[:-1]) + cut])


@pytest.mark.parametrize("name", ["organization_id", "enterprise_id"])
def test_a_wrapper_s_ids_are_its_rows_ids_unless_they_have_their_own(name: str) -> None:
    wrapper = {name: "1001", "created_at": "…", "day_totals": [{"day": "2026-01-01"}, {"day": "2026-01-02", name: "7"}]}

    found = rows_by_day([dumped(wrapper)])

    assert list(found.values()) == [{name: "1001"}, {name: "7"}]


def test_numbers_of_any_length_are_kept_exactly() -> None:
    found = rows_by_day([b'{"day": "2026-01-01", "long": 123456789012345678901234567890, "zero": 0, "none": null}\n'])

    assert found[Date(2026, 1, 1)] == {"long": 123456789012345678901234567890, "zero": 0, "none": None}


@pytest.mark.parametrize(
    ("file", "fault"),
    [
        (b'{"day": "2026-01-01"}\n{"day": "2026-01-0', "line 2 of 2 is not JSON"),
        (b'{"day": "2026-01-01"}{"day": "2026-01-02"}', "it is not JSON"),
        (b"<html>Sign in</html>", "it is not JSON"),
        (b'{"day": "2026-01-01", "n": NaN}', "it is not JSON"),
        (b'"No report available"', "something else than objects"),
        (b'[{"day": "2026-01-01"}, 5]', "something else than objects"),
        (b'{"day_totals": {"day": "2026-01-01"}}', "its day_totals is not a list"),
        (b'{"organization_id": "1001"}', "a row of it has no day"),
        (b'{"day": null}', "a row of it has no day"),
        (b'{"day": 20260101}', "a row of it has no day"),
        (b'{"day": "20260101"}', "a row of it has no day"),
        (b'{"day": "2026-02-30"}', "a row of it has no day"),
        (b'{"day": "2026-W05-6"}', "a row of it has no day"),
        (b'{"day": "2026-01-01T00:00:00Z"}', "a row of it has no day"),
        (b'{"day": "2026-01-01", "n": 1}\n{"day": "2026-01-01", "n": 2}', "2026-01-01 twice, with different content"),
        (b"[" * 100_000, "it is not JSON"),
    ],
)
def test_what_is_no_file_of_reports_is_refused_by_name(file: bytes, fault: str) -> None:
    with pytest.raises(Malformed, match=fault):
        rows_by_day([file])


@pytest.mark.parametrize("levels", [100, 250, 900, 1100])
@pytest.mark.parametrize("file", [b"%s%s", b'{"day_totals": %s%s}', b'{"day": "2026-01-01", "x": %s%s}'])
def test_nesting_beyond_reason_is_read_or_refused(file: bytes, levels: int) -> None:
    nested = file % (b"[" * levels, b"]" * levels)

    try:
        rows_by_day([nested, nested + b" "])
    except Malformed:
        return


def test_a_day_that_comes_twice_with_the_same_content_is_one_day_however_it_is_ordered() -> None:
    once = {"day": "2026-01-01", "a": [{"x": 1}, {"x": 2}], "etl_id": "one"}
    again = {"a": [{"x": 2}, {"x": 1}], "etl_id": "two", "day": "2026-01-01"}

    assert list(rows_by_day([lines([once, again])])) == [Date(2026, 1, 1)]


def test_what_stands_beside_the_rows_is_told_apart_from_what_describes_the_file() -> None:
    wrapper = {"report_start_day": "2026-01-01", "created_at": "…", "day_totals": [{"day": "2026-01-01"}], "new": 1}

    contents = read_files([dumped({**wrapper, "none": None}), dumped({**wrapper, "other": {"a": 2}})])

    assert contents.beside["created_at"] == "…"
    assert contents.extra() == {"new": 1, "other": {"a": 2}}
