"""`supportdesk serve`: one tree of processes that stands and falls together.

    supervisor ─┬─ web ─┬─ worker 1
                │       └─ worker n
                └─ jobs

The app is built once, before the first fork, so that all processes share its memory.
"""

from __future__ import annotations

import ctypes
import errno
import gc
import multiprocessing
import os
import signal
import socket
import sys
import traceback
from collections.abc import Callable
from typing import TYPE_CHECKING

from granian.constants import Interfaces
from granian.log import LogLevels, logger
from granian.server import Server

from ..core.bodies import LONGEST_BODY, WholeBodies

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

_ASKED_TO_STOP = {signal.SIGTERM, signal.SIGINT}
_WATCHED = {*_ASKED_TO_STOP, signal.SIGCHLD}

# As many requests at once in a worker as its connection pool has room for.
_AT_ONCE = 4
# Threads of a worker: most of them only wait for what a slow client sends.
_THREADS_PER_WORKER = 64
# Seconds. A running request needs far less; a request that was only half sent would hold its worker for ever.
_WORKERS_KILL_TIMEOUT = 10
# Seconds after which the web is asked to stop once more.
_ASK_AGAIN = 1.0

_PR_SET_PDEATHSIG = 1


def serve(
    *,
    build_app: Callable[[], WSGIApplication],
    run_jobs: Callable[[], None] | None,
    host: str,
    port: int,
    workers: int,
    after_fork: Callable[[], None],
) -> int:
    """Run web and jobs until SIGTERM or SIGINT and return the exit code. Call it from the main thread.

    `run_jobs` runs in a process of its own until it is sent SIGTERM (None: no jobs here). `after_fork` is
    called once in each process that uses the app, before its first use: database connections must not cross
    a fork.

    0: asked to stop, and all ended well, running requests finished first. 1: the address cannot be used; a
    sentence on stderr says why. Otherwise the exit code of the child that ended unasked (128 + n for signal
    n).
    """
    if why_not := _cannot_listen(host, port):
        print(why_not, file=sys.stderr)
        return 1

    app = build_app()
    gc.collect()
    # The collector would touch, and so copy, every page that parent and children share.
    gc.freeze()

    def web() -> None:
        _serve_web(app, host, port, workers, after_fork)

    def jobs() -> None:
        # Who waits for a page goes before a message that may leave some seconds later.
        os.nice(5)
        after_fork()
        if run_jobs is not None:
            run_jobs()

    # Blocked from before the first fork and taken one by one: no signal can fall between two steps, and a
    # child is never sent a signal after it was reaped. Handlers would need care for both.
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _WATCHED)
    try:
        children = {web_child := _fork(web)}
        if run_jobs is not None:
            children.add(_fork(jobs))
        return _supervise(children, web_child)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _cannot_listen(host: str, port: int) -> str | None:
    """A sentence that says why nothing can listen there, or None if it is free."""
    # Granian sets SO_REUSEPORT, so a second server would share the port unseen, each answering half of the
    # requests. A plain socket is refused while anything listens, and accepted at once after its end.
    try:
        family, kind, proto, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, proto) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as refused:
        if refused.errno == errno.EADDRINUSE:
            return f"Port {port} on {host} is taken. Stop what listens there, or choose another with --port."
        return f"Cannot listen on {host}, port {port}: {refused.strerror or refused}."
    return None


def _fork(run: Callable[[], None]) -> int:
    """Run `run` in a new process and return its process id. The new process never returns from here."""
    parent = os.getpid()
    # What is still in the buffers would be written once by each process.
    sys.stdout.flush()
    sys.stderr.flush()
    child = os.fork()
    if child:
        return child
    code = 1
    try:
        # Its own process group: Ctrl-C reaches the supervisor alone, which then stops the others in order.
        os.setpgid(0, 0)
        _start_as_child(parent)
        run()
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:  # noqa: BLE001 (the end of this process: whatever it is, it must be seen)
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        # Not sys.exit: the caller's `finally` blocks and atexit hooks belong to the parent.
        os._exit(code)


