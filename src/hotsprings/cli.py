"""The command ``hotsprings``. Everything heavy is imported inside the commands, so that ``--help`` is quick."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import App, CycloptsError, Parameter

from hotsprings import __version__

if TYPE_CHECKING:
    from rich.console import Console

    from hotsprings.stationary import SteadyState

__all__ = ["app", "main"]

DATA_SUFFIXES = (".nc", ".nc4", ".cdf", ".h5", ".hdf5")

app = App(
    name="hotsprings",
    help="Exact heat transport through mean-field harmonic networks between Langevin heat baths.\n\n"
         "First steps: `hotsprings paper` draws the paper's figures; `hotsprings example -o model.toml` and "
         "`hotsprings run model.toml` solve a network of your own.",
    version=__version__,
    help_format="markdown",
    print_error=False,
    exit_on_error=False,
    suppress_keyboard_interrupt=False,
    result_action="return_value",
)

Output = Annotated[Path | None, Parameter(name=["--output", "-o"])]
Switch = Annotated[bool, Parameter(negative=())]


@app.command
def run(
    model: Path, /, *, output: Output = None, figure: Annotated[Path | None, Parameter(name="--figure")] = None,
    force: Switch = False,
) -> None:
    """Solve a model: heat fluxes, conductances, local temperatures, resonances.

    Prints a table and writes everything to a netCDF file.

    Example: `hotsprings run model.toml -o out.nc --figure profile.png`

    Parameters
    ----------
    model
        The model file (TOML); `hotsprings example` writes one to start from.
    output
        The netCDF file to write. Default: the model's name with .nc, in the current directory.
    figure
        Draw the state too, to this file (.png, .pdf, .svg or .eps).
    force
        Replace files that exist already.
    """
    from hotsprings.config import parse_model, read_model
    from hotsprings.io import write_dataset, write_figure

    text = read_model(model)
    loaded = parse_model(text, str(model))
    output = _output(model, output, figure, force)
    system = loaded.system()
    with _tidy_warnings():
        state, seconds = _solved(system, loaded.state.dark_temperature)
        _print_state(state, loaded.title, seconds)
        dataset = state.to_dataset()
        dataset.attrs |= {"model_file": str(model), "model_toml": text}
        dataset.attrs |= {"title": loaded.title} if loaded.title else {}
        dataset.attrs |= {"seed": loaded.seed} if loaded.seed is not None else {}
        print(f"data    {write_dataset(dataset, output, overwrite=force)}")
        if figure is not None:
            print(f"figure  {write_figure(_drawn(state, loaded.title), figure, overwrite=force)}")


@app.command
def check(model: Path, /) -> None:
    """Check a model file without solving it; every mistake is named.

    Example: `hotsprings check model.toml`

    Parameters
    ----------
    model
        The model file (TOML).
    """
    from hotsprings.config import load_model

    loaded = load_model(model)
    print(loaded.system())
    print(f"{model}: no errors")


@app.command
def example(*, output: Output = None, force: Switch = False) -> None:
    """Write a commented model file to start from.

    Example: `hotsprings example -o model.toml`

    Parameters
    ----------
    output
        Where to write it. Default: the screen.
    force
        Replace a file that exists already.
    """
    from hotsprings.config import EXAMPLE
    from hotsprings.io import write_text

    if output is None:
        sys.stdout.write(EXAMPLE)
        sys.stdout.flush()
        return
    write_text(EXAMPLE, output, overwrite=force)
    print(f"{output} written; solve it with: hotsprings run {output}")


@app.command
def paper(*figures: int, output: Annotated[Path, Parameter(name=["--output", "-o"])] = Path("paper")) -> None:
    """Reproduce the paper (arXiv:2111.01332): figures, their data, and a report that compares every number.

    Files of an earlier run in the same directory are replaced.

    Example: `hotsprings paper 4 5 -o paper`

    Parameters
    ----------
    figures
        Which figures, 1 to 5. Default: all.
    output
        The directory to write to; made if it does not exist.
    """
    from hotsprings.errors import ArgumentError
    from hotsprings.io import FileError

    for number in figures:
        if not 1 <= number <= 5:
            raise ArgumentError("figures", "be numbers from 1 to 5", f"{number} was given")
    if output.exists() and not output.is_dir():
        raise FileError(output, "is a file, and the figures go into a directory")
    _use_agg()
    from hotsprings.studies.paper import reproduce

    with _tidy_warnings():
        report = reproduce(figures=tuple(dict.fromkeys(figures)) or (1, 2, 3, 4, 5), directory=output,
                           console=_console(sys.stderr))
    print(f"report  {report}")


def _output(model: Path, output: Path | None, figure: Path | None, force: bool) -> Path:
    """Return the file to write; everything that could refuse the output does so before the computation."""
    from hotsprings.io import FIGURE_SUFFIXES, FileError, check_target

    output = Path(f"{model.stem}.nc") if output is None else output
    if output.suffix.lower() not in DATA_SUFFIXES:
        raise FileError(output, f"the data are netCDF, so the name must end in one of {', '.join(DATA_SUFFIXES)}")
    if figure is not None and figure.suffix.lower() not in FIGURE_SUFFIXES:
        raise FileError(figure, f"the figure's name must end in one of {', '.join(FIGURE_SUFFIXES)}")
    targets = [path for path in (output, figure) if path is not None]
    for path in targets:
        if path.resolve() == model.resolve():
            raise FileError(path, "is the model file itself; give the output another name with -o")
        check_target(path, overwrite=force)
    return output


def _solved(system: Any, dark_temperature: float) -> tuple[SteadyState, float]:
    """Return the state and the seconds it took."""
    from time import perf_counter

    console = _console(sys.stderr)
    with console.status(f"solving N = {system.n_sites} (the first run on a machine compiles the kernels)"):
        from hotsprings.stationary import steady_state

        start = perf_counter()
        state = steady_state(system, dark_temperature=dark_temperature)
    return state, perf_counter() - start


def _print_state(state: SteadyState, title: str, seconds: float) -> None:
    from hotsprings.tables import print_state

    print_state(state, title, seconds, _console(sys.stdout))


def _drawn(state: SteadyState, title: str) -> Any:
    _use_agg()
    ax = state.plot()
    if title:
        ax.set_title(title)
    return ax.figure


def _use_agg() -> None:
    import matplotlib

    matplotlib.use("agg")


def _console(stream: Any) -> Console:
    from rich.console import Console

    return Console(file=stream, highlight=False, width=None if stream.isatty() else 160)


@contextmanager
def _tidy_warnings() -> Iterator[None]:
    """Show each warning as one line on stderr, once."""
    import warnings

    seen: set[str] = set()

    def show(message: Warning | str, *_: Any, **__: Any) -> None:
        text = " ".join(str(message).split())
        if text not in seen:
            seen.add(text)
            print(f"hotsprings: warning: {text}", file=sys.stderr)

    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.showwarning = show
        yield


@contextmanager
def _orderly_end() -> Iterator[None]:
    """Turn SIGTERM into an exception, so that files being written are cleaned up."""
    def stop(*_: Any) -> None:
        raise SystemExit(128 + signal.SIGTERM)

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit code.

    Parameters
    ----------
    argv : sequence of str, optional
        The arguments; those of the process by default.

    Returns
    -------
    int
        0: done. 1: the computation failed. 2: bad input. 130: stopped by Ctrl-C.
    """
    tokens = list(sys.argv[1:] if argv is None else argv)
    with _orderly_end():
        return _guarded(lambda: app(tokens or ["--help"]))


