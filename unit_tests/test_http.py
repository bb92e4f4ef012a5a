"""Asking until there is an answer: tries, pauses, limits, and what is given up."""

import threading
from collections.abc import Iterable, Mapping
from typing import Any, cast

import pendulum
import pytest
from airbyte_cdk.models import FailureType
from hypothesis import example, given
from hypothesis import strategies as st

from integration_tests.clock import TurnedClock
from source_usage_metrics.error_table import DOWNLOAD, GITHUB
from source_usage_metrics.errors import EveryOrganizationFails, Failure, HostUnreachable, LimitReached, SignInRefused
from source_usage_metrics.http import ApiClient, CircuitBreakers, LinkRefused, http_date
from source_usage_metrics.rate_limiter import Permit, RateLimiter
from source_usage_metrics.transport import Outcome, Request, Response, Transport, TransportError, TransportErrorKind

NOON = pendulum.datetime(2026, 11, 22, 12)
GOOD = Response(200, {}, b"{}")
ASK = Request("https://api.example.com/thing?sig=S1gn4tur3")


class Script:
    """In place of the wire: answers as written, the last answer again and again."""

    def __init__(self, *answers: Outcome) -> None:
        self._answers, self.asked = list(answers), list[Request]()

    def send(self, request: Request) -> Outcome:
        self.asked.append(request)
        return self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]


class Signs:
    """A sign-in with these tokens, one after the other."""

    def __init__(self, tokens: Iterable[str], renewals: int = 0) -> None:
        self._tokens, self._renewals = iter(tokens), renewals

    def headers(self) -> Mapping[str, str]:
        return {"Authorization": next(self._tokens)}

    def renew(self) -> bool:
        self._renewals -= 1
        return self._renewals >= 0


@pytest.fixture
def clock() -> TurnedClock:
    return TurnedClock(NOON)


def client(script: Script, clock: TurnedClock, table: Any = GITHUB) -> ApiClient:
    context = {"api": "GitHub's API", "hosts": "api.github.com"}
    limiter = RateLimiter(clock, lambda until: None)
    return ApiClient(cast(Transport, script), clock, table, context, limiter, CircuitBreakers())


def limited(status: int = 403, **headers: str) -> Response:
    return Response(status, {name.replace("_", "-"): value for name, value in headers.items()}, b"rate limit")


def waited(clock: TurnedClock, *answers: Outcome) -> float:
    """Seconds until the good answer at the end is had."""
    start = clock.monotonic()
    assert client(Script(*answers, GOOD), clock).send(ASK, "a thing", "acme") is GOOD
    return clock.monotonic() - start


@pytest.mark.parametrize("failures", range(6))
def test_up_to_five_troubles_are_gone_through(clock: TurnedClock, failures: int) -> None:
    script = Script(*[Response(502, {}, b"")] * failures, GOOD)

    assert client(script, clock).send(ASK, "a thing", "acme") is GOOD
    assert len(clock.slept) == failures
    assert all(most / 2 <= slept <= most for slept, most in zip(clock.slept, (1, 2, 4, 8, 16), strict=False))


def test_many_that_fail_at_once_do_not_come_back_at_once() -> None:
    clocks = [TurnedClock(NOON) for _ in range(20)]

    for clock in clocks:
        client(Script(Response(502, {}, b""), GOOD), clock).send(ASK, "a thing", "acme")

    assert len({clock.slept[0] for clock in clocks}) > 10


@pytest.mark.parametrize("trouble", [Response(502, {}, b""), TransportError("dropped"), Response(200, {}, b"<html>")])
def test_the_sixth_is_the_last_and_is_told_in_our_words(clock: TurnedClock, trouble: Outcome) -> None:
    script = Script(trouble)

    with pytest.raises(Failure, match=r"a thing \(6 tries\)\.|a thing was not JSON \(6 tries\)\.") as raised:
        client(script, clock).send(ASK, "a thing", "acme")

    assert len(script.asked) == 6
    assert 31 / 2 <= sum(clock.slept) <= 31
    assert raised.value.failure_type == FailureType.transient_error
    assert "S1gn4tur3" not in f"{raised.value!r} {raised.value.__context__!r} {ASK!r}"


