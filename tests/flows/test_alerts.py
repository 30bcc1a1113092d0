"""A run that ends badly tells of itself: in the store, and to whoever listens at the webhook."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from prefect import flow
from prefect.blocks.webhook import Webhook
from pydantic import BaseModel

from flows.alerts import WEBHOOK, tell
from storage.store import Store
from tests.webhook import Receiver

pytestmark = pytest.mark.usefixtures("prefect_server")


class Settings(BaseModel):
    """What any of our flows is told."""

    store: str


@flow(
    name="breaking",
    flow_run_name="break",
    on_failure=[tell],
    on_crashed=[tell],
    on_cancellation=[tell],
)
def breaking(settings: Settings) -> None:
    raise ValueError(f"the reason\nin two lines, \x1b[31mred, for {settings.store[:0]}you")


@pytest.fixture
def receiver(request: pytest.FixtureRequest) -> Iterator[Receiver]:
    """A webhook that Prefect knows by our name, which answers 200 or what the test says."""
    with Receiver(getattr(request, "param", 200)) as server:
        Webhook(url=server.url).save(WEBHOOK, overwrite=True)
        yield server
        Webhook.delete(WEBHOOK)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store.open(tmp_path / "store")


def told(store: Store) -> list[str]:
    return Path(store.root / "alerts.log").read_text().splitlines()


def fail(root: Path) -> None:
    """Run the flow to its bad end; what failed is the flow itself and nothing else."""
    with pytest.raises(ValueError, match="the reason"):
        breaking(Settings(store=str(root)))


def test_a_failure_is_one_line_in_the_store(store: Store) -> None:
    fail(store.root)
    fail(store.root)

    first, second = told(store)
    assert first[:4].isdecimal()
    words = "Failed breaking break: ValueError: the reason in two lines,  [31mred, for you"
    assert first.endswith(words)
    assert second.endswith(words)


def test_a_failure_is_sent_to_the_webhook_once(store: Store, receiver: Receiver) -> None:
    fail(store.root)

    assert receiver.texts == told(store)


@pytest.mark.parametrize("receiver", [500], indirect=True)
def test_a_webhook_that_refuses_is_an_error_in_the_log(
    store: Store, receiver: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR, "flows.alerts"):
        fail(store.root)

    assert len(receiver.texts) == 1
    assert "Not sent to the webhook songspace-alerts" in caplog.text
    assert "answered 500" in caplog.text
    assert len(told(store)) == 1


def test_a_store_that_is_not_there_is_an_error_in_the_log_and_the_webhook_is_called(
    tmp_path: Path, receiver: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR, "flows.alerts"):
        fail(tmp_path / "nowhere")

    assert "Not in any alerts.log" in caplog.text
    assert "There is no store" in caplog.text
    assert len(receiver.texts) == 1
    assert not (tmp_path / "nowhere").exists()


def test_a_store_that_takes_no_line_is_an_error_in_the_log(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    (store.root / "alerts.log").mkdir()

    with caplog.at_level(logging.ERROR, "flows.alerts"):
        fail(store.root)

    assert "Not in any alerts.log" in caplog.text
    assert "Is a directory" in caplog.text
