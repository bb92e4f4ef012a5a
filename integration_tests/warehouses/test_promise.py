"""The promise in numbers: sixty troubled syncs carried through PyAirbyte into DuckDB end in the right table.

The connector runs in-process on the simulation's clock, which no installed one would follow; what it printed is
recorded, sync by sync, and loaded by PyAirbyte from a source that repeats it. Of a sync that was killed everything is
loaded that it had printed, as Airbyte does. (PyAirbyte itself loads nothing of a sync that fails.) Consecutive syncs
without a day in common are one load, and to append any eight.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pendulum
import pytest

from integration_tests.clock import TurnedClock
from integration_tests.destination import content
from integration_tests.harness import ACCOUNTS, Connector, Outcome
from integration_tests.simulation.simulation import Simulation
from integration_tests.standin import StandIn
from integration_tests.warehouses.loader import Loader, Row
from source_usage_metrics.source import SourceUsageMetrics

pytestmark = [pytest.mark.warehouse, pytest.mark.timeout(1500), pytest.mark.xdist_group("promise")]
SEED = 3
REPLAY = Path(__file__).with_name("replay.py")


class RecordingConnector(Connector):
    """Keeps the records and states of every sync of one stream."""

    def __init__(self, stream: str, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._column = ACCOUNTS[stream].column
        self.recorded: list[list[Row]] = []

    def sync(self, *arguments: Any, **options: Any) -> Outcome:
        outcome = super().sync(*arguments, **options)
        self.recorded.append([message for message in outcome.messages if message["type"] in ("RECORD", "STATE")])
        return outcome

    def loads(self, strategy: str) -> Iterator[list[Row]]:
        """What was recorded, in order, in parts: of eight syncs to append, without a day twice in one to merge."""
        load: list[Row] = []
        for number, messages in enumerate(self.recorded):
            if load and (number % 8 == 0 if strategy == "append" else self._days(load) & self._days(messages)):
                yield load
                load = []
            load += messages
        yield load

    def _days(self, messages: list[Row]) -> set[tuple[str, str]]:
        records = [message["record"]["data"] for message in messages if message["type"] == "RECORD"]
        return {(record[self._column], record["date"]) for record in records}


@pytest.fixture(scope="module", params=ACCOUNTS)
def simulated(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Simulation, RecordingConnector, Row]:
    """The simulation of organizations, or of enterprises, run to its end; its connector; the catalog."""
    form = SourceUsageMetrics().spec(None)  # type: ignore[arg-type]
    clock = TurnedClock(pendulum.datetime(2026, 1, 1))
    with StandIn(row_kb=1.0) as apis, pytest.MonkeyPatch.context() as patch:
        patch.setattr(SourceUsageMetrics, "spec", lambda *_: form)
        apis.now = clock.now
        connector = RecordingConnector(request.param, apis, clock, tmp_path_factory.mktemp("simulation"))
        simulation = Simulation(SEED, apis, connector, request.param)
        simulation.run()
        return simulation, connector, connector.run("discover", config=apis.config()).catalog


@pytest.fixture(scope="module")
def loaded(
    simulated: tuple[Simulation, RecordingConnector, Row], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Loader]:
    """A DuckDB file with every sync in schema `deduplicated`, and again, each version kept, in schema `appended`."""
    simulation, connector, catalog = simulated
    folder = tmp_path_factory.mktemp("promise")
    (folder / "catalog.json").write_text(json.dumps({"type": "CATALOG", "catalog": catalog}))
    replay = folder / "replay"
    replay.write_text(f'#!/bin/sh\nexec {sys.executable} {REPLAY} "$@"\n')
    replay.chmod(0o755)
    for schema, strategy in (("deduplicated", "merge"), ("appended", "append")):
        with Loader(folder, warehouse="duckdb", database=str(folder / "usage.duckdb"), schema=schema) as loader:
            for number, messages in enumerate(connector.loads(strategy)):
                recording = folder / f"load-{number:02}.jsonl"
                recording.write_text("".join(json.dumps(message) + "\n" for message in messages))
                config = {"catalog": str(folder / "catalog.json"), "messages": str(recording)}
                loader.sync(config, connector=replay, strategy=strategy)
    with Loader(folder, warehouse="duckdb", database=str(folder / "usage.duckdb"), schema="appended") as loader:
        loader.dbt("run", "--select", simulation.stream, usage_metrics_enterprise=True)
        yield loader


def test_the_deduplicated_table_is_right(loaded: Loader, simulated: tuple[Simulation, RecordingConnector, Row]) -> None:
    simulation, stream = simulated[0], simulated[0].stream
    column = ACCOUNTS[stream].column
    rows = loaded.sql(f"select * from deduplicated.{stream}")
    held = {(row[column], row["date"]): (content(_record(row), stream), row["is_settled"]) for row in rows}
    assert len(held) == len(rows) > 150
    assert held == simulation.destination.table


def test_the_append_table_keeps_every_version(
    loaded: Loader, simulated: tuple[Simulation, RecordingConnector, Row]
) -> None:
    sent = sum(message["type"] == "RECORD" for messages in simulated[1].recorded for message in messages)
    stream = simulated[0].stream
    (found,) = loaded.sql(
        f"select count(*) as versions, count(distinct ({ACCOUNTS[stream].column}, date)) as days from appended.{stream}"
    )
    assert found["versions"] == sent > found["days"] * 1.5


def test_the_latest_version_of_the_append_table_is_the_deduplicated_table(
    loaded: Loader, simulated: tuple[Simulation, RecordingConnector, Row]
) -> None:
    stream = simulated[0].stream
    latest = f"select * exclude ({ACCOUNTS[stream].column}_day, _airbyte_raw_id) from usage_models.{stream}"
    deduplicated = f"select * exclude (_airbyte_raw_id) from deduplicated.{stream}"
    assert loaded.sql(f"({latest}) except ({deduplicated})") == []
    assert loaded.sql(f"({deduplicated}) except ({latest})") == []


def _record(row: Row) -> Row:
    """The record that a row came from: JSON parsed, nulls left out."""
    kept = {name: value for name, value in row.items() if value is not None and not name.startswith("_airbyte")}
    return {
        name: json.loads(value) if isinstance(value, str) and value[:1] in ("{", "[") else value
        for name, value in kept.items()
    }
