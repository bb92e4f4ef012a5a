"""The ledger: what is open, what is news, and how that becomes state and comes back, edited by hand or damaged."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pendulum import Date

from source_usage_metrics.copilot import calendar
from source_usage_metrics.copilot.ledger import DamagedState, Ledger, digest

START = Date(2026, 8, 1)
SEEDS = st.integers(0, 10**6)


def test_no_report_closes_no_day_before_there_was_a_row() -> None:
    ledger, first, second, third = Ledger(START), *(START.subtract(days=age) for age in (40, 39, 38))

    ledger.cover(first, None)
    ledger.cover(second, digest({}))
    ledger.cover(third, None)

    assert ledger.done == {second, third}
    assert Ledger.from_state(ledger.to_state(), START).reported
    assert not Ledger.from_state(Ledger(START).to_state(), START).reported


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
    assert (again.organization_id, again.recent_singly, again.endpoint) == (str(seed), singly, "usage_reports")


def test_a_row_is_news_when_it_is_new_revised_or_settled() -> None:
    ledger, day = Ledger(START), START.subtract(days=4)
    first, settled, revised = (digest({"n": n, "is_settled": age > 4}) for n, age in ((0, 4), (0, 5), (1, 5)))

    assert ledger.news(day, first) == "new"
    ledger.cover(day, first)
    assert ledger.news(day, first) is None
    assert ledger.news(day, settled) == "settled"
    assert ledger.news(day, revised) == "revised"


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
