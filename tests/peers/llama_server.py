"""Evaluates the tiny model behind a real llama-server, in every way that proctor can ask it.

    llama_server.py PROCTOR LLAMA_SERVER [--port 18080] [--only CELL...] [--server-args "..."]

LLAMA_SERVER is the binary of llama.cpp (cmake --build BUILD --target llama-server); nothing is
built here. The model is backends/engine/tiny, converted by tiny_gguf.py (numpy and gguf from PyPI).
Each cell starts the servers that it needs on loopback, runs PROCTOR against them and compares the
replies with those of the built-in engine on the same weights. Prints one table; `texts` counts
replies that are equal to the byte, `scores` verdicts that are. Exit status 1 if a cell is not as it
should be.

Replies at temperature 0 may differ where two tokens are nearly as likely: the server's arithmetic
depends on what shares a batch and on what of the prompt it has cached. Of each reply that differs
the server itself is asked how far apart the two tokens are.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
import unicodedata

from llama_peer import TINY, Bench, Server, ask, last_line, said, verdict

TASKS = ["quickstart-aime", "quickstart-math", "quickstart-choice"]  # 32 questions
GREEDY = ["--samples", "1", "--temperature", "0"]
# A template that tells the server of the thinking, which it then sends apart.
THINKING_TEMPLATE = (
    "{{ bos_token }}{% for message in messages %}{% if message['role'] == 'assistant' %}"
    "{{ '<|assistant|>' }}{% if message.reasoning_content %}"
    "{{ '<think>\n' + message.reasoning_content + '\n</think>\n\n' }}{% endif %}"
    "{{ message['content'] + eos_token }}{% else %}{{ '<|user|>' + message['content'] }}{% endif %}"
    "{% endfor %}{% if add_generation_prompt %}{{ '<|assistant|><think>\n' }}{% endif %}")


def tokens(bench):
    """The server's tokenizer and template are those of the checkpoint."""
    texts, conversations = [], []
    for sample in bench.engine(TASKS + ["quickstart-code"], *GREEDY).values():
        conversations.append(sample["prompt"])
        texts += [sample["prompt"][0]["content"], sample["reply"]["text"]]
    extra = ["naïve café Straße Пример 数学の問題 안녕 😀👩‍👩‍👧‍👦", "x²³ ½ Ⅳ 12,345", "\r\n\t  a  b\n\n",
             "I'LL we've"]
    texts += extra + [text[at::2] + extra[at % 4] for at, text in enumerate(texts[:100])]
    texts = [unicodedata.normalize("NFC", text) for text in texts]
    with Server(bench) as server:
        theirs = [ask(server.root + "/tokenize", {"content": text, "parse_special": True})["tokens"]
                  for text in texts]
        rendered = [ask(server.root + "/apply-template", {"messages": messages})["prompt"]
                    for messages in conversations]
    ours = tool(bench, "tokenize", [{"text": text} for text in texts], "ids")
    templates = tool(bench, "render", [{"messages": messages, "add_generation_prompt": True}
                                       for messages in conversations], "text")
    same = sum(a == b for a, b in zip(ours, theirs))
    prompts = sum(a == b for a, b in zip(templates, rendered))
    bench.row("tokens and template", texts=f"{same} of {len(texts)}", good=same == len(texts) and
              prompts == len(rendered), remark=f"{prompts} of {len(rendered)} prompts equal")


def tool(bench, verb, lines, field):
    source, target = bench.scratch / "in.jsonl", bench.scratch / "out.jsonl"
    source.write_text("".join(json.dumps(line) + "\n" for line in lines))
    subprocess.run([bench.proctor, "model", verb, TINY, "--in", source, "--out", target],
                   check=True, capture_output=True)
    return [json.loads(line)[field] for line in target.read_text().splitlines()]


def greedy(bench):
    """Streamed and whole, one at a time and many, by one server and by two."""
    expected = bench.engine(TASKS, *GREEDY)
    ways = [("stream, 1 at a time", ["--concurrency", "1"]),
            ("whole, 1 at a time", ["--concurrency", "1", "--no-stream"]),
            ("stream, 32 on 4 slots", ["--concurrency", "32"]),
            ("whole, 32 on 4 slots", ["--concurrency", "32", "--no-stream"]),
            ("stream, auto", ["--concurrency", "auto"])]
    with Server(bench) as server, Server(bench, port=1) as other:
        for name, flags in ways:
            _, _, samples = bench.ask_server([server], TASKS, "--think-prefilled", *GREEDY, *flags)
            bench.compare(name, expected, samples, server)
        _, _, samples = bench.ask_server([server, other], TASKS, "--think-prefilled", *GREEDY)
        bench.compare("two servers", expected, samples, server)
        _, _, samples = bench.ask_server([server], TASKS, "--think-prefilled", *GREEDY,
                                         spec="openai-api/tiny")
        bench.compare("as openai-api", expected, samples, server)
        counted = sum(sample["reply"].get("prompt_tokens") == expected[at]["reply"]["prompt_tokens"]
                      for at, sample in samples.items())
        bench.row("tokens of prompts", texts=f"{counted} of {len(samples)}",
                  good=counted == len(samples))


