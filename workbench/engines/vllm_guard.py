"""Runs a command that must not outlive whoever asked for it, however that one ends.

    python vllm_guard.py GRACE COMMAND …

The other end of this process's standard input is held by the parent and by nobody else. When it
closes, because the parent said so or because it was killed, everything in this process group is
asked to end, and killed after GRACE seconds. It is a process, and not a handler in the parent,
because a process that is killed handles nothing any more. Standard library alone: it must start
where nothing else does.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from threading import Thread

COMMAND_NOT_STARTED = 127


def main(grace: float, command: list[str]) -> int:
    # A handler and not SIG_IGN, which the command would inherit.
    signal.signal(signal.SIGTERM, lambda *_: None)
    signal.signal(signal.SIGINT, lambda *_: None)
    try:
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL)
    except OSError as error:
        print(f"cannot start '{command[0]}': {error.strerror}", file=sys.stderr, flush=True)
        return COMMAND_NOT_STARTED
    Thread(target=_end_with_parent, args=(child, grace), daemon=True).start()
    status = child.wait()
    return status if status >= 0 else 128 - status  # as a shell tells of a signal


def _end_with_parent(child: subprocess.Popen[bytes], grace: float) -> None:
    while os.read(0, 1024):  # sys.stdin would hold a lock that aborts Python when it ends
        pass
    os.killpg(os.getpgrp(), signal.SIGTERM)
    try:
        child.wait(grace)
    finally:  # whatever is left of the group, this process included
        os.killpg(os.getpgrp(), signal.SIGKILL)


if __name__ == "__main__":
    sys.exit(main(float(sys.argv[1]), sys.argv[2:]))
