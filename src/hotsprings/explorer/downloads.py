"""What can be taken away: the picture, the data, the model file."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import panel as pn

from hotsprings.explorer.answers import Answer, spectrum
from hotsprings.explorer.style import OFFER
from hotsprings.explorer.subject import Subject

__all__ = ["buttons", "data_file", "picture_file"]

Pair = tuple[str, str]


def buttons(answer: Callable[[], Answer | None], subject: Callable[[], Subject], pair: Callable[[], Pair]) -> list[Any]:
    """Return three buttons; each file is made when it is asked for, of what is shown."""
    def made(make: Callable[[Answer, Subject, Pair], bytes]) -> Callable[[], io.BytesIO]:
        def file() -> io.BytesIO:
            found = answer()
            return io.BytesIO(b"" if found is None else make(found, subject(), pair()))

        return file

    offers = (("model file", "model.toml", lambda a, s, p: s.text().encode()),
              ("data (netCDF)", "model.nc", data_file), ("picture (PDF)", "model.pdf", picture_file))
    return [pn.widgets.FileDownload(callback=made(make), filename=name, label=label, button_type="default",
                                    stylesheets=[OFFER], margin=(2, 3))
            for label, name, make in offers]


def data_file(answer: Answer, subject: Subject, pair: Pair) -> bytes:
    """Return the stationary state and the transmittance as ``hotsprings run`` writes them, netCDF."""
    from hotsprings.io import write_dataset

    dataset = answer.state.to_dataset()
    if subject.given is None:
        dataset.attrs["model_toml"] = subject.text()
    if len(answer.state.system.contacts) > 1:
        found = spectrum(answer.state, *pair)
        dataset = dataset.assign_coords(omega=("omega", found.omega, {"long_name": "angular frequency"}))
        dataset["transmittance"] = ("omega", found.transmittance,
                                    {"long_name": f"transmittance between {pair[0]} and {pair[1]}", "units": "1"})
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "model.nc"
        write_dataset(dataset, path)
        return path.read_bytes()


def picture_file(answer: Answer, subject: Subject, pair: Pair) -> bytes:
    """Return profile, transmittance and resonances as a PDF of the paper's style."""
    from hotsprings.figures.state import plot_profile, plot_resonances, plot_transmittance
    from hotsprings.figures.style import new_figure, paper_style

    state = answer.state
    with paper_style():
        figure = new_figure(178.0, 130.0)
        axes = figure.subplots(2, 2)
        plot_profile(state, axes[0, 0])
        plot_resonances(state.resonances, axes[0, 1])
        if len(state.system.contacts) > 1:
            found = spectrum(state, *pair)
            plot_transmittance(found.omega, found.transmittance, axes[1, 0], state.resonances)
        axes[1, 1].axis("off")
        axes[1, 1].text(0.0, 1.0, _caption(state), va="top", fontsize=7, parse_math=False, wrap=True)
        out = io.BytesIO()
        figure.savefig(out, format="pdf")
    return out.getvalue()


def _caption(state: Any) -> str:
    import textwrap

    return "\n".join(part for line in repr(state).splitlines() for part in textwrap.wrap(line, 62))
