"""What a warehouse holds of copilot_days after sync upon sync, and whether it may: an appending and a deduplicating one."""

import functools
import json
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pendulum import Date

from integration_tests.harness import Json, Outcome

Key = tuple[str, str]
SCHEMA = json.loads((Path(__file__).parent.parent / "schemas" / "copilot_days.json").read_text())["properties"]
KINDS: Mapping[str, Any] = {"integer": int, "number": (int, float), "string": str, "array": list, "object": dict}
OURS = frozenset({"organization", "date", "source_endpoint", "is_settled", "retrieved_at"})
# GitHub's own runs change them without any news of the day.
INTERNAL = frozenset({"etl_id", "day_partition", "entity_id_partition"})


def columns(row: Mapping[str, Any]) -> Json:
    """What a day of a report has to become: a column where name and type are declared, additional_fields for the rest."""
    told = {name: value for name, value in row.items() if value is not None and name != "day"}
    fitting = {name: value for name, value in told.items() if name in SCHEMA and _is_a(SCHEMA[name]["type"], value)}
    rest = {name: value for name, value in told.items() if name not in fitting}
    return {**fitting, **({"additional_fields": rest} if rest else {})}


def _is_a(types: list[str], value: Any) -> bool:
    return not isinstance(value, bool) and isinstance(value, tuple(KINDS[name] for name in types if name in KINDS))


def content(record: Mapping[str, Any]) -> str:
    """The provider's part of a record, in which neither the order of keys nor that of breakdown rows counts."""
    return _text(_sorted({name: value for name, value in record.items() if name not in OURS | INTERNAL}))


def _sorted(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _sorted(item) for key, item in value.items()}
    if isinstance(value, list):
        return sorted(map(_sorted, value), key=_text)
    return value


def _text(value: Any) -> str:
    return json.dumps(value, sort_keys=True)


@functools.lru_cache(maxsize=20_000)
def told(row: bytes) -> str:
    """The content of the record that this row of a report has to become."""
    return content(columns(json.loads(row)))


class Destination:
    """The log of an appending warehouse and the table of a deduplicating one.

    Both are held against the truth record by record; what a killed sync has sent after its last state may come again.
    """

    def __init__(self) -> None:
        self.log: Counter[tuple[Key, str, bool]] = Counter()
        self.table: dict[Key, tuple[str, bool]] = {}
        self.repeated = 0
        self._may_repeat: Counter[tuple[Key, str, bool]] = Counter()
        self._state: Json = {}

    def take(self, outcome: Outcome, truth: Mapping[Key, bytes], today: Date, *, killed: bool) -> None:
        """All that a sync has sent, in its order; `truth` is what the API would answer on `today`."""
        unsaved: Counter[tuple[Key, str, bool]] = Counter()
        for message in outcome.messages:
            if message["type"] == "RECORD":
                unsaved[self._record(message["record"]["data"], truth, today)] += 1
            elif message["type"] == "STATE":
                self._saved(message["state"]["stream"]["stream_state"], {key for key, _, _ in unsaved}, truth)
                unsaved.clear()
        assert killed or not unsaved, f"no state covers {set(unsaved)}"
        self._may_repeat += unsaved

    def _record(self, record: Json, truth: Mapping[Key, bytes], today: Date) -> tuple[Key, str, bool]:
        key, settled = (record["organization"], record["date"]), record["is_settled"]
        version = (key, content(record), settled)
        assert key in truth, f"{key} was made up"
        assert version[1] == told(truth[key]), f"{key} was altered"
        assert settled == (today.toordinal() - Date.fromisoformat(key[1]).toordinal() >= 5), f"{key} settled: {settled}"
        assert record["source_endpoint"] == "usage_reports"
        if self.log[version]:
            assert self._may_repeat[version], f"{key} was sent twice"
            self._may_repeat[version] -= 1
            self.repeated += 1
        self.log[version] += 1
        self.table[key] = version[1:]
        return version

    def _saved(self, state: Json, sent: set[Key], truth: Mapping[Key, bytes]) -> None:
        """A state covers nothing that was not sent before it."""
        for organization, saved in state["organizations"].items():
            before = self._state.get(organization, {"digests": {}, "done": []})
            changed = {day for day, text in saved["digests"].items() if before["digests"].get(day) != text}
            assert {(organization, day) for day in changed} <= sent, f"{organization}: state before record, {changed}"
            missing = {(organization, day) for day in days(saved["done"]) - days(before["done"])} & truth.keys()
            assert missing <= self.table.keys(), f"done without a row: {missing}"
        self._state = state["organizations"]

    def settles_for(self, state: Json) -> None:
        """The next sync starts from this state, which a killed one may have left long ago."""
        self._state = state


def days(spans: list[Json]) -> frozenset[str]:
    """The days of spans as the state has them."""
    return _days(tuple((span["from"], span["through"]) for span in spans))


@functools.lru_cache(maxsize=2000)
def _days(spans: tuple[tuple[str, str], ...]) -> frozenset[str]:
    ordinals = [(Date.fromisoformat(first).toordinal(), Date.fromisoformat(last).toordinal()) for first, last in spans]
    return frozenset(Date.fromordinal(n).isoformat() for first, last in ordinals for n in range(first, last + 1))
