"""What one sync did for one organization: how far it is, and the line at its end."""

from collections import Counter
from dataclasses import dataclass, field

from pendulum import Date

from source_usage_metrics.copilot.state import Change

PROGRESS_EVERY_SECONDS = 5


@dataclass
class Stats:
    """Days by what became of them in this sync.

    logged_at: when something was last logged, in seconds of a monotonic clock. read: days answered so far.
    pending: days without a report that will be asked again. stopped: whether a failure kept the rest from being asked.
    """

    organization: str
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
        return (
            f"copilot_days of {self.organization}: at {day.isoformat()}, {self.read} of {days} days read, "
            f"{calls} API calls so far."
        )

    def summary(self, calls: int, token_expires: Date | None) -> str:
        """One line for the log."""
        changes = ", ".join(f"{self.emitted[kind]} {kind}" for kind in ("new", "revised", "settled"))
        pending = f"{len(self.pending)} pending" + (f" since {min(self.pending).isoformat()}" if self.pending else "")
        failed = f"{len(self.failed)} failed" + (f" ({_listed(self.failed)})" if self.failed else "")
        expiry = f"; the token expires on {token_expires.isoformat()[:10]}" if token_expires else ""
        stopped = "; stopped by a failure" if self.stopped else ""
        return (
            f"copilot_days of {self.organization}: {changes}, {pending}, {failed}{stopped}; {calls} API calls{expiry}."
        )


def _listed(days: list[Date]) -> str:
    shown = ", ".join(day.isoformat() for day in sorted(days)[:5])
    return shown if len(days) <= 5 else f"{shown} and {len(days) - 5} more"
