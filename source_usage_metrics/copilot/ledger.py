"""What is known of one organization's days: which are done, what was emitted; as state, and back from it."""

import json
from collections.abc import Mapping
from hashlib import blake2b
from typing import Any, Literal

import orjson
from pendulum import Date

from source_usage_metrics.copilot.calendar import Endpoint, Span, is_final, parsed, spans

News = Literal["new", "revised", "settled"]

# They change at each of GitHub's own runs, not with what people did.
VOLATILE = frozenset({"retrieved_at", "etl_id", "day_partition", "entity_id_partition"})
SETTLED = " settled"
_NESTED = frozenset({dict, list})


class DamagedState(ValueError):
    """A saved state that can't be read; the text says what is wrong with it."""


def digest(record: Mapping[str, Any]) -> str:
    """8 bytes in hex that stand for the row's content, and the word "settled" for a settled row.

    Neither the order of keys, nor that of breakdown rows, nor the fields of `VOLATILE` count.
    """
    content = {name: value for name, value in record.items() if name not in VOLATILE and name != "is_settled"}
    extra = content.get("additional_fields")
    if isinstance(extra, Mapping):
        content["additional_fields"] = {name: value for name, value in extra.items() if name not in VOLATILE}
    text = blake2b(_canonical(content), digest_size=8).hexdigest()
    return text + SETTLED if record.get("is_settled") else text


def _canonical(value: Any) -> bytes:
    """JSON in which nothing depends on the order of keys or rows."""
    try:
        return _quickly(value)
    except TypeError:  # integers over 64 bit, lone surrogates
        return _thoroughly(value)


def _quickly(value: Any) -> bytes:
    if type(value) is list:
        return b"[" + b",".join(sorted([_quickly(item) for item in value])) + b"]"
    if type(value) is dict and not _NESTED.isdisjoint(map(type, value.values())):
        value = {
            name: orjson.Fragment(_quickly(item)) if type(item) in _NESTED else item for name, item in value.items()
        }
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def _thoroughly(value: Any) -> bytes:
    if isinstance(value, list):
        return b"[" + b",".join(sorted(_thoroughly(item) for item in value)) + b"]"
    if isinstance(value, Mapping):
        pairs = sorted((json.dumps(str(name)).encode(), _thoroughly(item)) for name, item in value.items())
        return b"{" + b",".join(name + b":" + item for name, item in pairs) + b"}"
    return json.dumps(value).encode()


