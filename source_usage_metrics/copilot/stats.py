"""What one sync did for one organization or enterprise: how far it is, and the line at its end."""

from collections import Counter
from dataclasses import dataclass, field
from typing import get_args

from pendulum import Date

from source_usage_metrics.account import AccountType
from source_usage_metrics.copilot.state import Change

PROGRESS_EVERY_SECONDS = 5
MOST_NAMES = 50
CHANGES = get_args(Change)


@dataclass
class Stats:
    """Days by what became of them in this sync.

    title: the stream and the account, as the log names them.
    logged_at: when something was last logged, in seconds of a monotonic clock. read: days answered so far.
    pending: days without a report that will be asked again. stopped: whether a failure kept the rest from being asked.
    """

    title: str
    logged_at: float
    read: int = 0
    emitted: Counter[Change] = field(default_factory=Counter)
    pending: list[Date] = field(default_factory=list)
    failed: list[Date] = field(default_factory=list)
    stopped: bool = False

    def progress(self, day: Date, days: int, calls: int, now: float) -> str:
        """How far a long sync is, every few seconds; otherwise nothing."""
        if now - self.logged_at < PROGRESS_EVERY_SECONDS:
            return ""
        self.logged_at = now
        return f"{self.title}: at {day.isoformat()}, {self.read} of {days} days read, {calls} API calls so far."

    def summary(self, calls: int, token_expires: Date | None) -> str:
        """One line for the log."""
        changes = ", ".join(f"{self.emitted[kind]} {kind}" for kind in CHANGES)
        pending = f"{len(self.pending)} pending" + (f" since {min(self.pending).isoformat()}" if self.pending else "")
        failed = f"{len(self.failed)} failed" + (f" ({_listed(self.failed)})" if self.failed else "")
        expiry = f"; the token expires on {token_expires.isoformat()[:10]}" if token_expires else ""
        stopped = "; stopped by a failure" if self.stopped else ""
        return f"{self.title}: {changes}, {pending}, {failed}{stopped}; {calls} API calls{expiry}."


@dataclass
class Totals:
    """What one sync did for all accounts of a stream; each counts once.

    with_reports: how many have had a report by now. without: those that were asked and never had one, by name. failed:
    those that could not be read to their end, or not on every day.
    """

    with_reports: int = 0
    without: list[str] = field(default_factory=list)
    failed: int = 0
    emitted: Counter[Change] = field(default_factory=Counter)

    def add(self, name: str, stats: Stats, *, has_reports: bool) -> None:
        """Count one account, after it was read as far as it could be."""
        self.emitted += stats.emitted
        if stats.stopped or stats.failed:
            self.failed += 1
        elif has_reports:
            self.with_reports += 1
        elif stats.read:
            self.without.append(name)

    def summary(self, stream: str, accounts: AccountType, count: int, calls: int) -> str:
        """The last line of a sync. count: of how many accounts there are, those that weren't asked among them."""
        changes = ", ".join(f"{self.emitted[kind]} {kind}" for kind in CHANGES)
        shown = ", ".join(self.without[:MOST_NAMES]) + (" …" if len(self.without) > MOST_NAMES else "")
        rest = count - self.with_reports - len(self.without) - self.failed
        parts = [
            f"{count} {accounts.name if count == 1 else accounts.plural}, {self.with_reports} with reports",
            f"{len(self.without)} without a report so far" + (f": {shown}" if shown else ""),
            f"{self.failed} failed" if self.failed else "",
            f"{rest} not asked" if rest else "",
            f"{changes} days",
            f"{calls} API calls.",
        ]
        return f"{stream}: {'; '.join(part for part in parts if part)}"


def _listed(days: list[Date]) -> str:
    shown = ", ".join(day.isoformat() for day in sorted(days)[:5])
    return shown if len(days) <= 5 else f"{shown} and {len(days) - 5} more"
