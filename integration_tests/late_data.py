"""Runs any Airbyte source of `copilot_days` against late, revised and strange days, and says what it lost.

`python -m integration_tests.late_data --help`; docs/proof.md says what it can and can't show.
"""

import argparse
import json
import shlex
import string
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Any

import pendulum
from pendulum import Date

from integration_tests.destination import INTERNAL, content
from integration_tests.harness import Json
from integration_tests.simulation.script import ODD
from integration_tests.simulation.simulation import PLAIN
from integration_tests.standin import StandIn

LOGIN = "acme"
HISTORY = 6
QUIET = 2
OLDEST = 20
"""At this age every day is still open for the connector, so a clock that stands still closes no day too early."""


def arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m integration_tests.late_data", description=__doc__)
    parser.add_argument(
        "--connector",
        required=True,
        metavar="CMD",
        help="the source's command: {command} in it is read or discover, {now} the sync's moment",
    )
    parser.add_argument(
        "--config", type=Path, metavar="FILE", help="its settings, with $api_url, $token, $organization, $since"
    )
    parser.add_argument("--stream", default="copilot_days", help="default %(default)s")
    parser.add_argument("--organization-column", default="organization", metavar="NAME", help="default %(default)s")
    parser.add_argument("--date-column", default="date", metavar="NAME", help="default %(default)s")
    parser.add_argument(
        "--time-column", default="retrieved_at", metavar="NAME", help="the time of reading; default %(default)s"
    )
    parser.add_argument("--syncs", type=int, default=OLDEST - HISTORY, metavar="N", help="default %(default)s")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="which days are late; default %(default)s")
    options = parser.parse_args(argv)
    if options.syncs + HISTORY > OLDEST and "{now}" not in options.connector:
        parser.error(
            f"more than {OLDEST - HISTORY} syncs need {{now}} in the command, and something that sets its clock"
        )
    return options


class World:
    """One organization: each day comes one to twenty days late or never, and is revised up to twenty days later."""

    def __init__(self, apis: StandIn, today: Date, syncs: int, seed: int) -> None:
        self._apis, self._random, self._begin = apis, Random(seed), today.subtract(days=syncs)
        self.first = self._begin.subtract(days=HISTORY)
        self.account = apis.github.add_organization(LOGIN, since=str(self.first))
        self.late: dict[str, int] = {}
        self.revisions = 0
        self._events: list[tuple[Date, str, bool]] = []
        for age in range((today - self.first).days):
            self._plan(self.first.add(days=age))

    def _plan(self, day: Date) -> None:
        self.account.never(day)
        if self._random.random() < 0.06:
            return
        self.late[str(day)] = late = self._random.choice((1, 2, 2, 3, 3, 4, 5, 8, 10, 12, 20))
        self._events.append((day.add(days=late), str(day), True))
        for age in self._random.sample(range(2, 21), self._random.choice((0, 1, 1, 2))):
            if age > late:
                self._events.append((day.add(days=age), str(day), False))

    def turn_to(self, sync: int) -> None:
        """All that has happened up to this sync, and how the API answers in it."""
        date, at = self._begin.add(days=sync), self._apis.now.subtract(seconds=1)
        for event in sorted(event for event in self._events if event[0] <= date):
            self._events.remove(event)
            if event[2]:
                self.account.arrives(event[1], at)
            else:
                self.account.revise(event[1], at)
                self.revisions += 1
        self._answer_strangely(date)

    def _answer_strangely(self, date: Date) -> None:
        """No report in any of five spellings, and every other sync a day whose answer is neither a report nor none."""
        self.account.spells(self._random.choice(PLAIN))  # type: ignore[call-overload]
        if self._random.random() < 0.5:
            day, fault = str(date.subtract(days=self._random.randrange(2, 9))), self._random.choice(ODD)
            self._apis.fault("github", "1-day", fault, times=None, when=lambda call: call.query.get("day") == day)


class Table:
    """What has arrived, each record compared with what the API answered at that moment."""

    def __init__(self, options: argparse.Namespace) -> None:
        self._organization, self._date, self._time = (
            options.organization_column,
            options.date_column,
            options.time_column,
        )
        self._stream = options.stream
        self.rows: dict[str, Json] = {}
        self.made_up: list[str] = []
        self.twice: Counter[str] = Counter()

    def take(self, messages: list[Json], truth: dict[str, Json]) -> None:
        for record in (message["record"] for message in messages if message["type"] == "RECORD"):
            if record["stream"] == self._stream:
                self._take(record["data"], truth)

    def _take(self, record: Json, truth: dict[str, Json]) -> None:
        day = str(record[self._date])[:10]
        if str(record[self._organization]).lower() != LOGIN or not is_same(record, truth.get(day, {})):
            self.made_up.append(day)
        elif self._counted(record) == self._counted(self.rows.get(day, {})):
            self.twice[day] += 1
        self.rows[day] = record

    def _counted(self, record: Json) -> Json:
        """All that is news if it changes, a column of the connector's own, too, but not the time of reading."""
        return {name: value for name, value in record.items() if name != self._time}

    def lost(self, truth: dict[str, Json]) -> list[str]:
        return sorted(truth.keys() - self.rows.keys())

    def stale(self, truth: dict[str, Json]) -> list[str]:
        return sorted(day for day in truth.keys() & self.rows.keys() if not is_same(self.rows[day], truth[day]))


def is_same(record: Json, row: Json) -> bool:
    """Whether the record tells what the report's row tells, in the columns that both have."""
    names = {name for name, value in row.items() if value is not None and name in record} - INTERNAL - {"day"}
    return bool(names) and content({n: record[n] for n in names}) == content({n: row[n] for n in names})


