"""The connector and its peers behind one face: sync, keep the state, and say what came."""

import json
import shutil
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from benchmarks.environments import PEERS
from benchmarks.processes import Run, run
from benchmarks.world import World

HERE = Path(__file__).parent
Endpoint = Literal["usage_reports", "metrics"]
Key = tuple[str, str]
Row = Mapping[str, Any]
# Far more than any machine asks: for what is not about the pace.
NO_PACE = 10_000_000
GITHUBS_PACE = 900


@dataclass(frozen=True)
class Job:
    """What is to be read: these organizations from that day on."""

    organizations: list[str]
    first_day: str
    workers: int = 5
    endpoint: Endpoint = "usage_reports"
    calls_per_minute: int = NO_PACE


@dataclass
class Contestant:
    """One way to read the days, with a folder for its files; `table` is what a deduplicating warehouse would hold."""

    python: Path
    folder: Path
    name: str = ""
    table: dict[Key, Row] = field(default_factory=dict)
    sent: int = 0

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)

    @property
    def output(self) -> Path:
        return self.folder / "output.jsonl"

    def sync(self, world: World, job: Job, *, keep: bool = True) -> Run:
        """One sync from the state of the last one that was kept."""
        done = run(self.command(world, job), self.output, self.environment())
        if keep:
            self.keep_state()
        return done

    def command(self, world: World, job: Job) -> list[str | Path]:
        raise NotImplementedError

    def environment(self) -> Mapping[str, str]:
        return {}

    def keep_state(self) -> None:
        """The last state that it printed, if any."""
        last = deque(self.lines("STATE"), maxlen=1)
        if last:
            self.file("state", self.state(json.loads(last[0])))

    def state(self, message: Any) -> Any:
        """What it wants back of a state that it printed."""
        raise NotImplementedError

    def rows(self) -> Iterable[Row]:
        """What the last sync sent."""
        raise NotImplementedError

    def take(self) -> None:
        """Puts the last sync's rows into the table."""
        for row in self.rows():
            self.table[row["organization"].lower(), row.get("date") or row["day"]] = row
            self.sent += 1

    def records(self) -> int:
        """How many the last sync sent."""
        return sum(1 for _ in self.rows())

    def file(self, name: str, content: Any) -> Path:
        path = self.folder / f"{name}.json"
        path.write_text(json.dumps(content), encoding="utf-8")
        return path

    def lines(self, kind: str) -> Iterator[str]:
        """The messages of one kind; all print it first."""
        with self.output.open(encoding="utf-8") as output:
            yield from (line for line in output if line.startswith(f'{{"type":"{kind}"'))

    def options(self, config: Any) -> list[str | Path]:
        """As Airbyte hands them over."""
        stream = {"name": "copilot_days", "json_schema": {}, "supported_sync_modes": ["full_refresh", "incremental"]}
        configured = {"stream": stream, "sync_mode": "incremental", "destination_sync_mode": "append_dedup"}
        catalog = self.file("catalog", {"streams": [configured]})
        return ["read", "--config", self.file("config", config), "--catalog", catalog, *self.saved()]

    def saved(self) -> list[str | Path]:
        """The state of the last sync, if there was one."""
        state = self.folder / "state.json"
        return ["--state", state] if state.exists() else []


class Airbyte(Contestant):
    """Prints Airbyte messages."""

    def rows(self) -> Iterable[Row]:
        return (json.loads(line)["record"]["data"] for line in self.lines("RECORD"))

    def state(self, message: Any) -> Any:
        return [message["state"]]


class Ours(Airbyte):
    """source-usage-metrics, as it is installed in the image."""

    def command(self, world: World, job: Job) -> list[str | Path]:
        return self.launch(world, job.calls_per_minute, self.options(self.config(world, job)))

    def launch(self, world: World, calls_per_minute: int, options: list[str | Path]) -> list[str | Path]:
        return [self.python, HERE / "launch.py", world.now.isoformat(), str(calls_per_minute), *options]

    def check(self, world: World, job: Job) -> list[str | Path]:
        """The command that tries every organization."""
        config = self.file("config", self.config(world, job))
        return self.launch(world, job.calls_per_minute, ["check", "--config", config])

    def config(self, world: World, job: Job) -> dict[str, Any]:
        made = world.apis.config()
        made["github"] |= {
            "organizations": job.organizations, "since": job.first_day, "endpoint": job.endpoint,
        }  # fmt: skip
        return made | {"num_workers": job.workers}


def told(world: World, job: Job) -> dict[str, Any]:
    """The settings of a peer."""
    return {
        "api_url": world.apis.github.url,
        "access_token": world.apis.github.token,
        "organizations": job.organizations,
        "first_day": job.first_day,
        "today": str(world.now.date()),
        "num_workers": job.workers,
        "endpoint": job.endpoint,
    }


class LowCode(Airbyte):
    """A manifest on Airbyte's source-declarative-manifest."""

    def command(self, world: World, job: Job) -> list[str | Path]:
        manifest = "usage_reports.yaml" if job.endpoint == "usage_reports" else "older_metrics.yaml"
        command: list[str | Path] = [self.python, PEERS / "low_code" / "at.py", world.now.isoformat()]
        return [*command, *self.options(told(world, job)), "--manifest-path", PEERS / "low_code" / manifest]


class Singer(Contestant):
    """A tap on the Meltano Singer SDK."""

    def command(self, world: World, job: Job) -> list[str | Path]:
        config = self.file("config", told(world, job))
        return [self.python, PEERS / "singer" / "tap_copilot.py", "--config", config, *self.saved()]

    def rows(self) -> Iterable[Row]:
        return (json.loads(line)["record"] for line in self.lines("RECORD"))

    def state(self, message: Any) -> Any:
        return message["value"]


class Dlt(Contestant):
    """A dlt pipeline with rest_api; it keeps its state itself and writes files where the others print."""

    def command(self, world: World, job: Job) -> list[str | Path]:
        shutil.rmtree(self.folder / "out" / "days" / "copilot_days", ignore_errors=True)
        return [self.python, PEERS / "dlt" / "pipeline.py", self.file("config", told(world, job)), self.folder]

    def environment(self) -> Mapping[str, str]:
        return {"NORMALIZE__DATA_WRITER__DISABLE_COMPRESSION": "true"}

    def keep_state(self) -> None:
        """It is kept."""

    def rows(self) -> Iterable[Row]:
        for path in sorted((self.folder / "out" / "days" / "copilot_days").glob("*.jsonl")):
            yield from map(json.loads, path.read_text(encoding="utf-8").splitlines())


def forget(contestant: Contestant) -> None:
    """As if it had never run."""
    shutil.rmtree(contestant.folder)
    contestant.folder.mkdir(parents=True)
    contestant.table.clear()
    contestant.sent = 0
