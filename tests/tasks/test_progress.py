"""What a terminal shows while something advances."""

import os
import pty
import subprocess
import sys
import termios
from contextlib import suppress
from pathlib import Path

ROOT = Path(__file__).parents[2]
PROGRAM = """
import logging
from tasks.progress import progress
logging.basicConfig()
with progress("train", "epoch") as advance:
    advance(1, 2)
    logging.warning("half done")
    advance(2, 2)
"""


def test_what_is_logged_has_a_line_of_its_own_beside_the_bar() -> None:
    screen, terminal = pty.openpty()
    termios.tcsetwinsize(terminal, (24, 80))

    subprocess.run([sys.executable, "-c", PROGRAM], cwd=ROOT, stderr=terminal, check=True)

    os.close(terminal)
    shown = read_all(screen)
    lines = [line.rpartition("\r")[2] for line in shown.split("\r\n")]
    assert "train:" in shown
    assert "WARNING:root:half done" in lines


def read_all(screen: int) -> str:
    blocks = []
    with suppress(OSError):  # so Linux says that the other end is closed
        while block := os.read(screen, 4096):
            blocks.append(block)
    os.close(screen)
    return b"".join(blocks).decode()
