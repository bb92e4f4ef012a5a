"""The installed connector, PyAirbyte and dbt, each in its own environment under .venvs, as the Makefile makes it."""

import json
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
VENVS = ROOT / ".venvs"
CONNECTOR = VENVS / "connector/bin/source-usage-metrics"
WORKER = Path(__file__).with_name("pyairbyte_worker.py")
Row = dict[str, Any]


class Loader:
    """PyAirbyte at work on one warehouse, in a process of its own that ends with the block.

    Its settings are those of `pyairbyte_worker.py`: warehouse, database, schema, and the emulator's url or port.
    """

    def __init__(self, folder: Path, **settings: Any) -> None:
        self.warehouse: str = settings["warehouse"]
        self.database: str = settings["database"]
        self.schema: str = settings["schema"]
        self.settings, self._folder = settings, folder
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> "Loader":
        return self

    def __exit__(self, *failure: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.close()

    def sync(self, config: Mapping[str, Any], *, connector: Path = CONNECTOR, strategy: str = "auto") -> int:
        """One sync of every stream. Returns how many records came.

        strategy: auto replaces rows with a known primary key, append keeps them all.
        """
        records: int = self._ask(connector=str(connector), config=config, strategy=strategy)["records"]
        return records

    def sql(self, query: str) -> list[Row]:
        """The rows of a query in the warehouse's own SQL; names in lower case, dates and instants in ISO 8601."""
        rows: list[Row] = self._ask(sql=query)["rows"]
        return rows

    def table(self, name: str, order: str) -> list[Row]:
        """All of a table, its JSON parsed."""
        rows = self.sql(f"select * from {self.schema}.{name} order by {order}")
        return [{column: _parsed(value) for column, value in row.items()} for row in rows]

    def dbt(self, *arguments: str, fails: bool = False, **variables: Any) -> str:
        """Runs dbt on what was loaded, and returns what it printed. It must end well, or with `fails` not."""
        self.close()
        emulator = self.settings.get("url") or str(self.settings.get("port", 0))
        environment = os.environ | {
            "USAGE_METRICS_DATABASE": self.database,
            "USAGE_METRICS_EMULATOR": emulator,
            "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        }
        command = [str(existing(VENVS / "dbt/bin/dbt")), "--no-use-colors", *arguments, "--target", self.warehouse]
        command += ["--project-dir", str(ROOT / "dbt"), "--profiles-dir", str(WORKER.with_name("dbt_profiles"))]
        command += ["--target-path", str(self._folder / "target"), "--log-path", str(self._folder / "logs")]
        command += ["--vars", json.dumps({"usage_metrics_schema": self.schema} | variables)]
        done = subprocess.run(command, env=environment, cwd=self._folder, capture_output=True, text=True, check=False)
        assert bool(done.returncode) == fails, done.stdout[-6000:] + done.stderr[-2000:]
        return done.stdout

    def close(self) -> None:
        """Ends PyAirbyte's process, so that others can write to the warehouse; the next command starts it again."""
        process, self._process = self._process, None
        if process is not None:
            process.communicate()

    def _ask(self, **command: Any) -> Row:
        process = self._process = self._process or self._started()
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps(command) + "\n")
        process.stdin.flush()
        answer: Row = json.loads(process.stdout.readline() or '{"failed": "the process ended"}')
        assert "failed" not in answer, f"{answer['failed']}\n{self._log.read_text()[-3000:]}"
        return answer

    @property
    def _log(self) -> Path:
        return self._folder / "pyairbyte.log"

    def _started(self) -> "subprocess.Popen[str]":
        existing(CONNECTOR)
        python = existing(VENVS / "pyairbyte/bin/python")
        environment = os.environ | {"AIRBYTE_LOGGING_ROOT": str(self._folder / "logs")}
        with self._log.open("a") as log:
            return subprocess.Popen(
                [str(python), "-W", "ignore", str(WORKER), json.dumps(self.settings)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                cwd=self._folder,
                env=environment,
            )


def existing(executable: Path) -> Path:
    """The same path; the test fails where it isn't there."""
    if not executable.exists():
        pytest.fail(f"{executable} is missing: make warehouse-test makes the environments and runs these tests")
    return executable


def _parsed(value: Any) -> Any:
    """JSON comes as text from BigQuery's and Snowflake's clients, and from DuckDB's as it was."""
    if isinstance(value, str) and value[:1] in ("{", "["):
        return json.loads(value)
    return value
