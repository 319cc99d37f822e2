# Rows of the conformance table: layers of attention, pooling over time, and the
# functions that masks and positions are made of.
from keras import layers, ops, regularizers

from cases import case, whole


def with_scores(layer, *tensors, **arguments):
    """Output and scores side by side. Keras says of scores that there are as many keys as
    queries, so there are here."""
    results = layer(*tensors, return_attention_scores=True, **arguments)
    return layers.Concatenate()([layers.Flatten()(result) for result in results])


def every_argument(query, value, key, mask):
    """Features that all differ (which Keras on JAX computes where scores are returned
    alone), and every kind of regularizer."""
    attention = layers.MultiHeadAttention(
        3, 4, value_dim=2, output_shape=5, kernel_regularizer="l2", bias_regularizer="l1",
        activity_regularizer=regularizers.L1L2(0.1, 0.2))
    return with_scores(attention, query, value, key=key,
                       attention_mask=ops.greater(mask, -1.0), use_causal_mask=True)


def shared_attention(x, y):
    """Two calls of one layer, of which one is causal."""
    attention = layers.MultiHeadAttention(2, 3, kernel_regularizer="l2")
    return layers.Add()([attention(x, y, use_causal_mask=True), attention(y, x)])


def positions(x):
    """As transformers number their tokens."""
    return layers.Embedding(6, 3)(ops.cumsum(ops.ones_like(x), axis=1) - 1)


