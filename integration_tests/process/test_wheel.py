"""The built wheel, installed as the image installs it, run as Airbyte runs it: another process, an empty folder."""

import json
import subprocess
import sys
import venv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pendulum
import pytest
from jsonschema import Draft7Validator, FormatChecker

from integration_tests.process.checkout import copied_to
from integration_tests.standin import StandIn

# Installing takes most of the time: one worker does it once for all.
pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("wheel"), pytest.mark.timeout(600)]
Message = dict[str, Any]


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What gets packaged, away from the checkout, whose build folder could lend the wheel a file that it lacks."""
    return copied_to(tmp_path_factory.mktemp("sources"))


@pytest.fixture(scope="module")
def python(sources: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh environment's Python, with the locked versions, checked by hash, and the wheel made of the sdist."""
    folder = tmp_path_factory.mktemp("installed")
    run(sys.executable, "-m", "build", "--no-isolation", "--outdir", str(folder), cwd=sources)
    (wheel,) = folder.glob("*.whl")
    venv.create(folder / "venv", with_pip=True)
    made = folder / "venv" / "bin" / "python"
    pip = (str(made), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-compile")
    run(*pip, "--require-hashes", "--requirement", str(sources / "requirements.lock"), cwd=folder)
    run(*pip, "--no-deps", str(wheel), cwd=folder)
    run(str(made), "-m", "pip", "check", cwd=folder)
    return made


@pytest.fixture
def apis() -> Iterator[StandIn]:
    """The stand-in APIs on the machine's clock, which is the one that an installed connector reads."""
    with StandIn() as standin:
        today = pendulum.now("UTC").date()
        for login in ("acme", "beta"):
            standin.github.add_organization(login, since=str(today.subtract(days=45)))
        standin.edge_impulse.add_organization(101)
        yield standin
    assert not standin.unexpected


@pytest.fixture
def config(apis: StandIn) -> Message:
    """Of days that neither arrive nor settle any more, so that no hour of the day makes a difference."""
    made = apis.config()
    made["github"]["until"] = str(pendulum.now("UTC").date().subtract(days=10))
    return made


class Installed:
    """The installed command in a folder that holds nothing but its files."""

    def __init__(self, python: Path, folder: Path) -> None:
        self._command, self.folder = str(python.parent / "source-usage-metrics"), folder

    def __call__(self, command: str, **files: Any) -> list[Message]:
        """The messages it prints; every line of them is one."""
        arguments = [command]
        for name, content in files.items():
            path = self.folder / f"{name}.json"
            path.write_text(json.dumps(content), encoding="utf-8")
            arguments += [f"--{name}", path.name]
        return [json.loads(line) for line in run(self._command, *arguments, cwd=self.folder).splitlines()]


@pytest.fixture
def installed(python: Path, tmp_path: Path) -> Installed:
    return Installed(python, tmp_path)


def run(*command: str, cwd: Path) -> str:
    """What the command prints. It must end well."""
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{command[:4]}: {done.stdout[-3000:]}{done.stderr[-3000:]}"
    return done.stdout


def of(kind: str, messages: list[Message]) -> list[Any]:
    return [message[kind] for message in messages if message["type"].replace("_", "").lower() == kind.lower()]


def test_spec_is_packaged(installed: Installed) -> None:
    (spec,) = of("spec", installed("spec"))
    assert set(spec["connectionSpecification"]["properties"]) == {"github", "edge_impulse", "num_workers"}


def test_check_succeeds(installed: Installed, config: Message) -> None:
    (status,) = of("connectionStatus", installed("check", config=config))
    assert status["status"] == "SUCCEEDED"


def test_a_state_written_by_one_process_is_resumed_by_the_next(
    installed: Installed, config: Message, apis: StandIn
) -> None:
    (catalog,) = of("catalog", installed("discover", config=config))
    chosen = configured(catalog)
    first = installed("read", config=config, catalog=chosen)
    days = [record["data"] for record in of("record", first) if record["stream"] == "copilot_days"]
    wanted = {day for day in apis.github.organizations["acme"].truth() if day <= config["github"]["until"]}
    assert {row["date"] for row in days if row["organization"] == "acme"} == wanted

    states = {state["stream"]["stream_descriptor"]["name"]: state for state in of("state", first)}
    again = installed("read", config=config, catalog=chosen, state=list(states.values()))
    assert [record["stream"] for record in of("record", again)] == ["org_metrics"]


def test_every_record_of_a_whole_sync_fits_its_schema(installed: Installed, config: Message) -> None:
    (catalog,) = of("catalog", installed("discover", config=config))
    schemas = {stream["name"]: stream["json_schema"] for stream in catalog["streams"]}
    records = of("record", installed("read", config=config, catalog=configured(catalog)))

    assert {record["stream"] for record in records} == {"copilot_days", "org_metrics"}
    for record in records:
        Draft7Validator(schemas[record["stream"]], format_checker=FormatChecker()).validate(record["data"])


def test_a_checkout_that_is_not_installed_finds_its_schemas(python: Path, sources: Path, config: Message) -> None:
    (sources / "config.json").write_text(json.dumps(config), encoding="utf-8")
    printed = run(str(python), "-m", "source_usage_metrics", "discover", "--config", "config.json", cwd=sources)
    (catalog,) = of("catalog", [json.loads(line) for line in printed.splitlines()])
    assert {stream["name"] for stream in catalog["streams"]} == {"copilot_days", "org_metrics"}


def configured(catalog: Message) -> Message:
    """Every stream of the catalog, incremental where it can be."""
    return {
        "streams": [
            {
                "stream": stream,
                "sync_mode": stream["supported_sync_modes"][-1],
                "destination_sync_mode": "append",
            }
            for stream in catalog["streams"]
        ]
    }
