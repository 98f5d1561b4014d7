# LiveCodeBench's own runner, with what it does to programs (lcb_runner/evaluation/testing_util.py
# at 28fef95; found out by probing, reference section 1.6): all tests in one process, the program's
# statements wrapped in a function, stand-ins for stdin, stdout and open, an alarm for each test.
#
# The outputs are compared outside, where the right ones are. So the runner here goes on after a
# wrong one; whoever reads the records stops there.

import io
import numbers
import signal

TESTS = "/box/tests.json"
ALARM_SECONDS = 6  # of wall time, for compiling and for each test

# Upstream's reliability_guard() without what has no effect.
FORBIDDEN = {
    "os": """kill system putenv remove removedirs rmdir fchdir setuid fork forkpty killpg rename
        renames truncate replace unlink fchmod fchown chmod chown chroot lchflags lchmod lchown
        getcwd chdir""".split(),
    "shutil": ["rmtree", "move", "chown"],
    "subprocess": ["Popen"],
    "builtins": ["quit", "help"],
}
FORBIDDEN_MODULES = ["ipdb", "joblib", "resource", "psutil", "tkinter"]

# What upstream's process has imported before it forbids, and cannot be imported after.
IMPORTED_BEFORE = ["numpy", "multiprocessing"]


class TimeoutException(Exception):
    pass  # upstream looks for this name in the repr() of whatever was raised


class BufferStandIn:
    """sys.stdin.buffer: everything, or the first line, again and again."""

    def __init__(self, text):
        self.inputs = text.encode("utf-8")

    def read(self, *ignored):
        return self.inputs

    def readline(self, *ignored):
        return self.inputs.split(b"\n")[0] + b"\n"


class StdinStandIn:
    """sys.stdin: not iterable, for it delegates by name only, and read() never comes to an end."""

    def __init__(self, text):
        self.inputs = text
        self._lines = io.StringIO(text)
        self.buffer = BufferStandIn(text)

    def read(self, *ignored):
        return self.inputs

    def readline(self, *arguments):
        return self._lines.readline(*arguments)

    def readlines(self, *ignored):
        return self.inputs.split("\n")

    def __getattr__(self, name):
        return getattr(self._lines, name)


class FileStandIn(io.StringIO):
    """What open() returns, whatever was to be opened: the input, and what is written is lost."""

    def write(self, *ignored):
        return None

    def close(self):
        return None


def import_before(source):
    for module in IMPORTED_BEFORE:
        if module in source:
            try:
                __import__(module)
            except ImportError:
                pass  # not installed: the program will find out


def forbid_by_name():
    import shutil
    import subprocess

    os.environ["OMP_NUM_THREADS"] = "1"
    for module, names in FORBIDDEN.items():
        for name in names:
            setattr(sys.modules[module], name, None)
    for module in FORBIDDEN_MODULES:
        sys.modules[module] = None
    if hasattr(sys, "set_int_max_str_digits"):
        sys.set_int_max_str_digits(50000)


def inline_main_block(source):
    """The body of `if __name__ == '__main__':` in its place, if that is the last statement."""
    import ast  # here, since no other driver needs it

    try:
        tree = ast.parse(source)
        last = tree.body[-1]
        if isinstance(last, ast.If) and ast.unparse(last.test) == "__name__ == '__main__'":
            return ast.unparse(tree.body[:-1]) + "\n" + ast.unparse(last.body)
    except Exception:
        pass  # compiling will say what is wrong with it
    return source


def wrap_in_function(source):
    """Top-level imports first, and everything else as the body of wrapped_function()."""
    import ast

    try:
        body = ast.parse(source).body
        imports = [node for node in body if isinstance(node, (ast.Import, ast.ImportFrom))]
        others = [node for node in body if not isinstance(node, (ast.Import, ast.ImportFrom))]
        nothing = dict(posonlyargs=[], args=[], kwonlyargs=[], kw_defaults=[], defaults=[])
        function = ast.FunctionDef(
            name="wrapped_function",
            args=ast.arguments(**nothing),
            body=others,
            decorator_list=[],
            lineno=-1,
        )
        return PRELUDE + "\n" + ast.unparse(imports) + "\n" + ast.unparse(function)
    except Exception:
        return source


