"""The image and the stand-in APIs, on the machine's clock, which is the one that a container reads."""

from collections.abc import Iterator
from pathlib import Path

import pendulum
import pytest

from integration_tests.image.container import Image
from integration_tests.standin import StandIn


@pytest.fixture
def image(request: pytest.FixtureRequest, tmp_path: Path) -> Image:
    """The image that --connector-image names."""
    name = request.config.getoption("--connector-image")
    assert isinstance(name, str), "make image-test says which image to test"
    return Image(name, tmp_path)


@pytest.fixture
def apis() -> Iterator[StandIn]:
    """Two organizations on GitHub with 60 days of history, one on Edge Impulse."""
    with StandIn() as standin:
        for login in ("acme", "beta"):
            standin.github.add_organization(login, since=days_ago(60))
        standin.edge_impulse.add_organization(101)
        yield standin
    assert not standin.unexpected


def days_ago(days: int) -> str:
    return str(pendulum.now("UTC").date().subtract(days=days))
