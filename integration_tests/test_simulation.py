"""Nothing lost, nothing made up, nothing sent twice: see simulation.py. And the simulation notices where it is so."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import orjson
import pendulum
import pytest

from integration_tests.harness import Connector, TurnedClock
from integration_tests.simulation import Simulation
from integration_tests.standin import StandIn
from source_usage_metrics.copilot import calendar, ledger
from source_usage_metrics.copilot.ledger import Ledger
from source_usage_metrics.copilot.readers import ReportsReader
from source_usage_metrics.records import Fitter
from source_usage_metrics.source import SourceUsageMetrics

Sabotage = Callable[[pytest.MonkeyPatch], None]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """As many as --seeds says."""
    if "seed" in metafunc.fixturenames:
        metafunc.parametrize("seed", range(metafunc.config.getoption("--seeds")))


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[StandIn, Connector]]:
    """Stand-in APIs with small rows, and the connector; its form is parsed once for all syncs."""
    form = SourceUsageMetrics().spec(None)  # type: ignore[arg-type]
    monkeypatch.setattr(SourceUsageMetrics, "spec", lambda *_: form)
    clock = TurnedClock(pendulum.datetime(2026, 1, 1))
    with StandIn(row_kb=1.0) as apis:
        apis.now = clock.now
        yield apis, Connector(apis, clock, tmp_path)
    assert not apis.unexpected


def test_nothing_is_lost_made_up_or_sent_twice(seed: int, world: tuple[StandIn, Connector]) -> None:
    simulation = Simulation(seed, *world)

    simulation.run()

    assert {"kill", "signed out", "removed", "file broken"} <= simulation.met.keys()


def young_days_are_done(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(calendar, "FINAL_AGE", 4)


def no_report_is_for_good(patch: pytest.MonkeyPatch) -> None:
    cover = Ledger.cover
    patch.setattr(
        Ledger, "cover", lambda self, day, text: self.done.add(day) if text is None else cover(self, day, text)
    )


def a_failed_day_is_done(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Ledger, "fail", lambda self, day: self.done.add(day))


def the_state_runs_ahead(patch: pytest.MonkeyPatch) -> None:
    to_state, all_days = Ledger.to_state, [{"from": "2025-01-01", "through": "2030-01-01"}]
    patch.setattr(Ledger, "to_state", lambda self: {**to_state(self), "done": all_days})


def revisions_are_overlooked(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Ledger, "news", lambda self, day, _: None if day in self.digests else "new")


def everything_is_sent_every_time(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Ledger, "news", lambda *_: "new")


def a_settled_row_is_not_sent_again(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(ledger, "SETTLED", "")


def the_order_of_breakdown_rows_is_news(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(ledger, "_quickly", orjson.dumps)


def unknown_fields_are_dropped(patch: pytest.MonkeyPatch) -> None:
    hold = Fitter.hold

    def dropping(self: Fitter, record: dict[str, Any]) -> Any:
        return hold(self, {name: value for name, value in record.items() if name != "additional_fields"})

    patch.setattr(Fitter, "hold", dropping)


def the_28_day_file_is_trusted(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(ReportsReader, "_compare", lambda *_: None)


@pytest.mark.parametrize(
    ("sabotage", "seed_that_shows_it", "harm"),
    [
        (young_days_are_done, 3, "out of date"),
        (no_report_is_for_good, 0, "done without a row"),
        (a_failed_day_is_done, 0, "done without a row"),
        (the_state_runs_ahead, 3, "done without a row"),
        (revisions_are_overlooked, 3, "state before record"),
        (everything_is_sent_every_time, 3, "sent twice"),
        (a_settled_row_is_not_sent_again, 3, "out of date"),
        (the_order_of_breakdown_rows_is_news, 0, "sent twice"),
        (unknown_fields_are_dropped, 0, "altered"),
        (the_28_day_file_is_trusted, 3, "altered"),
    ],
    ids=lambda value: getattr(value, "__name__", str(value)),
)
def test_the_simulation_notices_when(
    sabotage: Sabotage,
    seed_that_shows_it: int,
    harm: str,
    world: tuple[StandIn, Connector],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sabotage(monkeypatch)

    with pytest.raises(AssertionError, match=harm):
        Simulation(seed_that_shows_it, *world).run()
