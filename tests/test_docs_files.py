"""The page on files: every Python block of it runs as it stands, one after the other, and its model file too."""

from __future__ import annotations

import re
from pathlib import Path

import hotsprings as hs
from hotsprings import config

PAGE = Path(__file__).parents[1] / "docs" / "files.md"


def blocks(language):
    return re.findall(rf"^```{language}\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)


def test_every_block_runs(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    code = blocks("python")
    assert len(code) >= 7
    names: dict[str, object] = {}
    for block in code:
        exec(compile(block, str(PAGE), "exec"), names)
    out = capsys.readouterr().out
    for line in re.findall(r"^# (.*\d.*)$", "\n".join(code), re.MULTILINE):  # what the page says is printed
        assert line in out
    assert "symmetrize=True takes the mean" in out
    Path("model.toml").write_text(blocks("toml")[0], encoding="utf-8")
    model = config.load_model("model.toml")
    assert model.units is not None
    assert isinstance(model.units.build(), hs.Units)
    assert model.system().n_sites == 9