def raw(bench):
    """Prompts as bytes, past the template, by /v1/completions."""
    flags = [*GREEDY, "--prompt", "lcb-r1-official", "--max-tokens", "200"]
    expected = bench.engine(["quickstart-code"], *flags)
    with Server(bench) as server:
        for name, more in (("raw, stream", []), ("raw, whole", ["--no-stream"])):
            _, _, samples = bench.ask_server([server], ["quickstart-code"], *flags, *more)
            bench.compare(name, expected, samples, server, "/v1/completions")


def thinking(bench):
    """Thinking apart, in the text, and in the text with the template's tag before it."""
    expected = bench.engine(TASKS, *GREEDY)
    template = bench.scratch / "thinking.jinja"
    template.write_text(THINKING_TEMPLATE)
    for form in ("deepseek", "none"):
        with Server(bench, "--jinja", "--chat-template-file", template, "--reasoning-format",
                    form) as server:
            for more in ([], ["--no-stream"], ["--think-prefilled"]):
                _, _, samples = bench.ask_server([server], TASKS, *GREEDY, *more)
                apart = sum("reasoning" in sample["reply"] for sample in samples.values())
                bench.compare(" ".join(["reasoning", form, *more]), expected, samples, server,
                              f"{apart} with reasoning_content")
            _, _, samples = bench.ask_server([server], TASKS, *GREEDY, "--max-tokens", "10")
            cut = sum(sample["reply"]["finish"] == "length" and verdict(sample) == "no_answer"
                      for sample in samples.values())
            bench.row(f"reasoning {form}, cut", samples, scores=f"{cut} no_answer",
                      good=cut == len(samples) > 0)


def sampling(bench):
    """That the fields arrive, and that nothing else shapes the distribution."""
    with Server(bench) as server:
        expected = bench.engine(TASKS, *GREEDY)
        ones = [("top-k 1 is greedy", ["--temperature", "2", "--top-k", "1", "--top-p", "1"]),
                ("top-p 0 is greedy", ["--temperature", "1", "--top-p", "0"])]
        for name, flags in ones:
            _, _, samples = bench.ask_server([server], TASKS, "--think-prefilled", "--samples", "1",
                                             *flags)
            bench.compare(name, expected, samples, server)
        _, _, samples = bench.ask_server([server], TASKS, *GREEDY, "--max-tokens", "7")
        cut = sum(sample["reply"]["finish"] == "length" and
                  sample["reply"]["completion_tokens"] == 7 for sample in samples.values())
        bench.row("max-tokens 7", samples, remark=f"{cut} cut at 7 tokens",
                  good=cut == len(samples) > 0)
        hot = ["--think-prefilled", "--samples", "1", "--temperature", "2", "--top-p", "1",
               "--concurrency", "1"]
        runs = [bench.ask_server([server], TASKS, *hot, "--seed", seed)[2]
                for seed in ("1", "1", "2")]
        again, other = (sum(said(runs[0][at]) == said(run[at]) for at in run) for run in runs[1:])
        bench.row("seeds", runs[0],
                  remark=f"{again} alike with the same seed, {other} with another",
                  good=again > len(runs[0]) * 3 / 4 and other < len(runs[0]) / 2)
        for spec in ("llama-server", "openai-api"):
            far = max(distances(server, spec == "llama-server"))
            bench.row(f"distribution as {spec}", remark=f"total variation up to {far:.4f}",
                      good=(far < 0.01) == (spec == "llama-server"))


def distances(server, told):
    """How far the server's distributions are from temperature, then top-p, over its own logits."""
    head = ("<|begin|><|user|>What is the greatest common divisor of $84$ and $126$? Please reason "
            "step by step.<|assistant|><think>\n")
    fields = {"samplers": ["temperature", "top_k", "top_p"], "top_k": 0} if told else {}
    for begun in ("", "8", "84 = 2*"):
        body = {"prompt": head + begun, "n_predict": 1, "n_probs": 1024, "cache_prompt": False}
        plain = ask(server.root + "/completion", body | {"samplers": ["temperature"],
                                                         "temperature": 1.0})
        logits = {token["id"]: token["logprob"]
                  for token in plain["completion_probabilities"][0]["top_logprobs"]}
        for temperature, top_p in ((0.6, 0.95), (1.0, 1.0), (2.0, 0.95)):
            meant = tiny_softmax(logits, temperature, top_p)
            shaped = ask(server.root + "/completion", body | fields | {
                "temperature": temperature, "top_p": top_p, "post_sampling_probs": True})
            got = {token["id"]: token["prob"]
                   for token in shaped["completion_probabilities"][0]["top_probs"]}
            yield sum(abs(got.get(at, 0) - meant.get(at, 0))
                      for at in got.keys() | meant.keys()) / 2


