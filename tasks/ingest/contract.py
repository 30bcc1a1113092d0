"""Whether a new catalogue may follow the live one, and what changed between them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from tasks.ingest.profile import Profile


class ContractSettings(BaseModel):
    """What a new catalogue must keep, and what of it is worth a line."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    min_rows_share: float = Field(
        0.8, ge=0, le=1, description="Fewest songs, as a share of the live catalogue's."
    )
    allow_fewer_rows: bool = Field(False, description="Accept a catalogue with fewer songs.")
    min_filled_share: float = Field(
        0.5,
        ge=0,
        le=1,
        description="Fewest filled cells of a column, as a share of the live catalogue's share.",
    )
    allow_lost_columns: bool = Field(
        False, description="Accept a column that became empty, or nearly."
    )
    max_quarantined_share: float = Field(
        0.01, ge=0, le=1, description="Most rows, as a share of all, that may break the contract."
    )
    allow_quarantined: bool = Field(False, description="Accept more quarantined rows.")
    mean_shift: float = Field(
        0.1, gt=0, description="Shift of a mean, in live standard deviations, that is listed."
    )
    range_shift: float = Field(
        1.0, gt=0, description="Shift of a least or greatest number, in the same, that is listed."
    )
    share_shift: float = Field(
        0.02,
        gt=0,
        le=1,
        description="Shift of the songs' share of a category, or of empty cells, that is listed.",
    )
    rows_shift: float = Field(
        0.01, gt=0, description="Relative change of the number of songs that is listed."
    )


class Drift(BaseModel):
    """How a new catalogue differs from the live one, as sentences."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    notes: tuple[str, ...] = Field(description="Worth knowing, and breaks that are allowed.")
    broken: tuple[str, ...] = Field(description="What breaks the contract.")


def compare_profiles(
    live: Mapping[str, Any] | None, new: Mapping[str, Any], settings: ContractSettings
) -> Drift:
    """What changed from the profile *live* to *new*, as they were written to profile.json.

    Without a live catalogue only the share of quarantined rows is judged.
    """
    now = Profile.model_validate(new)
    before = None if live is None else Profile.model_validate(live)
    breaks = [(settings.allow_quarantined, told) for told in _too_many_quarantined(now, settings)]
    notes: list[str] = []
    if before is not None:
        breaks += [(settings.allow_fewer_rows, told) for told in _fewer(before, now, settings)]
        breaks += [(settings.allow_lost_columns, told) for told in _lost(before, now, settings)]
        notes = [
            *_changed_rows(before, now, settings),
            *_changed_dates(before, now),
            *_changed_nulls(before, now, settings),
            *_moved_numbers(before, now, settings),
            *_moved_shares(before, now, settings),
        ]
    return Drift(
        notes=tuple([f"{told} (allowed)" for allowed, told in breaks if allowed] + notes),
        broken=tuple(told for allowed, told in breaks if not allowed),
    )


def _too_many_quarantined(now: Profile, settings: ContractSettings) -> Iterator[str]:
    counts = now.counts
    if counts.quarantined > settings.max_quarantined_share * counts.read:
        reasons = ", ".join(f"{kind} {rows:,}" for kind, rows in counts.reasons.items())
        yield (
            f"{counts.quarantined:,} of {counts.read:,} rows are quarantined ({reasons}), "
            f"expected {settings.max_quarantined_share:.1%} at most"
        )


def _fewer(before: Profile, now: Profile, settings: ContractSettings) -> Iterator[str]:
    least = settings.min_rows_share * before.counts.kept
    if now.counts.kept < least:
        yield (
            f"{now.counts.kept:,} songs, expected at least {least:,.0f}: "
            f"{settings.min_rows_share:.0%} of the live {before.counts.kept:,}"
        )


def _lost(before: Profile, now: Profile, settings: ContractSettings) -> Iterator[str]:
    for column, (old, new) in _filled_shares(before, now).items():
        least = settings.min_filled_share * old
        if old > 0 and (new == 0 or new < least):
            yield f"{column} is filled in {new:.1%} of the songs, expected at least {least:.1%}"


def _filled_shares(before: Profile, now: Profile) -> dict[str, tuple[float, float]]:
    """For each column the share of the songs in which it has a value, before and now."""

    def share(profile: Profile, column: str) -> float:
        songs = max(profile.counts.kept, 1)
        return 1 - profile.nulls.get(column, songs) / songs

    return {column: (share(before, column), share(now, column)) for column in before.nulls}


def _changed_nulls(before: Profile, now: Profile, settings: ContractSettings) -> Iterator[str]:
    for column, (old, new) in _filled_shares(before, now).items():
        if abs(new - old) > settings.share_shift:
            yield f"{column}: empty in {1 - old:.1%} -> {1 - new:.1%} of the songs"


def _changed_dates(before: Profile, now: Profile) -> Iterator[str]:
    old, new = (f"{each.first_date} to {each.last_date}" for each in (before, now))
    if old != new:
        yield f"release_date: {old} -> {new}"


def _changed_rows(before: Profile, now: Profile, settings: ContractSettings) -> Iterator[str]:
    old, new = before.counts.kept, now.counts.kept
    if abs(new - old) > settings.rows_shift * old:
        yield f"songs: {old:,} -> {new:,}"
    old_revisions = {file.revision for file in before.files}
    new_revisions = {file.revision for file in now.files}
    if old_revisions != new_revisions:
        yield f"revision: {', '.join(sorted(old_revisions))} -> {', '.join(sorted(new_revisions))}"


def _moved_numbers(before: Profile, now: Profile, settings: ContractSettings) -> Iterator[str]:
    limits = {
        "mean": settings.mean_shift,
        "min": settings.range_shift,
        "max": settings.range_shift,
    }
    for column in (name for name in before.numbers if name in now.numbers):
        sd = before.numbers[column].sd or 0.0
        for measure, limit in limits.items():
            old, new = (getattr(each.numbers[column], measure) for each in (before, now))
            if old is not None and new is not None and abs(new - old) > limit * sd:
                moved = f" ({(new - old) / sd:+.2f} sd)" if sd else ""
                yield f"{column}: {measure} {old:g} -> {new:g}{moved}"


def _moved_shares(before: Profile, now: Profile, settings: ContractSettings) -> Iterator[str]:
    old_shares, new_shares = _shares(before), _shares(now)
    for column, value in old_shares | new_shares:
        old, new = old_shares.get((column, value), 0.0), new_shares.get((column, value), 0.0)
        if abs(new - old) > settings.share_shift:
            yield f"{column}: {value} {old:.1%} -> {new:.1%} of the songs"


def _shares(profile: Profile) -> dict[tuple[str, str], float]:
    """The share of the songs that has a value, for every value that the profile lists.

    One that is not listed is rarer than all that are, and counts as absent.
    """
    songs = max(profile.counts.kept, 1)
    shares = {
        (column, value): count / songs
        for column, category in profile.categories.items()
        for value, count in category.top.items()
    }
    switches = {(column, "true"): share or 0.0 for column, share in profile.shares.items()}
    return shares | switches
