"""The stream `copilot_days`: the days of GitHub Copilot use that are new or changed since the last sync."""

from collections.abc import Callable, Generator, Iterator, Mapping, MutableMapping
from contextlib import closing
from functools import partial
from itertools import chain
from typing import Any, ClassVar

import pendulum
from airbyte_cdk.models import SyncMode
from airbyte_cdk.sources.streams import CheckpointMixin, Stream

from source_usage_metrics import settings
from source_usage_metrics.clock import Clock
from source_usage_metrics.copilot.calendar import FIRST_REPORT
from source_usage_metrics.copilot.emission import Emission, Record
from source_usage_metrics.copilot.ledger import DamagedState, Ledger
from source_usage_metrics.copilot.pool import Pool
from source_usage_metrics.copilot.walk import Walk
from source_usage_metrics.failure_table import GITHUB_CONTENT
from source_usage_metrics.failures import Failure
from source_usage_metrics.github import GitHub
from source_usage_metrics.records import Fitter
from source_usage_metrics.schema import bundled
from source_usage_metrics.streams.failing import Failures

STATE_VERSION = 1
EXPIRES_SOON_DAYS = 14
# So many organizations' first calls are made before it is their turn; what they answered is kept in memory.
OPENED_AHEAD = 4


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
        self._unsaved_days = 0
        self._rest: Iterator[Record | None] = iter(())

    def get_json_schema(self) -> Mapping[str, Any]:  # type: ignore[override] # theirs is cached, ours below it
        """The bundled schema."""
        return bundled("copilot_days")

    @property
    def state(self) -> MutableMapping[str, Any]:
        """As after the last part of days: the CDK asks at each record. Organizations no longer in the settings stay."""
        return {"version": STATE_VERSION, "organizations": dict(self._saved)} if self._saved else {}

    @state.setter
    def state(self, value: MutableMapping[str, Any]) -> None:
        saved = _organizations(value)
        named = [organization.lower() for organization in self._chosen.organizations]
        self._ledgers = {login: _ledger(login, saved[login], self._today) for login in named if login in saved}
        self._saved = dict(saved)

    def stream_slices(self, **_: Any) -> Iterator[Mapping[str, Any]]:
        """A slice is the records up to the next state; after the last, one failure for all that failed."""
        if self._today < FIRST_REPORT:
            raise GITHUB_CONTENT["clock wrong"].named({})
        with closing(self._records()) as records:
            for number, first in enumerate(records, start=1):
                self._rest = chain([first], records)
                yield {"number": number}

    def read_records(
        self,
        sync_mode: SyncMode,
        cursor_field: list[str] | None = None,
        stream_slice: Mapping[str, Any] | None = None,
        stream_state: Mapping[str, Any] | None = None,
    ) -> Iterator[Record]:
        """The slice's rows: of all the days read, those that are new or changed."""
        for record in self._rest:
            if record is None:
                return
            yield record

    def _records(self) -> Generator[Record | None, None, None]:
        """Every organization's records, and None wherever state is due."""
        failures, github, pool = self._failures(), self._make_github(), self._make_pool()
        organizations = self._chosen.organizations
        try:
            walks = _opened((self._walk(organization, github, pool) for organization in organizations), pool)
            for organization in organizations:
                if failures.stop_all:
                    failures.not_read.append(organization)
                else:
                    yield from self._records_of(next(walks), github, failures)
        finally:
            pool.close()
        for warning in (*github.notes, *token_expiry(github, self._clock)):
            self._warn(warning)
        if self._unsaved_days:
            yield None
        failures.raise_any()

    def _failures(self) -> Failures:
        return Failures("GitHub organization", len(self._chosen.organizations))

    def _walk(self, organization: str, github: GitHub, pool: Pool) -> Walk:
        ledger = self._ledgers.setdefault(organization.lower(), Ledger(self._today))
        return Walk(organization, self._chosen, github, ledger, self._today, pool)

    def _records_of(self, walk: Walk, github: GitHub, failures: Failures) -> Iterator[Record | None]:
        fail = partial(failures.add, walk.organization)
        emission = Emission(walk, self._fitter, self._clock, self._warn, fail)
        try:
            for part in walk.parts():
                try:
                    yield from emission.records(part)
                finally:
                    self._save(walk, len(part.days))
                if self._is_state_due():
                    self._unsaved_days = 0
                    yield None
        except Failure as failure:
            emission.tally.stopped = True
            fail(failure)
        finally:
            self.logger.info(emission.tally.summary(github.calls(walk.organization), github.token_expires))

    def _save(self, walk: Walk, days: int) -> None:
        self._saved = {**self._saved, walk.organization.lower(): walk.ledger.to_state()}
        self._unsaved_days += days

    def _is_state_due(self) -> bool:
        """A state names every organization: with more of them fewer are sent, or they would outgrow the rows."""
        return self._unsaved_days >= len(self._saved)

    def _warn(self, text: str) -> None:
        if text not in self._warned:
            self._warned.add(text)
            self.logger.warning(text)


def _opened(walks: Iterator[Walk], pool: Pool) -> Iterator[Walk]:
    """The first by itself, since what ails it may ail all; the others a few ahead of the one that is read."""
    yield next(walks).open()
    yield from pool.in_order(Walk.open, walks, OPENED_AHEAD)


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
