"""Writes a checkpoint of the Qwen2 family as a GGUF file, for llama.cpp to serve.

    tiny_gguf.py FOLDER FILE.gguf

FOLDER is a Hugging Face checkpoint in bf16 with a byte-level BPE tokenizer of Qwen2's rules, such
as backends/engine/tiny. Weights, tokenizer and chat template go over unchanged. Needs numpy and
gguf from PyPI. (Names of tensors and keys: llama.cpp, gguf-py/gguf/constants.py.)

What does not go over: GGUF has no normalizer, so text that is not in NFC becomes other tokens.
"""

import json
import pathlib
import struct
import sys

import gguf
import numpy as np

# Of a layer: what Hugging Face calls it, and what llama.cpp does.
IN_LAYER = {
    "input_layernorm.weight": "attn_norm.weight",
    "post_attention_layernorm.weight": "ffn_norm.weight",
    "self_attn.q_proj.weight": "attn_q.weight",
    "self_attn.q_proj.bias": "attn_q.bias",
    "self_attn.k_proj.weight": "attn_k.weight",
    "self_attn.k_proj.bias": "attn_k.bias",
    "self_attn.v_proj.weight": "attn_v.weight",
    "self_attn.v_proj.bias": "attn_v.bias",
    "self_attn.o_proj.weight": "attn_output.weight",
    "mlp.gate_proj.weight": "ffn_gate.weight",
    "mlp.up_proj.weight": "ffn_up.weight",
    "mlp.down_proj.weight": "ffn_down.weight",
}
OUTSIDE = {
    "model.embed_tokens.weight": "token_embd.weight",
    "model.norm.weight": "output_norm.weight",
    "lm_head.weight": "output.weight",
}


def read_tensors(file):
    """Name to array of the bf16 halves, which numpy knows only as integers."""
    data = file.read_bytes()
    (length,) = struct.unpack_from("<Q", data)
    tensors = {}
    for name, entry in json.loads(data[8:8 + length]).items():
        if name == "__metadata__":
            continue
        if entry["dtype"] != "BF16":
            sys.exit(f"{file}: {name} is {entry['dtype']}, not BF16")
        begin, end = (8 + length + offset for offset in entry["data_offsets"])
        tensors[name] = np.frombuffer(data[begin:end], np.uint16).reshape(entry["shape"])
    return tensors


def gguf_name(name):
    if name in OUTSIDE:
        return OUTSIDE[name]
    _, _, layer, inside = name.split(".", 3)
    return f"blk.{layer}.{IN_LAYER[inside]}"


def put_sizes(writer, config):
    writer.add_block_count(config["num_hidden_layers"])
    writer.add_context_length(config["max_position_embeddings"])
    writer.add_embedding_length(config["hidden_size"])
    writer.add_feed_forward_length(config["intermediate_size"])
    writer.add_head_count(config["num_attention_heads"])
    writer.add_head_count_kv(config["num_key_value_heads"])
    writer.add_rope_freq_base(config["rope_theta"])
    writer.add_layer_norm_rms_eps(config["rms_norm_eps"])


def put_tokenizer(writer, folder, config):
    tokenizer = json.loads((folder / "tokenizer.json").read_text())
    words = json.loads((folder / "tokenizer_config.json").read_text())
    added = {token["id"]: token for token in tokenizer["added_tokens"]}
    names = {at: name for name, at in tokenizer["model"]["vocab"].items()}
    names |= {at: token["content"] for at, token in added.items()}
    kinds = []
    for at in range(config["vocab_size"]):
        if at in added:
            special = added[at]["special"]
            kinds.append(gguf.TokenType.CONTROL if special else gguf.TokenType.USER_DEFINED)
        else:
            kinds.append(gguf.TokenType.NORMAL if at in names else gguf.TokenType.UNUSED)
    merges = tokenizer["model"]["merges"]
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("qwen2")
    writer.add_token_list([names.get(at, f"[PAD{at}]") for at in range(config["vocab_size"])])
    writer.add_token_types(kinds)
    writer.add_token_merges([m if isinstance(m, str) else " ".join(m) for m in merges])
    writer.add_bos_token_id(config["bos_token_id"])
    writer.add_eos_token_id(config["eos_token_id"])
    writer.add_add_bos_token(bool(words.get("add_bos_token")))
    writer.add_chat_template(words["chat_template"])


def put_weights(writer, tensors):
    for name, halves in tensors.items():
        if halves.ndim == 1:  # norms and biases: llama.cpp wants them in fp32
            writer.add_tensor(gguf_name(name), (halves.astype(np.uint32) << 16).view(np.float32))
        else:
            writer.add_tensor(gguf_name(name), np.ascontiguousarray(halves).view(np.uint8),
                              raw_dtype=gguf.GGMLQuantizationType.BF16)


def convert(folder, target):
    folder = pathlib.Path(folder)
    config = json.loads((folder / "config.json").read_text())
    if config["model_type"] != "qwen2":
        sys.exit(f"{folder}: model_type {config['model_type']}, not qwen2")
    writer = gguf.GGUFWriter(str(target), "qwen2")
    put_sizes(writer, config)
    put_tokenizer(writer, folder, config)
    put_weights(writer, read_tensors(folder / "model.safetensors"))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    convert(sys.argv[1], sys.argv[2])
