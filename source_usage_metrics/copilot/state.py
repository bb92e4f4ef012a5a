"""What was answered for one account's days, and what was sent of them; in and out of Airbyte's state."""

import json
from collections.abc import Callable, Mapping
from hashlib import blake2b
from typing import Any, Literal, TypeVar, cast, get_args

import orjson
from pendulum import Date

from source_usage_metrics.account import ORGANIZATION, AccountType, Endpoint
from source_usage_metrics.copilot.answers import Answer, Failed, Found, NoReport
from source_usage_metrics.copilot.calendar import Span, is_final, may_repeat, parsed, spans

VERSION = 2
Change = Literal["new", "revised", "settled"]

# They change at each of GitHub's own runs, not with what people did.
VOLATILE = frozenset({"retrieved_at", "etl_id", "day_partition", "entity_id_partition"})
SETTLED = " settled"
_NESTED = frozenset({dict, list})
Known = TypeVar("Known")


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


def same_content(one: str, other: str) -> bool:
    """Whether two digests stand for the same content, settled or not."""
    return one.removesuffix(SETTLED) == other.removesuffix(SETTLED)


def _canonical(value: Any) -> bytes:
    """JSON in which nothing depends on the order of keys or rows."""
    try:
        return _quickly(value)
    except TypeError:  # integers over 64 bit
        return _thoroughly(value)


def _quickly(value: Any) -> bytes:
    if type(value) is list:
        # Each is copied: orjson's own bytes keep the room that they were written in, a kilobyte and more.
        return b"[" + b",".join(sorted([b"%b" % _quickly(item) for item in value])) + b"]"
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


class AccountState:
    """One organization's or enterprise's days.

    State says which days are closed, what was last sent of the others, and what was answered for those without a row;
    it moves only after the records that it covers.

    closed: days that are never asked again. digests: what was last sent of each open day.
    no_report_since: when an open day's own report said "no report" for the first time: at 21 days or more, or, of a day
    that has a row, at any age. failed: days whose last answer could not be used.
    file_fields: what the 28-day report of each open day had beside its rows; GitHub gives it only on that day.
    account_id: GitHub's id of the account. endpoint: which one gave the last row; None before the first.
    from_other_endpoint: days that the other one gave.
    """

    def __init__(self, today: Date, account_type: AccountType = ORGANIZATION) -> None:
        self._today, self._id_field = today, account_type.id_field
        self.closed: set[Date] = set()
        self.digests: dict[Date, str] = {}
        self.no_report_since: dict[Date, Date] = {}
        self.failed: set[Date] = set()
        self.file_fields: dict[Date, Mapping[str, Any]] = {}
        self.account_id: str | None = None
        self.endpoint: Endpoint | None = None
        self.from_other_endpoint: set[Date] = set()

    def is_blank(self) -> bool:
        """Whether nothing is known of any day."""
        return not (self.closed or self.from_other_endpoint or self.digests)

    def read_days(self, endpoint: Endpoint) -> set[Date]:
        """The days that this endpoint is never asked for: the closed ones, and those that the other one gave."""
        others = self.from_other_endpoint if self.endpoint in (None, endpoint) else self.digests.keys()
        return self.closed | others

    def waiting_days(self, endpoint: Endpoint) -> set[Date]:
        """The days that this endpoint is not asked for yet: a second "no report" counts a week after the first."""
        if self.endpoint != endpoint:
            return set()
        return {
            day
            for day, since in self.no_report_since.items()
            if is_final(day, since) and not may_repeat(since, self._today)
        }

    def change(self, day: Date, text: str) -> Change | None:
        """How a row with this digest differs from what was last sent of its day; None if it doesn't."""
        known = self.digests.get(day)
        if known == text:
            return None
        if known is None:
            return "new"
        return "settled" if same_content(known, text) else "revised"

    def vanishes(self, day: Date) -> bool:
        """Whether "no report" now would be the first for a day of which a row was sent."""
        return day in self.digests and day not in self.no_report_since

    def keep_row(self, day: Date, text: str, endpoint: Endpoint) -> None:
        """What was sent of the day has this digest. With its first row an endpoint takes over from the other one."""
        if self.endpoint not in (None, endpoint):
            self.from_other_endpoint, self.digests = set(self.digests), {}
            self.no_report_since, self.file_fields = {}, {}
        self.endpoint = endpoint
        self.digests[day] = text

    def mark_answered(self, day: Date, answer: Answer, endpoint: Endpoint, *, has_row: bool = False) -> None:
        """The day's own report said this; a row of it was sent by now. Here, and in `_mark_no_report`, days are closed.

        has_row: whether there is a row of the day all the same, in the 28-day report.
        """
        if isinstance(answer, Failed):
            self.failed.add(day)
            return
        self.failed.discard(day)
        if isinstance(answer, Found):
            self.no_report_since.pop(day, None)
            if is_final(day, self._today):
                self._close(day)
        elif isinstance(answer, NoReport) and self.endpoint == endpoint:
            self._mark_no_report(day, has_row)

    def _mark_no_report(self, day: Date, has_row: bool) -> None:
        """Before the first row it doesn't count: the reports may just have been switched on."""
        since = self.no_report_since.get(day)
        if not is_final(day, self._today):
            if day in self.digests and not has_row:
                self.no_report_since.setdefault(day, self._today)
        elif since is None or not is_final(day, since):
            self.no_report_since[day] = self._today
        elif may_repeat(since, self._today):
            self._close(day)

    def _close(self, day: Date) -> None:
        self.closed.add(day)
        for known in (self.digests, self.no_report_since, self.file_fields):
            known.pop(day, None)

    def to_state(self) -> dict[str, Any]:
        """JSON for people too: spans of days with both ends included, the rest by day."""
        state: dict[str, Any] = {
            "closed": _written(self.closed),
            "digests": _by_day(self.digests),
            "failed": [day.isoformat() for day in sorted(self.failed)],
            self._id_field: self.account_id,
            "endpoint": self.endpoint,
        }
        if self.no_report_since:
            state["no_report_since"] = _by_day({day: at.isoformat() for day, at in self.no_report_since.items()})
        if self.file_fields:
            state["file_fields"] = _by_day(self.file_fields)
        if self.from_other_endpoint - self.closed:
            state["from_other_endpoint"] = _written(self.from_other_endpoint - self.closed)
        return state

    @classmethod
    def from_state(
        cls, state: Mapping[str, Any], today: Date, version: int = VERSION, account_type: AccountType = ORGANIZATION
    ) -> "AccountState":
        """What wrote this state; days that a wrong clock put into it are asked again. Version 1 had other names.

        Raises:
            DamagedState: the state isn't one that `to_state` wrote, nor one that was edited by its rules.
        """
        made = cls(today, account_type)
        closed, others = ("done", "held") if version == 1 else ("closed", "from_other_endpoint")
        made.closed = {day for day in _read_spans(state, closed, today) if is_final(day, today)}
        made.from_other_endpoint = {day for day in _read_spans(state, others, today) if day < today} - made.closed
        made.failed = {_day(day) for day in _list(state, "failed")} - made.closed
        made.digests = made._open(_read(state, "digests", _text))
        made.file_fields = made._open(_read(state, "file_fields", _object))
        since = made._open(_read(state, "no_report_since", _day))
        made.no_report_since = {day: at for day, at in since.items() if at <= today}
        made.account_id = _optional_text(state, account_type.id_field)
        made.endpoint = _endpoint(state, version)
        return made

    def _open(self, by_day: dict[Date, Known]) -> dict[Date, Known]:
        return {day: known for day, known in by_day.items() if day not in self.closed and day < self._today}


