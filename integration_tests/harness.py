"""Runs the connector as Airbyte does, through its own entrypoint, in-process and on a clock of its own."""

import contextlib
import io
import json
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from airbyte_cdk.logger import AirbyteLogFormatter
from airbyte_cdk.models import AirbyteMessageSerializer
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from integration_tests.clock import TurnedClock
from integration_tests.standin import StandIn
from source_usage_metrics.__main__ import Entrypoint
from source_usage_metrics.source import SourceUsageMetrics

Json = dict[str, Any]


class Accounts(NamedTuple):
    """Whose days a stream has. column: it names a record's account; settings: what lists them, in the state, too."""

    column: str
    settings: str


ACCOUNTS = {
    "copilot_days": Accounts("organization", "organizations"),
    "copilot_enterprise_days": Accounts("enterprise", "enterprises"),
}


class Outcome:
    """What one command printed, in order, and whether it ended well."""

    def __init__(self, messages: list[Json], log: str, failed: bool) -> None:
        self.messages, self.failed = messages, failed
        self.lines = [json.loads(line) for line in log.split("\n") if line.startswith("{")]
        self.text = log + "\n".join(json.dumps(message) for message in messages)

    def _of(self, kind: str) -> list[Json]:
        key = "connectionStatus" if kind == "CONNECTION_STATUS" else kind.lower()
        return [message[key] for message in self.messages if message["type"] == kind]

    def records(self, stream: str) -> list[Json]:
        """The data of the stream's records, in order."""
        return [record["data"] for record in self._of("RECORD") if record["stream"] == stream]

    def days(self, name: str, stream: str = "copilot_days") -> dict[str, Json]:
        """The rows of one organization, or enterprise, by day; the last one counts, as in a deduplicating table."""
        column = ACCOUNTS[stream].column
        return {row["date"]: row for row in self.records(stream) if row[column] == name.lower()}

    @property
    def states(self) -> list[Json]:
        """The state messages."""
        return self._of("STATE")

    def state_of(self, name: str, stream: str = "copilot_days") -> Json:
        """What the stream's last state holds for one organization, or enterprise."""
        last = [state["stream"] for state in self.states if state["stream"]["stream_descriptor"]["name"] == stream][-1]
        found: Json = last["stream_state"][ACCOUNTS[stream].settings][name.lower()]
        return found

    @property
    def errors(self) -> list[Json]:
        """The errors of trace messages: message, failure_type, stream_descriptor."""
        return [trace["error"] for trace in self._of("TRACE") if trace.get("error")]

    def statuses(self, stream: str) -> list[str]:
        """The stream's statuses in order; RATE_LIMITED in place of a RUNNING that gives it as the reason."""
        found = [trace["stream_status"] for trace in self._of("TRACE") if trace.get("stream_status")]
        return [
            status["reasons"][0]["type"] if status.get("reasons") else status["status"]
            for status in found
            if status["stream_descriptor"]["name"] == stream
        ]

    @property
    def connection(self) -> Json:
        """The one connection status of a check."""
        (status,) = self._of("CONNECTION_STATUS")
        return status

    @property
    def catalog(self) -> Json:
        """The catalog of a discover."""
        (catalog,) = self._of("CATALOG")
        return catalog

    def said(self, level: str = "INFO") -> list[str]:
        """What was logged at this level."""
        return [line["log"]["message"] for line in self.lines if line.get("log", {}).get("level") == level]


