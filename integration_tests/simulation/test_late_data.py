"""The late-data command finds nothing in the connector, and what is wrong in others: see late_data.py."""

import sys
from pathlib import Path

import pytest

from integration_tests import late_data

EXAMPLE = Path(__file__).parents[2] / "examples" / "builder"
CONNECTOR = f"{sys.executable} -m source_usage_metrics"
MANIFEST = (
    f"{sys.executable} -W ignore -c 'from airbyte_cdk.cli.source_declarative_manifest import run; run()'"
    f" {{command}} --manifest-path {EXAMPLE / 'manifest.yaml'}"
)
# The connector, but one day never arrives, one has a number that GitHub never gave, and one comes in each sync.
BROKEN = """
import json, subprocess, sys
command = [sys.executable, "-m", "source_usage_metrics", *sys.argv[1:]]
lines = subprocess.run(command, stdout=subprocess.PIPE, check=False).stdout.decode().splitlines()
records = [json.loads(line) for line in lines if '"type":"RECORD"' in line]
days = sorted(record["record"]["data"]["date"] for record in records)
for line in lines:
    day = json.loads(line)["record"]["data"]["date"] if '"type":"RECORD"' in line else ""
    if not day or len(days) < 3 or day not in days[:3]:
        print(line)
    elif day == days[1]:
        print(line.replace('"daily_active_users":', '"daily_active_users":9'))
    elif day == days[2]:
        print(line, line, sep="\\n")
"""
# A day comes twelve days late in it, and no answer is strange: the manifest would try those again for minutes.
LATE = ("--syncs", "10", "--seed", "234")


def counts(printed: str) -> dict[str, int]:
    """How many days of each harm were reported."""
    names = ("lost", "made up", "out of date", "sent twice")
    lines = [line.partition(":") for line in printed.splitlines()]
    return {name: int(rest.split()[0]) for name, _, rest in lines if name in names}


@pytest.mark.slow
def test_the_connector_loses_nothing_makes_nothing_up_and_sends_nothing_twice(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert late_data.main(["--connector", CONNECTOR]) == 0

    printed = capsys.readouterr().out
    assert counts(printed) == {"lost": 0, "made up": 0, "out of date": 0, "sent twice": 0}
    assert "15 days have a report; 8 came over 3 days late" in printed


@pytest.mark.slow
def test_a_fixed_lookback_is_found_to_lose_a_day(capsys: pytest.CaptureFixture[str]) -> None:
    template = str(EXAMPLE / "late-data.json")

    assert late_data.main(["--connector", MANIFEST, "--config", template, *LATE]) == 1

    found = counts(capsys.readouterr().out)
    assert found["lost"] == 1
    assert found["sent twice"] > 0
    assert found["made up"] == 0


@pytest.mark.slow
def test_each_harm_is_found(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    broken = tmp_path / "broken.py"
    broken.write_text(BROKEN)

    assert late_data.main(["--connector", f"{sys.executable} {broken}", "--syncs", "2"]) == 1

    assert counts(capsys.readouterr().out) == {"lost": 1, "made up": 1, "out of date": 1, "sent twice": 1}


def test_a_clock_that_stands_still_is_not_asked_for_more_than_it_can_show(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        late_data.main(["--connector", CONNECTOR, "--syncs", "30"])

    assert "{now}" in capsys.readouterr().err
