"""What one sync did for one organization, for the line at its end."""

from collections import Counter
from dataclasses import dataclass, field

from pendulum import Date

from source_usage_metrics.copilot.ledger import News


@dataclass
class Tally:
    """Days by what became of them in this sync."""

    emitted: Counter[News] = field(default_factory=Counter)
    awaited: list[Date] = field(default_factory=list)
    failed: list[Date] = field(default_factory=list)

    def sentence(self, organization: str, calls: int, token_expires: Date | None) -> str:
        """One line for the log."""
        news = ", ".join(f"{self.emitted[kind]} {kind}" for kind in ("new", "revised", "settled"))
        awaited = f"{len(self.awaited)} awaited" + (f" since {min(self.awaited).isoformat()}" if self.awaited else "")
        failed = f"{len(self.failed)} failed" + (f" ({_listed(self.failed)})" if self.failed else "")
        expiry = f"; the token expires on {token_expires.isoformat()[:10]}" if token_expires else ""
        return f"copilot_days of {organization}: {news}, {awaited}, {failed}; {calls} API calls{expiry}."


def _listed(days: list[Date]) -> str:
    shown = ", ".join(day.isoformat() for day in sorted(days)[:5])
    return shown if len(days) <= 5 else f"{shown} and {len(days) - 5} more"
