"""Failures of single organizations, kept until the others were read."""

import logging

from source_usage_metrics.errors import Failure, LimitReached, gravest

SHOWN = 50
logger = logging.getLogger("airbyte")


class Failures:
    """What failed in one stream, by organization; `asked` is how many of them the settings name."""

    def __init__(self, kind: str, asked: int) -> None:
        self._kind, self._asked = kind, asked
        self._failures: list[tuple[str, Failure]] = []
        self.not_read: list[str] = []

    def add(self, organization: str, failure: Failure) -> None:
        """Keep it, and say it at once in the log."""
        logger.error(f"{self._kind} {organization}: {failure.sentence}")
        self._failures.append((organization, failure))

    @property
    def has_any(self) -> bool:
        """Whether anything failed."""
        return bool(self._failures)

    @property
    def stop_all(self) -> bool:
        """Whether the others needn't be asked either."""
        return any(isinstance(failure, LimitReached) for _, failure in self._failures)

    def raise_any(self) -> None:
        """One failure that names every organization that failed, and why; its type says whether time mends any of it.

        Raises:
            Failure: there was at least one.
        """
        if not self._failures:
            return
        kind = gravest(failure.failure_type for _, failure in self._failures)
        if len(self._failures) == self._asked == 1:
            raise Failure.of(kind, self._failures[0][1].sentence)
        lines = [f"{self._kind} {organization}: {failure.sentence}" for organization, failure in self._failures]
        shown = lines[:SHOWN] + [f"… and {len(lines) - SHOWN} more, in the log."] * (len(lines) > SHOWN)
        stopped = f"the sync stopped, without the days of {', '.join(self.not_read) or 'the rest'}"
        rest = stopped if self.stop_all else "whatever they don't concern was read"
        count = f"{len(lines)} failures" if len(lines) > 1 else "1 failure"
        raise Failure.of(kind, "\n".join([f"{count}; {rest}.", *shown]))
