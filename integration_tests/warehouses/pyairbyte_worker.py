"""Loads and queries with PyAirbyte, in PyAirbyte's own environment: a JSON command a line in, a JSON answer a line out.

    python pyairbyte_worker.py '{"warehouse": "duckdb", "database": "usage.duckdb", "schema": "usage_metrics"}'

Every sync opens the warehouse anew, so what it knows of the syncs before it comes from the warehouse's tables.
"""

import gzip
import importlib
import io
import json
import os
import sys
import tempfile
import warnings
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any, ClassVar

# PyAirbyte reads these when it is imported: no look-up in Airbyte's registry, no telemetry, no redrawn progress.
os.environ |= {"AIRBYTE_OFFLINE_MODE": "1", "DO_NOT_TRACK": "1", "NO_LIVE_PROGRESS": "1"}
warnings.simplefilter("ignore")

import airbyte as ab  # noqa: E402
from airbyte.caches import BigQueryCache, DuckDBCache, SnowflakeCache  # noqa: E402
from airbyte.caches.base import CacheBase  # noqa: E402
from sqlalchemy import Integer, text  # noqa: E402

Json = dict[str, Any]
snowflake_processor = importlib.import_module("airbyte._processors.sql.snowflake")
bigquery_processor = importlib.import_module("airbyte._processors.sql.bigquery")
bigquery = importlib.import_module("google.cloud.bigquery")
VARIANT = importlib.import_module("snowflake.sqlalchemy").VARIANT


class Int64(Integer):  # type: ignore[misc]
    """PyAirbyte declares INTEGER, which is INT64 in BigQuery and 32 bits wide in the emulator."""

    def __str__(self) -> str:
        return "INT64"


class Int64Converter(bigquery_processor.BigQueryTypeConverter):  # type: ignore[misc, name-defined]
    """PyAirbyte's, with the other spelling."""

    def to_sql_type(self, json_schema_property_def: Any) -> Any:
        made = super().to_sql_type(json_schema_property_def)
        return Int64() if isinstance(made, Integer) else made


class Int64Processor(bigquery_processor.BigQuerySqlProcessor):  # type: ignore[misc, name-defined]
    """PyAirbyte's, with the other spelling."""

    type_converter_class = Int64Converter


class EmulatedBigQuery(BigQueryCache):  # type: ignore[misc]
    """PyAirbyte's BigQuery cache, signed in to nothing. `emulator` is the address of the API."""

    emulator: str
    _sql_processor_class: ClassVar[Any] = Int64Processor

    def get_vendor_client(self) -> Any:
        anonymous = importlib.import_module("google.auth.credentials").AnonymousCredentials()
        return PlainUploads(
            project=self.project_name, credentials=anonymous, client_options={"api_endpoint": self.emulator}
        )

    def get_sql_alchemy_url(self) -> Any:
        return _secret(f"bigquery://{self.project_name}?user_supplied_client=True")

    def get_sql_alchemy_connect_args(self) -> Json:
        return {"client": self.get_vendor_client()}


class PlainUploads(bigquery.Client):  # type: ignore[misc, name-defined]
    """The real service sees by itself that an upload is gzipped; the emulator doesn't, so it gets it unpacked."""

    def load_table_from_file(self, file_obj: Any, *arguments: Any, **options: Any) -> Any:
        return super().load_table_from_file(io.BytesIO(gzip.decompress(file_obj.read())), *arguments, **options)


class InsertingProcessor(snowflake_processor.SnowflakeSqlProcessor):  # type: ignore[misc, name-defined]
    """PyAirbyte's Snowflake loading as far as fakesnow knows it: it has no ALTER SESSION and no COPY of JSON.

    So names are upper-cased here, and rows arrive by INSERT; tables, types, MERGE and state are PyAirbyte's own.
    """

    def _init_connection_settings(self, connection: Any) -> None:
        """Nothing: QUOTED_IDENTIFIERS_IGNORE_CASE is what `_quote_identifier` stands for."""

    def _quote_identifier(self, identifier: str) -> str:
        return f'"{identifier.upper()}"'

    def _write_files_to_new_table(self, files: Sequence[Path], stream_name: str, batch_id: str) -> str:
        table: str = self._create_table_for_loading(stream_name=stream_name, batch_id=batch_id)
        columns = self._get_sql_column_definitions(stream_name)
        selected = ", ".join(
            f"PARSE_JSON(column{number})" if isinstance(kind, VARIANT) else f"column{number}"
            for number, kind in enumerate(columns.values(), 1)
        )
        names = ", ".join(self._quote_identifier(name) for name in columns)
        rows = [json.loads(line) for file in files for line in gzip.decompress(file.read_bytes()).splitlines()]
        with self.get_sql_connection() as connection:
            cursor = connection.connection.cursor()
            for start in range(0, len(rows), 50):
                values = ", ".join(
                    f"({', '.join(_literal(row.get(name)) for name in columns)})" for row in rows[start : start + 50]
                )
                cursor.execute(
                    f"INSERT INTO {self._fully_qualified(table)} ({names}) SELECT {selected} FROM VALUES {values}"
                )
        return table


