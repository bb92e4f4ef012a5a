"""What an appending and a deduplicating warehouse hold of accounts' days after sync upon sync, and whether they may."""

import functools
import json
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson
from pendulum import Date

from integration_tests.harness import ACCOUNTS, Json, Outcome
from integration_tests.standin.downloads import engagement

Key = tuple[str, str]
Version = tuple[Key, bytes, bool, bytes]
SCHEMAS = {
    stream: json.loads((Path(__file__).parent.parent / "schemas" / f"{stream}.json").read_text())["properties"]
    for stream in ACCOUNTS
}
KINDS: Mapping[str, Any] = {"integer": int, "number": (int, float), "string": str, "array": list, "object": dict}
OURS = {
    stream: SCHEMAS[stream].keys() & {accounts.column, "date", "source_endpoint", "is_settled", "retrieved_at"}
    for stream, accounts in ACCOUNTS.items()
}
# GitHub's own runs change them without any news of the day.
INTERNAL = frozenset({"etl_id", "day_partition", "entity_id_partition"})
# Of the 28-day report that ends with the day, not of the day.
ENGAGEMENT = "copilot_feature_engagement"


def columns(row: Mapping[str, Any], stream: str = "copilot_days") -> Json:
    """What a day of a report has to become: a column where name and type are declared, or additional_fields."""
    schema = SCHEMAS[stream]
    told = {name: value for name, value in row.items() if value is not None and name != "day"}
    fitting = {name: value for name, value in told.items() if name in schema and _is_a(schema[name]["type"], value)}
    rest = {name: value for name, value in told.items() if name not in fitting}
    return {**fitting, **({"additional_fields": rest} if rest else {})}


def _is_a(types: list[str], value: Any) -> bool:
    return not isinstance(value, bool) and isinstance(value, tuple(KINDS[name] for name in types if name in KINDS))


def content(record: Mapping[str, Any], stream: str = "copilot_days") -> bytes:
    """The provider's part of a record, in which neither the order of keys nor that of breakdown rows counts."""
    others = OURS[stream] | INTERNAL | {ENGAGEMENT}
    return _text(_sorted({name: value for name, value in record.items() if name not in others}))


def _sorted(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _sorted(item) for key, item in value.items()}
    if isinstance(value, list):
        return sorted(map(_sorted, value), key=_text)
    return value


def _text(value: Any) -> bytes:
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


@functools.lru_cache(maxsize=20_000)
def told(row: bytes, stream: str = "copilot_days") -> bytes:
    """The content of the record that this row of a report has to become."""
    return content(columns(json.loads(row), stream), stream)


def is_settled(day: str, today: Date) -> bool:
    """Whether the day ended four whole days ago."""
    return today.toordinal() - Date.fromisoformat(day).toordinal() >= 5


class Destination:
    """The log of an appending warehouse and the table of a deduplicating one.

    Both are held against the truth record by record; what a killed sync has sent after its last state may come again.
    """

    def __init__(self, stream: str = "copilot_days") -> None:
        self.stream = stream
        self.log: Counter[Version] = Counter()
        self.table: dict[Key, tuple[bytes, bool]] = {}
        self.repeated = 0
        self._may_repeat: Counter[Version] = Counter()
        self._state: Json = {}
        self._engaged: set[Key] = set()

    def take(
        self,
        outcome: Outcome,
        truth: Mapping[Key, bytes],
        today: Date,
        *,
        killed: bool,
        from_file: Mapping[Key, bytes] | None = None,
    ) -> None:
        """All that a sync has sent, in its order; `truth` is what the API would answer on `today`.

        from_file: rows of the 28-day report that may be sent in place of the truth, since there was nothing better.
        """
        unsaved: Counter[Version] = Counter()
        for message in outcome.messages:
            if message["type"] == "RECORD":
                unsaved[self._record(message["record"]["data"], truth, today, from_file or {})] += 1
            elif message["type"] == "STATE":
                self._saved(message["state"]["stream"]["stream_state"], {version[0] for version in unsaved}, truth)
                unsaved.clear()
        assert killed or not unsaved, f"no state covers {set(unsaved)}"
        self._may_repeat += unsaved
        self._engaged -= {version[0] for version in unsaved}

    def has_unsaved(self, key: Key) -> bool:
        """Whether a killed sync has sent a version of the row that the connector doesn't know of."""
        return any(version[0] == key for version in self._may_repeat)

    def _record(self, record: Json, truth: Mapping[Key, bytes], today: Date, from_file: Mapping[Key, bytes]) -> Version:
        key, settled = (record[ACCOUNTS[self.stream].column], record["date"]), record["is_settled"]
        version = (key, content(record, self.stream), settled, self._engagement(key, record.get(ENGAGEMENT)))
        assert key in truth, f"{key} was made up"
        possible = {told(row, self.stream) for row in (truth[key], from_file.get(key)) if row}
        assert version[1] in possible, f"{key} was altered"
        assert settled == is_settled(key[1], today), f"{key} settled: {settled}"
        assert record.get("source_endpoint", "") == ("usage_reports" if self.stream == "copilot_days" else "")
        if self.log[version]:
            assert self._may_repeat[version], f"{key} was sent twice"
            self._may_repeat[version] -= 1
            self.repeated += 1
        self.log[version] += 1
        self.table[key] = version[1:3]
        return version

    def _engagement(self, key: Key, given: Json | None) -> bytes:
        """What the 28-day report that ends with the day had beside its rows: right, and never wiped by a later row."""
        if given is None:
            assert key not in self._engaged, f"{key}: what the 28-day report had beside its rows was wiped"
            return b""
        start = Date.fromisoformat(key[1]).subtract(days=27).isoformat()
        assert given == {"report_start_day": start, **engagement(key[1])}, f"{key} was altered"
        self._engaged.add(key)
        return _text(given)

    def _saved(self, state: Json, sent: set[Key], truth: Mapping[Key, bytes]) -> None:
        """A state covers nothing that was not sent before it."""
        accounts = state[ACCOUNTS[self.stream].settings]
        for name, saved in accounts.items():
            before = self._state.get(name, {"digests": {}})
            changed = {day for day, text in saved["digests"].items() if text and before["digests"].get(day) != text}
            assert {(name, day) for day in changed} <= sent, f"{name}: state before record, {changed}"
            closed = {(name, day) for day in days(saved["closed"])} & truth.keys()
            assert closed <= self.table.keys(), f"closed without a row: {closed - self.table.keys()}"
        self._state = accounts


def days(spans: list[Json]) -> frozenset[str]:
    """The days of spans as the state has them."""
    return _days(tuple((span["from"], span["through"]) for span in spans))


@functools.lru_cache(maxsize=2000)
def _days(spans: tuple[tuple[str, str], ...]) -> frozenset[str]:
    ordinals = [(Date.fromisoformat(first).toordinal(), Date.fromisoformat(last).toordinal()) for first, last in spans]
    return frozenset(Date.fromordinal(n).isoformat() for first, last in ordinals for n in range(first, last + 1))