class Source:
    """Another program that speaks Airbyte's protocol, its files, and the state of its last sync."""

    def __init__(self, command: str, config: Json, stream: str, folder: Path) -> None:
        self._command, self._config, self._folder = command, config, folder
        self._state: dict[str, Json] = {}
        self._stream = stream
        self._catalog: Json = {}
        self.errors: list[str] = []

    def sync(self, now: pendulum.DateTime) -> list[Json]:
        self._catalog = self._catalog or self._configured(self._run("discover", now, config=self._config))
        state = {"state": list(self._state.values())} if self._state else {}
        messages = self._run("read", now, config=self._config, catalog=self._catalog, **state)
        for message in messages:
            if message["type"] == "STATE":
                self._state[json.dumps(message["state"].get("stream", {}).get("stream_descriptor"))] = message["state"]
        return messages

    def _run(self, command: str, now: pendulum.DateTime, **files: Any) -> list[Json]:
        whole = self._command if "{command}" in self._command else f"{self._command} {{command}}"
        moment = now.format("YYYY-MM-DD HH:mm:ss [UTC]")
        arguments = [part.replace("{now}", moment).replace("{command}", command) for part in shlex.split(whole)]
        for name, value in files.items():
            path = self._folder / f"{name}.json"
            path.write_text(json.dumps(value), encoding="utf-8")
            arguments += [f"--{name}", str(path)]
        done = subprocess.run(arguments, capture_output=True, text=True, check=False)
        messages = [json.loads(line) for line in done.stdout.splitlines() if line.startswith('{"')]
        found = [message["trace"]["error"]["message"] for message in messages if "error" in message.get("trace", {})]
        if done.returncode or found:
            self.errors.append((found or [done.stderr[-500:]])[-1])
        return messages

    def _configured(self, messages: list[Json]) -> Json:
        streams = [stream for message in messages if "catalog" in message for stream in message["catalog"]["streams"]]
        chosen = [stream for stream in streams if stream["name"] == self._stream]
        if not chosen:
            sys.exit(f"The connector has no stream {self._stream}. {' '.join(self.errors[-1:])}")
        mode = {"sync_mode": "incremental", "destination_sync_mode": "append_dedup"}
        return {"streams": [{"stream": chosen[0], **mode}]}


def settings(apis: StandIn, since: Date, template: Path | None) -> Json:
    """The connector's own form, or another connector's from its template."""
    if template is None:
        config = apis.config()
        config["github"]["since"] = str(since)
        return config
    values = {"api_url": apis.github.url, "token": apis.github.token, "organization": LOGIN, "since": str(since)}
    filled: Json = json.loads(string.Template(template.read_text(encoding="utf-8")).substitute(values))
    return filled


def run(options: argparse.Namespace, folder: Path) -> tuple[list[str], bool]:
    """All syncs; the report's lines, and whether there was nothing to find."""
    started, moves = pendulum.now("UTC"), "{now}" in options.connector
    with StandIn(row_kb=1.0) as apis:
        world, table = World(apis, started.date(), options.syncs, options.seed), Table(options)
        source = Source(options.connector, settings(apis, world.first, options.config), options.stream, folder)
        for sync in range(options.syncs + 1 + QUIET):
            behind = pendulum.duration(days=max(options.syncs - sync, 0) if moves else 0)
            apis.now = lambda behind=behind: pendulum.now("UTC") - behind
            apis.clear_faults()
            if sync <= options.syncs:
                world.turn_to(sync)
            truth = world.account.truth()
            table.take(source.sync(apis.now), truth)
        if pendulum.now("UTC").date() != started.date():
            sys.exit("The date changed (UTC) during the run, so nothing can be said. Run it again.")
        return report(options, world, table, source, apis), not any(found(table, truth).values())


def found(table: Table, truth: dict[str, Json]) -> dict[str, list[str]]:
    return {
        "lost": table.lost(truth),
        "made up": sorted(table.made_up),
        "out of date": table.stale(truth),
        "sent twice": sorted(table.twice.elements()),
    }


def report(options: argparse.Namespace, world: World, table: Table, source: Source, apis: StandIn) -> list[str]:
    truth = world.account.truth()
    late = sum(world.late[day] > 3 for day in truth)
    clock = "moved a day a sync" if "{now}" in options.connector else "stood at today"
    lines = [
        f"{options.syncs + 1} syncs and {QUIET} without news, seed {options.seed}; the connector's clock {clock}.",
        f"{len(truth)} days have a report; {late} came over 3 days late; {world.revisions} revisions.",
    ]
    for harm, days in found(table, truth).items():
        different = sorted(set(days))
        lines.append(
            f"{harm + ':':<14}{len(days):>4}  {', '.join(different[:6])}{' …' if different[6:] else ''}".rstrip()
        )
    asked = apis.calls("github", "1-day")
    lines.append(
        f"Calls: {len(apis.log)}, {len(asked)} of them for {len({c.query.get('day') for c in asked})} single days."
    )
    lines.append(f"Syncs that ended with an error: {len(source.errors)}" + (":" if source.errors else "."))
    return lines + [f"  {text.splitlines()[0][:150]}" for text in dict.fromkeys(source.errors) if text][:3]


def main(argv: Sequence[str] | None = None) -> int:
    options = arguments(argv)
    with tempfile.TemporaryDirectory() as folder:
        lines, is_clean = run(options, Path(folder))
    print("\n".join(lines))  # noqa: T201
    return 0 if is_clean else 1


if __name__ == "__main__":
    sys.exit(main())
