"""`python -m benchmarks`: every stage at full scale, beside what one would pick instead, and beside the limit.

What is made up is written once and kept in benchmarks/data/, or in the folder of --scratch: remove it after a change
of the generator. Results are kept there too after every line, so that sections can be measured one by one, and the
page be written again from them. The largest catalogue takes 12 GB.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:  # a measured process reads this module too: it is to be light
    from benchmarks.records import Results
    from benchmarks.workplace import Workplace

HERE: Final = Path(__file__).parent

SECTIONS: Final = {
    "stages": "benchmarks.stage_costs",
    "tables": "benchmarks.against_tables",
    "training": "benchmarks.against_keras",
    "latents": "benchmarks.against_predict",
    "neighbours": "benchmarks.against_search",
    "map": "benchmarks.against_tsne",
    "limits": "benchmarks.limits",
    "growth": "benchmarks.growth",
    "changed": "benchmarks.changed_file",
}


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure the sections asked for, and write the page."""
    options = command_line().parse_args(arguments)

    from benchmarks import machine, records, render

    kept = options.scratch / "results.json"
    results = records.load(kept)
    if not options.render:
        from benchmarks.workplace import Workplace, growth_stages

        options.scratch.mkdir(parents=True, exist_ok=True)
        results.machine = machine.describe()
        work = Workplace(
            folder=options.scratch.resolve(),
            rows=options.rows,
            large_rows=options.large_rows,
            turns=options.turns,
            points=options.map_points,
            growth_stages=growth_stages(options.growth_stages),
        )
        for name in wanted(options, results):
            measure_section(name, work, results, kept)
            render.render(results, options.out)
    render.render(results, options.out)
    print(f"written: {options.out.name}")


def command_line() -> argparse.ArgumentParser:
    """All options."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--rows", type=int, default=551_443)
    parser.add_argument(
        "--large-rows", type=int, default=5_514_430, help="of the section growth; 0: none"
    )
    parser.add_argument(
        "--only",
        nargs="+",
        choices=SECTIONS,
        default=list(SECTIONS),
        metavar="SECTION",
        help=", ".join(SECTIONS),
    )
    parser.add_argument("--resume", action="store_true", help="leave out what is finished")
    parser.add_argument("--render", action="store_true", help="measure nothing, write the page")
    parser.add_argument("--turns", type=int, default=3, help="of each side")
    parser.add_argument("--map-points", type=int, default=50_000)
    parser.add_argument(
        "--growth-stages", nargs="+", default=["ingest", "encode", "latents"], metavar="STAGE"
    )
    parser.add_argument("--scratch", type=Path, default=HERE / "data")
    parser.add_argument("--out", type=Path, default=HERE / "RESULTS.md")
    return parser


def wanted(options: argparse.Namespace, results: Results) -> list[str]:
    """The sections asked for, in their order; with --resume without those that are finished at this size."""
    return [
        name
        for name in SECTIONS
        if name in options.only
        and not (
            options.resume
            and (there := results.sections.get(name))
            and there.finished
            and there.rows == options.rows
        )
    ]


def measure_section(name: str, work: Workplace, results: Results, kept: Path) -> None:
    """Run one section, and keep each of its records as it comes."""
    from benchmarks import records

    print(f"{name}, {work.rows:,} rows", flush=True)
    started = time.perf_counter()
    section = records.Section(rows=work.rows)
    results.sections = {
        known: section if known == name else results.sections[known]
        for known in SECTIONS
        if known == name or known in results.sections
    }
    for record in import_module(SECTIONS[name]).run(work):
        section.records.append(record)
        section.seconds = time.perf_counter() - started
        records.save(results, kept)
    section.finished = True
    records.save(results, kept)
    work.clear()


if __name__ == "__main__":
    main()
