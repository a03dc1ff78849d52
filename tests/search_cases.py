"""What tests of the wide search share."""

from __future__ import annotations

import hotsprings as hs


def wrong_conductances(monkeypatch):
    """Have `hs.steady_state` return conductances that are off by 1e-8: a negative control."""
    solve = hs.steady_state

    def off(asked):
        state = solve(asked)
        object.__setattr__(state, "conductance", state.conductance * (1.0 + 1e-8))
        return state

    monkeypatch.setattr(hs, "steady_state", off, raising=False)
