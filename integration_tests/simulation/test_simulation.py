"""Nothing lost, nothing made up, nothing sent twice: see simulation.py. And the simulation notices where it is so."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import orjson
import pendulum
import pytest

from integration_tests.clock import TurnedClock
from integration_tests.harness import Connector
from integration_tests.simulation.simulation import Simulation
from integration_tests.standin import StandIn
from source_usage_metrics.copilot import calendar, state
from source_usage_metrics.copilot.account_sync import AccountSync
from source_usage_metrics.copilot.answers import Answer, Failed, Found, NoReport, Unclear
from source_usage_metrics.copilot.state import AccountState
from source_usage_metrics.copilot.usage_reports import MonthReport
from source_usage_metrics.records import Normalizer
from source_usage_metrics.source import SourceUsageMetrics

Sabotage = Callable[[pytest.MonkeyPatch], None]
EVERYDAY = (("copilot_days", 0), ("copilot_enterprise_days", 2))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """As many as --seeds says, every third also with enterprises in place of organizations; one of each is quick enough
    for every day."""
    if "seed" in metafunc.fixturenames:
        seeds = range(metafunc.config.getoption("--seeds"))
        also = [("copilot_enterprise_days", seed) for seed in seeds if seed % 3 == 2]
        simulations = [*(("copilot_days", seed) for seed in seeds), *also]
        marks = {simulation: pytest.mark.slow for simulation in simulations if simulation not in EVERYDAY}
        metafunc.parametrize(("stream", "seed"), [pytest.param(*one, marks=marks.get(one, ())) for one in simulations])


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


def test_nothing_is_lost_made_up_or_sent_twice(stream: str, seed: int, world: tuple[StandIn, Connector]) -> None:
    simulation = Simulation(seed, *world, stream)

    simulation.run()

    assert {"kill", "signed out", "removed", "file broken"} <= simulation.met.keys()


def young_days_are_closed(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(calendar, "FINAL_AGE", 4)


def closing_on(patch: pytest.MonkeyPatch, kind: type[Answer]) -> None:
    """One such answer of an old day closes it."""
    mark = AccountState.mark_answered

    def marking(self: AccountState, day: Any, answer: Answer, endpoint: Any, **options: Any) -> None:
        mark(self, day, answer, endpoint, **options)
        if isinstance(answer, kind) and calendar.is_final(day, self._today):
            self._close(day)

    patch.setattr(AccountState, "mark_answered", marking)


def one_no_report_closes(patch: pytest.MonkeyPatch) -> None:
    closing_on(patch, NoReport)


def an_unclear_answer_closes(patch: pytest.MonkeyPatch) -> None:
    closing_on(patch, Unclear)


def a_failed_answer_closes(patch: pytest.MonkeyPatch) -> None:
    closing_on(patch, Failed)


def the_28_day_file_closes_days(patch: pytest.MonkeyPatch) -> None:
    keep = AccountState.keep_row

    def keeping(self: AccountState, day: Any, text: str, endpoint: Any) -> None:
        keep(self, day, text, endpoint)
        if calendar.is_final(day, self._today):
            self._close(day)

    needs = AccountSync._needs_own_report

    def needing(self: AccountSync, day: Any, is_first: bool) -> bool:
        is_closed_by_file = calendar.is_final(day, self._today) and day in self._file_rows
        return not is_closed_by_file and needs(self, day, is_first)

    patch.setattr(AccountState, "keep_row", keeping)
    patch.setattr(AccountSync, "_needs_own_report", needing)


def the_state_runs_ahead(patch: pytest.MonkeyPatch) -> None:
    to_state, all_days = AccountState.to_state, [{"from": "2025-01-01", "through": "2030-01-01"}]
    patch.setattr(AccountState, "to_state", lambda self: {**to_state(self), "closed": all_days})


def revisions_are_overlooked(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(AccountState, "change", lambda self, day, _: None if day in self.digests else "new")


def everything_is_sent_every_time(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(AccountState, "change", lambda *_: "new")


def a_settled_row_is_not_sent_again(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(state, "SETTLED", "")


def the_order_of_breakdown_rows_is_news(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(state, "_quickly", orjson.dumps)


def unknown_fields_are_dropped(patch: pytest.MonkeyPatch) -> None:
    validate = Normalizer.validate

    def dropping(self: Normalizer, record: dict[str, Any]) -> Any:
        return validate(self, {name: value for name, value in record.items() if name != "additional_fields"})

    patch.setattr(Normalizer, "validate", dropping)


def the_28_day_file_is_trusted(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(AccountSync, "_doubt", lambda *_: "")


def the_28_day_file_gives_the_rows(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(AccountSync, "_needs_own_report", lambda self, day, _: day not in self._file_rows)
    patch.setattr(AccountSync, "_doubt", lambda *_: "")


def what_the_file_has_beside_its_rows_is_wiped(patch: pytest.MonkeyPatch) -> None:
    extra = AccountSync._extra_fields

    def forgetting(self: AccountSync, day: Any) -> Any:
        is_of_this_file = isinstance(self._file, MonthReport) and day == self._file.last_day
        return extra(self, day) if is_of_this_file else {}

    patch.setattr(AccountSync, "_extra_fields", forgetting)


def a_vanished_day_is_forgotten(patch: pytest.MonkeyPatch) -> None:
    mark = AccountState.mark_answered

    def forgetting(self: AccountState, day: Any, answer: Answer, endpoint: Any, **options: Any) -> None:
        mark(self, day, answer, endpoint, **options)
        if not isinstance(answer, Found):
            self.digests.pop(day, None)

    patch.setattr(AccountState, "mark_answered", forgetting)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("sabotage", "seed_that_shows_it", "harm"),
    [
        (young_days_are_closed, 3, "out of date"),
        (one_no_report_closes, 7, "closed without a row"),
        (an_unclear_answer_closes, 0, "closed without a row"),
        (a_failed_answer_closes, 2, "closed without a row"),
        (the_28_day_file_closes_days, 3, "out of date"),
        (the_state_runs_ahead, 3, "closed without a row"),
        (revisions_are_overlooked, 3, "state before record"),
        (everything_is_sent_every_time, 3, "sent twice"),
        (a_settled_row_is_not_sent_again, 3, "out of date"),
        (the_order_of_breakdown_rows_is_news, 0, "sent twice"),
        (unknown_fields_are_dropped, 0, "altered"),
        (the_28_day_file_is_trusted, 3, "out of date"),
        (the_28_day_file_gives_the_rows, 3, "out of date"),
        (what_the_file_has_beside_its_rows_is_wiped, 6, "wiped"),
        (a_vanished_day_is_forgotten, 0, "sent twice"),
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
