"""Syncs all streams into a DuckDB file with PyAirbyte: the connector used without Airbyte.

    python examples/sync_to_duckdb.py --config secrets/config.json --database usage.duckdb --connector PATH

Run again, it reads only what is new: PyAirbyte keeps the connector's state in the same file.
"""

import argparse
import contextlib
import io
import json
import logging
import os
import shutil
import sys
import tempfile
import warnings
from decimal import Decimal
from pathlib import Path
from typing import Any

# PyAirbyte reads these when it is imported: no look-up in Airbyte's registry, no telemetry, no redrawn progress.
os.environ |= {"AIRBYTE_OFFLINE_MODE": "1", "DO_NOT_TRACK": "1", "NO_LIVE_PROGRESS": "1"}
# On Python 3.10 and 3.11 Google's libraries, which PyAirbyte loads, warn that they will stop supporting it.
warnings.simplefilter("ignore", FutureWarning)

import airbyte as ab  # noqa: E402
from airbyte.caches import DuckDBCache  # noqa: E402
from sqlalchemy.exc import OperationalError  # noqa: E402
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
Mend this, then run it again. The connector said:"""


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


def settings(path: str) -> dict[str, Any]:
    """What the file holds; without it there is nothing to do."""
    try:
        found: dict[str, Any] = json.loads(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        sys.exit(f"The settings file {path} can't be read: {error.strerror}. README shows what stands in one.")
    except ValueError as error:
        sys.exit(f"The settings file {path} is not JSON: {error}. README shows what stands in one.")
    return found


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--config", type=settings, required=True, help="the connector's settings, a JSON file")
    parser.add_argument("--database", type=Path, default=Path("usage.duckdb"), help="default: %(default)s")
    parser.add_argument("--schema", default="usage_metrics", help="of the tables in it; default: %(default)s")
    parser.add_argument("--connector", default=NAME, help="its executable; default: %(default)s on the PATH")
    options = parser.parse_args()
    if shutil.which(options.connector) is None:
        parser.error(f"{options.connector} can't be run: install the connector, or say where it is with --connector")
    if options.database.stem == options.schema:
        parser.error("DuckDB wants another --schema than the name of the --database")
    return options


def sync(options: argparse.Namespace, cache: DuckDBCache, log: ConnectorLog) -> list[str]:
    """Reads every stream into the cache: rows with a known primary key replace the old ones. Returns the streams."""
    source = ab.get_source(NAME, config=options.config, local_executable=options.connector)
    logging.getLogger(f"airbyte.{NAME}").addHandler(log)
    source.select_all_streams()
    source.read(cache=cache, skip_validation=True)  # the connector validates, and says what to do
    return list(source.get_selected_streams())


def rows_and_last(cache: DuckDBCache, schema: str) -> dict[str, tuple[int, Any]]:
    """Per table that is there: how many rows, and when the newest of them was read."""
    query = f"SELECT table_name FROM information_schema.tables WHERE table_schema = '{schema}'"
    tables = {row["table_name"] for row in cache.run_sql_query(query)} & set(SHOWN)
    query = "SELECT count(*) AS n, max(_airbyte_extracted_at) AS last FROM {}.{}"
    answers = {table: cache.run_sql_query(query.format(schema, table))[0] for table in tables}
    return {table: (answer["n"], answer["last"]) for table, answer in answers.items()}


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


def main() -> int | str:
    options, progress = arguments(), SyncProgress()
    log = ConnectorLog(progress)
    print(f"Syncing into {options.database}, schema {options.schema}", flush=True)
    try:
        with tempfile.TemporaryDirectory() as staging, contextlib.redirect_stderr(io.StringIO()):
            cache = DuckDBCache(db_path=options.database, schema_name=options.schema, cache_dir=staging)
            before = rows_and_last(cache, options.schema)
            with progress:
                streams = sync(options, cache, log)
            for stream in streams:
                report(cache, options.schema, stream, before.get(stream, (0, None)))
    except ab.exceptions.PyAirbyteError as error:
        # The connector's last sentence sums up the others.
        return "\n".join([FAILED, *(log.failures[-1:] or [error.get_message()])])
    except OperationalError as error:
        if "lock" in str(error.orig):
            return f"\n{options.database} is in use: close the program that has it open, and try again."
        return f"\n{options.database} can't be opened: {error.orig}"
    return 0


if __name__ == "__main__":
    sys.exit(main())
