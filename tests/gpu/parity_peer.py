"""The logits of transformers, of models and prompts that do not fit a GPU in the usual way.

In fp32 the layers are widened one after another while the model runs, so that only one of them is
there in fp32 at a time, and attention goes by blocks of queries with all arithmetic in fp32: with
fp32 and grouped heads, torch's own has no kernel that leaves out the matrix of all scores, which
for 28 heads and 33,000 tokens is 122 GB. In bf16 it is transformers as everyone runs it.
"""

import torch
import transformers

ATTENTION = "proctor_by_blocks"
scores_at_a_time = 1 << 29  # 2 GiB


def attention_by_blocks(module, query, key, value, attention_mask, scaling=None, **_):
    """Causal, of a whole prompt: [batch, heads, tokens, dim] to [batch, tokens, heads, dim]."""
    assert attention_mask is None and query.shape[2] == key.shape[2]
    batch, heads, tokens, dim = query.shape
    groups = key.shape[1]
    out = torch.empty_like(query)
    block = max(1, scores_at_a_time // (heads * tokens))
    positions = torch.arange(tokens, device=query.device)
    for first in range(0, tokens, block):
        last = min(first + block, tokens)
        rows = (query[:, :, first:last] * scaling).reshape(batch, groups, -1, dim)
        scores = rows @ key[:, :, :last].transpose(2, 3)
        scores = scores.view(batch, groups, -1, last - first, last)
        later = positions[first:last] > positions[first:last, None]
        scores[..., first:].masked_fill_(later, float("-inf"))
        weights = torch.softmax(scores, dim=-1).view(batch, groups, -1, last)
        out[:, :, first:last] = (weights @ value[:, :, :last]).view(batch, heads, -1, dim)
    return out.transpose(1, 2), None


transformers.AttentionInterface.register(ATTENTION, attention_by_blocks)


def empty_model(folder, dtype, attention):
    """The model of the folder's config.json, without weights."""
    config = transformers.AutoConfig.from_pretrained(folder)
    with torch.device("meta"):
        return transformers.AutoModelForCausalLM.from_config(
            config, dtype=dtype, attn_implementation=attention).eval()


def remake_rotary(model, device):
    """The one part whose numbers are not weights."""
    rotary = model.model.rotary_emb
    model.model.rotary_emb = type(rotary)(config=model.config).to(device)


def run(model, ids, last, device):
    with torch.inference_mode():
        rows = model(torch.tensor([ids], device=device), logits_to_keep=last, use_cache=False)
    return rows.logits[0].double().cpu().numpy()


def logits_in_bf16(folder, weights, prompts, last, device):
    """For each prompt the logits after its last tokens; `weights` as parity_weights.make."""
    model = empty_model(folder, torch.bfloat16, "sdpa")
    model.load_state_dict(weights, assign=True)
    remake_rotary(model, device)
    return [run(model, ids, last, device) for ids in prompts]


def logits_in_fp32(folder, weights, prompts, last, device):
    torch.set_float32_matmul_precision("highest")  # no TF32
    model = empty_model(folder, torch.float32, ATTENTION)

    def widen(module, prefix):
        names = [name for name, _ in module.named_parameters()]
        module.load_state_dict({n: weights[prefix + n].float() for n in names}, assign=True)

    def drop(module, *_):
        module.to("meta")

    for index, layer in enumerate(model.model.layers):
        prefix = f"model.layers.{index}."
        layer.register_forward_pre_hook(lambda layer, _, prefix=prefix: widen(layer, prefix))
        layer.register_forward_hook(drop)
    widen(model.model.embed_tokens, "model.embed_tokens.")
    widen(model.model.norm, "model.norm.")
    widen(model.lm_head, "lm_head.")
    remake_rotary(model, device)
    return [run(model, ids, last, device) for ids in prompts]


def logits_from_files(folder, prompts, last, device):
    """The plain way in fp32, which the one by layers must agree with."""
    model = transformers.AutoModelForCausalLM.from_pretrained(
        folder, dtype=torch.float32, attn_implementation="eager").eval().to(device)
    return [run(model, ids, last, device) for ids in prompts]
