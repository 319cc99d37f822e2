"""What fit returns."""


class History:
    """As keras.callbacks.History: `history` is {name: a value for each epoch}, `epoch`
    the epochs from 0, `params` what callbacks were told."""

    def __init__(self, params):
        self.params = params
        self.epoch = []
        self.history = {}

    def append(self, epoch, logs):
        self.epoch.append(epoch)
        for name, value in logs.items():
            self.history.setdefault(name, []).append(value)
