"""What the clients of all hosts share: sending until there is an answer, as the error table says."""

import random
import re
import threading
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from email.utils import parsedate_to_datetime
from typing import Protocol
from urllib.parse import urlsplit

from source_usage_metrics.clock import Clock
from source_usage_metrics.errors import (
    EveryOrganizationFails,
    Failure,
    HostUnreachable,
    Rule,
    SignInRefused,
    rule_for,
)
from source_usage_metrics.rate_limiter import Permit, RateLimiter
from source_usage_metrics.transport import MIB, Outcome, Request, Response, Transport, TransportError, redirected

TRIES = 6
LONGEST_BACKOFF = 16  # 1 + 2 + 4 + 8 + 16: 31 seconds at most for six tries
REDIRECTS = 5
DIGITS = re.compile("[0-9]+")
NO_LIMIT = Permit(0, 0)


class SignIn(Protocol):
    """How the requests of one organization are signed."""

    def headers(self) -> Mapping[str, str]:
        """What signs a request; it may send some itself, for a token."""

    def renew(self) -> bool:
        """Drop the token that was used last, since it was refused; whether there can be another."""


class LinkRefused(Exception):
    """A signed link that is not taken; `failure` is for when a fresh one isn't either."""

    def __init__(self, failure: Failure) -> None:
        super().__init__()
        self.failure = failure


class CircuitBreaker:
    """For one host: once a failure has tripped it that no other request would escape, each raises it at once."""

    def __init__(self) -> None:
        self.tripped = threading.Event()
        self._failure: Failure | None = None

    def trip(self, failure: Failure) -> Failure:
        """The failure, to be raised; remembered if no other request to the host would succeed."""
        if isinstance(failure, (EveryOrganizationFails, HostUnreachable)) and not self.tripped.is_set():
            self._failure = failure
            self.tripped.set()
        return failure

    def check(self) -> None:
        """Raises the failure that has tripped it, if one has."""
        if self._failure:
            raise self._failure.copy()


class CircuitBreakers:
    """One for each host that is met: a link to an odd host says nothing about the others."""

    def __init__(self) -> None:
        self._by_host: dict[str, CircuitBreaker] = {}

    def of(self, url: str) -> CircuitBreaker:
        """That of the URL's host."""
        return self._by_host.setdefault(urlsplit(url).netloc, CircuitBreaker())


