"""The explorer in headless Chromium; left out, and said so, where there is no Chromium, Playwright or Panel.

A few of these run always; ``pytest -m long tests/test_explorer_browser.py`` runs the others, some ten minutes.
"""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tomllib
import warnings
from http.client import HTTPConnection

import numpy as np
import pytest

import hotsprings as hs
from hotsprings.config import parse_model
from hotsprings.explorer import answers, sizes
from hotsprings.explorer.presets import PRESETS
from hotsprings.explorer.subject import Subject

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
MISSING = [name for name in ("panel", "bokeh", "playwright") if importlib.util.find_spec(name) is None]
pytestmark = pytest.mark.skipif(
    CHROMIUM is None or bool(MISSING),
    reason="browser tests of the explorer left out: no "
           + " and no ".join(MISSING + ([] if CHROMIUM else ["Chromium (apt-get install chromium)"])))

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync"]
PATIENCE = 240_000  # ms until a page that never comes is a failure; nothing waits for it to pass


class Server:
    """The command, as a user starts it."""

    def __init__(self, *arguments: str) -> None:
        command = [sys.executable, "-m", "hotsprings.cli", "explore", "--no-browser", *arguments]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                        env={**os.environ, "HOTSPRINGS_TRACEBACK": "1", "COLUMNS": "200"})
        assert self.process.stdout is not None
        self.address = self.process.stdout.readline().strip()

    def end(self) -> tuple[int, str]:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        _, err = self.process.communicate(timeout=120)
        return self.process.returncode, err


@pytest.fixture(scope="module")
def server():
    started = Server()
    yield started
    code, err = started.end()
    assert code == 0
    assert "Traceback" not in err
    assert "connection was closed" not in err
    assert not [line for line in err.splitlines() if "ERROR" in line and "from Origin 'http://example.com'" not in line]


@pytest.fixture(scope="module")
def browser():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        opened = play.chromium.launch(executable_path=CHROMIUM, headless=True, args=FLAGS)
        yield opened
        opened.close()


@pytest.fixture
def page(server, browser):
    yield from opened(server.address, browser)


def opened(address, browser, width=1280):
    page = browser.new_page(viewport={"width": width, "height": 900}, accept_downloads=True)
    page.set_default_timeout(PATIENCE)
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else 0)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda request: None if request.url.startswith((address, "data:", "blob:"))
            else complaints.append(f"asked for {request.url}"))
    page.goto(address)
    settled(page)
    yield page
    page.close()
    assert not complaints, complaints


def settled(page):
    page.get_by_text("all is shown").wait_for()


def flux_text(system):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return f"{hs.steady_state(system).heat_flux[0]:+.12g}"


def expect_flux(page, system):
    """Wait until the page shows the flux that the library gives, to all but its last two digits."""
    digits = flux_text(system)
    mantissa, _, exponent = digits.partition("e")
    shown = re.escape(mantissa[:-2]) + r"\d*" + (re.escape("e" + exponent) if exponent else "")
    page.locator("td.number").first.filter(has_text=re.compile(rf"^\s*{shown}")).wait_for()


def choose(page, label, value):
    page.get_by_label(label, exact=True).select_option(value)


def write(page, label, value):
    box = page.get_by_label(label, exact=True)
    box.fill(value)
    box.press("Enter")


def test_the_address_is_the_first_line_and_on_this_machine_only(server):
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/", server.address)
    port = int(server.address.rsplit(":", 1)[1].strip("/"))
    with socket.socket() as other:
        other.settimeout(5.0)
        others = {info[4][0] for info in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)}
        for address in others - {"127.0.0.1"}:
            assert other.connect_ex((address, port)) != 0


def socket_answer(server, origin):
    headers = {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13", "Origin": origin,
               "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Protocol": "bokeh"}
    connection = HTTPConnection(server.address.split("/")[2], timeout=60)
    connection.request("GET", "/ws", headers=headers)
    response = connection.getresponse()
    found = response.status, response.read().decode()
    connection.close()
    return found


def test_a_page_of_another_origin_gets_no_socket(server):
    status, reason = socket_answer(server, "http://example.com")
    assert status == 403
    assert "origin" in reason.lower()  # refused for its origin, not for its form: every other test here has a socket


def test_it_loads_and_certifies(page):
    assert page.get_by_role("heading", name="hotsprings explorer").is_visible()
    assert page.get_by_text("Certificate holds").is_visible()
    assert page.get_by_text("97 normal modes never feel a bath").is_visible()
    for title in ("Numbers", "Transmittance", "Resonances", "Motion of the chosen resonance", "Temperature profile",
                  "Where in the spectrum the heat flows", "Heat flux against size"):
        assert page.get_by_role("heading", name=title, exact=True).is_visible()


