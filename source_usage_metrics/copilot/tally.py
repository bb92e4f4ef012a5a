"""What one sync does for one organization: how far it is, and the line at its end."""

from collections import Counter
from dataclasses import dataclass, field

from pendulum import Date

from source_usage_metrics.copilot.ledger import News

PROGRESS_EVERY_SECONDS = 5


@dataclass
class Tally:
    """Days by what became of them in this sync.

    said: when something was last logged, in seconds of a monotonic clock. read: days answered so far.
    stopped: whether a failure kept the rest of the days from being asked.
    """

    organization: str
    said: float
    read: int = 0
    emitted: Counter[News] = field(default_factory=Counter)
    awaited: list[Date] = field(default_factory=list)
    failed: list[Date] = field(default_factory=list)
    stopped: bool = False

    def progress(self, day: Date, days: int, calls: int, now: float) -> str:
        """How far a long walk is, every few seconds; otherwise nothing."""
        if now - self.said < PROGRESS_EVERY_SECONDS:
            return ""
        self.said = now
        return (
            f"copilot_days of {self.organization}: at {day.isoformat()}, {self.read} of {days} days read, "
            f"{calls} API calls so far."
        )

    def summary(self, calls: int, token_expires: Date | None) -> str:
        """One line for the log."""
        news = ", ".join(f"{self.emitted[kind]} {kind}" for kind in ("new", "revised", "settled"))
        awaited = f"{len(self.awaited)} awaited" + (f" since {min(self.awaited).isoformat()}" if self.awaited else "")
        failed = f"{len(self.failed)} failed" + (f" ({_listed(self.failed)})" if self.failed else "")
        expiry = f"; the token expires on {token_expires.isoformat()[:10]}" if token_expires else ""
        stopped = "; stopped by a failure" if self.stopped else ""
        return f"copilot_days of {self.organization}: {news}, {awaited}, {failed}{stopped}; {calls} API calls{expiry}."


def _listed(days: list[Date]) -> str:
    shown = ", ".join(day.isoformat() for day in sorted(days)[:5])
    return shown if len(days) <= 5 else f"{shown} and {len(days) - 5} more"
