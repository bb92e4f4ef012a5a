"""The command line as a person types it."""

import json
import logging
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from airbyte_cdk.models import ConfiguredAirbyteCatalog

from integration_tests.harness import configured
from integration_tests.standin import StandIn
from integration_tests.standin.faults import Answer
from source_usage_metrics.__main__ import refuse_unreadable
from source_usage_metrics.errors import CONFIG, Failure
from source_usage_metrics.source import SourceUsageMetrics


def run(*arguments: str) -> tuple[int, list[dict[str, Any]]]:
    """The exit code, and every line of both outputs as the JSON that it has to be."""
    command = [sys.executable, "-m", "source_usage_metrics", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    return done.returncode, [json.loads(line) for line in (done.stdout + done.stderr).splitlines()]


def written(folder: Path, **files: Any) -> list[str]:
    """Each of `files` as a JSON file and an option."""
    options = []
    for name, content in files.items():
        (folder / f"{name}.json").write_text(json.dumps(content))
        options += [f"--{name}", str(folder / f"{name}.json")]
    return options


def test_the_spec_is_one_document_that_other_programs_can_read() -> None:
    """`source-usage-metrics spec | python -m json.tool`"""
    code, messages = run("spec")

    assert code == 0
    assert [message["type"] for message in messages] == ["SPEC"]


@pytest.mark.parametrize("command", ["check", "discover", "read"])
def test_settings_that_cannot_be_used_are_said_in_one_sentence_without_a_traceback(
    tmp_path: Path, command: str
) -> None:
    files = {"config": {"github": {"mode": "on"}}, **({"catalog": configured([])} if command == "read" else {})}

    code, messages = run(command, *written(tmp_path, **files))

    assert code == (0 if command == "check" else 1)
    assert "Traceback" not in json.dumps([message for message in messages if message["type"] == "LOG"])
    assert "GitHub Copilot" in json.dumps(messages)


@pytest.mark.parametrize(("content", "says"), [(None, "No such file"), ("{'github': 1}", "is not JSON")])
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, content: str | None, says: str) -> None:
    if content:
        (tmp_path / "mine.json").write_text(content)

    code, messages = run("check", "--config", str(tmp_path / "mine.json"))

    assert code == 1
    assert says in messages[-1]["trace"]["error"]["message"]
    assert "mine.json" in messages[-1]["trace"]["error"]["message"]
    assert "Traceback" not in json.dumps([message for message in messages if message["type"] == "LOG"])


OPTIONS = [("config", "a JSON object"), ("catalog", "a JSON object"), ("state", "a JSON list of state messages")]


@pytest.mark.parametrize("content", ["[1]", "7", '"text"', "true"])
@pytest.mark.parametrize(("option", "due"), OPTIONS)
def test_whatever_else_a_file_holds_is_refused(tmp_path: Path, option: str, due: str, content: str) -> None:
    path = tmp_path / f"{option}.json"
    path.write_text(content)

    with pytest.raises(Failure, match=f"^The file of --{option} is not {due}. ") as refused:
        refuse_unreadable(option, str(path))

    assert f"{option}.json" in refused.value.sentence
    assert refused.value.failure_type == CONFIG


@pytest.mark.parametrize(("option", "due"), OPTIONS)
def test_a_file_that_holds_something_else_is_named(tmp_path: Path, option: str, due: str) -> None:
    files = {"config": {"github": {"mode": "off"}}, "catalog": configured([]), "state": []}
    arguments = written(tmp_path, **files)
    (tmp_path / f"{option}.json").write_text("[1]")

    code, messages = run("read", *arguments)

    said = messages[-1]["trace"]["error"]
    assert code == 1
    assert said["failure_type"] == "config_error"
    assert said["message"].startswith(f"The file of --{option} is not {due}. ")
    assert f"{option}.json" in said["message"]
    assert "Traceback" not in json.dumps([message for message in messages if message["type"] == "LOG"])


@pytest.mark.parametrize("command", ["check", "discover"])
def test_no_command_takes_a_list_of_settings(tmp_path: Path, command: str) -> None:
    code, messages = run(command, *written(tmp_path, config=[{"github": {"mode": "off"}}]))

    assert code == 1
    assert messages[-1]["trace"]["error"]["message"].startswith("The file of --config is not a JSON object. ")


@pytest.mark.parametrize("config", [[], 7])
@pytest.mark.parametrize("command", ["check", "discover", "read"])
def test_whoever_calls_the_source_itself_is_told_the_same(command: str, config: Any) -> None:
    source, logger = SourceUsageMetrics(), logging.getLogger("airbyte")
    calls: dict[str, Callable[[], object]] = {
        "check": lambda: source.check(logger, config),
        "discover": lambda: source.discover(logger, config),
        "read": lambda: list(source.read(logger, config, ConfiguredAirbyteCatalog(streams=[]))),
    }

    with pytest.raises(Failure, match="not a JSON object"):
        calls[command]()


def test_a_refused_sync_logs_the_sentence_and_no_traceback(tmp_path: Path) -> None:
    with StandIn() as apis:
        apis.github.add_organization("acme", organization_id="1001", since="2026-10-01")
        apis.fault("github", "", Answer(401, {"message": "Bad credentials"}), times=None)

        code, messages = run("read", *written(tmp_path, config=apis.config(), catalog=configured(["copilot_days"])))

    logged = json.dumps([message for message in messages if message["type"] == "LOG"])
    assert code == 1
    assert "GitHub refused the access token" in logged
    assert "Traceback" not in logged
    assert messages[-1]["trace"]["error"]["message"].startswith(
        "copilot_days: GitHub organization acme: GitHub refused the access token"
    )
