"""Writes code.jsonl: programming questions in LiveCodeBench's row schema, with their tests.

    python3 tasks/quickstart/make_code.py

The questions are of the kinds that the embedded model was trained on
(backends/engine/tiny/programs.py), and held out from its training by that folder's rule: the
SHA-256 of each begins with a hexadecimal 0. Inputs are drawn here, the small ones by hand, and the
outputs are those of the reference program. The same file comes out every time.
"""

import contextlib
import hashlib
import io
import json
import pathlib
import random
import re
import sys

FOLDER = pathlib.Path(__file__).parent
sys.path.insert(0, str(FOLDER / "../../backends/engine/tiny"))
sys.dont_write_bytecode = True
import programs  # noqa: E402: found through the line above

# How many questions of each family, and how hard those are by this set's own standard.
FAMILIES = {
    "number": (6, "easy"),
    "word_count_letter": (1, "easy"),
    "word_repeat": (1, "easy"),
    "word_first": (2, "easy"),
    "word_replace": (3, "medium"),
    "list_sum": (3, "medium"),
    "list_count": (2, "medium"),
    "list_list": (2, "medium"),
    "list_largest": (2, "hard"),
    "list_smallest": (2, "hard"),
}
PUBLIC, PRIVATE = 2, 6  # tests of each question

LISTS = [[5], [-3], [0, 0, 0], [12, -7, 30, 99, -50, 6], [99, 98, 97, 2, 1]]
WORDS = ["a", "abba", "zebra", "mississippi", "quicksort"]
NUMBERS = [[1, 1, 1], [2, 3, 4], [10, 7, 1], [99, 100, 12]]


def held_out(question):
    return hashlib.sha256(question.encode()).hexdigest()[0] == "0"


def inputs(r, family, question):
    """PUBLIC + PRIVATE different inputs."""
    texts = []
    while len(texts) < PUBLIC + PRIVATE:
        i = len(texts)
        if family == "number":
            count = 1 if "integer x." in question else 2 if "x and y." in question else 3
            numbers = NUMBERS[i] if i < len(NUMBERS) else [r.randint(1, 1000) for _ in range(3)]
            text = " ".join(map(str, numbers[:count])) + "\n"
        elif family.startswith("word"):
            # The letter that the question is about comes more often than others.
            letters = "abcdefghijklmnopqrstuvwxyz" + 4 * "".join(re.findall(r" ([b-z]) ", question))
            word = WORDS[i] if i < len(WORDS) else "".join(
                r.choice(letters) for _ in range(r.randint(5, 60)))
            text = word + "\n"
        else:
            numbers = LISTS[i] if i < len(LISTS) else [
                r.randint(-200, 200) for _ in range(r.randint(8, 40))]
            text = f"{len(numbers)}\n{' '.join(map(str, numbers))}\n"
        texts.append(text)
    # What a person would show first is neither the smallest case nor the largest.
    return texts[3:5] + texts[:3] + texts[5:] if family != "number" else texts


def output_of(program, text):
    lines = iter(text.splitlines())
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(program, {"input": lambda: next(lines)})
    return out.getvalue()


def tests_of(r, family, question, program):
    return [{"input": text, "output": output_of(program, text), "testtype": "stdin"}
            for text in inputs(r, family, question)]


def main():
    r = random.Random("quickstart-code 1")
    wanted = {family: count for family, (count, _) in FAMILIES.items()}
    seen, rows = set(), []  # but for their numbers, lists and numbers are asked for only once
    for _ in range(1_000_000):
        family, question, _, _, reply = programs.write(r, "python")
        shape = question if family.startswith("word") else re.sub(r"\d+", "", question)
        if not wanted.get(family) or shape in seen or not held_out(question):
            continue
        wanted[family] -= 1
        seen.add(shape)
        program = reply.removeprefix("```python\n").removesuffix("```")
        tests = tests_of(r, family, question, program)
        rows.append((family, question, tests))
        if not any(wanted.values()):
            break
    else:
        sys.exit(f"not enough questions that are held out: {wanted}")
    rows.sort(key=lambda row: list(FAMILIES).index(row[0]))
    with open(FOLDER / "code.jsonl", "w", encoding="utf-8", newline="\n") as out:
        for number, (family, question, tests) in enumerate(rows, start=1):
            out.write(json.dumps({
                "question_title": family.replace("_", " ").capitalize(),
                "question_content": question,
                "platform": "proctor",
                "question_id": f"code/{number}",
                "contest_id": "quickstart",
                "contest_date": "2026-11-22T00:00:00",
                "starter_code": "",
                "difficulty": FAMILIES[family][1],
                "public_test_cases": json.dumps(tests[:PUBLIC]),
                "private_test_cases": json.dumps(tests[PUBLIC:]),
                "metadata": "{}",
            }) + "\n")


main()
