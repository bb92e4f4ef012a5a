"""Organizations that the settings don't name: what the sign-in lists, and what of it is new, gone or renamed."""

import logging
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from source_usage_metrics.error_table import GITHUB_CONTENT
from source_usage_metrics.values import LOGIN_NAME

# A line of the log is to stay below 64 KB.
MOST_NAMES = 1000
SUSPENDED = (
    "The GitHub App is suspended in {names}, so these organizations are not synced. An owner can unsuspend it at "
    "organization > Settings > GitHub Apps."
)
RENAMED = (
    "The organization {old} is named {new} now. Its days are synced again under the new name, and the rows of {old} "
    "stay. The dbt models count such days once; in queries of your own, count one name per organization_id. To stop "
    "this warning, enter {old} under GitHub Copilot > Exclude organizations."
)
GONE = (
    "GitHub no longer lists {names}. They may be renamed, deleted, or no longer visible to this sign-in. Their rows "
    "stay, but no new rows arrive. If that is right, enter them under GitHub Copilot > Exclude organizations."
)


@dataclass(frozen=True)
class Listed:
    """What a list holds.

    ids: GitHub's id of each organization to read, by login, in the order of their names. excluded, suspended: logins
    that are left out, and why. unknown: logins that are excluded and that GitHub doesn't list.
    """

    ids: Mapping[str, str]
    excluded: tuple[str, ...] = ()
    suspended: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()

    @property
    def organizations(self) -> tuple[str, ...]:
        """The logins to read."""
        return tuple(self.ids)

    def messages(self, states: Mapping[str, Any]) -> Iterator[tuple[int, str]]:
        """For the log, each with its level. states: by login in small letters, of the syncs before; {} in a check."""
        count = len(self.ids)
        found = f"GitHub lists {count} organization{'s' if count != 1 else ''} to sync: {shown(self.organizations)}."
        yield logging.INFO, found
        if self.excluded:
            yield logging.INFO, f"Exclude organizations leaves these out: {shown(self.excluded)}."
        if unknown := [name for name in self.unknown if name not in states]:
            yield logging.INFO, f"Exclude organizations has names that GitHub doesn't list: {shown(unknown)}."
        if self.suspended:
            yield logging.WARNING, SUSPENDED.format(names=shown(self.suspended))
        yield from self._changes(states)

    def _changes(self, states: Mapping[str, Any]) -> Iterator[tuple[int, str]]:
        new = [name for name in self.ids if name.lower() not in states]
        left_out = {name.lower() for name in (*self.ids, *self.excluded, *self.suspended, *self.unknown)}
        gone = sorted(states.keys() - left_out)
        renamed = dict(_renamed(gone, states, self.ids))
        if states and new:
            yield logging.INFO, f"These organizations were never synced before: {shown(new)}."
        for old, name in renamed.items():
            yield logging.WARNING, RENAMED.format(old=old, new=name)
        if lost := [name for name in gone if name not in renamed]:
            yield logging.WARNING, GONE.format(names=shown(lost))


def _renamed(gone: Sequence[str], states: Mapping[str, Any], ids: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Those that are gone and whose id is listed under another name, with that name."""
    by_id = {number: name for name, number in ids.items()}
    for name in gone:
        state = states[name]
        known = state.get("organization_id") if isinstance(state, Mapping) else None
        if known in by_id:
            yield name, by_id[known]


def login_and_id(account: Any) -> tuple[str, str]:
    """Of an organization as a list shows it.

    Raises:
        Failure: it isn't as documented: reading only what can be understood would leave one out in silence.
    """
    login, number = (account.get(key) if isinstance(account, dict) else None for key in ("login", "id"))
    if not isinstance(login, str) or not re.fullmatch(LOGIN_NAME, login):
        raise GITHUB_CONTENT["odd list"].named({})
    return login, str(number)


def to_read(found: Mapping[str, str], exclude: Sequence[str], suspended: Sequence[str]) -> Listed:
    """What is to be read of the organizations that were found; none twice, whatever the letters' case."""
    out = {name.lower() for name in exclude}
    names = {name.lower(): name for name in found}
    listed = names.keys() | {name.lower() for name in suspended}
    return Listed(
        ids={names[name]: found[names[name]] for name in sorted(names.keys() - out)},
        excluded=tuple(sorted(listed & out)),
        suspended=tuple(sorted((name for name in suspended if name.lower() not in out), key=str.lower)),
        unknown=tuple(sorted(out - listed)),
    )


def shown(names: Sequence[str]) -> str:
    """The names; of very many only the first."""
    more = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
    return f"{', '.join(names[:MOST_NAMES])}{more}" or "none"
