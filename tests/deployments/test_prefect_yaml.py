"""The deployment file, given to a real server by Prefect's own command."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from prefect.client.orchestration import get_client
from prefect.client.schemas.responses import DeploymentResponse
from prefect.settings import PREFECT_API_URL

import songspace
from flows.environment import ENVIRONMENT
from flows.settings import read_settings
from tests.flows.small_runs import SMALL

ROOT = Path(__file__).parents[2]


def prefect(*arguments: str) -> str:
    """What Prefect's own command says."""
    ours = {name: value for name, value in os.environ.items() if name not in ENVIRONMENT}
    done = subprocess.run(
        [sys.executable, "-m", "prefect", "--no-prompt", *arguments],
        cwd=ROOT,
        env=ours | {"PREFECT_API_URL": PREFECT_API_URL.value()},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def deployment(prefect_server: None) -> DeploymentResponse:
    del prefect_server
    prefect("work-pool", "create", "songspace", "--type", "process", "--overwrite")
    prefect("deploy", "--prefect-file", "deployments/prefect.yaml", "--all")
    with get_client(sync_client=True) as client:
        return client.read_deployment_by_name("pipeline/on-demand")


def test_the_pipeline_is_deployed_with_a_form_of_all_its_settings(
    deployment: DeploymentResponse,
) -> None:
    assert deployment.parameter_openapi_schema
    settings = deployment.parameter_openapi_schema["definitions"]["PipelineSettings"]["properties"]
    assert {"store", "csv", "train", "align", "evaluate", "gate", "force"} <= settings.keys()


def test_nothing_made_up_goes_into_the_store_of_real_songs(deployment: DeploymentResponse) -> None:
    assert deployment.parameters == {"settings": {}}  # the settings choose the store by the source


def test_a_worker_makes_a_release_as_the_command_line_does(
    deployment: DeploymentResponse, tmp_path: Path
) -> None:
    settings = read_settings(
        None, [*SMALL, "demo.rows=400"], store=str(tmp_path / "store")
    ).model_dump(mode="json")
    with get_client(sync_client=True) as client:
        run = client.create_flow_run_from_deployment(
            deployment.id, parameters={"settings": settings}
        )

    said = prefect("worker", "start", "--pool", "songspace", "--run-once")

    with get_client(sync_client=True) as client:
        state = client.read_flow_run(run.id).state
    assert state is not None
    assert state.is_completed(), said
    with songspace.open(tmp_path / "store") as release:
        assert release.songs.collect().height > 300
    assert "cuInit" not in said  # where there is no GPU, TensorFlow calls that an error
