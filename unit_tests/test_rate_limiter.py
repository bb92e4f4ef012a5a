"""At most 900 calls in any minute, for all threads together, and none while a limit is in force."""

import threading
from itertools import pairwise

import pendulum
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from integration_tests.harness import TurnedClock
from source_usage_metrics.rate_limiter import RateLimiter

NOON = pendulum.datetime(2026, 11, 22, 12)


@pytest.fixture
def clock() -> TurnedClock:
    return TurnedClock(NOON)


def most_in_a_minute(calls: list[float]) -> int:
    """The most calls in any 60 seconds, both ends included."""
    return max(sum(1 for call in calls if start <= call <= start + 60) for start in calls)


@settings(max_examples=20)
@given(st.lists(st.floats(0, 30), min_size=1, max_size=200))
def test_no_minute_has_more_calls_than_allowed_however_long_the_answers_take(pauses: list[float]) -> None:
    clock, calls = TurnedClock(NOON), []
    limiter = RateLimiter(clock, lambda until: None, calls=20)

    for pause in pauses:
        limiter.acquire()
        calls.append(clock.monotonic())
        clock.sleep(pause)

    assert most_in_a_minute(calls) <= 20


def test_three_thousand_calls_take_three_minutes_and_no_longer(clock: TurnedClock) -> None:
    limiter, calls = RateLimiter(clock, lambda until: None), []

    for _ in range(3000):
        limiter.acquire()
        calls.append(clock.monotonic())

    assert calls[-1] - calls[0] == pytest.approx(3 * 61, abs=1)
    assert all(late - early > 60 for early, late in zip(calls, calls[900:], strict=False))


def test_threads_share_one_pace(clock: TurnedClock) -> None:
    limiter, calls = RateLimiter(clock, lambda until: None, calls=10), []

    def work() -> None:
        for _ in range(25):
            limiter.acquire()
            calls.append(clock.monotonic())

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(calls) == 100
    assert most_in_a_minute(calls) <= 10


def test_a_limit_holds_everybody_and_is_told_each_minute(clock: TurnedClock) -> None:
    told: list[tuple[float, pendulum.DateTime]] = []
    limiter = RateLimiter(clock, lambda until: told.append((clock.monotonic(), until)))
    start = clock.monotonic()

    limiter.pause(330)
    limiter.acquire()

    assert clock.monotonic() - start == 330
    assert {until for _, until in told} == {NOON.add(seconds=330)}
    assert told[0][0] == start
    assert all(late - early <= 60 for (early, _), (late, _) in pairwise(told))


def test_of_two_limits_the_longer_one_holds(clock: TurnedClock) -> None:
    limiter = RateLimiter(clock, lambda until: None)
    start = clock.monotonic()

    limiter.pause(200)
    limiter.pause(100)
    limiter.acquire()

    assert clock.monotonic() - start == 200
