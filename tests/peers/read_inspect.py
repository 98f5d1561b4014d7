#!/usr/bin/env python3
"""Checks the logs that proctor writes for inspect_ai, and reads, against inspect_ai itself.

    python3 -m venv VENV && VENV/bin/pip install inspect_ai
    VENV/bin/python tests/peers/read_inspect.py build/dev/proctor [STORE RUN]

Has inspect evaluate a task of its own with its mock model (two epochs, reasoning apart, long inputs,
a reply cut at its limit, a scorer that leaves a sample unscored), imports each of its logs, as
.eval, as .json and with samples in pieces, and compares every sample. Then exports the imported runs,
and RUN of STORE if it is given, and reads those with inspect's reader. Prints what was compared
and every difference; exits 1 if there is one. Written for inspect_ai 0.3.285.
"""

import itertools
import json
import math
import pathlib
import subprocess
import sys
import tempfile

from inspect_ai import Task, eval as evaluate, task
from inspect_ai.dataset import Sample
from inspect_ai.log import read_eval_log, read_eval_log_sample_summaries
from inspect_ai.model import (ChatCompletionChoice, ChatMessageAssistant, ContentReasoning,
                              ContentText, ModelOutput, ModelUsage, get_model)
from inspect_ai.scorer import Score, match, mean, scorer
from inspect_ai.solver import generate, system_message

QUESTIONS = 4
VERDICT = {"C": "correct", "I": "wrong", "N": "no_answer", 1.0: "correct", 0.0: "wrong"}
FINISH = {"stop": "stop", "max_tokens": "length", "model_length": "length",
          "content_filter": "content_filter"}


@scorer(metrics=[mean()])
def odd():
    async def score(state, target):
        number = int(state.sample_id)
        return Score(value=math.nan if number == 3 else float(number % 2), answer=str(number))
    return score


@task
def sums(which):
    samples = [Sample(id=str(i), input=f"What is 1+{i}? " + "so " * (200 if i == 2 else 0),
                      target=str(1 + i), metadata={"level": str(i)}) for i in range(QUESTIONS)]
    return Task(dataset=samples, solver=[system_message("Be exact."), generate()],
                scorer=match() if which == "match" else odd(), epochs=2)


def mock_output(i):
    content = [ContentReasoning(reasoning=f"one and {i}"), ContentText(text=f"It is {1 + i % 3}")]
    return ModelOutput(
        model="mock", usage=ModelUsage(input_tokens=5, output_tokens=7, total_tokens=12,
                                       reasoning_tokens=3),
        choices=[ChatCompletionChoice(message=ChatMessageAssistant(content=content),
                                      stop_reason="max_tokens" if i == 1 else "stop")])


def write_logs(folder):
    """inspect's own logs in three shapes."""
    for which, shape in (("match", "eval"), ("odd", "eval"), ("match", "json")):
        outputs = (mock_output(i % QUESTIONS) for i in itertools.count())
        evaluate(sums(which), model=get_model("mockllm/model", custom_outputs=outputs),
                 log_dir=str(folder / shape), display="none", max_samples=1, log_format=shape)
    inspect = pathlib.Path(sys.executable).parent / "inspect"
    subprocess.run([inspect, "log", "convert-chunked", folder / "eval", "--output-dir",
                    folder / "pieces"], check=True, stdout=subprocess.DEVNULL)
    return sorted(p for p in folder.rglob("*") if p.suffix in (".eval", ".json"))


class Check:
    def __init__(self):
        self.compared = 0
        self.differences = []

    def equal(self, place, ours, theirs):
        self.compared += 1
        same = ours == theirs or (isinstance(ours, float) and isinstance(theirs, float)
                                  and math.isnan(ours) and math.isnan(theirs))
        if not same:
            self.differences.append(f"{place}: {ours!r} is not {theirs!r}")


def reply_of(sample):
    """Text and reasoning of an inspect sample."""
    if not sample.output.choices:
        return None, None
    content = sample.output.choices[0].message.content
    if isinstance(content, str):
        return content, ""
    text = "".join(part.text for part in content if part.type == "text")
    return text, "".join(part.reasoning for part in content if part.type == "reasoning")


