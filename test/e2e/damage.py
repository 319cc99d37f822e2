# Damaged copies of good files, the same in every run.
import copy
import json
import math
import random

# What a changed number becomes: limits of types, wrong signs, other kinds.
NUMBERS = [-1, 0, 1, 2, 7, 255, -2**31, 2**31 - 1, 2**31, 2**32, 2**53, 2**63 - 1, 2**63, 10**30,
           0.5, -0.5, 1e-300, 1e308, math.nan, math.inf, -math.inf]
OTHERS = [None, True, False, "", "x", "relu", [], {}, [1, 2], [[3]], {"class_name": "Dense"}]


def choose_range(rng, size):
    """A part of up to 64 bytes, now and then a long one."""
    begin = rng.randrange(size)
    longest = size if rng.random() < 0.2 else 64
    return begin, min(size, begin + rng.randint(1, longest))


def damage_bytes(raw, seed):
    """Flipped, cut, lost, repeated, zeroed or filled bytes; never equal to `raw`."""
    rng = random.Random(seed)
    while True:
        data = bytearray(raw)
        kind = rng.choice(["flip", "flip", "cut", "lose", "repeat", "zero", "fill", "change"])
        begin, end = choose_range(rng, len(data))
        if kind == "flip":
            for _ in range(rng.choice([1, 1, 2, 8])):
                data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
        elif kind == "cut":
            del data[begin:]
        elif kind == "lose":
            del data[begin:end]
        elif kind == "repeat":
            data[begin:begin] = data[begin:end]
        elif kind == "zero":
            data[begin:end] = bytes(end - begin)
        elif kind == "fill":
            data[begin:end] = b"\xff" * (end - begin)
        else:
            data[begin:end] = rng.randbytes(end - begin)
        if data != raw:
            return bytes(data)


def list_places(json_value, path=()):
    """The paths of all values below the top."""
    if isinstance(json_value, dict):
        children = json_value.items()
    elif isinstance(json_value, list):
        children = enumerate(json_value)
    else:
        children = ()
    for key, child in children:
        yield path + (key,)
        yield from list_places(child, path + (key,))


def look_up(json_value, path):
    for key in path:
        json_value = json_value[key]
    return json_value


def damage_json(text, seed):
    """One or a few values changed, lost, repeated or exchanged; still JSON."""
    rng = random.Random(seed)
    while True:
        config = json.loads(text)
        for _ in range(rng.choice([1, 1, 1, 3])):
            places = list(list_places(config))
            if not places:
                break
            *above, key = rng.choice(places)
            holder = look_up(config, above)
            kind = rng.choice(["number", "number", "other", "lose", "repeat", "exchange"])
            if kind == "number":
                numbers = [p for p in places if isinstance(look_up(config, p), (int, float))]
                *above, key = rng.choice(numbers or places)
                look_up(config, above)[key] = rng.choice(NUMBERS)
            elif kind == "other":
                holder[key] = rng.choice(OTHERS)
            elif kind == "lose":
                del holder[key]
            elif kind == "repeat" and isinstance(holder, list):
                holder.insert(key, copy.deepcopy(holder[key]))
            else:
                holder[key] = copy.deepcopy(look_up(config, rng.choice(places)))
        changed = json.dumps(config)
        if changed != text:
            return changed.encode()
