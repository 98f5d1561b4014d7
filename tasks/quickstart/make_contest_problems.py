"""Writes contest_problems.jsonl: the four problems of a small contest, as rows of open-r1/codeforces.

    python3 tasks/quickstart/make_contest_problems.py

A, B and C are of kinds that the embedded model was trained on (backends/engine/tiny/programs.py),
and held out from its training by that folder's rule: the SHA-256 of each begins with a hexadecimal
0. D is of none of its kinds. The points and the people of the contest are make_contest.py's. The
same file comes out every time.
"""

import contextlib
import hashlib
import io
import json
import pathlib
import random
import sys

FOLDER = pathlib.Path(__file__).parent
sys.path.insert(0, str(FOLDER / "../../backends/engine/tiny"))
sys.dont_write_bytecode = True
import programs  # noqa: E402: found through the line above

CONTEST = "quickstart-1"
START = 1795341600  # 2026-11-22 10:00 UTC

PAIRS = ("The first line holds an integer n, the second line n integers. Print how many pairs of "
         "places i < j there are whose numbers differ by exactly 1.")
PAIRS_PROGRAM = """
from collections import Counter
n = int(input())
c = Counter(map(int, input().split()))
print(sum(c[x] * c[x + 1] for x in list(c)))
"""


def held_out(question):
    return hashlib.sha256(question.encode()).hexdigest()[0] == "0"


def asked_elsewhere():
    with open(FOLDER / "code.jsonl", encoding="utf-8") as rows:
        return {json.loads(row)["question_content"] for row in rows}


def draw(r, wanted):
    """The first question held out that `wanted` likes, and its program."""
    known = asked_elsewhere()
    for _ in range(1_000_000):
        family, question, _, _, reply = programs.write(r, "python")
        if wanted(family, question) and held_out(question) and question not in known:
            return question, reply.removeprefix("```python\n").removesuffix("```")
    sys.exit("no such question is held out")


def numbers_lines(r):
    lists = [[5], [0, 0, 0], [12, -7, 30, 99, -50, 6], [98, 97, 2, 1, 97]]
    lists += [[r.randint(-60, 60) for _ in range(r.randint(20, 60))] for _ in range(4)]
    return [f"{len(numbers)}\n{' '.join(map(str, numbers))}\n" for numbers in lists]


def words_lines(r):
    words = ["a", "abba", "zebra", "mississippi"]
    letters = "abcdefghijklmnopqrstuvwxyz"
    words += ["".join(r.choice(letters[:9]) for _ in range(r.randint(5, 60))) for _ in range(4)]
    return [word + "\n" for word in words]


def pairs_lines(r):
    return [f"{r.randint(1, 1000)} {r.randint(1, 1000)}\n" for _ in range(8)]


def output_of(program, text):
    lines = iter(text.splitlines())
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(program, {"input": lambda: next(lines)})
    return out.getvalue()


def row(index, title, question, program, inputs, rating, tags):
    tests = [{"input": text, "output": output_of(program, text)} for text in inputs]
    return {
        "id": f"{CONTEST}/{index}", "aliases": [], "contest_id": CONTEST,
        "contest_name": "Quickstart Round 1", "contest_type": "CF", "contest_start": START,
        "contest_start_year": 2026, "index": index, "time_limit": 2.0, "memory_limit": 256.0,
        "title": title, "description": question, "input_format": None, "output_format": None,
        "interaction_format": None, "note": None, "examples": [], "editorial": None,
        "rating": rating, "tags": tags, "testset_size": len(tests), "official_tests": tests,
        "official_tests_complete": True, "input_mode": "stdio", "generated_checker": None,
        "executable": True, "generated_tests": 0,
    }


def main():
    r = random.Random("quickstart-contest 1")
    sums = draw(r, lambda family, question: family == "number" and "x and y." in question)
    words = draw(r, lambda family, question: family == "word_replace")
    lists = draw(r, lambda family, question: family == "list_sum" and "that are" in question
                 and "of the numbers that" in question and "sum of the numbers" not in question)
    rows = [
        row("A", "Two Numbers", *sums, pairs_lines(r), 800, ["math"]),
        row("B", "Sifted Sum", *lists, numbers_lines(r), 1100, ["implementation"]),
        row("C", "Another Letter", *words, words_lines(r), 1400, ["strings"]),
        row("D", "Neighbours in Value", PAIRS, PAIRS_PROGRAM, numbers_lines(r), 2000,
            ["data structures"]),
    ]
    with open(FOLDER / "contest_problems.jsonl", "w", encoding="utf-8", newline="\n") as out:
        for item in rows:
            out.write(json.dumps(item) + "\n")


main()
