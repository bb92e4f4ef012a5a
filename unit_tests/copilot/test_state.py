"""The organization state: what is open, what is news, what closes; and how that comes back, edited or damaged."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pendulum import Date

from source_usage_metrics.copilot import calendar
from source_usage_metrics.copilot.answers import Answer, Failed, Found, NoReport, Unclear
from source_usage_metrics.copilot.state import AccountState, DamagedState, digest
from source_usage_metrics.errors import TRANSIENT, Failure

START = Date(2026, 8, 1)
SEEDS = st.integers(0, 10**6)
FAILED = Failed(Failure.of(TRANSIENT, "It failed. Try again."), is_the_days_own=True)
ROW = digest({"n": 1})


def answered(state: AccountState, day: Date, answer: Answer, text: str = ROW) -> None:
    """As a sync does it: the row, if there is one, then what the day's own report said."""
    if isinstance(answer, Found):
        state.keep_row(day, text, "usage_reports")
    state.mark_answered(day, answer, "usage_reports")


def later(state: AccountState, today: Date) -> AccountState:
    """The same state at another sync."""
    return AccountState.from_state(json.loads(json.dumps(state.to_state())), today)


def with_a_row(today: Date = START) -> AccountState:
    """Of an organization that had a report before."""
    state = AccountState(today)
    answered(state, today.subtract(days=2), Found({}))
    return state


@pytest.mark.parametrize(("age", "closes"), [(20, False), (21, True), (200, True)])
def test_a_row_of_the_day_s_own_report_closes_it_from_21_days_on(age: int, closes: bool) -> None:
    state, day = AccountState(START), START.subtract(days=age)

    answered(state, day, Found({}))

    assert (day in state.closed) == closes
    assert (day in state.digests) != closes


def test_a_row_of_the_28_day_report_closes_nothing() -> None:
    state, day = AccountState(START), START.subtract(days=25)

    state.keep_row(day, ROW, "usage_reports")

    assert not state.closed


@pytest.mark.parametrize(("days_later", "closes"), [(0, False), (6, False), (7, True), (60, True)])
def test_no_report_closes_a_day_when_it_is_said_again_after_a_week(days_later: int, closes: bool) -> None:
    state, day = with_a_row(), START.subtract(days=30)
    answered(state, day, NoReport())
    state = later(state, START.add(days=days_later))
    waits = day in state.waiting_days("usage_reports")

    answered(state, day, NoReport())

    assert (day in state.closed) == closes
    assert waits == (not closes)


def test_no_report_at_less_than_21_days_is_no_part_of_the_two() -> None:
    state, day = with_a_row(), START.subtract(days=20)
    answered(state, day, NoReport())
    state = later(state, START.add(days=7))

    answered(state, day, NoReport())

    assert not state.closed
    assert state.no_report_since == {day: START.add(days=7)}


@pytest.mark.parametrize("answer", [Unclear(), FAILED])
def test_what_is_unclear_or_failed_closes_no_day_however_often(answer: Answer) -> None:
    state, day = with_a_row(), START.subtract(days=30)
    for weeks in range(1, 30):
        answered(state, day, answer)
        state = later(state, START.add(weeks=weeks))

    assert not state.closed
    assert not state.waiting_days("usage_reports")


def test_no_report_does_not_count_before_there_was_a_row() -> None:
    state, day = AccountState(START), START.subtract(days=40)
    answered(state, day, NoReport())
    state = later(state, START.add(days=7))
    answered(state, day, NoReport())

    assert not state.closed
    assert state.endpoint is None
    answered(state, START.subtract(days=39), Found({}))
    assert later(state, START).endpoint == "usage_reports"


def test_a_day_that_vanishes_is_told_once_and_keeps_its_digest_until_it_closes() -> None:
    state, day = with_a_row(), START.subtract(days=10)
    answered(state, day, Found({}))

    assert state.vanishes(day)
    for age in range(10, 30):
        state = later(state, day.add(days=age))
        assert state.vanishes(day) == (age == 10)
        assert (day in state.digests) == (age <= 28)
        if day not in state.waiting_days("usage_reports"):
            answered(state, day, NoReport())
    assert day in state.closed


