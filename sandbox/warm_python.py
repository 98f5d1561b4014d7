# The warm interpreter: a Python that has done what every script would begin with, and then forks for
# each box. The child gets the box around it before it has read anything of the program, reads that,
# and forks again for each test.
#
# What the script finds is what a new `python3 -s -S SCRIPT` would give it, but that modules of the
# prefix are in sys.modules already. Where a fork differs from a new process it is put right below:
# the standard streams, sys.argv, __main__, and the end (Py_FinalizeEx, CPython's pylifecycle.c, whose
# order is kept: threads, atexit, flush, what __main__ holds, flush).
#
# argv: a socket. Files, read at once: /tmp/warm_fences.so and /tmp/prefix.py. Python >= 3.9.

import gc
import io
import os
import sys
from _signal import SIG_DFL, SIGINT, signal
from types import ModuleType

INTERRUPTED = -SIGINT  # in the place of an exit code: ends by the signal, as the interpreter does


def new_main_module():
    module = ModuleType("__main__")
    vars(module).update(__annotations__={}, __builtins__=__builtins__, __cached__=None)
    return module


def load_library():
    """The fences, with no module left behind that a script could find imported."""
    before = set(sys.modules)
    import ctypes

    library = ctypes.PyDLL("/tmp/warm_fences.so")
    library.warm_arguments.restype = ctypes.c_void_p
    library.warm_argument_bytes.restype = ctypes.c_size_t
    read = ctypes.string_at
    for name in set(sys.modules) - before:
        del sys.modules[name]
    return library, read


def serve(socket, library):
    """Forks for one box after another. Returns in the children only, fences raised."""
    library.warm_forked(socket, 0)
    while library.warm_next_job(socket):
        child = library.warm_fork()
        if child == 0:
            return library.warm_enter()
        library.warm_forked(socket, child)
    os._exit(0)


def reopen(descriptor, name, mode, old):
    """A standard stream over what the descriptor is now, made as the interpreter makes it."""
    binary = open(descriptor, mode + "b", closefd=False)
    binary.raw.name = name
    stream = io.TextIOWrapper(
        binary,
        encoding=old.encoding,
        errors=old.errors,
        newline="\n",
        line_buffering=old.line_buffering,
    )
    stream.mode = mode
    return stream


def reopen_standard_streams():
    sys.stdin = sys.__stdin__ = reopen(0, "<stdin>", "r", sys.__stdin__)
    sys.stdout = sys.__stdout__ = reopen(1, "<stdout>", "w", sys.__stdout__)
    sys.stderr = sys.__stderr__ = reopen(2, "<stderr>", "w", sys.__stderr__)


def starts_with(script, prefix):
    with open(script, "rb") as file:
        return file.read(len(prefix)) == prefix


def code_behind_prefix(script, prefix, main):
    """The script, compiled but for the prefix, and the module to run it in."""
    with open(script, "rb") as file:
        source = file.read()
    if source.startswith(prefix):
        # Empty lines in its place: the others keep their numbers.
        source = b"\n" * prefix.count(b"\n") + source[len(prefix) :]
    else:
        main = new_main_module()
    main.__file__ = script
    main.__loader__ = type(__loader__)("__main__", script)
    sys.modules["__main__"] = main
    return compile(source, script, "exec", dont_inherit=True), vars(main)


def exit_code_of(error):
    """As handle_system_exit() in CPython's pythonrun.c."""
    if error.code is None:
        return 0
    if isinstance(error.code, int):
        return error.code & 0xFF if -(2**63) <= error.code < 2**63 else 0xFF
    print(error.code, file=sys.stderr)
    return 1


