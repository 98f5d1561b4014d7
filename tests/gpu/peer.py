"""Our engine's speed beside its peers' on this GPU, in one run.

    peer.py [--decode CUDA_DECODE] [--aime AIME_RUN] [--kernels CUDA_KERNELS] [--shapes NAME...]

Each of --shapes (of qwen2-1.5b, qwen2-7b, qwen3-8b; the first two if none is named) is decoded by
our engine (tests/bench/cuda_decode) and then by nano-vllm, over the same full caches: prompts are
not timed, neither engine's scheduler is in the figures that are compared, and nano-vllm's with its
scheduler stands beside. Where cuda_decode fills the memory with contexts of many lengths, nano-vllm
gets as many of the same as it has room for. With the shape of the 1.5B both then do an AIME-like
run, 510 replies whose lengths are divided by 8, from the first prompt to the last token: ours
through the whole harness (tests/bench/aime), the peer's alone. Then comes attention alone, ours
(tests/bench/cuda_kernels) and flash-attention's, and last transformers, the floor.

CUDA_DECODE and CUDA_KERNELS are the programs, or FILE.log that holds what they printed on this GPU
just before. Without them the peers stand alone; without the peers, which peer_pack.sh packs, only
transformers runs. Lines that begin with "* " are the key figures. Ends with 1 if a part breaks.
"""

import argparse
import json
import pathlib
import re
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
SHAPE = re.compile(r"(\S+): products by")
DECODED = re.compile(r" *(\d+) x +(\d+): +(\d+) tokens/s")
FULL = re.compile(r" *full, .*: +(\d+) tokens/s")
CONTEXTS = re.compile(r" *contexts: (.*)")
ATTENTION = re.compile(r"attention, bf16, +(?:heads +(\d+):(\d+), +)?"
                       r"(\d+) (?:sequences of|x) +(\d+):.* ([\d.]+) %")
LOADS = ["64x1024", "256x1024", "64x8192", "256x8192"]
USUAL_HEADS = (28, 4)  # where cuda_kernels names none
AIME_SHAPE = "qwen2-1.5b"
AIME = ["--device", "cuda", "--shape", "1.5b", "--repeats", "17", "--shorten", "8",
        "--sequences", "512"]
AIME_SPEED = re.compile(r"\* +(\d+) tokens/s")
TARGET = 3.0  # times the peer's tokens a second

failed = []


def lines_of(seconds, *command):
    """What a program prints, line by line, also if it is stopped or fails, which is then noted."""
    name = pathlib.Path(command[1] if command[0] == sys.executable else command[0]).name
    # Not in a process group of its own: what stops this program is to stop that one too.
    limited = ["timeout", "--foreground", str(seconds), *map(str, command)]
    with subprocess.Popen(limited, stdout=subprocess.PIPE, text=True) as process:
        yield from process.stdout
    if process.returncode != 0:
        how = f"took over {seconds} s" if process.returncode == 124 else "failed"
        print(f"{name} {how} ({process.returncode})", flush=True)
        failed.append(name)


def printed_by(program, *arguments):
    """What one of our programs prints, or has printed if the path is that of a log."""
    if program is None:
        return []
    if program.suffix == ".log":
        return program.read_text().splitlines()
    return lines_of(150, program, *arguments)


def python(script, *arguments, seconds=150):
    lines = lines_of(seconds, sys.executable, HERE / script, *arguments)
    return (json.loads(line) for line in lines if line.startswith("{"))


def our_decoding(program, shape):
    """Our tokens a second at each load, and the contexts of the one that fills the memory."""
    rates, contexts, printing = {}, [], None
    for line in printed_by(program, shape):
        if row := SHAPE.match(line):
            printing = row[1]
        elif printing != shape:
            continue
        elif row := DECODED.match(line):
            rates[int(row[1]), int(row[2])] = int(row[3])
        elif row := FULL.match(line):
            rates["full"] = int(row[1])
        elif row := CONTEXTS.match(line):
            contexts = row[1].split()
    return rates, contexts


