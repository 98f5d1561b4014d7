"""Judges every program with a known verdict in the developers' shared data, and lists what differs.

    labelled_programs.py PROCTOR DATA [--mode process|lcb-compat] [--rounds 1] [--only NAME]
                         [-- MORE OPTIONS OF proctor judge]

DATA is the folder that holds judge/ and livecodebench/. The sets: "synthetic" (labels of ordinary
processes, compared as words, since the labels know no prelude; process mode only), "lcb_probes" and
"lcb_regrade" (process_here, or official_here for lcb-compat). Takes minutes: programs that are too
slow are run to their limit. Programs that were too slow where the labels were made may not be
here, and the other way round; threads that nobody joins are a race under lcb-compat.
Exit status 1 if anything differs.
"""

import argparse
import base64
import io
import json
import pathlib
import pickle
import subprocess
import sys
import tempfile
import zlib

VERDICTS = {"OK": "AC", "WRONG_ANSWER": "WA", "TIME_LIMIT_EXCEEDED": "TLE", "RUNTIME_ERROR": "RE",
            "RTE": "RE"}


class TextOnly(pickle.Unpickler):
    """Refuses every class: the files hold one text each."""

    def find_class(self, module, name):
        raise pickle.UnpicklingError(f"{module}.{name} in a file that should hold a text")


def rows_of(path):
    with open(path) as file:
        return [json.loads(line) for line in file]


def tests_of(row):
    public, private = json.loads(row["public_test_cases"]), row["private_test_cases"]
    try:
        private = json.loads(private)
    except json.JSONDecodeError:
        packed = zlib.decompress(base64.b64decode(private))
        private = json.loads(TextOnly(io.BytesIO(packed)).load())
    return [{"input": t["input"], "output": t["output"]} for t in public + private]


def job(id, language, code, function, tests, checker):
    made = {"id": id, "language": language, "code": code, "mode": "function" if function else "stdin",
            "tests": tests, "time_limit_s": 6, "memory_limit_mb": 1024, "checker": checker}
    return made | ({"function": function} if function else {})


def synthetic(data, _):
    folder = data / "livecodebench" / "synthetic"
    problems = {row["question_id"]: row for row in rows_of(folder / "test.jsonl")}
    tests = {id: tests_of(row) for id, row in problems.items()}
    for row in rows_of(folder / "solutions.jsonl"):
        id = row["question_id"]
        function = json.loads(problems[id]["metadata"]).get("func_name")
        yield (job(row["solution_id"], row["language"], row["code"], function, tests[id], "tokens"),
               (VERDICTS[row["verdict"]], row["first_failed_test"]))


def judged_before(data, mode, name):
    for row in rows_of(data / "judge" / f"{name}.jsonl"):
        tests = [{"input": t["input"], "output": t["output"]} for t in row["tests"]]
        made = job(row["id"], "python3", row["code"], row["fn_name"], tests, "lcb")
        if mode == "lcb-compat":
            yield made, row["official_here"]["error_code"]
        else:
            verdicts = [VERDICTS.get(verdict, verdict) for verdict in row["process_here"]]
            failed = [i for i, verdict in enumerate(verdicts) if verdict != "AC"]
            yield made, (verdicts[failed[0]], failed[0]) if failed else ("AC", None)


SETS = {"synthetic": synthetic,
        "lcb_probes": lambda data, mode: judged_before(data, mode, "lcb_probes"),
        "lcb_regrade": lambda data, mode: judged_before(data, mode, "lcb_regrade")}


def found(result, mode):
    failure = result.get("first_failure", {})
    if mode == "lcb-compat":
        return failure.get("lcb_code")
    return result["verdict"], failure.get("test")


def judge(options, jobs):
    with tempfile.TemporaryDirectory() as folder:
        in_file, out_file = pathlib.Path(folder, "in.jsonl"), pathlib.Path(folder, "out.jsonl")
        in_file.write_text("".join(json.dumps(made) + "\n" for made in jobs))
        # Exit status 3 says that something could not be judged; its line says what.
        run = subprocess.run([options.proctor, "judge", "--in", in_file, "--out", out_file,
                              "--mode", options.mode, *options.more], stderr=subprocess.DEVNULL)
        if run.returncode not in (0, 3):
            sys.exit(f"proctor judge: exit status {run.returncode}")
        return {row["id"]: row for row in rows_of(out_file)}


def compare(options, name):
    labelled = list(SETS[name](pathlib.Path(options.data), options.mode))
    results = judge(options, [made for made, _ in labelled])
    differ = 0
    for made, expected in labelled:
        result = results[made["id"]]
        if found(result, options.mode) != expected:
            differ += 1
            print(f"  {made['id']}: expected {expected}, found {found(result, options.mode)}, "
                  f"{result['cpu_ms']} ms, {result.get('first_failure', {}).get('detail', '')}")
    print(f"{name}: {len(labelled)} programs, {differ} differ", flush=True)
    return differ


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("proctor")
    parser.add_argument("data")
    parser.add_argument("--mode", default="process", choices=["process", "lcb-compat"])
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--only", choices=list(SETS))
    end = sys.argv.index("--") if "--" in sys.argv else len(sys.argv)
    options = parser.parse_args(sys.argv[1:end])
    options.more = sys.argv[end + 1 :]  # argparse knows no end of options before a list
    names = [options.only] if options.only else list(SETS)
    if options.mode == "lcb-compat":
        names = [name for name in names if name != "synthetic"]
    differ = sum(compare(options, name) for _ in range(options.rounds) for name in names)
    return 1 if differ else 0


if __name__ == "__main__":
    sys.exit(main())
