"""Compares proctor's tokenizer with the Hugging Face tokenizers library on random strings.

    compare_tokenizers.py PROCTOR FOLDER... [--count 100000] [--seed 1] [--texts FILE]

Every FOLDER holds a tokenizer.json (unpacked). Needs the PyPI package tokenizers. The strings mix
mathematics, code, many scripts, combining marks, emoji, white space of all kinds, contractions,
added tokens and unassigned code points. Prints the differences of each folder, and how fast both
are over the same text: one thread each, proctor's time being that of the whole program less that
of an empty run, each the best of three. Exit status 1 if anything differs.
"""

import argparse
import json
import os
import pathlib
import random
import subprocess
import sys
import tempfile
import time
import unicodedata

os.environ["TOKENIZERS_PARALLELISM"] = "false"
os.environ["RAYON_NUM_THREADS"] = "1"

from tokenizers import Tokenizer  # noqa: E402 (reads the environment)

SPACES = [chr(c) for c in range(0x110000) if chr(c).isspace()] + ["\u200b", "\ufeff", "\u180e"]
MARKS = [chr(c) for c in range(0x30000) if unicodedata.combining(chr(c))]
DECOMPOSED = [chr(c) for c in range(0x30000)
              if unicodedata.normalize("NFD", chr(c)) != chr(c) and not 0xAC00 <= c < 0xD7A4]
NUMBERS = [chr(c) for c in range(0x20000) if unicodedata.category(chr(c))[0] == "N"]
# Where scripts lie, from Latin to the far planes.
SCRIPTS = [(0x20, 0x7F), (0xA0, 0x250), (0x250, 0x370), (0x370, 0x530), (0x530, 0x780),
           (0x780, 0xE80), (0xE80, 0x1400), (0x1400, 0x2000), (0x2000, 0x2C00), (0x2C00, 0x3100),
           (0x3040, 0x3400), (0x4E00, 0x9FFF), (0xA000, 0xAC00), (0xAC00, 0xD7A4),
           (0xE000, 0xE100), (0xF900, 0x10000), (0x10000, 0x12000), (0x16000, 0x17000),
           (0x1D000, 0x1F000), (0x1F300, 0x1FB00), (0x20000, 0x20100), (0x2F800, 0x2FA20),
           (0xE0000, 0xE0200)]
WORDS = """the of and to in is that for it with as was on be at by this are or an from which
    Find all real numbers such let suppose therefore triangle polynomial integer remainder answer
    Straße naïve café résumé señor Пример задача число 数学 問題 答え 안녕 세계 שלום مرحبا नमस्ते สวัสดี
    def return import self None while for if else print range int main std vector const auto
    template include using namespace lambda yield async await""".split()
MATH = [r"\frac{1}{2}", r"\boxed{", "}", "$x^2$", "$$", r"\sqrt{", r"\begin{aligned}", r"\\", "&=",
        "x_{n+1}", r"\pmod{7}", r"\sum_{k=1}^{n}", "1/2", "3.14159", "1000000007", "½", "x²", "Ⅳ",
        "≤", "∈", "ℝ", "→", "°", "²³¹", "12,345", r"\text{and}", r"\left(", r"\right)"]
CODE = ["for (int i = 0; i < n; ++i) {\n", "    return x;\n", "\t\t", "!=", "==", "->", "::", "//",
        "/* */", "def f(x):\n", "print(f'{x}')", "[i][j]", "&&", "#include <bits/stdc++.h>\n",
        "\r\n", ";\n\n", "    ", "'''", '"""', "x=-1", "a+=b", "0x7fff", "1e-9", "__init__"]
CONTRACTIONS = ["'s", "'S", "'t", "'T", "'re", "'RE", "'Re", "'ve", "'vE", "'m", "'ll", "'LL",
                "'lL", "'d", "'D", "'\u017f", "'", "'r", "'l", "\u2019s", "'\u212a", "''s", "'st",
                "'\ufb06"]
EMOJI = ["😀", "👩‍👩‍👧‍👦", "🏳️‍🌈", "👍🏽", "🇫🇷", "❤️", "☺️", "🧑‍💻", "1️⃣"]


def any_code_point(draw):
    while True:
        code = draw.randrange(0x110000)
        if not 0xD800 <= code < 0xE000:
            return chr(code)


def from_script(draw):
    first, end = draw.choice(SCRIPTS)
    return "".join(chr(draw.randrange(first, end)) for _ in range(draw.randrange(1, 8)))


def marked(draw):
    base = draw.choice([draw.choice("aeiouAEIOUnszyqΑΩ가각ᄀ"), draw.choice(DECOMPOSED)])
    if draw.random() < 0.5:
        base = unicodedata.normalize("NFD", base)
    return base + "".join(draw.choice(MARKS) for _ in range(draw.randrange(5)))


