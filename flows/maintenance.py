"""Looking after a store: are its releases whole, what may go, would a rollback work."""

from __future__ import annotations

from prefect import flow
from prefect.artifacts import create_markdown_artifact
from prefect.runtime import flow_run

from flows.alerts import tell
from flows.logs import hear_our_loggers
from flows.maintenance_settings import MaintenanceSettings
from flows.markdown import as_table, cell
from flows.upkeep import existing_store
from storage.drill import DrillReport
from storage.store import Store
from tasks.cleaning import Cleaned
from tasks.maintenance import Checked, drill, remove_old, verify
from tasks.progress import only_shown


def run_name() -> str:
    """What a run is called: the store that it looks after."""
    settings = MaintenanceSettings.model_validate(flow_run.parameters["settings"])
    return f"maintenance of {settings.store}"


@flow(
    flow_run_name=run_name,
    log_prints=True,
    on_failure=[tell],
    on_crashed=[tell],
    on_cancellation=[tell],
)
def maintenance(settings: MaintenanceSettings) -> DrillReport:
    """Verify the releases, remove what no kept one needs, and try a rollback beside the ledger.

    Nothing is removed if a release that stays is damaged.
    """
    hear_our_loggers()
    store = existing_store(settings.store)
    checked = verify(store, settings.verify, settings.keep)
    cleaned = remove_old(store, settings.keep, settings.older_than_days)
    drilled = drill(store)
    show(store, checked, cleaned, drilled)
    return drilled


def show(store: Store, checked: Checked, cleaned: Cleaned, drilled: DrillReport) -> None:
    """What was done, for the Prefect UI."""
    freed = f"{cleaned.gc.freed_bytes / 1e6:,.1f} MB"
    facts = {
        "store": store.root,
        "hashed and found whole": f"{len(checked.releases)} releases, {checked.size / 1e6:,.1f} MB",
        "pinned": len(store.pins()),
        "removed": f"{len(cleaned.gc.releases)} releases, {len(cleaned.gc.removed)} things in all",
        "freed": freed,
        "spared, since somebody has it open": len(cleaned.gc.held),
        "records of tasks forgotten": cleaned.forgotten,
        "rollback drill": drilled,
    }
    lists = {"Whole": checked.releases, "Removed": cleaned.gc.removed, "Open": cleaned.gc.held}
    with only_shown("the maintenance"):
        create_markdown_artifact(
            f"# Maintenance of {cell(store.root.name)}\n\n{as_table(facts)}\n\n"
            + "\n\n".join(as_list(title, names) for title, names in lists.items() if names),
            key="maintenance",
            description=f"{len(checked.releases)} releases whole, freed {freed}",
        )


def as_list(title: str, names: tuple[str, ...]) -> str:
    """Names under a title."""
    return f"## {title}\n\n" + "\n".join(f"- {cell(name)}" for name in names)
