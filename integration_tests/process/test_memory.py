"""What one large report file costs: the connector's own memory, and a few times the file."""

import json
import sys
from pathlib import Path

import pendulum
import pytest

from integration_tests.harness import configured
from integration_tests.memory import peak
from integration_tests.standin import StandIn


@pytest.mark.skipif(sys.platform != "linux", reason="it reads Linux's peak of a process")
def test_a_file_of_four_megabytes_takes_a_few_times_its_size(tmp_path: Path) -> None:
    """It is 5 times, measured by the bench on a machine that does nothing else; other versions of Python take more."""
    with StandIn(row_kb=4000) as apis:
        day = str(pendulum.now("UTC").date().subtract(days=30).previous(pendulum.WEDNESDAY))
        acme = apis.github.add_organization("acme", since=day)
        config = apis.config()
        config["github"] |= {"since": day, "until": day}
        files = {"config": config, "catalog": configured(["copilot_days"])}
        for name, content in files.items():
            (tmp_path / f"{name}.json").write_text(json.dumps(content))

        taken, messages = peak(
            "read", *(part for name in files for part in (f"--{name}", str(tmp_path / f"{name}.json")))
        )
        truth = acme.truth()[day]

    (record,) = [message["record"]["data"] for message in messages if message["type"] == "RECORD"]
    assert record["totals_by_language_model"] == truth["totals_by_language_model"]
    assert taken < peak()[0] + 7 * len(json.dumps(truth, separators=(",", ":")))