LENGTHS = """() => Object.fromEntries([...Bokeh.documents[0]._all_models.values()]
    .filter(m => m.type == "ColumnDataSource" && m.name).map(m => [m.name, m.get_length()]))"""


def test_a_fresh_page_has_all_of_every_picture(server, browser):
    subject = Subject(next(iter(PRESETS.values())))
    state = hs.steady_state(subject.system())
    for page in (each for _ in range(2) for each in opened(server.address, browser)):
        found = page.evaluate(LENGTHS)
        assert found["size"] == len(sizes.sizes_of(subject)) == found["closed form"]
        assert found["transmittance"] == answers.spectrum(state, 0, 1).omega.size
        assert found["flux"] == 400
        assert found["motion"] == state.system.n_sites
        assert found["resonances"] == 3
        assert found["profile"] + 2 == state.system.n_sites or found["profile"] == 2
        assert found["size here"] == 1


def test_a_line_stands_there_until_the_page_does(server, browser):
    page = browser.new_page()
    held = []
    page.route("**/bokeh.min.js*", lambda route: held.append(route))  # no script comes yet
    page.set_default_timeout(PATIENCE)
    page.goto(server.address, wait_until="commit")
    page.get_by_text("loading …").wait_for()
    while not held:
        page.wait_for_timeout(10)
    held[0].continue_()
    settled(page)
    page.get_by_text("loading …").wait_for(state="detached")
    page.close()


@pytest.mark.parametrize(("width", "height"), [(1280, 900), (390, 844)])
def test_the_baths_are_in_sight(server, browser, width, height):
    for page in opened(server.address, browser, width):
        page.set_viewport_size({"width": width, "height": height})
        for label in ("Start from", "k, spring constant", "bath 0: γ", "bath 1: site", "bath 1: T", "bath 1: γ"):
            box = page.get_by_label(label, exact=True).bounding_box()
            assert 0.0 <= box["y"] <= height - box["height"]
            assert page.get_by_label(label, exact=True).evaluate(UNCOVERED), label
        assert page.get_by_role("button", name="add a bath").bounding_box()["y"] < height - 20
        wide = page.get_by_label("Start from", exact=True).bounding_box()["width"]
        assert wide >= 230.0


UNCOVERED = """e => { const b = e.getBoundingClientRect();
    let at = document.elementFromPoint(b.x + b.width / 2, b.y + b.height / 2);
    while (at && at.shadowRoot) { const next = at.shadowRoot.elementFromPoint(b.x + b.width / 2, b.y + b.height / 2);
        if (!next || next === at) break; at = next; }
    return at === e; }"""


MARKED = """() => { window.marked = [];
    window.cards = [...Bokeh.documents[0]._all_models.values()].filter(m => m.styles && "--mark" in m.styles);
    for (const m of window.cards) m.properties.styles.change.connect(() => window.marked.push(m.styles["--mark"])); }"""
SHOWN_MARKS = """() => window.cards.map(m => getComputedStyle(Bokeh.index.find_one(m).el, "::after").content)"""


def test_what_is_old_is_marked_until_it_is_new(page):
    page.evaluate(MARKED)
    choose(page, "Start from", "Fig. 5: graded profile, free")
    expect_flux(page, START.system())
    settled(page)
    marked = page.evaluate("window.marked")
    assert marked.count('"out of date"') >= 7
    assert page.evaluate(SHOWN_MARKS) == ["none"] * 7
    page.evaluate("""() => { for (const m of window.cards) m.styles = {"--mark": '"stale"'}; }""")
    assert page.evaluate(SHOWN_MARKS) == ['"stale"'] * 7  # the sheet of the card shows what it is told


REWRITTEN = """() => {
    const sheet = new (Bokeh.require("core/dom").InlineStyleSheet)("a {}"), first = sheet.el.firstChild;
    sheet.replace("a {}");
    const stands = sheet.el.firstChild === first;
    sheet.replace("b {}");
    return [stands, sheet.el.textContent]; }"""


def test_a_style_sheet_that_stands_is_not_written_again(page):
    """Else the browser works out all styles anew at every paint: Bokeh writes the same text each time."""
    assert page.evaluate(REWRITTEN) == [True, "b {}"]


