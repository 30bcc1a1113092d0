"""Prefect's temporary server, out of reach of the terminal."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Any

import prefect
from prefect.server.api.server import SubprocessASGIServer
from prefect.settings import get_current_settings


class DetachedServer(SubprocessASGIServer):
    """Prefect's own temporary server, but in a session of its own.

    A terminal sends Ctrl-C to all that it started. Prefect's would be gone before the run could
    tell it that it was interrupted. The first one made is the one that Prefect uses from then on.
    """

    def _run_uvicorn_command(self) -> subprocess.Popen[Any]:
        """What Prefect 3.8 starts itself, which offers no way to say where."""
        settings = get_current_settings().to_environment_variables(exclude_unset=True)
        temporary = {
            "PREFECT_UI_ENABLED": "0",
            "PREFECT__SERVER_EPHEMERAL": "1",
            "PREFECT__SERVER_FINAL": "1",
        }
        command = [sys.executable, "-m", "uvicorn", "--factory"]
        command += ["prefect.server.api.server:create_app"]
        command += ["--app-dir", str(prefect.__module_path__.parent)]
        command += ["--host", "127.0.0.1", "--port", str(self.port)]
        command += ["--log-level", "error", "--lifespan", "on"]
        return subprocess.Popen(  # noqa: S603 - nothing in it comes from outside
            command, env=os.environ | temporary | settings, start_new_session=True
        )
