# Times training in plain PyTorch, eager or compiled (--jit), with images in
# whichever memory format is faster on this CPU.
import argparse
import os
import time

import clock

parser = argparse.ArgumentParser()
parser.add_argument("--jit", action="store_true", help="torch.compile")
clock.add_arguments(parser)
options = parser.parse_args()
os.environ["OMP_NUM_THREADS"] = str(options.threads)

import torch

import torch_model

torch.set_num_threads(options.threads)


def as_tensors(x, y):
    x, y = torch.from_numpy(x), torch.from_numpy(y).long()
    if x.ndim == 4:
        # The same memory: Keras' images are NHWC.
        x = x.permute(0, 3, 1, 2)
    return x, y


model = torch_model.Model(os.path.join(options.folder, "model.keras"))
batches = [as_tensors(x, y) for x, y in clock.read_batches(options)]
with torch.no_grad():
    model.eval()(batches[0][0][:1])  # gives lazy layers their shapes
model.train()
optimizer = model.make_optimizer()
network = model


def step(x, y):
    optimizer.zero_grad(set_to_none=True)
    with torch.autocast("cpu", model.compute_type, enabled=model.compute_type is not None):
        loss = torch.nn.functional.cross_entropy(network(x), y)
    loss.backward()
    optimizer.step()
    return loss.item()


def in_format(memory_format):
    """The batches in this format; the model and a new optimizer's state too."""
    global optimizer
    model.to(memory_format=memory_format)
    optimizer = model.make_optimizer()
    return [(x.contiguous(memory_format=memory_format), y) for x, y in batches]


def choose_format():
    """in_format of the faster one."""
    times = {}
    for memory_format in (torch.channels_last, torch.contiguous_format):
        tried = in_format(memory_format)
        step(*tried[0])
        start = time.perf_counter()
        step(*tried[1])
        times[memory_format] = time.perf_counter() - start
    return in_format(min(times, key=times.get))


if batches[0][0].ndim == 4:
    start = time.time()
    batches = choose_format()
    clock.leave_out(time.time() - start)
if options.jit:
    network = torch.compile(model)
clock.report(clock.time_steps(step, batches, options))
