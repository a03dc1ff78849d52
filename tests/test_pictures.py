"""Pictures: what is where, what is labelled, and that everything stays inside."""

from __future__ import annotations

import matplotlib
import numpy as np
import pytest

import hotsprings as hs
from hotsprings.figures.maps import contact_colours, places_of
from hotsprings.figures.style import new_figure, paper_style, shade

matplotlib.use("Agg")


def between_faces(lattice):
    return hs.OpenNetwork(lattice, hs.bath_group(lattice.face(0, "low"), 1.5, name="hot")
                          + hs.bath_group(lattice.face(0, "high"), 0.5, name="cold"))


def drawn(plot):
    with paper_style():
        figure = new_figure(117.0, 76.0)
        ax = plot(figure.add_subplot())
        figure.canvas.draw()
    return ax


def labels(ax):
    return [text.get_text() for text in ax.get_legend().get_texts()]


def test_a_lattice_is_drawn_where_it_is():
    system = between_faces(hs.Lattice((5, 4), 1.0, k0=0.1, ends=("free", "fixed")))
    ax = drawn(system.plot)
    assert labels(ax) == ["hot, $T$ = 1.5", "cold, $T$ = 0.5"]
    sites, hot, _ = (collection.get_offsets() for collection in ax.collections if len(collection.get_offsets()) > 1)
    np.testing.assert_array_equal(sites, system.network.positions)
    assert hot[:, 0].tolist() == [0.0] * 4
    segments = sum(len(c.get_segments()) for c in ax.collections if hasattr(c, "get_segments"))
    assert segments == len(system.network.bonds)
    walls = [line for line in ax.lines if line.get_linewidth() == 2.4]
    assert [line.get_ydata()[0] for line in walls] == pytest.approx([-0.7, 3.7])
    (low, high), (bottom, top) = ax.get_xlim(), ax.get_ylim()
    assert np.all((sites > [low, bottom]) & (sites < [high, top]))


def test_springs_that_close_an_axis_do_not_cross_the_lattice():
    lattice = hs.Lattice((5, 4), 1.0, periodic=0)
    ax = drawn(hs.OpenNetwork(lattice, [hs.Bath(0, 1.0)]).plot)
    lengths = [np.hypot(*np.diff(segment, axis=0)[0]) for collection in ax.collections
               if hasattr(collection, "get_segments") for segment in collection.get_segments()]
    assert len(lengths) == len(lattice.bonds) + 4  # two stubs for each of the four
    assert max(lengths) == pytest.approx(1.0)


def test_a_state_of_a_lattice_is_a_map():
    rng = np.random.default_rng(2)
    state = hs.steady_state(between_faces(hs.Lattice((4, 3), rng.uniform(0.8, 1.2, 12), k0=0.1)))
    ax = drawn(state.plot)
    (colours,) = [c.get_array() for c in ax.collections if c.get_array() is not None]
    np.testing.assert_allclose(colours, state.local_temperature)
    assert labels(ax) == ["hot, $T$ = 1.5", "cold, $T$ = 0.5"]
    assert "hot 0." in ax.get_title()


