#!/usr/bin/env python3
"""Compares proctor's chat templates with jinja2, set up as transformers sets it up.

    compare_templates.py PROCTOR FOLDER... [--conversations N] [--seed S]
    compare_templates.py PROCTOR --snippets N --driver DRIVER

Each FOLDER is a model's (tokenizer_config.json, perhaps chat_template.jinja), or a folder of such
folders, or a folder of *.jinja files. For every template, seeded random conversations are rendered
by `PROCTOR model render --keep-going FOLDER --in F --out F`, to lines {"text"} or {"error"}, and by
jinja2: both must give the same text, or both an error. Prints the number of differences and the
first few; the exit status is 1 if there are any.

--snippets compares random small templates instead; DRIVER is the program render_snippets that is
built beside the tests of the templates.

Needs jinja2 3.1.6 or later.
"""

import argparse
import copy
import json
import pathlib
import random
import subprocess
import sys
import tempfile

import jinja2
import jinja2.ext
import jinja2.nodes
import jinja2.sandbox


class Generation(jinja2.ext.Extension):
    """The {% generation %} block: a call block that prints its body."""

    tags = {"generation"}

    def parse(self, parser):
        line = next(parser.stream).lineno
        body = parser.parse_statements(["name:endgeneration"], drop_needle=True)
        call = self.call_method("_print")
        return jinja2.nodes.CallBlock(call, [], [], body).set_lineno(line)

    def _print(self, caller):
        return caller()


def environment():
    def raise_exception(message):
        raise jinja2.exceptions.TemplateError(message)

    def tojson(x, ensure_ascii=False, indent=None, separators=None, sort_keys=False):
        return json.dumps(x, ensure_ascii=ensure_ascii, indent=indent, separators=separators,
                          sort_keys=sort_keys)

    env = jinja2.sandbox.ImmutableSandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, extensions=[Generation, jinja2.ext.loopcontrols])
    env.filters["tojson"] = tojson
    env.globals["raise_exception"] = raise_exception
    return env


TOKENS = ["bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token",
          "mask_token"]


def load(folder):
    """(source, special tokens) of a model's folder, or None."""
    config_path = folder / "tokenizer_config.json"
    config = json.loads(config_path.read_text("utf-8")) if config_path.exists() else {}
    tokens = {}
    for name in TOKENS:
        value = config.get(name)
        if value is not None:
            tokens[name] = value["content"] if isinstance(value, dict) else value
    own = folder / "chat_template.jinja"
    source = own.read_text("utf-8") if own.exists() else config.get("chat_template")
    if isinstance(source, list):
        source = {one["name"]: one["template"] for one in source}.get("default")
    return None if source is None else (source, tokens)


def template_folders(paths, scratch):
    """The model folders among the arguments; a lone .jinja file gets a folder of its own."""
    for path in paths:
        if (path / "tokenizer_config.json").exists() or (path / "chat_template.jinja").exists():
            yield path
            continue
        for inner in sorted(path.iterdir()):
            if inner.is_dir():
                yield from template_folders([inner], scratch)
            elif inner.suffix == ".jinja":
                folder = scratch / inner.stem
                folder.mkdir()
                (folder / "chat_template.jinja").write_bytes(inner.read_bytes())
                tokens = {"bos_token": "<s>", "eos_token": "</s>"}
                (folder / "tokenizer_config.json").write_text(json.dumps(tokens))
                yield folder


PIECES = [
    "", " ", "\n", "\n\n", "\t", "  x  ", "Hello", "What is 1+1?", "<think>", "</think>",
    "<think>\nsome thought\n</think>\n\n", "\n</think>\n\n", "{{ x }}", "{% if %}", "{# c #}",
    "{%- raw %}", "<|im_start|>", "<|im_end|>", "<｜User｜>", "é", "日本語", "🙂", "\u00a0", "\u2028",
    "\u0301", "'", '"', "\\", "\\boxed{}", "&<>", "\u0000", "\u001f", "\r\n", "\r", "\x85", "\ufeff",
    "<tool_call>", "<tool_response>", "</tool_response>", "{\"a\": 1}", "%s", "{}", "ẞ", "\u3000",
]
ROLES = ["user", "assistant", "system", "tool", "user", "assistant", "developer", "ipython"]


