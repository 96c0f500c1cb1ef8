"""A worker that is killed on the way, once, as the system does it where memory is short."""

import os
import signal

from digits.engines import BatchClassifier

_ANSWERED = {"batches": 0}


class Killed(BatchClassifier):
    """Kills its process before its third batch, unless some process has died so already."""

    def __call__(self, batch, images=None):
        if hasattr(batch, "__next__"):
            return map(self, batch)
        _ANSWERED["batches"] += 1
        if _ANSWERED["batches"] == 3:
            try:
                os.close(os.open(os.environ["DIGITS_KILLED"], os.O_CREAT | os.O_EXCL))
            except FileExistsError:
                pass
            else:
                os.kill(os.getpid(), signal.SIGKILL)
        return super().__call__(batch, images)
