"""Compares the CUDA device's logits with those of transformers, on models of real shapes.

    parity.py ENGINE_LOGITS [--shapes NAME...] [--long N] [--budget SECONDS] [--whole]
              [--folder DIRECTORY] [--device cpu] [--engine-device NAME]

The models are those that people evaluate, in full depth, width and vocabulary, with synthetic
weights made on the GPU (parity_weights.py), which lie in memory or in --folder; of the 32B one's 64
layers there are up to 16, as many as there seems to be time for, unless --whole is given. Each
reads 300 tokens, of which it drew the last 200 itself, and --long (33,000) random ones; the last 48
positions count. The criterion is that of shared/reference/inference.md, section 7.2; see
tests/peers/compare_logits.py. The 300 tokens are also read one by one from the first on, and in
runs: the engine's logits must be the same bits. With the cache and the weights in fp8, at 300
tokens, logits must be further from fp32 than without, and by no more than FP8 says.

After --budget seconds nothing new is begun; what was not run is named, and is not passed. Ends with
1 if a comparison fails. Needs torch and transformers, and a GPU but with --device cpu, which is for
trying this program with the small shapes; --engine-device is then cpu, or cuda for a program with
the emulator. About four minutes on an H200.
"""

import argparse
import gc
import os
import pathlib
import signal
import subprocess
import sys
import time
import traceback

os.environ.setdefault("HF_HUB_OFFLINE", "1")
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "peers"))

import numpy as np
import torch
import transformers

import compare_logits
import parity_peer
import parity_weights
import synthetic_model

LAST = 48
SHORT = 300
DRAWN = 200  # of them
# Options of ENGINE_LOGITS, and the mean absolute logit error that they may add; the logits' spread
# is 3.5. On the CPU, models of 8 to 64 layers and a width of 384 lost 0.08 to 0.24 and 0.21 to
# 0.47, the most with the head norms of Qwen3.
FP8 = {"--kv-cache": 0.35, "--weights": 0.7}


def shape(architecture, vocabulary, hidden, layers, heads, kv_heads, intermediate, theta, **more):
    return synthetic_model.small_config(
        architecture, vocab_size=vocabulary, hidden_size=hidden, num_hidden_layers=layers,
        num_attention_heads=heads, num_key_value_heads=kv_heads, head_dim=128,
        intermediate_size=intermediate, rope_theta=theta, max_position_embeddings=40960, **more)


def small(architecture, **more):
    """With heads that the kernels take; tries the program, not the shapes."""
    return synthetic_model.small_config(
        architecture, head_dim=32, intermediate_size=192, num_hidden_layers=3, **more)


LLAMA3 = {"rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
          "original_max_position_embeddings": 8192}
# The cheapest first, so that there is an answer whatever goes wrong.
SHAPES = {
    "qwen2-1.5b": shape("qwen2", 151936, 1536, 28, 12, 2, 8960, 10000.0),
    "qwen2-7b": shape("qwen2", 152064, 3584, 28, 28, 4, 18944, 10000.0),
    "llama-8b": shape("llama", 128256, 4096, 32, 32, 8, 14336, 500000.0, rms_norm_eps=1e-5,
                      rope_scaling=LLAMA3),
    "qwen3-8b": shape("qwen3", 151936, 4096, 36, 32, 8, 12288, 1000000.0),
    "qwen2-32b": shape("qwen2", 152064, 5120, 64, 40, 8, 27648, 1000000.0, rms_norm_eps=1e-5),
}
LAYERS_OF_32B = 16
SMALL = {f"small-{name}": small(name) for name in ("qwen2", "llama", "qwen3")}


class Tally:
    """Prints each comparison as it is done, and knows how much time is left."""

    def __init__(self, budget):
        self.start = time.monotonic()
        self.budget = budget
        self.passed, self.failed, self.skipped = 0, 0, 0
        self.worst = 0.0  # how far off we are, beside transformers in bf16
        self.seconds_a_byte = 0.0  # of the last model's weights

    def seconds(self):
        return time.monotonic() - self.start

    def seconds_left(self):
        return self.budget - self.seconds()

    def add(self, name, good, figures):
        self.passed, self.failed = self.passed + good, self.failed + (not good)
        print(f"{name}: {figures} | {'ok' if good else 'FAILED'} | {self.seconds():.0f} s",
              flush=True)

    def skip(self, names):
        for name in names:
            self.skipped += 1
            print(f"{name}: not run, for want of time", flush=True)

    def print(self):
        print(f"* parity with transformers {transformers.__version__}, torch {torch.__version__}:"
              f" {self.passed} passed, {self.failed} failed, {self.skipped} not run (target: all)")
        print(f"* largest error beside that of bf16: {self.worst:.2f}"
              f" (limit {compare_logits.SLACK})", flush=True)