def _guarded(command: Callable[[], Any]) -> int:
    """Run a command; every failure ends in one message on stderr and an exit code."""
    try:
        command()
    except CycloptsError as err:
        return _fail(" ".join(str(err).split()) + " (hotsprings --help shows what there is)", 2)
    except KeyboardInterrupt:
        return _fail("stopped; no file was left half written", 130)
    except BrokenPipeError:  # the reader of our output has gone, as in `hotsprings example | head -1`
        with suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except MemoryError:
        return _fail("not enough memory for a system of this size", 1)
    except Exception as err:
        return _fail(*_explained(err))
    return 0


def _explained(err: Exception) -> tuple[str, int]:
    """Return the message for an exception and the exit code."""
    from hotsprings.errors import CertificateError

    if isinstance(err, CertificateError):
        return str(err), 1
    if isinstance(err, ValueError | OSError) and type(err).__module__.startswith("hotsprings."):
        return str(err), 2
    if isinstance(err, OSError):
        return f"{err.filename or 'a file'}: {err.strerror or err}", 2
    if os.environ.get("HOTSPRINGS_TRACEBACK"):
        raise err
    return (f"an error of the program, not of your input: {type(err).__name__}: {err} "
            "(HOTSPRINGS_TRACEBACK=1 shows where; please report it)"), 1


def _fail(message: str, code: int) -> int:
    print(f"hotsprings: {message}", file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main())
