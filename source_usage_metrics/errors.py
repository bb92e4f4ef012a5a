"""What a failure is: whose problem, what happened, what to do; and how a row of the failure table meets an answer."""

import json
import re
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeVar

from airbyte_cdk.models import FailureType
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from source_usage_metrics.transport import Outcome, Response, TransportError, TransportErrorKind

# retry: ask again, six times in all. wait: a limit, waited out as told. renew: ask for a new signed link.
Action = Literal["fail", "retry", "wait", "renew"]
# What an answer with a good status may lack all the same.
Due = Literal["JSON", "JSON or nothing", "success: true"]
AnyFailure = TypeVar("AnyFailure", bound="Failure")
# No line that is printed is to be over 64 KB; a trace has the message twice, and once what the CDK logs.
MOST_BYTES, MOST_LOGGED_BYTES = 25_000, 4_000
CONFIG, TRANSIENT, SYSTEM = FailureType.config_error, FailureType.transient_error, FailureType.system_error


class Failure(AirbyteTracedException):
    """A failure with a sentence for the person at the screen: what happened, then what to do.

    sentence: this. message: this, and what the next sync does about it, which is nothing to say in a check.
    is_refusal: whether one account refuses, which others may not.
    """

    sentence: str
    next_sync: str
    is_refusal: bool

    @classmethod
    def of(
        cls: type[AnyFailure], kind: FailureType, sentence: str, next_sync: str = "", *, is_refusal: bool = False
    ) -> AnyFailure:
        """A failure of this kind with this sentence."""
        sentence = bounded(sentence, MOST_BYTES)
        message = f"{sentence} {next_sync}".strip()
        made = cls(message=message, internal_message=bounded(message, MOST_LOGGED_BYTES), failure_type=kind)
        made.sentence, made.next_sync, made.is_refusal = sentence, next_sync, is_refusal
        return made

    @classmethod
    def config(cls, sentence: str) -> "Failure":
        """Only the user can fix this: a setting, a permission, a policy. Airbyte does not retry it."""
        return cls.of(CONFIG, sentence)

    def copy(self: AnyFailure) -> AnyFailure:
        """The same, to be raised in another thread: an exception collects where it was raised."""
        return self._as(type(self))

    def widened(self, to: type[AnyFailure]) -> AnyFailure:
        """The same as a failure of that class, if it isn't one: it concerns more than what was asked for."""
        return self.copy() if isinstance(self, to) else self._as(to)

    def _as(self, to: type[AnyFailure]) -> AnyFailure:
        assert self.failure_type
        return to.of(self.failure_type, self.sentence, self.next_sync, is_refusal=self.is_refusal)


class EveryRequestFails(Failure):
    """No other request for this organization would succeed either."""


class SignInRefused(EveryRequestFails):
    """The token or key is refused, or none can be had."""


class HostUnreachable(EveryRequestFails):
    """No other request to this host would succeed; another organization's links may lead elsewhere."""


class EveryOrganizationFails(EveryRequestFails):
    """No other request to the API would succeed, whatever the organization: the whole sync stops."""


class LimitReached(EveryOrganizationFails):
    """A rate limit that would be waited for too long."""


class ListRefused(Failure):
    """The sign-in may not list organizations; it may read some all the same."""


class BadRequest(Failure):
    """400: of a day outside the API's range, or of anything else that the server or a proxy does not like."""


class NotFound(Failure):
    """A plain 404: the endpoint is closed, or the organization unknown, or not to be seen with this sign-in."""


class NoReportAvailable(Failure):
    """A 404 that says in words that there is no report."""


def bounded(text: str, most: int) -> str:
    """The text, or its beginning, in so many bytes of JSON."""
    while (size := len(json.dumps(text))) > most:
        text = f"{text[: len(text) * most // size - 2]} …"
    return text


def gravest(kinds: Iterable[FailureType]) -> FailureType:
    """The type that decides whether Airbyte tries again: transient if any is, else system, else config."""
    found = set(kinds)
    return next((kind for kind in (TRANSIENT, SYSTEM) if kind in found), CONFIG)


@dataclass(frozen=True)
class Rule:
    """One row: how an answer looks, what is done, whose problem it is, and what the user reads: `happened`, `remedy`.

    key: names it in code and tests. looks: the answer in a few words, for the documentation.
    action: what is done first (see Action). kind: CONFIG if somebody has to change something (Airbyte does not retry),
    TRANSIENT if time mends it, SYSTEM if that isn't known. next_sync: what the next sync does about it.
    raises: how far it reaches. Failure: this request or day; EveryRequestFails: this account; EveryOrganizationFails:
    all of them. is_refusal: one account refuses, which others may not; where organizations are found, the advice to
    exclude it follows.
    Whose organization it was is said by who collects the failures.
    The texts may name {what} was asked for, the {status}, what the provider {said}, what it {needs}.
    {reason} is like {said}, and says so where the provider gave none.
    A row matches when each of `statuses`, `says` (a pattern in the provider's text), `header`, `troubles` and `lacks`
    that it gives does. A row that gives none is about what an answer holds: it is raised by its key.
    """

    key: str
    looks: str
    action: Action
    kind: FailureType
    happened: str
    remedy: str
    next_sync: str = ""
    statuses: Container[int] = ()
    says: str = ""
    header: str = ""
    troubles: tuple[TransportErrorKind, ...] = ()
    lacks: Due | None = None
    raises: type[Failure] = Failure
    is_refusal: bool = False

    def matches(self, seen: Outcome) -> bool:
        """Whether this row speaks of the answer."""
        if isinstance(seen, TransportError):
            return seen.kind in self.troubles
        return (
            seen.status in self.statuses
            and (not self.header or _has(seen, self.header))
            and (not self.says or re.search(self.says, seen.text(), re.IGNORECASE) is not None)
            and (not self.lacks or not _holds(seen, self.lacks))
        )

    def failure(self, seen: Outcome, context: Mapping[str, str]) -> Failure:
        """The failure to raise for an answer that this row matches."""
        if isinstance(seen, TransportError):
            return self.named(context)
        said = _said(seen)
        reason = f".{said}" if said else " without a reason."
        answer = {"status": str(seen.status), "said": said, "reason": reason, "needs": _needs(seen)}
        return self.named({**context, **answer})

    def named(self, context: Mapping[str, str]) -> Failure:
        """The failure to raise, its sentence filled in."""
        raises = LimitReached if self.action == "wait" else self.raises
        sentence = f"{self.happened} {self.remedy}".strip().format_map(context)
        return raises.of(self.kind, sentence, self.next_sync, is_refusal=self.is_refusal)


def _has(response: Response, header: str) -> bool:
    name, _, value = header.partition("=")
    found = response.headers.get(name)
    return found is not None and (not value or found.strip() == value)


def _holds(response: Response, due: Due) -> bool:
    try:
        body = response.json()
    except ValueError:
        return False
    if due == "success: true":
        return isinstance(body, dict) and body.get("success") is True
    return due == "JSON or nothing" or body is not None


def _said(response: Response) -> str:
    text = response.text()
    return f' It said: "{text}".' if text else ""


def _needs(response: Response) -> str:
    """https://docs.github.com/en/rest/using-the-rest-api/troubleshooting-the-rest-api: what a 403 would have taken."""
    needed = response.headers.get("x-accepted-github-permissions", "")
    return f" It requires: {needed[:200]}." if needed else ""


def rule_for(table: Sequence[Rule], seen: Outcome) -> Rule | None:
    """The first row that matches; None for an answer that is what was asked for."""
    return next((rule for rule in table if rule.matches(seen)), None)