def test_what_only_the_user_can_mend_is_not_tried_again(clock: TurnedClock) -> None:
    script = Script(Response(401, {}, b""))

    with pytest.raises(Failure):
        client(script, clock).send(ASK, "a thing", "acme")

    assert (len(script.asked), clock.slept) == (1, [])


def test_a_worthless_link_is_not_tried_again_but_renewed_by_who_asked(clock: TurnedClock) -> None:
    script = Script(Response(403, {}, b""))

    with pytest.raises(LinkRefused) as raised:
        client(script, clock, DOWNLOAD).send(ASK, "a thing", "acme")

    assert (len(script.asked), clock.slept) == (1, [])
    assert "answered 403 for a thing, with 3 fresh links." in raised.value.failure.sentence


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry_after": "30"}, 31),
        ({"retry_after": " 0 "}, 1),
        ({"retry_after": "Sun, 22 Nov 2026 12:02:00 GMT"}, 121),
        ({"retry_after": "Sun, 22 Nov 2026 11:00:00 GMT"}, 1),
        ({"retry_after": "Sun, 22 Nov 2026 12:02:00 +0000", "x_ratelimit_remaining": "0"}, 121),
        ({"retry_after": "soon"}, 60),
        ({"retry_after": "-5"}, 60),
        ({"retry_after": "\u00b2"}, 60),
        ({"retry_after": "1.5"}, 60),
        ({"x_ratelimit_remaining": "0", "x_ratelimit_reset": str(int(NOON.timestamp()) + 600)}, 601),
        ({"x_ratelimit_remaining": "0", "x_ratelimit_reset": "\u00b2"}, 60),
        ({"x_ratelimit_remaining": "0"}, 60),
        ({"x_ratelimit_remaining": "7", "x_ratelimit_reset": str(int(NOON.timestamp()) + 600)}, 60),
        ({}, 60),
    ],
)
@pytest.mark.parametrize("status", [403, 429])
def test_a_limit_is_waited_out_as_told(
    clock: TurnedClock, status: int, headers: Mapping[str, str], seconds: float
) -> None:
    body = b'{"message": "You have exceeded a secondary rate limit"}'
    named = {name.replace("_", "-"): value for name, value in headers.items()}

    assert waited(clock, Response(status, named, body)) == pytest.approx(seconds)


def test_a_limit_that_tells_nothing_is_waited_out_longer_each_time(clock: TurnedClock) -> None:
    assert waited(clock, *[limited(429)] * 3) == 60 + 120 + 240


def test_being_told_to_come_back_at_once_again_and_again_makes_us_slower(clock: TurnedClock) -> None:
    assert waited(clock, *[limited(retry_after="0")] * 6) == 1 + 2 + 4 + 8 + 16 + 32


def test_limits_are_apart_from_the_six_tries(clock: TurnedClock) -> None:
    trouble, limit = Response(502, {}, b""), limited(retry_after="9")

    assert 31 / 2 + 20 <= waited(clock, trouble, trouble, limit, trouble, limit, trouble, trouble) <= 31 + 20


@pytest.mark.parametrize(
    "limit",
    [
        limited(retry_after="4000"),
        limited(retry_after="9" * 400),
        limited(retry_after="0"),
        limited(429),
        limited(429, x_ratelimit_remaining="0", x_ratelimit_reset="9" * 400),
        limited(retry_after="Sun, 22 Nov 2026 13:30:00 GMT"),
        limited(retry_after="Sun, 22 Nov 2026 12:40:00 GMT"),
    ],
)
def test_no_limit_holds_a_request_for_more_than_65_minutes(clock: TurnedClock, limit: Response) -> None:
    script = Script(limit)

    with pytest.raises(LimitReached) as raised:
        client(script, clock).send(ASK, "a thing", "acme")

    assert sum(clock.slept) <= 65 * 60
    assert len(script.asked) <= 13
    assert raised.value.failure_type == FailureType.transient_error


