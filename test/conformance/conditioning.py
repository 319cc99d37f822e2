# Weights at which a deep network can be compared in float32. Rounding changes what
# the network computes by some 1e-6, and the comparison means something only where
# the answer changes by as little: where signals neither grow nor shrink with depth,
# and where no rectifier stands so near to its kink that rounding takes its side.
import keras
import numpy as np
from keras import layers

# The corners of the activations that have some.
KINKS = {"relu": {0.0}, "relu6": {0.0, 6.0}, "hard_sigmoid": {-3.0, 3.0},
         "hard_silu": {-3.0, 3.0}}
# Values nearer than this, in their spread, may change places by rounding, which
# differs with the CPU's vectors: with AVX2, values 3e-6 apart were seen to.
TIE = 1e-5
DRAWS = 200


def wrap_run(model, training, wrappers):
    """A function that runs the model on images with {(layer, attribute): wrap} in
    force, where `wrap` makes another function of the attribute's and a dictionary
    that keeps values by the layers' names; it gives that dictionary."""
    import jax

    @jax.jit
    def run(trainable, others, x):
        originals = {place: getattr(*place) for place in wrappers}
        record = {}
        for place, wrap in wrappers.items():
            setattr(*place, wrap(originals[place], record))
        model.stateless_call(trainable, others, x, training=training)
        for place, original in originals.items():
            setattr(*place, original)
        return record

    return lambda x: run([v.value for v in model.trainable_variables],
                         [v.value for v in model.non_trainable_variables], x)


def calibrate(model, found, x, rng):
    """Gives the BatchNormalization layers among `found` the statistics of what
    reaches them from these images, each off by a random factor. Statistics that
    have nothing to do with what arrives let samples grow alike with depth, and an
    output that hardly depends on its input shows no mistake. Statistics of a run
    in training let signals grow by the product of all factors, until gates are
    steps and the output is chaos."""
    norms = [layer for layer in found if isinstance(layer, layers.BatchNormalization)]

    def wrapper(layer):
        shape = layer.moving_mean.shape
        drift = rng.normal(0, 0.2, shape).astype("float32")
        factor = rng.uniform(0.5, 1.5, shape).astype("float32")

        def wrap(_, record):
            def call(inputs, **_):
                mean, variance = keras.ops.moments(inputs, list(range(inputs.ndim - 1)))
                variance = (variance + 1e-3) * factor
                mean += keras.ops.sqrt(variance) * drift
                record[layer.name] = mean, variance
                return keras.ops.batch_normalization(
                    inputs, mean, variance, -1, layer.beta, layer.gamma, layer.epsilon)
            return call
        return wrap

    record = wrap_run(model, False, {(n, "call"): wrapper(n) for n in norms})(x)
    for layer in norms:
        mean, variance = record[layer.name]
        layer.moving_mean.assign(mean)
        layer.moving_variance.assign(variance)


def own_kinks(layer):
    if isinstance(layer, layers.ReLU):
        return {0.0} if layer.max_value is None else {0.0, float(layer.max_value)}
    activation = getattr(layer, "activation", None)
    return KINKS.get(getattr(activation, "__name__", ""), set())


def followers(layer):
    return [node.operation for node in layer._outbound_nodes]


def kinks_behind(layer):
    """The kinks that each element of the layer's output meets next."""
    found = set()
    for follower in followers(layer):
        if isinstance(follower, (layers.Concatenate, layers.ZeroPadding2D)):
            found |= kinks_behind(follower)
        elif isinstance(follower, (layers.ReLU, layers.Activation)):
            found |= own_kinks(follower)
    return found


def find_bias(layer):
    """The weight that moves a layer's output (before an activation of its own) and
    nothing else, channel by channel, and how far; None if there is none."""
    if isinstance(layer, layers.BatchNormalization):
        return (layer.beta, 1.0) if layer.center else None
    if getattr(layer, "bias", None) is not None:
        return layer.bias, 1.0
    if isinstance(layer, layers.Add) or type(layer).__name__ == "CustomScaleLayer":
        for tensor in layer.input:
            summand = tensor._keras_history.operation
            if followers(summand) == [layer] and (bias := find_bias(summand)):
                return bias[0], bias[1] * getattr(layer, "scale", 1.0)
    return None


def keep_off(values, kinks):
    """A small shift for each channel, that takes all its values off the kinks."""
    import jax
    import jax.numpy as jnp
    values = values.reshape(-1, values.shape[-1])
    spread = values.std(axis=0)

    def find_margin(share):
        shifted = values + share * spread
        return jnp.min(jnp.stack([jnp.abs(shifted - kink).min(axis=0)
                                  for kink in sorted(kinks)]), axis=0)

    shares = jnp.linspace(-0.1, 0.1, 64)
    return shares[jax.lax.map(find_margin, shares).argmax(axis=0)] * spread


def find_gap(values, pool):
    """The least difference of the two largest in a window, in the spread of all."""
    import jax
    import jax.numpy as jnp

    def join(a, b):
        return (jnp.maximum(a[0], b[0]),
                jnp.maximum(jnp.minimum(a[0], b[0]), jnp.maximum(a[1], b[1])))

    low = jnp.float32(-np.inf)
    first, second = jax.lax.reduce_window(
        (values, jnp.full_like(values, low)), (low, low), join, (1, *pool.pool_size, 1),
        (1, *pool.strides, 1), pool.padding.upper())
    # Equal ones are zeros that a rectifier made: no gradient passes them.
    return jnp.where(first > second, first - second, np.inf).min() / values.std()


def settle(model, found, draw):
    """Draws images, and moves biases a little, so that training on them takes no
    rectifier by its kink and no window of a pooling by a tie: there a gradient
    jumps, and rounding alone would decide whether it does. Sums without a bias of
    their own stay as they are. Gives the images."""
    biases, wrappers = {}, {}

    def shift(layer, kinks):
        def wrap(original, record):
            def shifted(*args, **kwargs):
                values = original(*args, **kwargs)
                record[layer.name] = keep_off(values, kinks)
                return values + record[layer.name]

            def activation(values):
                record[layer.name] = keep_off(values, kinks)
                return original(values + record[layer.name])

            return activation if own_kinks(layer) else shifted
        return wrap

    def watch(pool):
        def wrap(original, record):
            def call(inputs):
                record[pool.name] = find_gap(inputs, pool)
                return original(inputs)
            return call
        return wrap

    for layer in found:
        behind, inside = kinks_behind(layer), own_kinks(layer)
        bias = find_bias(layer)
        if bias and behind | inside:
            biases[layer.name] = bias
            place = (layer, "activation" if inside else "call")
            wrappers[place] = shift(layer, inside or behind)
        elif isinstance(layer, layers.MaxPooling2D) and layer.pool_size != (1, 1):
            wrappers[layer, "call"] = watch(layer)
    if not wrappers:
        return draw()
    run = wrap_run(model, True, wrappers)
    starts = [(variable, variable.numpy()) for variable, _ in biases.values()]
    for _ in range(DRAWS):
        x = draw()
        # Moves of many draws would add up to outputs that are all bias.
        for variable, start in starts:
            variable.assign(start)
        record = run(x)
        gaps = [float(record.pop(name)) for name in record.keys() - biases.keys()]
        for name, moved in record.items():
            variable, scale = biases[name]
            variable.assign(variable.numpy() + np.asarray(moved) / scale)
        if min(gaps, default=np.inf) > TIE:
            return x
    raise RuntimeError(f"no images without a tie: {gaps}")
