"""Times flash-attention's decoding kernel on this GPU: the bar for attention in cuda_kernels.

    peer_attention.py

One token of each sequence attends to a paged cache of one layer, in shuffled pages of 256 positions
(the least that the kernel takes), at loads of tests/bench/cuda_kernels: the heads of
R1-Distill-Qwen-7B, and groups of 4 and 6 as those of Qwen3-8B and the 1.5B. First the kernel's
results are compared with plain arithmetic. A line of JSON for each load: the time, and the bytes of
keys and values a second as a part of what a copy moves in the same run. Needs torch and
tests/gpu/packed/peer (peer_pack.sh).
"""

import json
import pathlib
import sys

import torch

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent / "packed" / "peer"))

# Heads, of keys and values, sequences, context.
CASES = [(28, 4, 1, 8192), (28, 4, 8, 8192), (28, 4, 64, 1024), (28, 4, 64, 4096),
         (28, 4, 64, 8200), (28, 4, 64, 33000), (28, 4, 256, 1024), (28, 4, 256, 8200),
         (8, 2, 64, 4096), (12, 2, 64, 4096)]
HEAD_DIM = 128
PAGE = 256
TOLERANCE = 0.02  # of results near 1: bf16 rounds to 1/256, probabilities and result


def milliseconds_of(work):
    """The median of several runs, after two that warm up."""
    times = []
    for _ in range(12):
        begin, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
        begin.record()
        work()
        end.record()
        end.synchronize()
        times.append(begin.elapsed_time(end))
    return sorted(times[2:])[5]


def copy_rate():
    """Bytes a second that a copy within the device reads and writes."""
    source = torch.empty(1 << 32, dtype=torch.uint8, device="cuda")
    target = torch.empty_like(source)
    return 2 * source.numel() / (milliseconds_of(lambda: target.copy_(source)) * 1e-3)


def paged(heads, kv_heads, contexts, device):
    """Queries, keys, values, lengths and page table of one token each over `contexts` positions."""
    width = -(-max(contexts) // PAGE)
    table = torch.randperm(len(contexts) * width, device=device, dtype=torch.int32)
    noise = {"dtype": torch.bfloat16, "device": device}
    keys, values = (torch.randn(table.numel(), PAGE, kv_heads, HEAD_DIM, **noise) for _ in range(2))
    return (torch.randn(len(contexts), 1, heads, HEAD_DIM, **noise), keys, values,
            torch.tensor(contexts, dtype=torch.int32, device=device), table.view(-1, width))


def attend(kernel, queries, keys, values, lengths, table):
    return kernel(queries, keys, values, cache_seqlens=lengths, block_table=table,
                  softmax_scale=HEAD_DIM ** -0.5, causal=True)


def reference(queries, keys, values, lengths, table):
    rows = []
    for query, length, pages in zip(queries, lengths.tolist(), table.long()):
        k, v = (cache[pages].flatten(0, 1)[:length].float() for cache in (keys, values))
        q = query[0].float().view(k.size(1), -1, HEAD_DIM)  # the heads of each key, together
        scores = torch.einsum("ghd,tgd->ght", q, k) * HEAD_DIM ** -0.5
        rows.append(torch.einsum("ght,tgd->ghd", scores.softmax(-1), v).flatten(0, 1))
    return torch.stack(rows)[:, None]


def largest_error(kernel, device):
    errors = []
    for heads in sorted({case[:2] for case in CASES}):
        inputs = paged(*heads, [1, 255, 256, 257, 3000], device)
        result = attend(kernel, *inputs).float()
        errors.append((result - reference(*inputs)).abs().max().item())
    return max(errors)


def main():
    from flash_attn import flash_attn_with_kvcache

    error = largest_error(flash_attn_with_kvcache, "cuda")
    if not error < TOLERANCE:
        sys.exit(f"flash-attention is wrong by {error:.3f}: its times would mean nothing")
    copy = copy_rate()
    for case in CASES:
        heads, kv_heads, sequences, context = case
        inputs = paged(heads, kv_heads, [context] * sequences, "cuda")
        ms = milliseconds_of(lambda: attend(flash_attn_with_kvcache, *inputs))
        rate = 2 * 2 * kv_heads * HEAD_DIM * sequences * context / (ms * 1e-3)
        print(json.dumps({"case": case, "ms": ms, "part_of_copy": rate / copy}), flush=True)


if __name__ == "__main__":
    main()
