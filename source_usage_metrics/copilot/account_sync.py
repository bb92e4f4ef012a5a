"""One account in one sync: plans which days to ask, asks, compares with what was sent, and hands over the news."""

import logging
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from pendulum import Date

from source_usage_metrics import config
from source_usage_metrics.account import ENTERPRISE, Account, Endpoint
from source_usage_metrics.clock import Clock
from source_usage_metrics.copilot import calendar
from source_usage_metrics.copilot.answers import Answer, Failed, Found, NoReport, Unclear
from source_usage_metrics.copilot.calendar import Plan, is_final, is_settled
from source_usage_metrics.copilot.metrics import Metrics
from source_usage_metrics.copilot.pool import Pool
from source_usage_metrics.copilot.state import AccountState, Change, digest, same_content
from source_usage_metrics.copilot.stats import Stats
from source_usage_metrics.copilot.usage_reports import ENGAGEMENT, Fields, MonthReport, UsageReports
from source_usage_metrics.error_table import GITHUB_CONTENT, OTHER_DAYS_WAIT
from source_usage_metrics.errors import EveryRequestFails, Failure, NotFound
from source_usage_metrics.github import GitHub
from source_usage_metrics.records import ADDITIONAL_FIELDS, Normalizer

Record = Mapping[str, Any]
logger = logging.getLogger("airbyte")

# So many days in a row that the server, not a file, kept from being read: then it isn't the days.
FAILURES_IN_A_ROW = 3


@dataclass(frozen=True)
class DayResult:
    """What one day gives to the stream: a record, if there is news; its failure; names of fields without a column."""

    record: Record | None = None
    failure: Failure | None = None
    unmapped: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Row:
    """A provider's row, the digest of what it becomes, and its fields that have no column."""

    fields: Fields
    digest: str
    unmapped: tuple[str, ...]