def load_function(code, name):
    """Runs the text as a module, and finds the function in it or in its one Solution()."""
    signal.alarm(ALARM_SECONDS)
    try:
        module = types.ModuleType("tmp_sol", "")
        exec(code, vars(module))
        owner = module.Solution() if "class Solution" in code else module
    finally:
        signal.alarm(0)
    return getattr(owner, name)


def call_with_stand_ins(function, text):
    # The real stdin is patched too: a program may hold it, by `from sys import stdin`.
    real = sys.stdin
    real_open = builtins.open
    lines = iter(text.split("\n"))
    real.read = lambda *ignored: text
    real.readlines = lambda *ignored: text.split("\n")
    real.readline = lambda *ignored: next(lines)
    sys.stdin = StdinStandIn(text)
    builtins.open = lambda *ignored, **also_ignored: FileStandIn(text)
    try:
        function()
    except SystemExit:
        pass
    finally:
        builtins.open = real_open
        sys.stdin = real
        del real.read, real.readlines, real.readline


def send_failure(send, error):
    kind = b"limit" if "timeoutexception" in repr(error).lower() else b"error"
    send(kind, repr(error)[:300].encode("utf-8", "replace"))


def run_stdin_tests(function, tests, send):
    for text in tests:
        signal.alarm(ALARM_SECONDS)
        real = sys.stdout
        captured = sys.stdout = io.StringIO()
        captured.close = lambda unexpected: 1  # close() without arguments fails, upstream too
        try:
            call_with_stand_ins(function, text)
            signal.alarm(0)
        except Exception as error:
            signal.alarm(0)
            return send_failure(send, error)
        finally:
            signal.alarm(0)
            sys.stdout = real
        send(b"output", captured.getvalue().encode("utf-8", "surrogatepass"))


def plain_number(value):
    """A number of another type as the Python number that it equals; anything else as it is."""
    if type(value).__module__ == "numpy" and getattr(value, "shape", None) == ():
        return value.item()
    if isinstance(value, list):
        return [plain_number(item) for item in value]
    if isinstance(value, numbers.Rational) and value == int(value):
        return int(value)
    return value


def run_function_tests(function, tests, send):
    calls = [[json.loads(line) for line in text.split("\n")] for text in tests]
    for arguments in calls:
        signal.alarm(ALARM_SECONDS)
        try:
            value = function(*arguments)
            signal.alarm(0)
        except Exception as error:
            signal.alarm(0)
            return send_failure(send, error)
        finally:
            signal.alarm(0)
        if isinstance(value, tuple):
            value = list(value)
        if nature_of(value) == "foreign":
            value = plain_number(value)
        send(*encode_value(value))


def run_compat():
    """Entry: argv holds the nonce, and the function's name or nothing for a program on stdin."""
    def on_alarm(number, frame):
        print("timeout occured: alarm went off")  # as upstream: a program that goes on has said it
        raise TimeoutException

    nonce, name = sys.argv[1:]
    next_test()  # all tests in one process: there is but one
    send = open_report(nonce)
    with open(TESTS, encoding="utf-8") as file:
        tests = json.load(file)
    os.unlink(TESTS)
    leave = os._exit
    source = read_program().decode("utf-8", "surrogatepass")
    become_main(prelude=False)
    sys.stdin = open(os.devnull)
    signal.signal(signal.SIGALRM, on_alarm)
    import_before(source)
    forbid_by_name()
    signal.alarm(ALARM_SECONDS)
    try:
        if name:
            function = load_function(PRELUDE + "\n\n" + source, name)
            run_function_tests(function, tests, send)
        else:
            code = wrap_in_function(inline_main_block(source))
            run_stdin_tests(load_function(code, "wrapped_function"), tests, send)
    except Exception as error:
        send(b"failed", str(error)[:300].encode("utf-8", "replace"))
    finally:
        signal.alarm(0)
    send(b"done")
    leave(0)  # unjoined threads have had their time
