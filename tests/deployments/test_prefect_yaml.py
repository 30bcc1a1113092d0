"""What a real server makes of the deployment file, and of being deployed to again."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.actions import WorkPoolCreate
from prefect.client.schemas.responses import DeploymentResponse
from prefect.exceptions import PrefectHTTPStatusError
from prefect.settings import PREFECT_API_URL, temporary_settings

from flows import deploying
from flows.commands import main
from flows.deploying import deploy, ensure_pool
from flows.encode_songs import EncodeSongsSettings
from flows.maintenance_settings import MaintenanceSettings
from flows.settings import PipelineSettings
from tests.deployments.conftest import Server

NAMES = (
    "encode-songs/encode-new-songs",
    "maintenance/maintenance",
    "pipeline/nightly",
    "pipeline/on-demand",
)


@pytest.fixture(scope="module")
def client(server: Server) -> Iterator[SyncPrefectClient]:
    """A client of the server, which was deployed to."""
    with temporary_settings({PREFECT_API_URL: server.url}):
        deploy({})
        with get_client(sync_client=True) as client:
            yield client


def read(client: SyncPrefectClient) -> dict[str, DeploymentResponse]:
    return {name: client.read_deployment_by_name(name) for name in NAMES}


def test_deploying_says_what_there_is_and_when_the_next_night_is(
    client: SyncPrefectClient, capsys: pytest.CaptureFixture[str]
) -> None:
    before = read(client)

    assert main(["deploy"]) == 0

    said = capsys.readouterr().out
    assert f"work pool songspace: {', '.join(NAMES)}" in said
    assert "catalogue    the built-in one, in the store demo" in said
    assert "03:30 CE" in said  # CET in winter, CEST in summer
    assert {name: found.id for name, found in read(client).items()} == {
        name: found.id for name, found in before.items()
    }


def test_the_form_has_all_settings_of_the_pipeline(client: SyncPrefectClient) -> None:
    schema = client.read_deployment_by_name("pipeline/on-demand").parameter_openapi_schema

    assert schema
    settings = schema["definitions"]["PipelineSettings"]["properties"]
    assert {"store", "csv", "train", "align", "evaluate", "gate", "force"} <= settings.keys()
    assert all("description" in settings[name] for name in ("csv", "store", "fresh", "force"))


def test_the_form_refuses_what_is_out_of_bounds(client: SyncPrefectClient) -> None:
    found = client.read_deployment_by_name("pipeline/on-demand")

    with pytest.raises(PrefectHTTPStatusError, match="epochs"):
        client.create_flow_run_from_deployment(
            found.id, parameters={"settings": {"train": {"epochs": -1}}}
        )


def test_a_newcomer_is_told_what_each_deployment_does(client: SyncPrefectClient) -> None:
    assert all(len(found.description or "") > 80 for found in read(client).values())


def test_nothing_made_up_goes_into_the_store_of_real_songs(client: SyncPrefectClient) -> None:
    found = read(client)

    for name in ("pipeline/nightly", "pipeline/on-demand"):
        settings = PipelineSettings.model_validate(found[name].parameters["settings"])
        assert (settings.csv, settings.store) == (None, "demo")
    assert found["maintenance/maintenance"].parameters == {"settings": {"store": "demo"}}


@pytest.mark.parametrize(("asked", "store"), [("", "store"), ("/data/all", "/data/all")])
def test_who_deploys_names_the_catalogue_and_the_store(
    client: SyncPrefectClient, asked: str, store: str
) -> None:
    deploy({"SONGSPACE_CSV": "songs.csv", "SONGSPACE_STORE": asked})

    found = read(client)

    nightly = PipelineSettings.model_validate(found["pipeline/nightly"].parameters["settings"])
    assert (nightly.csv, nightly.store) == ("songs.csv", store)
    given = found["encode-songs/encode-new-songs"].parameters["settings"]
    assert EncodeSongsSettings(csv="new.csv", out="new.parquet", **given).store == store
    given = found["maintenance/maintenance"].parameters["settings"]
    assert MaintenanceSettings(**given).store == store


def test_a_webhook_stays_until_it_is_taken_away(client: SyncPrefectClient) -> None:
    addresses = {"named": "http://127.0.0.1:9/x", "unset": None, "empty": ""}
    kept = {name: deploying.keep_webhook(client, address) for name, address in addresses.items()}

    assert kept["named"] == kept["unset"]
    assert kept["named"] is not None
    assert kept["empty"] is None
    assert deploying.keep_webhook(client, None) is None


def test_a_work_pool_of_another_kind_is_no_home_for_our_runs(
    client: SyncPrefectClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deploying, "POOL", "containers")
    client.create_work_pool(WorkPoolCreate(name="containers", type="docker"))

    with pytest.raises(RuntimeError, match="'containers' is of type 'docker'"):
        ensure_pool(client)


@pytest.mark.parametrize(
    ("url", "message"),
    [
        (None, "No Prefect server is named"),
        ("http://127.0.0.1:9/api", "No Prefect server answers at http://127.0.0.1:9/api"),
    ],
)
def test_without_a_server_it_says_how_to_get_one(
    url: str | None, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with temporary_settings({PREFECT_API_URL: url}):
        assert main(["deploy"]) == 1

    said = capsys.readouterr().err
    assert message in said
    assert "make ui" in said
