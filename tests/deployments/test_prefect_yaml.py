"""The deployment file, given to a real server by Prefect's own command."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from prefect.client.orchestration import get_client
from prefect.settings import PREFECT_API_URL

ROOT = Path(__file__).parents[2]


def prefect(*arguments: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "prefect", "--no-prompt", *arguments],
        cwd=ROOT,
        env={**os.environ, "PREFECT_API_URL": PREFECT_API_URL.value()},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.usefixtures("prefect_server")
def test_the_pipeline_is_deployed_with_a_form_of_all_its_settings() -> None:
    prefect("work-pool", "create", "songspace", "--type", "process", "--overwrite")

    prefect("deploy", "--prefect-file", "deployments/prefect.yaml", "--all")

    with get_client(sync_client=True) as client:
        deployment = client.read_deployment_by_name("pipeline/on-demand")
    assert deployment.parameter_openapi_schema
    settings = deployment.parameter_openapi_schema["definitions"]["PipelineSettings"]["properties"]
    assert {"store", "csv", "train", "map", "neighbours", "contract"} <= settings.keys()
