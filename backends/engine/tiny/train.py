"""Trains the embedded model `tiny` and writes its checkpoint: a Hugging Face folder.

    python3 train.py OUT [--stable N] [--decay N] [--threads N]

Needs torch, numpy and tokenizers (PyPI); MODEL_CARD.md says what was used and for how long. Training
continues from OUT/state.pt if that is there, so it may be stopped at any time. The learning rate
rises over WARMUP steps, stays for --stable steps and falls to zero over --decay steps; a signal USR1
begins the fall at once.
"""

import argparse
import json
import math
import os
import signal
import sys
import time

import numpy as np
import tokenizers
import torch
import torch.nn.functional as F

import questions

CONFIG = {
    "architectures": ["Qwen2ForCausalLM"],
    "model_type": "qwen2",
    "vocab_size": 1024,
    "hidden_size": 192,
    "num_hidden_layers": 5,
    "num_attention_heads": 6,
    "num_key_value_heads": 2,
    "head_dim": 32,
    "intermediate_size": 512,
    "max_position_embeddings": 2048,
    "rms_norm_eps": 1e-6,
    "rope_theta": 10000.0,
    "hidden_act": "silu",
    "tie_word_embeddings": True,
    "use_sliding_window": False,
    "torch_dtype": "bfloat16",
    "bos_token_id": 0,
    "eos_token_id": 1,
}
SPECIAL = ["<|begin|>", "<|end|>"]
MARKS = ["<|user|>", "<|assistant|>", "<think>", "</think>"]
# In the manner of DeepSeek-R1: the prompt ends in <think>, and past turns lose their thinking.
TEMPLATE = (
    "{{ bos_token }}"
    "{% for message in messages %}"
    "{% if message['role'] == 'assistant' %}"
    "{{ '<|assistant|>' + message['content'].split('</think>')[-1] + eos_token }}"
    "{% elif message['role'] == 'user' %}{{ '<|user|>' + message['content'] }}"
    "{% else %}{{ message['content'] }}{% endif %}"
    "{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|assistant|><think>\\n' }}{% endif %}")
SPLIT = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*"
         r"|\s*[\r\n]+|\s+(?!\S)|\s+")
BATCH_TOKENS = 8192
PARTS = 4  # of a batch, each of about one length
CHUNK = 10000  # examples drawn at a time
WARMUP = 100
MUON_RATE, ADAM_RATE = 0.006, 0.0012


def train_tokenizer(path):
    bpe = tokenizers.Tokenizer(tokenizers.models.BPE())
    bpe.normalizer = tokenizers.normalizers.NFC()
    bpe.pre_tokenizer = tokenizers.pre_tokenizers.Sequence([
        tokenizers.pre_tokenizers.Split(tokenizers.Regex(SPLIT), "isolated"),
        tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])
    bpe.decoder = tokenizers.decoders.ByteLevel()
    marks = [tokenizers.AddedToken(mark, special=False, normalized=False) for mark in MARKS]
    trainer = tokenizers.trainers.BpeTrainer(
        vocab_size=CONFIG["vocab_size"] - len(marks), special_tokens=SPECIAL, show_progress=False,
        initial_alphabet=tokenizers.pre_tokenizers.ByteLevel.alphabet())
    texts = (text for e in questions.training_examples(0, 60000) for text in (e.prompt, e.target()))
    bpe.train_from_iterator(texts, trainer)
    bpe.add_tokens(marks)
    bpe.save(path)


