"""Errors, in the four parts that dlc tells them in."""


class Error(Exception):
    """A mistake that dlc found.

    thing: the file, layer, array or option that is wrong.
    value: what it has or is.
    limit: what it should have had; may be "".
    remedy: what to do about it; may be "".
    """

    def __init__(self, thing, value, limit="", remedy=""):
        self.thing, self.value, self.limit, self.remedy = thing, value, limit, remedy
        text = f"{thing}: {value}"
        if limit:
            text += f" but {limit}"
        if remedy:
            text += f"; {remedy}"
        super().__init__(text)

    def __reduce__(self):
        return Error, (self.thing, self.value, self.limit, self.remedy)
