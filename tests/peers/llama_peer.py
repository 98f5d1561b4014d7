"""What llama_server.py is made of: a llama-server on loopback, and a bench that runs proctor
against it, compares what came with what the built-in engine says, and keeps the table's rows."""

import json
import os
import pathlib
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request

import tiny_gguf

ROOT = pathlib.Path(__file__).resolve().parents[2]
TINY = ROOT / "backends/engine/tiny"
# A near tie, in natural logarithms: bf16 keeps 8 bits of a number, and logits here are below 32.
NEAR_TIE = 0.15


def ask(url, body=None):
    """The JSON that a server answers, whatever its status."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as refused:
        return json.loads(refused.read())


class Server:
    """A llama-server on loopback, for a `with` statement; `start` and `kill` also by hand."""

    def __init__(self, bench, *arguments, port=0, wait=True):
        self.bench, self.arguments, self.wait = bench, arguments, wait
        self.port = bench.port + port
        self.root = f"http://127.0.0.1:{self.port}"
        self.url = self.root + "/v1"
        self.process = None

    def start(self):
        command = [self.bench.binary, "-m", self.bench.gguf, "--alias", "tiny", "--port",
                   str(self.port), "-t", "1", "-np", "4", "-c", "8192", *self.bench.server_args,
                   *self.arguments]
        with open(self.bench.scratch / f"server-{self.port}.log", "a") as log:
            self.process = subprocess.Popen([str(part) for part in command], stdout=log, stderr=log)
        while self.wait:
            if self.process.poll() is not None:
                sys.exit(f"llama-server ended with {self.process.returncode}; see {log.name}")
            try:
                if ask(self.root + "/health").get("status") == "ok":
                    break
            except OSError:
                time.sleep(0.05)
        return self

    def kill(self, how=signal.SIGKILL):
        self.process.send_signal(how)
        self.process.wait()

    __enter__ = start

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.kill(signal.SIGTERM)


class Bench:
    """The programs, the scratch folder, what the engine says, and the table's rows."""

    def __init__(self, options, scratch):
        self.proctor, self.binary = options.proctor, options.llama_server
        self.port, self.scratch = options.port, pathlib.Path(scratch)
        self.server_args = options.server_args.split()
        self.gguf = self.scratch / "tiny.gguf"
        tiny_gguf.convert(TINY, self.gguf)
        self.runs, self.rows, self.bad = 0, [], 0
        self.expected = {}

    def command(self, tasks, model, *flags):
        self.runs += 1
        return [str(self.proctor), "run", *tasks, "--model", model, "--quiet", "--fresh",
                "--backoff-max", "1", "--db", str(self.scratch / f"{self.runs}.db"), *flags]

    def samples(self, number):
        """The replies and the questions of one of our runs."""
        out = self.scratch / f"{number}.jsonl"
        subprocess.run([self.proctor, "export", "--db", self.scratch / f"{number}.db", "--private",
                        "--out", out], check=True, capture_output=True)
        lines = [json.loads(line) for line in out.read_text().splitlines()]
        prompts = {(line["task"], line["id"]): line["prompt"]
                   for line in lines if line["kind"] == "question"}
        return {(line["task"], line["question_id"], line["repeat"]): line | {
                    "prompt": prompts[line["task"], line["question_id"]]}
                for line in lines if line["kind"] == "sample"}

    def run(self, tasks, model, *flags, key=None):
        """Runs proctor to its end: exit status, stderr, and the samples."""
        environment = {name: value for name, value in os.environ.items() if "API_KEY" not in name}
        if key:
            environment["LLAMA_API_KEY"] = key
        done = subprocess.run(self.command(tasks, model, *flags), capture_output=True, text=True,
                              env=environment, timeout=900)
        exists = (self.scratch / f"{self.runs}.db").exists() and done.returncode in (0, 3)
        return done.returncode, done.stderr, self.samples(self.runs) if exists else {}

    def ask_server(self, servers, tasks, *flags, spec="llama-server/tiny", **options):
        urls = [word for server in servers for word in ("--base-url", server.url)]
        return self.run(tasks, spec, *urls, "--no-canary", *flags, **options)

    def engine(self, tasks, *flags):
        """What the built-in engine answers; computed once for each recipe."""
        name = (*tasks, *flags)
        if name not in self.expected:
            status, stderr, samples = self.run(tasks, "tiny", *flags, "--threads", "1")
            if status != 0:
                sys.exit(f"the built-in engine: exit {status}: {stderr}")
            self.expected[name] = samples
        return self.expected[name]

    def row(self, cell, samples=None, texts="", scores="", remark="", good=True):
        asked = answered = ""
        if samples is not None:
            asked = len(samples)
            answered = sum("reply" in sample for sample in samples.values())
        mark = "" if good else "  <-- !"
        self.rows.append((cell, asked, answered, texts, scores, remark + mark))
        self.bad += not good
        print("|".join(f" {column} " for column in map(str, self.rows[-1])), flush=True)

    def compare(self, cell, expected, samples, server=None, remark=""):
        """A row for samples that should be the engine's."""
        pairs = [(expected[at], samples.get(at, {})) for at in expected]
        scores = sum(verdict(ours) == verdict(theirs) for ours, theirs in pairs)
        unlike = [(ours, theirs) for ours, theirs in pairs if said(ours) != said(theirs)]
        ties = sum(server is not None and "reply" in theirs and
                   gap_at_difference(server, ours) < NEAR_TIE for ours, theirs in unlike)
        if unlike and server is not None:
            remark += "; " if remark else ""
            remark += f"{ties} of {len(unlike)} differences begin at a near tie"
        self.row(cell, samples, f"{len(pairs) - len(unlike)} of {len(pairs)}",
                 f"{scores} of {len(pairs)}", remark,
                 ties == len(unlike) and scores >= len(pairs) - ties)


def verdict(sample):
    return sample.get("score", {}).get("verdict")


def said(sample):
    """What the model generated after the template's <think>, however the server divided it. What
    only lies between thinking and answer is not sent where they come apart."""
    reply = sample.get("reply")
    if reply is None:
        return None
    thought, tag, answer = reply["text"].partition("</think>")
    if reply.get("reasoning"):
        thought, tag, answer = reply["reasoning"], "</think>", reply["text"]
    elif not tag:
        return thought.removeprefix("<think>\n")
    return thought.removeprefix("<think>\n").strip(), answer.strip()


def gap_at_difference(server, ours):
    """How much likelier the server finds its token than the next where it leaves our reply, asked
    once more; 0 if this time it does not leave it."""
    prompt = ours["prompt"]
    rendered = prompt[0]["content"]
    if prompt[0]["role"] != "raw":
        rendered = ask(server.root + "/apply-template", {"messages": prompt})["prompt"]
    answer = ask(server.root + "/completion", {
        "prompt": rendered, "n_predict": ours["reply"]["completion_tokens"], "n_probs": 2,
        "temperature": 0})
    text, said_so_far = ours["reply"]["text"].encode(), b""
    for token in answer["completion_probabilities"]:
        said_so_far += bytes(token["bytes"])
        if not text.startswith(said_so_far):
            first, second = token["top_logprobs"][:2]
            return first["logprob"] - second["logprob"]
    return 0.0


def last_line(text):
    return (text.strip().splitlines() or [""])[-1]
