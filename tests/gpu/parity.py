"""Compares the CUDA device's logits with those of transformers, on checkpoints of real shapes.

    parity.py ENGINE_LOGITS [--shapes NAME...] [--long N]

The shapes are those of the models that people evaluate, cut to two layers and a small vocabulary,
with synthetic weights (tests/peers/synthetic_model.py, made on the GPU). Each is read at 300 tokens
and at --long (33,000), where the last 48 positions count. The criterion is that of
shared/reference/inference.md, section 7.2; see tests/peers/compare_logits.py. With the cache and
the weights in fp8, at 300 tokens, logits must be further from fp32 than without, and within what
E4M3 costs these models on the CPU, where 0.11 and 0.17, 0.18 and 0.31 were measured. Needs a GPU,
torch and transformers. Ends with 1 if a comparison fails.
"""

import argparse
import os
import pathlib
import subprocess
import sys
import tempfile

os.environ.setdefault("HF_HUB_OFFLINE", "1")
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "peers"))

import numpy as np
import torch
import transformers

import compare_logits
import synthetic_model

VOCABULARY = 4096
LAST = 48
# Options of ENGINE_LOGITS, and the mean absolute logit error that they may cost; the logits' spread
# is 3.5. The same bounds as in tests/backends/engine/cpu and cuda.
FP8 = {"--kv-cache": 0.3, "--weights": 0.5}


def shape(architecture, hidden, heads, kv_heads, intermediate, theta, **more):
    return synthetic_model.small_config(
        architecture, vocab_size=VOCABULARY, hidden_size=hidden, num_attention_heads=heads,
        num_key_value_heads=kv_heads, head_dim=128, intermediate_size=intermediate,
        rope_theta=theta, max_position_embeddings=40960, **more)


LLAMA3 = {"rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
          "original_max_position_embeddings": 8192}
SHAPES = {
    "qwen2-1.5b": shape("qwen2", 1536, 12, 2, 8960, 10000.0),
    "qwen2-7b": shape("qwen2", 3584, 28, 4, 18944, 10000.0),
    "qwen2-32b": shape("qwen2", 5120, 40, 8, 27648, 1000000.0, rms_norm_eps=1e-5),
    "llama-8b": shape("llama", 4096, 32, 8, 14336, 500000.0, rms_norm_eps=1e-5,
                      rope_scaling=LLAMA3),
    "qwen3-8b": shape("qwen3", 4096, 32, 8, 12288, 1000000.0),
}


def shifted(bits, places):
    """A logical shift to the right of signed 64-bit integers."""
    return (bits >> places) & ((1 << (64 - places)) - 1)


def signed(value):
    return value - (1 << 64) if value >= 1 << 63 else value


def deviates_on_gpu(seed, name, count):
    """What synthetic_model.deviates computes: 64-bit arithmetic wraps alike, signed or not."""
    key = synthetic_model.fnv1a(name) ^ (seed * synthetic_model.GOLDEN & synthetic_model.MASK)
    parts = []
    for first in range(0, count, 1 << 26):
        last = min(first + (1 << 26), count)
        bits = torch.arange(first + 1, last + 1, dtype=torch.int64, device="cuda")
        bits = bits * signed(synthetic_model.GOLDEN) + signed(key)
        bits = (bits ^ shifted(bits, 30)) * signed(0xBF58476D1CE4E5B9)
        bits = (bits ^ shifted(bits, 27)) * signed(0x94D049BB133111EB)
        bits = bits ^ shifted(bits, 31)
        total = sum(shifted(bits, 16 * i) & 0xFFFF if i else bits & 0xFFFF for i in range(4))
        parts.append(((total.double() - 2.0 * 65535.0) * synthetic_model.PER_SPREAD).cpu().numpy())
    return np.concatenate(parts)


def peer_logits(folder, ids, dtype):
    model = transformers.AutoModelForCausalLM.from_pretrained(
        folder, dtype=dtype, attn_implementation="sdpa").eval().cuda()
    with torch.inference_mode():
        rows = model(torch.tensor([ids], device="cuda"), logits_to_keep=LAST).logits[0]
    return rows.double().cpu().numpy()


def our_logits(program, folder, ids, *options):
    (folder / "ids.txt").write_text(" ".join(map(str, ids)) + "\n")
    out = folder / "logits.f64"
    subprocess.run([program, folder, "--ids", folder / "ids.txt", "--out", out, "--device", "cuda",
                    "--last", str(LAST), *options], check=True)
    return np.fromfile(out, dtype="<f8").reshape(-1, VOCABULARY)


def compare(name, program, folder, length):
    ids = np.random.default_rng(length).integers(0, VOCABULARY, length).tolist()
    truth = peer_logits(folder, ids, torch.float32)
    peer = compare_logits.errors(peer_logits(folder, ids, torch.bfloat16), truth)
    logits = our_logits(program, folder, ids)
    ours = compare_logits.errors(logits, truth)
    wrong, clear = compare_logits.disagreements(logits, truth, 4 * peer[1])
    good = wrong == 0 and all(a <= compare_logits.SLACK * b for a, b in zip(ours, peer))
    print(f"{name} at {length}: ours max {ours[0]:.3f} mean {ours[1]:.4f} KL {ours[2]:.1e}"
          f" | bf16 max {peer[0]:.3f} mean {peer[1]:.4f} KL {peer[2]:.1e}"
          f" | top-1 differs at {wrong} of {clear} | {'ok' if good else 'FAILED'}", flush=True)
    return good


def compare_fp8(name, program, folder, length):
    ids = np.random.default_rng(length).integers(0, VOCABULARY, length).tolist()
    truth = peer_logits(folder, ids, torch.float32)
    full = compare_logits.errors(our_logits(program, folder, ids), truth)[1]
    failed = 0
    for option, most in FP8.items():
        logits = our_logits(program, folder, ids, option, "fp8")
        mean = compare_logits.errors(logits, truth)[1]
        good = full < mean <= full + most
        failed += not good
        print(f"{name} at {length}, {option} fp8: mean {mean:.4f} | full {full:.4f}"
              f" | {'ok' if good else 'FAILED'}", flush=True)
    return failed


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program", type=pathlib.Path)
    parser.add_argument("--shapes", nargs="+", choices=SHAPES, default=list(SHAPES))
    parser.add_argument("--long", type=int, default=33000)
    arguments = parser.parse_args()
    transformers.logging.set_verbosity_error()
    torch.backends.cuda.matmul.allow_tf32 = False
    check = deviates_on_gpu(3, "model.norm.weight", 1000)
    assert (check == synthetic_model.deviates(3, "model.norm.weight", 1000)).all()
    synthetic_model.deviates = deviates_on_gpu
    failed = 0
    for name in arguments.shapes:
        with tempfile.TemporaryDirectory() as folder:
            folder = pathlib.Path(folder)
            synthetic_model.write(folder, SHAPES[name])
            for length in (300, arguments.long):
                failed += not compare(name, arguments.program, folder, length)
            failed += compare_fp8(name, arguments.program, folder, 300)
    print(f"transformers {transformers.__version__}, torch {torch.__version__}: {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