class Ledger:
    """One organization's days.

    State says which days are done, what was emitted of the others, and which failed; it moves only after the records
    it covers. A day is done once it was answered, with a row or with "no report", when it was at least 21 days old;
    "no report" counts only once there was a row: until then it may mean that the reports were just switched on.
    held: days that the other endpoint gave before it was left.
    recent_singly: whether the 28-day file was found to lack fields; None until it was compared.
    reported: whether there ever was a row.
    """

    def __init__(self, today: Date) -> None:
        self._today = today
        self.done: set[Date] = set()
        self.held: set[Date] = set()
        self.digests: dict[Date, str] = {}
        self.failed: set[Date] = set()
        self.organization_id: str | None = None
        self.endpoint: Endpoint | None = None
        self.recent_singly: bool | None = None
        self.reported = False

    def is_blank(self) -> bool:
        """Whether nothing is known of any day."""
        return not (self.done or self.held or self.digests)

    def closed_to(self, endpoint: Endpoint) -> set[Date]:
        """The days that are not asked from this endpoint: those done, and those that the other one gave."""
        return self.done | (self.held if self.endpoint in (None, endpoint) else self.digests.keys())

    def news(self, day: Date, text: str) -> News | None:
        """How a row with this digest differs from what was emitted of its day; None if it doesn't."""
        known = self.digests.get(day)
        if known == text:
            return None
        if known is None:
            return "new"
        return "settled" if known.removesuffix(SETTLED) == text.removesuffix(SETTLED) else "revised"

    def cover(self, day: Date, text: str | None) -> None:
        """The day was answered: with a row of this digest, by now emitted, or with "no report" (None)."""
        self.failed.discard(day)
        self.reported = self.reported or text is not None
        if is_final(day, self._today) and self.reported:
            self.done.add(day)
            self.digests.pop(day, None)
        elif text is not None:
            self.digests[day] = text

    def fail(self, day: Date) -> None:
        """The day could not be read: it stays open, and is named until it can."""
        self.failed.add(day)

    def served_by(self, endpoint: Endpoint) -> None:
        """Keep what the other endpoint gave: its days are not asked again from this one, only from itself."""
        if self.endpoint not in (None, endpoint):
            self.held, self.digests = set(self.digests), {}
        self.endpoint = endpoint

    def to_state(self) -> dict[str, Any]:
        """JSON for people too: spans of days with both ends included, digests by day."""
        state: dict[str, Any] = {
            "done": _written(self.done),
            "digests": {day.isoformat(): self.digests[day] for day in sorted(self.digests)},
            "failed": [day.isoformat() for day in sorted(self.failed)],
            "organization_id": self.organization_id,
            "endpoint": self.endpoint,
            "reported": self.reported,
        }
        if self.held - self.done:
            state["held"] = _written(self.held - self.done)
        if self.recent_singly is not None:
            state["recent_singly"] = self.recent_singly
        return state

    @classmethod
    def from_state(cls, state: Mapping[str, Any], today: Date) -> "Ledger":
        """The ledger that wrote this state; what a wrong clock put into it is asked again.

        Raises:
            DamagedState: the state isn't one that `to_state` wrote, nor one that was edited by its rules.
        """
        ledger = cls(today)
        ledger.done = {day for day in _read_spans(state, "done", today) if is_final(day, today)}
        ledger.held = {day for day in _read_spans(state, "held", today) if day < today} - ledger.done
        ledger.digests = {_day(day): _text(text) for day, text in _mapping(state, "digests").items()}
        ledger.failed = {_day(day) for day in _list(state, "failed")} - ledger.done
        for day in [day for day in ledger.digests if day in ledger.done or day >= today]:
            del ledger.digests[day]
        ledger.organization_id = _optional_text(state, "organization_id")
        endpoint = _optional_text(state, "endpoint")
        if endpoint not in (None, "usage_reports", "metrics"):
            raise DamagedState(f"endpoint is {endpoint!r}, where usage_reports or metrics was due")
        ledger.endpoint = endpoint  # type: ignore[assignment]
        singly = state.get("recent_singly")
        ledger.recent_singly = singly if isinstance(singly, bool) else None
        ledger.reported = state.get("reported") is True
        return ledger


def _written(days: set[Date]) -> list[dict[str, str]]:
    return [{"from": span.first.isoformat(), "through": span.last.isoformat()} for span in spans(days)]


def _read_spans(state: Mapping[str, Any], name: str, today: Date) -> set[Date]:
    days: set[Date] = set()
    for item in _list(state, name):
        if not isinstance(item, Mapping) or not {"from", "through"} <= item.keys():
            raise DamagedState(f"an entry of {name} has no from and through")
        days.update(Span(_day(item["from"]), min(_day(item["through"]), today)).days())
    return days


def _list(state: Mapping[str, Any], name: str) -> list[Any]:
    value = state.get(name) or []
    if not isinstance(value, list):
        raise DamagedState(f"{name} is not a list")
    return value


def _mapping(state: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = state.get(name) or {}
    if not isinstance(value, Mapping):
        raise DamagedState(f"{name} is not an object")
    return value


def _day(text: Any) -> Date:
    try:
        return parsed(text)
    except ValueError:
        raise DamagedState(f"{text!r} is not a day such as 2026-01-31") from None


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise DamagedState(f"{value!r} is not a digest")
    return value


def _optional_text(state: Mapping[str, Any], name: str) -> str | None:
    value = state.get(name)
    if value is not None and not isinstance(value, str):
        raise DamagedState(f"{name} is not text")
    return value
