# The program of a run, and the interpreter as it finds it.
#
# The drivers are one script: program.py, report.py, function.py, compat.py and rehearsal.py one
# after another, and a last line that calls one of their entries (graders/code/drivers.cpp). It is
# started with -s -S, which is quick, and the program must not notice: it is to run as
# `python3 /box/main.py` would run it. Everything above the last line is executed before anything of
# the program is read, so that a warm interpreter can have done it beforehand. Python >= 3.9.

import builtins
import os
import sys
import types
import warnings
from _frozen_importlib_external import SourceFileLoader
from _sitebuiltins import Quitter, _Helper

PROGRAM = "/box/main.py"

# What LiveCodeBench puts in front of every program (testing_util.py, import_string): everything of
# these modules, in this order (later names win), then the modules themselves but for the last two.
STAR_MODULES = """string re datetime collections heapq bisect copy math random statistics itertools
    functools operator io sys json builtins typing""".split()
PRELUDE = "".join(
    ["from %s import *\n" % name for name in STAR_MODULES]
    + ["import %s\n" % name for name in STAR_MODULES[:-2]]
    + ["sys.setrecursionlimit(50000)\n"]
)


def furnish_interpreter():
    """Adds what -S leaves out and programs use: exit, quit, help, and the installed packages."""
    builtins.exit = Quitter("exit", "Ctrl-D (i.e. EOF)")
    builtins.quit = Quitter("quit", "Ctrl-D (i.e. EOF)")
    builtins.help = _Helper()
    version = "python%d.%d" % sys.version_info[:2]
    packages = [
        "/usr/local/lib/%s/dist-packages" % version,  # Debian's places
        "/usr/lib/python3/dist-packages",
        "%s/lib/%s/site-packages" % (sys.prefix, version),  # everybody else's
    ]
    # In place: the prelude's `from sys import *` has given the list a second name.
    sys.path[:] = [place for place in sys.path if place not in ("", "/box")] + packages


def new_main_module():
    """A __main__ without anything of ours in it."""
    module = types.ModuleType("__main__")
    vars(module).update(
        __annotations__={},
        __builtins__=builtins,
        __cached__=None,
        __file__=PROGRAM,
        __loader__=SourceFileLoader("__main__", PROGRAM),
    )
    return module


def main_module_with_prelude():
    module = new_main_module()
    limit = sys.getrecursionlimit()
    exec(compile(PRELUDE, "<prelude>", "exec"), vars(module))
    sys.setrecursionlimit(limit)  # for programs without it; become_main() raises it again
    return module


furnish_interpreter()
PREPARED_MAIN = main_module_with_prelude()


def become_main(prelude):
    """The module that the program is to run in, made the interpreter's __main__."""
    if prelude:
        module = PREPARED_MAIN
        sys.setrecursionlimit(50000)
    else:
        module = new_main_module()
    sys.modules["__main__"] = module
    sys.argv[:] = [PROGRAM]
    if hasattr(sys, "orig_argv"):
        sys.orig_argv[:] = [sys.executable, PROGRAM]
    return module


def begin_test(module, prelude):
    """A test begins, its program to be run in the module. A new process if all was done warm."""
    known = sys.stdin
    next_test()
    if prelude and sys.stdin is not known:
        # Opened anew since the prelude's import of sys.
        for name in ("stdin", "stdout", "stderr"):
            setattr(module, name, getattr(sys, name))


def read_program():
    with open(PROGRAM, "rb") as file:
        return file.read()


def next_test():
    """Where a test begins: called once, before any code of the program runs.

    A warm interpreter puts a function of its own in this place, which returns in a new process for
    each test of the program: what was done before the call is done once for all of them.
    """


def compile_in_advance(source):
    """The program's code, or None if there is anything to be said about it: that comes later."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            return compile(source, PROGRAM, "exec", dont_inherit=True)
    except Exception:
        return None


def execute(code, source, module):
    if code is None:
        code = compile(source, PROGRAM, "exec", dont_inherit=True)
    exec(code, vars(module))


def leave_uncaught(error):
    """What the interpreter does about an exception that nobody caught, without our frames."""
    trace = error.__traceback__
    while trace is not None and trace.tb_frame.f_code.co_filename != PROGRAM:
        trace = trace.tb_next
    sys.excepthook(type(error), error.with_traceback(trace), trace)
    sys.exit(1)


def run_program(prelude):
    """Entry: the program with the run's own stdin and stdout."""
    source = read_program()
    code = compile_in_advance(source)
    module = become_main(prelude)
    begin_test(module, prelude)
    try:
        execute(code, source, module)
    except Exception as error:
        leave_uncaught(error)
