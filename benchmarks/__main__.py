"""Runs every bench and writes docs/benchmarks.md: `python -m benchmarks --venvs .venvs --docs docs`."""

import argparse
import json
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pendulum

from benchmarks import comparison, found, growth, machine, promises, report, sixty_days
from benchmarks.contestants import Contestant, Dlt, LowCode, Ours, Singer, forget
from benchmarks.environments import peer, python_of
from benchmarks.world import ROW_KB

Results = dict[str, Any]
CONNECTOR = "connector"


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--venvs", type=Path, default=Path(".venvs"), help="environments; one holds the connector")
    parser.add_argument("--docs", type=Path, default=Path("docs"), help="where benchmarks.md goes")
    parser.add_argument("--only", nargs="+", choices=list(BENCHES), default=list(BENCHES), help="renew these figures")
    parser.add_argument("--render", action="store_true", help="write the page anew from the last figures")
    return parser.parse_args()


class Bench:
    """The contestants, and the figures so far."""

    def __init__(self, venvs: Path, results: Results) -> None:
        self.results = results
        folder = venvs.resolve() / "bench-runs"
        self.console = venvs.resolve() / CONNECTOR / "bin" / "source-usage-metrics"
        self.ours = Ours(python_of(venvs.resolve() / CONNECTOR), folder / "ours", "source-usage-metrics")
        self.peers: list[Contestant] = [
            LowCode(peer("low_code", venvs.resolve()), folder / "low_code", "Connector Builder (low-code manifest)"),
            Dlt(peer("dlt", venvs.resolve()), folder / "dlt", "dlt with rest_api"),
            Singer(peer("singer", venvs.resolve()), folder / "singer", "Meltano Singer SDK"),
        ]

    @property
    def all(self) -> list[Contestant]:
        return [self.ours, *self.peers]

    def promise(self, made: promises.Promise) -> None:
        """Into the table, in place of an earlier one of the same kind."""
        self.results.setdefault("promises", {})[made.key] = made.as_json()
        print(f"  {made.what}: {made.measured}; {'holds' if made.holds else 'DOES NOT HOLD'}", flush=True)

    def starts(self) -> None:
        made, self.results["bare_mib"] = promises.start_up(self.ours, self.console)
        self.promise(made)

    def daily(self) -> None:
        self.promise(promises.daily_calls(self.ours))
        self.promise(promises.never_calls(self.ours))
        self.promise(promises.daily_cpu(self.ours))

    def history(self) -> None:
        self.promise(promises.first_sync(self.ours))
        self.promise(promises.ten_organizations(self.ours))
        self.promise(promises.check(self.ours))
        self.promise(promises.refused_check(self.ours))

    def found(self) -> None:
        for made in found.measure(self.ours):
            self.promise(made)

    def memory(self) -> None:
        made, point = promises.peak_memory(self.ours, self.results["bare_mib"])
        self.promise(made)
        self.results["fifty"] = point.as_json()
        self.promise(promises.file_memory(self.ours, self.results["bare_mib"]))

    def peers_syncs(self) -> None:
        self._costs("first_syncs", comparison.first_syncs(self.all))
        self._costs("older_first", comparison.first_syncs(self.all, "metrics"))
        self.results["daily_syncs"] = {one.name: comparison.daily_sync(one).as_json() for one in self.all}
        self.results["older_daily"] = {one.name: comparison.daily_sync(one, "metrics").as_json() for one in self.all}

    def _costs(self, name: str, costs: Mapping[str, Sequence[comparison.Cost]]) -> None:
        self.results[name] = {who: [cost.as_json() for cost in found] for who, found in costs.items()}

    def sixty_days(self) -> None:
        """All at once: what is right doesn't depend on how long it took."""
        for contestant in self.all:
            forget(contestant)
        with ThreadPoolExecutor(len(self.all)) as threads:
            verdicts = list(threads.map(sixty_days.simulate, self.all))
        self.results["verdicts"] = {
            one.name: verdict.as_json() for one, verdict in zip(self.all, verdicts, strict=True)
        }
        self.promise(promises.rows_right(verdicts[0]))

    def growth(self) -> None:
        points = growth.measure(self.ours, growth.MEASURED_28, 28)
        points += growth.measure(self.ours, growth.MEASURED_365, 365)
        self.results["growth"] = [point.as_json() for point in points]
        self.results["waits"] = growth.waits(self.ours)


BENCHES: Mapping[str, Callable[[Bench], None]] = {
    "starts": Bench.starts,
    "daily": Bench.daily,
    "history": Bench.history,
    "found": Bench.found,
    "memory": Bench.memory,
    "peers": Bench.peers_syncs,
    "sixty-days": Bench.sixty_days,
    "growth": Bench.growth,
}


def main() -> None:
    options = arguments()
    kept = options.docs / "benchmarks" / "results.json"
    results: Results = json.loads(kept.read_text(encoding="utf-8")) if kept.exists() else {}
    if not options.render:
        measure(options, results, kept)
    print("\n".join(report.promises(results)))
    if results.get("took", {}).keys() == BENCHES.keys():
        print(f"Written: {report.write(results, options.docs)}")
    else:
        print("Not written: some benches were never run.")


def measure(options: argparse.Namespace, results: Results, kept: Path) -> None:
    """Each bench's figures are kept as soon as it has ended."""
    load = machine.load()
    if set(options.only) == BENCHES.keys():
        results.pop("note", None)  # on figures of different versions
    bench = Bench(options.venvs, results)
    kept.parent.mkdir(parents=True, exist_ok=True)
    for name in options.only:
        print(f"{name} …", flush=True)
        began = time.monotonic()
        BENCHES[name](bench)
        results.setdefault("took", {})[name] = time.monotonic() - began
        results |= about(bench, load)
        kept.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")


def about(bench: Bench, load: float) -> Results:
    """When, where and with what."""
    return {
        "date": str(pendulum.now("UTC").date()),
        "machine": machine.description(),
        "load": [load, machine.load()],
        "versions": {one.name: machine.versions(one.python) for one in bench.all},
        "row_kb": ROW_KB,
        "times": comparison.TIMES,
        "older_days": comparison.OLDER_DAYS,
    }


if __name__ == "__main__":
    main()
