"""Puts the report page together: one file with its scripts, its styles, and its data as JSON."""

import base64
import hashlib
import json
from pathlib import Path
from string import Template
from typing import Any

HERE = Path(__file__).parent
SCRIPTS = (
    "numbers.js",
    "names.js",
    "charts.js",
    "cards.js",
    "panels.js",
    "overview.js",
    "edge_impulse.js",
    "report.js",
)


def made_of(report: dict[str, Any], plotly: str) -> str:
    """The page as text. plotly: the library's JavaScript."""
    own = "\n".join(_text(name) for name in SCRIPTS)
    return Template(_text("page.html")).substitute(
        policy=policy(plotly, own), style=_text("report.css"), plotly=plotly, script=own, data=embedded(report)
    )


def embedded(report: dict[str, Any]) -> str:
    """JSON in which no text, whoever wrote it, can end the element that it stands in, or begin another."""
    text = json.dumps(report, separators=(",", ":"), allow_nan=False)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def policy(*scripts: str) -> str:
    """A Content-Security-Policy: these scripts and no others run, and nothing is fetched from anywhere."""
    hashes = (hashlib.sha256(script.encode()).digest() for script in scripts)
    allowed = " ".join(f"'sha256-{base64.b64encode(digest).decode()}'" for digest in hashes)
    return f"default-src 'none'; script-src {allowed}; style-src 'unsafe-inline'; img-src data: blob:"


def _text(name: str) -> str:
    return (HERE / name).read_text(encoding="utf-8")
