"""The explorer in a headless browser: from a key on a slider until flux, profile, resonances and spectrum are drawn."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.optional import optional
from benchmarks.results import Section, Table
from benchmarks.timing import duration, timed

ADDITIONS = 10_000_000  # of a loop in Python, by which the machine is known
LOOP = 0.5  # seconds it takes on a core as the goals were set for

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync"]
BATHS = "".join(f"[[baths]]\nsite = {site}\ntemperature = {T}\n\n" for site, T in ((0, 1.5), (-1, 0.5)))
MODEL = "[network]\n{network}\n\n[masses]\nkind = \"random\"\nn = {n}\nspread = 0.1\nseed = 1\n\n" + BATHS
CASES = (("mean field", 'kind = "mean-field"\nk = 1.0\nk0 = 1.0', 1000, 0.15),
         ("mean field", 'kind = "mean-field"\nk = 1.0\nk0 = 1.0', 100_000, 1.5),
         ("power law, dense", 'kind = "power-law"\nk = 1.0\nalpha = 1.5', 100, 0.15),
         ("random springs, dense", 'kind = "random-springs"\nmean = 1.0\nseed = 1', 100, 0.15))

#: Times of the key, of what changes after it, and of the frame in which all of it is painted.
WATCH = """() => {
  const within = root => { for (const e of root.querySelectorAll("*")) {
      if (e.matches("td.number")) return root;
      if (e.shadowRoot) { const found = within(e.shadowRoot); if (found) return found; } } return null; };
  window.waitForAll = () => {
    const names = ["transmittance", "resonances", "profile"], left = new Set([...names, "number"]);
    let start = null;
    window.painted = null;
    document.addEventListener("keydown", () => { start = performance.now(); }, {capture: true, once: true});
    const done = name => { left.delete(name); if (!left.size && start !== null) requestAnimationFrame(() =>
      setTimeout(() => { window.painted = performance.now() - start; }, 0)); };
    for (const name of names) {
      const model = window.Bokeh.documents.map(d => d.get_model_by_name(name)).find(m => m);
      const heard = () => { model.properties.data.change.disconnect(heard); done(name); };
      model.properties.data.change.connect(heard);
    }
    const root = within(document), observer = new MutationObserver(() => { observer.disconnect(); done("number"); });
    observer.observe(root, {subtree: true, childList: true});
  };
}"""


WARM = 3  # keys before those that count


def reached(typical: float, goal: float, loop: float) -> str:
    """Return whether a goal is reached, here or but for the speed of the machine."""
    return "yes" if typical < goal else "yes at that speed" if typical * LOOP < goal * loop else "no"


@contextmanager
def served(model: Path) -> Iterator[str]:
    """Serve a model as the command does; give the address."""
    process = subprocess.Popen([sys.executable, "-m", "hotsprings.cli", "explore", "--no-browser", str(model)],
                               stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert process.stdout is not None
    try:
        yield process.stdout.readline().strip()
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(60)


def counted() -> int:
    """Add up whole numbers, one by one."""
    total = 0
    for number in range(ADDITIONS):
        total += number
    return total


def latencies(browser: Any, address: str, presses: int) -> list[float]:
    """Return the seconds from each key on a slider until all is painted, the first ones left out.

    The next key comes as soon as all of the last one is painted, as under a hand that goes on.
    """
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.set_default_timeout(240_000)
    page.goto(address)
    page.get_by_text("solved in").wait_for()
    page.evaluate(WATCH)
    page.locator(".noUi-handle").first.focus()
    found = []
    for _ in range(presses + WARM):
        page.evaluate("waitForAll()")
        page.keyboard.press("ArrowRight")
        page.wait_for_function("() => window.painted !== null", polling=50)
        found.append(1e-3 * float(page.evaluate("window.painted")))
    page.close()
    return found[WARM:]


def followed(browser: Any, model: Path, presses: int) -> tuple[list[float], float]:
    """Return the latencies of a model, and the seconds of the loop of additions just before and after, averaged."""
    before = timed(counted)[0]
    with served(model) as address:
        times = latencies(browser, address, presses)
    return times, 0.5 * (before + timed(counted)[0])


def measure(full: bool) -> Section:
    """Follow a slider, network by network."""
    chromium = next(filter(None, map(shutil.which, BROWSERS)), None)
    playwright = optional("playwright.sync_api")
    if chromium is None or playwright is None or optional("panel") is None:
        missing = "left out: needs Chromium, playwright and panel"
        return Section([Table("explorer", "The explorer", ("",), [(missing,)])])
    rows: list[tuple[str, ...]] = []
    seconds: dict[str, list[float]] = {}
    with playwright.sync_playwright() as play, tempfile.TemporaryDirectory() as directory:
        browser = play.chromium.launch(executable_path=chromium, headless=True, args=FLAGS)
        for name, network, n, goal in CASES:
            model = Path(directory) / f"{name}-{n}.toml"
            model.write_text(MODEL.format(network=network, n=n), encoding="utf-8")
            times, loop = followed(browser, model, 15 if full else 7)
            seconds[f"{name}, N = {n}"] = times
            typical = median(times)
            rows.append((name, f"{n:,}", duration(typical), duration(max(times)), duration(loop),
                         duration(typical * LOOP / loop), f"< {duration(goal)}: {reached(typical, goal, loop)}"))
        browser.close()
    note = ("From a key on a slider until flux, profile, resonances and 2000 frequencies of the transmittance are "
            "painted, in headless Chromium, which draws without a graphics card; the next key follows at once. The "
            "loop is 10⁷ additions in Python just before and after, half a second on a core of today: \"at that "
            "speed\" is the median times half a second over the loop.")
    columns = ("network", "N", "median", "longest", "loop", "at that speed", "goal")
    return Section([Table("explorer", "The explorer follows a slider", columns, rows, note)], seconds)
