"""Values as the databases' drivers give them, made plain: JSON parsed, days and instants in ISO 8601, unknown None."""

import json
from datetime import date, datetime, timezone
from decimal import Decimal
from typing import Any

Json = dict[str, Any]


def plain(value: Any) -> Any:
    """A value as JSON has it: days and instants (UTC) in ISO 8601, whole numbers without a fraction."""
    if isinstance(value, datetime):
        utc = value.astimezone(timezone.utc) if value.tzinfo else value
        return utc.replace(tzinfo=None).isoformat(timespec="seconds") + "Z"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, (Decimal, float)):
        return int(value) if value == int(value) else float(value)
    return value


def number(value: Any) -> Any:
    """The number; None for what is none."""
    if isinstance(value, str):
        try:
            value = Decimal(value)
        except ArithmeticError:
            return None
    is_number = isinstance(value, (int, float, Decimal)) and not isinstance(value, bool)
    return plain(value) if is_number and abs(value) < float("inf") else None


def parsed(value: Any) -> Any:
    """JSON comes as text from most drivers, and from some as what it holds; what can't be read is unknown."""
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        return None


def total(*values: Any) -> Any:
    """The sum of what is known, None where nothing is."""
    known = [value for value in values if value is not None]
    return sum(known) if known else None