def test_a_limit_met_by_one_thread_is_obeyed_by_the_next_request(clock: TurnedClock) -> None:
    asking = client(Script(limited(retry_after="100"), GOOD), clock)
    asking.send(ASK, "a thing", "acme")
    start = clock.monotonic()

    asking.send(ASK, "a thing", "beta")

    assert clock.monotonic() == start


def test_every_try_is_signed_anew(clock: TurnedClock) -> None:
    script, sign_in = Script(Response(502, {}, b""), limited(retry_after="5"), GOOD), Signs("abcd")

    client(script, clock).send(ASK, "a thing", "acme", sign_in)

    # Before it waits for the limit, and once more after that.
    assert [request.headers["Authorization"] for request in script.asked] == ["a", "b", "d"]


def test_a_refused_token_is_renewed_once(clock: TurnedClock) -> None:
    script, sign_in = Script(Response(401, {}, b"")), Signs("abcd", renewals=9)

    with pytest.raises(SignInRefused):
        client(script, clock).send(ASK, "a thing", "acme", sign_in)

    assert [request.headers["Authorization"] for request in script.asked] == ["a", "b"]


def test_a_renewed_token_gives_no_more_patience_with_limits(clock: TurnedClock) -> None:
    script = Script(limited(retry_after="3600"), Response(401, {}, b""), limited(retry_after="3600"))

    with pytest.raises(LimitReached):
        client(script, clock).send(ASK, "a thing", "acme", Signs("abcdef", renewals=1))

    assert sum(clock.slept) <= 65 * 60


def test_what_the_sign_in_waited_counts(clock: TurnedClock) -> None:
    class Slow(Signs):
        def headers(self) -> Mapping[str, str]:
            clock.sleep(3600)
            return super().headers()

    with pytest.raises(LimitReached):
        client(Script(limited(retry_after="3600")), clock).send(ASK, "a thing", "acme", Slow("ab"))

    assert sum(clock.slept) == 3600


def test_no_permit_ages_while_a_sign_in_takes_its_time(clock: TurnedClock) -> None:
    class Slow(Signs):
        def headers(self) -> Mapping[str, str]:
            clock.sleep(100)
            return {}

    class Limiter(RateLimiter):
        def acquire(self, stop: threading.Event) -> Permit | None:
            granted.append(clock.monotonic())
            return super().acquire(stop)

    class Noted(Script):
        def send(self, request: Request) -> Outcome:
            sent.append(clock.monotonic())
            return super().send(request)

    granted: list[float] = []
    sent: list[float] = []
    limiter = Limiter(clock, lambda until: None)
    sending = ApiClient(cast(Transport, Noted(GOOD)), clock, GITHUB, {}, limiter, CircuitBreakers())

    sending.send(ASK, "a thing", "acme", Slow(""))

    assert granted == sent


def test_calls_are_counted_for_whom_they_are_made(clock: TurnedClock) -> None:
    asking = client(Script(Response(502, {}, b""), GOOD), clock)

    asking.send(ASK, "a thing", "acme")
    asking.send(ASK, "a thing", "beta")

    assert [asking.sent(whose) for whose in ("acme", "beta", "nobody")] == [2, 1, 0]


@given(st.text() | st.from_regex(r"\w{3}, \d{1,3} \w{3} \d{1,6} \d\d:\d\d:\d\d( [A-Z+-]\w{0,20})?", fullmatch=True))
@example("Mon, 01 Jan 0001 00:00:00 -0000")
@example("Mon, 01 Jan 9999 00:00:00 +9999999999")
@example("0")
def test_any_text_is_an_instant_or_none(text: str) -> None:
    found = http_date(text)

    assert found is None or isinstance(found, float)


def test_gmt_is_the_same_on_every_machine() -> None:
    assert http_date("Sun, 22 Nov 2026 12:00:00 GMT") == NOON.timestamp()