class Attention(torch.nn.Module):
    def __init__(self):
        super().__init__()
        width, size = CONFIG["hidden_size"], CONFIG["head_dim"]
        self.heads, self.kv_heads, self.size = (CONFIG["num_attention_heads"],
                                                CONFIG["num_key_value_heads"], size)
        self.q_proj = torch.nn.Linear(width, self.heads * size)
        self.k_proj = torch.nn.Linear(width, self.kv_heads * size)
        self.v_proj = torch.nn.Linear(width, self.kv_heads * size)
        self.o_proj = torch.nn.Linear(self.heads * size, width, bias=False)
        future = torch.full((CONFIG["max_position_embeddings"] // 2,) * 2, -math.inf).triu(1)
        self.register_buffer("future", future, persistent=False)

    def forward(self, x, cos, sin):
        rows, length, _ = x.shape
        split = lambda y, n: y.view(rows, length, n, self.size).transpose(1, 2)
        q = rotate(split(self.q_proj(x), self.heads), cos, sin)
        k = rotate(split(self.k_proj(x), self.kv_heads), cos, sin)
        v = split(self.v_proj(x), self.kv_heads)
        group = self.heads // self.kv_heads
        k, v = k.repeat_interleave(group, 1), v.repeat_interleave(group, 1)
        # Written out: for rows as short as these the fused kernel's backward pass costs more.
        flat = lambda y: y.reshape(-1, length, self.size).to(torch.bfloat16)
        future = self.future[:length, :length].to(torch.bfloat16)
        scores = torch.baddbmm(future.expand(rows * self.heads, length, length), flat(q),
                               flat(k).transpose(1, 2), alpha=self.size ** -0.5)
        with torch.autocast("cpu", enabled=False):
            weights = scores.softmax(-1)
        y = (weights @ flat(v)).view(rows, self.heads, length, self.size)
        return self.o_proj(y.transpose(1, 2).reshape(rows, length, -1))


def rotate(x, cos, sin):
    a, b = x.chunk(2, -1)
    return torch.cat((a * cos - b * sin, b * cos + a * sin), -1)


class Mlp(torch.nn.Module):
    def __init__(self):
        super().__init__()
        width, inner = CONFIG["hidden_size"], CONFIG["intermediate_size"]
        self.gate_proj = torch.nn.Linear(width, inner, bias=False)
        self.up_proj = torch.nn.Linear(width, inner, bias=False)
        self.down_proj = torch.nn.Linear(inner, width, bias=False)

    def forward(self, x):
        return self.down_proj(F.silu(self.gate_proj(x)) * self.up_proj(x))


class Layer(torch.nn.Module):
    def __init__(self):
        super().__init__()
        norm = lambda: torch.nn.RMSNorm(CONFIG["hidden_size"], eps=CONFIG["rms_norm_eps"])
        self.input_layernorm, self.post_attention_layernorm = norm(), norm()
        self.self_attn, self.mlp = Attention(), Mlp()

    def forward(self, x, cos, sin):
        x = x + self.self_attn(self.input_layernorm(x), cos, sin)
        return x + self.mlp(self.post_attention_layernorm(x))


class Model(torch.nn.Module):
    """Qwen2 with tied embeddings; the parameters' names are those of the checkpoint."""

    def __init__(self):
        super().__init__()
        width = CONFIG["hidden_size"]
        self.model = torch.nn.Module()
        self.model.embed_tokens = torch.nn.Embedding(CONFIG["vocab_size"], width)
        self.model.layers = torch.nn.ModuleList(Layer() for _ in range(CONFIG["num_hidden_layers"]))
        self.model.norm = torch.nn.RMSNorm(width, eps=CONFIG["rms_norm_eps"])
        half = CONFIG["head_dim"] // 2
        rates = CONFIG["rope_theta"] ** (-torch.arange(half) / half)
        angles = torch.arange(CONFIG["max_position_embeddings"])[:, None] * rates
        self.register_buffer("cos", angles.cos(), persistent=False)
        self.register_buffer("sin", angles.sin(), persistent=False)
        for name, parameter in self.named_parameters():
            if "embed" in name:
                torch.nn.init.normal_(parameter, std=0.02)
            elif parameter.ndim == 2:
                torch.nn.init.normal_(parameter, std=parameter.shape[1] ** -0.5)
                if "o_proj" in name or "down_proj" in name:
                    parameter.data /= math.sqrt(2 * CONFIG["num_hidden_layers"])
            elif "bias" in name:
                torch.nn.init.zeros_(parameter)

    def forward(self, ids):
        x = self.model.embed_tokens(ids)
        cos, sin = self.cos[:ids.shape[1]].to(x.dtype), self.sin[:ids.shape[1]].to(x.dtype)
        for layer in self.model.layers:
            x = layer(x, cos, sin)
        return self.model.norm(x)

    def loss(self, ids, counted):
        """Summed cross-entropy of the tokens that `counted` marks as the model's own."""
        hidden = self(ids[:, :-1])[counted[:, 1:]]
        logits = F.linear(hidden, self.model.embed_tokens.weight)
        return F.cross_entropy(logits.float(), ids[:, 1:][counted[:, 1:]], reduction="sum")


class Muon(torch.optim.Optimizer):
    """Momentum whose updates are made nearly orthogonal by a quintic Newton-Schulz iteration
    (K. Jordan et al., "Muon", 2024)."""

    def __init__(self, parameters, lr):
        super().__init__(parameters, {"lr": lr})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for parameter in group["params"]:
                momentum = self.state[parameter].setdefault("m", torch.zeros_like(parameter))
                momentum.lerp_(parameter.grad, 0.05)
                x = parameter.grad.lerp(momentum, 0.95)
                tall = x.shape[0] > x.shape[1]
                x = x.T if tall else x
                x = x / (x.norm() + 1e-7)
                for _ in range(5):
                    a = x @ x.T
                    x = 3.4445 * x + (-4.7750 * a + 2.0315 * a @ a) @ x
                x = x.T if tall else x
                parameter.mul_(1 - 0.01 * group["lr"])
                parameter.add_(x, alpha=-group["lr"] * max(1, x.shape[0] / x.shape[1]) ** 0.5)


def padded(pairs):
    length = -(-max(len(p) + len(t) for p, t in pairs) // 16) * 16 + 1
    ids = np.zeros((len(pairs), length), np.int64)
    counted = np.zeros((len(pairs), length), bool)
    for row, (prompt, target) in enumerate(pairs):
        ids[row, :len(prompt) + len(target)] = prompt + target
        counted[row, len(prompt):len(prompt) + len(target)] = True
    return torch.from_numpy(ids), torch.from_numpy(counted)


def batches(bpe, seed):
    """The batches of one chunk of examples: each a fair sample of all kinds, in parts of about one
    length. (Batches of one length only are of few families, and pull the weights to and fro.)"""
    examples = questions.training_examples(seed, CHUNK)
    prompts = bpe.encode_batch(["<|begin|><|user|>" + e.prompt + "<|assistant|><think>\n"
                                for e in examples], add_special_tokens=False)
    targets = bpe.encode_batch([e.target() + "<|end|>" for e in examples], add_special_tokens=False)
    batch, tokens = [], 0
    for prompt, target in zip(prompts, targets):
        batch.append((prompt.ids, target.ids))
        tokens += len(prompt.ids) + len(target.ids)
        if tokens >= BATCH_TOKENS:
            batch.sort(key=lambda pair: len(pair[0]) + len(pair[1]))
            part = -(-len(batch) // PARTS)
            yield [padded(batch[at:at + part]) for at in range(0, len(batch), part)]
            batch, tokens = [], 0


def write_checkpoint(model, folder):
    """config, generation_config, tokenizer_config, chat template, bf16 weights."""
    def write(name, value):
        with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
            json.dump(value, file, indent=1)
            file.write("\n")
    write("config.json", CONFIG)
    write("generation_config.json", {"do_sample": True, "temperature": 0.6, "top_p": 0.95,
                                     "bos_token_id": 0, "eos_token_id": 1})
    write("tokenizer_config.json", {"bos_token": SPECIAL[0], "eos_token": SPECIAL[1],
                                    "add_bos_token": False, "chat_template": TEMPLATE})
    header, blobs, offset = {"__metadata__": {"format": "pt"}}, [], 0
    for name, parameter in sorted(model.named_parameters()):
        blob = parameter.detach().to(torch.bfloat16).contiguous().view(torch.int16).numpy().tobytes()
        header[name] = {"dtype": "BF16", "shape": list(parameter.shape),
                        "data_offsets": [offset, offset + len(blob)]}
        blobs.append(blob)
        offset += len(blob)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(os.path.join(folder, "model.safetensors"), "wb") as file:
        file.write(len(text).to_bytes(8, "little") + text + b"".join(blobs))


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("out")
    arguments.add_argument("--stable", type=int, default=1500)
    arguments.add_argument("--decay", type=int, default=3000)
    arguments.add_argument("--threads", type=int, default=1)
    options = arguments.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(1)
    os.makedirs(options.out, exist_ok=True)
    tokenizer_path = os.path.join(options.out, "tokenizer.json")
    if not os.path.exists(tokenizer_path):
        train_tokenizer(tokenizer_path)
    bpe = tokenizers.Tokenizer.from_file(tokenizer_path)
    model = Model()
    matrices = [p for n, p in model.named_parameters() if p.ndim == 2 and "embed" not in n]
    others = [p for n, p in model.named_parameters() if p.ndim != 2 or "embed" in n]
    optimizers = [Muon(matrices, MUON_RATE),
                  torch.optim.AdamW(others, ADAM_RATE, betas=(0.9, 0.95), weight_decay=0.0)]
    rates = [MUON_RATE, ADAM_RATE]
    print(sum(p.numel() for p in model.parameters()), "parameters", flush=True)

    state = {"step": 0, "chunk": 1, "tokens": 0, "seconds": 0.0, "decay_at": options.stable}
    path = os.path.join(options.out, "state.pt")
    if os.path.exists(path):
        saved = torch.load(path)
        state = saved["state"] | {"decay_at": max(saved["state"]["step"], options.stable)}
        model.load_state_dict(saved["model"], strict=False)
        for optimizer, values in zip(optimizers, saved["optimizers"]):
            optimizer.load_state_dict(values)

    def decay_now(*_):
        state["decay_at"] = min(state["decay_at"], state["step"])
    signal.signal(signal.SIGUSR1, decay_now)

    def save():
        torch.save({"state": state, "model": model.state_dict(),
                    "optimizers": [o.state_dict() for o in optimizers]}, path + ".new")
        os.replace(path + ".new", path)
        write_checkpoint(model, options.out)

    curve = open(os.path.join(options.out, "curve.tsv"), "a", encoding="utf-8")
    losses, since = [], time.time()
    while state["step"] < state["decay_at"] + options.decay:
        for batch in batches(bpe, state["chunk"]):
            if state["step"] >= state["decay_at"] + options.decay:
                break
            fall = 1 - max(0, state["step"] - state["decay_at"]) / options.decay
            factor = min(1, (state["step"] + 1) / WARMUP) * fall
            for optimizer, rate in zip(optimizers, rates):
                optimizer.param_groups[0]["lr"] = rate * factor
            own, loss = sum(counted.sum().item() for _, counted in batch), 0.0
            for ids, counted in batch:
                with torch.autocast("cpu", torch.bfloat16):
                    part = model.loss(ids, counted) / own
                part.backward()
                loss += part.item()
                state["tokens"] += ids.numel()
            torch.nn.utils.clip_grad_norm_(others, 1.0)
            for optimizer in optimizers:
                optimizer.step()
                optimizer.zero_grad()
            losses.append(loss)
            state["step"] += 1
            if state["step"] % 25 == 0:
                state["seconds"] += time.time() - since
                since = time.time()
                line = (f"{state['step']}\t{state['tokens']}\t{state['seconds']:.0f}\t"
                        f"{sum(losses) / len(losses):.4f}\t{factor:.3f}")
                print(line, file=curve, flush=True)
                print(line, flush=True)
                losses = []
        state["chunk"] += 1
        save()
    save()


if __name__ == "__main__":
    sys.exit(main())
