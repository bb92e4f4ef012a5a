"""The stream `copilot_days`: the days of GitHub Copilot use that are new or changed since the last sync."""

from collections.abc import Callable, Iterator, Mapping, MutableMapping
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar

import pendulum
from airbyte_cdk.models import SyncMode
from airbyte_cdk.sources.streams import CheckpointMixin, Stream

from source_usage_metrics import settings
from source_usage_metrics.clock import Clock
from source_usage_metrics.copilot.calendar import FIRST_REPORT
from source_usage_metrics.copilot.emission import Emission
from source_usage_metrics.copilot.ledger import DamagedState, Ledger
from source_usage_metrics.copilot.pool import Pool
from source_usage_metrics.copilot.walk import Part, Walk
from source_usage_metrics.failure_table import GITHUB_CONTENT
from source_usage_metrics.failures import Failure
from source_usage_metrics.github import GitHub
from source_usage_metrics.records import Fitter
from source_usage_metrics.schema import bundled
from source_usage_metrics.streams.failing import Failures

STATE_VERSION = 1
EXPIRES_SOON_DAYS = 14


class CopilotDays(Stream, CheckpointMixin):
    """One record is one day of GitHub Copilot use in one organization.

    State says, per organization, which days are done and what was emitted of the others; it moves only after the
    records it covers.
    """

    name = "copilot_days"
    primary_key: ClassVar[list[str]] = ["organization", "date"]
    cursor_field = "date"
    source_defined_cursor = True

    def __init__(
        self, chosen: settings.GitHub, github: Callable[[], GitHub], pool: Callable[[], Pool], clock: Clock
    ) -> None:
        self._chosen, self._make_github, self._make_pool, self._clock = chosen, github, pool, clock
        self._today = clock.now().date()
        self._fitter = Fitter(self.get_json_schema())
        self._ledgers: dict[str, Ledger] = {}
        self._saved: dict[str, Any] = {}
        self._warned: set[str] = set()
        self._reading: _Reading | None = None

    def get_json_schema(self) -> Mapping[str, Any]:  # type: ignore[override] # theirs is cached, ours below it
        """The bundled schema."""
        return bundled("copilot_days")

    @property
    def state(self) -> MutableMapping[str, Any]:
        """As after the last slice: the CDK asks at each record. Organizations no longer in the settings stay in it."""
        return {"version": STATE_VERSION, "organizations": dict(self._saved)} if self._saved else {}

    @state.setter
    def state(self, value: MutableMapping[str, Any]) -> None:
        saved = _organizations(value)
        named = [organization.lower() for organization in self._chosen.organizations]
        self._ledgers = {login: _ledger(login, saved[login], self._today) for login in named if login in saved}
        self._saved = dict(saved)

    def stream_slices(self, **_: Any) -> Iterator[Mapping[str, Any]]:
        """A slice for each part of each organization's walk; after the last, one failure for all that failed."""
        if self._today < FIRST_REPORT:
            raise GITHUB_CONTENT["clock wrong"].named({})
        failures, github, pool = self._failures(), self._make_github(), self._make_pool()
        try:
            for organization in self._chosen.organizations:
                if failures.stop_all:
                    failures.not_asked.append(organization)
                else:
                    yield from self._organization(organization, github, pool, failures)
        finally:
            pool.close()
        for warning in (*github.notes, *token_expiry(github, self._clock)):
            self._warn(warning)
        failures.raise_any()

    def _failures(self) -> Failures:
        return Failures("GitHub organization", len(self._chosen.organizations))

    def _organization(
        self, organization: str, github: GitHub, pool: Pool, failures: Failures
    ) -> Iterator[Mapping[str, Any]]:
        ledger = self._ledgers.setdefault(organization.lower(), Ledger(self._today))
        walk = Walk(organization, self._chosen, github, ledger, self._today, pool)
        fail = partial(failures.add, organization)
        emission = Emission(walk, self._fitter, self._clock, self._warn, fail)
        try:
            for part in walk.parts():
                self._reading = _Reading(organization.lower(), emission, part)
                yield {
                    "organization": organization,
                    "from": min(part.days).isoformat(),
                    "through": max(part.days).isoformat(),
                }
                if self._reading.failure:
                    raise self._reading.failure
        except Failure as failure:
            emission.tally.stopped = True
            fail(failure)
        finally:
            self.logger.info(emission.tally.summary(github.calls(organization), github.token_expires))

    def read_records(
        self,
        sync_mode: SyncMode,
        cursor_field: list[str] | None = None,
        stream_slice: Mapping[str, Any] | None = None,
        stream_state: Mapping[str, Any] | None = None,
    ) -> Iterator[Mapping[str, Any]]:
        """The rows of the slice's days that are new or changed.

        A failure of the organization waits until the state of what was read is out.
        """
        assert self._reading is not None
        try:
            yield from self._reading.emission.records(self._reading.part)
        except Failure as failure:
            self._reading.failure = failure
        login = self._reading.login
        self._saved = {**self._saved, login: self._ledgers[login].to_state()}

    def _warn(self, text: str) -> None:
        if text not in self._warned:
            self._warned.add(text)
            self.logger.warning(text)


@dataclass
class _Reading:
    """The slice that is being read: the CDK hands a stream only JSON."""

    login: str
    emission: Emission
    part: Part
    failure: Failure | None = None


def token_expiry(github: GitHub, clock: Clock) -> Iterator[str]:
    """A warning, if GitHub has told that the access token ends within 14 days."""
    expires = github.token_expires
    if expires and expires < clock.now().add(days=EXPIRES_SOON_DAYS):
        yield (
            f"The GitHub access token expires on {expires.to_date_string()}. Make a new one and enter it under "
            "GitHub Copilot > Credentials before then."
        )


def _organizations(state: Mapping[str, Any]) -> Mapping[str, Any]:
    if not state:
        return {}
    if state.get("version") != STATE_VERSION:
        raise Failure.config(
            f"The saved state of copilot_days has version {state.get('version')!r}, and this connector reads version "
            f"{STATE_VERSION}. If a newer version of the connector wrote it, use that one again; otherwise clear the "
            "data of copilot_days in Airbyte."
        )
    organizations = state.get("organizations")
    if not isinstance(organizations, Mapping):
        raise _damaged("organizations is not an object")
    return {str(login).lower(): saved for login, saved in organizations.items()}


def _ledger(login: str, saved: Any, today: pendulum.Date) -> Ledger:
    try:
        if not isinstance(saved, Mapping):
            raise DamagedState("it is not an object")
        return Ledger.from_state(saved, today)
    except DamagedState as damage:
        raise _damaged(f"at {login}, {damage}") from None


def _damaged(what: str) -> Failure:
    return Failure.config(
        f"The saved state of copilot_days can't be read: {what}. Mend it in Airbyte at the connection's Settings > "
        "Advanced > Connection state, or take the organization's entry out there: its days are then all read again."
    )