@settings(max_examples=60)
@given(SEEDS, st.lists(st.tuples(st.integers(1, 60), st.integers(0, 4)), max_size=40), st.booleans())
def test_a_state_comes_back_as_it_was(seed: int, events: list[tuple[int, int]], moves: bool) -> None:
    state = AccountState(START)
    state.account_id = str(seed)
    if moves:
        state.keep_row(START.subtract(days=7), ROW, "metrics")
    for age, kind in events:
        day = START.subtract(days=age)
        if day not in state.closed:
            answers: list[Answer] = [FAILED, NoReport(), Unclear(), Found({}), Found({})]
            answered(state, day, answers[kind], digest({"n": kind, "is_settled": kind > 3}))
            if kind == 4 and day not in state.closed:
                state.file_fields[day] = {"engaged": age}
    written = json.loads(json.dumps(state.to_state()))

    again = AccountState.from_state(written, START)

    assert again.to_state() == written
    for endpoint in ("usage_reports", "metrics"):
        assert again.read_days(endpoint) == state.read_days(endpoint)
        assert again.waiting_days(endpoint) == state.waiting_days(endpoint)
    assert (again.digests, again.no_report_since) == (state.digests, state.no_report_since)
    assert (again.account_id, again.endpoint) == (str(seed), state.endpoint)


def test_a_row_is_news_when_it_is_new_revised_or_settled() -> None:
    state, day = AccountState(START), START.subtract(days=4)
    first, settled, revised = (digest({"n": n, "is_settled": age > 4}) for n, age in ((0, 4), (0, 5), (1, 5)))

    assert state.change(day, first) == "new"
    state.keep_row(day, first, "usage_reports")
    assert state.change(day, first) is None
    assert state.change(day, settled) == "settled"
    assert state.change(day, revised) == "revised"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12) | st.dates().map(str),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["from", "through", "2026-07-01"]) | st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=8,
)
NAMES = [
    "closed", "digests", "failed", "organization_id", "endpoint", "from_other_endpoint", "no_report_since",
    "file_fields", "done", "held", "reported",
]  # fmt: skip


@given(st.dictionaries(st.sampled_from(NAMES), JSON), st.sampled_from([1, 2]))
def test_a_damaged_state_is_said_to_be_so_and_nothing_else_happens(state: dict[str, Any], version: int) -> None:
    try:
        made = AccountState.from_state(state, START, version)
    except DamagedState:
        return
    assert all(calendar.is_final(day, START) for day in made.closed)
    assert AccountState.from_state(made.to_state(), START).to_state() == made.to_state()


@pytest.mark.parametrize(
    ("state", "says"),
    [
        ({"closed": {"from": "2026-01-01", "through": "2026-02-01"}}, "closed is not a list"),
        ({"closed": [{"from": "2026-01-01"}]}, "an entry of closed has no from and through"),
        ({"closed": ["2026-01-01"]}, "an entry of closed has no from and through"),
        ({"from_other_endpoint": [{"from": "2026-01-01", "through": None}]}, "None is not a day"),
        ({"closed": [{"from": "1 Jan 2026", "through": "2026-02-01"}]}, "'1 Jan 2026' is not a day"),
        ({"closed": [{"from": "20260101", "through": "2026-02-01"}]}, "'20260101' is not a day"),
        ({"digests": ["2026-01-01"]}, "digests is not an object"),
        ({"digests": {"2026-02-30": "0123456789abcdef"}}, "'2026-02-30' is not a day"),
        ({"digests": {"2026-07-20": 5}}, "5 is not a digest"),
        ({"failed": "2026-01-01"}, "failed is not a list"),
        ({"failed": [20260101]}, "20260101 is not a day"),
        ({"no_report_since": {"2026-07-01": "soon"}}, "'soon' is not a day"),
        ({"file_fields": {"2026-07-01": 5}}, "5 is not an object"),
        ({"organization_id": 1001}, "organization_id is not text"),
        ({"endpoint": "graphql"}, "endpoint is 'graphql'"),
    ],
)
def test_a_damaged_state_says_what_is_wrong_with_it(state: dict[str, Any], says: str) -> None:
    with pytest.raises(DamagedState, match=says):
        AccountState.from_state(state, START)