def compare_decoding(row, shape, rates):
    name = f"{shape}, {row['sequences']} x {row['context']}"
    load = (row["sequences"], row["context"])
    if "full" in row:
        load = "full"
        name = f"{shape}, memory full (nano-vllm: {row['sequences']} of {row['context']})"
    peer = row["sequences"] / row["model_s"]
    print(f"{name}: nano-vllm {peer:.0f} tokens/s ({row['sequences'] / row['step_s']:.0f} with its"
          f" scheduler){f', ours {rates[load]}' if load in rates else ''}", flush=True)
    if load in rates:
        print(f"* {name}: {rates[load] / peer:.2f} times nano-vllm's {peer:.0f} tokens/s"
              f" (target {TARGET:g})", flush=True)


def our_run(program, lengths):
    """Our tokens a second in the AIME-like run; its requests are written to `lengths`."""
    found = [row for line in lines_of(150, program, *AIME, "--lengths-file", lengths)
             if (row := AIME_SPEED.match(line))]
    return int(found[0][1]) if found else None


def compare_run(row, ours):
    peer = row["tokens"] / row["seconds"]
    print(f"{AIME_SHAPE}, AIME-like: nano-vllm {peer:.0f} tokens/s, {row['finished']} of"
          f" {row['requests']} requests in {row['seconds']:.0f} s, ours {ours}", flush=True)
    if row["finished"] == row["requests"]:
        print(f"* {AIME_SHAPE}, AIME-like: {ours / peer:.2f} times nano-vllm's {peer:.0f} tokens/s"
              f" (target {TARGET:g})", flush=True)


def compare_engines(shape, arguments, folder):
    rates, contexts = our_decoding(arguments.decode, shape)
    options = []
    if contexts:
        (folder / "contexts").write_text(" ".join(contexts))
        options += ["--contexts", folder / "contexts"]
    run = None
    if arguments.aime and shape == AIME_SHAPE:
        run = our_run(arguments.aime, folder / "lengths")
    if run:
        options += ["--lengths", folder / "lengths"]
    for row in python("peer_nano.py", shape, "--loads", *LOADS, *options, seconds=300):
        if "requests" in row:
            compare_run(row, run)
        else:
            compare_decoding(row, shape, rates)


def our_attention(program):
    """What part of a copy's speed our attention reaches, by heads, sequences and context."""
    parts = {}
    for line in printed_by(program):
        if row := ATTENTION.match(line):
            heads = (int(row[1]), int(row[2])) if row[1] else USUAL_HEADS
            parts[(*heads, int(row[3]), int(row[4]))] = float(row[5])
    return parts


def compare_attention(program):
    parts = our_attention(program)
    for row in python("peer_attention.py"):
        case = tuple(row["case"])
        ours = f", ours {parts[case]:.0f} %" if case in parts else ""
        print("attention, heads {}:{}, {} x {}:".format(*case),
              f"flash-attention {row['ms']:.3f} ms, {100 * row['part_of_copy']:.0f} % of a copy"
              f"{ours}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--decode", type=pathlib.Path)
    parser.add_argument("--aime", type=pathlib.Path)
    parser.add_argument("--kernels", type=pathlib.Path)
    parser.add_argument("--shapes", nargs="*", default=["qwen2-1.5b", "qwen2-7b"])
    arguments = parser.parse_args()
    if (HERE / "packed" / "peer").is_dir():
        with tempfile.TemporaryDirectory() as folder:
            for shape in arguments.shapes:
                compare_engines(shape, arguments, pathlib.Path(folder))
        compare_attention(arguments.kernels)
    else:
        print("* nano-vllm and flash-attention: left out, tests/gpu/packed/peer is not there",
              flush=True)
    for line in lines_of(100, sys.executable, HERE / "peer_transformers.py"):
        print(line, end="", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
