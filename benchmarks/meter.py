"""Runs one command and writes what it cost: `python meter.py OUTPUT ERRORS COMMAND …`, its figures as JSON on stdout.

A process of its own, and a small one: the operating system counts the memory of whoever starts a command as the
command's, and the bench holds the stand-in APIs.
"""

import json
import os
import subprocess
import sys
import time
from pathlib import Path


def main() -> None:
    output, errors, *command = sys.argv[1:]
    with Path(output).open("wb") as out, Path(errors).open("wb") as err:
        started = time.monotonic()
        child = subprocess.Popen(command, stdout=out, stderr=err, stdin=subprocess.DEVNULL)
        _, status, usage = os.wait4(child.pid, 0)
        ended = time.monotonic()
    child.returncode = os.waitstatus_to_exitcode(status)
    cpu = usage.ru_utime + usage.ru_stime
    figures = {"started": started, "ended": ended, "cpu": cpu, "peak_kib": usage.ru_maxrss, "code": child.returncode}
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
