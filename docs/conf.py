"""The documentation site: ``python -m sphinx -W -b html docs docs/_build/html`` builds it, without a network."""

from __future__ import annotations

import sys
import warnings
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE / "_ext"), str(HERE.parent / "src")]

import public_names  # noqa: E402
from sphinx.ext import autosummary  # noqa: E402

import hotsprings as hs  # noqa: E402

project, author, copyright = "hotsprings", "The hotsprings developers", "the hotsprings developers, MIT licence"
version = release = hs.__version__

extensions = [
    "mathml", "public_names", "sphinx.ext.autodoc", "sphinx.ext.autosummary", "numpydoc", "myst_parser",
    "sphinx_gallery.gen_gallery",
]
root_doc = "index"
exclude_patterns = [
    "_build", "_ext", "names.rst", "gallery/**.ipynb", "gallery/**.zip", "gallery/**.py",
]
templates_path = ["_templates"]
suppress_warnings = ["config.cache", "myst.header"]
nitpicky = False
smartquotes_action = "qe"  # not dashes: --quick stays --quick

myst_enable_extensions = ["dollarmath", "amsmath", "deflist", "colon_fence"]
myst_heading_anchors = 3
myst_links_external_new_tab = False

autosummary_generate = [str(public_names.write(HERE / "names.rst"))]
autosummary.WELL_KNOWN_ABBREVIATIONS += ("Eq.", "Eqs.", "Fig.", "Figs.")  # no sentence ends there
autodoc_typehints = "none"
autodoc_member_order = "bysource"
numpydoc_show_class_members = False
numpydoc_class_members_toctree = False

html_math_renderer = "mathml"
html_theme = "alabaster"
html_title = f"hotsprings {release}"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_show_sourcelink = False
html_sidebars = {"**": ["about.html", "searchfield.html", "navigation.html"]}
html_theme_options = {
    "description": "Exact heat transport through harmonic networks", "fixed_sidebar": True,
    "font_family": "system-ui, 'DejaVu Sans', sans-serif", "head_font_family": "system-ui, 'DejaVu Sans', sans-serif",
    "page_width": "1240px", "sidebar_width": "240px", "show_powered_by": False,
}

sphinx_gallery_conf = {
    "examples_dirs": [str(HERE.parent / "examples")],
    "gallery_dirs": ["gallery"],
    "filename_pattern": r"/plot_",
    "ignore_pattern": r"^(?!plot_)",  # scripts that run for minutes; their pictures are in the README
    "plot_gallery": "True",
    "abort_on_example_error": True,
    "download_all_examples": False,
    "remove_config_comments": True,
    "show_memory": False,
    "min_reported_time": 0,
    "write_computation_times": False,
    "show_signature": False,
    "reset_modules": ("matplotlib",),
    "capture_repr": ("_repr_html_", "__repr__"),
    "within_subsection_order": "FileNameSortKey",
    "matplotlib_animations": False,
}

warnings.filterwarnings("ignore", category=hs.DarkModeWarning)
for told in (hs.PrecisionWarning, hs.RelaxationWarning):  # no picture of what is not known
    warnings.filterwarnings("error", category=told)
warnings.filterwarnings("ignore", message=".*FigureCanvasAgg is non-interactive.*")


def subjects(app: object, name: str, source: list[str]) -> None:
    """Let every page that no other list of the index names join the subjects."""
    if name == "index":
        pages = (page.stem for page in sorted(HERE.glob("*.md")))
        named = {line.strip() for line in source[0].splitlines()}
        source[0] = source[0].replace("@subjects@", "\n".join(page for page in pages if page not in named | {"index"}))


def setup(app: object) -> None:
    """Connect what is above."""
    app.connect("source-read", subjects)  # type: ignore[attr-defined]
