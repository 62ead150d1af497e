"""Evaluations with a limit on time and memory: a user's formula, and a claim at a user's inputs.

A formula is evaluated in a process of its own that is ended when it takes too much. A claim is evaluated in a copy of
this process where the system makes copies.

No bound on the text alone is certain: sympy's simplifications and the special functions at large arguments have no
known cost. The process is started once, knows nothing but sympy, and is started again after it was ended.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import math
import os
import pickle
import signal
import subprocess
import sys
import threading
import traceback
import warnings
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, NoReturn

import sympy as sp

from theorylab.errors import InputError
from theorylab.theory.formula import numeric, parse, to_text

SECONDS = 5  # of processor time for one formula at one point; on the clock, where only that can be limited, four times
MEMORY = 1_000_000_000  # bytes, where the system can limit them
START = 60.0  # seconds on the clock for the process to be there


@dataclass(frozen=True)
class Limited:
    """The formula `text` in the given symbols: called with their values by name it gives a float.

    `str()` of it is sympy's text of the formula. A call raises InputError where there is no finite real value, and
    beyond the limits.
    """

    text: str
    symbols: tuple[sp.Symbol, ...]
    said: str
    seconds: int = SECONDS

    def __call__(self, **values: Any) -> float:
        """The value at one point; inputs that are no numbers are passed over."""
        names = {s.name for s in self.symbols}
        point = {k: v if isinstance(v, int) else float(v) for k, v in values.items() if k in names}
        value = float(_ask(self.text, self.symbols, point, self.seconds))
        if not math.isfinite(value):
            raise InputError(f"formula {_short(self.text)} has no finite value at {point}")
        return value

    def __str__(self) -> str:
        return self.said


def read(text: str | sp.Expr, symbols: Iterable[sp.Symbol], seconds: int = SECONDS) -> Limited:
    """The formula, parsed within the limits. Raises InputError, in one line, where it is none or takes more."""
    if isinstance(text, sp.Expr):
        text = to_text(text)
    if not isinstance(text, str):
        raise InputError(f"formula {text!r} is not text")
    known = tuple(symbols)
    return Limited(text, known, _ask(text, known, None, seconds), seconds)


_lock = threading.Lock()
_child: subprocess.Popen[str] | None = None


def _ask(text: str, symbols: tuple[sp.Symbol, ...], point: Mapping[str, Any] | None, seconds: int) -> Any:
    said = [[s.name, {k: v for k, v in s.assumptions0.items() if v is not None}] for s in symbols]
    with _lock:
        child = _running()
        answer = _exchange(child, {"text": text, "symbols": said, "point": point, "seconds": seconds}, 4.0 * seconds)
    if answer is None:
        raise InputError(f"formula {_short(text)} is not evaluated within {_limits(seconds, MEMORY)}")
    if "error" in answer:
        raise InputError(answer["error"])
    return answer["result"]


def _running() -> subprocess.Popen[str]:
    """The process, started where there is none."""
    global _child
    if _child is None or _child.poll() is not None:
        home = str(Path(__file__).resolve().parents[__name__.count(".")])
        path = os.pathsep.join(filter(None, (home, os.environ.get("PYTHONPATH"))))
        _child = subprocess.Popen(
            [sys.executable, "-c", f"from {__name__} import serve; serve()"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            encoding="utf-8",
            env={**os.environ, "PYTHONPATH": path},
        )
        atexit.register(_end, _child)
        if _exchange(_child, None, START) is None:
            raise InputError("the process that evaluates formulas does not start")
    return _child


def _exchange(child: subprocess.Popen[str], message: Any, seconds: float) -> Any:
    """Its answer to one message; None where it ended, by itself or by the clock, before it answered."""
    assert child.stdin is not None
    assert child.stdout is not None
    clock = threading.Timer(seconds, child.kill)
    clock.daemon = True
    clock.start()
    line, done = "", False
    try:
        with contextlib.suppress(BrokenPipeError, ConnectionError):
            child.stdin.write(json.dumps(message) + "\n")
            child.stdin.flush()
            line = child.stdout.readline()
        done = line.endswith("\n")
        return json.loads(line) if done else None
    finally:
        clock.cancel()
        if not done:  # also where the user interrupts: a late answer must not be taken for the next one's
            _end(child)


def _end(child: subprocess.Popen[str]) -> None:
    """End the process and forget its pipes."""
    atexit.unregister(_end) if child is _child else None
    child.kill()
    child.wait()
    for pipe in (child.stdin, child.stdout):
        with contextlib.suppress(OSError, ValueError):
            if pipe is not None:
                pipe.close()


def _short(text: str) -> str:
    text = " ".join(text.split())
    return repr(text if len(text) <= 60 else text[:57] + "...")


def _limits(seconds: int, memory: float) -> str:
    """The limits in words."""
    try:
        import resource  # noqa: F401
    except ImportError:
        return f"{4 * seconds} s"
    return f"{seconds} s of processor time and {memory / 1e9:g} GB"


def serve() -> None:
    """What the process does: one line of JSON in, one out, until its input ends."""
    for line in sys.stdin:
        asked = json.loads(line)
        try:
            if asked is None:
                _limit_memory(MEMORY)
                answer: dict[str, Any] = {"result": "ready"}
            else:
                _limit_time(asked["seconds"])
                answer = {"result": _answer(asked)}
        except InputError as error:
            answer = {"error": str(error)}
        except MemoryError:
            os._exit(1)
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


def _answer(asked: Mapping[str, Any]) -> Any:
    symbols = tuple(sp.Symbol(name, **assumptions) for name, assumptions in asked["symbols"])
    formula = _parsed(asked["text"], symbols)
    if asked["point"] is None:
        return str(formula)
    return numeric(formula, symbols)(**asked["point"])


_parsed = lru_cache(maxsize=64)(parse)


def _limit_memory(size: int) -> None:
    """Address space from now on, which the system refuses to extend; and no core files."""
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource

        with contextlib.suppress(OSError):  # what is mapped already, where the system tells (Linux)
            size += int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (size, resource.getrlimit(resource.RLIMIT_AS)[1]))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _limit_time(seconds: int) -> None:
    """So many seconds of processor time from now on; beyond them the system ends the process."""
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource
        import time

        hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
        resource.setrlimit(resource.RLIMIT_CPU, (int(time.process_time()) + 1 + seconds, hard))


def within(function: Callable[[], Any], name: str, seconds: int = 60, memory: int = 2_000_000_000) -> Any:
    """`function()`, in a copy of this process that ends beyond the limits; here where no copy can be made safely.

    Raises InputError where the limits are passed, and whatever the function raises.
    """
    others = [t for t in threading.enumerate() if t is not threading.current_thread() and not t.daemon]
    if not hasattr(os, "fork") or "jax" in sys.modules or others:  # a daemon waits for a signal, it holds no lock
        return function()
    incoming, outgoing = os.pipe()
    life, held = os.pipe()
    sys.stdout.flush()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Python warns of a copy of a process with threads
        child = os.fork()
    if child == 0:
        os.close(held)
        threading.Thread(target=lambda: os._exit(os.read(life, 1) == b""), daemon=True).start()  # ends with its parent
        _evaluate_and_leave(function, outgoing, seconds, memory)
    os.close(outgoing)
    os.close(life)
    try:
        with os.fdopen(incoming, "rb") as pipe:
            said = pipe.read()
    except BaseException:
        os.kill(child, signal.SIGKILL)
        raise
    finally:
        os.close(held)
        os.waitpid(child, 0)
    if not said:
        raise InputError(f"{name}: not evaluated within {_limits(seconds, memory)}")
    kind, value = pickle.loads(said)  # from our own copy
    if kind == "raised":
        raise value
    return value


def _evaluate_and_leave(function: Callable[[], Any], outgoing: int, seconds: int, memory: int) -> NoReturn:
    """What the copy does; it never returns into the caller's program."""
    try:
        with contextlib.suppress(ValueError):  # not in the main thread
            signal.set_wakeup_fd(-1)  # the pipe that ends its parent
            for number in (signal.SIGINT, signal.SIGTERM):
                signal.signal(number, signal.SIG_DFL)
        os.environ["OPENBLAS_NUM_THREADS"] = "1"  # each thread of a library loaded from here on maps memory
        _limit_memory(memory)
        _limit_time(seconds)
        try:
            said = pickle.dumps(("value", function()))
        except MemoryError:
            os._exit(1)
        except Exception as error:
            error.add_note(traceback.format_exc())
            said = pickle.dumps(("raised", error))
        with os.fdopen(outgoing, "wb") as pipe:
            pipe.write(said)
    finally:
        os._exit(0)