LAID_OUT = """() => { window.laidOut = [];
    const names = ["css_classes", "stylesheets", "visible", "width", "height", "margin", "sizing_mode", "children"];
    for (const m of Bokeh.documents[0]._all_models.values()) for (const name of names)
        m.properties[name]?.change.connect(() => window.laidOut.push(m.type + "." + name)); }"""


def test_a_slider_has_the_page_laid_out_for_axes_alone(page):
    choose(page, "Start from", "Fig. 5: graded profile, free")
    expect_flux(page, START.system())
    settled(page)
    page.evaluate(LAID_OUT)
    page.locator(".noUi-handle").first.focus()
    page.keyboard.press("ArrowRight")
    expect_flux(page, START.with_entry(("network", "k"), 1.02).system())
    settled(page)
    assert page.evaluate("window.laidOut") == []  # each would lay out the page and paint every picture
    page.get_by_role("button", name="logarithmic").click()
    page.wait_for_function("() => window.laidOut.length > 0")  # another picture


@pytest.mark.long
@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_shows_exact_numbers(page, name):
    choose(page, "Start from", name)
    expect_flux(page, Subject(PRESETS[name]).system())
    settled(page)


START = Subject(PRESETS["Fig. 5: graded profile, free"])
NETWORK, MASSES = ("network",), ("masses",)
DIALS = [("k, spring constant", "0.37", (*NETWORK, "k")), ("k0, pinning", "0.8", (*NETWORK, "k0")),
         ("N, number of sites", "31", (*MASSES, "n")), ("mean mass", "1.7", (*MASSES, "mean")),
         ("spread of masses", "0.4", (*MASSES, "spread")), ("bath 0: site", "3", ("baths", 0, "site")),
         ("bath 0: T", "2.2", ("baths", 0, "temperature")), ("bath 0: γ", "0.6", ("baths", 0, "friction")),
         ("bath 1: site", "-2", ("baths", 1, "site")), ("bath 1: T", "0.1", ("baths", 1, "temperature")),
         ("bath 1: γ", "3.5", ("baths", 1, "friction"))]


def number(text):
    return int(text) if re.fullmatch(r"-?\d+", text) else float(text)


@pytest.mark.long
def test_every_box_changes_the_system(page):
    choose(page, "Start from", "Fig. 5: graded profile, free")
    expect_flux(page, START.system())
    subject = START
    for label, text, key in DIALS:
        write(page, label, text)
        subject = subject.with_entry(key, number(text))
        expect_flux(page, subject.system())
    settled(page)


@pytest.mark.long
def test_the_temperature_of_dark_modes(page):
    write(page, "temperature of dark modes", "2.5")
    page.get_by_text("taken as temperature 2.5").wait_for()
    settled(page)


@pytest.mark.long
def test_every_choice_changes_the_system(page):
    choose(page, "Start from", "Fig. 5: graded profile, free")
    expect_flux(page, START.system())
    for value, kac in (("1 (bare)", False), ("N - 1 (Kac factor)", True)):
        choose(page, "Ñ, normalisation", value)
        expect_flux(page, START.with_entry(("network", "kac"), kac).system())
    choose(page, "Ñ, normalisation", "another")
    write(page, "Ñ", "4.5")
    free = START.with_entry(("network", "kac"), None).with_entry(("network", "n_tilde"), 4.5)
    expect_flux(page, free.system())
    for kind in ("identical", "random", "alternating"):
        choose(page, "masses", kind)
        table = {"kind": kind, "n": 20, "mean": 1.0} | ({} if kind == "identical" else {"spread": 0.1})
        expect_flux(page, free.with_entry(MASSES, table | ({"seed": 1} if kind == "random" else {})).system())
    settled(page)


KINDS = {
    "power-law": [("α, exponent of r^-α", "2.5", "alpha")],
    "lattice": [("k0, pinning", "0.3", "k0"), ("k, spring constant", "1.5", "k")],
    "chain": [("k, spring constant", "0.5", "k"), ("k0, pinning", "0.25", "k0")],
    "random-springs": [("mean of the springs", "1.5", "mean"), ("spread of the springs", "0.25", "spread"),
                       ("seed", "5", "seed")],
    "random-chain": [("mean of the springs", "1.5", "mean"), ("seed", "6", "seed")],
    "ion-crystal": [("N, number of sites", "12", "n")],
}


