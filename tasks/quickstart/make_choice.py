"""Writes choice.jsonl: multiple-choice questions of school science in GPQA's columns.

    python3 tasks/quickstart/make_choice.py

The questions are of the kinds that the embedded model was trained on
(backends/engine/tiny/questions.py), and held out from its training by that folder's rule: the
SHA-256 of each begins with a hexadecimal 0. The same file comes out every time.
"""

import json
import pathlib
import random
import sys

FOLDER = pathlib.Path(__file__).parent
sys.path.insert(0, str(FOLDER / "../../backends/engine/tiny"))
sys.dont_write_bytecode = True
import questions  # noqa: E402: found through the line above

# How many questions of each family, and what they are about.
FAMILIES = {
    "speed": (1, "Physics", "Mechanics"),
    "newton": (2, "Physics", "Mechanics"),
    "ohm": (2, "Physics", "Electricity"),
    "wave": (1, "Physics", "Waves"),
    "neutrons": (2, "Chemistry", "Atoms"),
    "ion": (1, "Chemistry", "Atoms"),
    "half_life": (1, "Chemistry", "Radioactivity"),
    "genetics": (2, "Biology", "Genetics"),
}


def main():
    r = random.Random("quickstart-choice 1")
    rows = []
    for name, (count, domain, subdomain) in FAMILIES.items():
        family = getattr(questions, name)
        seen = set()
        while len(seen) < count:
            question, _, answer, wrong, unit = family(r)
            if question in seen or not questions.held_out(question):
                continue
            seen.add(question)
            right, *others = [f"{value}{unit}" for value in [answer] + wrong]
            rows.append({
                "Record ID": f"choice/{len(rows) + 1}",
                "Question": question,
                "Correct Answer": right,
                "Incorrect Answer 1": others[0],
                "Incorrect Answer 2": others[1],
                "Incorrect Answer 3": others[2],
                "High-level domain": domain,
                "Subdomain": subdomain,
            })
    with open(FOLDER / "choice.jsonl", "w", encoding="utf-8", newline="\n") as out:
        for row in rows:
            out.write(json.dumps(row) + "\n")


main()
