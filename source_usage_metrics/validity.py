"""Whether a value may be in a record: as its schema declares it, and such that every warehouse can read it."""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from jsonschema import Draft7Validator

Check = Callable[[Any], bool]

# orjson, which writes every Airbyte message, refuses more than 254 levels; the message needs some of them.
DEEPEST = 64


def validity(declared: Mapping[str, Any]) -> Check:
    """The check of one column's values; it never raises. Few columns ever need jsonschema: it is made when one does."""
    is_usual, by_schema = _usual(declared), cache(lambda: Draft7Validator(declared))
    return lambda value: is_usual(value) or (is_portable(value) and by_schema().is_valid(value))


def is_64_bit(value: int) -> bool:
    """Whether a warehouse's integer can hold it."""
    return -(2**63) <= value < 2**63


def is_portable(value: Any) -> bool:
    """Whether parsed JSON keeps its meaning everywhere: integers of 64 bits, at most 64 levels."""
    level = [value]
    for _ in range(DEEPEST):
        if not all(is_64_bit(item) for item in level if type(item) is int):
            return False
        level = [inner for item in level for inner in _inner(item)]
        if not level:
            return True
    return False


def _inner(value: Any) -> list[Any]:
    return list(value.values()) if type(value) is dict else value if type(value) is list else []


def kind(declared: Mapping[str, Any]) -> str:
    """The one type besides null that a schema of ours declares."""
    types = [declared["type"]] if isinstance(declared["type"], str) else declared["type"]
    return next(name for name in types if name != "null")


def _usual(declared: Mapping[str, Any]) -> Check:
    """A check that passes only what is valid, far sooner than jsonschema; a nested key that is new it doesn't pass."""
    check = _of_kind(kind(declared), declared)
    return (lambda value: value is None or check(value)) if "null" in declared["type"] else check


def _of_kind(of: str, declared: Mapping[str, Any]) -> Check:
    if of == "object":
        fields = {name: _usual(how) for name, how in declared.get("properties", {}).items()}
        return lambda value: (
            type(value) is dict
            and value.keys() <= fields.keys()
            and all(fields[name](item) for name, item in value.items())
        )
    if of == "array":
        item = _usual(declared["items"])
        return lambda value: type(value) is list and all(map(item, value))
    return _SCALARS[of]


_SCALARS: Mapping[str, Check] = {
    "integer": lambda value: type(value) is int and is_64_bit(value),
    "number": lambda value: type(value) is float or (type(value) is int and is_64_bit(value)),
    "string": lambda value: type(value) is str,
    "boolean": lambda value: type(value) is bool,
}
