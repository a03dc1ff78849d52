"""Time and error against N, all methods, on logarithmic axes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from hotsprings.figures.style import new_figure, paper_style

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LOOKS = (("#4b2a6f", "o", "-"), ("#d1495b", "^", "--"), ("#f6a04d", "v", ":"), ("#2f6f9f", "s", "-."),
         ("#6b6b6b", "D", (0, (4, 1, 1, 1, 1, 1))))
FLOOR = 1e-17  # where an error of zero is drawn


def draw(points: list[dict[str, Any]], path: Path) -> None:
    """Draw the points of ``methods``: seconds, error of J, error of T_n."""
    with paper_style():
        figure = new_figure(178.0, 78.0)
        axes = figure.subplots(1, 3)
        for ax, title in zip(axes, ("time (s)", "relative error of J", "largest error of a $T_n$ over $T_L-T_R$"),
                             strict=True):
            ax.set(xscale="log", yscale="log", xlabel="$N$", title=title)
        for name, look in zip(dict.fromkeys(p["method"] for p in points), LOOKS, strict=False):
            mine = [p for p in points if p["method"] == name and p["wall"]]
            _line(axes[0], [(p["n"], sorted(p["wall"])[len(p["wall"]) // 2]) for p in mine], look, name)
            for ax, key in ((axes[1], "flux_error"), (axes[2], "temperature_error")):
                _line(ax, [(p["n"], max(p[key], FLOOR)) for p in mine if p[key] is not None], look, name)
        for ax in axes[1:]:
            ax.set(xlim=axes[0].get_xlim(), ylim=(FLOOR / 3.0, 10.0))
        figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=3)
        path.parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(path)


def _line(ax: Axes, values: list[tuple[float, float]], look: tuple[str, str, Any], name: str) -> None:
    colour, marker, dashes = look
    ax.plot([n for n, _ in values], [value for _, value in values], color=colour, marker=marker, linestyle=dashes,
            label=name)