class AccountSync:
    """One account's days. `open` makes the first calls, `batches` says what to read, `read` reads one batch.

    stats: what was done so far. state: moves with each day, after its record was taken.
    """

    def __init__(
        self,
        account: Account,
        chosen: config.GitHub,
        github: GitHub,
        state: AccountState,
        normalizer: Normalizer,
        clock: Clock,
        today: Date,
        pool: Pool,
    ) -> None:
        self.account, self.state = account, state
        self.stats = Stats(f"{account.type.stream} of {account.name}", clock.monotonic())
        self._chosen, self._github, self._normalizer, self._clock = chosen, github, normalizer, clock
        self._today, self._pool = today, pool
        self._reports, self._metrics = UsageReports(github, account, today), Metrics(github, account)
        self._endpoint: Endpoint = "usage_reports"
        self._plan = Plan()
        self._file: MonthReport | NoReport | Unclear | Failed = NoReport()
        self._file_rows: dict[Date, _Row] = {}
        self._unchanged: set[Date] = set()
        self._answers: dict[Date, Answer] = {}
        self._asking: Iterator[tuple[Date, Answer]] = iter(())
        self._failures_in_a_row = 0
        self._failure: Failure | None = None

    def open(self) -> "AccountSync":
        """Makes the first calls, in any thread; a failure is raised by `batches`."""
        try:
            self._open()
        except Failure as failure:
            self._failure = failure
        return self

    def batches(self) -> list[tuple[Date, ...]]:
        """The days of this sync in their order, in pieces after which state may be saved; the recent ones are asked.

        Raises:
            Failure: what concerns the whole account.
        """
        if self._failure:
            raise self._failure
        if self._endpoint == "usage_reports" and self._plan.days():
            self._ask_recent_days()
            self._asking = self._asked([day for day in self._plan.older() if day not in self._answers])
        return calendar.batches(self._plan)

    def read(self, days: Iterable[Date]) -> Iterator[DayResult]:
        """What each of these days gives; its state moves after its result was taken.

        Raises:
            Failure: what concerns the whole account.
        """
        for day in days:
            yield from self._read(day, self._answer(day))
            self._log_progress(day)

    def close(self) -> None:
        """Asks no more and lets go of what was read ahead: a generator that isn't at its end keeps its object alive."""
        self._asking = iter(())

    def calls(self) -> int:
        """Requests sent to the API host for this account so far."""
        return self._github.calls(self.account)

    def probe(self) -> None:
        """Asks as a sync would, as far as the first bytes of a report.

        Raises:
            Failure: the sync would fail.
        """
        missing: list[Endpoint] = []
        for endpoint in self._endpoints():
            self._warn_of_lost_days(endpoint)
            self._lay_out(endpoint)
            try:
                return self._probe(next(iter(self._plan.days()), self._today.subtract(days=1)))
            except NotFound:
                missing.append(endpoint)
        raise self._explained(missing)

    def _probe(self, day: Date) -> None:
        if self._endpoint == "metrics":
            self._metrics.answers([day])
            return
        try:
            self._reports.probe()
        except EveryRequestFails:
            raise
        except Failure as failure:
            answer = self._try_one_day(day, Failed(failure, is_the_days_own=False))
            if isinstance(answer, Failed):
                raise answer.failure from None

    # Which endpoint serves, and its first calls.

    def _endpoints(self) -> list[Endpoint]:
        """Those to try, in order; `auto` never goes back from the usage reports to the metrics."""
        offered = list(self.account.type.endpoints)
        if self._chosen.endpoint in offered:
            return [self._chosen.endpoint]
        return ["usage_reports"] if self.state.endpoint == "usage_reports" else offered

    def _horizon(self, endpoint: Endpoint) -> Date:
        return calendar.horizon(endpoint, self.account.type.first_report, self._today)

    def _open(self) -> None:
        endpoints, asked, missing = self._endpoints(), 0, []
        for endpoint in endpoints:
            self._refuse_lost_days(endpoint)
            self._lay_out(endpoint)
            if not self._plan.days():
                continue
            asked += 1
            try:
                if self._serves(endpoint):
                    self._log_lost_days()
                    return
            except NotFound:
                missing.append(endpoint)
        if missing and len(missing) == asked:
            raise self._explained(missing)
        self._lay_out(endpoints[0])
        self._log_lost_days()

    def _refuse_lost_days(self, endpoint: Endpoint) -> None:
        """Raises Failure when no wanted day is available any more, and none ever was read. A check can't know that."""
        horizon, until = self._horizon(endpoint), self._chosen.until
        if until and until < horizon and self.state.is_blank():
            raise GITHUB_CONTENT["before the horizon"].named({"until": str(until), "horizon": str(horizon)})

    def _warn_of_lost_days(self, endpoint: Endpoint) -> None:
        try:
            self._refuse_lost_days(endpoint)
        except Failure as failure:
            self._github.notes[failure.sentence] = None

    def _lay_out(self, endpoint: Endpoint) -> None:
        span = calendar.wanted(self._chosen.since, self._chosen.until, self._horizon(endpoint), self._today)
        read = self.state.read_days(endpoint)
        self._endpoint = endpoint
        self._plan = calendar.plan(span, read | self.state.waiting_days(endpoint), read, self._today)

    def _serves(self, endpoint: Endpoint) -> bool:
        """Makes the endpoint's first calls. In place of the metrics, the usage reports serve once they have a row."""
        if endpoint == "metrics":
            self._answers = dict(self._metrics.answers(self._plan.days()))
            self._file, self._file_rows = NoReport(), {}
            return True
        self._open_usage_reports()
        if self._chosen.endpoint != "auto" or self.state.endpoint != "metrics" or self._file_rows:
            return True
        day = self._plan.days()[0]
        return isinstance(self._answers.get(day) or self._try_one_day(day, None), Found)

    def _open_usage_reports(self) -> None:
        """The 28-day report, if it can hold a wanted day; without it, one day tells whether there are any reports."""
        if self._plan.recent:
            self._file = self._reports.latest()
        failed = self._file if isinstance(self._file, Failed) else None
        if failed or not self._plan.recent:
            days = self._plan.days()
            self._try_one_day(next((day for day in days if day not in self.state.failed), days[0]), failed)
        if failed:
            logger.warning(
                f"{self.account}: the connector can't use GitHub's 28-day report, so it asks for each of the days. "
                f"{failed.failure.sentence}"
            )
        if isinstance(self._file, MonthReport):
            rows = {day: row for day, row in self._file.rows.items() if day in self._plan.recent}
            self._file_rows = {day: self._normalized(day, row) for day, row in rows.items()}

    def _try_one_day(self, day: Date, file: Failed | None) -> Answer:
        """Raises Failure where the server that fails for the 28-day report fails for a single day, too."""
        answer = self._answers[day] = self._reports.day(day)
        if isinstance(answer, Failed) and not answer.is_the_days_own:
            is_missing = file is None and isinstance(answer.failure, NotFound)
            if is_missing or (file and not file.is_the_days_own):
                raise answer.failure
        return answer

    # Which days are asked by themselves.

    def _ask_recent_days(self) -> None:
        """The 28-day report tells which days have changed, a day's own report what they are."""
        is_first = self.state.endpoint != "usage_reports"
        if not isinstance(self._file, MonthReport):
            if not is_first and self._plan.recent and not isinstance(self._file, Failed):
                logger.warning(
                    f"{self.account}: GitHub has no 28-day report, so the connector asks for each of the days."
                )
            if not is_first or self._has_any_report():
                self._ask(self._plan.recent)
            return
        recent = self._plan.recent
        asked = {day for day in recent if self._needs_own_report(day, is_first)}
        compared = {day for day in asked if is_final(day, self._today)}
        if is_first and self._file_rows:
            asked.add(max(self._file_rows))
            compared.add(max(self._file_rows))
        self._ask(day for day in recent if day in asked)
        if doubt := self._doubt(self._file, compared):
            logger.warning(
                f"{self.account}: GitHub's 28-day report can't tell which days have changed: {doubt}. The connector "
                f"asks for each of the {len(recent)} recent days, with a call for each."
            )
            self._ask(recent)
        else:
            self._unchanged = set(recent) - asked

    def _has_any_report(self) -> bool:
        """Asks for some days of an account that never had a report; if none has one, the rest isn't asked."""
        surely = self._plan.recent if isinstance(self._file, Failed) else ()
        others = calendar.probes([day for day in self._plan.days() if day not in surely])
        self._ask(day for day in self._plan.days() if day in surely or day in others)
        if any(isinstance(answer, Found) for answer in self._answers.values()):
            return True
        self._plan = self._plan.only({*surely, *others})
        if not any(isinstance(answer, Failed) for answer in self._answers.values()) and not self._failure:
            logger.warning(
                f"{self.account}: GitHub has no Copilot usage report of this {self.account.type.name} yet. The next "
                'sync asks again. If people use Copilot there, check that the policy "Copilot usage metrics" is '
                "enabled: the first report comes a day or two later."
            )
        return False

    def _needs_own_report(self, day: Date, is_first: bool) -> bool:
        """Of a first sync's young days the 28-day report is used as it is, if it stands the comparison."""
        if day not in self._file_rows or day in self.state.failed or is_final(day, self._today):
            return True
        return not is_first and not same_content(self.state.digests.get(day, ""), self._file_rows[day].digest)

    def _doubt(self, file: MonthReport, compared: set[Date]) -> str:
        """Why the 28-day report can't be trusted to tell what has changed; empty if nothing speaks against it."""
        if file.created and calendar.is_stale(file.created, self._today):
            return f"it was made on {file.created.isoformat()}"
        for day in sorted(compared & self._file_rows.keys()):
            answer = self._answers.get(day)
            if isinstance(answer, Found):
                if not same_content(self._normalized(day, answer.fields).digest, self._file_rows[day].digest):
                    return f"its row of {day.isoformat()} differs from that day's own report"
            elif not is_final(day, self._today):
                return f"its row of {day.isoformat()} can't be compared with that day's own report"
        return ""

    def _ask(self, days: Iterable[Date]) -> None:
        """Keeps the days' answers; a failure that stops the asking is raised when a day without an answer is read."""
        try:
            for day, answer in self._asked(days):
                self._answers[day] = answer
        except Failure as failure:
            self._failure = failure

    def _asked(self, days: Iterable[Date]) -> Iterator[tuple[Date, Answer]]:
        """Each day that has no answer yet, with its own report's answer: several in flight, in this order."""
        if self._failure:
            raise self._failure
        open_days = [day for day in days if day not in self._answers]
        with closing(self._pool.in_order(self._reports.day, open_days)) as answers:
            for day, answer in zip(open_days, answers, strict=True):
                self._stop_after_three(day, answer)
                yield day, answer

    def _stop_after_three(self, day: Date, answer: Answer) -> None:
        if day in self.state.failed:
            return  # days known to fail would keep the days after them from being asked for good
        is_everyones = isinstance(answer, Failed) and not answer.is_the_days_own
        self._failures_in_a_row = self._failures_in_a_row + 1 if is_everyones else 0
        if isinstance(answer, Failed) and self._failures_in_a_row == FAILURES_IN_A_ROW:
            failure = answer.failure
            if isinstance(failure, NotFound):
                failure = self._explained([self._endpoint])
            rest = OTHER_DAYS_WAIT.format(days=FAILURES_IN_A_ROW)
            raise type(failure).of(failure.failure_type, failure.sentence, rest)

    def _answer(self, day: Date) -> Answer | None:
        """What the day's own report says; None if the 28-day report says that nothing has changed."""
        if day in self._unchanged:
            return None
        while day not in self._answers:
            if self._failure:
                raise self._failure
            asked, answer = next(self._asking)
            self._answers[asked] = answer
        return self._answers.pop(day)

    # What the answers become.

    def _read(self, day: Date, answer: Answer | None) -> Iterator[DayResult]:
        row, extra = self._row(day, answer), self._extra_fields(day)
        is_extra_new = digest(extra) != digest(self.state.file_fields.get(day, {}))
        change = self.state.change(day, row.digest) or ("revised" if is_extra_new else None) if row else None
        if row:
            self._check_id(row.fields)
        self._count(day, answer, row, change)
        failure = answer.failure if isinstance(answer, Failed) else None
        if row and change:
            record, unmapped = self._record(day, row, extra)
            yield DayResult(record, failure, unmapped)
        else:
            yield DayResult(None, failure, row.unmapped if row else ())
        if row:
            self.state.keep_row(day, row.digest, self._endpoint)
        if extra:
            self.state.file_fields[day] = extra
        if is_extra_new and row is None and day in self.state.digests:
            self.state.digests[day] = ""  # the row that was sent lacks them: the next one is news, whatever it holds
        if answer:
            self.state.mark_answered(day, answer, self._endpoint, has_row=row is not None)

    def _row(self, day: Date, answer: Answer | None) -> _Row | None:
        """The own report's row; without one, that of the 28-day report, but never in place of another that was sent."""
        if isinstance(answer, Found):
            return self._normalized(day, answer.fields)
        row, sent = self._file_rows.get(day), self.state.digests.get(day)
        return row if row and (sent is None or same_content(sent, row.digest)) else None

    def _extra_fields(self, day: Date) -> Fields:
        """What a 28-day report had beside its rows and is kept with the row of its last day."""
        kept = self.state.file_fields.get(day, {})
        if isinstance(self._file, MonthReport) and day == self._file.last_day:
            return {**kept, **self._file.last_day_fields}
        return kept

    def _count(self, day: Date, answer: Answer | None, row: _Row | None, change: Change | None) -> None:
        self.stats.read += 1
        if change:
            self.stats.emitted[change] += 1
        if isinstance(answer, Failed):
            self.stats.failed.append(day)
        elif row is None and self._is_pending(day, answer):
            self.stats.pending.append(day)
        if row is None and isinstance(answer, NoReport) and self.state.vanishes(day):
            logger.warning(
                f"{self.account}: GitHub no longer has its report of {day.isoformat()}. "
                "The row that was synced stays as it is."
            )

    def _is_pending(self, day: Date, answer: Answer | None) -> bool:
        """The metrics endpoint leaves idle days out: past the time for late data, such a day was idle."""
        if isinstance(answer, Unclear):
            return True
        is_over = is_settled if self._endpoint == "metrics" else is_final
        return day not in self.state.digests and not is_over(day, self._today)

    def _normalized(self, day: Date, fields: Fields) -> _Row:
        normalized = self._normalizer.normalize(fields, self._own_columns(day))
        return _Row(fields, digest(normalized.record), normalized.unmapped)

    def _record(self, day: Date, row: _Row, extra: Fields) -> tuple[Record, tuple[str, ...]]:
        """The record to emit, valid by its schema, and the names of the fields that have no column.

        Of what the 28-day report has beside its rows only the engagement has a column: the others' names may be those
        of columns that are about the day.
        """
        engagement = {ENGAGEMENT: extra[ENGAGEMENT]} if ENGAGEMENT in extra and not row.fields.get(ENGAGEMENT) else {}
        normalized = self._normalizer.normalize({**row.fields, **engagement}, self._own_columns(day))
        others = {name: value for name, value in extra.items() if name != ENGAGEMENT}
        record = normalized.record
        if others:
            record = {**record, ADDITIONAL_FIELDS: {**others, **record.get(ADDITIONAL_FIELDS, {})}}
        valid = self._normalizer.validate(record)
        return valid.record, (*normalized.unmapped, *valid.unmapped, *sorted(others))

    def _own_columns(self, day: Date) -> dict[str, Any]:
        columns = {
            self.account.type.name: self.account.name.lower(),
            "date": day.isoformat(),
            "is_settled": is_settled(day, self._today),
            "retrieved_at": self._clock.now().strftime("%Y-%m-%dT%H:%M:%SZ"),
        }
        return columns if len(self.account.type.endpoints) == 1 else {**columns, "source_endpoint": self._endpoint}

    def _check_id(self, fields: Fields) -> None:
        """A freed name can belong to someone else: the first id seen is the account."""
        found = fields.get(self.account.type.id_field)
        if not isinstance(found, (str, int)) or found == "":
            return
        if self.state.account_id is None:
            self.state.account_id = str(found)
        elif self.state.account_id != str(found):
            ids = {"found": str(found)[:40], "known": self.state.account_id}
            raise GITHUB_CONTENT["another account"].named(ids)

    # What is said.

    def _log_progress(self, day: Date) -> None:
        text = self.stats.progress(day, len(self._plan.days()), self.calls(), self._clock.monotonic())
        if text:
            logger.info(text)

    def _log_lost_days(self) -> None:
        """Days that are wanted, or failed so far, and that the endpoint no longer goes back to."""
        horizon = self._horizon(self._endpoint)
        lost = {day for day in self.state.failed if day < horizon}
        self.state.failed -= lost
        span = calendar.out_of_reach(self._chosen.since, self._chosen.until, horizon)
        if span:
            lost |= set(span.days()) - self.state.read_days(self._endpoint)
        for days in calendar.spans(lost):
            logger.warning(
                f"{self.account}: {days.first.isoformat()} to {days.last.isoformat()} are no longer available; "
                f"GitHub's data now starts at {horizon.isoformat()}."
            )

    def _explained(self, missing: list[Endpoint]) -> Failure:
        """Why there is a 404: https://docs.github.com/en/rest/using-the-rest-api/troubleshooting-the-rest-api.

        GitHub has no endpoint at which an enterprise itself could be asked for.
        """
        if self.account.type is ENTERPRISE:
            return GITHUB_CONTENT["enterprise unknown"].named({})
        try:
            self._github.get(self.account.path, "the organization itself", self.account)
            cause = "metrics closed" if missing == ["metrics"] else "reports closed"
        except NotFound:
            cause = "organization unknown"
        return GITHUB_CONTENT[cause].named({})
