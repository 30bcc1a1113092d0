"""`songspace serve` as a process of its own, and what it takes."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import httpx

PATIENCE_S: Final = 120.0


class Server:
    """A server over a store, from entering to leaving the block."""

    def __init__(self, store: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._store = store

    def __enter__(self) -> Self:
        started = time.perf_counter()
        serve = [sys.executable, "-m", "songspace.cli", "serve", "--release", str(self._store)]
        self._process = subprocess.Popen([*serve, "--port", str(self.port)])
        while not self._listens():
            if self._process.poll() is not None or time.perf_counter() > started + PATIENCE_S:
                raise RuntimeError("The server did not start; see above.")
            time.sleep(0.01)
        self.release()
        self.ready_s = time.perf_counter() - started
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._process.terminate()
        self._process.wait(PATIENCE_S)

    def release(self) -> str:
        """Which release is served."""
        health = httpx.get(f"{self.url}/health", timeout=PATIENCE_S).raise_for_status().json()
        return str(health["release"])

    def memory(self) -> str:
        """Resident memory now and at its highest."""
        status = Path(f"/proc/{self._process.pid}/status").read_text()
        now, peak = (
            int(re.findall(rf"{name}:\s+(\d+) kB", status)[0]) / 1024 for name in ("VmRSS", "VmHWM")
        )
        return f"{now:,.0f} MB resident, {peak:,.0f} MB at its highest"

    def _listens(self) -> bool:
        """Whether somebody listens at its port."""
        with socket.socket() as trial:
            return trial.connect_ex(("127.0.0.1", self.port)) == 0
