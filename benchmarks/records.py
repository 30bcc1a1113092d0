"""What the benchmarks find out, as plain records, and the file that keeps them between two runs."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, TypeAlias, TypeVar

from pydantic import TypeAdapter


@dataclass(frozen=True)
class Comparison:
    """One claim: ours beside theirs, in turns, each by its best."""

    what: str
    ours: str
    theirs: str
    unit: str  # of the values: "s", "songs/s" or a share
    ours_turns: list[float]
    theirs_turns: list[float]
    claim: Literal["at most", "at least", "none"] = "none"
    bound: float = 0.0
    note: str = ""
    kind: Literal["comparison"] = "comparison"

    @property
    def larger_is_better(self) -> bool:
        """Whether the best turn is the one of the largest value."""
        return self.unit != "s"

    @property
    def best(self) -> tuple[float, float]:
        """The best turn of ours and of theirs."""
        pick = max if self.larger_is_better else min
        return pick(self.ours_turns), pick(self.theirs_turns)

    @property
    def ratio(self) -> float:
        """How many times as long ours takes where the claim is "at most", else how many times as fast it is."""
        return self._ratio(*self.best)

    @property
    def ratios(self) -> list[float]:
        """The same of each turn by itself; none where the sides had not equally many."""
        if len(self.ours_turns) != len(self.theirs_turns):
            return []
        return [self._ratio(*turn) for turn in zip(self.ours_turns, self.theirs_turns, strict=True)]

    def _ratio(self, ours: float, theirs: float) -> float:
        return ours / theirs if self.larger_is_better or self.claim == "at most" else theirs / ours

    @property
    def holds(self) -> bool | None:
        """Whether the claim holds; None where none is made."""
        if self.claim == "none":
            return None
        return self.ratio <= self.bound if self.claim == "at most" else self.ratio >= self.bound


@dataclass(frozen=True)
class Fact:
    """One number with a bound of its own, such as a recall."""

    what: str
    value: float
    claim: Literal["at most", "at least", "none"] = "none"
    bound: float = 0.0
    note: str = ""
    kind: Literal["fact"] = "fact"

    @property
    def holds(self) -> bool | None:
        """Whether the claim holds; None where none is made."""
        if self.claim == "none":
            return None
        return self.value <= self.bound if self.claim == "at most" else self.value >= self.bound


@dataclass(frozen=True)
class StageCost:
    """What one stage, or a whole run, took."""

    name: str
    rows: int
    seconds: float
    work_seconds: float  # without the import of libraries
    cpu_seconds: float
    peak_mb: float
    note: str = ""
    kind: Literal["stage"] = "stage"


@dataclass(frozen=True)
class Limit:
    """The least that the work of a stage can take on this machine, by one way of looking at it."""

    stage: str
    what: str
    seconds: float
    note: str = ""
    kind: Literal["limit"] = "limit"


@dataclass(frozen=True)
class Growth:
    """What one stage took of a catalogue of *rows*."""

    stage: str
    rows: int
    seconds: float
    peak_mb: float
    kind: Literal["growth"] = "growth"


@dataclass(frozen=True)
class Note:
    """A sentence for the reader."""

    text: str
    kind: Literal["note"] = "note"


Record: TypeAlias = Comparison | Fact | StageCost | Limit | Growth | Note
R = TypeVar("R", Comparison, Fact, StageCost, Limit, Growth, Note)


@dataclass
class Section:
    """The records of one section, of one run of it."""

    rows: int
    day: str = field(default_factory=lambda: datetime.now(UTC).date().isoformat())
    seconds: float = 0.0
    finished: bool = False
    records: list[Record] = field(default_factory=list)


@dataclass
class Results:
    """All sections by name, and the machine they ran on."""

    machine: dict[str, str] = field(default_factory=dict)
    sections: dict[str, Section] = field(default_factory=dict)

    def of(self, kind: type[R], section: str | None = None) -> list[R]:
        """All records of one kind, of one section or of all in their order."""
        return [
            record
            for name, there in self.sections.items()
            for record in there.records
            if isinstance(record, kind) and section in (None, name)
        ]

    def taken(self) -> dict[str, float]:
        """Seconds of each stage without imports, of as many rows as the limits were found for."""
        sections = (self.sections.get(name) for name in ("stages", "limits"))
        if len({section.rows for section in sections if section}) != 1:
            return {}
        return {one.name: one.work_seconds for one in self.of(StageCost, "stages")}


_RESULTS = TypeAdapter(Results)


def load(file: Path) -> Results:
    """What *file* keeps; nothing where it is absent."""
    return _RESULTS.validate_json(file.read_bytes()) if file.exists() else Results()


def save(results: Results, file: Path) -> None:
    """Keep *results*; what was kept before is replaced at once or not at all."""
    draft = file.with_suffix(".draft")
    draft.write_bytes(_RESULTS.dump_json(results, indent=2))
    draft.replace(file)
