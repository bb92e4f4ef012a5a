"""What sync_to_duckdb.py does with PyAirbyte: reads into DuckDB, says what came, and why nothing did."""

import argparse
import contextlib
import errno
import io
import logging
import os
import signal
import sys
import tempfile
import warnings
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

# PyAirbyte reads these when it is imported: no look-up in Airbyte's registry, no telemetry, no redrawn progress.
os.environ |= {"AIRBYTE_OFFLINE_MODE": "1", "DO_NOT_TRACK": "1", "NO_LIVE_PROGRESS": "1"}
# On Python 3.10 and 3.11 Google's libraries, which PyAirbyte loads, warn that they will stop supporting it.
warnings.simplefilter("ignore", FutureWarning)

import airbyte as ab  # noqa: E402
import duckdb  # noqa: E402
from airbyte.caches import DuckDBCache  # noqa: E402
from sqlalchemy.exc import SQLAlchemyError  # noqa: E402
from sync_progress import SyncProgress  # noqa: E402

NAME = "source-usage-metrics"
# What is shown of each stream: what one record is, its instant or day, and a few columns.
SHOWN = {
    "copilot_days": ("days", "date", "organization, date, is_settled, daily_active_users, loc_added_sum"),
    "copilot_enterprise_days": (
        "days",
        "date",
        "enterprise, date, is_settled, daily_active_users, loc_added_sum",
    ),
    "org_metrics": ("snapshots", "observed_at", "organization_id, observed_at, total_jobs_compute_time, project_count"),
}


# What the CDK says of itself, or again.
CHATTER = (
    "{",
    "MemoryMonitor",
    "Starting",
    "Finished",
    "Marking stream",
    "Setting state",
    "Encountered",
    "During the sync",
)


FAILED = """
The sync failed, and PyAirbyte keeps nothing of a sync that failed, not even what was read (Airbyte itself does).
Correct this, then run it again. The connector said:"""
FULL, FULL_TEXT = (errno.ENOSPC, errno.EDQUOT), "No space left on device"
Tables = dict[str, tuple[int, Any]]


class ConnectorLog(logging.Handler):
    """Shows the connector's lines as they come, and keeps those with which it failed for the end."""

    def __init__(self, progress: SyncProgress) -> None:
        super().__init__()
        self._progress = progress
        self.failures: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        message = record.getMessage()
        if record.levelno >= logging.ERROR and message not in self.failures:
            self.failures.append(message)
        elif "\n" not in message and not message.startswith(CHATTER):
            self._progress.say(message)


def run(options: argparse.Namespace) -> str | None:
    """Syncs and says what came. Returns why it failed or was stopped, as a sentence for the user.

    options: those of sync_to_duckdb.py.
    """
    progress = SyncProgress()
    log = ConnectorLog(progress)
    # PyAirbyte's generators complain when a failure throws them away.
    sys.unraisablehook = lambda _: None
    try:
        with tempfile.TemporaryDirectory() as staging, contextlib.redirect_stderr(io.StringIO()):
            cache = DuckDBCache(db_path=options.database, schema_name=options.schema, cache_dir=staging)
            # One connection stays open, so that no other program can open the file between two of PyAirbyte's.
            with cache.get_sql_engine().connect():
                print(f"Syncing into {options.database}, schema {options.schema}", flush=True)
                before = tables(cache, options.schema)
                try:
                    with progress:
                        streams = sync(options, cache, log)
                except (KeyboardInterrupt, ab.exceptions.PyAirbyteError):
                    # Ctrl-C stops the connector, too, and PyAirbyte may take that for a failure.
                    if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
                        raise
                    return stopped(options, before, tables(cache, options.schema))
            for stream in streams:
                report(cache, options.schema, stream, before.get(stream, (0, None)))
    except (ab.exceptions.PyAirbyteError, SQLAlchemyError, duckdb.Error, OSError) as error:
        return sentence(error, options, log)
    return None


