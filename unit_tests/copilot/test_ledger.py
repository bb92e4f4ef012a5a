"""The ledger and the calendar against a model of GitHub: whatever happens in between, the same table in the end."""

import json
from collections.abc import Callable, Collection
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pendulum import Date

from source_usage_metrics.copilot import calendar
from source_usage_metrics.copilot.ledger import DamagedState, Ledger, digest

START = Date(2026, 8, 1)
Row = tuple[int, bool]
SEEDS = st.integers(0, 10**6)


class GitHub:
    """Its days come up to 20 days late or never, and are revised up to then. A row is told by its version.

    Until `switched_on` there is no report of any day.
    """

    def __init__(self, seed: int, switched_on: Date = START) -> None:
        self._seed, self._switched_on = seed, switched_on

    def version(self, day: Date, today: Date) -> int | None:
        """How often the day was revised until today; None while there is no report."""
        random, age = Random(f"{self._seed} {day}"), calendar.age(day, today)
        comes = random.choice((1, 2, 3, 4, 20, 1000))
        changes = [random.randrange(1, 21) for _ in range(random.randrange(3))]
        return None if age < comes or today < self._switched_on else sum(change <= age for change in changes)


class Model:
    """A connector without HTTP, and the table that it fills: asks as `plan` says, saves state after each part."""

    def __init__(self, github: GitHub, since: Date) -> None:
        self.github, self.since = github, since
        self.state: dict[str, Any] = {}
        self.table: dict[Date, Row] = {}
        self.sent: list[tuple[Date, Row]] = []
        self.done: set[Date] = set()

    def sync(
        self, today: Date, *, dies_after: int = 10_000, broken: Collection[Date] = (), real: Date | None = None
    ) -> None:
        """One sync; `real` is the day at GitHub, where it isn't the connector's `today`."""
        ledger = Ledger.from_state(json.loads(json.dumps(self.state)), today)
        self.sent = []
        span = calendar.wanted(self.since, None, "usage_reports", today)
        plan = calendar.plan(span, ledger.closed_to("usage_reports"), today)
        for part in (plan.recent, *calendar.batches(plan.between), *calendar.batches(plan.backwards)):
            for day in part:
                if not dies_after:
                    return
                dies_after -= 1
                self._ask(ledger, day, today, broken, real or today)
            self.state = ledger.to_state()
            self.done |= ledger.done

    def _ask(self, ledger: Ledger, day: Date, today: Date, broken: Collection[Date], real: Date) -> None:
        version = self.github.version(day, real)
        if day in broken:
            ledger.fail(day)
        elif version is None:
            ledger.cover(day, None)
        else:
            row = (version, calendar.is_settled(day, today))
            text = digest({"version": version, "is_settled": row[1]})
            if ledger.news(day, text):
                self.sent.append((day, row))
                self.table[day] = row
            ledger.cover(day, text)

    def truth(self, today: Date) -> dict[Date, Row]:
        """What the table should be."""
        span = calendar.wanted(self.since, None, "usage_reports", today)
        found = {day: self.github.version(day, today) for day in (span.days() if span else [])}
        return {
            day: (version, calendar.is_settled(day, today)) for day, version in found.items() if version is not None
        }


SYNC = st.tuples(st.integers(0, 45), st.just(10_000) | st.integers(0, 40), st.sets(st.integers(1, 40), max_size=5))


@settings(max_examples=60)
@given(SEEDS, st.integers(0, 60), st.lists(SYNC, max_size=12), st.integers(0, 30), st.just(0) | st.integers(0, 90))
def test_pauses_kills_broken_days_and_a_late_start_change_nothing_in_the_end(
    seed: int, history: int, syncs: list[tuple[int, int, set[int]]], earlier: int, late: int
) -> None:
    model, today = Model(GitHub(seed, START.add(days=late)), START.subtract(days=history)), START
    for pause, dies_after, broken in syncs:
        today = today.add(days=pause)
        model.sync(today, dies_after=dies_after, broken={today.subtract(days=age) for age in broken})

    model.since = model.since.subtract(days=earlier)
    model.sync(today)

    horizon = calendar.horizon("usage_reports", today)
    assert {day: row for day, row in model.table.items() if day >= horizon} == model.truth(today)
    assert not [day for day in model.state["failed"] if day >= str(horizon)]
    model.sync(today)
    assert model.sent == []


