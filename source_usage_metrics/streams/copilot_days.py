"""The stream `copilot_days`: the days of GitHub Copilot use that are new or changed since the last sync."""

from collections.abc import Callable, Iterator, Mapping, MutableMapping
from typing import Any, ClassVar

from airbyte_cdk.models import (
    AirbyteMessage,
    AirbyteStateBlob,
    AirbyteStateMessage,
    AirbyteStateType,
    AirbyteStreamState,
    StreamDescriptor,
    SyncMode,
    Type,
)
from airbyte_cdk.sources.streams import CheckpointMixin, Stream
from pendulum import Date

from source_usage_metrics import config
from source_usage_metrics.clock import Clock
from source_usage_metrics.copilot.calendar import FIRST_REPORT, is_recent
from source_usage_metrics.copilot.account_sync import AccountSync, Record
from source_usage_metrics.copilot.pool import Pool
from source_usage_metrics.copilot.state import VERSION, DamagedState, AccountState
from source_usage_metrics.error_table import GITHUB_CONTENT
from source_usage_metrics.errors import Failure
from source_usage_metrics.github import GitHub
from source_usage_metrics.records import Normalizer
from source_usage_metrics.schema import load_schema
from source_usage_metrics.streams.failures import Failures

EXPIRES_SOON_DAYS = 14
# So many organizations' first calls are made before it is their turn; what they answered is kept in memory.
OPENED_AHEAD = 4
CONNECTION_STATE = "the connection's Settings > Advanced > Connection state"


class CopilotDays(Stream, CheckpointMixin):
    """One record is one day of GitHub Copilot use in one organization.

    State says, per organization, which days are closed and what was sent of the others; it moves only after the
    records it covers.
    """

    name = "copilot_days"
    primary_key: ClassVar[list[str]] = ["organization", "date"]
    cursor_field = "date"
    source_defined_cursor = True

    def __init__(
        self, chosen: config.GitHub, github: Callable[[], GitHub], pool: Callable[[], Pool], clock: Clock
    ) -> None:
        self._chosen, self._make_github, self._make_pool, self._clock = chosen, github, pool, clock
        self._today = clock.now().date()
        self._normalizer = Normalizer(self.get_json_schema())
        self._states: dict[str, AccountState] = {}
        self._saved: dict[str, Any] = {}
        self._is_unsent, self._unsent_days = False, 0
        self._warned: set[str] = set()

    def get_json_schema(self) -> Mapping[str, Any]:  # type: ignore[override] # theirs is cached, ours below it
        """The bundled schema."""
        return load_schema("copilot_days")

    @property
    def state(self) -> MutableMapping[str, Any]:
        """As after the last batch of days. Organizations no longer in the settings stay."""
        return {"version": VERSION, "organizations": self._saved} if self._saved else {}

    @state.setter
    def state(self, value: MutableMapping[str, Any]) -> None:
        version, saved = _organizations(value)
        named = {organization.lower() for organization in self._chosen.organizations}
        self._states = {
            login: _state(login, entry, self._today, version)
            for login, entry in saved.items()
            if login in named or version != VERSION
        }
        self._saved = {**saved, **{login: state.to_state() for login, state in self._states.items()}}

    def stream_slices(self, **_: Any) -> Iterator[Mapping[str, Any]]:
        """One slice for all organizations: after each slice the CDK sends a state, and every state names them all.

        since, until: as in the settings, for whoever reads the log.
        """
        since, until = (day and day.isoformat() for day in (self._chosen.since, self._chosen.until))
        yield {"organizations": list(self._chosen.organizations), "since": since, "until": until}

    def read_records(
        self,
        sync_mode: SyncMode,
        cursor_field: list[str] | None = None,
        stream_slice: Mapping[str, Any] | None = None,
        stream_state: Mapping[str, Any] | None = None,
    ) -> Iterator[Record | AirbyteMessage]:
        """The rows that are new or changed, organization by organization, and states between them.

        Raises:
            Failure: one for all that failed, after the others were read and the state was sent.
        """
        assert stream_slice is not None
        if self._today < FIRST_REPORT:
            raise GITHUB_CONTENT["clock wrong"].named({})
        organizations = stream_slice["organizations"]
        failures = Failures("GitHub organization", organizations)
        github, pool = self._make_github(), self._make_pool()
        try:
            syncs = _opened((self._sync(organization, github, pool) for organization in organizations), pool)
            for position, sync in enumerate(syncs, 1):
                yield from self._read(sync, github, failures)
                if failures.stops_all:
                    failures.skip(organizations[position:])
                    break
        finally:
            pool.close()
        for warning in (*github.notes, *token_expiry(github, self._clock)):
            self._warn(warning)
        if failures.has_any and self._is_unsent:
            yield self._state_message()
        failures.raise_any()

    def _sync(self, organization: str, github: GitHub, pool: Pool) -> AccountSync:
        state = self._states.setdefault(organization.lower(), AccountState(self._today))
        return AccountSync(organization, self._chosen, github, state, self._normalizer, self._clock, self._today, pool)

    def _read(self, sync: AccountSync, github: GitHub, failures: Failures) -> Iterator[Record | AirbyteMessage]:
        try:
            for batch in sync.batches():
                records = 0
                try:
                    for result in sync.read(batch):
                        self._warn_of_unmapped(result.unmapped)
                        if result.failure:
                            failures.add(sync.organization, result.failure)
                        if result.record:
                            records += 1
                            yield result.record
                finally:
                    self._save(sync, records if is_recent(batch[0], self._today) else len(batch))
                if self._is_state_due():
                    yield self._state_message()
        except Failure as failure:
            sync.stats.stopped = True
            failures.add(sync.organization, failure)
        finally:
            sync.close()
            self.logger.info(sync.stats.summary(sync.calls(), github.token_expires))

    def _save(self, sync: AccountSync, days: int) -> None:
        """days: how many a state has to cover, lest they are read again: those sent, and those asked one by one."""
        self._saved = {**self._saved, sync.organization.lower(): sync.state.to_state()}
        self._is_unsent, self._unsent_days = True, self._unsent_days + days

    def _is_state_due(self) -> bool:
        """A state names every organization: with more of them fewer are sent, or they would outgrow the rows."""
        return self._unsent_days >= len(self._saved)

    def _state_message(self) -> AirbyteMessage:
        self._is_unsent, self._unsent_days = False, 0
        stream = AirbyteStreamState(StreamDescriptor(name=self.name), AirbyteStateBlob(self.state))
        return AirbyteMessage(type=Type.STATE, state=AirbyteStateMessage(type=AirbyteStateType.STREAM, stream=stream))

    def _warn_of_unmapped(self, names: tuple[str, ...]) -> None:
        for name in names:
            self._warn(
                f"copilot_days: the field {name} is new, or of another type than documented; "
                "its values are kept in additional_fields."
            )

    def _warn(self, text: str) -> None:
        if text not in self._warned:
            self._warned.add(text)
            self.logger.warning(text)