def text(rng):
    return "".join(rng.choice(PIECES) for _ in range(rng.randrange(0, 6)))


def value(rng, depth=0):
    kind = rng.randrange(0, 9 if depth < 3 else 6)
    if kind == 0:
        return rng.randrange(-5, 1000)
    if kind == 1:
        return rng.choice([0.5, -1.25, 1e16, 1e-5, 3.0, 1e22, 0.1, 123456.789, 5e-324])
    if kind == 2:
        return rng.choice([True, False])
    if kind == 3:
        return None
    if kind in (4, 5):
        return text(rng)
    if kind == 6:
        return [value(rng, depth + 1) for _ in range(rng.randrange(0, 4))]
    return {text(rng) or "k": value(rng, depth + 1) for _ in range(rng.randrange(0, 4))}


def tool_call(rng):
    arguments = rng.choice([text(rng), {"city": text(rng), "n": value(rng)}, value(rng)])
    function = {"name": rng.choice(["get_weather", text(rng)]), "arguments": arguments}
    if rng.random() < 0.2:
        return function
    call = {"type": "function", "function": function}
    if rng.random() < 0.3:
        call["id"] = "call_%d" % rng.randrange(10)
    return call


def message(rng, role):
    one = {"role": role, "content": text(rng)}
    if rng.random() < 0.08:
        one["content"] = None
    if rng.random() < 0.04:
        one["content"] = [{"type": "text", "text": text(rng)}, {"type": "image"}][:rng.randrange(3)]
    if rng.random() < 0.02:
        del one["content"]
    if role == "assistant":
        if rng.random() < 0.25:
            one["tool_calls"] = [tool_call(rng) for _ in range(rng.randrange(0, 4))]
            if rng.random() < 0.5:
                one["content"] = None
        if rng.random() < 0.2:
            one["reasoning_content"] = rng.choice([text(rng), None])
    if rng.random() < 0.03:
        one[rng.choice(["name", "tool_calls", "items", "extra"])] = value(rng)
    return one


def conversation(rng):
    if rng.random() < 0.6:
        roles = ["system"] * rng.randrange(2)
        roles += ["user", "assistant"] * rng.randrange(0, 4) + ["user"]
    else:
        roles = [rng.choice(ROLES) for _ in range(rng.randrange(0, 7))]
    request = {"messages": [message(rng, role) for role in roles],
               "add_generation_prompt": rng.random() < 0.7}
    if rng.random() < 0.2:
        function = {"name": "f", "description": text(rng), "parameters": value(rng)}
        request["tools"] = [{"type": "function", "function": function}] * rng.randrange(0, 3)
    if rng.random() < 0.2:
        request["enable_thinking"] = rng.choice([True, False, None, "no"])
    if rng.random() < 0.05:
        request[rng.choice(["thinking", "date_string", "builtin_tools", "tools_in_user_message",
                            "documents"])] = value(rng)
    return request


def expected(template, tokens, request):
    """The text, or None where jinja2 raises."""
    variables = {"tools": None, "documents": None, "add_generation_prompt": True}
    try:
        return template.render(**{**tokens, **variables, **request})
    except Exception:  # pylint: disable=broad-except
        return None


def differences(wanted, found):
    for number, (want, got) in enumerate(zip(wanted, found)):
        if (want is None) != ("error" in got) or (want is not None and want != got.get("text")):
            yield number, want, got


