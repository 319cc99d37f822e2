# The benchmark models, built with Keras: what they are, and their data.
import numpy as np


def seed_cnn(keras):
    layers = keras.layers
    return keras.Sequential([
        keras.Input((28, 28, 1)),
        layers.Conv2D(32, 3, activation="relu"),
        layers.Conv2D(64, 3, activation="relu"),
        layers.MaxPooling2D(2),
        layers.Flatten(),
        layers.Dense(1024, activation="relu"),
        layers.Dense(10),
    ], name="seed_cnn")


def mlp(keras):
    layers = keras.layers
    model = keras.Sequential([keras.Input((784,))], name="mlp")
    for _ in range(3):
        model.add(layers.Dense(1024, activation="relu"))
        model.add(layers.Dropout(0.2))
    model.add(layers.Dense(10))
    return model


def vgg16(keras):
    return keras.applications.VGG16(weights=None, classes=10, name="vgg16")


def vgg16_cut(keras):
    """VGG16 for 1000 classes with its last layer replaced."""
    base = keras.applications.VGG16(weights=None)
    logits = keras.layers.Dense(10)(base.layers[-2].output)
    return keras.Model(base.input, logits, name="vgg16_cut")


def mobilenet_head(keras):
    base = keras.applications.MobileNet(weights=None, include_top=False, pooling="avg",
                                        input_shape=(224, 224, 3))
    hidden = keras.layers.Dense(1024, activation="relu")(base.output)
    return keras.Model(base.input, keras.layers.Dense(10)(hidden), name="mobilenet_head")


def resnet50(keras):
    return keras.applications.ResNet50(weights=None, classes=10, name="resnet50")


def unet_small(keras):
    layers = keras.layers

    def block(x, filters):
        for _ in range(2):
            x = layers.Conv2D(filters, 3, padding="same", use_bias=False)(x)
            x = layers.BatchNormalization()(x)
            x = layers.Activation("relu")(x)
        return x

    image = x = keras.Input((128, 128, 3))
    skips = []
    for filters in (32, 64, 128):
        x = block(x, filters)
        skips.append(x)
        x = layers.MaxPooling2D(2)(x)
    x = block(x, 256)
    for filters in (128, 64, 32):
        x = layers.UpSampling2D(2)(x)
        x = layers.Conv2D(filters, 2, padding="same", activation="relu")(x)
        x = block(layers.Concatenate()([skips.pop(), x]), filters)
    return keras.Model(image, layers.Conv2D(4, 1)(x), name="unet_small")


def transformer(keras):
    layers = keras.layers
    length, width, vocabulary = 128, 256, 20000
    tokens = keras.Input((length,), dtype="int32")
    position = keras.ops.cumsum(keras.ops.ones_like(tokens), axis=1) - 1
    x = layers.Add()([layers.Embedding(vocabulary, width)(tokens),
                      layers.Embedding(length, width)(position)])
    for _ in range(4):
        attended = layers.MultiHeadAttention(8, 32)(x, x)
        x = layers.LayerNormalization()(layers.Add()([x, attended]))
        hidden = layers.Dense(1024, activation="gelu")(x)
        x = layers.LayerNormalization()(layers.Add()([x, layers.Dense(width)(hidden)]))
    x = layers.GlobalAveragePooling1D()(x)
    return keras.Model(tokens, layers.Dense(10)(x), name="transformer")


def lstm(keras):
    layers = keras.layers
    tokens = keras.Input((100,), dtype="int32")
    x = layers.Embedding(20000, 128)(tokens)
    x = layers.LSTM(256, return_sequences=True)(x)
    return keras.Model(tokens, layers.Dense(10)(layers.LSTM(256)(x)), name="lstm")


def build_compiled(name):
    """The model of this name after model.compile(...)."""
    import keras
    keras.utils.set_random_seed(0)
    model = globals()[name](keras)
    # Keras' applications end in a softmax, the others in logits.
    logits = model.layers[-1].get_config().get("activation") != "softmax"
    optimizer = (keras.optimizers.Adam(1e-3) if logits
                 else keras.optimizers.SGD(1e-3, momentum=0.9))
    model.compile(optimizer=optimizer, metrics=["accuracy"],
                  loss=keras.losses.SparseCategoricalCrossentropy(from_logits=logits))
    return model


def make_data(model, samples):
    """Random images or tokens, and a class for each output position."""
    rng = np.random.default_rng(0)
    shape = (samples, *model.inputs[0].shape[1:])
    if "int" in str(model.inputs[0].dtype):
        x = rng.integers(0, 20000, shape, dtype="int32")
    else:
        x = rng.standard_normal(shape, dtype="float32")
    *positions, classes = model.outputs[0].shape[1:]
    y = rng.integers(0, classes, (samples, *positions), dtype="int32")
    return x, y
