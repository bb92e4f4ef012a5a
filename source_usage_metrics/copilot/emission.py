"""What one organization's answers become: records that are news, entries in its ledger, and the line at the end."""

import logging
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pendulum

from source_usage_metrics.clock import Clock
from source_usage_metrics.copilot.answers import Answer, Broken, Row
from source_usage_metrics.copilot.calendar import is_final, is_settled
from source_usage_metrics.copilot.ledger import digest
from source_usage_metrics.copilot.tally import Tally
from source_usage_metrics.copilot.walk import Part, Walk
from source_usage_metrics.failures import Failure
from source_usage_metrics.records import Fitter

Record = Mapping[str, Any]
logger = logging.getLogger("airbyte")


class Emission:
    """One organization's records in one sync.

    warn: called with a sentence for the log; it says each only once a sync.
    fail: called with the failure of a single day, which doesn't stop the others.
    """

    def __init__(
        self, walk: Walk, fitter: Fitter, clock: Clock, warn: Callable[[str], None], fail: Callable[[Failure], None]
    ) -> None:
        self._walk, self._fitter, self._clock, self._warn, self._fail = walk, fitter, clock, warn, fail
        self.tally = Tally(walk.organization, clock.monotonic())

    def records(self, part: Part) -> Iterator[Record]:
        """The rows of the part's days that are new or changed; a day enters the ledger after its record was taken.

        Raises:
            Failure: what concerns the whole organization.
        """
        for day, answer in part.answers:
            yield from self._record(day, answer)
            self._say_how_far(day)

    def _record(self, day: pendulum.Date, answer: Answer) -> Iterator[Record]:
        ledger = self._walk.ledger
        self.tally.read += 1
        if isinstance(answer, Broken):
            self.tally.failed.append(day)
            ledger.fail(day)
            self._fail(answer.failure)
        elif isinstance(answer, Row):
            record = self._fitted(day, answer)
            text = digest(record)
            if news := ledger.news(day, text):
                self.tally.emitted[news] += 1
                yield self._held(record)
            ledger.cover(day, text)
        else:
            if self._is_awaited(day):
                self.tally.awaited.append(day)
            ledger.cover(day, None)

    def _is_awaited(self, day: pendulum.Date) -> bool:
        """The older endpoint leaves idle days out: past the time for late data, such a day was idle."""
        ledger, today = self._walk.ledger, self._walk.today
        over = is_settled(day, today) if ledger.endpoint == "metrics" else is_final(day, today)
        return not over and day not in ledger.digests

    def _say_how_far(self, day: pendulum.Date) -> None:
        walk = self._walk
        if text := self.tally.progress(day, len(walk.plan.days()), walk.calls(), self._clock.monotonic()):
            logger.info(text)

    def _fitted(self, day: pendulum.Date, row: Row) -> dict[str, Any]:
        own = {
            "organization": self._walk.organization.lower(),
            "date": day.isoformat(),
            "source_endpoint": self._walk.ledger.endpoint,
            "is_settled": is_settled(day, self._walk.today),
            "retrieved_at": self._clock.now().strftime("%Y-%m-%dT%H:%M:%SZ"),
        }
        fitted = self._fitter.fit(row.fields, own)
        self._warn_of(fitted.misfits)
        return fitted.record

    def _held(self, record: Record) -> Record:
        held = self._fitter.hold(record)
        self._warn_of(held.misfits)
        return held.record

    def _warn_of(self, misfits: tuple[str, ...]) -> None:
        for name in misfits:
            self._warn(
                f"copilot_days: the field {name} is new, or of another type than documented; "
                "its values are kept in additional_fields."
            )