class Connector:
    """The connector with settings, a folder for its files, and the state of its last sync."""

    def __init__(self, apis: StandIn, clock: TurnedClock, folder: Path) -> None:
        self.apis, self.clock, self._folder = apis, clock, folder
        self.state: list[Json] = []
        self.calls_per_minute = 900
        self.since: str | None = None

    def run(
        self, command: str, *, debug: bool = False, until: Callable[[Json], bool] | None = None, **files: Any
    ) -> Outcome:
        """Any command; each of `files` becomes a JSON file and an option. Ends as if killed after `until` is true."""
        arguments = [command, *(["--debug"] if debug else [])]
        for name, content in files.items():
            path = self._folder / f"{name}.json"
            path.write_text(content if isinstance(content, str) else json.dumps(content))
            arguments += [f"--{name}", str(path)]
        messages: list[Json] = []
        with captured() as (log, printed):
            failed = self._messages(arguments, messages, until)
        statuses = [json.loads(line) for line in printed.getvalue().split("\n") if line.startswith("{")]
        return Outcome([*messages, *statuses], log.getvalue(), failed)

    def _messages(self, arguments: Sequence[str], messages: list[Json], until: Callable[[Json], bool] | None) -> bool:
        try:
            entrypoint = Entrypoint(SourceUsageMetrics(self.clock, self.calls_per_minute))
            for line in entrypoint.run(entrypoint.parse_args(list(arguments))):
                messages.append(json.loads(line))
                if until and until(messages[-1]):
                    return True
        except Exception as error:  # noqa: BLE001 # what the CDK's hook for uncaught exceptions prints
            traced = (
                error if isinstance(error, AirbyteTracedException) else AirbyteTracedException.from_exception(error)
            )
            messages.append(AirbyteMessageSerializer.dump(traced.as_sanitized_airbyte_message()))
            return True
        return False

    def check(self, config: Mapping[str, Any] | None = None, *, debug: bool = False) -> Outcome:
        """Check with these settings, or those of the stand-ins."""
        return self.run("check", debug=debug, config=config or self.apis.config())

    def discover(self, config: Mapping[str, Any] | None = None) -> Outcome:
        """Discover with these settings, or those of the stand-ins."""
        return self.run("discover", config=config or self.apis.config())

    def sync(
        self,
        config: Mapping[str, Any] | None = None,
        *,
        streams: Sequence[str] = ("org_metrics", "copilot_days", "copilot_enterprise_days"),
        debug: bool = False,
        until: Callable[[Json], bool] | None = None,
    ) -> Outcome:
        """Read the streams that the settings have on, from the state of the last sync, and keep the new state.

        Without settings: those of the stand-ins, from the day `since` on, which spares most tests a year of calls.
        """
        config = config or self._short()
        on = _streams(config)
        catalog = configured([name for name in streams if name in on])
        files = {"config": config, "catalog": catalog, **({"state": self.state} if self.state else {})}
        outcome = self.run("read", debug=debug, until=until, **files)
        last = {state["stream"]["stream_descriptor"]["name"]: state for state in outcome.states}
        kept = {state["stream"]["stream_descriptor"]["name"]: state for state in self.state}
        self.state = list({**kept, **last}.values())
        return outcome

    def _short(self) -> Json:
        config = self.apis.config()
        if self.since and _is_on(config, "github"):
            config["github"]["since"] = self.since
        return config


def _is_on(config: Mapping[str, Any], section: str) -> bool:
    return (config.get(section) or {}).get("mode") == "sync"


def _streams(config: Mapping[str, Any]) -> list[str]:
    """Those that the settings have on."""
    found = ["org_metrics"] if _is_on(config, "edge_impulse") else []
    if _is_on(config, "github"):
        found += ["copilot_days", *(["copilot_enterprise_days"] if config["github"].get("enterprises") else [])]
    return found


def github(apis: StandIn, **changes: Any) -> Json:
    """The stand-ins' settings with changes in the section GitHub Copilot."""
    config = apis.config()
    config["github"] |= changes
    return config


def edge_impulse(apis: StandIn, **changes: Any) -> Json:
    """The stand-ins' settings with changes in the section Edge Impulse."""
    config = apis.config()
    config["edge_impulse"] |= changes
    return config


def configured(streams: Sequence[str]) -> Json:
    """A configured catalog: the days of accounts incremental and deduplicated, org_metrics appended."""
    days = ("incremental", "append_dedup", ["full_refresh", "incremental"])
    modes = {"org_metrics": ("full_refresh", "append", ["full_refresh"]), **dict.fromkeys(ACCOUNTS, days)}
    return {
        "streams": [
            {
                "stream": {"name": name, "json_schema": {}, "supported_sync_modes": modes[name][2]},
                "sync_mode": modes[name][0],
                "destination_sync_mode": modes[name][1],
            }
            for name in streams
        ]
    }


@contextlib.contextmanager
def captured() -> Iterator[tuple[io.StringIO, io.StringIO]]:
    """What is logged, as Airbyte's messages, and what is printed."""
    log, printed = io.StringIO(), io.StringIO()
    handler = logging.StreamHandler(log)
    handler.setFormatter(AirbyteLogFormatter())
    root, airbyte = logging.getLogger(), logging.getLogger("airbyte")
    before, levels = root.handlers[:], (root.level, airbyte.level)
    root.handlers[:] = [handler]
    try:
        with contextlib.redirect_stdout(printed):
            yield log, printed
    finally:
        root.handlers[:] = before
        root.setLevel(levels[0])
        airbyte.setLevel(levels[1])