def run_engine(arguments, folder, prompts, *options):
    """The file that the engine wrote; a string, if it failed."""
    (folder / "ids.txt").write_text("".join(" ".join(map(str, ids)) + "\n" for ids in prompts))
    out = folder / "out"
    done = subprocess.run(
        [arguments.program, folder, "--ids", folder / "ids.txt", "--out", out, "--device",
         arguments.engine_device, *options], stderr=subprocess.PIPE, text=True)
    return out if done.returncode == 0 else done.stderr.strip() or f"ended with {done.returncode}"


def our_logits(arguments, folder, prompts, vocabulary, *options):
    """For each prompt those after its last tokens; a string, if the engine failed."""
    out = run_engine(arguments, folder, prompts, "--last", str(LAST), *options)
    if isinstance(out, str):
        return out
    return list(np.fromfile(out, dtype="<f8").reshape(len(prompts), LAST, vocabulary))


def random_ids(count, vocabulary):
    return np.random.default_rng(count).integers(0, vocabulary, count).tolist()


def with_drawn(arguments, folder, prompt):
    """A prompt and what the engine drew after it; a string, if it failed."""
    out = run_engine(arguments, folder, [prompt], "--draw", str(DRAWN))
    return out if isinstance(out, str) else [int(word) for word in out.read_text().split()]


def judge(tally, name, logits, truth, peer):
    """`peer`: what transformers in bf16 computed."""
    theirs = compare_logits.errors(peer, truth)
    ours = compare_logits.errors(logits, truth)
    wrong, clear = compare_logits.disagreements(logits, truth, 4 * theirs[1])
    ratio = max(a / b for a, b in zip(ours, theirs))
    tally.worst = max(tally.worst, ratio)
    good = wrong == 0 and ratio <= compare_logits.SLACK
    tally.add(name, good,
              f"ours max {ours[0]:.3f} mean {ours[1]:.4f} KL {ours[2]:.1e}"
              f" | bf16 max {theirs[0]:.3f} mean {theirs[1]:.4f} KL {theirs[2]:.1e}"
              f" | top-1 differs at {wrong} of {clear} clear positions")
    return ours[1]


def write_model(name, config, folder, device):
    """Writes the checkpoint; its weights on torch's device."""
    start = time.monotonic()
    weights = parity_weights.make(config, device)
    made = time.monotonic()
    parity_weights.write(folder, config, weights)
    print(f"{name}: {config['num_hidden_layers']} layers,"
          f" {parity_weights.bytes_of(config) / 1e9:.1f} GB made in {made - start:.1f} s, written"
          f" in {time.monotonic() - made:.1f} s", flush=True)
    return weights


def ask_transformers(name, folder, weights, prompts, device, tally):
    """What it computes in fp32 and in bf16."""
    start = time.monotonic()
    truths = parity_peer.logits_in_fp32(folder, weights, prompts, LAST, device)
    wide = time.monotonic()
    peers = parity_peer.logits_in_bf16(folder, weights, prompts, LAST, device)
    print(f"{name}: transformers in fp32 {wide - start:.1f} s, in bf16"
          f" {time.monotonic() - wide:.1f} s | {tally.seconds():.0f} s", flush=True)
    return truths, peers


def compare_fp8(name, config, folder, prompt, truth, full, arguments, tally):
    for option, most in FP8.items():
        cell = f"{name} at {len(prompt)}, {option[2:]} in fp8"
        if tally.seconds_left() < 0:
            tally.skip([cell])
            continue
        logits = our_logits(arguments, folder, [prompt], config["vocab_size"], option, "fp8")
        if isinstance(logits, str):
            tally.add(cell, False, logits)
            continue
        mean = compare_logits.errors(logits[0], truth)[1]
        tally.add(cell, full < mean <= full + most, f"mean {mean:.4f}, in full {full:.4f}")


