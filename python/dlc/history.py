"""What fit returns."""


class History:
    """As keras.callbacks.History: `history` is {name: a value for each epoch}, `epoch`
    the epochs from 0, `params` what callbacks were told, `model` what they were given as
    their model."""

    def __init__(self, params, model=None):
        self.params, self.model = params, model
        self.epoch = []
        self.history = {}

    def append(self, epoch, logs):
        self.epoch.append(epoch)
        for name, value in logs.items():
            self.history.setdefault(name, []).append(value)
        if self.model is not None:
            self.model.history = self

    def prepend(self, whole):
        """whole: the values of all epochs, also of those before a backup."""
        count = max(map(len, whole.values()), default=0)
        first = (self.epoch[-1] + 1 if self.epoch else count) - count
        self.epoch = list(range(first, first + count))
        self.history = {**self.history, **whole}
