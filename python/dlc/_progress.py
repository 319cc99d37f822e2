"""What fit and evaluate print: Keras' bar."""
import sys
import time

_WIDTH = 20
_REDRAW_SECONDS = 0.05  # as Keras


def _format_time(seconds):
    if seconds >= 3600:
        return f"{int(seconds // 3600)}:{int(seconds % 3600 // 60):02}:{int(seconds % 60):02}"
    if seconds >= 60:
        return f"{int(seconds // 60)}:{int(seconds % 60):02}"
    return f"{seconds:.0f}s"


def _format_step(seconds):
    if seconds >= 1 or seconds == 0:
        return f"{seconds:.0f}s/step"
    if seconds >= 1e-3:
        return f"{seconds * 1e3:.0f}ms/step"
    return f"{seconds * 1e6:.0f}us/step"


def _format_logs(logs):
    return "".join(f" - {name}: {value:.4f}" if abs(value) > 1e-3 else f" - {name}: {value:.4e}"
                   for name, value in sorted(logs.items()))


class Bar:
    """verbose 1: a bar, redrawn on a terminal and in a notebook; 2: a line; 0: nothing."""

    def __init__(self, verbose, steps):
        self.verbose = 1 if verbose == "auto" else int(verbose)
        self.steps = steps
        self.start = time.monotonic()
        self.drawn = 0.0
        self.moves = sys.stdout.isatty() or "ipykernel" in sys.modules
        self.width = 0

    def update(self, step, logs):
        now = time.monotonic()
        if self.verbose == 1 and self.moves and now - self.drawn >= _REDRAW_SECONDS:
            self.drawn = now
            each = (now - self.start) / max(step, 1)
            left = None if self.steps is None else each * (self.steps - step)
            self._draw(step, left, each, logs, "")

    def finish(self, logs, steps=None):
        """steps: how many there were, where that was not known before."""
        if self.verbose == 0:
            return
        self.steps = steps or self.steps or 0
        seconds = time.monotonic() - self.start
        each = seconds / max(self.steps, 1)
        if self.verbose == 1:
            self._draw(self.steps, seconds, each, logs, "\n")
        else:
            print(f"{self.steps}/{self.steps} - {seconds:.0f}s - {_format_step(each)}"
                  f"{_format_logs(logs)}", flush=True)

    def _draw(self, step, seconds, each, logs, end):
        """seconds: to go, None if it is not known how many; or at the end taken."""
        begin = "\r" if self.moves else ""
        if seconds is None:
            line = f"{step:7}/Unknown {_format_step(each)}{_format_logs(logs)}"
        else:
            line = self._format_bar(step, _format_time(seconds), each, logs)
        print(begin + line.ljust(self.width), end=end, flush=True)
        self.width = len(line)

    def _format_bar(self, step, time_shown, each, logs):
        filled = _WIDTH * step // max(self.steps, 1)
        count = f"{step:{len(str(self.steps))}}/{self.steps}"
        bar = "━" * filled
        if self.moves:
            bar = f"\x1b[32m{bar}\x1b[0m\x1b[37m{'━' * (_WIDTH - filled)}\x1b[0m"
            count, time_shown = f"\x1b[1m{count}\x1b[0m", f"\x1b[1m{time_shown}\x1b[0m"
        return f"{count} {bar} {time_shown} {_format_step(each)}{_format_logs(logs)}"
