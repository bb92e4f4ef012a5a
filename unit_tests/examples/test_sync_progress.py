"""How far a sync is, as the example shows it: bars on a terminal, the connector's lines anywhere else."""

import io
import sys
from pathlib import Path

import pendulum
import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "examples"))

from sync_progress import SyncProgress

from source_usage_metrics.copilot.stats import Stats

STATS = Stats("copilot_days of acme", logged_at=0, read=50)
AT = STATS.progress(pendulum.date(2026, 10, 3), 144, 29, 1000)
THROUGH = STATS.summary(117, None)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def shown(monkeypatch: pytest.MonkeyPatch, screen: io.StringIO, *lines: str) -> str:
    monkeypatch.setattr(sys, "__stderr__", screen)
    monkeypatch.setattr(sys, "stdout", screen)
    with SyncProgress() as progress:
        for line in lines:
            progress.say(line)
    return screen.getvalue()


def test_where_nobody_watches_each_line_is_one_line_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    odd = "[red]copilot_days[/red] " + "of a long name " * 20

    assert shown(monkeypatch, io.StringIO(), AT, odd, THROUGH) == f"  {AT}\n  {odd}\n  {THROUGH}\n"


def test_on_a_terminal_a_bar_says_how_far_an_organization_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "120")

    screen = shown(monkeypatch, Terminal(), AT, THROUGH)

    assert "50/144" in screen
    assert "at 2026-10-03, 29 API calls" in screen
    assert AT not in screen
    assert THROUGH in screen
