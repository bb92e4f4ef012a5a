"""A provider's row becomes a record of its schema: what a column takes, and the rest in `additional_fields`."""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, cast

import pendulum

from source_usage_metrics.validity import DEEPEST, is_64_bit, kind, validity

ADDITIONAL_FIELDS = "additional_fields"

_CALENDAR_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
# Only full instants reach pendulum.parse, which takes "now" and a bare time for today's.
_INSTANT = re.compile(r"\d{4}-?\d\d-?\d\dT\d\d[0-9:.,]*(Z|[+-]\d\d(:?\d\d)?)?", re.ASCII)


class Normalized(NamedTuple):
    """A record, and the provider's names, sorted, of the fields that were put into `additional_fields`."""

    record: dict[str, Any]
    unmapped: tuple[str, ...]


class Normalizer:
    """Rows of one schema, as parsing gives them. No non-null field is lost, no value is guessed, and no row raises."""

    def __init__(self, schema: Mapping[str, Any], provider_names: Mapping[str, str] | None = None) -> None:
        """provider_names: by column, the provider's name for it where that is another one."""
        declared = {name: how for name, how in schema["properties"].items() if name != ADDITIONAL_FIELDS}
        self._provider_names = {name: (provider_names or {}).get(name, name) for name in declared}
        self._columns = {provided: name for name, provided in self._provider_names.items()}
        self._readers = {name: _reader(how) for name, how in declared.items()}
        self._validity = {name: validity(how) for name, how in declared.items()}

    def normalize(self, provided: Mapping[str, Any], own: Mapping[str, Any]) -> Normalized:
        """The record of a provider's fields, under the provider's names, and of our own columns, which win.

        Null fields are left out. A field that no column takes (not declared, another type, the name of an own column)
        goes unchanged into `additional_fields`. Nested values are not looked at: `validate` does that. Raises
        ValueError when an own column gets a value of another type: that is our mistake.
        """
        record = {name: self._own(name, value) for name, value in own.items() if value is not None}
        additional: dict[str, Any] = {}
        for name, value in provided.items():
            column = self._columns.get(name, "")
            normal = None if column in own else self._normal(column, value)
            if normal is not None:
                record[column] = normal
            elif value is not None:
                additional[name] = value
        if additional:
            record[ADDITIONAL_FIELDS] = additional
        return Normalized(record, tuple(sorted(additional)))

    def validate(self, record: Mapping[str, Any]) -> Normalized:
        """The record as it may be emitted: valid by the schema, and readable by every warehouse.

        A field whose nested content is not as declared moves to `additional_fields` as a whole; `unmapped` are these
        fields. In there, an integer beyond signed 64 bit becomes its digits, content more than 64 levels deep its JSON
        text.
        """
        valid = {name: value for name, value in record.items() if self._is_valid(name, value)}
        invalid = {name: value for name, value in record.items() if name not in valid and name != ADDITIONAL_FIELDS}
        moved = {self._provider_names.get(name, name): value for name, value in invalid.items()}
        additional = {**record.get(ADDITIONAL_FIELDS, {}), **moved}
        if additional:
            valid[ADDITIONAL_FIELDS] = _portable(additional)
        return Normalized(valid, tuple(sorted(moved)))

    def _own(self, name: str, value: Any) -> Any:
        normal = self._normal(name, value)
        if normal is None:
            raise ValueError(f"The column {name} cannot hold the {type(value).__name__} that it was given.")
        return normal

    def _normal(self, name: str, value: Any) -> Any:
        reader = self._readers.get(name)
        return reader(value) if reader else None

    def _is_valid(self, name: str, value: Any) -> bool:
        return name in self._validity and self._validity[name](value)


def _integer(value: Any) -> int | None:
    if type(value) is float:
        return int(value) if value.is_integer() and abs(value) <= 2**53 else None
    return value if type(value) is int and is_64_bit(value) else None


def _number(value: Any) -> float | None:
    return value if type(value) is float or (type(value) is int and is_64_bit(value)) else None


def _date(value: Any) -> str | None:
    if not isinstance(value, str) or not _CALENDAR_DATE.fullmatch(value):
        return None
    try:
        return pendulum.Date.fromisoformat(value).isoformat()
    except ValueError:
        return None


def _instant(value: Any) -> str | None:
    if not isinstance(value, str) or not _INSTANT.fullmatch(value):
        return None
    try:
        instant = cast(pendulum.DateTime, pendulum.parse(value))
        return instant.in_timezone("UTC").naive().isoformat(timespec="seconds") + "Z"
    except (ValueError, OverflowError):
        return None


def _as_it_is(kind: type) -> Callable[[Any], Any]:
    return lambda value: value if isinstance(value, kind) else None


_TYPES: Mapping[str, Callable[[Any], Any]] = {
    "integer": _integer,
    "number": _number,
    "string": _as_it_is(str),
    "boolean": _as_it_is(bool),
    "array": _as_it_is(list),
    "object": _as_it_is(dict),
}
_FORMATS: Mapping[str, Callable[[Any], Any]] = {"date": _date, "date-time": _instant}


def _reader(declared: Mapping[str, Any]) -> Callable[[Any], Any]:
    return _FORMATS[declared["format"]] if "format" in declared else _TYPES[kind(declared)]


def _portable(value: Any, levels: int = DEEPEST) -> Any:
    if isinstance(value, (dict, list)) and not levels:
        return json.dumps(value)
    if isinstance(value, dict):
        return {name: _portable(item, levels - 1) for name, item in value.items()}
    if isinstance(value, list):
        return [_portable(item, levels - 1) for item in value]
    return value if type(value) is not int or is_64_bit(value) else str(value)
