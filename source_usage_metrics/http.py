"""What both APIs' clients share: asking until there is an answer, as the failure table says."""

import re
import threading
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from email.utils import parsedate_to_datetime

import tenacity

from source_usage_metrics.clock import Clock
from source_usage_metrics.errors import Failure, Rule, rule_for
from source_usage_metrics.rate_limiter import RateLimiter
from source_usage_metrics.transport import MIB, Request, Response, Transport

Sign = Callable[[], Mapping[str, str]]
TRIES = 6
DIGITS = re.compile("[0-9]+")
LONGEST_PAUSE = 16  # 1 + 2 + 4 + 8 + 16: 31 seconds for six tries


class LinkRefused(Exception):
    """A signed link that is not taken; `failure` is for when a fresh one isn't either."""

    def __init__(self, failure: Failure) -> None:
        super().__init__()
        self.failure = failure


class _Again(Exception):
    def __init__(self, failure: Failure) -> None:
        super().__init__()
        self.failure = failure


class ApiClient:
    """One API: its failure table and its limiter.

    context: what the table's sentences may name: api, hosts.
    """

    def __init__(
        self,
        transport: Transport,
        clock: Clock,
        table: Sequence[Rule],
        context: Mapping[str, str],
        limiter: RateLimiter | None,
    ) -> None:
        self._transport, self._clock, self._table, self._context, self._limiter = (
            transport,
            clock,
            table,
            context,
            limiter,
        )
        self._lock = threading.Lock()
        self._sent: Counter[str] = Counter()

    def sent(self, whose: str) -> int:
        """Requests sent so far on behalf of one organization, retries among them."""
        with self._lock:
            return self._sent[whose]

    def send(self, request: Request, what: str, whose: str, sign: Sign | None = None) -> Response:
        """The answer, after up to six tries and 31 seconds of pauses; limits are waited out apart from these.

        sign: gives the headers that sign a request, anew for each try: a token may run out while a limit is waited out.

        Raises:
            Failure: as the table says.
            LinkRefused: the table says to ask for a new link.
        """
        context = {**self._context, "what": what, "whose": whose, "limit": str(request.limit // MIB)}
        context["max_wait"] = _minutes(self._limiter.max_wait) if self._limiter else ""
        retrying = tenacity.Retrying(
            stop=tenacity.stop_after_attempt(TRIES),
            wait=tenacity.wait_exponential(max=LONGEST_PAUSE),
            retry=tenacity.retry_if_exception_type(_Again),
            sleep=self._clock.sleep,
            reraise=True,
        )
        try:
            return retrying(self._try, request, sign, context)
        except _Again as again:
            failure = again.failure
        raise failure

    def _try(self, request: Request, sign: Sign | None, context: Mapping[str, str]) -> Response:
        limits_met, waited = 0, 0.0
        while True:
            if self._limiter:
                self._limiter.acquire()
            with self._lock:
                self._sent[context["whose"]] += 1
            seen = self._transport.send(replace(request, headers={**request.headers, **sign()}) if sign else request)
            rule = rule_for(self._table, seen)
            if rule is None and isinstance(seen, Response):
                return seen
            assert rule is not None
            failure = rule.failure(seen, context)
            if rule.action == "retry":
                raise _Again(failure)
            if rule.action == "renew":
                raise LinkRefused(failure)
            if rule.action == "fail" or self._limiter is None or not isinstance(seen, Response):
                raise failure
            # Told nothing, or to come back at once again and again: GitHub bans who goes on at the same limiter.
            told = self._told(seen)
            seconds = max(told, 2.0**limits_met) if told is not None else 60 * 2.0**limits_met
            limits_met, waited = limits_met + 1, waited + seconds
            if waited > self._limiter.max_wait:
                raise failure
            self._limiter.pause(seconds)

    def _told(self, response: Response) -> float | None:
        """Seconds to wait: https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api."""
        after = response.headers.get("retry-after", "").strip()
        if DIGITS.fullmatch(after):
            return float(after) + 1
        instant = http_date(after) if after else _reset(response)
        here = http_date(response.headers.get("date", ""))  # theirs, if they tell: this machine's clock may be off
        return None if instant is None else instant - (here or self._clock.now().timestamp()) + 1


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
