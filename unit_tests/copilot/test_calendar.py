"""Which days are asked: none forgotten, none twice, in the promised order, right at the seams."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pendulum import Date

from source_usage_metrics.account import ENTERPRISE, ORGANIZATION, Endpoint
from source_usage_metrics.copilot import calendar
from source_usage_metrics.copilot.calendar import Plan, Span

TODAY = Date(2026, 11, 22)
ENDPOINTS = st.sampled_from(["usage_reports", "metrics"])
TODAYS = st.dates(Date(2025, 12, 1), Date(2028, 3, 1)).map(lambda day: Date(day.year, day.month, day.day))


def days_around(today: Date, before: int = 500, after: int = 3) -> st.SearchStrategy[Date]:
    """Days from before the horizon to the future."""
    return st.integers(-before, after).map(lambda days: today.add(days=days))


def horizon_of(endpoint: Endpoint, today: Date) -> Date:
    return calendar.horizon(endpoint, ORGANIZATION.first_report, today)


@st.composite
def settings(draw: st.DrawFn) -> tuple[Date, Date | None, Date | None]:
    """Today, since and until."""
    today = draw(TODAYS)
    return today, draw(st.none() | days_around(today)), draw(st.none() | days_around(today))


@given(settings(), ENDPOINTS)
def test_every_day_that_the_settings_name_is_wanted_or_said_to_be_out_of_reach(
    setting: tuple[Date, Date | None, Date | None], endpoint: Endpoint
) -> None:
    today, since, until = setting
    horizon, yesterday = horizon_of(endpoint, today), today.subtract(days=1)

    wanted = calendar.wanted(since, until, horizon, today)
    lost = calendar.out_of_reach(since, until, horizon)

    first, last = since or horizon, min(until or yesterday, yesterday)
    named = set(Span(first, last).days())
    wanted_days, lost_days = set(wanted.days() if wanted else ()), set(lost.days() if lost else ())
    assert wanted_days == {day for day in named if day >= horizon}
    assert {day for day in lost_days if day <= yesterday} == {day for day in named if day < horizon}


@pytest.mark.parametrize(
    ("endpoint", "today", "horizon"),
    [
        ("usage_reports", Date(2026, 12, 12), Date(2025, 12, 12)),
        ("usage_reports", Date(2026, 12, 11), Date(2025, 12, 12)),
        ("usage_reports", Date(2026, 12, 13), Date(2025, 12, 13)),
        ("usage_reports", Date(2028, 3, 1), Date(2027, 3, 2)),
        ("metrics", Date(2026, 4, 10), Date(2026, 1, 1)),
    ],
)
def test_the_horizon_is_a_year_or_a_hundred_days_less_one_and_never_before_the_first_report(
    endpoint: Endpoint, today: Date, horizon: Date
) -> None:
    assert horizon_of(endpoint, today) == horizon
    assert calendar.wanted(None, None, horizon, today) == Span(horizon, today.subtract(days=1))


def test_an_enterprises_reports_begin_earlier() -> None:
    assert calendar.horizon("usage_reports", ENTERPRISE.first_report, Date(2026, 1, 1)) == Date(2025, 10, 10)
    assert calendar.horizon("usage_reports", ENTERPRISE.first_report, Date(2026, 10, 11)) == Date(2025, 10, 11)


@pytest.mark.parametrize(
    ("since", "until", "first", "last"),
    [
        (Date(2026, 11, 21), None, Date(2026, 11, 21), Date(2026, 11, 21)),
        (Date(2026, 11, 22), None, None, None),
        (Date(2026, 8, 1), Date(2026, 8, 1), Date(2026, 8, 1), Date(2026, 8, 1)),
        (Date(2026, 8, 2), Date(2026, 8, 1), None, None),
        (None, Date(2025, 12, 12), Date(2025, 12, 12), Date(2025, 12, 12)),
        (None, Date(2025, 12, 11), None, None),
        (Date(2025, 12, 11), Date(2027, 1, 1), Date(2025, 12, 12), Date(2026, 11, 21)),
    ],
)
def test_both_bounds_are_included_and_yesterday_is_the_last_day(
    since: Date | None, until: Date | None, first: Date | None, last: Date | None
) -> None:
    wanted = calendar.wanted(since, until, horizon_of("usage_reports", TODAY), TODAY)

    assert wanted == (Span(first, last) if first and last else None)


@given(TODAYS, st.data())
def test_what_is_wanted_and_not_done_is_asked_once_and_nothing_else(today: Date, data: st.DataObject) -> None:
    first, last = sorted(data.draw(st.tuples(days_around(today, 120), days_around(today, 120))))
    done = data.draw(st.sets(days_around(today, 130)))

    asked = calendar.plan(Span(first, last), done, done, today).days()

    assert sorted(asked) == [day for day in Span(first, last).days() if day not in done]


@given(TODAYS, st.data())
def test_recent_days_come_first_then_what_was_missed_then_the_history_backwards(
    today: Date, data: st.DataObject
) -> None:
    first = data.draw(days_around(today, 120, -1))
    done = data.draw(st.sets(days_around(today, 130)))

    plan = calendar.plan(Span(first, today.subtract(days=1)), done, done, today)

    assert list(plan.recent) == sorted(plan.recent)
    assert all(calendar.age(day, today) <= 28 for day in plan.recent)
    assert list(plan.gap) == sorted(plan.gap)
    assert all(min(done) < day < today.subtract(days=28) for day in plan.gap)
    assert list(plan.backfill) == sorted(plan.backfill, reverse=True)
    assert all(day < min(done, default=today) and calendar.age(day, today) > 28 for day in plan.backfill)


def test_nothing_wanted_is_nothing_asked() -> None:
    assert calendar.plan(None, set(), set(), TODAY).days() == ()


@given(TODAYS, st.integers(0, 28), st.integers(0, 60), st.integers(0, 60))
def test_batches_keep_every_day_in_its_place_and_are_never_longer_than_28(
    today: Date, recent: int, gap: int, backfill: int
) -> None:
    days = [today.subtract(days=back) for back in range(recent + gap + backfill)]
    plan = Plan(tuple(days[:recent]), tuple(days[recent : recent + gap]), tuple(days[recent + gap :]))

    batches = calendar.batches(plan)

    assert tuple(day for batch in batches for day in batch) == plan.days() == tuple(days)
    assert all(0 < len(batch) <= 28 for batch in batches)
    assert not recent or batches[0] == plan.recent
    assert plan.recent + plan.older() == plan.days()


@given(TODAYS, st.integers(1, 365))
def test_probes_are_the_last_days_and_one_in_each_28_and_fifteen_at_most(today: Date, count: int) -> None:
    days = [today.subtract(days=back) for back in range(1, count + 1)]

    probes = calendar.probes(days[::-1])

    assert probes[0] == days[0]
    assert len(probes) <= 15
    assert count < 3 or days[2] in probes
    assert all(early.toordinal() - late.toordinal() <= 28 for early, late in pairwise(probes))
    assert probes[-1].toordinal() - days[-1].toordinal() < 28
    assert count > 14 or list(probes) == days


@given(st.sets(days_around(TODAY, 60)), st.sets(days_around(TODAY, 60)))
def test_a_plan_of_some_days_only_keeps_their_order(days: set[Date], some: set[Date]) -> None:
    plan = calendar.plan(Span(TODAY.subtract(days=90), TODAY), days, days, TODAY)

    assert plan.only(some).days() == tuple(day for day in plan.days() if day in some)


@pytest.mark.parametrize(
    ("day", "today", "at_the_edge"),
    [
        (Date(2026, 11, 21), TODAY, True),
        (Date(2026, 11, 20), TODAY, True),
        (Date(2026, 11, 19), TODAY, False),
        (Date(2025, 12, 12), TODAY, True),
        (Date(2025, 12, 13), TODAY, True),
        (Date(2025, 12, 14), TODAY, False),
        (Date(2026, 1, 1), Date(2027, 1, 1), True),
        (Date(2026, 1, 2), Date(2027, 1, 1), True),
        (Date(2026, 1, 3), Date(2027, 1, 1), False),
    ],
)
def test_the_edge_of_the_range_is_its_first_and_last_day_and_those_beside_them(
    day: Date, today: Date, at_the_edge: bool
) -> None:
    assert calendar.is_at_the_edge(day, horizon_of("usage_reports", today), today) == at_the_edge


@pytest.mark.parametrize(("days", "stale"), [(0, False), (3, False), (4, True)])
def test_a_28_day_report_is_stale_when_it_is_more_than_three_days_old(days: int, stale: bool) -> None:
    assert calendar.is_stale(TODAY.subtract(days=days), TODAY) == stale


@pytest.mark.parametrize(("days", "may"), [(6, False), (7, True)])
def test_no_report_may_be_repeated_after_seven_days(days: int, may: bool) -> None:
    assert calendar.may_repeat(TODAY.subtract(days=days), TODAY) == may


@given(st.sets(days_around(TODAY, 60)))
def test_spans_are_the_fewest_that_hold_exactly_these_days(days: set[Date]) -> None:
    spans = calendar.spans(days)

    assert [day for span in spans for day in span.days()] == sorted(days)
    assert all(later.first.toordinal() - earlier.last.toordinal() > 1 for earlier, later in pairwise(spans))
    assert all((day in span) == (day in span.days()) for span in spans for day in days)


@pytest.mark.parametrize(
    ("age", "recent", "settled", "final"),
    [
        (1, True, False, False),
        (4, True, False, False),
        (5, True, True, False),
        (20, True, True, False),
        (21, True, True, True),
        (28, True, True, True),
        (29, False, True, True),
    ],
)
def test_a_day_settles_at_five_is_final_at_twenty_one_and_leaves_the_file_after_twenty_eight(
    age: int, recent: bool, settled: bool, final: bool
) -> None:
    day = TODAY.subtract(days=age)

    assert calendar.is_recent(day, TODAY) == recent
    assert calendar.is_settled(day, TODAY) == settled
    assert calendar.is_final(day, TODAY) == final


@given(TODAYS)
def test_a_day_settles_exactly_once(day: Date) -> None:
    settled = [calendar.is_settled(day, day.add(days=later)) for later in range(60)]

    assert settled == sorted(settled)
    assert settled.count(False) == 5
