"""Writes contest_quickstart-1.jsonl: how 200 imagined people did in the contest of our own.

    python3 tasks/quickstart/make_contest.py

Each has a rating, and solves a problem of difficulty d with the probability that Elo's model gives,
after some failed attempts and some minutes; points fall with both as in a Codeforces round. One in
forty takes part for the first time, plays as 1400 and is written as 0. The seed is fixed, so that
the file comes out the same.
"""

import hashlib
import json
import pathlib
import random

PROBLEMS = [("A", 500, 800), ("B", 1000, 1100), ("C", 1500, 1400), ("D", 2000, 2000)]
PEOPLE = 200
MINUTES = 120
NEWCOMER = 1400


def points_of(problem_points, minute, failures):
    left = problem_points - problem_points * minute // 250 - 50 * failures
    return max(left, problem_points * 3 // 10)


def result_of(rating, rng):
    total = 0
    minute = 0
    for _, points, difficulty in PROBLEMS:
        chance = 1 / (1 + 10 ** ((difficulty - rating) / 400))
        minute += rng.randint(3, 12) + int((1 - chance) * rng.randint(5, 40))
        failures = 0
        while rng.random() > chance and failures < 4:
            failures += 1
        solved = rng.random() < chance
        if solved and minute < MINUTES:
            total += points_of(points, minute, failures)
    return total


def field():
    rng = random.Random(20762)
    rows = []
    for person in range(PEOPLE):
        rating = min(max(round(rng.gauss(1350, 330)), 400), 2300)
        if person % 40 == 7:
            rating = NEWCOMER
            rows.append([result_of(rating, rng), 0, 0])
        else:
            rows.append([result_of(rating, rng), 0, rating])
    return sorted(rows, key=lambda row: (-row[0], row[1], -row[2]))


def line(value):
    return json.dumps(value, sort_keys=True, separators=(",", ":"))


def main():
    contest = line({
        "id": "quickstart-1",
        "name": "Quickstart contest",
        "rules": "CF",
        "start": 0,
        "problems": [{"index": i, "points": p, "rating": d} for i, p, d in PROBLEMS],
        "field": field(),
    })
    header = line({
        "proctor_contest": 1,
        "id": "quickstart-1",
        "sha256": hashlib.sha256(contest.encode()).hexdigest(),
        "source": "part of proctor: tasks/quickstart",
    })
    pathlib.Path(__file__).with_name("contest_quickstart-1.jsonl").write_text(f"{header}\n{contest}\n")


if __name__ == "__main__":
    main()
