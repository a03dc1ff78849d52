"""Ctrl-C and SIGTERM that nothing can hold up: a thread without Python, for when a library keeps the interpreter.

LAPACK holds the GIL for minutes, and an exception raised within a callback of the compiler is lost. Python's own signal
handler writes the number of the signal to a pipe all the same. The thread reads it; if the command has not ended soon
after, it ends the process, and removes what was being written.
"""

from __future__ import annotations

import ctypes
import signal

from numba import carray, cfunc, types
from numba.extending import intrinsic

from hotsprings import progress
from hotsprings.kernels.compiled import _place

__all__ = ["start"]

INTERRUPT, TERMINATE = int(signal.SIGINT), int(signal.SIGTERM)
STEP = 50_000  # microseconds between looks
GRACE = 20  # looks until the process is ended: a second
PATIENCE = 1200  # and where a calculation ends by itself when asked: a minute
STOPPED = 128  # exit code, less the number of the signal
_int, _size, _pointer = types.int32, types.uintp, types.voidptr
_read = types.ExternalFunction("read", types.intp(_int, _pointer, _size))
_write = types.ExternalFunction("write", types.intp(_int, _pointer, _size))
_usleep = types.ExternalFunction("usleep", _int(types.uint32))
_unlink = types.ExternalFunction("unlink", _int(_pointer))
_close = types.ExternalFunction("close", _int(_int))
_exit = types.ExternalFunction("_exit", types.void(_int))
_TEXT = b"\nhotsprings: stopped; no file was left half written\n"


@intrinsic
def _address(typingctx, number):
    """Return an address as a pointer."""

    def codegen(context, builder, signature, args):
        return builder.inttoptr(args[0], context.get_value_type(types.voidptr))

    return types.voidptr(types.int64), codegen


def _watched(shared):
    """Wait for signals; ``shared``: the pipe, ended, patient, addresses of a byte and a text, its length, a path."""
    state = carray(shared, 7, types.int64)
    byte = carray(_address(state[3]), 1, types.uint8)
    while _read(types.int32(state[0]), _address(state[3]), 1) == 1:
        number = types.int32(byte[0])
        if number not in (INTERRUPT, TERMINATE):
            continue
        looks = 0
        while looks < (PATIENCE if state[2] else GRACE):
            _usleep(STEP)
            looks += 1
            if state[1]:
                break
        if state[1]:
            break
        _unlink(_address(state[6]))
        _write(2, _address(state[4]), types.uintp(state[5]))
        _exit(types.int32(STOPPED + number))
    _close(types.int32(state[0]))


def start(pipe: int) -> None:
    """Start the thread that reads the numbers of signals from a pipe; it ends with the process."""
    shared = progress.shared
    keep = ctypes.create_string_buffer(1), ctypes.create_string_buffer(_TEXT)
    shared[0], shared[1], shared[2] = pipe, 0, 0
    shared[3], shared[4], shared[5] = ctypes.addressof(keep[0]), ctypes.addressof(keep[1]), len(_TEXT)
    shared[6] = ctypes.addressof(progress.unfinished)
    native = cfunc(types.void(_pointer), nopython=True, cache=_place())(_watched)
    create = ctypes.CDLL(None).pthread_create
    create.argtypes = [ctypes.c_void_p] * 4
    create(ctypes.byref(ctypes.c_ulong()), None, native.address, ctypes.addressof(shared))
    _kept.append((keep, native))


_kept: list[object] = []