def jamo(draw):
    ranges = [(0x1100, 0x1113), (0x1161, 0x1176), (0x11A7, 0x11C3), (0xAC00, 0xD7A4)]
    return "".join(chr(draw.randrange(*draw.choice(ranges))) for _ in range(draw.randrange(1, 6)))


def added_token(draw, added):
    token = draw.choice(added)
    if draw.random() < 0.3:  # all but one
        at = draw.randrange(len(token))
        return token[:at] + draw.choice(["", token[at] * 2]) + token[at + 1:]
    return token


def part(draw, added):
    kinds = [
        lambda: draw.choice(WORDS),
        lambda: " " + draw.choice(WORDS),
        lambda: " " * draw.randrange(1, 6),
        lambda: "\n" * draw.randrange(1, 4),
        lambda: "".join(draw.choice(SPACES) for _ in range(draw.randrange(1, 6))),
        lambda: draw.choice(MATH),
        lambda: draw.choice(CODE),
        lambda: draw.choice(WORDS) + draw.choice(CONTRACTIONS),
        lambda: draw.choice(CONTRACTIONS),
        lambda: str(draw.randrange(10 ** draw.randrange(1, 12))),
        lambda: "".join(draw.choice(NUMBERS) for _ in range(draw.randrange(1, 6))),
        lambda: draw.choice(EMOJI),
        lambda: from_script(draw),
        lambda: marked(draw),
        lambda: jamo(draw),
        lambda: added_token(draw, added),
        lambda: any_code_point(draw),
        lambda: "".join(chr(draw.randrange(0x80)) for _ in range(draw.randrange(1, 10))),
        lambda: draw.choice("aA.-=*#_~ \n\u00e9\u4e00") * draw.randrange(1, 80),
    ]
    return draw.choice(kinds)()


def random_texts(seed, count, added):
    draw = random.Random(seed)
    texts = ["".join(part(draw, added) for _ in range(draw.randrange(1, 14)))
             for _ in range(count)]
    # And each code point once, between two letters, in long strings.
    codes = [c for c in range(0x110000) if not 0xD800 <= c < 0xE000]
    return texts + ["a".join(map(chr, codes[at:at + 512])) for at in range(0, len(codes), 512)]


def run_proctor(proctor, folder, texts):
    """The ids of each text, and the seconds that the program took."""
    with tempfile.TemporaryDirectory() as scratch:
        source, target = pathlib.Path(scratch, "in.jsonl"), pathlib.Path(scratch, "out.jsonl")
        source.write_text("".join(json.dumps({"text": text}) + "\n" for text in texts))
        command = [proctor, "model", "tokenize", folder, "--in", source, "--out", target]
        begin = time.perf_counter()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        seconds = time.perf_counter() - begin
        return [json.loads(line)["ids"] for line in target.read_text().splitlines()], seconds


def compare(proctor, folder, peer, texts):
    ours, _ = run_proctor(proctor, folder, texts)
    if len(ours) != len(texts):
        sys.exit(f"{folder}: {len(texts)} texts in, {len(ours)} answers out")
    differences = 0
    for text, ids in zip(texts, ours):
        expected = peer.encode(text, add_special_tokens=False).ids
        if ids == expected:
            continue
        differences += 1
        if differences <= 5:
            print(f"  {ascii(text)}\n    ours {ids}\n    peer {expected}")
    return differences


def speeds(proctor, folder, peer, lines):
    """Megabytes a second, ours and the peer's, over documents of 100 lines."""
    texts = ["".join(lines[at:at + 100]) for at in range(0, len(lines), 100)]
    megabytes = sum(len(text.encode()) for text in texts) / 1e6
    whole = min(run_proctor(proctor, folder, texts)[1] for _ in range(3))
    ours = max(whole - min(run_proctor(proctor, folder, [])[1] for _ in range(3)), 1e-3)
    begin = time.perf_counter()
    for text in texts:
        peer.encode(text, add_special_tokens=False)
    return megabytes / ours, megabytes / (time.perf_counter() - begin)


def main():
    arguments = argparse.ArgumentParser(description=__doc__,
                                        formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("proctor")
    arguments.add_argument("folders", nargs="+")
    arguments.add_argument("--count", type=int, default=100_000)
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--texts", help="a file of ordinary text, to measure speed over")
    options = arguments.parse_args()
    total = 0
    for folder in options.folders:
        file = pathlib.Path(folder, "tokenizer.json")
        peer = Tokenizer.from_file(str(file))
        added = [token["content"] for token in json.loads(file.read_text())["added_tokens"]]
        texts = random_texts(options.seed, options.count, added or [""])
        differences = compare(options.proctor, folder, peer, texts)
        total += differences
        print(f"{folder}: {differences} of {len(texts)} texts differ", flush=True)
        if options.texts:
            lines = pathlib.Path(options.texts).read_text().splitlines(keepends=True)
            ours, theirs = speeds(options.proctor, folder, peer, lines)
            print(f"  {ours:.1f} MB/s, peer {theirs:.1f} MB/s", flush=True)
    sys.exit(total != 0)


main()
