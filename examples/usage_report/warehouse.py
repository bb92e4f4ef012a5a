"""Opens a DuckDB file, or the warehouse that a SQLAlchemy URL names, and reads rows: what they mean it doesn't know."""

import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import duckdb

Row = dict[str, Any]
BATCH = 500
SECRET = re.compile("cred|key|pass|pwd|token|secret")


class Unreadable(Exception):
    """Why there is no report, and what to do: a sentence for the user."""


class Warehouse(Protocol):
    """Open tables. `name` is what the page may call it: no secret is in it."""

    name: str

    def found(self, tables: Sequence[str], schema: str | None) -> tuple[str, list[str]]:
        """The schema to read, and which of the tables it has. Raises Unreadable where it has none."""

    def rows(self, schema: str, table: str, columns: Sequence[str]) -> Iterator[Row]:
        """Each row, with None for a column that the table doesn't have. The order is the database's."""


@contextmanager
def opened(database: str) -> Iterator[Warehouse]:
    """database: the path of a DuckDB file, or a SQLAlchemy URL (duckdb, snowflake, bigquery)."""
    path = re.sub(r"^duckdb:///", "", database)
    if "://" not in path:
        with _file(Path(path)) as connection:
            yield DuckDBFile(Path(path), connection)
        return
    import sqlalchemy

    try:
        url = sqlalchemy.engine.make_url(database)
    except sqlalchemy.exc.ArgumentError:
        raise Unreadable("--database is neither a file nor a URL that SQLAlchemy can read.") from None
    engine, connection = _connected(url)
    try:
        yield Server(url, connection)
    except sqlalchemy.exc.SQLAlchemyError as error:
        raise Unreadable(f"{_shown(url)} has tables that this page can't read: {_said(error, url)}") from None
    finally:
        connection.close()
        engine.dispose()


class DuckDBFile:
    """As `make sync` writes it."""

    def __init__(self, path: Path, connection: duckdb.DuckDBPyConnection) -> None:
        self.name, self._path, self._connection = path.name, path, connection
        connection.execute("SET TimeZone = 'UTC'")

    def found(self, tables: Sequence[str], schema: str | None) -> tuple[str, list[str]]:
        # A view of that name is dbt's, made of such a table.
        query = """SELECT table_schema, table_name FROM information_schema.tables
            WHERE list_contains(?, table_name) AND table_type = 'BASE TABLE' ORDER BY ALL"""
        found: dict[str, list[str]] = {}
        for name, table in self._connection.execute(query, [list(tables)]).fetchall():
            found.setdefault(name, []).append(table)
        if not found:
            raise Unreadable(f"{self._path} has no table copilot_days or org_metrics: sync into it first (make sync).")
        wanted = schema or ("usage_metrics" if len(found) > 1 else next(iter(found)))
        if wanted not in found:
            there = " or ".join(sorted(found))
            raise Unreadable(
                f"{self._path} has no table copilot_days or org_metrics in schema {wanted}. Choose --schema {there} "
                f"(make report SCHEMA={min(found)})."
            )
        return wanted, found[wanted]

    def rows(self, schema: str, table: str, columns: Sequence[str]) -> Iterator[Row]:
        source = f"{quoted(schema)}.{quoted(table)}"
        there = {row[0] for row in self._connection.execute(f"DESCRIBE {source}").fetchall()}
        asked = [name for name in columns if name in there]
        cursor = self._connection.execute(f"SELECT {', '.join(map(quoted, asked))} FROM {source}")
        while batch := cursor.fetchmany(BATCH):
            for values in batch:
                yield dict.fromkeys(columns) | dict(zip(asked, values, strict=True))