def run_script(arguments, prefix, main, next_test):
    sys.orig_argv = arguments
    sys.argv[:] = arguments[3:]
    script = sys.argv[0]
    # A script of which the prefix says that it will call next_test() itself has more to do before.
    if "next_test" in vars(main) and starts_with(script, prefix):
        main.next_test = next_test
    else:
        next_test()
    try:
        code, namespace = code_behind_prefix(script, prefix, main)
        exec(code, namespace)
    except SystemExit as error:
        return exit_code_of(error)
    except BaseException as error:
        trace = error.__traceback__
        while trace is not None and trace.tb_frame.f_code.co_filename == __file__:
            trace = trace.tb_next
        sys.excepthook(type(error), error.with_traceback(trace), trace)
        return INTERRUPTED if isinstance(error, KeyboardInterrupt) else 1
    return 0


def attempt(step):
    """At the end of a process an exception stops its own step only."""
    try:
        step()
    except BaseException:
        pass


def flush_standard_streams():
    """Whether stdout took everything; nobody cares for stderr (flush_std_files())."""
    flushed = True
    if sys.stdout is not None and not getattr(sys.stdout, "closed", False):
        try:
            sys.stdout.flush()
        except Exception as error:
            flushed = False
            said = "Exception ignored in: %r\n%s: %s\n" % (sys.stdout, type(error).__name__, error)
            attempt(lambda: sys.stderr.write(said))
    if sys.stderr is not None and not getattr(sys.stderr, "closed", False):
        attempt(sys.stderr.flush)
    return flushed


def clear_added(namespace, known):
    """Lets go of what the program has added to its module, newest first.

    Names that were there before the fork stay: to touch each would copy the pages they lie in.
    """
    added = []
    for name in reversed(namespace):
        if name in known:
            break
        added.append(name)
    for name in added:
        namespace[name] = None


def flush_open_files():
    """What closes files that nobody has closed is their end, which does not come here."""
    for kind in (io.TextIOWrapper, io.BufferedWriter, io.BufferedRandom):
        for item in gc.get_objects():
            if type(item) is kind and not item.closed:
                attempt(item.flush)


def end_as_interpreter(known):
    """What the interpreter does last, short of taking itself apart. Whether stdout took it all."""
    if "threading" in sys.modules:
        attempt(lambda: sys.modules["threading"]._shutdown())
    if "atexit" in sys.modules:
        attempt(lambda: sys.modules["atexit"]._run_exitfuncs())
    flushed = flush_standard_streams()
    sys.stdout, sys.stderr = sys.__stdout__, sys.__stderr__
    attempt(lambda: clear_added(vars(sys.modules["__main__"]), known))
    attempt(gc.collect)  # and of its cycles
    attempt(flush_open_files)
    return flushed and flush_standard_streams()


def leave(code, known):
    flushed = end_as_interpreter(known)
    if code == INTERRUPTED:
        signal(SIGINT, SIG_DFL)
        os.kill(os.getpid(), SIGINT)
    os._exit(code if flushed else 120)


def rehearse_end():
    """What is done for the first time is written down, and that would be in every run's memory."""
    flush_standard_streams()
    clear_added({"known": None, "added": None}, {"known"})
    flush_open_files()


def main():
    socket = int(sys.argv[1])
    sys.path[0] = "/box"  # where the scripts lie
    with open("/tmp/prefix.py", "rb") as file:
        prefix = file.read()
    prepared = new_main_module()
    exec(compile(prefix, "<prefix>", "exec", dont_inherit=True), vars(prepared))
    known = {"__name__", "__builtins__", "__annotations__", "__file__", "__loader__"}
    for value in list(vars(prepared).values()):
        if isinstance(value, ModuleType) and value.__name__ == "__main__":
            known.update(vars(value))
    if "rehearse" in vars(prepared):
        prepared.rehearse()
    library, read = load_library()
    gc.collect()
    gc.freeze()
    rehearse_end()  # when there are few objects left to look at
    serve(socket, library)

    def next_test():
        """Returns in a new process for each test, with the test's own standard streams."""
        gc.freeze()  # what was made since is the tests' to share, too
        if not library.warm_next_test():
            reopen_standard_streams()

    text = read(library.warm_arguments(), library.warm_argument_bytes())
    arguments = text.decode("utf-8", "surrogateescape").split("\0")[:-1]
    code = run_script(arguments, prefix, prepared, next_test)
    leave(code, known)


main()