@pytest.mark.long
@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_network(page, kind):
    from hotsprings.explorer.presets import fresh_network

    choose(page, "Start from", "Fig. 5: graded profile, free")
    expect_flux(page, START.system())
    choose(page, "kind", kind)
    subject = Subject(fresh_network(kind, START.document, 1000))
    expect_flux(page, subject.system())
    for label, text, key in KINDS[kind]:
        write(page, label, text)
        subject = subject.with_entry(("network", key), number(text))
        expect_flux(page, subject.system())
    if kind == "chain":
        choose(page, "ends", "free")
        expect_flux(page, subject.with_entry(("network", "ends"), "free").system())
    if kind == "power-law":
        choose(page, "periodic", "yes")
        expect_flux(page, subject.with_entry(("network", "periodic"), True).system())
    settled(page)


@pytest.mark.long
def test_baths_are_added_chosen_and_removed(page):
    choose(page, "Start from", "Fig. 5: graded profile, free")
    expect_flux(page, START.system())
    page.get_by_role("button", name="add a bath").click()
    page.get_by_text("heat flux from bath 2 (site 1)").wait_for()
    choose(page, "from", "bath 2")
    page.get_by_text("conductance between bath 2 and bath 1").wait_for()
    choose(page, "to", "bath 2")
    page.get_by_text("between two different baths").wait_for()
    choose(page, "to", "bath 0")
    page.get_by_text("conductance between bath 2 and bath 0").wait_for()
    page.get_by_role("button", name="remove the last").click()
    page.get_by_text("conductance between bath 0 and bath 1").wait_for()
    page.get_by_role("button", name="remove the last").click()
    page.get_by_text("a transmittance needs two baths").wait_for()
    settled(page)


def test_a_slider_follows_the_keyboard(page):
    choose(page, "Start from", "Fig. 5: graded profile, free")
    expect_flux(page, START.system())
    page.locator(".noUi-handle").first.focus()
    page.keyboard.press("ArrowRight")
    expect_flux(page, START.with_entry(("network", "k"), 1.02).system())  # a hundredth of a decade, three digits
    assert page.get_by_label("k, spring constant", exact=True).input_value() == "1.02"
    settled(page)


@pytest.mark.long
def test_the_tabulator_reaches_every_control(page):
    wanted = page.locator("input:visible, select:visible, button:visible").count()
    reached = set()
    for _ in range(3 * wanted + 60):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("""() => { let e = document.activeElement;
            while (e && e.shadowRoot && e.shadowRoot.activeElement) e = e.shadowRoot.activeElement;
            return e.tagName + "|" + (e.id || e.className) + "|" + e.getRootNode().host?.className
                   + "|" + (e.labels?.[0]?.innerText ?? e.innerText); }"""))
    text = " ".join(sorted(reached))
    for label in ("Start from", "k, spring constant", "N, number of sites", "bath 1: γ", "add a bath", "let it swing",
                  "number, by lifetime", "model file"):
        assert label in text
    assert sum("noUi-handle" in each for each in reached) >= 1


WRONG = [("k, spring constant", "abc", "network.k"), ("k, spring constant", "-1", "network.k"),
         ("k, spring constant", "1e999", "network.k"), ("k, spring constant", "", "network.k"),
         ("k0, pinning", "-5", "k0"), ("N, number of sites", "1000000000", "masses.n"),
         ("N, number of sites", "2.5", "masses.n"), ("spread of masses", "1", "masses.spread"),
         ("bath 0: site", "400", "baths[0].site"), ("bath 0: site", "19", "baths"),
         ("bath 0: T", "-1", "temperature"), ("bath 0: γ", "0", "friction"),
         ("k, spring constant", "__import__('os').getpid()", "network.k"),
         ("k, spring constant", "<img src=x onerror=alert(1)>", "network.k")]


@pytest.mark.long
def test_wrong_input_is_named_and_the_last_answer_stays(page):
    choose(page, "Start from", "Fig. 5: graded profile, free")
    expect_flux(page, START.system())
    for label, text, argument in WRONG:
        box = page.get_by_label(label, exact=True)
        before = box.input_value()
        write(page, label, text)
        alert = page.get_by_role("alert").filter(has_text=argument)
        alert.wait_for()
        assert "Shown is the last system that was right" in alert.inner_text()
        expect_flux(page, START.system())
        write(page, label, before)
        page.get_by_role("alert").wait_for(state="detached")
        settled(page)


@pytest.mark.long
def test_a_click_on_a_resonance_shows_its_motion(page):
    choose(page, "Start from", "Fig. 5: graded profile, free")
    expect_flux(page, START.system())
    page.get_by_text("number 1 of 20 by lifetime").wait_for()
    settled(page)
    card = page.get_by_role("heading", name="Resonances", exact=True)
    box = page.locator(".bk-Canvas, .bk-canvas").nth(1).bounding_box()
    assert card.is_visible()
    page.mouse.click(box["x"] + 0.25 * box["width"], box["y"] + 0.15 * box["height"])
    page.get_by_text(re.compile(r"number (?!1 )\d+ of 20 by lifetime")).wait_for()


