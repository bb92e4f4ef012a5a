"""Chromium without a window, driven by Selenium: opens a page of the disk and says what is on it."""

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

Json = dict[str, Any]
ARGUMENTS = ("--headless=new", "--disable-dev-shm-usage", "--disable-gpu", "--disable-background-networking")
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
        return self

    def _emulate(self, command: str, **values: Any) -> None:
        self.driver.execute_cdp_cmd(command, values)

    def run(self, script: str, *arguments: Any) -> Any:
        """What the script returns."""
        return self.driver.execute_script(script, *arguments)

    def choose(self, chooser: str, text: str) -> None:
        """An organization, as one who uses the page does."""
        Select(self.driver.find_element(By.ID, chooser)).select_by_visible_text(text)

    def period(self, kind: str) -> None:
        """One of all, settled28, last90, custom."""
        self.driver.find_element(By.CSS_SELECTOR, f"#period input[value={kind}]").click()

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
            f"{CHART} return chart.data.map(({{meta, name, x, y}}) => ({{meta, name, x, y}}))", card
        )
        return found

    def days(self, card: str, name: str, *kinds: str) -> dict[str, Any]:
        """The drawn values of one series by day, null where nothing is drawn; kinds: settled, unsettled, default both."""
        values: dict[str, Any] = {}
        for trace in self.traces(card):
            if trace["name"] == name and trace["meta"] in (kinds or ("settled", "unsettled")):
                for day, value in zip(trace["x"], trace["y"], strict=True):
                    values[day] = value if values.get(day) is None else values[day]
        return values

    def bars(self, card: str) -> dict[str, tuple[Any, Any]]:
        """Generated and accepted by name."""
        names = [label.strip() for label in self.run(f"{CHART} return chart.layout.yaxis.ticktext", card)]
        values = {trace["meta"]: trace["x"] for trace in self.traces(card)}
        return dict(zip(names, zip(values["generated"], values["accepted"], strict=True), strict=True))

    def layout(self, card: str) -> Json:
        """Shapes, annotations and font of a card's chart."""
        found: Json = self.run(
            f"{CHART} const {{shapes, annotations, font}} = chart.layout; return {{shapes, annotations, font}}", card
        )
        return found

    def is_shown(self, selector: str) -> bool:
        return self.driver.find_element(By.CSS_SELECTOR, selector).is_displayed()

    def text(self, selector: str) -> str:
        return self.driver.find_element(By.CSS_SELECTOR, selector).text

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
