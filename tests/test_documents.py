"""Every Python block of README and docs is run, every model file read, every command named, every link followed."""

from __future__ import annotations

import contextlib
import doctest
import importlib.util
import io
import os
import re
import shlex
import tomllib
import warnings
from pathlib import Path
from typing import NamedTuple

import matplotlib.pyplot as plt
import pytest

import hotsprings as hs

ROOT = Path(__file__).resolve().parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), *(ROOT / "docs" / "howto").glob("*.md")])
GENERATED = ("docs/gallery/", "docs/reference/")
SETUP = re.compile(r"<!-- setup\n(.*?)-->\n(?=```python)", re.DOTALL)  # what the reader's own data stand for
FENCE = re.compile(r"(?:<!--\s*test:\s*(?P<mark>[^>]*?)\s*-->\s*\n)?^```(?P<language>\w+)\n(?P<text>.*?)^```$",
                   re.MULTILINE | re.DOTALL)
INDENTED = re.compile(r"(?:^    \S.*\n(?:^    .*\n|^\s*\n)*)", re.MULTILINE)
NAMES = {str(page.relative_to(ROOT)): page for page in PAGES}


class Block(NamedTuple):
    """A fenced block: its language, text, first line, and the mark before it."""

    language: str
    text: str
    line: int
    mark: str


def blocks(page: Path, *languages: str) -> list[Block]:
    text = SETUP.sub(lambda m: "```python\n" + m[1] + "```\n", page.read_text(encoding="utf-8"))
    found = [Block(m["language"], m["text"], text[: m.start("text")].count("\n") + 1, m["mark"] or "")
             for m in FENCE.finditer(text)]
    return [block for block in found if block.language in languages]


def left_out(mark: str) -> str:
    """Return why a block is left out here; nothing where it runs."""
    verb, _, rest = mark.partition(" ")
    if verb == "needs":
        missing = [name for name in rest.replace(",", " ").split() if importlib.util.find_spec(name) is None]
        return f"needs {missing[0]}" if missing else ""
    if verb.rstrip(",") == "slow" and "HOTSPRINGS_SLOW_PAGES" not in os.environ:
        return "slow (HOTSPRINGS_SLOW_PAGES=1 runs it)"
    if verb.rstrip(",") == "skip":
        return rest or "no reason given"
    return ""


def said(printed: str, shown: str) -> bool:
    """Return whether that was printed, as doctest would compare it."""
    return doctest.OutputChecker().check_output(shown, printed, doctest.ELLIPSIS)


def ran(page: Path, directory: Path) -> list[str]:
    """Run the blocks of a page in order, in one clean namespace; return why some were left out."""
    namespace: dict[str, object] = {"__name__": "__document__"}
    reasons, printed = [], io.StringIO()
    with contextlib.chdir(directory), warnings.catch_warnings(), contextlib.redirect_stdout(printed):
        warnings.simplefilter("ignore")
        for block in blocks(page, "python", "text"):
            if block.language == "text":
                if block.mark == "output":
                    assert said(printed.getvalue(), block.text), f"line {block.line}: printed was\n{printed.getvalue()}"
                continue
            printed.seek(printed.truncate(0))
            reason = left_out(block.mark)
            if reason:
                reasons.append(reason)
                continue
            code = compile("\n" * (block.line - 1) + block.text, str(page), "exec")
            exec(code, namespace)
    plt.close("all")
    return reasons


@pytest.mark.parametrize("name", [name for name, page in NAMES.items() if blocks(page, "python")])
def test_the_blocks_of_a_page_run(name, tmp_path):
    reasons = ran(NAMES[name], tmp_path)
    if reasons:
        pytest.skip(f"blocks left out: {'; '.join(reasons)}")


def test_a_block_that_fails_is_noticed(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("```python\nx = 1\n```\n\ntext\n\n```python\nassert x == 2\n```\n", encoding="utf-8")
    with pytest.raises(AssertionError):
        ran(page, tmp_path)


def test_marks_are_of_three_kinds_and_say_why():
    for name, page in NAMES.items():
        for block in blocks(page, "python", "toml"):
            assert re.fullmatch(r"|slow|needs \w+([, ]+\w+)*|skip, .{5,}", block.mark), (name, block.line)


@pytest.mark.parametrize("name", [name for name, page in NAMES.items() if blocks(page, "toml")])
def test_a_toml_block_is_toml_and_a_whole_one_is_a_model(name):
    from hotsprings.config import parse_model

    for block in blocks(NAMES[name], "toml"):
        document = tomllib.loads(block.text)
        if {"network", "masses", "baths"} <= document.keys() and not {"sweep", "sweeps"} & document.keys():
            parse_model(block.text, f"{name}:{block.line}")


def commands(page: Path) -> list[str]:
    """Return the lines of a page that call hotsprings in a shell."""
    text = page.read_text(encoding="utf-8")
    shell = [block.text for block in blocks(page, "sh", "bash", "shell", "console")]
    without = FENCE.sub("", text)
    lines = [line.strip() for chunk in INDENTED.findall(without) + shell for line in chunk.splitlines()]
    parts = [part.strip().removeprefix("$ ") for line in lines for part in line.split("&&")]
    return [part for part in parts if part.startswith("hotsprings ")]


@pytest.mark.parametrize("name", [name for name, page in NAMES.items() if commands(page)])
def test_a_command_of_a_page_exists_with_its_options(name):
    from hotsprings.cli import app

    for line in commands(NAMES[name]):
        tokens = shlex.split(line, comments=True)[1:]
        if tokens and not tokens[0].startswith("-"):
            app.parse_args(tokens, exit_on_error=False, print_error=False)


def anchors(page: Path) -> set[str]:
    """Return the anchors of the headings of a page, as GitHub and MyST make them."""
    heads = re.findall(r"^#+ +(.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).strip().replace(" ", "-") for head in heads}


@pytest.mark.parametrize("name", NAMES)
def test_links_inside_the_house_lead_somewhere(name):
    page = NAMES[name]
    text = re.sub(r"```.*?```|`[^`\n]*`", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"[a-z]+:", target):
            assert target.startswith("https://"), target
            continue
        path, _, anchor = target.partition("#")
        file = (page.parent / path).resolve() if path else page
        if str(file.relative_to(ROOT)).startswith(GENERATED):
            continue
        assert file.exists(), f"{name}: {target}"
        if anchor and file.suffix == ".md":
            assert anchor in anchors(file), f"{name}: {target}"


def test_every_public_name_is_in_the_reference():
    spec = importlib.util.spec_from_file_location("public_names", ROOT / "docs" / "_ext" / "public_names.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    text = module.written()
    for name in hs.__all__:
        assert name.startswith("__") or f"hotsprings.{name}" in text


def test_the_site_fetches_nothing():
    """Neither pages nor style ask another machine for anything."""
    for file in [*(ROOT / "docs").glob("*.md"), *(ROOT / "docs" / "_static").glob("*"), ROOT / "docs" / "conf.py"]:
        assert not re.search(r"cdn|googleapis|unpkg|@import|<script", file.read_text(encoding="utf-8")), file


def test_what_a_page_shows_as_printed_is_compared():
    assert said("J = 0.025\nidentities hold to 4.4e-16\n", "J = 0.025\nidentities hold to ...\n")
    assert not said("J = 0.026\n", "J = 0.025\n")
    assert [b for b in blocks(NAMES["docs/tutorial.md"], "text") if b.mark == "output"]