def run(command, requests, scratch):
    source, target = scratch / "in.jsonl", scratch / "out.jsonl"
    with source.open("w", encoding="utf-8") as file:
        for request in requests:
            file.write(json.dumps(request) + "\n")
    subprocess.run([*command, "--in", str(source), "--out", str(target)], check=True)
    with target.open(encoding="utf-8") as file:
        lines = [json.loads(line) for line in file]
    if len(lines) != len(requests):
        sys.exit(f"{len(requests)} requests, {len(lines)} answers")
    return lines


def compare_conversations(arguments, scratch):
    rng = random.Random(arguments.seed)
    folders = [(folder, load(folder)) for folder in template_folders(arguments.folders, scratch)]
    folders = [(folder, found) for folder, found in folders if found]
    if not folders:
        sys.exit("no templates found")
    total = errors = bad = 0
    for folder, (source, tokens) in folders:
        template = environment().from_string(source)
        requests = [conversation(rng) for _ in range(arguments.conversations // len(folders) + 1)]
        wanted = [expected(template, tokens, request) for request in requests]
        found = run([arguments.proctor, "model", "render", "--keep-going", str(folder)], requests, scratch)
        total += len(requests)
        errors += wanted.count(None)
        for number, want, got in differences(wanted, found):
            bad += 1
            if bad <= 5:
                print(f"{folder.name}: {json.dumps(requests[number])}\n  jinja2  {want!r}\n"
                      f"  proctor {got!r}")
    print(f"{len(folders)} templates, {total} conversations, {errors} refused by jinja2, "
          f"{bad} differences")
    return bad


# Random snippets: names that exist or do not, of every type.
CONTEXT = {"n": 7, "z": 0, "f": 2.5, "s": "Hello, World", "t": " a b  c ", "u": "añ日🙂", "e": "",
           "yes": True, "no": False, "nil": None, "l": [3, 1, 2], "w": ["b", "a", "C", "a"],
           "d": {"a": 1, "b": "two", "c": None}, "m": [{"k": 2, "g": "x"}, {"k": 1}, {"g": "y"}],
           "messages": []}
NAMES = list(CONTEXT) + ["missing", "loop", "x", "y", "ns"]
BINARY = ["+", "-", "*", "/", "//", "%", "~", "==", "!=", "<", "<=", ">", ">=", "and", "or", "in",
          "not in"]
FILTERS = ["trim", "upper", "lower", "length", "count", "list", "first", "last", "string", "int",
           "float", "reverse", "sort", "unique", "tojson", "capitalize", "title", "abs", "items",
           "default('D')", "default('D', true)", "join(',')", "join", "replace('a', 'b')",
           "map('upper')", "map(attribute='k')", "map(attribute='k', default=9)",
           "selectattr('k')", "selectattr('k', 'defined')", "selectattr('k', 'equalto', 1)",
           "rejectattr('g')", "select('string')", "reject('number')", "select", "dictsort", "min",
           "max", "sum", "sort(reverse=true)", "sort(attribute='k')", "tojson(indent=2)",
           "indent(2)", "indent(2, true)", "d('D')", "safe", "e", "trim('H')", "map('length')",
           "tojson(sort_keys=true)", "tojson(separators=(',', ':'))", "sum(attribute='k')"]
TESTS = ["defined", "undefined", "none", "string", "mapping", "iterable", "sequence", "number",
         "integer", "float", "boolean", "true", "false", "odd", "even", "divisibleby(2)", "eq(1)",
         "equalto('x')", "in [1, 2]", "lt(3)", "ge 2", "callable", "lower", "upper", "sameas true"]
METHODS = ["split()", "split(',')", "split('l', 1)", "rsplit(' ', 1)", "strip()", "lstrip(' H')",
           "rstrip('d')", "startswith('H')", "endswith(('d', 'x'))", "upper()", "lower()",
           "title()", "capitalize()", "replace('l', 'L')", "replace('l', 'L', 1)", "find('o')",
           "rfind('o')", "count('l')", "join(['x', 'y'])", "splitlines()", "get('a')",
           "get('q', 5)", "items()", "keys()", "values()", "copy()", "index(1)", "count(1)",
           "append(4)", "pop()", "update({})", "isdigit()", "isupper()", "format(1, 2)", "islower()",
           "partition(',')", "removeprefix('H')", "zip", "isspace()", "find('l', 4)", "a", "k",
           "index('l', -3)"]
SUBSCRIPTS = ["0", "-1", "5", "'a'", "'items'", "s", "n", "yes", "f", "missing"]
# Of names only: jinja2 folds slices of constants, and then `1[2:]` is undefined and no error.
SLICES = ["1:", ":2", "::-1", "-2:", "::2", "1:3", "none:1", "5:1:-1", "-1:-9:-2", "n:z:-n", ":f"]


def literal(rng):
    return rng.choice(["0", "1", "2", "-3", "10", "2.5", "1e3", "'a'", '"b"', "'%s'", "'{}-{}'",
                       "'x\\ny'", "true", "false", "none", "[]", "[1, 2, 3]", "['a', 'b']",
                       "(1, 'x')", "(1,)", "{}", "{'a': 1, 'b': [1]}", "1_000", "''", "0x1F",
                       "'é'", "{1: 'q', true: 2}", "range(3)", "range(5, 0, -2)", "dict(a=1)"])


def expression(rng, depth=0):
    kind = rng.randrange(0, 12) if depth < 3 else rng.randrange(0, 2)
    inner = lambda: expression(rng, depth + 1)  # noqa: E731
    if kind == 0:
        return rng.choice(NAMES)
    if kind == 1:
        return literal(rng)
    if kind in (2, 3):
        return f"{inner()} {rng.choice(BINARY)} {inner()}"
    if kind in (4, 5):
        return f"{inner()} | {rng.choice(FILTERS)}"
    if kind == 6:
        return f"{inner()} is {rng.choice(['', 'not '])}{rng.choice(TESTS)}"
    if kind == 7:
        return f"({inner()}).{rng.choice(METHODS)}"
    if kind == 8 and rng.random() < 0.5:
        return f"{rng.choice(NAMES)}[{rng.choice(SLICES)}]"
    if kind == 8:
        return f"({inner()})[{rng.choice(SUBSCRIPTS)}]"
    if kind == 9:
        return f"({inner()} if {inner()}{rng.choice([' else ' + inner(), ''])})"
    if kind == 10:
        return rng.choice(["not ", "-", "+", ""]) + f"({inner()})"
    return f"{rng.choice(NAMES)}.{rng.choice(METHODS)}"


SPACES = ["", " ", "\n", "\n  ", "  \n", "\t", "x", "x\n", " \n\n ", "{# c #}", "{#- c -#}\n", "é"]


def tag(rng, words):
    return "{%" + rng.choice(["", "", "-", "+"]) + f" {words} " + rng.choice(["", "", "-"]) + "%}"


def statements(rng, depth=0):
    return "".join(statement(rng, depth) for _ in range(rng.randrange(1, 4)))


def statement(rng, depth):
    space = rng.choice(SPACES)
    kind = rng.randrange(0, 14) if depth < 3 else rng.randrange(0, 5)
    inner = lambda: statements(rng, depth + 1)  # noqa: E731
    name = rng.choice(["x", "y", "s", "n", "ns"])
    if kind < 3:
        sign = rng.choice(["", "-"])
        return f"{space}{{{{{sign} {expression(rng, 1)} {rng.choice(['', '-'])}}}}}"
    if kind == 3:
        return space + tag(rng, f"set {name} = {expression(rng, 1)}")
    if kind == 4:
        return space
    if kind in (5, 6):
        other = tag(rng, f"elif {expression(rng, 1)}") + inner() if rng.random() < 0.3 else ""
        other += tag(rng, "else") + inner() if rng.random() < 0.5 else ""
        return space + tag(rng, f"if {expression(rng, 1)}") + inner() + other + tag(rng, "endif")
    if kind in (7, 8):
        items = rng.choice(["l", "w", "m", "s", "d", "range(3)", expression(rng, 1), "d.items()"])
        target = "x, y" if items == "d.items()" else rng.choice(["x", "x", "i"])
        where = f" if {expression(rng, 2)}" if rng.random() < 0.25 else ""
        shown = "{{ loop." + rng.choice(["index", "index0", "first", "last", "length", "revindex",
                                         "revindex0", "previtem", "nextitem", "depth",
                                         "cycle('a', 'b')", "changed(x)"]) + " }}"
        jump = tag(rng, f"if {expression(rng, 2)}") + tag(rng, rng.choice(["break", "continue"]))
        jump = jump + tag(rng, "endif") if rng.random() < 0.2 else ""
        other = tag(rng, "else") + inner() if rng.random() < 0.2 else ""
        return (space + tag(rng, f"for {target} in {items}{where}") + shown + jump + inner()
                + other + tag(rng, "endfor"))
    if kind == 9:
        start = "set ns = namespace(a=1, b=[])"
        change = f"set ns.{rng.choice('abc')} = {expression(rng, 1)}"
        return space + tag(rng, start) + inner() + tag(rng, change) + "{{ ns.a }}{{ ns.c }}"
    if kind == 10:
        head = rng.choice(["macro f1(a, b=2)", "macro f1(a, b='q', c=b)"])
        call = rng.choice(["f1(1)", "f1()", "f1(1, 2, 3, 4)", "f1(b=n, a=s)", "f1(s, a=1)"])
        body = "{{ a }}|{{ b }}" + inner()
        return space + tag(rng, head) + body + tag(rng, "endmacro") + "{{ " + call + " }}"
    if kind == 11:
        opening = rng.choice([f"set {name}", f"set {name} | upper", f"with x = {literal(rng)}",
                              "filter upper", "generation"])
        return space + tag(rng, opening) + inner() + tag(rng, "end" + opening.split()[0])
    if kind == 12:
        return space + tag(rng, "raw") + rng.choice(["{{ x }}", " {% if %}\n", "", "\n"]) + \
            tag(rng, "endraw")
    return space + tag(rng, rng.choice(["set x, y = 1, 2", "set x, y = s", "if", "endif", "break",
                                        "set loop = 1", "set true = 1"]))


def compare_snippets(arguments, scratch):
    rng = random.Random(arguments.seed)
    env = environment()
    requests, wanted = [], []
    for _ in range(arguments.snippets):
        source = statements(rng) if rng.random() < 0.6 else "{{ " + expression(rng) + " }}"
        requests.append({"template": source, "request": CONTEXT})
        try:
            template = env.from_string(source)
        except Exception:  # pylint: disable=broad-except
            wanted.append(None)
            continue
        # A copy, because jinja2's indent appends to a list that it is given.
        wanted.append(expected(template, {}, copy.deepcopy(CONTEXT)))
    found = run([arguments.driver, "snippets"], requests, scratch)
    bad = unsupported = 0
    for number, want, got in differences(wanted, found):
        if "not supported" in got.get("error", "") or "no fixed text" in got.get("error", ""):
            unsupported += 1
            continue
        bad += 1
        if bad <= arguments.show:
            print(f"{requests[number]['template']!r}\n  jinja2  {want!r}\n  proctor {got!r}")
    print(f"{len(requests)} snippets, {wanted.count(None)} refused by jinja2, {unsupported} not "
          f"supported, {bad} differences")
    return bad


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("proctor")
    parser.add_argument("folders", nargs="*", type=pathlib.Path)
    parser.add_argument("--conversations", type=int, default=100_000)
    parser.add_argument("--snippets", type=int, default=0)
    parser.add_argument("--driver", default="")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--show", type=int, default=5)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        compare = compare_snippets if arguments.snippets else compare_conversations
        bad = compare(arguments, pathlib.Path(scratch))
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
