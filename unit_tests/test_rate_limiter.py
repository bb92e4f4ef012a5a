"""At most 900 calls in any minute, for all threads together, and none while a limit is in force."""

import threading
from itertools import pairwise

import pendulum
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from integration_tests.clock import TurnedClock
from source_usage_metrics.clock import Clock
from source_usage_metrics.rate_limiter import Permit, RateLimiter

NOON = pendulum.datetime(2026, 11, 22, 12)
NO_STOP = threading.Event()
FIRST = Permit(0, 0)


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
        assert limiter.acquire(NO_STOP)
        calls.append(clock.monotonic())
        clock.sleep(pause)

    assert most_in_a_minute(calls) <= 20


def test_three_thousand_calls_take_three_minutes_and_no_longer(clock: TurnedClock) -> None:
    limiter, calls = RateLimiter(clock, lambda until: None), []

    for _ in range(3000):
        assert limiter.acquire(NO_STOP)
        calls.append(clock.monotonic())

    assert calls[-1] - calls[0] == pytest.approx(3 * 61, abs=1)
    assert all(late - early > 60 for early, late in zip(calls, calls[900:], strict=False))


def test_threads_share_one_pace(clock: TurnedClock) -> None:
    limiter, calls = RateLimiter(clock, lambda until: None, calls=10), []

    def work() -> None:
        for _ in range(25):
            assert limiter.acquire(NO_STOP)
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

    limiter.pause(330, FIRST)
    assert limiter.acquire(NO_STOP)

    assert clock.monotonic() - start == 330
    assert {until for _, until in told} == {NOON.add(seconds=330)}
    assert told[0][0] == start
    assert all(late - early <= 60 for (early, _), (late, _) in pairwise(told))


def test_of_two_limits_the_longer_one_holds(clock: TurnedClock) -> None:
    limiter = RateLimiter(clock, lambda until: None)
    start = clock.monotonic()

    limiter.pause(200, FIRST)
    limiter.pause(100, FIRST)
    assert limiter.acquire(NO_STOP)

    assert clock.monotonic() - start == 200


def test_a_limit_of_which_requests_under_way_together_are_told_is_waited_out_once(clock: TurnedClock) -> None:
    """The second thread hears of the limit only when the first has waited it out."""
    limiter, start = RateLimiter(clock, lambda until: None), clock.monotonic()
    first, second = limiter.acquire(NO_STOP), limiter.acquire(NO_STOP)
    assert first
    assert second

    limiter.pause(3600, first)
    assert limiter.acquire(NO_STOP) == Permit(3600, 1)
    limiter.pause(3600, second)

    assert limiter.acquire(NO_STOP) == Permit(0, 1)
    assert clock.monotonic() == start + 3600


def test_a_limit_that_comes_back_is_waited_out_again(clock: TurnedClock) -> None:
    limiter, start = RateLimiter(clock, lambda until: None), clock.monotonic()

    for _ in range(2):
        permit = limiter.acquire(NO_STOP)
        assert permit
        limiter.pause(3600, permit)
    limiter.acquire(NO_STOP)

    assert clock.monotonic() == start + 7200


def test_nobody_waits_once_all_are_stopped(clock: TurnedClock) -> None:
    limiter, stop, start = RateLimiter(clock, lambda until: None), threading.Event(), clock.monotonic()
    limiter.pause(3600, FIRST)
    stop.set()

    assert limiter.acquire(stop) is None
    assert clock.monotonic() == start


def test_a_stop_ends_the_real_clock_s_wait_at_once() -> None:
    limiter, stop, ended = RateLimiter(Clock(), lambda until: None), threading.Event(), threading.Event()
    limiter.pause(3600, FIRST)

    def wait() -> None:
        limiter.acquire(stop)
        ended.set()

    for _ in range(3):
        threading.Thread(target=wait, daemon=True).start()
    assert not ended.wait(0.1)
    stop.set()

    assert ended.wait(10)
