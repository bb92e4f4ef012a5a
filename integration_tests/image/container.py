"""Runs the image with docker or podman, as locked up as a cluster may demand."""

import json
import os
import subprocess
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from integration_tests.harness import Outcome

# The stand-in APIs listen on this machine's loopback, so containers share its network.
RUN = ("run", "--rm", "--pull=never", "--network=host", "--read-only", "--tmpfs=/tmp", "--cap-drop=ALL",
       "--security-opt=no-new-privileges", "--pids-limit=256")  # fmt: skip


class Image:
    """One image; containers of it see `folder` as /secrets."""

    def __init__(self, name: str, folder: Path) -> None:
        self.engine = os.environ["CONTAINER_ENGINE"]
        self.name, self._folder = name, folder
        folder.chmod(0o755)

    def run(self, command: str, *, memory: str = "512m", **files: Any) -> Outcome:
        """A command of the connector, through the image's entry point; each of `files` becomes a file and an option."""
        ended = self._ended([*self._options(memory), self.name, *self._arguments(command, files)])
        return Outcome([json.loads(line) for line in ended.stdout.splitlines()], ended.stderr, ended.returncode != 0)

    def shell(self, script: str, *options: str) -> str:
        """What a shell in a container prints for this script."""
        ended = self._ended([*self._options("512m"), *options, "--entrypoint=sh", self.name, "-c", script])
        assert ended.returncode == 0, ended.stderr
        return ended.stdout

    @contextmanager
    def begun(self, command: str, **files: Any) -> Iterator["Begun"]:
        """The same command, under way."""
        name = f"connector-{uuid.uuid4()}"
        arguments = [*self._options("512m"), f"--name={name}", self.name, *self._arguments(command, files)]
        with subprocess.Popen([self.engine, *arguments], stdout=subprocess.PIPE, text=True) as process:
            yield Begun(self.engine, name, process)
            process.kill()

    def facts(self, image: str = "") -> Mapping[str, Any]:
        """What the engine knows of this image or another: Config, Size."""
        ended = self._ended(["image", "inspect", image or self.name])
        facts: Mapping[str, Any] = json.loads(ended.stdout)[0]
        return facts

    def _options(self, memory: str) -> list[str]:
        # Of its own accord podman would add more places that can be written to.
        only_tmp = ["--read-only-tmpfs=false"] if "podman" in self.engine else []
        return [
            *RUN,
            *only_tmp,
            f"--memory={memory}",
            f"--memory-swap={memory}",
            f"--volume={self._folder}:/secrets:ro",
        ]

    def _arguments(self, command: str, files: Mapping[str, Any]) -> list[str]:
        arguments = [command]
        for name, content in files.items():
            path = self._folder / f"{name}.json"
            path.write_text(json.dumps(content))
            path.chmod(0o644)
            arguments += [f"--{name}", f"/secrets/{name}.json"]
        return arguments

    def _ended(self, arguments: Sequence[str]) -> subprocess.CompletedProcess[str]:
        return subprocess.run([self.engine, *arguments], check=False, capture_output=True, text=True)


class Begun:
    """A container that runs."""

    def __init__(self, engine: str, name: str, process: "subprocess.Popen[str]") -> None:
        self._engine, self._name, self._process = engine, name, process

    def lines(self) -> Iterator[str]:
        """What it prints, as it comes, until its end."""
        assert self._process.stdout
        return iter(self._process.stdout)

    def stop(self, seconds: int) -> int:
        """Ask it to stop, as Airbyte does, and kill it after so many seconds; its exit code (killed: 137)."""
        subprocess.run([self._engine, "stop", f"--time={seconds}", self._name], check=True, capture_output=True)
        return self._process.wait()
