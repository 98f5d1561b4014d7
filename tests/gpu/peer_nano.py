"""Times nano-vllm, over flash-attention's kernels, on this GPU; one shape of model a process.

    peer_nano.py SHAPE [--loads SEQUENCESxCONTEXT...] [--contexts FILE]
                 [--lengths FILE] [--seconds N]

A load is timed in steps that draw one token for each sequence over a cache that is full already, as
tests/bench/cuda_decode does; those that do not fit are left out. A line of JSON for each says the
median step with the peer's scheduler ("step_s") and without it, as cuda_decode times ours
("model_s"). --contexts is a load of the contexts in FILE, as many of the first as fit. --lengths
then runs requests of random ids from prompt to last token; each line of FILE holds the numbers of
prompt and reply tokens of one. A last line of JSON says the tokens and the seconds, reading of
prompts included; after --seconds the run stops and counts what has been drawn.

What computes is nano-vllm 0.2 and flash-attention 2.8.3 as their authors wrote them
(tests/gpu/peer_pack.sh). Only what surrounds them is replaced, so that they run without checkpoint,
tokenizer and network: weights are random, prompts are ids, and the group of one process does not
talk. The Qwen3 class with biases and without norms of queries and keys is Qwen2. Temperature 0.6.
The longest context that the peer is told to expect, by which its kernels divide their work, is that
of the load at hand: its best case.
"""

import argparse
import json
import os
import pathlib
import random
import sys
import tempfile
import time
import types

os.environ.setdefault("HF_HUB_OFFLINE", "1")
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent / "packed" / "peer"))

WARM_STEPS, STEPS = 4, 12
SLACK = 64  # positions that a load may grow by


def shape(hidden, layers, heads, kv_heads, intermediate, qwen2, vocabulary=151936):
    return {"model_type": "qwen3", "architectures": ["Qwen3ForCausalLM"], "dtype": "bfloat16",
            "vocab_size": vocabulary, "hidden_size": hidden, "num_hidden_layers": layers,
            "num_attention_heads": heads, "num_key_value_heads": kv_heads, "head_dim": 128,
            "intermediate_size": intermediate, "attention_bias": qwen2, "hidden_act": "silu",
            "max_position_embeddings": 40960, "tie_word_embeddings": False}


SHAPES = {
    "qwen2-1.5b": shape(1536, 28, 12, 2, 8960, True),
    "qwen2-7b": shape(3584, 28, 28, 4, 18944, True, 152064),
    "qwen3-8b": shape(4096, 36, 32, 8, 12288, False),
}


def fill_with_noise(model, _):
    for parameter in model.parameters():
        if parameter.dim() == 2:
            parameter.data.normal_(std=parameter.size(1) ** -0.5)
        else:
            parameter.data.normal_()


def make_engine(config):
    """nano-vllm's engine for a model of this shape, with what it asks of the world replaced."""
    from nanovllm.engine import llm_engine, model_runner
    from nanovllm.layers import embed_head, linear
    from nanovllm.models import qwen3

    alone = types.SimpleNamespace(get_rank=lambda: 0, get_world_size=lambda: 1,
                                  init_process_group=lambda *_, **__: None,
                                  destroy_process_group=lambda: None)
    for module in (model_runner, embed_head, linear, qwen3):
        module.dist = alone
    model_runner.load_model = fill_with_noise
    llm_engine.AutoTokenizer = types.SimpleNamespace(
        from_pretrained=lambda *_, **__: types.SimpleNamespace(eos_token_id=-1))
    with tempfile.TemporaryDirectory() as folder:
        (pathlib.Path(folder) / "config.json").write_text(json.dumps(config))
        return llm_engine.LLMEngine(folder, max_num_seqs=512)


def timed_model(engine):
    """Lets the engine's runner write down the seconds of each of its calls."""
    times = []
    call = engine.model_runner.call

    def timed(*arguments):
        start = time.perf_counter()
        result = call(*arguments)
        times.append(time.perf_counter() - start)
        return result

    engine.model_runner.call = timed
    return times


