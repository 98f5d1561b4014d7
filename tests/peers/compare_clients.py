"""The remote backend beside lm-eval's client: the same instant server, the same number of requests
of the same size in flight, replies thrown away; in one run, as a ratio.

  python3 -m venv VENV && VENV/bin/pip install 'lm-eval[api]==0.4.13'
  VENV/bin/python tests/peers/compare_clients.py --build BUILD [--requests N] [--concurrency N]

lm-eval's client asks for whole replies; so does ours, and then once more for streams, which lm-eval
does not have. Their peer is the least that a client in Python can do with lm-eval's own HTTP library:
aiohttp's lines, json.loads, and the text appended to a list. CPU seconds are those of the client's
process, import and start excluded. The sizes differ: Python gets a tenth of the requests, or one
would wait for minutes.

Bytes copied are those of memcpy and memmove in the client's process (tests/bench/copy_counter.cpp),
without what the kernel copies into its buffers: two runs, one of twice the requests, and the
difference between them, so that the start is not counted.
"""

import argparse
import asyncio
import json
import os
import resource
import subprocess
import sys
import tempfile
import time

TOKENS = 200  # of each reply


def start_server(build):
    server = subprocess.Popen(
        [f"{build}/tests/bench/instant_server", "--tokens", str(TOKENS)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    return server, f"http://127.0.0.1:{int(server.stdout.readline())}/v1"


def run_ours(build, url, requests, concurrency, form, environment=None):
    out = subprocess.run(
        [f"{build}/tests/bench/remote_client", url, str(requests), str(concurrency), form],
        check=True, capture_output=True, text=True, env=environment).stdout
    measured = json.loads(out)
    assert measured["answered"] == requests, measured
    return measured


def run_lm_eval(url, requests, concurrency):
    """In this process: the client's own work is all that happens between the two readings."""
    from lm_eval.api.instance import Instance
    from lm_eval.models.api_models import JsonChatStr
    from lm_eval.models.openai_completions import LocalChatCompletion

    model = LocalChatCompletion(
        model="instant", base_url=url + "/chat/completions", num_concurrent=concurrency,
        tokenized_requests=False, max_gen_toks=32768)
    chat = [{"role": "user", "content": "x" * 300}]
    instances = []
    for index in range(requests):
        # Prompts that differ: lm-eval would otherwise group equal ones.
        chat[0]["content"] = f"{index:08}" + "x" * 292
        options = {"until": [], "do_sample": True, "temperature": 0.6, "max_gen_toks": 32768}
        instances.append(Instance(request_type="generate_until", doc={}, idx=0,
                                  arguments=(JsonChatStr(json.dumps(chat)), options)))
    before = resource.getrusage(resource.RUSAGE_SELF)
    begin = time.monotonic()
    replies = model.generate_until(instances, disable_tqdm=True)
    wall = time.monotonic() - begin
    after = resource.getrusage(resource.RUSAGE_SELF)
    answered = sum(1 for reply in replies if reply and "25" in reply)
    assert answered == requests, f"lm-eval has {answered} of {requests} replies"
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {"answered": answered, "wall_s": wall, "cpu_s": cpu}


def run_aiohttp(url, requests, concurrency):
    import aiohttp

    body = json.dumps({"model": "instant", "messages": [{"role": "user", "content": "x" * 300}],
                       "temperature": 0.6, "max_tokens": 32768, "stream": True,
                       "stream_options": {"include_usage": True}},
                      separators=(",", ":"))  # the instant server looks for "stream":true

    async def ask(session, left):
        answered = 0
        while left:
            left.pop()
            pieces = []
            async with session.post(url + "/chat/completions", data=body) as response:
                async for line in response.content:
                    if not line.startswith(b"data: ") or line.startswith(b"data: [DONE]"):
                        continue
                    for choice in json.loads(line[6:])["choices"]:
                        pieces.append(choice["delta"].get("content") or "")
            answered += "25" in "".join(pieces)
        return answered

    async def ask_all():
        left = list(range(requests))
        connector = aiohttp.TCPConnector(limit=concurrency)
        async with aiohttp.ClientSession(connector=connector) as session:
            return sum(await asyncio.gather(*(ask(session, left) for _ in range(concurrency))))

    before = resource.getrusage(resource.RUSAGE_SELF)
    begin = time.monotonic()
    answered = asyncio.run(ask_all())
    wall = time.monotonic() - begin
    after = resource.getrusage(resource.RUSAGE_SELF)
    assert answered == requests, f"aiohttp has {answered} of {requests} replies"
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {"answered": answered, "wall_s": wall, "cpu_s": cpu}


PEERS = {"lm-eval": run_lm_eval, "aiohttp": run_aiohttp}


def copied_per_token(build, requests, run):
    """`run(requests, environment)` starts the client with so many requests and waits for it."""
    sums = []
    with tempfile.NamedTemporaryFile("r") as file:
        for times in (1, 2):
            run(times * requests, os.environ | {
                "LD_PRELOAD": f"{build}/tests/bench/libcopy_counter.so",
                "COPY_COUNTER_FILE": file.name})
            file.seek(0)
            sums.append(int(file.read()))
    return (sums[1] - sums[0]) / (requests * TOKENS)


def copies(build, url, requests, concurrency):
    def ours(form):
        return copied_per_token(build, requests, lambda count, environment: run_ours(
            build, url, count, concurrency, form, environment))

    def theirs(peer):
        return copied_per_token(build, requests, lambda count, environment: subprocess.run(
            [sys.executable, __file__, "--build", build, "--peer", peer, "--url", url,
             "--requests", str(count), "--concurrency", str(concurrency)],
            check=True, env=environment, capture_output=True))

    return {"proctor, whole": ours("whole"), "proctor, streamed": ours("stream"),
            "lm-eval 0.4.13, whole": theirs("lm-eval"), "aiohttp, streamed": theirs("aiohttp")}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", required=True, help="build directory with tests/bench in it")
    parser.add_argument("--requests", type=int, default=20000)
    parser.add_argument("--concurrency", type=int, default=64)
    parser.add_argument("--peer", choices=PEERS, help="only this one, against a server at --url")
    parser.add_argument("--url")
    args = parser.parse_args()
    if args.peer:
        PEERS[args.peer](args.url, args.requests, args.concurrency)
        return 0
    server, url = start_server(args.build)
    few = max(args.requests // 10, 1)
    rows = {
        "proctor, whole": run_ours(args.build, url, args.requests, args.concurrency, "whole"),
        "proctor, streamed": run_ours(args.build, url, args.requests, args.concurrency, "stream"),
        "lm-eval 0.4.13, whole": run_lm_eval(url, few, args.concurrency),
        "aiohttp, streamed": run_aiohttp(url, few, args.concurrency),
    }
    copied = copies(args.build, url, max(few // 2, 1), args.concurrency)
    server.stdin.close()
    server.wait()
    print(f"replies of {TOKENS} tokens, {args.concurrency} requests in flight")
    print(f"{'':<24}{'requests':>10}{'per second':>12}{'per CPU second':>16}"
          f"{'bytes copied per token':>24}")
    for name, row in rows.items():
        print(f"{name:<24}{row['answered']:>10}{row['answered'] / row['wall_s']:>12.0f}"
              f"{row['answered'] / row['cpu_s']:>16.0f}{copied[name]:>24.1f}")
    for ours, theirs in (("proctor, whole", "lm-eval 0.4.13, whole"),
                         ("proctor, streamed", "lm-eval 0.4.13, whole"),
                         ("proctor, streamed", "aiohttp, streamed")):
        replies = [rows[name]["answered"] / rows[name]["cpu_s"] for name in (ours, theirs)]
        print(f"{ours}, times {theirs}: {replies[0] / replies[1]:.1f} replies per CPU second, "
              f"{copied[theirs] / copied[ours]:.1f} less copied")
    return 0


if __name__ == "__main__":
    sys.exit(main())
