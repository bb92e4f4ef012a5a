"""What a strict reader makes of an answer: its days, or that it can't be read whole."""

import gzip
import json
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from integration_tests.destination import INTERNAL
from integration_tests.harness import Json

# What the connector adds to a row, and what it takes out of it.
OWN = {"organization", "date", "source_endpoint", "is_settled", "retrieved_at", "additional_fields", "day"}


class Broken(ValueError):
    """It can't be read whole."""


def strictly(text: bytes) -> Any:
    try:
        return json.loads(text.decode(), object_pairs_hook=_unique, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise Broken from None


def _unique(pairs: list[tuple[str, Any]]) -> Json:
    if len(dict(pairs)) != len(pairs):
        raise Broken
    return dict(pairs)


def _no_constant(text: str) -> Any:
    raise Broken(text)


def plain(body: bytes) -> bytes:
    try:
        return gzip.decompress(body) if body.startswith(b"\x1f\x8b") else body
    except (OSError, EOFError, ValueError):
        raise Broken from None


def days_in(body: bytes) -> dict[str, Json]:
    """The days of a file, by the day."""
    text = plain(body).removeprefix(b"\xef\xbb\xbf")
    if not text:
        raise Broken
    try:
        values = [strictly(text)] if text.strip() else []
    except Broken:
        values = [strictly(line) for line in text.split(b"\n") if line.strip()]
    found: dict[str, Json] = {}
    for row in _flat(values, {}):
        day = row.get("day")
        try:
            if not isinstance(day, str) or str(date.fromisoformat(day)) != day:
                raise Broken
        except ValueError:
            raise Broken from None
        if _telling(found.setdefault(day, row)) != _telling(row):
            raise Broken
    return found


def _telling(value: Any) -> str:
    """Two rows of a day are one and the same if only the order in them differs, and the marks of GitHub's own runs."""
    if isinstance(value, dict):
        value = {name: json.loads(_telling(item)) for name, item in value.items() if name not in INTERNAL}
    elif isinstance(value, list):
        value = [json.loads(text) for text in sorted(map(_telling, value))]
    return json.dumps(value, sort_keys=True)


def _flat(value: Any, ids: Json) -> Iterator[Json]:
    if isinstance(value, list):
        for item in value:
            yield from _flat(item, ids)
    elif not isinstance(value, dict):
        raise Broken
    elif "day_totals" in value:
        if not isinstance(value["day_totals"], list):
            raise Broken
        yield from _flat(value["day_totals"], {"organization_id": value.get("organization_id")})
    else:
        yield {**ids, **value}


def assert_carried(provided: Mapping[str, Any], record: Json) -> None:
    """Every field that isn't null is in the record, as a column or beside them, and a plain value is unchanged."""
    extra = record.get("additional_fields", {})
    for name, value in provided.items():
        if name in OWN or value is None:
            continue
        assert name in record or name in extra, name
        kept = extra[name] if name in extra else record[name]
        if isinstance(value, bool) or (isinstance(value, int) and -(2**63) <= value < 2**63):
            assert kept == value
        if isinstance(value, str) and "T" not in value:
            assert kept == value