class Server:
    """Snowflake or BigQuery, as Airbyte or PyAirbyte loads them. What is a dataset in BigQuery is called a schema."""

    def __init__(self, url: Any, connection: Any) -> None:
        self._url, self._connection, self.name = url, connection, _shown(url)

    def found(self, tables: Sequence[str], schema: str | None) -> tuple[str, list[str]]:
        named = schema or self._named_schema() or "usage_metrics"
        there, problem = [], "nothing"
        for table in tables:
            try:
                # BigQuery's emulator gives an unknown table no columns, and no error.
                there += [table] if self._columns(named, table) else []
            except Exception as error:  # noqa: BLE001 - each driver says in its own way that there is no such table
                problem = _said(error, self._url)
        if not there:
            raise Unreadable(
                f"{self.name} has no table copilot_days or org_metrics in schema {named}: name another schema with "
                f"--schema (make report SCHEMA=…), or let this user read it. The last answer was: {problem}."
            )
        return named, there

    def rows(self, schema: str, table: str, columns: Sequence[str]) -> Iterator[Row]:
        there = self._columns(schema, table)
        asked = [name for name in columns if name in there]
        result = self._execute(f"SELECT {', '.join(asked)} FROM {schema}.{table}")
        for batch in result.partitions(BATCH):
            for values in batch:
                yield dict.fromkeys(columns) | dict(zip(asked, values, strict=True))

    def _named_schema(self) -> str | None:
        """As the URL has it: snowflake://…/DATABASE/SCHEMA, bigquery://project/dataset."""
        path = str(self._url.database or "")
        if self._url.get_backend_name() == "bigquery":
            return path or None
        return path.partition("/")[2] or None

    def _columns(self, schema: str, table: str) -> set[str]:
        result = self._execute(f"SELECT * FROM {schema}.{table} WHERE 1 = 0")
        return {name.lower() for name in list(result.keys())}

    def _execute(self, query: str) -> Any:
        import sqlalchemy

        return self._connection.execute(sqlalchemy.text(query))


def _connected(url: Any) -> tuple[Any, Any]:
    import sqlalchemy

    try:
        engine = sqlalchemy.create_engine(url, connect_args=_key_pair(url))
        return engine, engine.connect()
    except Exception as error:  # noqa: BLE001 - each driver, and each way to sign in, has errors of its own
        raise Unreadable(f"{_shown(url)} can't be opened: {_said(error, url)}") from None


def _key_pair(url: Any) -> dict[str, str]:
    """Snowflake's key pair, from dbt's variables: snowflake-sqlalchemy takes the name of no file from a URL."""
    found = {
        "private_key_file": os.environ.get("SNOWFLAKE_PRIVATE_KEY_PATH", ""),
        "private_key_file_pwd": os.environ.get("SNOWFLAKE_PRIVATE_KEY_PASSPHRASE", ""),
    }
    is_wanted = url.get_backend_name() == "snowflake" and not url.password
    return {name: value for name, value in found.items() if value and is_wanted}


@contextmanager
def _file(path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    if not path.is_file():
        raise Unreadable(f"{path} isn't there: sync first (make sync), or name the file with --database.")
    try:
        connection = duckdb.connect(str(path), read_only=True)
    except duckdb.Error as error:
        if "lock" in str(error):
            raise Unreadable(
                f"{path} is in use: wait for the sync, or close the program that has it open, and try again."
            ) from None
        raise Unreadable(f"{path} can't be opened as a DuckDB database: is it another file?") from None
    with connection:
        yield connection


def _shown(url: Any) -> str:
    """The warehouse and the database, without who signs in and with what."""
    name = url.host if url.get_backend_name() == "bigquery" else str(url.database or "").partition("/")[0]
    return f"{url.get_backend_name()} {name or ''}".strip()


def _said(error: Exception, url: Any) -> str:
    """The first line of what a driver said, without the secrets of the URL."""
    line = next(iter(str(error).splitlines()), type(error).__name__)
    secrets = [str(url.password or ""), *(str(value) for name, value in url.query.items() if SECRET.search(name))]
    for secret in filter(None, secrets):
        line = line.replace(secret, "…")
    return line


def quoted(name: str) -> str:
    """A name as SQL has it."""
    return '"' + name.replace('"', '""') + '"'