@settings(max_examples=60)
@given(SEEDS, st.lists(st.integers(0, 45), min_size=1, max_size=12))
def test_a_done_day_is_never_asked_again_and_a_row_settles_once(seed: int, pauses: list[int]) -> None:
    model, today = Model(GitHub(seed), START.subtract(days=30)), START
    settled: set[tuple[Date, int]] = set()
    for pause in pauses:
        today, done = today.add(days=pause), set(model.done)
        model.sync(today)

        assert not done & {day for day, _ in model.sent}
        flipped = {(day, version) for day, (version, is_settled) in model.sent if is_settled}
        assert not flipped & settled
        settled |= flipped


@settings(max_examples=30)
@given(SEEDS, st.integers(-60, 60), st.integers(0, 45))
def test_what_a_wrong_clock_has_done_heals(seed: int, wrong_by: int, pause: int) -> None:
    model, today = Model(GitHub(seed), START.subtract(days=40)), START
    model.sync(today)
    model.sync(today.add(days=wrong_by), real=today)

    model.sync(today)
    assert model.table == model.truth(today)
    today = today.add(days=pause)
    model.sync(today)
    assert model.table == model.truth(today)


def test_no_report_closes_no_day_before_there_was_a_row() -> None:
    ledger, first, second, third = Ledger(START), *(START.subtract(days=age) for age in (40, 39, 38))

    ledger.cover(first, None)
    ledger.cover(second, digest({}))
    ledger.cover(third, None)

    assert ledger.done == {second, third}
    assert Ledger.from_state(ledger.to_state(), START).reported
    assert not Ledger.from_state(Ledger(START).to_state(), START).reported


def _one_digest(state: dict[str, Any], at: int) -> set[str]:
    days = sorted(state["digests"])
    return set(days[at % len(days) :][:1]) if days and state["digests"].pop(days[at % len(days)]) else set()


def _shorter_from_its_end(state: dict[str, Any], at: int) -> set[str]:
    span = state["done"][0]
    whole = calendar.Span(Date.fromisoformat(span["from"]), Date.fromisoformat(span["through"])).days()
    kept = whole[: 1 + at % len(whole)]
    span["through"] = kept[-1].isoformat()
    return {day.isoformat() for day in whole[len(kept) :]}


def _no_span(state: dict[str, Any], at: int) -> set[str]:
    span = state["done"].pop()
    whole = calendar.Span(Date.fromisoformat(span["from"]), Date.fromisoformat(span["through"])).days()
    return {day.isoformat() for day in whole}


@pytest.mark.parametrize("edit", [_one_digest, _shorter_from_its_end, _no_span])
@settings(max_examples=20)
@given(seed=SEEDS, at=st.integers(0, 60))
def test_what_is_taken_out_of_the_state_by_hand_is_read_and_sent_again(
    edit: Callable[[dict[str, Any], int], set[str]], seed: int, at: int
) -> None:
    model = Model(GitHub(seed), START.subtract(days=60))
    model.sync(START)
    taken = edit(model.state, at)

    model.sync(START)

    assert {day.isoformat() for day, _ in model.sent} == {
        day for day in taken if Date.fromisoformat(day) in model.table
    }
    assert model.table == model.truth(START)


@settings(max_examples=60)
@given(SEEDS, st.lists(st.tuples(st.integers(1, 60), st.integers(0, 3)), max_size=40), st.booleans(), st.booleans())
def test_a_ledger_comes_back_from_its_state_as_it_was(
    seed: int, events: list[tuple[int, int]], moves: bool, singly: bool
) -> None:
    ledger = Ledger(START)
    ledger.organization_id, ledger.recent_singly = str(seed), singly
    ledger.served_by("metrics" if moves else "usage_reports")
    for age, kind in events:
        day = START.subtract(days=age)
        if kind == 0 and day not in ledger.done:
            ledger.fail(day)
        else:
            ledger.cover(day, digest({"n": kind, "is_settled": kind > 1}) if kind < 3 else None)
    ledger.served_by("usage_reports")
    state = json.loads(json.dumps(ledger.to_state()))

    again = Ledger.from_state(state, START)

    assert again.to_state() == state
    assert again.closed_to("usage_reports") == ledger.closed_to("usage_reports")
    assert again.digests == ledger.digests


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12) | st.dates().map(str),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["from", "through", "2026-07-01"]) | st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=8,
)
NAMES = ["done", "digests", "failed", "organization_id", "endpoint", "held", "recent_singly"]