def median(values):
    return sorted(values)[len(values) // 2]


def running_sequence(context, blocks):
    """A request whose cache holds `context` positions, about to draw its next token."""
    from nanovllm import SamplingParams
    from nanovllm.engine.sequence import Sequence, SequenceStatus

    # Two positions more: the step within which the context grows into a new block is not timed.
    sequence = Sequence([17] * (context + 2),
                        SamplingParams(temperature=0.6, max_tokens=1 << 20, ignore_eos=True))
    sequence.status = SequenceStatus.RUNNING
    sequence.is_prefill = False
    sequence.num_cached_tokens = context + 1
    sequence.block_table = blocks
    return sequence


def expect(engine, longest):
    """Captures the engine's graphs anew, for contexts up to `longest`."""
    import torch

    runner = engine.model_runner
    runner.config.max_model_len = longest
    torch.set_default_device("cuda")
    torch.set_default_dtype(runner.config.hf_config.dtype)
    runner.capture_cudagraph()
    torch.set_default_device("cpu")
    torch.set_default_dtype(torch.float32)


def room(engine):
    """The engine's number of blocks, and a block's of positions."""
    manager = engine.scheduler.block_manager
    return len(manager.blocks), manager.block_size


def decode(engine, times, contexts):
    """Steps of one token for each context."""
    _, size = room(engine)
    first = 0
    for context in contexts:
        last = first + context // size + 1
        engine.scheduler.running.append(running_sequence(context, list(range(first, last))))
        first = last
    steps = []
    times.clear()
    for _ in range(WARM_STEPS + STEPS):
        start = time.perf_counter()
        engine.step()
        steps.append(time.perf_counter() - start)
    engine.scheduler.running.clear()
    return {"sequences": len(contexts), "context": round(sum(contexts) / len(contexts)),
            "step_s": median(steps[WARM_STEPS:]), "model_s": median(times[WARM_STEPS:])}


def filling(engine, contexts):
    """The first of these contexts, as many as the engine has memory for and runs at a time."""
    free, size = room(engine)
    fitting = []
    for context in contexts[:engine.scheduler.max_num_seqs]:
        free -= context // size + 1
        if free < 0:
            break
        # Timed steps must not grow into a block that was not counted.
        fitting.append(context // size * size + min(context % size, size - WARM_STEPS - STEPS - 2))
    return fitting


def warm_up(engine):
    """Compiles what is compiled at first use, at several batch sizes, prompts included."""
    from nanovllm import SamplingParams

    for count in (1, 2, 40):
        for _ in range(count):
            engine.add_request([random.randrange(10000) for _ in range(30)],
                               SamplingParams(temperature=0.6, max_tokens=3, ignore_eos=True))
        while not engine.is_finished():
            engine.step()


def run_lengths(engine, lengths, most_seconds):
    from nanovllm import SamplingParams

    warm_up(engine)
    for prompt, reply in lengths:
        engine.add_request([random.randrange(10000) for _ in range(prompt)],
                           SamplingParams(temperature=0.6, max_tokens=reply, ignore_eos=True))
    requests = list(engine.scheduler.waiting)
    start = time.perf_counter()
    while not engine.is_finished() and time.perf_counter() - start < most_seconds:
        engine.step()
    return {"seconds": time.perf_counter() - start, "requests": len(requests),
            "tokens": sum(request.num_completion_tokens for request in requests),
            "finished": sum(request.is_finished for request in requests)}


def numbers(path):
    """The rows of numbers of a file, none if there is no file."""
    lines = path.read_text().splitlines() if path else []
    return [[int(number) for number in line.split()] for line in lines]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("shape", choices=SHAPES)
    parser.add_argument("--loads", nargs="*", default=[])
    parser.add_argument("--contexts", type=pathlib.Path)
    parser.add_argument("--lengths", type=pathlib.Path)
    parser.add_argument("--seconds", type=float, default=120)
    arguments = parser.parse_args()
    random.seed(1)
    mixed = [context for row in numbers(arguments.contexts) for context in row]
    lengths = numbers(arguments.lengths)
    engine = make_engine(SHAPES[arguments.shape])
    engine.model_runner.kv_cache.normal_()
    times = timed_model(engine)
    expected = 0
    for load in arguments.loads:
        sequences, context = map(int, load.split("x"))
        contexts = [context] * sequences
        if filling(engine, contexts) != contexts:
            continue
        if expected != context:
            expect(engine, context + SLACK)
            expected = context
        print(json.dumps(decode(engine, times, contexts)), flush=True)
    if mixed:
        contexts = filling(engine, mixed)
        expect(engine, max(contexts) + SLACK)
        print(json.dumps(decode(engine, times, contexts) | {"full": True}), flush=True)
    if lengths:
        expect(engine, max(map(sum, lengths)) + 1)
        print(json.dumps(run_lengths(engine, lengths, arguments.seconds)), flush=True)


if __name__ == "__main__":
    main()