def test_coordinates_of_an_atom_share_a_place():
    atoms = np.array([[0.0, 0.0, 0.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
    network = hs.Springs(1.0, np.eye(9) * 3.0 - 0.2, positions=np.repeat(atoms, 3, axis=0))
    places = places_of(network)
    assert places.point.shape == (3, 2)
    assert np.bincount(places.place).tolist() == [3, 3, 3]


def test_a_line_stays_a_line_and_a_sparse_graph_is_laid_out():
    assert places_of(hs.Chain(np.ones(20))) is None
    assert places_of(hs.MeanField(np.ones(20))) is None
    ring = np.roll(np.eye(12), 1, axis=0)
    laid = places_of(hs.from_graph(ring + ring.T))
    radius = np.hypot(*laid.point.T)
    np.testing.assert_allclose(radius, radius[0], rtol=1e-9)  # a ring is drawn as one


def test_a_graph_is_laid_out_so_that_its_edges_can_be_told_apart():
    star = np.zeros((12, 12))
    star[0, 1:10] = star[9, 10] = star[10, 11] = 1.0  # eight twins, and a tail
    places = places_of(hs.from_graph(star + star.T, k0=0.1))
    apart = np.hypot(*(places.point[:, None] - places.point[None]).T)
    assert apart[~np.eye(12, dtype=bool)].min() > 0.3
    edges = apart[[0, 0, 9, 10], [1, 8, 10, 11]]
    assert np.all((edges > 0.6) & (edges < 1.6))  # about the one edge that is between them


def test_three_groups_have_three_colours():
    from hotsprings.figures.maps import contact_colours

    baths = [hs.Bath(0, 1.5, name="hot"), hs.Bath(5, 1.4, name="probe"), hs.Bath(9, 0.5, name="cold")]
    colours = contact_colours(hs.OpenNetwork(hs.Chain(np.ones(10)), baths))
    assert len(set(colours.values())) == 3
    equal = contact_colours(hs.OpenNetwork(hs.Chain(np.ones(10)), [hs.Bath(0, 1.0), hs.Bath(9, 1.0)]))
    assert len(set(equal.values())) == 1


@pytest.mark.parametrize("network", [hs.Lattice((9, 4), 1.0, k0=0.1), hs.Chain(np.ones(36))])
def test_the_headline_of_many_groups_is_no_wider_than_the_picture(network):
    baths = [hs.Bath(0, 1.5, name="left lead"), hs.Bath(-1, 0.5, name="right lead"),
             hs.Bath(17, 1.0, name="probe")]
    ax = drawn(hs.steady_state(hs.OpenNetwork(network, baths)).plot)
    told = max((ax.title, ax._left_title), key=lambda text: len(text.get_text())).get_window_extent()
    assert told.x0 >= 0.0
    assert told.x1 <= ax.figure.bbox.width


def test_profiles_name_every_group_once():
    baths = hs.bath_group([0, 1], 1.5, name="hot") + hs.bath_group([8, 9], 0.5, name="cold")
    state = hs.steady_state(hs.OpenNetwork(hs.Chain(np.ones(10)), baths))
    assert labels(drawn(state.plot)) == ["sites", "hot, $T$ = 1.5", "cold, $T$ = 0.5"]


def test_walls_of_a_chain_are_walls():
    held = drawn(hs.OpenNetwork(hs.Chain(np.ones(4), ends=("fixed", "free")), [hs.Bath(0, 1.0)]).plot)
    free = drawn(hs.OpenNetwork(hs.Chain(np.ones(4)), [hs.Bath(0, 1.0)]).plot)
    upright = [[line for line in ax.lines if list(line.get_ydata()) == [-0.35, 0.35]] for ax in (held, free)]
    assert [len(lines) for lines in upright] == [1, 0]
    assert not any(text.get_text() == "$k_0$" for text in held.texts)  # nothing pins but the wall


def test_spectra_in_one_line():
    system = hs.OpenNetwork(hs.Chain(np.ones(6)), [hs.Bath(0, 1.5), hs.Bath(-1, 0.5)])
    ax = drawn(lambda ax: hs.spectrum.plot_transmittance(system, ax=ax))
    omega, values = ax.lines[0].get_data()
    np.testing.assert_array_equal(values, hs.transmittance(system, omega))
    ax = drawn(lambda ax: hs.spectrum.plot_cumulative_heat_flux(system, ax=ax, omega=[0.0, 1.0, 2.0]))
    assert ax.lines[1].get_ydata()[0] == pytest.approx(hs.conductance(system)[0, 1], rel=1e-9)
    assert labels(ax)[0] == r"carried below $\omega$"


def test_shades_of_a_family_differ():
    family = np.array([shade(part) for part in np.linspace(0.0, 1.0, 14)])
    steps = np.linalg.norm(np.diff(family[:, :3], axis=0), axis=1)
    assert steps.min() > 0.05


def springs_of(ax):
    return [line.get_xydata() for line in ax.lines if len(line.get_xydata()) == 2]


def test_currents_between_two_atoms_are_one_line_with_an_arrow_one_way():
    """Three coordinates each: nine springs, drawn one upon another they once showed arrows both ways."""
    atoms = np.array([[0.0, 0.0, 0.0], [1.0, 0.0, 0.0], [2.0, 0.3, 0.0]])
    rng = np.random.default_rng(3)
    factor = rng.standard_normal((9, 9))
    network = hs.Springs(1.0, factor @ factor.T / 9.0 + np.eye(9), positions=np.repeat(atoms, 3, axis=0))
    system = hs.OpenNetwork(network, hs.bath_group(range(3), 1.5, name="left")
                            + hs.bath_group(range(6, 9), 0.5, name="right"))
    currents = hs.bond_currents(system)
    ax = drawn(currents.plot)
    assert len(springs_of(ax)) == 3
    assert labels(ax) == ["left, $T$ = 1.5", "right, $T$ = 0.5"]
    bonds, flux = currents.bonds // 3, currents.heat_flux
    between = [abs(flux[(bonds == [a, b]).all(axis=1)].sum() - flux[(bonds == [b, a]).all(axis=1)].sum())
               for a, b in ((0, 1), (0, 2), (1, 2))]
    assert ax.get_title() == f"largest heat flux between two atoms: {max(between):.4g}"


def test_currents_that_close_an_axis_do_not_cross_the_lattice():
    lattice = hs.Lattice((6, 3), 1.0, periodic=0)
    ax = drawn(hs.bond_currents(hs.OpenNetwork(lattice, [hs.Bath(0, 1.5), hs.Bath(9, 0.5)])).plot)
    assert max(np.hypot(*np.diff(each, axis=0)[0]) for each in springs_of(ax)) == pytest.approx(1.0)
    assert len(springs_of(ax)) == len(lattice.bonds) + 3  # two stubs for each of the three


def test_a_picture_of_currents_is_as_high_as_its_network():
    row = hs.OpenNetwork(hs.Chain(np.ones(12)), [hs.Bath(0, 1.5), hs.Bath(-1, 0.5)])
    width, height = hs.bond_currents(row).plot().figure.get_size_inches()
    assert height < 0.4 * width


def test_a_legend_says_how_many_baths_it_does_not_name():
    baths = [hs.Bath(i, 1.0 + 0.05 * i) for i in range(12)]
    system = hs.OpenNetwork(hs.MeanField(np.ones(12), k0=1.0), baths)
    assert labels(drawn(hs.steady_state(system).plot))[-1] == "… and 8 more"
    assert len(set(contact_colours(system).values())) == 12


def benzene():
    angle = np.pi / 3.0 * np.arange(6)
    ring = np.stack([np.cos(angle), np.sin(angle), np.zeros(6)], axis=1)
    turn = np.linalg.qr(np.random.default_rng(1).standard_normal((3, 3)))[0]
    atoms = np.concatenate([1.4 * ring, 2.5 * ring]) @ turn
    K = np.zeros((36, 36))
    for i in range(12):
        for j in range(i):
            along = atoms[i] - atoms[j]
            block = np.outer(along, along) * (5.0 if along @ along < 2.1 else 0.01)
            for a, b, sign in ((i, i, 1), (j, j, 1), (i, j, -1), (j, i, -1)):
                K[3 * a:3 * a + 3, 3 * b:3 * b + 3] += sign * block
    return K + 0.1 * np.eye(36), atoms


def test_a_flat_molecule_of_a_file_lies_in_the_paper(tmp_path):
    pytest.importorskip("ase")
    K, atoms = benzene()
    np.save(tmp_path / "K.npy", K)
    lines = [f"{'C' if i < 6 else 'H'} {x} {y} {z}" for i, (x, y, z) in enumerate(atoms.tolist())]
    (tmp_path / "C6H6.xyz").write_text("\n".join(["12", "", *lines]))
    network = hs.read_network(tmp_path / "K.npy", tmp_path / "C6H6.xyz", coordinates="xyz", fixed=[33])
    np.testing.assert_allclose(network.positions, np.delete(np.repeat(atoms, 3, axis=0), 33, axis=0), atol=1e-12)
    places = places_of(network)
    distance = np.hypot(*(places.point[:, None] - places.point[None]).T)
    true = np.linalg.norm(network.positions[:, None] - network.positions[None], axis=-1)
    np.testing.assert_allclose(distance[np.ix_(places.place, places.place)], true, atol=1e-9)


def test_weak_springs_of_a_hessian_are_not_drawn_as_bonds():
    K, atoms = benzene()
    network = hs.Springs(12.0, K, positions=np.repeat(atoms, 3, axis=0))
    ax = drawn(hs.OpenNetwork(network, [hs.Bath(0, 1.0)]).plot)
    springs = sum(len(c.get_segments()) for c in ax.collections if hasattr(c, "get_segments"))
    assert springs == 12  # six in the ring, six to the outer atoms


def test_one_disc_stands_at_a_site_with_a_bath():
    """Two of the same size, one upon another, are off by a pixel: a black crescent showed."""
    ax = drawn(between_faces(hs.Lattice((5, 4), 1.0)).plot)
    sites = next(c for c in ax.collections if len(c.get_offsets()) == 20)
    faces = np.concatenate([np.arange(4), np.arange(16, 20)])
    assert np.flatnonzero(sites.get_sizes() == 0.0).tolist() == faces.tolist()


def test_temperatures_stay_within_their_boxes():
    baths = [hs.Bath(0, 1.2345678e-5), hs.Bath(3, 0.0020001, name="mid"), hs.Bath(5, 0.00098172)]
    ax = drawn(hs.OpenNetwork(hs.MeanField(np.ones(6)), baths).plot)
    boxes = [patch.get_window_extent() for patch in ax.patches if patch.__class__.__name__ == "FancyBboxPatch"]
    values = [text.get_window_extent() for text in ax.texts if text.get_text() in ("1.23e-05", "0.002", "0.000982")]
    assert len(boxes) == len(values) == 3
    for value in values:
        assert any(box.x0 < value.x0 and value.x1 < box.x1 for box in boxes)


def test_a_map_of_temperatures_has_walls():
    ax = drawn(hs.steady_state(between_faces(hs.Lattice((4, 3), 1.0, ends=("free", "fixed")))).plot)
    assert sum(line.get_linewidth() == 2.4 for line in ax.lines) == 2


def test_no_peak_is_behind_the_legend_of_a_transmittance():
    system = hs.OpenNetwork(hs.Chain(np.ones(30)), [hs.Bath(0, 1.5), hs.Bath(-1, 0.5)])
    ax = drawn(lambda ax: hs.spectrum.plot_transmittance(system, ax=ax))
    assert ax.get_legend().get_window_extent().y0 >= ax.get_window_extent().y1 - 1.0


def test_letters_on_given_axes_are_all_of_one_kind():
    """Ticks have the font of the caller; labels and the legend had that of the paper."""
    from matplotlib.figure import Figure

    ax = Figure().add_subplot()
    state = hs.steady_state(hs.OpenNetwork(hs.Chain(np.ones(5)), [hs.Bath(0, 1.5), hs.Bath(-1, 0.5)]))
    state.plot(ax)
    letters = [ax.xaxis.label, ax.title, ax._left_title, *ax.get_xticklabels(), *ax.get_legend().get_texts()]
    assert len({text.get_fontname() for text in letters}) == 1


def test_a_square_map_stands_in_the_middle_with_its_colours_beside_it():
    ax = drawn(hs.steady_state(between_faces(hs.Lattice((4, 4), 1.0, k0=0.1))).plot)
    map_, (bar,) = ax.get_window_extent(), ax.child_axes
    colours, width = bar.get_window_extent(), ax.figure.bbox.width
    assert map_.x1 < colours.x0 < map_.x1 + 0.1 * width
    assert abs(0.5 * (map_.x0 + colours.x1) - 0.5 * width) < 0.1 * width