ROWS = {
    "MultiHeadAttention": [
        case((5, 6), call=lambda x: layers.MultiHeadAttention(2, 3)(x, x)),
        case((5, 6), (5, 7), (5, 3), (5, 5), call=every_argument),
        case((5, 6), (5, 7), (1, 5), call=lambda q, v, m: with_scores(
            layers.MultiHeadAttention(2, 3, use_bias=False), q, v,
            attention_mask=ops.greater(m, 1.0))),
        case((6, 4), call=lambda x: layers.MultiHeadAttention(
            2, 3, use_gate=True, sliding_window=2, bias_constraint="non_neg")(x, value=x)),
        case((6, 4), call=lambda x: layers.MultiHeadAttention(
            2, 3, use_gate=True, activity_regularizer="l2")(x, x, use_causal_mask=True)),
        # As good as no dropout, but by Keras' other way.
        case((5, 4), (2, 5, 5), call=lambda x, m: layers.MultiHeadAttention(
            2, 3, dropout=1e-9)(x, x, x, attention_mask=m > 0, use_causal_mask=True)),
        case((4, 6), (5, 3), (5,), call=lambda q, v, m: layers.MultiHeadAttention(2, 3)(
            q, v, value_mask=ops.greater(m, -1.0), key_mask=ops.less(m, 1.0))),
        # More places than a tile of scores has, and queries that may attend to none.
        case((66, 4), (70, 4), (66, 70), call=lambda q, v, m: layers.MultiHeadAttention(2, 3)(
            q, v, attention_mask=ops.greater(m, 2.0), use_causal_mask=True)),
        case((3, 4, 5), (3, 2, 5), call=lambda q, v: layers.MultiHeadAttention(
            2, 3, attention_axes=2)(q, v)),
        case((3, 4, 5), (2, 4, 5), call=lambda q, v: layers.MultiHeadAttention(
            2, 3, attention_axes=[-3], use_gate=True)(q, v)),
        case((2, 3, 4), (3, 2, 4), call=lambda q, v: layers.MultiHeadAttention(
            2, 3, output_shape=(2, 3))(q, v)),
        case((4, 3), (4, 3), call=shared_attention),
    ],
    "GroupQueryAttention": [
        case((5, 6), call=lambda x: layers.GroupQueryAttention(3, 4, 2)(x, x)),
        case((5, 6), (7, 6), (5, 7), call=lambda q, v, m: layers.GroupQueryAttention(3, 4, 2)(
            q, v, attention_mask=ops.greater(m, 0.0), use_causal_mask=True)),
        case((5, 6), (5, 6), (5, 5), call=lambda q, v, m: with_scores(
            layers.GroupQueryAttention(2, 6, 2, use_gate=True, kernel_regularizer="l2"), q, v,
            attention_mask=ops.greater(m, -1.0), use_causal_mask=True)),
        case((5, 6), call=lambda x: layers.GroupQueryAttention(
            3, 2, 2, use_bias=False, sliding_window=3, activity_regularizer="l1")(x, x)),
    ],
    "Attention": [
        case((4, 3), (5, 3), call=lambda q, v: layers.Attention(use_scale=True)([q, v])),
        case((66, 3), (66, 4), (66, 3), call=lambda q, v, k: layers.Attention()(
            [q, v, k], use_causal_mask=True)),
        case((5, 3), (5, 4), (5, 3), call=lambda q, v, k: with_scores(
            layers.Attention(use_scale=True, score_mode="concat"), [q, v, k],
            use_causal_mask=True)),
        case((4, 3), (5, 3), call=lambda q, v: layers.Attention(score_mode="concat")([q, v])),
        case((2, 4, 3), (2, 5, 3), call=lambda q, v: layers.Attention(dropout=1e-9)([q, v])),
    ],
    "AdditiveAttention": [
        case((4, 3), (5, 3), call=lambda q, v: layers.AdditiveAttention()([q, v])),
        case((5, 3), (5, 4), (5, 3), call=lambda q, v, k: with_scores(
            layers.AdditiveAttention(use_scale=False), [q, v, k], use_causal_mask=True)),
    ],
    "GlobalAveragePooling1D": [
        case((5, 3), call=lambda x: layers.GlobalAveragePooling1D()(x)),
        case((3, 5), (5,), call=lambda x, m: layers.GlobalAveragePooling1D(
            data_format="channels_first", keepdims=True)(x, mask=ops.greater(m, -1.5))),
        case((5, 3), (5,), call=lambda x, m: layers.GlobalAveragePooling1D()(
            x, mask=ops.not_equal(ops.cast(m, "int32"), 0))),
        # Keras gives the layer the mask of its input.
        whole((6,), below=4, call=lambda x: layers.GlobalAveragePooling1D()(
            layers.Embedding(4, 2, mask_zero=True)(x))),
    ],
    "GlobalMaxPooling1D": [
        case((5, 3), call=lambda x: layers.GlobalMaxPooling1D()(x)),
        case((3, 5), call=lambda x: layers.GlobalMaxPooling1D(
            data_format="channels_first", keepdims=True)(x)),
    ],
    "ops.OnesLike": [
        case((3, 4), call=lambda x: x * 2.0 + ops.ones_like(x)),
        whole((6,), below=4, call=positions),
    ],
    "ops.ZerosLike": [
        case((3, 4), call=lambda x: ops.maximum(x, ops.zeros_like(x))),
        case((3, 4), call=lambda x: x + ops.zeros_like(x, dtype="int32")),
    ],
    "ops.Cumsum": [
        case((3, 4), call=lambda x: ops.cumsum(x, axis=-1)),
        case((5, 3), call=lambda x: x * ops.cumsum(ops.cast(x, "int32"), axis=1,
                                                   dtype="float32")),
        case((2, 5, 3), call=lambda x: ops.cumsum(ops.square(x), axis=2)),
        case((4, 3), call=lambda x: x * ops.cumsum(ops.greater(x, 0.0), axis=1)),
    ],
    **{f"ops.{name}": [
        case((3, 4), (1, 4), call=lambda x, y, compare=compare: x * ops.cast(
            compare(ops.cast(x, "int32"), ops.cast(y, "int32")), "float32")),
        case((3, 4), call=lambda x, compare=compare: x * ops.cast(compare(x, 0.5), "int32")),
    ] for name, compare in {
        "Equal": ops.equal, "NotEqual": ops.not_equal, "Less": ops.less,
        "LessEqual": ops.less_equal, "Greater": ops.greater,
        "GreaterEqual": ops.greater_equal}.items()},
    **{f"ops.{name}": [
        case((3, 4), (3, 1), call=lambda x, y, join=join: x * ops.cast(
            join(x > 0.5, y > 0.0), "float32")),
        case((3, 4), call=lambda x, join=join: x * ops.cast(
            join(ops.cast(x, "int32"), x > 0), "float32")),
    ] for name, join in {
        "LogicalAnd": ops.logical_and, "LogicalOr": ops.logical_or}.items()},
    "ops.LogicalNot": [
        case((3, 4), call=lambda x: x * ops.cast(ops.logical_not(x > 0), "float32")),
        case((3, 4), call=lambda x: x * ops.cast(
            ops.logical_not(ops.cast(x, "int32")), "float32")),
    ],
    "ops.Where": [
        case((3, 4), (1, 4), call=lambda x, y: ops.where(x > y, x * 2.0, y)),
        case((3, 4), call=lambda x: ops.where(ops.less(x, 0.5), -1.0, x)),
    ],
}