def compare_shape(name, config, folder, arguments, tally):
    vocabulary = config["vocab_size"]
    weights = write_model(name, config, folder, arguments.device)
    torch.cuda.empty_cache()  # the rest is the engine's
    short = with_drawn(arguments, folder, random_ids(SHORT - DRAWN, vocabulary))
    if isinstance(short, str):
        tally.add(name, False, short)
        return
    prompts = [short, random_ids(arguments.long, vocabulary)]
    truths, peers = ask_transformers(name, folder, weights, prompts, arguments.device, tally)
    del weights
    gc.collect()
    torch.cuda.empty_cache()
    logits = our_logits(arguments, folder, prompts, vocabulary, "--ways", "all")
    if isinstance(logits, str):
        tally.add(name, False, logits)
        return
    means = []
    for prompt, ours, truth, peer in zip(prompts, logits, truths, peers):
        means.append(judge(tally, f"{name} at {len(prompt)}", ours, truth, peer))
    compare_fp8(name, config, folder, prompts[0], truths[0], means[0], arguments, tally)


def cells_of(name, arguments):
    return [f"{name} at {SHORT}", f"{name} at {arguments.long}"] + [
        f"{name} at {SHORT}, {option[2:]} in fp8" for option in FP8]


def check_peer(device):
    """That weights made by torch are those that synthetic_model.py makes, and that a model which
    runs layer by layer, its attention in blocks, is the model."""
    usual, parity_peer.scores_at_a_time = parity_peer.scores_at_a_time, 20_000
    for name, config in SMALL.items():
        with parity_weights.folder_for(parity_weights.bytes_of(config)) as folder:
            parity_weights.check_same_bytes(folder, config, device)
            weights = parity_weights.make(config, device)
            prompts = [list(range(5, 205))]
            plain = parity_peer.logits_from_files(folder, prompts, LAST, device)
            layers = parity_peer.logits_in_fp32(folder, weights, prompts, LAST, device)
            difference = np.abs(plain[0] - layers[0]).max()
            if not difference < compare_logits.EXACT:
                raise SystemExit(f"parity: {name} layer by layer is off by {difference}")
    parity_peer.scores_at_a_time = usual


def affordable(name, config, arguments, tally):
    """The model, None if the time is over. The 32B one has as many layers as there is time for,
    going by what the last model took."""
    if tally.seconds_left() < 0:
        return None
    if name != "qwen2-32b" or arguments.whole:
        return config
    for layers in range(LAYERS_OF_32B, 1, -1):
        cut = config | {"num_hidden_layers": layers}
        if parity_weights.bytes_of(cut) * tally.seconds_a_byte < tally.seconds_left():
            return cut
    return None


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program", type=pathlib.Path)
    parser.add_argument("--shapes", nargs="+", choices=SHAPES | SMALL, default=list(SHAPES))
    parser.add_argument("--long", type=int, default=33000)
    parser.add_argument("--budget", type=float, default=float("inf"), help="in seconds")
    parser.add_argument("--folder", type=pathlib.Path, help="for the weights")
    parser.add_argument("--whole", action="store_true", help="all layers of the 32B shape")
    parser.add_argument("--device", default="cuda", help="of torch")
    parser.add_argument("--engine-device", default="cuda")
    return parser.parse_args()


def main():
    arguments = parse_arguments()
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    tally = Tally(arguments.budget)
    # Who is stopped from outside says what there is, and leaves no weights in memory.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    try:
        compare_all(arguments, tally)
    finally:
        tally.print()
    return 1 if tally.failed or not tally.passed else 0


def compare_all(arguments, tally):
    check_peer(arguments.device)
    for name in arguments.shapes:
        config = affordable(name, (SHAPES | SMALL)[name], arguments, tally)
        if config is None:
            tally.skip(cells_of(name, arguments))
            continue
        start, size = tally.seconds(), parity_weights.bytes_of(config)
        try:
            with parity_weights.folder_for(size, arguments.folder) as folder:
                compare_shape(name, config, folder, arguments, tally)
        except Exception as error:  # such as no memory, which the next may have
            traceback.print_exc()
            tally.add(name, False, f"{type(error).__name__}: {error}".splitlines()[0])
        tally.seconds_a_byte = (tally.seconds() - start) / size


if __name__ == "__main__":
    sys.exit(main())
