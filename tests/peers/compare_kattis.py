#!/usr/bin/env python3
"""Judges the submissions of problem packages in Kattis format and compares with their labels.

    python3 tests/peers/compare_kattis.py build/dev/proctor FOLDER...

FOLDER holds packages (folders with a problem.yaml), for example a checkout of DOMjudge/domjudge
(example_problems), Kattis/problemtools (examples) or of the contests of Kodsport, none of which is
part of this project. Single-file submissions in C, C++ and Python 3 are judged; the folder they lie
in is their label, or the @EXPECTED_RESULTS@ in their text (DOMjudge's manual, "Judging topics").
A package without a time limit gets 2.5 times what its slowest accepted submission took.

Prints the agreement of each package and every disagreement. Needs Python 3.9 and nothing else.
"""

import json
import pathlib
import re
import subprocess
import sys
import tempfile

LANGUAGES = {".c": "c11", ".cc": "cpp17", ".cpp": "cpp17", ".py": "python3", ".py3": "python3"}
VERDICT_OF_LABEL = {
    "accepted": {"AC"},
    "correct": {"AC"},
    "wrong_answer": {"WA"},
    "wrong-answer": {"WA"},
    "no-output": {"WA"},
    "time_limit_exceeded": {"TLE"},
    "timelimit": {"TLE"},
    "run_time_error": {"RE", "MLE"},
    "run-error": {"RE", "MLE"},
    "compiler_error": {"CE"},
    "compiler-error": {"CE"},
    "output_limit": {"OLE"},
    "output-limit": {"OLE"},
}
GENEROUS_SECONDS = 20
SLACK = 2.5  # over the slowest accepted submission
MOST_TEST_BYTES = 3_000_000


def text_of(path):
    return path.read_bytes().decode("utf-8", "replace")


def tests_of(package):
    tests = []
    for group in ("sample", "secret"):
        for answer in sorted((package / "data" / group).rglob("*.ans")):
            question = answer.with_suffix(".in")
            if not question.exists():
                continue
            if question.stat().st_size + answer.stat().st_size > MOST_TEST_BYTES:
                continue
            tests.append({"input": text_of(question), "output": text_of(answer)})
    return tests


def helper_in(folder):
    """The package's own validator, if it is one source file and headers beside it."""
    sources = [p for p in sorted(folder.rglob("*")) if p.suffix in LANGUAGES]
    headers = [p for p in sorted(folder.rglob("*")) if p.suffix in (".h", ".hpp")]
    if len(sources) != 1:
        return None
    return {
        "language": LANGUAGES[sources[0].suffix],
        "code": text_of(sources[0]),
        "files": {header.name: text_of(header) for header in headers},
        "convention": "kattis",
    }


def how_to_check(package):
    """The fields of a judge line that say how answers are checked; None if it cannot be said."""
    settings = text_of(package / "problem.yaml")
    flags = re.search(r"^\s*validator_flags:\s*(.*)$", settings, re.M)
    flags = flags.group(1).strip("'\" ") if flags else ""
    interactive = re.search(r"validation:.*interactive|pass: interactive|type:.*interactive", settings)
    if "multi-pass" in settings:  # the judge runs a program once a test
        return None
    folders = [package / n for n in ("output_validators", "output_validator")]
    own = next((f for f in folders if f.is_dir()), None)
    if own is None:
        tolerance = re.search(r"float\w*tolerance\s+(\S+)", flags)
        return {"mode": "stdin", "checker": f"float:{tolerance.group(1)}" if tolerance else "tokens"}
    helper = helper_in(own)
    if helper is None or flags:
        return None
    if interactive:
        return {"mode": "interactive", "interactor": helper}
    return {"mode": "stdin", "checker": helper}


def allowed(path, code):
    stated = re.search(r"@EXPECTED_RESULTS@:\s*([A-Z, -]+)", code)
    if stated:
        names = [name.strip().lower() for name in stated.group(1).split(",")]
    else:
        names = [path.parent.name]
    verdicts = [VERDICT_OF_LABEL.get(name) for name in names]
    return None if None in verdicts else set().union(*verdicts)


def submissions_of(package):
    """(path, code, allowed verdicts) of those that are one file in a language of ours."""
    for path in sorted((package / "submissions").glob("*/*")):
        if not path.is_file() or path.suffix not in LANGUAGES:
            continue
        code = text_of(path)
        if path.suffix == ".py" and re.search(r"^#!.*python2|^\s*print [^(]", code, re.M):
            continue
        verdicts = allowed(path, code)
        if verdicts:
            yield path, code, verdicts


def judge(proctor, lines):
    with tempfile.TemporaryDirectory() as folder:
        source, target = pathlib.Path(folder, "in.jsonl"), pathlib.Path(folder, "out.jsonl")
        source.write_text("".join(json.dumps(line) + "\n" for line in lines))
        subprocess.run([proctor, "judge", "--in", source, "--out", target], check=True)
        return [json.loads(line) for line in target.read_text().splitlines()]


def time_limit(package, proctor, line_of, submissions):
    for name in (".timelimit", "domjudge-problem.ini"):
        if (package / name).exists():
            found = re.search(r"[0-9.]+", text_of(package / name))
            if found:
                return float(found.group())
    right = [line_of(p, code, GENEROUS_SECONDS) for p, code, v in submissions if v == {"AC"}]
    slowest = max([row["cpu_ms"] for row in judge(proctor, right)] or [0])
    return max(1.0, SLACK * slowest / 1000)


def compare(proctor, package):
    tests, checking = tests_of(package), how_to_check(package)
    submissions = list(submissions_of(package))
    if not tests or not submissions or checking is None:
        return None

    def line_of(path, code, seconds):
        return {"id": str(path.relative_to(package)), "language": LANGUAGES[path.suffix],
                "code": code, "tests": tests, "time_limit_s": seconds,
                "memory_limit_mb": 1024, **checking}

    seconds = time_limit(package, proctor, line_of, submissions)
    rows = judge(proctor, [line_of(path, code, seconds) for path, code, _ in submissions])
    agreed = 0
    for (path, _, verdicts), row in zip(submissions, rows):
        if row["verdict"] in verdicts:
            agreed += 1
            continue
        failure = row.get("first_failure", {})
        print(f"  {package.name}/{path.parent.name}/{path.name}: {row['verdict']}, "
              f"labelled {'/'.join(sorted(verdicts))}: {failure.get('detail', '')[:200]!r}")
    print(f"{package.name}: {agreed} of {len(rows)} agree "
          f"({len(tests)} tests, {seconds:.1f} s)", flush=True)
    return agreed, len(rows)


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    proctor = sys.argv[1]
    agreed = total = 0
    for folder in sys.argv[2:]:
        for settings in sorted(pathlib.Path(folder).rglob("problem.yaml")):
            result = compare(proctor, settings.parent)
            if result is None:
                print(f"{settings.parent.name}: left out (nothing of it can be judged here)")
                continue
            agreed, total = agreed + result[0], total + result[1]
    print(f"in all: {agreed} of {total} agree")


if __name__ == "__main__":
    main()
