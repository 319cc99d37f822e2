# The layer of Scale.td and Scale.cpp in Keras.
import keras


@keras.saving.register_keras_serializable("Acme")
class Scale(keras.layers.Layer):
    """x times factor times a learnt number for each channel."""

    def __init__(self, factor=1.0, scale_initializer="ones", scale_regularizer=None, **kwargs):
        super().__init__(**kwargs)
        self.factor = factor
        self.scale_initializer = keras.initializers.get(scale_initializer)
        self.scale_regularizer = keras.regularizers.get(scale_regularizer)

    def build(self, input_shape):
        self.scale = self.add_weight(
            name="scale", shape=input_shape[-1:], initializer=self.scale_initializer,
            regularizer=self.scale_regularizer)

    def call(self, x):
        return x * self.scale * self.factor

    def get_config(self):
        return super().get_config() | {
            "factor": self.factor,
            "scale_initializer": keras.initializers.serialize(self.scale_initializer),
            "scale_regularizer": keras.regularizers.serialize(self.scale_regularizer)}
