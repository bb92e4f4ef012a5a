"""Curves as plain SVG, the same bytes for the same figures, in the reader's light or dark, legible on a phone."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

Curve = Sequence[tuple[float, float]]


class Colour(NamedTuple):
    """What matplotlib draws with, and what takes its place where the reader's screen is dark."""

    light: str
    dark: str


# Colours that stay apart for colour-blind readers and in print; ours stands out most.
COLOURS = (
    Colour("#1b1b1b", "#ffffff"),
    Colour("#0072b2", "#56b4e9"),
    Colour("#c04f00", "#ff9e4a"),
    Colour("#00805c", "#3fd0a4"),
)
PAGE, GRID, INK = Colour("#fffffe", "#10161d"), Colour("#dddddd", "#3e4c59"), Colour("#1f2933", "#e4e7eb")
MARKS = ("o", "s", "^", "D")
# Of the height of the axes: what a line of a label takes.
LINE = 0.085

mpl.rcParams |= {
    "svg.hashsalt": "source-usage-metrics", "svg.fonttype": "none", "font.family": "sans-serif", "font.size": 12,
    "text.color": INK.light, "axes.labelcolor": INK.light, "axes.edgecolor": INK.light,
    "xtick.color": INK.light, "ytick.color": INK.light, "axes.facecolor": PAGE.light,
}  # fmt: skip


def lines(path: Path, curves: Mapping[str, Curve], labels: tuple[str, str], *, logarithmic: bool = False) -> None:
    """One curve for each name, first the darkest; the name is where the curve ends."""
    figure = Figure(figsize=(5.2, 3.6), layout="constrained")
    axes = figure.add_subplot()
    for curve, colour, mark in zip(curves.values(), COLOURS, MARKS, strict=False):
        axes.plot(*zip(*curve, strict=True), color=colour.light, marker=mark)
    _dress(axes, labels, logarithmic)
    _name(axes, curves)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, format="svg", metadata={"Date": None, "Creator": None}, facecolor=PAGE.light)
    path.write_text(_with_dark(path.read_text(encoding="utf-8")), encoding="utf-8")


def _dress(axes: Axes, labels: tuple[str, str], logarithmic: bool) -> None:
    axes.set_xlabel(labels[0])
    axes.set_title(labels[1], loc="left", fontsize=12)
    if logarithmic:
        axes.set_xscale("log")
    axes.set_ylim(bottom=0)
    axes.grid(visible=True, color=GRID.light)
    axes.spines[["top", "right"]].set_visible(False)


def _name(axes: Axes, curves: Mapping[str, Curve]) -> None:
    """Each name beside its curve's last point, moved apart from its neighbours where they would overlap."""
    top = axes.get_ylim()[1]
    ends = sorted((curve[-1][1], number, _broken(name)) for number, (name, curve) in enumerate(curves.items()))
    halves = [LINE * (1 + text.count("\n")) / 2 for _, _, text in ends]
    places = _apart([value / top for value, _, _ in ends], halves)
    for (_, number, text), place in zip(ends, places, strict=True):
        axes.annotate(
            text, (1.02, place), xycoords="axes fraction", va="center", color=COLOURS[number].light, fontsize=11,
            fontweight="bold" if number == 0 else "normal", annotation_clip=False,
        )  # fmt: skip


def _broken(name: str) -> str:
    """In two lines, if it is long."""
    for before in (" (", " Singer", " with ", " of "):
        name = name.replace(before, before.replace(" ", "\n", 1))
    return name


def _apart(places: Sequence[float], halves: Sequence[float]) -> list[float]:
    """From the lowest up, and where that leads beyond the top, from the top down again."""
    moved, floor, ceiling = list(places), 0.0, 1.0
    for at, half in enumerate(halves):
        moved[at] = max(moved[at], floor + half)
        floor = moved[at] + half
    for at in reversed(range(len(moved))):
        moved[at] = min(moved[at], ceiling - halves[at])
        ceiling = moved[at] - halves[at]
    return moved


def _with_dark(svg: str) -> str:
    """Each colour as a variable of the picture's own style sheet."""
    names = {colour: f"--c{number}" for number, colour in enumerate((*COLOURS, PAGE, GRID, INK))}
    for colour, name in names.items():
        svg = svg.replace(colour.light, f"var({name}, {colour.light})")
    light = " ".join(f"{name}: {colour.light};" for colour, name in names.items())
    dark = " ".join(f"{name}: {colour.dark};" for colour, name in names.items())
    sheet = f":root {{ {light} }}\n@media (prefers-color-scheme: dark) {{ :root {{ {dark} }} }}\n"
    return svg.replace('<style type="text/css">', f'<style type="text/css">\n{sheet}', 1)