class EmulatedSnowflake(SnowflakeCache):  # type: ignore[misc]
    """PyAirbyte's Snowflake cache on a fakesnow server at `emulator_port` of this machine."""

    emulator_port: int
    _sql_processor_class: ClassVar[Any] = InsertingProcessor

    def get_sql_alchemy_connect_args(self) -> Json:
        return {"protocol": "http", "host": "127.0.0.1", "port": self.emulator_port}


def _secret(value: str) -> Any:
    return importlib.import_module("airbyte.secrets.base").SecretString(value)


def _literal(value: Any) -> str:
    """A value as SQL. fakesnow takes `$name` for a session variable, even inside a literal."""
    if value is None:
        return "NULL"
    if isinstance(value, bool | int | float):
        return str(value).upper() if isinstance(value, bool) else repr(value)
    written = value if isinstance(value, str) else json.dumps(value).replace("$", "\\u0024")
    escaped = written.replace("\\", "\\\\").replace("'", "''")
    return f"'{escaped}'"


def cache(where: Mapping[str, Any], staging: str) -> CacheBase:
    """The warehouse, opened. `staging` is the folder for the files that are loaded."""
    if where["warehouse"] == "duckdb":
        return DuckDBCache(db_path=where["database"], schema_name=where["schema"], cache_dir=staging)
    if where["warehouse"] == "bigquery":
        return EmulatedBigQuery(
            project_name=where["database"], dataset_name=where["schema"], emulator=where["url"], cache_dir=staging
        )
    dialect = importlib.import_module("snowflake.sqlalchemy.snowdialect").SnowflakeDialect
    dialect._get_server_version_info = lambda *_: (9, 0, 0)
    return EmulatedSnowflake(
        **dict.fromkeys(("account", "username", "password", "warehouse", "role"), "fakesnow"),
        database=where["database"],
        schema_name=where["schema"],
        emulator_port=where["port"],
        cache_dir=staging,
    )


def sync(where: Mapping[str, Any], command: Json) -> Json:
    """One sync of all streams. Answers how many records came."""
    with tempfile.TemporaryDirectory() as staging:
        source = ab.get_source(
            "source-usage-metrics", config=command["config"], local_executable=command["connector"], streams="*"
        )
        result = source.read(
            cache=cache(where, staging), write_strategy=command.get("strategy", "auto"), skip_validation=True
        )
        return {"records": result.processed_records}


def query(where: Mapping[str, Any], command: Json) -> Json:
    """The rows of a query, or nothing of a statement."""
    with tempfile.TemporaryDirectory() as staging, cache(where, staging).get_sql_engine().begin() as connection:
        result = connection.execute(text(command["sql"].replace(":", "\\:")))
        rows = [dict(row) for row in result.mappings()] if result.returns_rows else []
    return {"rows": [{name.lower(): _plain(value) for name, value in row.items()} for row in rows]}


def _plain(value: Any) -> Any:
    if isinstance(value, date | datetime | time):
        return value.isoformat()
    if isinstance(value, Decimal):
        return int(value) if value == int(value) else float(value)
    return value


def main() -> None:
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    where = json.loads(sys.argv[1])
    for line in sys.stdin:
        command = json.loads(line)
        try:
            answer = sync(where, command) if "connector" in command else query(where, command)
        except Exception as error:  # noqa: BLE001 - whatever it is, the test has to see it
            answer = {"failed": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), file=answers, flush=True)


if __name__ == "__main__":
    main()
