"""The three warehouses, each from its first load to its last: loaded by PyAirbyte, queried in its own SQL."""

import os
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from integration_tests.warehouses.loader import VENVS, Loader
from integration_tests.warehouses.story import Story

WAREHOUSES = ("duckdb", "bigquery", "snowflake")
Open = Callable[[Path], AbstractContextManager[Loader]]


@contextmanager
def duckdb(folder: Path) -> Iterator[Loader]:
    """A file."""
    with Loader(folder, warehouse="duckdb", database=str(folder / "usage.duckdb"), schema="usage_metrics") as loader:
        yield loader


@contextmanager
def bigquery(folder: Path) -> Iterator[Loader]:
    """An emulator of BigQuery's REST API (PyPI bqemulator: DuckDB behind a translation of the SQL), in memory."""
    port, grpc = free_port(), free_port()
    command = [str(VENVS / "bigquery/bin/bqemulator"), "start", "--project", "local", "--log-level", "error"]
    command += ["--rest-port", str(port), "--grpc-host", "127.0.0.1", "--grpc-port", str(grpc)]
    home = os.environ | {"HOME": str(VENVS / "bigquery/home")}
    with serving(command, port, folder / "bqemulator.log", home):
        url = f"http://127.0.0.1:{port}"
        with Loader(folder, warehouse="bigquery", database="local", schema="usage_metrics", url=url) as loader:
            yield loader


@contextmanager
def snowflake(folder: Path) -> Iterator[Loader]:
    """fakesnow (PyPI: DuckDB behind a translation of the SQL), in memory."""
    port = free_port()
    command = [str(VENVS / "snowflake/bin/fakesnow"), "--server", "--host", "127.0.0.1", "--port", str(port)]
    with (
        serving(command, port, folder / "fakesnow.log", os.environ.copy()),
        Loader(folder, warehouse="snowflake", database="ANALYTICS", schema="USAGE_METRICS", port=port) as loader,
    ):
        yield loader


OPEN: dict[str, Open] = {"duckdb": duckdb, "bigquery": bigquery, "snowflake": snowflake}


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


@contextmanager
def serving(command: list[str], port: int, log: Path, environment: dict[str, str]) -> Iterator[None]:
    """The emulator, from when it listens until the end of the block."""
    with log.open("wb") as output:
        server = subprocess.Popen(command, stdout=output, stderr=output, env=environment, cwd=log.parent)
    try:
        while not _listens(port):
            if server.poll() is not None:
                raise AssertionError(f"{command[0]} did not start:\n{log.read_text()[-3000:]}")
            time.sleep(0.2)
        yield
    finally:
        server.terminate()
        server.wait()


def _listens(port: int) -> bool:
    with socket.socket() as caller:
        return caller.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture(
    scope="session",
    params=[pytest.param(name, marks=pytest.mark.xdist_group(name)) for name in WAREHOUSES],
)
def story(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    """All loads of one warehouse, and what it held after each."""
    folder = tmp_path_factory.mktemp(request.param)
    with OPEN[request.param](folder) as loader:
        yield Story(loader, folder).told()
