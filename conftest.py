"""For all tests: hypothesis without time limits, the Python version in the summary, the settings of Airbyte's suite."""

import platform
from collections.abc import Iterator

import pytest
from hypothesis import settings

settings.register_profile("project", deadline=None)
settings.load_profile("project")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    terminalreporter.write_line(f"The tests ran on Python {platform.python_version()}.")


@pytest.fixture(scope="class", autouse=True)
def settings_of_airbyte_s_suite(request: pytest.FixtureRequest) -> Iterator[None]:
    """Here, since `airbyte-cdk connector test` writes the suite into a folder of its own, .tmp."""
    suites = [base.__name__ for base in request.cls.__mro__] if request.cls else []
    if "SourceTestSuiteBase" not in suites:
        yield
        return
    from integration_tests.airbyte_settings import configurations

    with configurations():
        yield
