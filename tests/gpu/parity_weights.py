"""The checkpoints of tests/peers/synthetic_model.py in real sizes: made by torch, on a GPU if there
is one, in bf16 and at once, and written beside the computing.

The bytes are the same (check_same_bytes). 64-bit integers wrap alike, signed or not.
"""

import concurrent.futures
import contextlib
import json
import math
import os
import pathlib
import struct
import tempfile

import torch

import synthetic_model

CHUNK = 1 << 26  # elements that are made at a time: half a GiB as 64-bit integers
WRITERS = 8
WEIGHTS = "model.safetensors"


def signed(value):
    return value - (1 << 64) if value >= 1 << 63 else value


def shifted(bits, places):
    """A logical shift to the right of signed 64-bit integers."""
    return (bits >> places) & ((1 << (64 - places)) - 1)


def deviates(seed, name, first, last, device):
    """The deviates [first, last) of a tensor, as synthetic_model.deviates has them."""
    key = synthetic_model.fnv1a(name) ^ (seed * synthetic_model.GOLDEN & synthetic_model.MASK)
    bits = torch.arange(first + 1, last + 1, dtype=torch.int64, device=device)
    bits = bits * signed(synthetic_model.GOLDEN) + signed(key)
    bits = (bits ^ shifted(bits, 30)) * signed(0xBF58476D1CE4E5B9)
    bits = (bits ^ shifted(bits, 27)) * signed(0x94D049BB133111EB)
    bits = bits ^ shifted(bits, 31)
    total = sum(shifted(bits, 16 * i) & 0xFFFF if i else bits & 0xFFFF for i in range(4))
    return (total.double() - 2.0 * 65535.0) * synthetic_model.PER_SPREAD


def make(config, device, seed=1, chunk=CHUNK):
    """name -> tensor in bf16 on the device, of all weights."""
    weights = {}
    for name, (shape, centre, spread) in sorted(synthetic_model.specs_of(config).items()):
        count = math.prod(shape)
        weights[name] = torch.empty(count, dtype=torch.bfloat16, device=device)
        for first in range(0, count, chunk):
            last = min(first + chunk, count)
            values = centre + spread * deviates(seed, name, first, last, device)
            weights[name][first:last] = values.float()  # to bf16 by way of f32, as there
        weights[name] = weights[name].view(shape)
    return weights


def bytes_of(config):
    return sum(2 * math.prod(shape) for shape, _, _ in synthetic_model.specs_of(config).values())


@contextlib.contextmanager
def folder_for(size, parent=None):
    """A folder whose weights file, of so many bytes, lies in `parent`; by default in memory: in
    /dev/shm where there is room, else in a file without a name, which a link leads to."""
    if parent is None and os.path.isdir("/dev/shm"):
        status = os.statvfs("/dev/shm")
        if status.f_bavail * status.f_frsize > size + (1 << 30):
            parent = "/dev/shm"
    with tempfile.TemporaryDirectory(dir=parent) as folder, contextlib.ExitStack() as stack:
        folder = pathlib.Path(folder)
        if parent is None:
            memory = stack.enter_context(os.fdopen(os.memfd_create("weights"), "wb"))
            (folder / WEIGHTS).symlink_to(f"/proc/{os.getpid()}/fd/{memory.fileno()}")
        yield folder


def write(folder, config, weights, chunk=CHUNK):
    """config.json and the weights."""
    (folder / "config.json").write_text(json.dumps(config, indent=1))
    header, size = {}, 0
    for name, tensor in weights.items():
        end = size + 2 * tensor.numel()
        header[name] = {"data_offsets": [size, end], "dtype": "BF16", "shape": list(tensor.shape)}
        size = end
    text = json.dumps(header, sort_keys=True, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(folder / WEIGHTS, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        file.flush()
        write_tensors(file.fileno(), 8 + len(text), header, weights, chunk)


def write_tensors(file, start, header, weights, chunk):
    """Through pinned buffers, by several threads: the system call leaves Python's lock alone."""
    pinned = next(iter(weights.values())).is_cuda
    buffers = [torch.empty(chunk, dtype=torch.bfloat16, pin_memory=pinned) for _ in range(WRITERS)]
    pending = [None] * WRITERS
    turn = 0
    with concurrent.futures.ThreadPoolExecutor(WRITERS) as pool:
        for name, tensor in weights.items():
            flat = tensor.view(-1)
            for first in range(0, flat.numel(), chunk):
                if pending[turn]:
                    pending[turn].result()
                part = flat[first:first + chunk]
                buffer = buffers[turn][:part.numel()]
                buffer.copy_(part)
                at = start + header[name]["data_offsets"][0] + 2 * first
                pending[turn] = pool.submit(write_all, file, buffer, at)
                turn = (turn + 1) % WRITERS
        for each in pending:
            if each:
                each.result()


def write_all(file, buffer, at):
    view = memoryview(buffer.view(torch.uint8).numpy())
    while view:
        written = os.pwrite(file, view, at)
        view, at = view[written:], at + written


def check_same_bytes(folder, config, device):
    """Writes a small model here, in small pieces, and holds it against the bytes of
    synthetic_model.image_of."""
    write(folder, config, make(config, device, chunk=1000), chunk=1000)
    if (folder / WEIGHTS).read_bytes() != synthetic_model.image_of(config):
        raise SystemExit("parity: the weights made by torch are not those of synthetic_model.py")
