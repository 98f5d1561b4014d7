"""Compares our logits with those of Hugging Face transformers, on checkpoints made up for it.

    compare_logits.py ENGINE_LOGITS [--device NAME] [--tokens N] [--keep FOLDER]

ENGINE_LOGITS is the program of tests/backends/engine/support. The criterion is that of
shared/reference/inference.md, section 7.2: at no point may we be further from transformers in fp32
than 1.3 times as far as transformers in bf16 is (largest and mean logit error, mean KL), and the
most likely token must agree wherever fp32 leads by more than 4 times the mean bf16 error. A device
that computes in fp32 or better must besides be within 5e-4 of fp32 (--exact, on for the reference).

Needs torch and transformers. Ends with 1 if a comparison fails.
"""

import argparse
import os
import pathlib
import subprocess
import sys
import tempfile

os.environ.setdefault("HF_HUB_OFFLINE", "1")

import numpy as np
import torch
import transformers

import synthetic_model

SLACK = 1.3
EXACT = 5e-4  # logits, whose spread is 3.5; ten times what the double reference is off by


def cases():
    """(name, config.json): each architecture with what its small sisters and rewrites differ in."""
    small = synthetic_model.small_config
    llama = small("llama")
    rewritten = {k: v for k, v in llama.items() if k not in ("rope_scaling", "rope_theta")}
    rewritten["rope_parameters"] = llama["rope_scaling"] | {"rope_theta": llama["rope_theta"]}
    return [
        ("qwen2", small("qwen2")),
        ("qwen2, tied", small("qwen2", tie_word_embeddings=True)),
        ("qwen2, theta 1000000, eps 1e-5", small("qwen2", rope_theta=1000000, rms_norm_eps=1e-5)),
        ("qwen2, 12:2 heads", small("qwen2", num_attention_heads=12, hidden_size=192)),
        ("qwen3", small("qwen3")),
        ("qwen3, tied", small("qwen3", tie_word_embeddings=True)),
        ("llama, scaled", llama),
        ("llama, rope_parameters", rewritten),
        ("llama, unscaled", small("llama", rope_scaling=None)),
        ("llama, head_dim 128", small("llama", head_dim=128, num_attention_heads=4)),
    ]


def peer_logits(folder, sequences, dtype):
    model = transformers.AutoModelForCausalLM.from_pretrained(
        folder, dtype=dtype, attn_implementation="eager"
    ).eval()
    with torch.inference_mode():
        rows = [model(torch.tensor([ids])).logits[0].double().numpy() for ids in sequences]
    return np.concatenate(rows)


def our_logits(program, device, folder, sequences, vocab_size):
    ids = folder / "ids.txt"
    out = folder / "logits.f64"
    ids.write_text("".join(" ".join(map(str, line)) + "\n" for line in sequences))
    command = [program, folder, "--ids", ids, "--out", out, "--device", device]
    subprocess.run(command, check=True)
    return np.fromfile(out, dtype="<f8").reshape(-1, vocab_size)


def log_softmax(logits):
    shifted = logits - logits.max(axis=1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))


def errors(logits, truth):
    """Largest and mean absolute logit error, mean KL divergence per position."""
    difference = np.abs(logits - truth)
    ours, theirs = log_softmax(logits), log_softmax(truth)
    divergence = (np.exp(theirs) * (theirs - ours)).sum(axis=1)
    return difference.max(), difference.mean(), divergence.mean()


def disagreements(logits, truth, tolerance):
    """Positions whose most likely token differs although the truth leads by more than that."""
    ordered = np.partition(truth, (-2, -1), axis=1)
    clear = ordered[:, -1] - ordered[:, -2] > tolerance
    return int((clear & (logits.argmax(axis=1) != truth.argmax(axis=1))).sum()), int(clear.sum())


def compare(config, arguments, folder):
    """Prints one line; returns whether the criterion is met."""
    synthetic_model.write(folder, config)
    random = np.random.default_rng(1)
    lengths = (arguments.tokens, 33, 1)
    sequences = [random.integers(0, config["vocab_size"], n).tolist() for n in lengths]
    truth = peer_logits(folder, sequences, torch.float32)
    peer = errors(peer_logits(folder, sequences, torch.bfloat16), truth)
    logits = our_logits(
        arguments.program, arguments.device, folder, sequences, config["vocab_size"]
    )
    ours = errors(logits, truth)
    wrong, clear = disagreements(logits, truth, 4 * peer[1])
    good = wrong == 0 and all(a <= SLACK * b for a, b in zip(ours, peer))
    if arguments.exact or arguments.device == "reference":
        good = good and ours[0] <= EXACT
    print(
        f"  ours max {ours[0]:.2e} mean {ours[1]:.2e} KL {ours[2]:.1e}"
        f" | bf16 max {peer[0]:.2e} mean {peer[1]:.2e} KL {peer[2]:.1e}"
        f" | top-1 differs at {wrong} of {clear} clear positions"
        f" | logit spread {truth.std():.2f} | {'ok' if good else 'FAILED'}"
    )
    return good


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program", type=pathlib.Path)
    parser.add_argument("--device", default="reference")
    parser.add_argument("--exact", action="store_true", help="hold the device to fp32")
    parser.add_argument("--tokens", type=int, default=600, help="of the longest sequence")
    parser.add_argument("--keep", type=pathlib.Path, help="leave the checkpoints here")
    arguments = parser.parse_args()
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    print(f"transformers {transformers.__version__}, torch {torch.__version__}, CPU")
    failed = 0
    with tempfile.TemporaryDirectory() as temporary:
        root = arguments.keep or pathlib.Path(temporary)
        for number, (name, config) in enumerate(cases()):
            print(name)
            folder = root / str(number)
            failed += not compare(config, arguments, folder)
    print(f"{failed} of {len(cases())} comparisons failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
