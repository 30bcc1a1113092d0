"""What a person sees who starts `make ui`, asks for a run, and looks at it in a browser."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright
from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.filters import (
    ArtifactFilter,
    ArtifactFilterFlowRunId,
    FlowRunFilter,
    FlowRunFilterDeploymentId,
    FlowRunFilterId,
)
from prefect.client.schemas.objects import FlowRun

import songspace
from flows.settings import read_settings
from tests.deployments.conftest import nothing_begins_by_itself, two_free_ports, wait_for
from tests.flows.small_runs import SMALL

ROOT: Final = Path(__file__).parents[2]
PREFECT: Final = (sys.executable, "-m", "prefect")
PATIENCE_MS: Final = 60_000
TALL: Final = {"width": 1440, "height": 1000}

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]


class Site:
    """Server, worker and reports as `make ui` starts them, on ports and in folders of their own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.store = folder / "store"
        self.port = two_free_ports()
        self.url = f"http://127.0.0.1:{self.port}"
        left_out = ("PREFECT_", "SONGSPACE_")
        self.environment = {
            name: value for name, value in os.environ.items() if not name.startswith(left_out)
        } | {
            "PREFECT_HOME": str(folder / "prefect"),
            "PREFECT_API_URL": f"{self.url}/api",
            "SONGSPACE_STORE": str(self.store),
        }

    def client(self) -> SyncPrefectClient:
        """Prefect's own client, which asks again when the database is busy."""
        return SyncPrefectClient(f"{self.url}/api")

    def run(self, **changes: Any) -> FlowRun:
        """Ask for a run as a person does at a terminal, and wait for its end."""
        settings = read_settings(None, [*SMALL, "demo.rows=400"], store=str(self.store), **changes)
        given = json.dumps({"settings": settings.model_dump(mode="json")})
        asked = subprocess.run(
            [*PREFECT, "deployment", "run", "pipeline/on-demand", "--params", given, "--watch"],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        ended = re.search(r"flow-run/([0-9a-f-]{36})", asked.stdout)
        assert ended, asked.stdout + asked.stderr
        with self.client() as client:
            wait_for(lambda: is_over(client.read_flow_run(UUID(ended[1]))))
            return client.read_flow_run(UUID(ended[1]))

    def tasks(self, run: FlowRun) -> dict[str, str | None]:
        """The tasks of a run that has ended well, each with its state, once the server has noted all of them."""
        only = FlowRunFilter(id=FlowRunFilterId(any_=[run.id]))
        states: dict[str, str | None] = {}

        def all_ended() -> bool:
            with self.client() as client:
                found = client.read_task_runs(flow_run_filter=only)
            states.update((task.name, task.state_name) for task in found)
            return "publish" in states and set(states.values()) <= {"Completed", "Cached"}

        wait_for(all_ended)
        return states

    def artifacts(self, run: FlowRun) -> dict[str | None, UUID]:
        """The artifacts of a run, by their keys."""
        only = ArtifactFilter(flow_run_id=ArtifactFilterFlowRunId(any_=[run.id]))
        with self.client() as client:
            return {found.key: found.id for found in client.read_artifacts(artifact_filter=only)}


def is_over(run: FlowRun) -> bool:
    """Whether a run has ended, well or not."""
    return run.state is not None and run.state.is_final()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The site, up and deployed to."""
    site = Site(tmp_path_factory.mktemp("site"))
    log = site.folder / "log"
    with log.open("wb") as file:
        process = subprocess.Popen(
            [sys.executable, "-m", "flows", "ui", "--port", str(site.port)],
            cwd=ROOT,
            env=site.environment,
            stdout=file,
            stderr=file,
        )
    try:
        while "Ctrl-C" not in log.read_text():
            assert process.poll() is None, log.read_text()
            time.sleep(0.2)
        with site.client() as client, nothing_begins_by_itself(client):
            yield site
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()
    assert "stopping; a run that was in progress" in log.read_text()


@pytest.fixture(scope="module")
def made(site: Site) -> FlowRun:
    """A run that was asked for, at its end."""
    return site.run()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's chromium."""
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("chromium is not installed: apt-get install chromium")
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """An empty window."""
    page = browser.new_page(viewport=TALL)  # type: ignore[arg-type]
    page.set_default_timeout(PATIENCE_MS)
    yield page
    page.close()


def test_a_run_is_shown_completed_with_its_release_and_its_graph(
    site: Site, made: FlowRun, page: Page
) -> None:
    with songspace.open(site.store) as release:
        name = f"demo of 400 songs -> {release.id}"

    page.goto(f"{site.url}/runs/flow-run/{made.id}")

    expect(page.get_by_text(name).first).to_be_visible()
    expect(page.get_by_text("Completed", exact=True).first).to_be_visible()
    expect(page.get_by_text("23 Task runs")).to_be_visible()
    graph = page.locator(".run-graph canvas, .flow-run-graph canvas, canvas").first
    expect(graph).to_be_visible()
    box = graph.bounding_box()
    assert box
    assert box["width"] > 500
    page.wait_for_timeout(3000)  # the graph is drawn in motion
    page.screenshot(path=site.folder / "run.png")


def test_the_artifacts_tell_the_story_and_the_map_is_a_picture(
    site: Site, made: FlowRun, page: Page
) -> None:
    artifacts = site.artifacts(made)
    assert {
        "profile",
        "training",
        "map",
        "neighbours",
        "evaluation",
        "gate",
        "release",
        "train-progress",
    } <= artifacts.keys()

    page.goto(f"{site.url}/artifacts/artifact/{artifacts['map']}")

    picture = page.locator("img[src^='data:image/png']").first
    expect(picture).to_be_visible()
    assert picture.evaluate("image => image.decode().then(() => image.naturalWidth)") > 1000
    page.screenshot(path=site.folder / "map.png")


def test_the_report_is_a_click_away(site: Site, made: FlowRun, page: Page) -> None:
    page.goto(f"{site.url}/artifacts/artifact/{site.artifacts(made)['release']}")
    link = page.get_by_role("link", name="Open the report")
    expect(link).to_be_visible()

    page.goto(str(link.get_attribute("href")))

    expect(page).to_have_title("Songspace: demo of 400 songs")


def test_the_nightly_deployment_is_shown_with_its_schedule_and_its_next_run(
    site: Site, page: Page
) -> None:
    with site.client() as client:
        nightly = client.read_deployment_by_name("pipeline/nightly")
        client.resume_deployment(nightly.id)
        wait_for(lambda: "Scheduled" in states(client, nightly.id))

    page.goto(f"{site.url}/deployments/deployment/{nightly.id}")

    expect(page.get_by_text("nightly").first).to_be_visible()
    page.wait_for_timeout(3000)
    page.screenshot(path=site.folder / "nightly.png")
    expect(page.get_by_text("At 03:30 AM").first).to_be_visible()
    with site.client() as client:
        assert "Scheduled" in states(client, nightly.id)
        client.pause_deployment(nightly.id)


def states(client: SyncPrefectClient, deployment: UUID) -> set[str | None]:
    """The states of the runs of a deployment."""
    only = FlowRunFilter(deployment_id=FlowRunFilterDeploymentId(any_=[deployment]))
    return {run.state_name for run in client.read_flow_runs(flow_run_filter=only)}


@pytest.mark.fault
def test_an_unchanged_catalogue_is_not_worked_on_twice(site: Site, made: FlowRun) -> None:
    del made

    again = site.run()

    assert again.state_name == "Completed"
    busy = {task for task, state in site.tasks(again).items() if state != "Cached"}
    assert busy == {"find_source"}


def test_why_a_run_failed_is_the_first_thing_to_be_read(site: Site, page: Page) -> None:
    failed = site.run(csv=str(site.folder / "absent.csv"))

    page.goto(f"{site.url}/runs/flow-run/{failed.id}")

    expect(page.get_by_text("absent.csv: find_source failed: ").first).to_be_visible()
    expect(page.get_by_text("Failed", exact=True).first).to_be_visible()
    page.screenshot(path=site.folder / "failed.png")
    alerts = site.store / "alerts.log"
    wait_for(lambda: alerts.exists() and alerts.read_text().endswith("\n"))
    (line,) = alerts.read_text().splitlines()
    assert "Failed pipeline absent.csv" in line
