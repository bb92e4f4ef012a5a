"""The streams `copilot_days` and `copilot_enterprise_days`: the days that are new or changed since the last sync."""

from collections.abc import Callable, Iterator, Mapping, MutableMapping, Sequence
from itertools import islice
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

from source_usage_metrics import config
from source_usage_metrics.account import ENTERPRISE, ORGANIZATION, Account, AccountType
from source_usage_metrics.clock import Clock
from source_usage_metrics.copilot.account_sync import AccountSync, Record
from source_usage_metrics.copilot.calendar import is_recent
from source_usage_metrics.copilot.pool import Pool
from source_usage_metrics.copilot.state import VERSION, AccountState, DamagedState
from source_usage_metrics.copilot.stats import Totals
from source_usage_metrics.error_table import GITHUB_CONTENT, SAVED_STATE
from source_usage_metrics.errors import Failure
from source_usage_metrics.github import GitHub
from source_usage_metrics.records import Normalizer
from source_usage_metrics.schema import load_schema
from source_usage_metrics.streams.failures import Failures

# So many organizations' first calls are made before it is their turn; what they answered is kept in memory.
OPENED_AHEAD = 4
CONNECTION_STATE = "the connection's Settings > Advanced > Connection state"
EXCLUDE = "To go on without, enter the name under GitHub Copilot > Exclude organizations."


