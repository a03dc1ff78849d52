"""Formulas as MathML, by docutils' own translator: readable without a network, a script or a fetched font."""

from __future__ import annotations

from html import escape
from typing import Any

from docutils import nodes
from docutils.utils.math import latex2mathml
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.util.math import get_node_equation_number

LOG = logging.getLogger(__name__)


def translated(tex: str, block: bool, node: nodes.Node) -> str:
    """Return a formula as MathML; one that cannot be translated is warned of, and -W makes that a failure."""
    try:
        return str(latex2mathml.tex2mathml(tex.strip(), as_block=block))
    except Exception as err:  # whatever the translator trips over
        LOG.warning("%r is no formula for MathML: %s", tex.strip(), err, location=node)
        return f"<code>{escape(tex)}</code>"


def inline(self: Any, node: nodes.math) -> None:
    """Write a formula in the text."""
    self.body.append(translated(node.astext(), False, node))
    raise nodes.SkipNode


def displayed(self: Any, node: nodes.math_block) -> None:
    """Write a formula on a line of its own, with its number where it has one."""
    text = node.astext()
    if "\\\\" in text and "\\begin" not in text:
        text = rf"\begin{{aligned}}{text}\end{{aligned}}"
    self.body.append(self.starttag(node, "div", CLASS="math"))
    if node["number"]:
        number = get_node_equation_number(self, node)
        self.body.append(f'<span class="eqno">({number})')
        self.add_permalink_ref(node, "Link to this equation")
        self.body.append("</span>")
    self.body.append(translated(text, True, node) + "</div>\n")
    raise nodes.SkipNode


def setup(app: Sphinx) -> dict[str, Any]:
    """Make "mathml" a renderer of formulas."""
    app.add_html_math_renderer("mathml", inline_renderers=(inline, None), block_renderers=(displayed, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