def test_a_state_written_by_hand_may_leave_out_everything() -> None:
    state = AccountState.from_state({}, START)

    assert not state.read_days("usage_reports")
    assert state.endpoint is None


def test_a_state_from_the_future_holds_nothing_that_is_not_over_yet() -> None:
    span = {"from": "2026-01-01", "through": "2027-06-30"}
    days = ("2026-07-11", "2026-07-31", "2027-05-01")
    saved = {"closed": [span], "from_other_endpoint": [span], "digests": dict.fromkeys(days, "f" * 16)}
    saved |= {"no_report_since": {"2026-07-20": "2026-07-25", "2026-07-21": "2027-01-01"}}

    state = AccountState.from_state(saved, START)

    assert max(state.closed) == START.subtract(days=21)
    assert max(state.from_other_endpoint) == START.subtract(days=1)
    assert set(state.digests) == {Date(2026, 7, 31)}
    assert set(state.no_report_since) == {Date(2026, 7, 20)}


def test_a_state_of_version_1_is_read_under_its_own_names() -> None:
    span = {"from": "2026-01-01", "through": "2026-06-30"}
    saved = {"done": [span], "digests": {"2026-07-31": "f" * 16}, "failed": ["2026-07-30"], "held": []}

    with_rows = AccountState.from_state({**saved, "endpoint": "metrics", "reported": True}, START, 1)
    without = AccountState.from_state({**saved, "endpoint": "metrics", "reported": False}, START, 1)

    assert with_rows.to_state()["closed"] == [span]
    assert with_rows.failed == {Date(2026, 7, 30)}
    assert (with_rows.endpoint, without.endpoint) == ("metrics", None)


def test_days_that_the_older_endpoint_gave_are_not_asked_from_the_other() -> None:
    state, day, idle = AccountState(START), START.subtract(days=3), START.subtract(days=4)
    state.keep_row(day, digest({"n": 1}), "metrics")
    state.mark_answered(idle, NoReport(), "metrics")

    assert state.read_days("metrics") == set()
    assert state.read_days("usage_reports") == {day}
    state.keep_row(idle, digest({"n": 2}), "usage_reports")
    assert state.digests.keys() == {idle}
    assert AccountState.from_state(state.to_state(), START).read_days("usage_reports") == {day}


def test_an_endpoint_that_is_missing_in_the_state_is_no_change_of_endpoint() -> None:
    day = START.subtract(days=3)
    saved = {"digests": {day.isoformat(): ROW, "2026-07-20": ROW}, "endpoint": None}
    state = AccountState.from_state(saved, START)

    answered(state, day, Found({}))

    assert state.digests.keys() == {day, Date(2026, 7, 20)}
    assert not state.read_days("usage_reports")


def test_no_report_of_the_older_endpoint_does_not_count_for_the_other() -> None:
    state, day = AccountState(START), START.subtract(days=30)
    state.keep_row(START.subtract(days=3), ROW, "metrics")
    state.mark_answered(day, NoReport(), "metrics")
    state = later(state, START.add(days=7))
    assert state.no_report_since == {day: START}

    answered(state, START, Found({}))
    answered(state, day, NoReport())

    assert not state.closed


@pytest.mark.parametrize("age", [3, 30])
def test_a_failed_day_stays_open_and_is_named_until_it_is_read(age: int) -> None:
    state, day = AccountState(START), START.subtract(days=age)
    answered(state, day, FAILED)

    state = later(state, START)
    assert state.failed == {day}
    assert not state.read_days("usage_reports")
    answered(state, day, Found({}))
    assert state.to_state()["failed"] == []


@pytest.mark.parametrize("known", ["closed", "from_other_endpoint", "digests"])
def test_a_state_is_blank_until_anything_is_known_of_a_day(known: str) -> None:
    span, texts = {"from": "2026-07-01", "through": "2026-07-01"}, {"2026-07-31": "f" * 16}

    assert AccountState(START).is_blank()
    assert not AccountState.from_state({known: texts if known == "digests" else [span]}, START).is_blank()
