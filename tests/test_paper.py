"""The paper's figures and report: the numbers that must come out, the files, and no figure left open."""

from __future__ import annotations

import io

import matplotlib as mpl
import numpy as np
import pytest
import xarray as xr
from rich.console import Console

import hotsprings as hs
from hotsprings.figures.state import plot_profile, plot_transmittance
from hotsprings.figures.style import paper_style
from hotsprings.io import FileError
from hotsprings.studies.paper import claims, data, extras, figures, reproduce
from hotsprings.studies.paper.report import as_html, as_markdown
from hotsprings.studies.paper.rows import FAILS, HOLDS, Row, Section, exactly, leading

mpl.use("Agg")


@pytest.fixture(autouse=True)
def _nothing_left_open():
    import matplotlib.pyplot as plt

    before, figures = dict(mpl.rcParams), plt.get_fignums()
    yield
    assert plt.get_fignums() == figures
    assert dict(mpl.rcParams) == before


@pytest.fixture(scope="module")
def figure_2() -> xr.Dataset:
    return data.data_2()


@pytest.fixture(scope="module")
def figure_3() -> xr.Dataset:
    return data.data_3()


@pytest.fixture(scope="module")
def figure_5() -> xr.Dataset:
    return data.data_5()


@pytest.fixture(scope="module")
def figure_4() -> xr.Dataset:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(data, "SIZES", (3, 10, 100, 1000))
        patch.setattr(data, "N_SEEDS", 2)
        return data.data_4()


def test_figure_2_numbers(figure_2):
    kac, bare = (figure_2["half"].sel(factor=factor).values for factor in ("Kac", "bare"))
    assert kac == pytest.approx([0.60330395, 0.51000393, 0.50100000], abs=6e-9)
    assert bare == pytest.approx([0.51197949, 0.50010199, 0.50000100], abs=6e-9)
    assert figure_2["origin"].values == pytest.approx(1.0, abs=1e-14)
    assert float(figure_2["at_zero"].max()) < 1e-25
    assert figure_2["zero"].sel(factor="bare").values == pytest.approx(np.sqrt([10, 100, 1000]))
    assert figure_2["transmittance"].min() >= 0.0
    assert figure_2["transmittance"].max() <= 1.0 + 1e-12


def test_figure_2_tail(figure_2):
    last = figure_2.isel(point=-1)
    n_tilde = xr.where(last["factor"] == "Kac", last["size"] - 1.0, 1.0)
    assert (last["transmittance"] * n_tilde**2 * last["omega"] ** 6).values == pytest.approx(4.0, rel=3e-3)


def test_figure_3_numbers(figure_3):
    assert figure_3["peak"].sel(factor="Kac").values == pytest.approx([1.0573929, 1.0050635, 1.0005006], abs=6e-8)
    assert figure_3["peak"].sel(factor="bare").values == pytest.approx([1.01008954, 1.0001000, 1.0000010], abs=6e-8)
    assert figure_3["at_peak"].values == pytest.approx(1.0, abs=1e-10)


@pytest.mark.parametrize(("factor", "pinning", "expected"), [
    ("Kac", 0, 0.49554013875124), ("Kac", 1, 0.16627868307283),
    ("bare", 0, 0.50049548552070), ("bare", 1, 0.50049448253680)])
def test_figure_4_identical(figure_4, factor, pinning, expected):
    one = figure_4.sel(factor=factor, size=1000).isel(pinning=pinning)
    assert 1000 * float(one["conductance"].sel(masses="identical")) == pytest.approx(expected, rel=1e-12)
    assert float(one["closed_form"]) == pytest.approx(float(one["conductance"].sel(masses="identical")), rel=1e-12)


def test_figure_4_graded(figure_4):
    graded = figure_4["conductance"].sel(masses="graded").isel(pinning=0)
    assert 1000 * float(graded.sel(factor="Kac", size=1000)) == pytest.approx(0.49570313346, rel=2e-11)
    assert 1000 * float(graded.sel(factor="bare", size=1000)) == pytest.approx(0.57457421, abs=6e-9)
    assert 100 * float(graded.sel(factor="bare", size=100)) == pytest.approx(0.51899147, abs=6e-9)


def test_figure_4_heterogeneous_points_lie_above_the_line_without_kac_only(figure_4):
    ratio = figure_4["conductance"].sel(size=1000, masses=["graded", "random"]) / figure_4["theory"].sel(size=1000)
    assert ratio.sel(factor="bare").min() > 1.1
    assert abs(ratio.sel(factor="Kac") - 1.0).max() < 0.02


def test_figure_5_numbers(figure_5):
    kac = figure_5.sel(factor="Kac")
    identical = kac["temperature"].sel(masses="identical")
    assert identical.isel(site=slice(1, -1)).values == pytest.approx(1 / 18, abs=1e-12)
    assert identical.isel(pinning=0, site=[0, -1]).values == pytest.approx([1.475, 0.525], abs=1e-12)
    assert identical.isel(pinning=1, site=[0, -1]).values == pytest.approx([1.4871795, 0.5128205], abs=6e-8)
    graded = kac["temperature"].sel(masses="graded")
    assert graded.isel(pinning=0, site=[0, 1, -3, -2, -1]).values == pytest.approx(
        [1.477438, 1.008889, 0.992962, 0.992149, 0.527576], abs=6e-7)
    assert graded.isel(pinning=1, site=[0, 1, -2, -1]).values == pytest.approx(
        [1.488511, 1.015646, 0.982175, 0.514042], abs=6e-7)
    assert kac["heat_flux"].sel(masses="graded").values == pytest.approx([0.02506873816, 0.01276577520], abs=6e-12)
    assert kac["n_dark_modes"].sel(masses="identical").values.tolist() == [17, 17]