def _opened(syncs: Iterator[AccountSync], pool: Pool) -> Iterator[AccountSync]:
    """The first by itself, since what ails it may ail all; the others a few ahead of the one that is read."""
    yield next(syncs).open()
    yield from pool.in_order(AccountSync.open, syncs, OPENED_AHEAD)


def token_expiry(github: GitHub, clock: Clock) -> Iterator[str]:
    """A warning, if GitHub has told that the access token ends within 14 days."""
    expires = github.token_expires
    if expires and expires < clock.now().add(days=EXPIRES_SOON_DAYS):
        yield (
            f"The GitHub access token expires on {expires.to_date_string()}. Make a new one and enter it under "
            "GitHub Copilot > Credentials before then."
        )


def _organizations(state: Mapping[str, Any]) -> tuple[int, dict[str, Any]]:
    """The version of a saved state, and its entries by login."""
    if not state:
        return VERSION, {}
    version, organizations = state.get("version"), state.get("organizations")
    if not isinstance(version, int) or version < 1:
        raise _damaged(f"version is {version!r}")
    if version > VERSION:
        raise Failure.config(
            f"The saved state of copilot_days has version {version}, which a newer version of this connector wrote; "
            f"this one reads up to version {VERSION}. Install the newer version again, or remove the entry "
            f"copilot_days under {CONNECTION_STATE}: its days are then read again, as far back as GitHub goes."
        )
    if not isinstance(organizations, Mapping):
        raise _damaged("organizations is not an object")
    return version, {str(login).lower(): saved for login, saved in organizations.items()}


def _state(login: str, saved: Any, today: Date, version: int) -> AccountState:
    try:
        if not isinstance(saved, Mapping):
            raise DamagedState("it is not an object")
        return AccountState.from_state(saved, today, version)
    except DamagedState as damage:
        raise _damaged(f"at {login}, {damage}") from None


def _damaged(what: str) -> Failure:
    return Failure.config(
        f"The saved state of copilot_days can't be read: {what}. Correct it in Airbyte at {CONNECTION_STATE}, or "
        "remove the entry there, of the organization or of copilot_days: its days are then all read again."
    )