def test_no_pace_no_waiting_for_limits(clock: TurnedClock) -> None:
    answers: Iterable[Outcome] = [limited(429)]
    asking = ApiClient(cast(Transport, Script(*answers)), clock, GITHUB, {}, None, CircuitBreakers())

    with pytest.raises(Failure):
        asking.send(ASK, "a thing", "acme")

    assert clock.slept == []


def test_a_request_waits_65_minutes_for_limits_in_all_whatever_else_it_meets(clock: TurnedClock) -> None:
    """Six tries of 65 minutes each would be 381 minutes."""
    script = Script(*[limited(retry_after="3000"), Response(502, {}, b"")] * 6)

    with pytest.raises(LimitReached):
        client(script, clock).send(ASK, "a thing", "acme")

    assert sum(clock.slept) <= 65 * 60 + 31


def test_the_first_that_gives_up_a_limit_stops_all_others(clock: TurnedClock) -> None:
    script = Script(limited(retry_after="4000"), GOOD)
    sending = client(script, clock)
    with pytest.raises(LimitReached):
        sending.send(ASK, "a thing", "acme")

    with pytest.raises(LimitReached, match="rate limit"):
        sending.send(ASK, "a thing", "beta")

    assert (len(script.asked), clock.slept) == (1, [])


@pytest.mark.parametrize("kind", ["name", "refused", "tls"])
def test_what_no_other_request_would_escape_costs_one_request_its_tries(
    clock: TurnedClock, kind: TransportErrorKind
) -> None:
    script = Script(TransportError(kind))
    sending = client(script, clock)

    for organization in ("acme", "beta", "gamma"):
        with pytest.raises(EveryOrganizationFails):
            sending.send(ASK, "a thing", organization)

    assert len(script.asked) == 6


def test_a_link_to_an_odd_host_stops_no_other_host(clock: TurnedClock) -> None:
    script = Script(*[TransportError("name")] * 6, GOOD)
    sending = client(script, clock, DOWNLOAD)

    with pytest.raises(HostUnreachable):
        sending.send(Request("https://odd.example.com/file?sig=S1gn4tur3"), "a thing", "acme")

    assert sending.send(ASK, "a thing", "beta") is GOOD


def test_a_failure_that_an_organization_may_have_alone_stops_no_other(clock: TurnedClock) -> None:
    sending = client(Script(*[Response(502, {}, b"")] * 6, GOOD), clock)

    with pytest.raises(Failure):
        sending.send(ASK, "a thing", "acme")

    assert sending.send(ASK, "a thing", "beta") is GOOD


def test_redirects_pass_the_limiter_and_are_counted(clock: TurnedClock) -> None:
    moved = Response(301, {"location": "/elsewhere"}, b"")
    script = Script(*[moved, GOOD] * 6)
    limiter = RateLimiter(clock, lambda until: None, calls=4)
    sending = ApiClient(cast(Transport, script), clock, GITHUB, {"api": "", "hosts": ""}, limiter, CircuitBreakers())

    for _ in range(6):
        sending.send(ASK, "a thing", "acme")

    assert sending.sent("acme") == 12
    assert sum(clock.slept) == pytest.approx(2 * 61, abs=1)


@pytest.mark.parametrize("to", ["https://evil.example.com/", "http://api.example.com/", "https://[", "//other.example"])
def test_a_redirect_elsewhere_is_not_followed(clock: TurnedClock, to: str) -> None:
    script = Script(Response(302, {"location": to}, b""), GOOD)

    with pytest.raises(Failure, match="redirected the request for a thing to another host"):
        client(script, clock).send(ASK, "a thing", "acme", Signs(["Bearer t0ken"]))

    assert len(script.asked) == 1


def test_a_redirect_without_end_is_given_up(clock: TurnedClock) -> None:
    script = Script(Response(302, {"location": "/again"}, b""))

    with pytest.raises(Failure, match="in a loop"):
        client(script, clock).send(ASK, "a thing", "acme")

    assert len(script.asked) == 6
