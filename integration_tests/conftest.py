"""The stand-in APIs and the connector, at six in the morning of 22 November 2026."""

from collections.abc import Iterator
from pathlib import Path

import pendulum
import pytest

from integration_tests.clock import TurnedClock
from integration_tests.harness import Connector
from integration_tests.standin import StandIn

NOW = pendulum.datetime(2026, 11, 22, 6)


def pytest_addoption(parser: pytest.Parser) -> None:
    """`pytest -m slow integration_tests/simulation --seeds 200` runs more simulations than `make slow-test`."""
    parser.addoption("--seeds", type=int, default=8, metavar="N", help="simulations of 60 syncs to run")


@pytest.fixture
def clock() -> TurnedClock:
    """Turned by hand."""
    return TurnedClock(NOW)


@pytest.fixture
def apis(clock: TurnedClock) -> Iterator[StandIn]:
    """The stand-in APIs on that clock: nothing may be asked that they don't know, every promised fault must happen."""
    with StandIn() as standin:
        standin.now = clock.now
        yield standin
    assert not standin.unexpected
    assert not standin.unused()


@pytest.fixture
def connector(apis: StandIn, clock: TurnedClock, tmp_path: Path) -> Connector:
    """The connector on that clock, against these APIs."""
    return Connector(apis, clock, tmp_path)