def export_jsonl(proctor, store, run, out):
    subprocess.run([proctor, "export", run, "--private", "--out", out, "--db", store], check=True,
                   stderr=subprocess.DEVNULL)
    return [json.loads(line) for line in open(out, encoding="utf-8")]


def compare_import(check, log, rows):
    """What proctor made of a log against what inspect's reader says is in it."""
    questions = [row["id"] for row in rows if row["kind"] == "question"]
    ours = {(questions[row["question"]], row["repeat"] + 1): row
            for row in rows if row["kind"] == "sample"}
    check.equal("samples", len(ours), len(log.samples))
    for sample in log.samples:
        place = f"{log.location} {sample.id} epoch {sample.epoch}"
        row = ours[(str(sample.id), sample.epoch)]
        text, reasoning = reply_of(sample)
        check.equal(place + " text", row["reply"]["text"], text)
        check.equal(place + " reasoning", row["reply"].get("reasoning", ""), reasoning)
        check.equal(place + " finish", row["reply"]["finish"], FINISH[sample.output.stop_reason])
        check.equal(place + " tokens", row["reply"]["completion_tokens"],
                    sample.output.usage.output_tokens)
        value = next(iter(sample.scores.values())).value
        check.equal(place + " verdict", row.get("score", {}).get("verdict"), VERDICT.get(value))


def compare_export(check, path, rows):
    """What inspect's reader says is in a log that proctor wrote against proctor's own lines."""
    log = read_eval_log(str(path))
    index = [i for i, t in enumerate(rows[0]["tasks"]) if t["task"] == log.eval.task][0]
    questions = [r["id"] for r in rows if r["kind"] == "question" and r["task"] == index]
    ours = [row for row in rows if row["kind"] == "sample" and row["task"] == index]
    theirs = {(str(sample.id), sample.epoch): sample for sample in log.samples}
    check.equal(f"{path} samples", len(theirs), len(ours))
    check.equal(f"{path} summaries", len(read_eval_log_sample_summaries(str(path))), len(ours))
    for row in ours:
        place = f"{path} {questions[row['question']]} repeat {row['repeat']}"
        sample = theirs[(questions[row["question"]], row["repeat"] + 1)]
        text, reasoning = reply_of(sample)
        check.equal(place + " text", text, row.get("reply", {}).get("text"))
        if "reply" in row:
            check.equal(place + " reasoning", reasoning, row["reply"].get("reasoning", ""))
        value = next(iter(sample.scores.values())).value
        verdict = row.get("score", {}).get("verdict")
        check.equal(place + " verdict", VERDICT.get(value),
                    None if verdict == "undecided" else verdict)


def main():
    if len(sys.argv) not in (2, 4):
        sys.exit(__doc__)
    proctor = sys.argv[1]
    check = Check()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        store = folder / "a.db"
        runs = []
        for path in write_logs(folder):
            subprocess.run([proctor, "import", path, "--format", "inspect", "--db", store],
                           check=True, stdout=subprocess.DEVNULL)
            runs.append((store, str(len(runs) + 1)))
            rows = export_jsonl(proctor, *runs[-1], folder / "a.jsonl")
            # inspect 0.3.285 writes samples in pieces, but its reader does not put them together.
            whole = folder / "eval" / path.name if folder / "pieces" in path.parents else path
            compare_import(check, read_eval_log(str(whole)), rows)
        for number, (db, run) in enumerate(runs + ([tuple(sys.argv[2:])] if sys.argv[2:] else [])):
            out = folder / f"out{number}"
            rows = export_jsonl(proctor, db, run, folder / "a.jsonl")
            subprocess.run([proctor, "export", run, "--format", "inspect", "--private", "--out",
                            out, "--db", db], check=True, stderr=subprocess.DEVNULL)
            written = sorted(out.iterdir()) if out.is_dir() else [out.rename(str(out) + ".eval")]
            for path in written:
                compare_export(check, path, rows)
    for difference in check.differences[:50]:
        print(difference)
    print(f"{check.compared} values compared, {len(check.differences)} differ")
    sys.exit(1 if check.differences else 0)


if __name__ == "__main__":
    main()