def _start_as_child(parent: int) -> None:
    """First step of every process below the supervisor: die with the parent, take signals as usual."""
    if sys.platform == "linux":
        # Without it a killed supervisor leaves workers behind that hold the port. The setting does not pass
        # on to grandchildren, and it follows the thread that forked: hence the main thread. Other systems
        # have nothing like it: there, a supervisor that is killed (not asked) leaves its children running,
        # and somebody must end them by hand.
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)
    if os.getppid() != parent:
        os._exit(1)
    for number in _WATCHED:
        signal.signal(number, signal.SIG_DFL)
    _mask(signal.SIG_UNBLOCK)


def _mask(how: signal.Sigmasks) -> None:
    signal.pthread_sigmask(how, _WATCHED)


def _serve_web(
    app: WSGIApplication, host: str, port: int, workers: int, after_fork: Callable[[], None]
) -> None:
    """The web process: starts the workers and watches them. Raises SystemExit(1) when one ends unasked."""
    web = os.getpid()

    def load() -> WSGIApplication:
        after_fork()
        return WholeBodies(app, at_once=_AT_ONCE, longest=LONGEST_BODY)

    # From the fork on, not in `load`: until then a worker would take SIGTERM with the handlers of this
    # process, which are of no use there, and be killed only after the timeout.
    os.register_at_fork(
        before=lambda: _mask(signal.SIG_BLOCK),
        after_in_parent=lambda: _mask(signal.SIG_UNBLOCK),
        after_in_child=lambda: _start_as_child(web),
    )
    # Python 3.14 no longer forks by default, and a fresh process would have to import everything again.
    multiprocessing.set_start_method("fork", force=True)
    server = Server(
        "supportdesk",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=workers,
        blocking_threads=_THREADS_PER_WORKER,
        workers_kill_timeout=_WORKERS_KILL_TIMEOUT,
        websockets=False,
        log_level=LogLevels.warning,
        # Its lines go to our log like all others (core/logs.py), not to standard output in a form of their own.
        log_dictconfig={"loggers": {"_granian": {}}},
    )
    # It finds so many threads strange; they only wait. What else it warns of must be seen.
    logger.addFilter(lambda record: "Python threads" not in record.getMessage())
    server.serve(target_loader=load, wrap_loader=False)


def _supervise(children: set[int], web: int) -> int:
    """Pass on the wish to stop, end all when one ends, and return the exit code once the last is gone."""
    code = 0
    stopping = False
    while children:
        got = signal.sigtimedwait(_WATCHED, _ASK_AGAIN) if stopping else signal.sigwaitinfo(_WATCHED)
        if got is None:
            # A worker of Granian that is asked in the moment in which it starts notes it, and waits for the next wish.
            if web in children:
                os.killpg(web, signal.SIGTERM)
            continue
        if got.si_signo in _ASKED_TO_STOP:
            stopping = True
            _ask_to_stop(children)
            continue
        for child, ended_with in _ended(children):
            children.remove(child)
            # Asked before it had set up its own answer to SIGTERM, a child dies of it: as good an end.
            if stopping and ended_with in (0, -signal.SIGTERM):
                continue
            # Ending unasked is never success, whatever the child says. The first failure is the reason.
            code = code or (128 - ended_with if ended_with < 0 else ended_with or 1)
            stopping = True
            _ask_to_stop(children)
    return code


def _ask_to_stop(children: set[int]) -> None:
    for child in children:
        os.kill(child, signal.SIGTERM)


def _ended(children: set[int]) -> list[tuple[int, int]]:
    """Those that have ended, with exit code or minus signal. One SIGCHLD may stand for several."""
    reaped = [os.waitpid(child, os.WNOHANG) for child in children]
    return [(child, os.waitstatus_to_exitcode(status)) for child, status in reaped if child]
