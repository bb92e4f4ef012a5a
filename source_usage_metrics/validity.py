"""Whether a value may stand in a record: strict JSON that every warehouse reads, and as its schema declares."""

import math
from collections.abc import Callable, Mapping
from typing import Any

from jsonschema import Draft7Validator

Check = Callable[[Any], bool]

# orjson, which writes every Airbyte message, refuses more than 254 levels; the message needs some of them.
DEEPEST = 64
# Keywords that are looked at here, or that say nothing about a value; any other is left to jsonschema.
_KNOWN = frozenset(
    {"type", "properties", "items", "additionalProperties", "description", "title", "format", "airbyte_type"}
)


def validity(declared: Mapping[str, Any]) -> Check:
    """The check of one column's values; it never raises."""
    surely, by_schema = _surely(declared), Draft7Validator(declared)
    return lambda value: surely(value) or (is_strict(value) and by_schema.is_valid(value))


def is_64_bit(value: int) -> bool:
    """Whether a warehouse's integer can hold it."""
    return -(2**63) <= value < 2**63


def escaped(text: str) -> str:
    """The text with lone surrogates, which UTF-8 can't carry, as their escapes."""
    return text.encode("utf-8", "backslashreplace").decode()


def is_strict(value: Any) -> bool:
    """Whether it is JSON that keeps its meaning everywhere: integers of 64 bits, no NaN, at most 64 levels."""
    level = [value]
    for _ in range(DEEPEST):
        below: list[Any] = []
        for item in level:
            if type(item) is dict:
                below += item
                below += item.values()
            elif type(item) is list:
                below += item
            elif not is_strict_scalar(item):
                return False
        if not below:
            return True
        level = below
    return False


def is_strict_scalar(value: Any) -> bool:
    """The same of a value that holds no others."""
    if type(value) is str:
        return value.isascii() or escaped(value) == value
    if type(value) is int:
        return is_64_bit(value)
    return math.isfinite(value) if type(value) is float else value is None or type(value) is bool


def _surely(declared: Mapping[str, Any]) -> Check:
    """A check that passes only what is strict and valid, and far sooner than jsonschema; not all that is valid."""
    types = declared["type"] if isinstance(declared.get("type"), list) else [declared.get("type")]
    kinds = [name for name in types if name != "null"]
    if len(kinds) != 1 or declared.keys() - _KNOWN or declared.get("additionalProperties", True) is not True:
        return _never
    check = _surely_of(kinds[0], declared)
    return (lambda value: value is None or check(value)) if "null" in types else check


def _surely_of(kind: Any, declared: Mapping[str, Any]) -> Check:
    if kind == "object":
        fields = {name: _surely(how) for name, how in declared.get("properties", {}).items()}
        return lambda value: (
            type(value) is dict
            and value.keys() <= fields.keys()
            and all(fields[name](item) for name, item in value.items())
        )
    if kind == "array":
        items = declared.get("items")
        item = _surely(items) if isinstance(items, Mapping) else _never
        return lambda value: type(value) is list and all(map(item, value))
    return _SCALARS.get(kind, _never)


def _never(_: Any) -> bool:
    return False


_SCALARS: Mapping[Any, Check] = {
    "integer": lambda value: type(value) is int and is_64_bit(value),
    "number": lambda value: type(value) in (int, float) and is_strict_scalar(value),
    "string": lambda value: type(value) is str and is_strict_scalar(value),
    "boolean": lambda value: type(value) is bool,
}
