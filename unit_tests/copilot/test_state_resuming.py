"""State and calendar against a model of GitHub: whatever happens in between, the same table in the end."""

import json
from collections.abc import Callable, Collection
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pendulum import Date

from source_usage_metrics.account import ORGANIZATION
from source_usage_metrics.copilot import calendar
from source_usage_metrics.copilot.answers import Answer, Failed, Found, NoReport
from source_usage_metrics.copilot.state import AccountState, digest
from source_usage_metrics.errors import TRANSIENT, Failure

START = Date(2026, 8, 1)


def horizon_of(today: Date) -> Date:
    return calendar.horizon("usage_reports", ORGANIZATION.first_report, today)


Row = tuple[int, bool]
SEEDS = st.integers(0, 10**6)
FAILED = Failed(Failure.of(TRANSIENT, "It failed. Try again."), is_the_days_own=True)


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
        state = AccountState.from_state(json.loads(json.dumps(self.state)), today)
        self.sent = []
        span = calendar.wanted(self.since, None, horizon_of(today), today)
        read = state.read_days("usage_reports")
        plan = calendar.plan(span, read | state.waiting_days("usage_reports"), read, today)
        for batch in calendar.batches(plan):
            for day in batch:
                if not dies_after:
                    return
                dies_after -= 1
                self._ask(state, day, today, broken, real or today)
            self.state = state.to_state()
        self.state = state.to_state()
        self.done |= state.closed

    def _ask(self, state: AccountState, day: Date, today: Date, broken: Collection[Date], real: Date) -> None:
        version = self.github.version(day, real)
        answer: Answer = FAILED if day in broken else NoReport() if version is None else Found({})
        if isinstance(answer, Found) and version is not None:
            row = (version, calendar.is_settled(day, today))
            text = digest({"version": version, "is_settled": row[1]})
            if state.change(day, text):
                self.sent.append((day, row))
                self.table[day] = row
            state.keep_row(day, text, "usage_reports")
        state.mark_answered(day, answer, "usage_reports")

    def truth(self, today: Date) -> dict[Date, Row]:
        """What the table should be."""
        span = calendar.wanted(self.since, None, horizon_of(today), today)
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

    horizon = horizon_of(today)
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


def _one_digest(state: dict[str, Any], at: int) -> set[str]:
    days = sorted(state["digests"])
    return set(days[at % len(days) :][:1]) if days and state["digests"].pop(days[at % len(days)]) else set()


def _shorter_from_its_end(state: dict[str, Any], at: int) -> set[str]:
    span = state["closed"][0]
    whole = calendar.Span(Date.fromisoformat(span["from"]), Date.fromisoformat(span["through"])).days()
    kept = whole[: 1 + at % len(whole)]
    span["through"] = kept[-1].isoformat()
    return {day.isoformat() for day in whole[len(kept) :]}


def _no_span(state: dict[str, Any], at: int) -> set[str]:
    span = state["closed"].pop()
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