class CopilotDays(Stream, CheckpointMixin):
    """One record is one day of GitHub Copilot use in one organization.

    State says, per organization, which days are closed and what was sent of the others; it moves only after the
    records it covers.
    """

    name = "copilot_days"
    primary_key: ClassVar[list[str]] = ["organization", "date"]
    cursor_field = "date"
    source_defined_cursor = True
    account_type: ClassVar[AccountType] = ORGANIZATION

    def __init__(
        self, chosen: config.GitHub, github: Callable[[str], GitHub], pool: Callable[[], Pool], clock: Clock
    ) -> None:
        """github: the client, in the name of a stream."""
        self._chosen, self._make_github, self._make_pool, self._clock = chosen, github, pool, clock
        self._today = clock.now().date()
        self._normalizer = Normalizer(self.get_json_schema())
        self._states: dict[str, AccountState] = {}
        self._saved: dict[str, Any] = {}
        self._is_unsent, self._unsent_days = False, 0
        self._warned: set[str] = set()

    def get_json_schema(self) -> Mapping[str, Any]:  # type: ignore[override] # theirs is cached, ours below it
        """The bundled schema."""
        return load_schema(self.name)

    @property
    def state(self) -> MutableMapping[str, Any]:
        """As after the last batch of days. Accounts that are no longer read stay."""
        return {"version": VERSION, self.account_type.plural: self._saved} if self._saved else {}

    @state.setter
    def state(self, value: MutableMapping[str, Any]) -> None:
        version, saved = self._entries(value)
        named, excluded = ({name.lower() for name in names} for names in (self._named(), self._excluded()))
        self._states = {
            name: self._read_state(name, entry, version)
            for name, entry in saved.items()
            if name in named or (not named and name not in excluded) or version != VERSION
        }
        self._saved = {**saved, **{name: state.to_state() for name, state in self._states.items()}}

    def stream_slices(self, **_: Any) -> Iterator[Mapping[str, Any]]:
        """One slice for all accounts: after each slice the CDK sends a state, and every state names them all.

        since, until: as in the settings, for whoever reads the log.

        Raises:
            Failure: the settings name no organization, and GitHub doesn't list any.
        """
        since, until = (day and day.isoformat() for day in (self._chosen.since, self._chosen.until))
        yield {self.account_type.plural: list(self._named() or self._found()), "since": since, "until": until}

    def _named(self) -> Sequence[str]:
        """The accounts that the settings name."""
        return self._chosen.organizations

    def _excluded(self) -> Sequence[str]:
        return self._chosen.exclude_organizations

    def _found(self) -> Sequence[str]:
        """The organizations that GitHub lists, since the settings name none."""
        github = self._make_github(self.name)
        try:
            listed = github.organizations()
        finally:
            self._warn_once(github)
        for level, text in listed.messages(self._saved):
            self.logger.log(level, f"{self.name}: {text}")
        return listed.organizations

    def read_records(
        self,
        sync_mode: SyncMode,
        cursor_field: list[str] | None = None,
        stream_slice: Mapping[str, Any] | None = None,
        stream_state: Mapping[str, Any] | None = None,
    ) -> Iterator[Record | AirbyteMessage]:
        """The rows that are new or changed, account by account, and states between them.

        Raises:
            Failure: one for all that failed, after the others were read and the state was sent.
        """
        assert stream_slice is not None
        if self._today < self.account_type.first_report:
            raise GITHUB_CONTENT["clock wrong"].named({})
        names = stream_slice[self.account_type.plural]
        advice = "" if self._named() else EXCLUDE
        failures, totals = Failures(f"GitHub {self.account_type.name}", names, advice=advice), Totals()
        github, pool = self._make_github(self.name), self._make_pool()
        try:
            syncs = _opened((self._sync(Account(self.account_type, name), github, pool) for name in names), pool)
            for position, sync in enumerate(syncs, 1):
                yield from self._read(sync, github, failures)
                totals.add(sync.account.name, sync.stats, has_reports=sync.state.endpoint is not None)
                if failures.stops_all:
                    failures.skip(names[position:])
                    break
        finally:
            pool.close()
        self._warn_once(github)
        calls = sum(github.calls(Account(self.account_type, name)) for name in names)
        self.logger.info(totals.summary(self.name, self.account_type, len(names), calls))
        if failures.has_any and self._is_unsent:
            yield self._state_message()
        failures.raise_any()

    def _warn_once(self, github: GitHub) -> None:
        for warning in github.new_warnings():
            self.logger.warning(warning)

    def _sync(self, account: Account, github: GitHub, pool: Pool) -> AccountSync:
        state = self._states.setdefault(account.name.lower(), AccountState(self._today, account.type))
        return AccountSync(account, self._chosen, github, state, self._normalizer, self._clock, self._today, pool)

    def _read(self, sync: AccountSync, github: GitHub, failures: Failures) -> Iterator[Record | AirbyteMessage]:
        name = sync.account.name
        try:
            for batch in sync.batches():
                records = 0
                try:
                    for result in sync.read(batch):
                        self._warn_of_unmapped(result.unmapped)
                        if result.failure:
                            failures.add(name, result.failure, is_one_day=True)
                        if result.record:
                            records += 1
                            yield result.record
                finally:
                    self._save(sync, records if is_recent(batch[0], self._today) else len(batch))
                if self._is_state_due():
                    yield self._state_message()
        except Failure as failure:
            sync.stats.stopped = True
            failures.add(name, failure)
        finally:
            sync.close()
            self.logger.info(sync.stats.summary(sync.calls(), github.token_expires))

    def _save(self, sync: AccountSync, days: int) -> None:
        """days: how many a state has to cover, lest they are read again: those sent, and those asked one by one."""
        self._saved = {**self._saved, sync.account.name.lower(): sync.state.to_state()}
        self._is_unsent, self._unsent_days = True, self._unsent_days + days

    def _is_state_due(self) -> bool:
        """A state names every account: with more of them fewer are sent, or they would outgrow the rows."""
        return self._unsent_days >= len(self._saved)

    def _state_message(self) -> AirbyteMessage:
        self._is_unsent, self._unsent_days = False, 0
        stream = AirbyteStreamState(StreamDescriptor(name=self.name), AirbyteStateBlob(self.state))
        return AirbyteMessage(type=Type.STATE, state=AirbyteStateMessage(type=AirbyteStateType.STREAM, stream=stream))

    def _warn_of_unmapped(self, names: tuple[str, ...]) -> None:
        for name in names:
            self._warn(
                f"{self.name}: the field {name} is new, or its type is not the documented one. Its values are in "
                "additional_fields."
            )

    def _warn(self, text: str) -> None:
        if text not in self._warned:
            self._warned.add(text)
            self.logger.warning(text)

    def _entries(self, state: Mapping[str, Any]) -> tuple[int, dict[str, Any]]:
        """The version of a saved state, and its entries by name."""
        if not state:
            return VERSION, {}
        version, entries = state.get("version"), state.get(self.account_type.plural)
        if not isinstance(version, int) or version < 1:
            raise self._damaged(f"version is {version!r}")
        if version > VERSION:
            raise self._unusable("newer version", version=str(version), newest=str(VERSION))
        if not isinstance(entries, Mapping):
            raise self._damaged(f"{self.account_type.plural} is not an object")
        return version, {str(name).lower(): saved for name, saved in entries.items()}

    def _read_state(self, name: str, saved: Any, version: int) -> AccountState:
        try:
            if not isinstance(saved, Mapping):
                raise DamagedState("it is not an object")
            return AccountState.from_state(saved, self._today, version, self.account_type)
        except DamagedState as damage:
            raise self._damaged(f"at {name}, {damage}") from None

    def _damaged(self, what: str) -> Failure:
        return self._unusable("damaged", fault=what)

    def _unusable(self, key: str, **context: str) -> Failure:
        names = {"stream": self.name, "account": self.account_type.name, "state": CONNECTION_STATE}
        return SAVED_STATE[key].named({**names, **context})


class CopilotEnterpriseDays(CopilotDays):
    """One record is one day of GitHub Copilot use in one enterprise, where each person is counted once."""

    name = "copilot_enterprise_days"
    primary_key: ClassVar[list[str]] = ["enterprise", "date"]
    account_type: ClassVar[AccountType] = ENTERPRISE

    def _named(self) -> Sequence[str]:
        return self._chosen.enterprises

    def _excluded(self) -> Sequence[str]:
        return ()


def _opened(syncs: Iterator[AccountSync], pool: Pool) -> Iterator[AccountSync]:
    """The first by itself, since what ails it may ail all; the others a few ahead of the one that is read."""
    for first in islice(syncs, 1):
        yield first.open()
    yield from pool.in_order(AccountSync.open, syncs, OPENED_AHEAD)
