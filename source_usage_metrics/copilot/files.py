"""The files behind signed links: bytes → rows by day. Pure; strict, because a skipped line is a lost day."""

from collections.abc import Iterable, Iterator, Mapping
from io import BytesIO
from typing import Any

from pendulum import Date

from source_usage_metrics.copilot.calendar import parsed
from source_usage_metrics.copilot.ledger import digest
from source_usage_metrics.parsing import loads

Totals = dict[Date, Mapping[str, Any]]
BOM = b"\xef\xbb\xbf"
# A report holds 28 days at most.
MOST_DAYS = 1000


class Malformed(ValueError):
    """A file or envelope that isn't what GitHub documents; the text completes "… can't be read:"."""


def rows_by_day(files: Iterable[bytes]) -> Totals:
    """The rows of all files by their day, without the field `day`.

    A file is one object, an array, or one object a line, each a day or a wrapper with `day_totals`, in any order.
    https://docs.github.com/en/copilot/reference/copilot-usage-metrics/example-schema shows arrays; downloads are lines.

    Raises:
        Malformed: a line isn't JSON, a row has no day, a day comes twice with different content.
    """
    totals: Totals = {}
    for file in files:
        for value in _values(file.removeprefix(BOM)):
            for row in _unwrapped(value):
                _add(totals, row)
    return totals


def _values(file: bytes) -> Iterator[Any]:
    if not file.strip():
        return
    try:
        yield loads(file)
        return
    except ValueError:
        count = file.rstrip(b"\n").count(b"\n") + 1
    for number, line in enumerate(BytesIO(file), start=1):
        if line.strip():
            yield _line(line, number, count)


def _line(line: bytes, number: int, count: int) -> Any:
    try:
        return loads(line)
    except ValueError:
        raise Malformed(f"line {number} of {count} is not JSON" if count > 1 else "it is not JSON") from None


def _unwrapped(value: Any, owner: Mapping[str, Any] | None = None) -> Iterator[Mapping[str, Any]]:
    if isinstance(value, list):
        for item in value:
            yield from _unwrapped(item, owner)
    elif not isinstance(value, dict):
        raise Malformed("it holds something else than objects")
    elif "day_totals" in value:
        if not isinstance(value["day_totals"], list):
            raise Malformed("its day_totals is not a list")
        ids = {name: value[name] for name in ("organization_id", "enterprise_id") if value.get(name) is not None}
        yield from _unwrapped(value["day_totals"], ids)
    else:
        yield {**(owner or {}), **value}


def _add(totals: Totals, row: Mapping[str, Any]) -> None:
    day = _day(row)
    fields = {name: value for name, value in row.items() if name != "day"}
    if day in totals and digest(totals[day]) != digest(fields):
        raise Malformed(f"it holds {day.isoformat()} twice, with different content")
    totals.setdefault(day, fields)
    if len(totals) > MOST_DAYS:
        raise Malformed(f"it holds more than {MOST_DAYS} days")


def _day(row: Mapping[str, Any]) -> Date:
    try:
        return parsed(row.get("day"))
    except ValueError:
        raise Malformed("a row of it has no day") from None
