"""The remote backend beside lm-eval's client: the same instant server, the same number of requests
of the same size in flight, replies thrown away; in one run, as a ratio.

  python3 -m venv VENV && VENV/bin/pip install 'lm-eval[api]==0.4.13'
  VENV/bin/python tests/peers/compare_clients.py --build BUILD [--requests N] [--concurrency N]

lm-eval's client asks for whole replies; so does ours, and then once more for streams, which lm-eval
does not have. CPU seconds are those of the client's process, import and start excluded. The sizes
differ: lm-eval gets a tenth of the requests, or one would wait for minutes.
"""

import argparse
import json
import resource
import subprocess
import sys
import time

TOKENS = 200  # of each reply


def start_server(build):
    server = subprocess.Popen(
        [f"{build}/tests/bench/instant_server", "--tokens", str(TOKENS)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    return server, f"http://127.0.0.1:{int(server.stdout.readline())}/v1"


def run_ours(build, url, requests, concurrency, form):
    out = subprocess.run(
        [f"{build}/tests/bench/remote_client", url, str(requests), str(concurrency), form],
        check=True, capture_output=True, text=True).stdout
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


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", required=True, help="build directory with tests/bench in it")
    parser.add_argument("--requests", type=int, default=20000)
    parser.add_argument("--concurrency", type=int, default=64)
    args = parser.parse_args()
    server, url = start_server(args.build)
    few = max(args.requests // 10, 1)
    rows = {
        "proctor, whole": run_ours(args.build, url, args.requests, args.concurrency, "whole"),
        "proctor, streamed": run_ours(args.build, url, args.requests, args.concurrency, "stream"),
        "lm-eval 0.4.13, whole": run_lm_eval(url, few, args.concurrency),
    }
    server.stdin.close()
    server.wait()
    print(f"replies of {TOKENS} tokens, {args.concurrency} requests in flight")
    print(f"{'':<24}{'requests':>10}{'per second':>12}{'per CPU second':>16}")
    for name, row in rows.items():
        print(f"{name:<24}{row['answered']:>10}{row['answered'] / row['wall_s']:>12.0f}"
              f"{row['answered'] / row['cpu_s']:>16.0f}")
    theirs = rows["lm-eval 0.4.13, whole"]
    for name in ("proctor, whole", "proctor, streamed"):
        ours = rows[name]
        per_cpu = (ours["answered"] / ours["cpu_s"]) / (theirs["answered"] / theirs["cpu_s"])
        print(f"{name} per CPU second, times lm-eval's whole: {per_cpu:.1f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
