#!/usr/bin/env python3
"""Compares proctor's grader of mathematics with Math-Verify, over labelled cases.

    compare_math_verify.py PROCTOR CASES.jsonl [--verdicts FILE] [--disagreements] [--speed BENCH]

CASES holds lines {"gold", "response", "expected"} with, if there, "id", "source", "tags" and the
"options" of Math-Verify's own tests. Each is graded by `PROCTOR grade math` and by Math-Verify as
its tests call it: its settings for the cases that give them, else LaTeX and plain expressions with
boxes first, a bare gold put in dollars. Prints for each source how often the two agree with the
labels, with and without the cases whose label is a house rule (tags policy:*, disputed), and their
CPU time per case; --disagreements lists where proctor and the label differ. --speed names the
benchmark tests/bench/grading_speed, which times proctor case by case, golds read once.

Math-Verify runs in a process beside this one; a case that it has not ended after 30 seconds is
counted as a verdict of "no". --verdicts takes its verdicts from a file of lines {"id", "verdict",
"cpu_ms"} instead, where a machine cannot run it.

Needs math-verify 0.8.0 with latex2sympy2_extended 1.10.2 and antlr4-python3-runtime 4.13.2:
    python3 -m venv VENV; VENV/bin/pip install math-verify==0.8.0 antlr4-python3-runtime==4.13.2
"""

import argparse
import collections
import json
import logging
import multiprocessing
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

LONGEST_CASE_S = 30


def identified(cases):
    for number, case in enumerate(cases):
        case.setdefault("id", f"case-{number}")
    return cases


def load(path):
    with open(path, encoding="utf-8") as lines:
        return [json.loads(line) for line in lines if line.strip()]


def grade_with_proctor(proctor, cases):
    """The lines that proctor writes, by id."""
    with tempfile.TemporaryDirectory() as folder:
        source = pathlib.Path(folder) / "in.jsonl"
        target = pathlib.Path(folder) / "out.jsonl"
        with open(source, "w", encoding="utf-8") as out:
            for case in cases:
                row = {key: case[key] for key in ("id", "gold", "response")}
                out.write(json.dumps(row, ensure_ascii=False) + "\n")
        subprocess.run([proctor, "grade", "math", "--in", source, "--out", target], check=True,
                       stderr=subprocess.DEVNULL)
        return {row["id"]: row for row in load(target)}


def in_dollars(text):
    """A bare expression as Math-Verify wants it: set as a formula."""
    bare = "$" not in text.replace("\\$", "") and "boxed" not in text
    return "$" + text + "$" if bare else text


class MathVerify:
    """Math-Verify with the settings that a case gives."""

    def __init__(self):
        import math_verify
        logging.disable(logging.CRITICAL)  # one warning a call that it runs without a timer
        self.verify = math_verify

    def targets(self, options):
        mv = self.verify
        named = {
            "latex": lambda: mv.LatexExtractionConfig(
                boxed_match_priority=50 if options else 0),
            "expr": mv.ExprExtractionConfig,
            "choice": lambda: mv.StringExtractionConfig(
                strings=tuple(options.get("choices", "ABCD"))),
        }
        return [named[name]() for name in options.get("targets", ["latex", "expr"])]

    def agrees(self, case):
        options = case.get("options", {})
        targets = self.targets(options)
        gold_text = case["gold"] if options else in_dollars(case["gold"])
        response = case["response"]
        if not options and "bare-expression" in case.get("tags", []):
            response = in_dollars(response)
        gold = self.verify.parse(gold_text, targets, parsing_timeout=None)
        answer = self.verify.parse(response, targets, parsing_timeout=None)
        return self.verify.verify(
            gold, answer, float_rounding=options.get("precision", 6),
            strict=options.get("strict", True),
            allow_set_relation_comp=options.get("allow_set_relation_comp", True),
            timeout_seconds=None)


def serve_math_verify(pipe):
    """A worker: cases in, (verdict, CPU milliseconds) out."""
    sys.setrecursionlimit(10_000)
    grader = MathVerify()
    while True:
        case = pipe.recv()
        before = time.process_time()
        try:
            verdict = bool(grader.agrees(case))
        except (Exception, RecursionError):
            verdict = False
        pipe.send((verdict, 1000 * (time.process_time() - before)))


