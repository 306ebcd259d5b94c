"""Run an installer and show what it prints as it works."""

import os
import pty
import select
import subprocess
import sys
import termios
import time

from network_venv import say

NOTICE = 15.0  # seconds of an installer's silence after which a line says that it still works


def stream(command: list[str], environ: dict[str, str]) -> tuple[int, str]:
    """Run it, shown on stderr (as on a terminal if that is one); its exit status and all it printed."""
    if sys.stderr.isatty():
        reader, writer = pty.openpty()
        termios.tcsetwinsize(writer, termios.tcgetwinsize(sys.stderr.fileno()))
    else:
        reader, writer = os.pipe()
    started, output = time.monotonic(), bytearray()
    process = subprocess.Popen(
        command, env=environ, stdin=subprocess.DEVNULL, stdout=writer, stderr=writer, close_fds=True
    )
    os.close(writer)
    try:
        while True:
            if not select.select([reader], [], [], NOTICE)[0]:
                say(f"still installing, {time.monotonic() - started:.0f} s so far.")
                continue
            try:
                data = os.read(reader, 65536)
            except OSError:  # how Linux says that the last writer of a terminal has gone
                data = b""
            if not data:
                return process.wait(), output.decode(errors="replace")
            output += data
            os.write(sys.stderr.fileno(), data)
    finally:
        process.kill()
        process.wait()
        os.close(reader)
