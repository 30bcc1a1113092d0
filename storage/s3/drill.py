"""The drill in a bucket: the release that a rollback would go to is hashed and read, and nothing is written."""

from __future__ import annotations

import logging

from songspace.ledger import read_head, read_history
from songspace.release import open_release
from storage.drill import DrillReport, report_on
from storage.layout import BucketLayout
from storage.ledger import previous_release

log = logging.getLogger(__name__)


def rollback_drill(layout: BucketLayout) -> DrillReport:
    """Read all of the release that a rollback would go to.

    Unlike the drill on a disk it adds no entries to a ledger of its own: a copy of two releases would cost their bytes.

    Raises:
        Damaged: If a file of it is not what was built, or a table cannot be read.
        NotFound: If it is gone.
        SongspaceError: If the server refuses.
    """
    head, target = read_head(layout.root), previous_release(read_history(layout.root))
    if head is None or target is None:
        live = head.release if head else None
        return DrillReport(live=live, target=None, files=0, size=0, rows={})
    with open_release(layout.release(target)) as reached:
        report = report_on(head.release, reached)
    log.info("%s", report)
    return report
