"""Reads GitHub's Copilot usage reports: an envelope from the API host, signed links in it, files behind them.

https://docs.github.com/en/enterprise-cloud@latest/rest/copilot/copilot-usage-metrics
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

from pendulum import Date

from source_usage_metrics.account import Account
from source_usage_metrics.copilot.answers import Answer, Failed, Found, NoReport, Unclear
from source_usage_metrics.copilot.calendar import horizon, is_at_the_edge, parsed
from source_usage_metrics.copilot.state import VOLATILE, digest
from source_usage_metrics.error_table import GITHUB_CONTENT
from source_usage_metrics.errors import (
    BadRequest,
    EveryRequestFails,
    Failure,
    NoReportAvailable,
)
from source_usage_metrics.github import GitHub
from source_usage_metrics.http import LinkRefused
from source_usage_metrics.parsing import loads
from source_usage_metrics.transport import Response
from source_usage_metrics.url import is_loopback, is_safe_url

Fields = Mapping[str, Any]
# The first link and two fresh ones: links run out about an hour after their envelope was made.
ENVELOPES = 3
BOM = b"\xef\xbb\xbf"
# A report holds 28 days at most.
MOST_DAYS = 1000
IDS = ("organization_id", "enterprise_id")
# What a file says of itself, beside its rows; anything else there is data.
DESCRIPTION = {*IDS, *VOLATILE, "day_totals", "report_day", "report_start_day", "report_end_day", "created_at"}
ENGAGEMENT = "copilot_feature_engagement"
THE_28_DAY_REPORT = "the 28-day usage report"


class Malformed(ValueError):
    """A file that isn't what GitHub documents; the text completes "… can't be read:"."""


class MalformedEnvelope(Malformed):
    """The same of an envelope: such an answer may meet every day, not only the one that was asked for."""


@dataclass
class Contents:
    """What the files of one report hold: rows by day, without the field `day`, and the fields beside the rows."""

    rows: dict[Date, Fields] = field(default_factory=dict)
    beside: dict[str, Any] = field(default_factory=dict)

    def extra(self) -> dict[str, Any]:
        """The fields beside the rows that are data, not a description of the file."""
        return {name: value for name, value in self.beside.items() if name not in DESCRIPTION and value is not None}


@dataclass(frozen=True)
class MonthReport:
    """The 28-day report: rows by day, when it was made, and what it says beside its rows of its last day.

    https://github.blog/changelog/2026-09-17: `copilot_feature_engagement` is about all of its days, and has no history.
    """

    rows: Mapping[Date, Fields]
    created: Date | None
    last_day: Date
    last_day_fields: Fields


class UsageReports:
    """The usage reports of one organization or enterprise."""

    def __init__(self, github: GitHub, account: Account, today: Date) -> None:
        self._github, self._account, self._today = github, account, today
        self._horizon = horizon("usage_reports", account.type.first_report, today)
        self._path = f"{account.path}/copilot/metrics/reports/{account.type.name}"

    def day(self, day: Date) -> Answer:
        """What the day's own report says.

        Raises:
            EveryRequestFails: no other report could be had either.
        """
        what = f"the usage report of {day.isoformat()}"
        answer = self._contents_or_case("1-day", {"day": day.isoformat()}, what)
        if (
            isinstance(answer, Failed)
            and isinstance(answer.failure, BadRequest)
            and is_at_the_edge(day, self._horizon, self._today)
        ):
            return Unclear()
        if not isinstance(answer, Contents):
            return answer
        try:
            return Found(_only_row(answer, day))
        except Malformed as fault:
            return self._malformed(what, fault)

    def latest(self) -> MonthReport | NoReport | Unclear | Failed:
        """The 28-day report. Raises as `day`."""
        answer = self._contents_or_case("28-day/latest", None, THE_28_DAY_REPORT)
        if not isinstance(answer, Contents):
            return answer
        return _month(answer) if answer.rows else Unclear()

    def probe(self) -> None:
        """Goes the way of `latest` as far as the first bytes of a file.

        Raises:
            Failure: `latest` would fail.
        """
        try:
            links = self._links(self._envelope("28-day/latest", None, THE_28_DAY_REPORT), None)
            for link in links[:1] if isinstance(links, list) else []:
                self._github.download(link, THE_28_DAY_REPORT, self._account, first_bytes_only=True)
        except NoReportAvailable:
            return
        except Malformed as fault:
            raise self._unreadable(THE_28_DAY_REPORT, fault) from None
        except LinkRefused as refused:
            raise refused.failure from None

    def _contents_or_case(
        self, report: str, query: Mapping[str, str] | None, what: str
    ) -> Contents | NoReport | Unclear | Failed:
        try:
            return self._contents(report, query, what)
        except Malformed as fault:
            return self._malformed(what, fault)
        except NoReportAvailable:
            return NoReport()
        except EveryRequestFails:
            raise
        except Failure as failure:
            return Failed(failure, is_the_days_own=False)

    def _contents(self, report: str, query: Mapping[str, str] | None, what: str) -> Contents | NoReport | Unclear:
        failure: Failure | None = None
        for _ in range(ENVELOPES):
            links = self._links(self._envelope(report, query, what), query)
            if not isinstance(links, list):
                return links
            try:
                files = [self._github.download(link, what, self._account) for link in links]
            except LinkRefused as refused:
                failure = refused.failure
                continue
            if not any(file.removeprefix(BOM).strip() for file in files):
                raise Malformed("its only file is empty" if len(files) == 1 else "all of its files are empty")
            return read_files(files)
        assert failure is not None
        raise failure

    def _envelope(self, report: str, query: Mapping[str, str] | None, what: str) -> Response:
        return self._github.get(f"{self._path}-{report}", what, self._account, query)

    def _links(self, response: Response, query: Mapping[str, str] | None) -> list[str] | NoReport | Unclear:
        """The links, or which case of an answer without links it is: this is where a new answer gets its place."""
        if response.status not in (200, 204):
            raise MalformedEnvelope(f"its status is {response.status}")
        envelope = response.json()
        if not response.body or envelope == "" or _says_no_report(envelope):
            return NoReport()
        if envelope == {}:
            return Unclear()
        if not isinstance(envelope, dict):
            raise MalformedEnvelope("its envelope is not an object")
        if "download_links" not in envelope or "message" in envelope:
            raise MalformedEnvelope("its envelope has no download_links, or an error message")
        if query and envelope.get("report_day", query["day"]) != query["day"]:
            raise MalformedEnvelope("its envelope is about another day")
        return _checked(envelope["download_links"], allow_loopback=is_loopback(self._github.api_url))

    def _malformed(self, what: str, fault: Malformed) -> Failed:
        return Failed(self._unreadable(what, fault), is_the_days_own=not isinstance(fault, MalformedEnvelope))

    def _unreadable(self, what: str, fault: Malformed) -> Failure:
        return GITHUB_CONTENT["unreadable"].named({"what": what, "fault": str(fault)})


