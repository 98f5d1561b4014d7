"""Checkpoints with real structure and made-up weights; the twin of
tests/backends/engine/support/synthetic_model.cpp, byte for byte.

    synthetic_model.py FOLDER ARCHITECTURE [--tied] [--seed N]    writes the small checkpoint
    synthetic_model.py --digests                  prints the table of synthetic_model_test.cpp

Needs numpy.
"""

import argparse
import hashlib
import json
import math
import pathlib
import struct

import numpy as np

EMBED_SPREAD = 0.005
LOGIT_SPREAD = 3.5
KEY_BIAS_SPREAD = 3.0
BIAS_SPREAD = 0.5
NORM_SPREAD = 0.1
GOLDEN = 0x9E3779B97F4A7C15
PER_SPREAD = 2.6428997921303014e-05  # 1 / sqrt(4 (65536^2 - 1) / 12)
MASK = (1 << 64) - 1

CLASS_NAMES = {
    "qwen2": "Qwen2ForCausalLM",
    "qwen3": "Qwen3ForCausalLM",
    "llama": "LlamaForCausalLM",
}


def small_config(architecture, **changes):
    """config.json of the small model of an architecture, with some fields changed."""
    config = {
        "architectures": [CLASS_NAMES[architecture]],
        "model_type": architecture,
        "vocab_size": 320,
        "hidden_size": 64,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "head_dim": 16,
        "intermediate_size": 160,
        "max_position_embeddings": 4096,
        "rms_norm_eps": 1e-6,
        "rope_theta": 10000.0,
        "rope_scaling": None,
        "hidden_act": "silu",
        "tie_word_embeddings": False,
        "torch_dtype": "bfloat16",
        "eos_token_id": 1,
    }
    if architecture == "qwen3":
        config |= {"head_dim": 32, "rope_theta": 1e6}
    if architecture == "llama":
        config |= {
            "num_attention_heads": 8,
            "head_dim": 16,
            "rms_norm_eps": 1e-5,
            "rope_theta": 500000.0,
            "rope_scaling": {
                "rope_type": "llama3",
                "factor": 8.0,
                "low_freq_factor": 1.0,
                "high_freq_factor": 4.0,
                "original_max_position_embeddings": 64,
            },
        }
    return config | changes


def fnv1a(text):
    value = 0xCBF29CE484222325
    for byte in text.encode():
        value = (value ^ byte) * 0x100000001B3 & MASK
    return value


def deviates(seed, name, count):
    """The first `count` nearly normal deviates of a tensor, as float64."""
    key = fnv1a(name) ^ (seed * GOLDEN & MASK)
    bits = np.uint64(key) + np.arange(1, count + 1, dtype=np.uint64) * np.uint64(GOLDEN)
    bits = (bits ^ (bits >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    bits = (bits ^ (bits >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    bits = bits ^ (bits >> np.uint64(31))
    total = sum((bits >> np.uint64(16 * i)) & np.uint64(0xFFFF) for i in range(4))
    return (total.astype(np.float64) - 2.0 * 65535.0) * PER_SPREAD


def bf16_bits(values):
    """float32 rounded to nearest bfloat16, ties to even, as uint16."""
    bits = values.astype(np.float32).view(np.uint32)
    return ((bits + np.uint32(0x7FFF) + ((bits >> 16) & np.uint32(1))) >> 16).astype(np.uint16)


def specs_of(config):
    """name -> (shape, centre, spread) of every tensor."""
    hidden, layers = config["hidden_size"], config["num_hidden_layers"]
    ffn, dim = config["intermediate_size"], config["head_dim"]
    q_size = config["num_attention_heads"] * dim
    kv_size = config["num_key_value_heads"] * dim
    vocab = config["vocab_size"]
    depth = math.sqrt(2.0 * layers)

    def norm(size, centre=1.0):
        return ([size], centre, centre * NORM_SPREAD)

    def matrix(out, size, divisor=1.0):
        return ([out, size], 0.0, 1 / math.sqrt(size) / divisor)

    specs = {"model.embed_tokens.weight": ([vocab, hidden], 0.0, EMBED_SPREAD)}
    for layer in range(layers):
        base = f"model.layers.{layer}."
        attention = base + "self_attn."
        specs[base + "input_layernorm.weight"] = norm(hidden)
        specs[base + "post_attention_layernorm.weight"] = norm(hidden)
        specs[attention + "q_proj.weight"] = matrix(q_size, hidden)
        specs[attention + "k_proj.weight"] = matrix(kv_size, hidden)
        specs[attention + "v_proj.weight"] = matrix(kv_size, hidden)
        specs[attention + "o_proj.weight"] = matrix(hidden, q_size, depth)
        specs[base + "mlp.gate_proj.weight"] = matrix(ffn, hidden)
        specs[base + "mlp.up_proj.weight"] = matrix(ffn, hidden)
        specs[base + "mlp.down_proj.weight"] = matrix(hidden, ffn, depth)
        if config["model_type"] == "qwen2":
            specs[attention + "q_proj.bias"] = ([q_size], 0.0, BIAS_SPREAD)
            specs[attention + "k_proj.bias"] = ([kv_size], 0.0, KEY_BIAS_SPREAD)
            specs[attention + "v_proj.bias"] = ([kv_size], 0.0, BIAS_SPREAD)
        if config["model_type"] == "qwen3":
            specs[attention + "q_norm.weight"] = norm(dim)
            specs[attention + "k_norm.weight"] = norm(dim)
    width = math.sqrt(hidden)
    if config["tie_word_embeddings"]:
        specs["model.norm.weight"] = norm(hidden, LOGIT_SPREAD / (EMBED_SPREAD * width))
    else:
        specs["model.norm.weight"] = norm(hidden)
        specs["lm_head.weight"] = ([vocab, hidden], 0.0, LOGIT_SPREAD / width)
    return specs


def image_of(config, seed=1):
    """model.safetensors in bf16: the bytes that write_synthetic writes for the same shape."""
    header, data = {}, []
    size = 0
    for name, (shape, centre, spread) in sorted(specs_of(config).items()):
        values = centre + spread * deviates(seed, name, math.prod(shape))
        data.append(bf16_bits(values).tobytes())
        header[name] = {
            "data_offsets": [size, size + len(data[-1])],
            "dtype": "BF16",
            "shape": shape,
        }
        size += len(data[-1])
    text = json.dumps(header, sort_keys=True, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text + b"".join(data)


def write(folder, config, seed=1):
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(json.dumps(config, indent=1))
    (folder / "model.safetensors").write_bytes(image_of(config, seed))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", nargs="?")
    parser.add_argument("architecture", nargs="?", choices=CLASS_NAMES)
    parser.add_argument("--tied", action="store_true")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--digests", action="store_true")
    arguments = parser.parse_args()
    if arguments.digests:
        for architecture in CLASS_NAMES:
            for tied in (False, True):
                image = image_of(small_config(architecture, tie_word_embeddings=tied))
                print(architecture, "tied" if tied else "untied", hashlib.sha256(image).hexdigest())
    elif arguments.architecture:
        config = small_config(arguments.architecture, tie_word_embeddings=arguments.tied)
        write(arguments.folder, config, arguments.seed)
    else:
        parser.error("give a folder and an architecture, or --digests")


if __name__ == "__main__":
    main()