def sync(options: argparse.Namespace, cache: DuckDBCache, log: ConnectorLog) -> list[str]:
    """Reads every stream into the cache: rows with a known primary key replace the old ones. Returns the streams."""
    source = ab.get_source(NAME, config=options.settings, local_executable=options.connector)
    logging.getLogger(f"airbyte.{NAME}").addHandler(log)
    source.select_all_streams()
    source.read(cache=cache, skip_validation=True)  # the connector validates, and says what to do
    return list(source.get_selected_streams())


def tables(cache: DuckDBCache, schema: str) -> Tables:
    """Per table that is there: how many rows, and when the newest of them was read."""
    query = f"SELECT table_name FROM information_schema.tables WHERE table_schema = '{schema}'"
    found = {row["table_name"] for row in cache.run_sql_query(query)} & set(SHOWN)
    query = "SELECT count(*) AS n, max(_airbyte_extracted_at) AS last FROM {}.{}"
    answers = {table: cache.run_sql_query(query.format(schema, table))[0] for table in found}
    return {table: (answer["n"], answer["last"]) for table, answer in answers.items()}


def stopped(options: argparse.Namespace, before: Tables, after: Tables) -> str:
    """What a sync that was stopped leaves: PyAirbyte writes at the end, one stream after the other."""
    written = sorted(table for table in after if after[table] != before.get(table))
    if not written:
        return f"Stopped. The tables in {options.database} are as they were: nothing of this sync was kept."
    return f"Stopped while writing: {options.database} has the new rows of {', '.join(written)}. Run it again."


def sentence(error: Exception, options: argparse.Namespace, log: ConnectorLog) -> str:
    """Why a sync failed, and what to do."""
    chain = list(causes(error))
    if any(getattr(one, "errno", 0) in FULL or FULL_TEXT in str(one) for one in chain):
        return (
            f"\nThe disk is full. Free some space for {options.database}, and in {tempfile.gettempdir()}, where a sync"
            " collects what it reads. Then run it again."
        )
    if any("Could not set lock" in str(one) for one in chain):
        return f"\n{options.database} is in use: close the program that has it open, and try again."
    if isinstance(error, ab.exceptions.PyAirbyteError):
        # The connector's last sentence sums up the others.
        return "\n".join([FAILED, *(log.failures[-1:] or [error.get_message()])])
    return f"\n{options.database} can't be opened or written: {getattr(error, 'orig', error)}"


def causes(error: BaseException | None) -> Iterator[BaseException]:
    """The error and those that led to it."""
    while error:
        yield error
        error = error.__cause__ or error.__context__


def report(cache: DuckDBCache, schema: str, stream: str, before: tuple[int, Any]) -> None:
    """Prints what is in the stream's table, and what of it is news: rows that were read after all the old ones."""
    noun, day, columns = SHOWN[stream]
    count, last = before
    is_news = f"_airbyte_extracted_at > '{last}'" if last else "true"
    query = f"""SELECT count(*) AS n, count(*) FILTER ({is_news}) AS news,
                CAST(min({day}) AS DATE) AS first, CAST(max({day}) AS DATE) AS last FROM {schema}.{stream}"""
    table = cache.run_sql_query(query)[0]
    span = f", {table['first']} to {table['last']}" if table["n"] else ""
    new = table["n"] - count
    print(f"\n{stream}: {new} new, {table['news'] - new} changed {noun}; {table['n']} in all{span}")
    newest = cache.run_sql_query(f"SELECT {columns} FROM {schema}.{stream} ORDER BY {day} DESC, 1 LIMIT 3")
    lines = [columns.split(", "), *([cell(value) for value in row.values()] for row in newest)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    for line in lines if newest else []:
        print("  " + "  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip())


def cell(value: Any) -> str:
    """A value as it is shown; PyAirbyte's tables hold numbers as decimals with nine places."""
    if isinstance(value, Decimal):
        return f"{value:f}".rstrip("0").rstrip(".")
    return "null" if value is None else str(value)