def _written(days: set[Date]) -> list[dict[str, str]]:
    return [{"from": span.first.isoformat(), "through": span.last.isoformat()} for span in spans(days)]


def _by_day(known: Mapping[Date, Any]) -> dict[str, Any]:
    return {day.isoformat(): known[day] for day in sorted(known)}


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


def _read(state: Mapping[str, Any], name: str, read: Callable[[Any], Known]) -> dict[Date, Known]:
    value = state.get(name) or {}
    if not isinstance(value, Mapping):
        raise DamagedState(f"{name} is not an object")
    return {_day(day): read(known) for day, known in value.items()}


def _day(text: Any) -> Date:
    try:
        return parsed(text)
    except ValueError:
        raise DamagedState(f"{text!r} is not a day such as 2026-01-31") from None


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise DamagedState(f"{value!r} is not a digest")
    return value


def _object(value: Any) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise DamagedState(f"{value!r} is not an object of fields")
    return value


def _endpoint(state: Mapping[str, Any], version: int) -> Endpoint | None:
    """Version 1 named it before there was a row, and said in `reported` whether there was one."""
    endpoint = _optional_text(state, "endpoint")
    if endpoint is None or (version == 1 and state.get("reported") is not True):
        return None
    if endpoint not in get_args(Endpoint):
        raise DamagedState(f"endpoint is {endpoint!r}, where usage_reports or metrics was expected")
    return cast(Endpoint, endpoint)


def _optional_text(state: Mapping[str, Any], name: str) -> str | None:
    value = state.get(name)
    if value is not None and not isinstance(value, str):
        raise DamagedState(f"{name} is not text")
    return value or None