@given(st.dictionaries(st.sampled_from(NAMES), JSON))
def test_a_damaged_state_is_said_to_be_so_and_nothing_else_happens(state: dict[str, Any]) -> None:
    try:
        ledger = Ledger.from_state(state, START)
    except DamagedState:
        return
    assert all(calendar.is_final(day, START) for day in ledger.done)
    assert Ledger.from_state(ledger.to_state(), START).to_state() == ledger.to_state()


@pytest.mark.parametrize(
    ("state", "says"),
    [
        ({"done": {"from": "2026-01-01", "through": "2026-02-01"}}, "done is not a list"),
        ({"done": [{"from": "2026-01-01"}]}, "an entry of done has no from and through"),
        ({"done": ["2026-01-01"]}, "an entry of done has no from and through"),
        ({"held": [{"from": "2026-01-01", "through": None}]}, "None is not a day"),
        ({"done": [{"from": "1 Jan 2026", "through": "2026-02-01"}]}, "'1 Jan 2026' is not a day"),
        ({"done": [{"from": "20260101", "through": "2026-02-01"}]}, "'20260101' is not a day"),
        ({"digests": ["2026-01-01"]}, "digests is not an object"),
        ({"digests": {"2026-02-30": "0123456789abcdef"}}, "'2026-02-30' is not a day"),
        ({"digests": {"2026-07-20": 5}}, "5 is not a digest"),
        ({"failed": "2026-01-01"}, "failed is not a list"),
        ({"failed": [20260101]}, "20260101 is not a day"),
        ({"organization_id": 1001}, "organization_id is not text"),
        ({"endpoint": "graphql"}, "endpoint is 'graphql'"),
    ],
)
def test_a_damaged_state_says_what_is_wrong_with_it(state: dict[str, Any], says: str) -> None:
    with pytest.raises(DamagedState, match=says):
        Ledger.from_state(state, START)


def test_a_state_written_by_hand_may_leave_out_everything() -> None:
    ledger = Ledger.from_state({}, START)

    assert not ledger.closed_to("usage_reports")
    assert ledger.endpoint is None


def test_a_state_from_the_future_holds_nothing_that_is_not_over_yet() -> None:
    span = {"from": "2026-01-01", "through": "2027-06-30"}
    days = ("2026-07-11", "2026-07-31", "2027-05-01")
    state = {"done": [span], "held": [span], "digests": dict.fromkeys(days, "f" * 16)}

    ledger = Ledger.from_state(state, START)

    assert max(ledger.done) == START.subtract(days=21)
    assert max(ledger.held) == START.subtract(days=1)
    assert set(ledger.digests) == {Date(2026, 7, 31)}


def test_days_that_the_older_endpoint_gave_are_not_asked_from_the_other() -> None:
    ledger, day, idle = Ledger(START), START.subtract(days=3), START.subtract(days=4)
    ledger.served_by("metrics")
    ledger.cover(day, digest({"n": 1}))
    ledger.cover(idle, None)

    assert ledger.closed_to("metrics") == set()
    assert ledger.closed_to("usage_reports") == {day}
    ledger.served_by("usage_reports")
    assert not ledger.digests
    assert Ledger.from_state(ledger.to_state(), START).closed_to("usage_reports") == {day}


@pytest.mark.parametrize("age", [3, 30])
def test_a_failed_day_stays_open_and_is_named_until_it_is_read(age: int) -> None:
    ledger, day = Ledger(START), START.subtract(days=age)
    ledger.fail(day)

    ledger = Ledger.from_state(ledger.to_state(), START)
    assert ledger.failed == {day}
    assert not ledger.closed_to("usage_reports")
    ledger.cover(day, digest({}))
    assert ledger.to_state()["failed"] == []


@pytest.mark.parametrize("known", ["done", "held", "digests"])
def test_a_ledger_is_blank_until_anything_is_known_of_a_day(known: str) -> None:
    span, texts = {"from": "2026-07-01", "through": "2026-07-01"}, {"2026-07-31": "f" * 16}

    assert Ledger(START).is_blank()
    assert not Ledger.from_state({known: texts if known == "digests" else [span]}, START).is_blank()
