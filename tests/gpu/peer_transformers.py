"""How fast transformers decodes on this GPU: the floor beside which cuda_decode's figures stand.

    peer_transformers.py

A model of the shape of R1-Distill-Qwen-1.5B with random weights, a static cache, sdpa attention:
tokens a second of decoding at some of the loads of tests/bench/cuda_decode. Each load runs steps of
one token for all sequences over a full cache. Needs torch and transformers.
"""

import time

import torch
import transformers
from transformers import Qwen2Config, Qwen2ForCausalLM, StaticCache

LOADS = [(1, 1024), (16, 4096), (64, 1024), (64, 8192)]


def model_of_1_5b():
    config = Qwen2Config(vocab_size=151936, hidden_size=1536, num_hidden_layers=28,
                         num_attention_heads=12, num_key_value_heads=2, intermediate_size=8960,
                         max_position_embeddings=40960, tie_word_embeddings=False)
    with torch.device("cuda"):
        torch.set_default_dtype(torch.bfloat16)
        return Qwen2ForCausalLM._from_config(config, attn_implementation="sdpa").eval()


@torch.inference_mode()
def tokens_per_second(model, sequences, context):
    cache = StaticCache(config=model.config, max_cache_len=context + 32)
    ids = torch.full((sequences, 1), 17, device="cuda")
    times = []
    for step in range(12):
        position = torch.tensor([context + step], device="cuda")
        torch.cuda.synchronize()
        start = time.perf_counter()
        logits = model(ids, past_key_values=cache, cache_position=position,
                       position_ids=position[None].expand(sequences, 1)).logits[:, -1]
        ids = torch.multinomial(torch.softmax(logits.float() / 0.6, -1), 1)
        torch.cuda.synchronize()
        times.append(time.perf_counter() - start)
    return sequences / sorted(times[3:])[len(times[3:]) // 2]


def main():
    transformers.logging.set_verbosity_error()
    model = model_of_1_5b()
    for sequences, context in LOADS:
        try:
            rate = tokens_per_second(model, sequences, context)
            print(f"transformers, 1.5B, {sequences:3d} x {context:5d}: {rate:8.0f} tokens/s",
                  flush=True)
        except torch.cuda.OutOfMemoryError:
            print(f"transformers, 1.5B, {sequences:3d} x {context:5d}: out of memory", flush=True)
            torch.cuda.empty_cache()


if __name__ == "__main__":
    main()
