"""Races proctor's judge against LiveCodeBench's official runner, on the same programs and tests.

    compare_lcb_runner.py PROCTOR LIVECODEBENCH [--programs 100] [--rounds 5] [--jobs 2]

LIVECODEBENCH is a checkout of github.com/LiveCodeBench/LiveCodeBench (28fef95 was used); its code
is run, not copied. Needs NumPy for it. Both get right programs that do next to nothing, so that
what is measured is the judging. They take turns; printed are the medians of programs and tests a
second, and the ratio of each round's times, its median and its range, since the speed of a shared
machine changes more than either. proctor's time is that of the whole program, start to end, of which
some 0.3 s are the start of its sandbox; the official runner's begins when its modules are loaded.
Exit status 1 if a verdict differs.

proctor runs each test in a process of its own, in a box that the tests of a program share as long as
they leave it as it was; with --mode lcb-compat it does as the official runner does, all tests of a
program in one process, but in a box.

"forks alone" is the ratio that a judge would have whose tests cost nothing but their processes: an
interpreter with the modules imported that programs may use forks as often, as many at a time, and
the new process ends at once. No judge that gives each test a process of its own can be much faster.
"""

import argparse
import contextlib
import importlib
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time
import types


class NoProgressBar:
    """In place of tqdm, which the official runner wants to show its progress with."""

    def __init__(self, *_, **__):
        pass

    def __enter__(self):
        return self

    def __exit__(self, *_):
        return False

    def update(self, *_):
        pass


def official_metrics(checkout):
    """The official runner's entry, without the rest of its package, which wants far more modules."""
    sys.modules["tqdm"] = types.SimpleNamespace(tqdm=NoProgressBar)
    for name in ("lcb_runner", "lcb_runner.evaluation"):
        package = types.ModuleType(name)
        package.__path__ = [str(pathlib.Path(checkout, *name.split(".")))]
        sys.modules[name] = package
    module = importlib.import_module("lcb_runner.evaluation.compute_code_generation_metrics")
    return module.codegen_metrics


def run_official(checkout, jobs_file, workers):
    """Runs the jobs and prints the seconds it took and whether all were right."""
    codegen_metrics = official_metrics(checkout)
    samples, programs = [], []
    for line in open(jobs_file):
        job = json.loads(line)
        tests = {"inputs": [t["input"] for t in job["tests"]],
                 "outputs": [t["output"] for t in job["tests"]]}
        if job["mode"] == "function":
            tests["fn_name"] = job["function"]
        samples.append({"input_output": json.dumps(tests)})
        programs.append([job["code"]])
    begin = time.monotonic()
    with open(os.devnull, "w") as nowhere, contextlib.redirect_stdout(nowhere):
        metrics = codegen_metrics(samples, programs, k_list=[1], num_process_evaluate=workers)
    seconds = time.monotonic() - begin
    print(json.dumps({"seconds": seconds, "all_right": float(metrics[0]["pass@1"]) == 1.0}))


def stdin_job(number, tests):
    """A program that adds numbers up. Each is another text, so that nothing can be cached."""
    return {"id": number, "language": "python3", "mode": "stdin", "checker": "lcb",
            "code": f"x = {number}\nn = int(input())\nprint(sum(map(int, input().split())))\n",
            "time_limit_s": 6, "memory_limit_mb": 1024,
            "tests": [{"input": f"3\n1 2 {i}\n", "output": f"{3 + i}\n"} for i in range(tests)]}


def function_job(number, tests):
    return {"id": number, "language": "python3", "mode": "function", "function": "total",
            "code": f"x = {number}\nclass Solution:\n    def total(self, a: List[int], b):\n"
                    "        return sum(a) + b\n",
            "time_limit_s": 6, "memory_limit_mb": 1024,
            "tests": [{"input": f"[1, 2]\n{i}", "output": f"{3 + i}"} for i in range(tests)]}


WORKLOADS = [("stdin", stdin_job, 1), ("stdin", stdin_job, 20), ("stdin", stdin_job, 100),
             ("function", function_job, 20)]


def time_official(options, jobs_file):
    run = subprocess.run([sys.executable, __file__, "--official", str(jobs_file), options.proctor,
                          options.livecodebench, "--jobs", str(options.jobs)],
                         stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, check=True)
    result = json.loads(run.stdout.splitlines()[-1])
    return result["seconds"], result["all_right"]


def time_proctor(options, jobs_file, out_file):
    begin = time.monotonic()
    subprocess.run([options.proctor, "judge", "--in", str(jobs_file), "--out", str(out_file),
                    "--jobs", str(options.jobs), "--mode", options.mode],
                   stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
    seconds = time.monotonic() - begin
    return seconds, all(json.loads(line)["verdict"] == "AC" for line in open(out_file))


FORKS = """
import bisect, collections, copy, datetime, functools, gc, heapq, io, itertools, json, math, operator
import os, random, re, statistics, string, sys, time, typing
gc.collect()
gc.freeze()
begin = time.monotonic()
for _ in range(int(sys.argv[1])):
    child = os.fork()
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)
print(time.monotonic() - begin)
"""


def time_forks(options, forks):
    """Seconds in which `jobs` interpreters fork so often together; their start is not counted."""
    command = ["/usr/bin/python3", "-s", "-S", "-c", FORKS, str(forks // options.jobs)]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE) for _ in range(options.jobs)]
    return max(float(process.communicate()[0]) for process in running)


def race(options, folder, name, make_job, tests):
    jobs_file = folder / "jobs.jsonl"
    with open(jobs_file, "w") as file:
        for number in range(options.programs):
            file.write(json.dumps(make_job(number, tests)) + "\n")
    official, ours, forks = [], [], []
    all_right = True
    for _ in range(options.rounds):
        for times, (seconds, right) in (
                (official, time_official(options, jobs_file)),
                (ours, time_proctor(options, jobs_file, folder / "out.jsonl"))):
            times.append(seconds)
            all_right = all_right and right
        forks.append(time_forks(options, options.programs * tests))
    ratios = [a / b for a, b in zip(official, ours)]
    limits = [a / b for a, b in zip(official, forks)]
    speeds = [options.programs / statistics.median(times) for times in (official, ours)]
    print(f"{name:8} {tests:4} tests | official {speeds[0]:7.1f} programs/s "
          f"{speeds[0] * tests:8.1f} tests/s | proctor {speeds[1]:7.1f} programs/s "
          f"{speeds[1] * tests:8.1f} tests/s | {statistics.median(ratios):5.2f}x "
          f"({min(ratios):.2f} to {max(ratios):.2f}) | forks alone "
          f"{statistics.median(limits):5.2f}x" + ("" if all_right else " | VERDICTS DIFFER"),
          flush=True)
    return all_right


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("proctor")
    parser.add_argument("livecodebench")
    parser.add_argument("--programs", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--jobs", type=int, default=2, help="workers of both")
    parser.add_argument("--mode", default="process", choices=["process", "lcb-compat"])
    parser.add_argument("--official", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.official:
        run_official(options.livecodebench, options.official, options.jobs)
        return 0
    with tempfile.TemporaryDirectory() as folder:
        same = [race(options, pathlib.Path(folder), *workload) for workload in WORKLOADS]
    return 0 if all(same) else 1


if __name__ == "__main__":
    sys.exit(main())
