"""Shows how far a sync is: a bar for each organization on a terminal, the connector's lines anywhere else."""

import re
import sys
from types import TracebackType

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TaskID, TextColumn

# What the connector logs every few seconds of each organization, and once when it is through with it.
AT = re.compile(r"(copilot_\w+ of \S+): at (\S+), (\d+) of (\d+) days read, (\d+) API calls")
THROUGH = re.compile(r"(copilot_\w+ of \S+): \d+ new, ")


class SyncProgress:
    """For the length of a `with` block. Nothing is drawn unless both outputs are a terminal."""

    def __init__(self) -> None:
        console = Console(file=sys.__stderr__)
        watched = console.is_terminal and sys.stdout.isatty()
        self._bars: dict[str, TaskID] = {}
        self._drawn = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[at]}"),
            console=console,
            transient=True,
            redirect_stderr=False,
            disable=not watched,
        )

    def __enter__(self) -> "SyncProgress":
        if not self._drawn.disable:
            self._drawn.start()
        return self

    def __exit__(self, *failure: type[BaseException] | BaseException | TracebackType | None) -> None:
        if not self._drawn.disable:
            self._drawn.stop()

    def say(self, message: str) -> None:
        """Shows one line of the connector's log, as a bar if it says how far an organization is."""
        found = AT.match(message)
        if found and not self._drawn.disable:
            label, day, read, days, calls = found.groups()
            self._draw(label, int(read), int(days), f"at {day}, {calls} API calls")
            return
        through = THROUGH.match(message)
        if through and through[1] in self._bars:
            self._drawn.remove_task(self._bars.pop(through[1]))
        self._drawn.console.print(f"  {escape(message)}", highlight=False, soft_wrap=True)

    def _draw(self, label: str, read: int, days: int, at: str) -> None:
        bar = self._bars.get(label)
        if bar is None:
            self._bars[label] = self._drawn.add_task(label, total=days, completed=read, at=at)
        else:
            self._drawn.update(bar, total=days, completed=read, at=at)