def test_bare_graded_profile_is_another(figure_5):
    bare = figure_5["temperature"].sel(factor="bare", masses="graded").isel(pinning=0, site=[1, -2]).values
    assert bare == pytest.approx([1.128, 0.889], abs=6e-4)


def test_statements_not_shown():
    walls = extras.walls()
    assert float(walls.sel(kind="Kac, wall k", size=3000)) == pytest.approx(1 / 8, abs=1e-4)
    assert float(walls.sel(kind="bare, wall k", size=3000)) == pytest.approx(1 / 2, abs=1e-3)
    assert all(dark == 16 for _, dark in extras.alternating_state().values())
    bare = extras.heterogeneous_bare().sel(masses="graded")
    assert bare.values == pytest.approx([0.51899147, 0.53764566, 0.57457421, 0.6064415], abs=3e-8)


def test_exact_maxima_of_height_one():
    assert data.unit_frequencies(100, 1.0, 0.0, 99.0).size == 0
    extra = data.unit_frequencies(10, 0.1, 0.0, 9.0)
    system = data.two_ends(hs.MeanField(np.ones(10), k=0.1))
    assert hs.transmittance(system, extra) == pytest.approx(1.0, abs=1e-12)


def test_every_figure_draws(figure_2, figure_3, figure_4, figure_5):
    with paper_style():
        for figure in (figures.draw_1(), figures.draw_2(figure_2), figures.draw_3(figure_3),
                       figures.draw_4(figure_4), figures.draw_5(figure_5)):
            figure.savefig(io.BytesIO(), format="png", dpi=40)


def test_sections_judge_from_the_data(figure_2):
    spoilt = figure_2.copy(deep=True)
    spoilt["half"] = spoilt["half"] * 1.5  # negative control: a wrong curve must not pass
    verdicts = {row.statement: row.verdict for row in claims.figure_2(spoilt).rows}
    assert FAILS in verdicts["Eq. 23, Kac: 𝒯(2γ/(mN)) = 1/2"]
    assert not any(FAILS in row.verdict for row in claims.algebra().rows)


def test_reproduce_writes_what_was_asked_for(tmp_path):
    report = reproduce([5], tmp_path / "out", Console(file=io.StringIO()))
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert names == {"figure-5.png", "figure-5.pdf", "figure-5.nc", "report.md", "report.html"}
    text = (tmp_path / "out" / "report.md").read_text(encoding="utf-8")
    for part in ("1.008889", "16 dark modes", "figure-5.png", FAILS, "Misprints"):
        assert part in text
    assert "<table>" in report.read_text(encoding="utf-8")
    with xr.open_dataset(tmp_path / "out" / "figure-5.nc", engine="h5netcdf") as ds:
        assert ds["temperature"].attrs["units"] == "energy"
        assert float(ds["temperature"].sel(factor="Kac", masses="identical")[0, 0]) == pytest.approx(1.475)


@pytest.mark.parametrize("figures", [[], [0], [6], ["1"], [True]])
def test_reproduce_refuses(tmp_path, figures):
    with pytest.raises(hs.ArgumentError, match="figures"):
        reproduce(figures, tmp_path)


def test_verdicts():
    assert exactly(1e-12) == HOLDS
    assert exactly(1e-3) == FAILS
    assert leading({10: 0.1, 1000: 0.001}).startswith("holds to leading order (0.1 %")
    assert leading({10: 0.001, 1000: 0.01}).startswith(FAILS)
    assert leading({10: 0.9, 1000: 0.2}).startswith(FAILS)


def test_report_escapes_and_renders():
    text = as_markdown([Section("Topic", 0, "", [Row("|x|", "1", FAILS)])])
    assert r"| \|x\| | 1 | **does not hold** |" in text
    assert "<td>|x|</td>" in as_html(text)


@pytest.mark.parametrize(("network", "baths"), [
    (hs.MeanField([1.0, 2.0]), [hs.Bath(0, 1.0)]),
    (hs.MeanField(np.ones(300), k0=1.0), [hs.Bath(0, 1.5), hs.Bath(-1, 0.5)]),
    (hs.MeanField(np.linspace(0.5, 1.5, 40)), [hs.Bath(site, 1.0 + site) for site in (0, 3, 8, 20, 30, 39)]),
])
def test_sketch_and_profile(network, baths):
    import matplotlib.pyplot as plt

    system = hs.OpenNetwork(network, baths)
    state = hs.steady_state(system)
    ax = system.plot()
    drawn = [text.get_text() for text in ax.texts]
    assert sum(text.isdigit() for text in drawn) >= min(7, network.n_sites)
    plt.close(ax.figure)
    figure, (left, right) = plt.subplots(1, 2)
    assert plot_profile(state, left) is left
    omega = np.linspace(0.0, 2.0, 50)
    if len(baths) > 1:
        plot_transmittance(omega, hs.transmittance(system, omega, 0, 1), right, state.resonances)
    figure.savefig(io.BytesIO(), format="png", dpi=40)
    plt.close(figure)


def test_reproduce_replaces_its_own_files_only(tmp_path):
    own = tmp_path / "figure-1.png"
    own.write_text("my figure")
    with pytest.raises(FileError, match="exists already"):
        reproduce((1,), tmp_path)
    assert own.read_text() == "my figure"
    reproduce((1,), tmp_path, overwrite=True)
    assert own.read_bytes().startswith(b"\x89PNG")
    reproduce((1,), tmp_path)  # made by hotsprings: replaced without asking
    report = (tmp_path / "report.md").read_text(encoding="utf-8")
    assert "Only the statements on Fig. 1" in report
