"""The stream `copilot_days`: the days of GitHub Copilot use that are new or changed since the last sync."""

from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping
from typing import Any, ClassVar

import pendulum
from airbyte_cdk.models import SyncMode
from airbyte_cdk.sources.streams import CheckpointMixin, Stream

from source_usage_metrics import settings
from source_usage_metrics.clock import Clock
from source_usage_metrics.copilot.answers import Answer, Broken, Row
from source_usage_metrics.copilot.calendar import is_final, is_settled
from source_usage_metrics.copilot.ledger import DamagedState, Ledger, digest
from source_usage_metrics.copilot.pool import Pool
from source_usage_metrics.copilot.tally import Tally
from source_usage_metrics.copilot.walk import Part, Walk
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
        self._fitter = Fitter(self.get_json_schema())
        self._ledgers: dict[str, Ledger] = {}
        self._others: dict[str, Any] = {}
        self._warned: set[str] = set()
        self._reading: tuple[Walk, Part] | None = None
        self._stopped = False

    def get_json_schema(self) -> Mapping[str, Any]:  # type: ignore[override] # theirs is cached, ours below it
        """The bundled schema."""
        return bundled("copilot_days")

    @property
    def state(self) -> MutableMapping[str, Any]:
        """A new copy, with what was saved for organizations that the settings no longer name."""
        organizations = {**self._others, **{login: ledger.to_state() for login, ledger in self._ledgers.items()}}
        return {"version": STATE_VERSION, "organizations": organizations} if organizations else {}

    @state.setter
    def state(self, value: MutableMapping[str, Any]) -> None:
        today = self._clock.now().date()
        saved = _organizations(value)
        named = [organization.lower() for organization in self._chosen.organizations]
        self._others = {login: state for login, state in saved.items() if login not in named}
        self._ledgers = {login: _ledger(login, saved[login], today) for login in named if login in saved}

    def stream_slices(self, **_: Any) -> Iterator[Mapping[str, Any]]:
        """A slice for each part of each organization's walk; after the last, one failure for all that failed."""
        self._failures = Failures("GitHub organization")
        self._github, pool = self._make_github(), self._make_pool()
        try:
            for organization in self._chosen.organizations:
                yield from self._organization(organization, pool)
                if self._failures.stop_all:
                    break
        finally:
            pool.close()
        for warning in token_expiry(self._github, self._clock):
            self._warn(warning)
        self._failures.raise_any()

    def _organization(self, organization: str, pool: Pool) -> Iterator[Mapping[str, Any]]:
        today = self._clock.now().date()
        ledger = self._ledgers.setdefault(organization.lower(), Ledger(today))
        self._tally = Tally()
        walk = Walk(organization, self._chosen, self._github, ledger, today, pool)
        try:
            for part in walk.parts():
                self._reading, self._stopped = (walk, part), False
                first, last = min(part.days), max(part.days)
                yield {"organization": organization, "from": first.isoformat(), "through": last.isoformat()}
                if self._stopped:
                    break
        except Failure as failure:
            self._failures.add(organization, failure)
        finally:
            self.logger.info(
                self._tally.sentence(organization, self._github.calls(organization), self._github.token_expires)
            )
        for note in self._github.notes:
            self._warn(note)

    def read_records(
        self,
        sync_mode: SyncMode,
        cursor_field: list[str] | None = None,
        stream_slice: Mapping[str, Any] | None = None,
        stream_state: Mapping[str, Any] | None = None,
    ) -> Iterator[Mapping[str, Any]]:
        """The rows of the slice's days that are new or changed."""
        assert self._reading is not None
        walk, part = self._reading
        try:
            for day, answer in part.answers:
                yield from self._news(walk, day, answer)
        except Failure as failure:
            self._stopped = True
            self._failures.add(walk.organization, failure)

    def _news(self, walk: Walk, day: pendulum.Date, answer: Answer) -> Iterator[Mapping[str, Any]]:
        if isinstance(answer, Broken):
            self._tally.failed.append(day)
            walk.ledger.fail(day)
            self._failures.add(walk.organization, answer.failure)
        elif isinstance(answer, Row):
            record = self._record(walk, day, answer)
            text = digest(record)
            news = walk.ledger.news(day, text)
            if news:
                self._tally.emitted[news] += 1
                yield self._held(record)
            walk.ledger.cover(day, text)
        else:
            if not is_final(day, walk.today) and day not in walk.ledger.digests:
                self._tally.awaited.append(day)
            walk.ledger.cover(day, None)

    def _record(self, walk: Walk, day: pendulum.Date, row: Row) -> dict[str, Any]:
        own = {
            "organization": walk.organization.lower(),
            "date": day.isoformat(),
            "source_endpoint": walk.ledger.endpoint,
            "is_settled": is_settled(day, walk.today),
            "retrieved_at": self._clock.now().strftime("%Y-%m-%dT%H:%M:%SZ"),
        }
        fitted = self._fitter.fit(row.fields, own)
        self._warn_of(fitted.misfits)
        return fitted.record

    def _held(self, record: Mapping[str, Any]) -> Mapping[str, Any]:
        held = self._fitter.hold(record)
        self._warn_of(held.misfits)
        return held.record

    def _warn_of(self, misfits: Iterable[str]) -> None:
        for name in misfits:
            self._warn(
                f"copilot_days: the field {name} is new, or of another type than documented; "
                "its values are kept in additional_fields."
            )

    def _warn(self, text: str) -> None:
        if text not in self._warned:
            self._warned.add(text)
            self.logger.warning(text)


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