@pytest.mark.long
def test_a_resonance_is_chosen_by_number_and_swings(page):
    choose(page, "Start from", "Fig. 5: graded profile, free")
    expect_flux(page, START.system())
    settled(page)
    frequency = hs.resonances(START.system()).frequency
    right = frequency[frequency.real >= 0.0]
    third = right[np.argsort(right.imag)][2]
    write(page, "number, by lifetime", "3")
    page.get_by_text(f"ω = {third.real:.7g}"[:-1]).wait_for()
    page.get_by_text("number 3 of 20 by lifetime").wait_for()
    page.get_by_role("button", name="let it swing").click()
    page.wait_for_function("() => window.hotspringsTimer")
    page.get_by_role("button", name="let it swing").click()
    page.wait_for_function("() => !window.hotspringsTimer")


@pytest.mark.long
def test_logarithmic_axes(page):
    page.get_by_role("button", name="logarithmic").click()
    page.get_by_role("button", name="linear").click()
    settled(page)


def downloaded(page, label):
    with page.expect_download() as download:
        page.get_by_text(label).first.click()
    return download.value.path().read_bytes()


def test_model_data_and_picture_are_taken_away(page, tmp_path):
    choose(page, "Start from", "Fig. 5: graded profile, free")
    expect_flux(page, START.system())
    write(page, "k0, pinning", "0.5")
    subject = START.with_entry(("network", "k0"), 0.5)
    expect_flux(page, subject.system())
    settled(page)
    text = downloaded(page, "model file").decode()
    assert tomllib.loads(text)["network"]["k0"] == 0.5
    assert parse_model(text).system().parameters() == subject.system().parameters()
    data = tmp_path / "model.nc"
    data.write_bytes(downloaded(page, "data (netCDF)"))
    import xarray

    with xarray.open_dataset(data, engine="h5netcdf") as dataset:
        state = hs.steady_state(subject.system())
        assert dataset["local_temperature"].values == pytest.approx(state.local_temperature, rel=1e-12)
        assert dataset["transmittance"].values == pytest.approx(
            hs.transmittance(subject.system(), dataset["omega"].values), rel=1e-12)
    assert downloaded(page, "picture (PDF)").startswith(b"%PDF")


@pytest.mark.long
@pytest.mark.parametrize("width", [1280, 390])
def test_it_is_readable(server, browser, width):
    for page in opened(server.address, browser, width):
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        for kind in ("input:visible", "select:visible", "h2:visible", "td:visible", ".bk-Canvas:visible"):
            for box in (each.bounding_box() for each in page.locator(kind).all()):
                assert box["x"] >= 0.0
                assert box["x"] + box["width"] <= width + 0.5
        sizes = page.locator("input:visible, select:visible, td:visible, p:visible").evaluate_all(
            "all => all.map(e => parseFloat(getComputedStyle(e).fontSize))")
        assert min(sizes) >= 12.0
        if width > 800:  # controls beside the pictures
            assert page.get_by_text("Numbers", exact=True).bounding_box()["x"] > 280


def test_a_model_file_is_opened_and_the_command_ends_with_its_page(browser, tmp_path):
    path = tmp_path / "model.toml"
    path.write_text(START.with_entry(("network", "k"), 0.7).text(), encoding="utf-8")
    started = Server(str(path))
    try:
        for page in opened(started.address, browser):
            expect_flux(page, START.with_entry(("network", "k"), 0.7).system())
            choose(page, "Start from", "Fig. 5: graded profile, free")
            expect_flux(page, START.system())
            choose(page, "Start from", "as it was opened")
            expect_flux(page, START.with_entry(("network", "k"), 0.7).system())
            settled(page)
    finally:
        code, err = started.end()
    assert code == 0
    assert "Traceback" not in err
    port = int(started.address.rsplit(":", 1)[1].strip("/"))
    with socket.socket() as trial:
        assert trial.connect_ex(("127.0.0.1", port)) != 0


def test_a_port_that_is_taken_is_refused(server, capsys):
    from hotsprings.cli import main

    port = server.address.rsplit(":", 1)[1].strip("/")
    assert main(["explore", "--no-browser", "--port", port]) == 2
    assert "'port' must be free" in capsys.readouterr().err


def test_a_notebook_gets_the_same_page():
    page = hs.explore(START.system())
    assert page.get_root() is not None