def tiny_softmax(logits, temperature, top_p):
    weights = {at: 2.718281828459045 ** (value / temperature) for at, value in logits.items()}
    total, kept, mass = sum(weights.values()), {}, 0.0
    for at, weight in sorted(weights.items(), key=lambda pair: -pair[1]):
        kept[at] = weight
        mass += weight / total
        if mass >= top_p:
            break
    total = sum(kept.values())
    return {at: weight / total for at, weight in kept.items()}


def context(bench):
    """A context that is too small for the prompts, or for the replies."""
    with Server(bench, "-c", "256", "-np", "1") as server:
        status, _, samples = bench.ask_server([server], ["quickstart-code"], *GREEDY,
                                              "--prompt", "lcb-r1-official")
        named = sum("exceed" in json.dumps(sample) for sample in samples.values()
                    if sample["state"] == "failed")
        bench.row("prompts over the context", samples, remark=f"{named} failed with the server's "
                  f"reason; exit {status}", good=named == len(samples) > 0 and status == 3)
        status, _, samples = bench.ask_server([server], TASKS, "--samples", "1",
                                              "--temperature", "5", "--top-p", "1")
        cut = [sample["reply"] for sample in samples.values()
               if sample["reply"]["finish"] == "length"]
        full = sum(reply["prompt_tokens"] + reply["completion_tokens"] == 256 for reply in cut)
        bench.row("replies up to the context", samples, good=0 < full == len(cut),
                  remark=f"{len(cut)} cut, {full} of them where it is full; exit {status}")


def outage(bench):
    """Started before its server; killed in the middle of it; started again."""
    greedy_four = ["--samples", "4", "--temperature", "0"]
    expected = bench.engine(TASKS, *greedy_four)
    server = Server(bench, "-np", "1")
    command = bench.command(TASKS, "llama-server/tiny", "--base-url", server.url, "--no-canary",
                            "--backoff", "0.1", "--think-prefilled", "--concurrency", "8",
                            *greedy_four)
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True) as running:
        time.sleep(1)
        kills = 0
        while running.poll() is None:
            with server:
                try:
                    running.wait(1 if kills < 3 else 600)
                except subprocess.TimeoutExpired:
                    server.kill()
                    kills += 1
            time.sleep(0.5)
        running.communicate()
    samples = bench.samples(bench.runs)
    repeated = sum(sample["attempts"] > 1 for sample in samples.values())
    with server:
        bench.compare("killed and started again", expected, samples, server,
                      f"{kills} times; {repeated} asked again; exit {running.returncode}")
    bench.bad += running.returncode != 0 or kills == 0


def keys(bench):
    """A server that wants a key."""
    with Server(bench, "--api-key", "sk-peer-0123") as server:
        status, stderr, samples = bench.ask_server([server], TASKS, *GREEDY, "--limit", "1")
        bench.row("no key", remark=f"exit {status}: {last_line(stderr)}", good=status not in (0, 3))
        status, stderr, samples = bench.ask_server([server], TASKS, *GREEDY, "--limit", "1",
                                                   key="sk-peer-0123")
        bench.row("its key", samples, remark=f"exit {status}", good=status == 0 and
                  "sk-peer" not in stderr)


def other_verbs(bench):
    """What only some servers can: batches; and the canary."""
    with Server(bench) as server:
        status, stderr, _ = bench.ask_server([server], TASKS, *GREEDY, "--batch")
        bench.row("--batch", remark=f"exit {status}: {last_line(stderr)}", good=status == 2)
        for spec in ("llama-server/tiny", "openai-api/tiny"):
            done = subprocess.run([bench.proctor, "doctor", "--model", spec, "--task", TASKS[0],
                                   "--base-url", server.url, "--think-prefilled"],
                                  capture_output=True, text=True)
            print(done.stdout + done.stderr, flush=True)
            hint = "llama-server/tiny has it sample" in done.stdout
            bench.row(f"doctor --model {spec}", good=done.returncode == 0 and
                      hint == spec.startswith("openai-api"),
                      remark=f"exit {done.returncode}" + "; says llama-server/tiny" * hint)


CELLS = [tokens, greedy, raw, thinking, sampling, context, outage, keys, other_verbs]


def main():
    arguments = argparse.ArgumentParser(description=__doc__,
                                        formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("proctor")
    arguments.add_argument("llama_server")
    arguments.add_argument("--port", type=int, default=18080)
    arguments.add_argument("--server-args", default="", help="for every server, in one word")
    arguments.add_argument("--only", nargs="+", choices=[cell.__name__ for cell in CELLS])
    options = arguments.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        bench = Bench(options, scratch)
        for cell in CELLS:
            if not options.only or cell.__name__ in options.only:
                cell(bench)
        titles = ("cell", "requests", "answered", "texts", "scores", "remark")
        widths = [max(len(str(row[at])) for row in [titles, *bench.rows]) for at in range(6)]
        print()
        for row in [titles, *bench.rows]:
            print("  ".join(str(value).ljust(width) for value, width in zip(row, widths)).rstrip())
    sys.exit(bench.bad != 0)


if __name__ == "__main__":
    main()
