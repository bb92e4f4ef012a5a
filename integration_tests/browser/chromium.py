"""Chromium without a window, driven by Selenium: opens a page of the disk and says what is on it."""

import csv
import json
import os
import shutil
from pathlib import Path
from types import TracebackType
from typing import Any

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.support.select import Select
from selenium.webdriver.support.wait import WebDriverWait

Json = dict[str, Any]
ARGUMENTS = ("--headless=new", "--disable-dev-shm-usage", "--disable-gpu", "--disable-background-networking")
# What a click on CSV would save. Where the browser would put a file is of no interest here.
SAVED = """const done = arguments[1];
    URL.createObjectURL = blob => { blob.text().then(done); return '#'; };
    HTMLAnchorElement.prototype.click = () => {};
    document.querySelector(`#${arguments[0]} .csv`).click();"""
CHART = "const chart = document.querySelector(`#${arguments[0]} .chart`);"


class Chromium:
    """One browser for the length of a `with` block."""

    def __init__(self) -> None:
        options = webdriver.ChromeOptions()
        options.binary_location = _installed("chromium")
        # As root Chromium can't have its sandbox.
        for argument in (*ARGUMENTS, *(["--no-sandbox"] if os.geteuid() == 0 else [])):
            options.add_argument(argument)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
        self.driver = webdriver.Chrome(options=options, service=Service(_installed("chromedriver")))

    def __enter__(self) -> "Chromium":
        return self

    def __exit__(self, *failure: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.driver.quit()

    def open(self, page: Path, *, width: int = 1280, dark: bool = False) -> "Chromium":
        """The page, anew."""
        self._emulate(
            "Emulation.setEmulatedMedia",
            features=[{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}],
        )
        self._emulate(
            "Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=width < 600
        )
        self.driver.get(page.as_uri())
        self.drawn()
        return self

    def drawn(self) -> None:
        """Waits until all charts are."""
        self.wait_for("main[aria-busy=false]")

    def _emulate(self, command: str, **values: Any) -> None:
        self.driver.execute_cdp_cmd(command, values)

    def run(self, script: str, *arguments: Any) -> Any:
        """What the script returns, once all charts are drawn."""
        self.drawn()
        return self.driver.execute_script(script, *arguments)

    def choose(self, chooser: str, text: str) -> None:
        """An organization, as one who uses the page does."""
        Select(self.driver.find_element(By.ID, chooser)).select_by_visible_text(text)

    def period(self, kind: str) -> None:
        """One of settled28, settled91, all, custom."""
        self.driver.find_element(By.CSS_SELECTOR, f"#period input[value={kind}]").click()

    def by(self, grouping: str) -> None:
        """day or week."""
        self.driver.find_element(By.CSS_SELECTOR, f"#grouping input[value={grouping}]").click()

    def custom_period(self, first: str, last: str) -> None:
        """From the first day to the last, both included."""
        self.period("custom")
        for name, day in (("from", first), ("through", last)):
            self.run(
                "const field = document.getElementById(arguments[0]); field.value = arguments[1];"
                "field.dispatchEvent(new Event('change', {bubbles: true}));", name, day,
            )  # fmt: skip

    def traces(self, card: str) -> list[Json]:
        """What Plotly drew in a card: meta, name, x and y of each trace."""
        found: list[Json] = self.run(
            CHART + "return chart.data.map(({meta, name, x, y, connectgaps}) => ({meta, name, x, y, connectgaps}))",
            card,
        )
        return found

    def days(self, card: str, name: str, meta: str = "all") -> dict[str, Any]:
        """The values of one series by day, or by a week's last day; meta: all, or only those settled, unsettled."""
        (trace,) = (trace for trace in self.traces(card) if (trace["name"], trace["meta"]) == (name, meta))
        return dict(zip(trace["x"], trace["y"], strict=True))

    def csv(self, card: str) -> list[list[str]]:
        """What a click on a card's CSV saves: the head, and the rows."""
        self.drawn()
        text: str = self.driver.execute_async_script(SAVED, card)
        return list(csv.reader(text.removeprefix("\ufeff").splitlines()))

    def counts(self, card: str) -> dict[str, tuple[float, ...]]:
        """What a list counts by GitHub's own names, without the period before."""
        _, *rows = self.csv(card)
        return {name: tuple(float(value) if value else 0 for value in values[:-1]) for name, *values in rows}

    def names(self, card: str) -> dict[str, str]:
        """The names of a list as they are shown, by those that whoever points at one sees."""
        found: list[tuple[str, str]] = self.run(
            "return [...document.querySelectorAll(`#${arguments[0]} .bars tbody th`)]"
            ".map(name => [name.title || name.innerText.trim(), name.innerText.trim()])",
            card,
        )
        return dict(found)

    def tile(self, label: str) -> tuple[str, ...]:
        """A tile's figure, its change if there is one, and its period."""
        found: list[str] = self.run(
            "return [...document.querySelectorAll('.tiles > div')].filter(tile => tile.offsetParent)"
            ".find(tile => tile.querySelector('dt').innerText === arguments[0]).innerText.split(/\\s*\\n\\s*/)",
            label,
        )
        return tuple(found[1:])

    def layout(self, card: str) -> Json:
        """Shapes, annotations and font of a card's chart."""
        found: Json = self.run(
            f"{CHART} const {{shapes, annotations, font}} = chart.layout; return {{shapes, annotations, font}}", card
        )
        return found

    def break_marks(self, card: str) -> dict[str, str]:
        """The known breaks that a card's chart marks: the number above the line, and the day where it is drawn."""
        layout = self.layout(card)
        lines = {shape["name"].removeprefix("break "): shape["x0"] for shape in layout["shapes"] if "name" in shape}
        assert lines == {note["text"]: note["x"] for note in layout.get("annotations") or []}
        return lines

    def is_shown(self, selector: str) -> bool:
        return self.driver.find_element(By.CSS_SELECTOR, selector).is_displayed()

    def text(self, selector: str) -> str:
        return self.driver.find_element(By.CSS_SELECTOR, selector).text

    def cells(self, rows: str) -> list[list[str]]:
        """What stands in the cells of these rows of a table."""
        script = "const all = document.querySelectorAll(arguments[0]), text = cell => cell.textContent;"
        found: list[list[str]] = self.run(f"{script} return [...all].map(row => [...row.cells].map(text))", rows)
        return found

    def colours(self) -> tuple[str, str]:
        """Of the page's background, and of a chart's text."""
        background = self.run("return getComputedStyle(document.body).backgroundColor")
        return background, self.layout("active-users")["font"]["color"]

    def accessibility(self, axe: Path) -> list[str]:
        """What axe-core, the file named, finds that is serious or critical: the rule, and the elements."""
        if not axe.exists():
            pytest.fail(f"{axe} is missing: make browser-test brings it and runs these tests")
        self.run(axe.read_text(encoding="utf-8"))
        found = self.driver.execute_async_script("axe.run().then(arguments[0])")
        assert len(found["passes"]) > 20, "axe-core looked at the page"
        return [
            f"{rule['id']}: {', '.join(str(node['target']) for node in rule['nodes'])}"
            for rule in found["violations"]
            if rule["impact"] in ("serious", "critical")
        ]

    def wait_for(self, selector: str) -> None:
        """Until it is there: what is opened is filled a moment later."""
        WebDriverWait(self.driver, 20).until(lambda driver: driver.find_elements(By.CSS_SELECTOR, selector))

    def forget(self) -> None:
        """What the console said and what was asked for so far."""
        self.errors()
        self.requests()

    def errors(self) -> list[str]:
        """What the console said since the last call."""
        return [entry["message"] for entry in self.driver.get_log("browser")]

    def requests(self) -> list[str]:
        """What was asked for since the last call, other than the page itself and what stands in it."""
        events = [json.loads(entry["message"])["message"] for entry in self.driver.get_log("performance")]
        asked = [
            event["params"]["request"]["url"] for event in events if event["method"] == "Network.requestWillBeSent"
        ]
        return [url for url in asked if not url.startswith(("file:", "data:", "blob:"))]


def _installed(program: str) -> str:
    found = shutil.which(program)
    if found is None:
        pytest.fail(f"{program} is missing: make browser-test installs it and runs these tests")
    return found