class ApiClient:
    """One kind of requests to an API: its error table, its limits, and what its sentences may name.

    context: what the table's sentences may name: api, hosts. limiter: None where nothing limits the requests.
    """

    def __init__(
        self,
        transport: Transport,
        clock: Clock,
        table: Sequence[Rule],
        context: Mapping[str, str],
        limiter: RateLimiter | None,
        breakers: CircuitBreakers,
    ) -> None:
        self._transport, self._clock, self._table, self._limiter = transport, clock, table, limiter
        self._context, self._breakers = {**context, "max_wait": _minutes(limiter.max_wait) if limiter else ""}, breakers
        self._lock = threading.Lock()
        self._sent: Counter[str] = Counter()

    def sent(self, whose: str) -> int:
        """Requests sent so far on behalf of one organization, retries and redirects among them."""
        with self._lock:
            return self._sent[whose]

    def send(self, request: Request, what: str, whose: str, sign_in: SignIn | None = None) -> Response:
        """The answer, after up to six tries and 31 seconds of pauses; limits are waited out apart from these.

        sign_in: asked anew each time, since a token may run out while a limit is waited out; renewed once, if refused.

        Raises:
            Failure: as the table says, or as another request to this host has met that no request escapes.
            LinkRefused: the table says to ask for a new link.
        """
        context = {**self._context, "what": what, "limit": str(request.limit // MIB)}
        breaker = self._breakers.of(request.url)
        retries, limits, waited, is_renewed = 0, 0, 0.0, False
        while True:
            outcome, permit = self._exchange(request, whose, sign_in, breaker)
            rule, waited = rule_for(self._table, outcome), waited + permit.waited
            if rule is None and isinstance(outcome, Response):
                return outcome
            assert rule is not None
            failure = rule.failure(outcome, context)
            if rule.action == "renew":
                raise LinkRefused(failure)
            if isinstance(failure, SignInRefused) and not is_renewed and sign_in and sign_in.renew():
                is_renewed = True
            elif rule.action == "retry" and retries < TRIES - 1:
                retries += 1
                self._clock.wait(breaker.tripped, backoff(retries))
            elif rule.action == "wait" and self._pauses(outcome, permit, limits, waited):
                limits += 1
            else:
                raise breaker.trip(failure)

    def give_up(self, url: str, failure: Failure) -> Failure:
        """The failure as one of every organization: no other request to the host succeeds from here on."""
        return self._breakers.of(url).trip(failure.widened(EveryOrganizationFails))

    def _exchange(
        self, request: Request, whose: str, sign_in: SignIn | None, breaker: CircuitBreaker
    ) -> tuple[Outcome, Permit]:
        """One try, redirects on the same host followed; each of its requests passes the limiter, and is counted."""
        start = self._clock.monotonic()
        headers = sign_in.headers() if sign_in else {}  # before there is a permit, which would age meanwhile
        waited = self._clock.monotonic() - start
        for _ in range(REDIRECTS + 1):
            permit = self._limiter.acquire(breaker.tripped) if self._limiter else NO_LIMIT
            breaker.check()
            assert permit is not None
            waited += permit.waited
            with self._lock:
                self._sent[whose] += 1
            if permit.waited and sign_in:
                headers = sign_in.headers()
            outcome = self._transport.send(replace(request, headers={**request.headers, **headers}))
            target = redirected(request, outcome)
            if not isinstance(target, Request):
                return target or outcome, replace(permit, waited=waited)
            request = target
        return TransportError("redirected"), NO_LIMIT

    def _pauses(self, outcome: Outcome, permit: Permit, limits: int, waited: float) -> bool:
        """Whether the limit that was met is waited out: all requests pause then."""
        if self._limiter is None or not isinstance(outcome, Response):
            return False
        # Told nothing, or to come back at once again and again: GitHub bans who goes on at the same speed.
        told = self._told(outcome)
        seconds = max(told, 2.0**limits) if told is not None else 60 * 2.0**limits
        if waited + seconds > self._limiter.max_wait:
            return False
        self._limiter.pause(seconds, permit)
        return True

    def _told(self, response: Response) -> float | None:
        """Seconds to wait: https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api."""
        after = response.headers.get("retry-after", "").strip()
        if DIGITS.fullmatch(after):
            return float(after) + 1
        instant = http_date(after) if after else _reset(response)
        here = http_date(response.headers.get("date", ""))  # theirs, if they tell: this machine's clock may be off
        return None if instant is None else instant - (here or self._clock.now().timestamp()) + 1


def backoff(retries: int) -> float:
    """Seconds before a retry: doubled each time, with jitter, so that many clients don't come back at once."""
    longest: float = min(2.0 ** (retries - 1), LONGEST_BACKOFF)
    return random.uniform(longest / 2, longest)  # noqa: S311 # no secret


def _minutes(seconds: float) -> str:
    return f"{seconds / 60:.0f} minute" + ("s" if seconds > 60 else "")


def _reset(response: Response) -> float | None:
    used_up = response.headers.get("x-ratelimit-remaining", "").strip() == "0"
    reset = response.headers.get("x-ratelimit-reset", "").strip()
    return float(reset) if used_up and DIGITS.fullmatch(reset) else None


def http_date(text: str) -> float | None:
    """The instant of a header such as "Sun, 22 Nov 2026 06:00:00 GMT" as seconds since 1970; None if it isn't one."""
    try:
        return parsedate_to_datetime(text).timestamp()
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