def _says_no_report(envelope: Any) -> bool:
    return isinstance(envelope, str) and "no report available" in envelope.lower()


def _checked(links: Any, *, allow_loopback: bool) -> list[str] | Unclear:
    if links is None or links == []:
        return Unclear()
    if not isinstance(links, list) or not all(
        isinstance(link, str) and is_safe_url(link, allow_loopback=allow_loopback) for link in links
    ):
        raise MalformedEnvelope("its envelope holds something else than https links")
    return links


def _only_row(contents: Contents, day: Date) -> Fields:
    if others := [other.isoformat() for other in contents.rows if other != day]:
        raise Malformed(f"it holds {', '.join(others[:3])}")
    row = contents.rows.get(day, {})
    if not any(value is not None for name, value in row.items() if name not in {*DESCRIPTION, "message"}):
        raise Malformed("it holds no row, or one without any number")
    return {**contents.extra(), **row}


def _month(contents: Contents) -> MonthReport:
    beside, fields = contents.beside, contents.extra()
    if isinstance(fields.get(ENGAGEMENT), dict):
        fields[ENGAGEMENT] = {"report_start_day": beside.get("report_start_day"), **fields[ENGAGEMENT]}
    return MonthReport(
        rows=contents.rows,
        created=_day_or_none(str(beside.get("created_at"))[:10]),
        last_day=_day_or_none(beside.get("report_end_day")) or max(contents.rows),
        last_day_fields=fields,
    )


def read_files(files: Iterable[bytes]) -> Contents:
    """What all files of a report hold together.

    A file is one object, an array, or one object a line, each a day or a wrapper with `day_totals`, in any order.
    https://docs.github.com/en/copilot/reference/copilot-usage-metrics/example-schema shows arrays; downloads are lines.

    Raises:
        Malformed: a line isn't JSON, a row has no day, a day comes twice with different content.
    """
    contents = Contents()
    for file in files:
        for value in _values(file.removeprefix(BOM)):
            _collect(value, {}, contents)
    return contents


def _values(file: bytes) -> Iterator[Any]:
    if not file.strip():
        return
    try:
        yield loads(file)
        return
    except ValueError:
        count = file.rstrip(b"\n").count(b"\n") + 1
    for number, line in enumerate(BytesIO(file), start=1):
        if line.strip():
            yield _line(line, number, count)


def _line(line: bytes, number: int, count: int) -> Any:
    try:
        return loads(line)
    except ValueError:
        raise Malformed(f"line {number} of {count} is not JSON" if count > 1 else "it is not JSON") from None


def _collect(value: Any, ids: Fields, contents: Contents) -> None:
    if isinstance(value, list):
        for item in value:
            _collect(item, ids, contents)
    elif not isinstance(value, dict):
        raise Malformed("it holds something else than objects")
    elif "day_totals" in value:
        if not isinstance(value["day_totals"], list):
            raise Malformed("its day_totals is not a list")
        contents.beside |= {name: beside for name, beside in value.items() if name != "day_totals"}
        _collect(value["day_totals"], {name: value[name] for name in IDS if value.get(name) is not None}, contents)
    else:
        _add(contents.rows, {**ids, **value})


def _add(rows: dict[Date, Fields], row: Fields) -> None:
    day = _day_or_none(row.get("day"))
    if day is None:
        raise Malformed("a row of it has no day")
    fields = {name: value for name, value in row.items() if name != "day"}
    if day in rows and digest(rows[day]) != digest(fields):
        raise Malformed(f"it holds {day.isoformat()} twice, with different content")
    rows.setdefault(day, fields)
    if len(rows) > MOST_DAYS:
        raise Malformed(f"it holds more than {MOST_DAYS} days")


def _day_or_none(text: object) -> Date | None:
    try:
        return parsed(text)
    except ValueError:
        return None