class Worker:
    """Math-Verify in a process of its own, which can be killed: its longest computations are
    single calls of C, and no signal ends those."""

    def __init__(self):
        self.pipe, theirs = multiprocessing.Pipe()
        self.process = multiprocessing.Process(target=serve_math_verify, args=(theirs,),
                                               daemon=True)
        self.process.start()

    def grade(self, case):
        """(verdict, CPU milliseconds), or None if it took too long; then the worker is gone."""
        self.pipe.send(case)
        if self.pipe.poll(LONGEST_CASE_S):
            return self.pipe.recv()
        self.process.kill()
        self.process.join()
        return None


def grade_with_math_verify(cases):
    """(verdict, CPU milliseconds) by id."""
    worker = Worker()
    worker.grade(cases[0])  # imports are no part of any case
    results = {}
    for case in cases:
        result = worker.grade(case)
        if result is None:
            worker = Worker()
            worker.grade(cases[0])
        results[case["id"]] = result or (False, 1000 * LONGEST_CASE_S)
    return results


def is_policy(case):
    return any(tag.startswith("policy:") or tag == "disputed" for tag in case.get("tags", []))


def print_agreement(cases, ours, theirs):
    columns = "{:24} {:>6} {:>9} {:>12} {:>9} {:>12}"
    print(columns.format("source", "cases", "proctor", "Math-Verify", "proctor*", "Math-Verify*"))
    groups = collections.defaultdict(list)
    for case in cases:
        groups[case.get("source", "cases")].append(case)
    for name, group in [*sorted(groups.items()), ("all", cases)]:
        strict = [case for case in group if not is_policy(case)]

        def share(some, verdicts):
            right = sum(verdicts[case["id"]] == case["expected"] for case in some)
            return f"{100 * right / len(some):.2f} %" if some else "-"

        print(columns.format(name, len(group), share(group, ours), share(group, theirs),
                             share(strict, ours), share(strict, theirs)))
    print("* without the cases tagged policy:* or disputed")
    for name, verdicts in (("proctor", ours), ("Math-Verify", theirs)):
        false_yes = sum(verdicts[case["id"]] and not case["expected"] for case in cases)
        print(f"wrong answers accepted by {name}: {false_yes}")


def print_speed(bench, path, cases, times):
    """Ratios of CPU times, case by case; the benchmark's own summary goes to stderr."""
    run = subprocess.run([bench, path, "--each"], check=True, stdout=subprocess.PIPE, text=True)
    rows = [json.loads(line) for line in run.stdout.splitlines()]
    ours = {case["id"]: row["us"] / 1000 for case, row in zip(cases, rows)}
    mean = statistics.mean(times.values()) / statistics.mean(ours.values())
    median = statistics.median(times.values()) / statistics.median(ours.values())
    ratios = [times[key] / ours[key] for key in ours if ours[key] > 0]
    print(f"proctor {1000 * statistics.mean(ours.values()):.1f} us in the mean, "
          f"{1000 * statistics.median(ours.values()):.1f} us in the median: Math-Verify takes "
          f"{mean:.0f} times as long in the mean, {median:.0f} times in the median; "
          f"case by case {statistics.median(ratios):.0f} times in the median")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("proctor")
    parser.add_argument("cases")
    parser.add_argument("--verdicts")
    parser.add_argument("--disagreements", action="store_true")
    parser.add_argument("--speed")
    arguments = parser.parse_args()
    cases = identified(load(arguments.cases))

    rows = grade_with_proctor(arguments.proctor, cases)
    ours = {key: row["verdict"] == "correct" for key, row in rows.items()}

    if arguments.verdicts:
        timed = {row["id"]: (bool(row["verdict"]), row["cpu_ms"])
                 for row in load(arguments.verdicts)}
    else:
        timed = grade_with_math_verify(cases)
    theirs = {key: verdict for key, (verdict, _) in timed.items()}

    print_agreement(cases, ours, theirs)
    times = {case["id"]: timed[case["id"]][1] for case in cases}
    print(f"CPU per case: Math-Verify {statistics.mean(times.values()):.2f} ms in the mean, "
          f"{statistics.median(times.values()):.2f} ms in the median")
    if arguments.speed:
        print_speed(arguments.speed, arguments.cases, cases, times)
    if arguments.disagreements:
        for case in cases:
            if ours[case["id"]] == case["expected"]:
                continue
            row = rows[case["id"]]
            print(f"{case['id']}: expected {case['expected']}, {row['verdict']}: gold "
                  f"{case['gold'][:80]!r}, read {row['extracted'][:80]!r}: {row['explanation'][:120]}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
