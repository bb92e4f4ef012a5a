"""Curves as plain SVG, the same bytes for the same figures."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

Curve = Sequence[tuple[float, float]]
# Colours that stay apart for colour-blind readers and in print; ours is the darkest.
COLOURS = ("#1b1b1b", "#0072b2", "#d55e00", "#009e73")
MARKS = ("o", "s", "^", "D")

mpl.rcParams |= {"svg.hashsalt": "source-usage-metrics", "svg.fonttype": "none", "font.family": "sans-serif"}


def lines(path: Path, curves: Mapping[str, Curve], labels: tuple[str, str], *, logarithmic: bool = False) -> None:
    """One curve for each name, first the darkest."""
    figure = Figure(figsize=(6.4, 3.6), layout="constrained")
    axes = figure.add_subplot()
    for (name, curve), colour, mark in zip(curves.items(), COLOURS, MARKS, strict=False):
        axes.plot(*zip(*curve, strict=True), color=colour, marker=mark, label=name)
    _dress(axes, labels, logarithmic)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, format="svg", metadata={"Date": None, "Creator": None}, facecolor="white")


def _dress(axes: Axes, labels: tuple[str, str], logarithmic: bool) -> None:
    axes.set_xlabel(labels[0])
    axes.set_ylabel(labels[1])
    if logarithmic:
        axes.set_xscale("log")
    axes.set_ylim(bottom=0)
    axes.grid(visible=True, color="#dddddd")
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False)
