"""Fit a provider's row to its schema: what fits becomes a column, the rest is kept in `additional_fields`."""

import json
import math
import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, NamedTuple, cast

import orjson
import pendulum

from source_usage_metrics.validity import DEEPEST, escaped, is_64_bit, is_strict, is_strict_scalar, validity

ADDITIONAL_FIELDS = "additional_fields"

_CALENDAR_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
# Only full instants reach pendulum.parse, which takes "now" and a bare time for today's.
_INSTANT = re.compile(r"\d{4}-?\d\d-?\d\dT\d\d[0-9:.,]*(Z|[+-]\d\d(:?\d\d)?)?", re.ASCII)


class Fitted(NamedTuple):
    """A record, and the provider's names, sorted, of the fields that were put into `additional_fields`."""

    record: dict[str, Any]
    misfits: tuple[str, ...]


class Fitter:
    """Fits rows to one schema. No non-null field is lost, no value is guessed, and nothing a provider sends raises."""

    def __init__(self, schema: Mapping[str, Any], provider_names: Mapping[str, str] | None = None) -> None:
        """provider_names: by column, the provider's name for it where that is another one."""
        declared = {name: how for name, how in schema["properties"].items() if name != ADDITIONAL_FIELDS}
        self._provider_names = {name: (provider_names or {}).get(name, name) for name in declared}
        self._columns = {provided: name for name, provided in self._provider_names.items()}
        self._fitting = {name: _fitting(how) for name, how in declared.items()}
        self._validity = {name: validity(how) for name, how in declared.items()}

    def fit(self, provided: Mapping[str, Any], own: Mapping[str, Any]) -> Fitted:
        """The record of a provider's fields, under the provider's names, and of our own columns, which win.

        Null fields are left out. A field that no column takes (not declared, another type, the name of an own column)
        goes unchanged into `additional_fields`. Nested values are not looked at, unless orjson can't write the record:
        then it is held at once, so that `orjson.dumps(record)` never raises. Raises ValueError when an own
        column does not fit: that is our mistake.
        """
        record = {name: self._own(name, value) for name, value in own.items() if value is not None}
        additional: dict[str, Any] = {}
        for name, value in provided.items():
            column = self._columns.get(name, "")
            fitted = None if column in own else self._fitted(column, value)
            if fitted is not None:
                record[column] = fitted
            elif value is not None:
                additional[name] = value
        if additional:
            record[ADDITIONAL_FIELDS] = additional
        return self._writable(Fitted(record, _names(additional)))

    def hold(self, record: Mapping[str, Any]) -> Fitted:
        """The record as it may be emitted: valid by the schema, and strict JSON. `misfits` are the newly moved fields.

        A field whose nested content is not as declared moves to `additional_fields` as a whole. In there, what strict
        JSON or a warehouse cannot hold becomes text: an integer beyond signed 64 bit its digits, NaN and Infinity their
        names, a lone surrogate its escape, content more than 64 levels deep its JSON text.
        """
        held = {name: value for name, value in record.items() if self._holds(name, value)}
        unheld = {name: value for name, value in record.items() if name not in held and name != ADDITIONAL_FIELDS}
        moved = {self._provider_names.get(name, name): value for name, value in unheld.items()}
        additional = {**record.get(ADDITIONAL_FIELDS, {}), **moved}
        if additional:
            held[ADDITIONAL_FIELDS] = additional if is_strict(additional) else _strict(additional)
        return Fitted(held, _names(moved))

    def _own(self, name: str, value: Any) -> Any:
        fitted = self._fitted(name, value)
        if fitted is None or not is_strict(fitted):
            raise ValueError(f"The column {name} cannot hold the {type(value).__name__} that it was given.")
        return fitted

    def _fitted(self, name: str, value: Any) -> Any:
        fitting = self._fitting.get(name)
        return fitting(value) if fitting else None

    def _holds(self, name: str, value: Any) -> bool:
        return name in self._validity and self._validity[name](value)

    def _writable(self, fitted: Fitted) -> Fitted:
        try:
            orjson.dumps(fitted.record)
        except orjson.JSONEncodeError:
            held = self.hold(fitted.record)
            return Fitted(held.record, tuple(sorted({*fitted.misfits, *held.misfits})))
        return fitted


def _integer(value: Any) -> int | None:
    if type(value) is float:
        return int(value) if value.is_integer() and abs(value) <= 2**53 else None
    return value if type(value) is int and is_64_bit(value) else None


def _number(value: Any) -> float | None:
    if type(value) is float:
        return value if math.isfinite(value) else None
    return value if type(value) is int and is_64_bit(value) else None


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


def _fitting(declared: Mapping[str, Any]) -> Callable[[Any], Any]:
    if "format" in declared:
        return _FORMATS[declared["format"]]
    types = [declared["type"]] if isinstance(declared["type"], str) else declared["type"]
    return next(_TYPES[name] for name in types if name != "null")


def _names(fields: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(sorted(escaped(name) for name in fields))


def _strict(value: Any, levels: int = DEEPEST) -> Any:
    if isinstance(value, (dict, list)) and not levels:
        return _text(value)
    if isinstance(value, dict):
        return _strict_object(value, levels - 1)
    if isinstance(value, list):
        return [_strict(item, levels - 1) for item in value]
    if is_strict_scalar(value):
        return value
    return escaped(value) if isinstance(value, str) else _text(value)


def _strict_object(value: dict[str, Any], levels: int) -> dict[str, Any]:
    strict: dict[str, Any] = {}
    for key, item in value.items():
        name = escaped(key)
        while name in strict or (name != key and name in value):
            name += "_"
        strict[name] = _strict(item, levels)
    return strict


def _text(value: Any) -> str:
    """JSON text in ASCII, written without recursion, since the depth is the provider's."""
    written: list[str] = []
    ahead: list[Any] = [value]
    while ahead:
        item = ahead.pop()
        if isinstance(item, tuple):
            written += item
        elif isinstance(item, dict):
            fields = [part for key, inner in item.items() for part in ((", ",), (json.dumps(key) + ": ",), inner)]
            ahead += [("}",), *reversed(fields[1:]), ("{",)]
        elif isinstance(item, list):
            items = [part for inner in item for part in ((", ",), inner)]
            ahead += [("]",), *reversed(items[1:]), ("[",)]
        else:
            # Decimal writes integers of any length; str stops at 4,300 digits.
            written.append(str(Decimal(item)) if type(item) is int else json.dumps(item, default=str))
    return "".join(written)
