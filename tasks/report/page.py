"""The report as one page: nothing it shows comes from elsewhere, nothing it holds can run."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import polars as pl
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from plotly.offline import get_plotlyjs

from songspace.jsonfile import write_json
from tasks.report.canvas import png_data_uri
from tasks.report.examples import Row, examples_with_neighbours, quarantine_by_reason
from tasks.report.facts import as_text
from tasks.report.groups import Grouping, groupings, map_points
from tasks.report.inputs import ReportInputs, ReportSettings
from tasks.report.map_picture import quality_line
from tasks.report.pictures import draw_pictures
from tasks.report.points import points_json
from tasks.report.quality import PROXY, quality_of
from tasks.report.summary import key_numbers, sections

TEMPLATES: Final = Path(__file__).parent / "templates"
WIDEST_PICTURE: Final = 1800

HEADLINE: Final = (
    "How near the ten neighbours of songs by artists never met come in genre when that is hidden, each space with its "
    "95 % interval. The bound, its interval shaded, is a classifier that was taught genres by the 17 numbers."
)

PICTURES: Final = {
    "training": (
        "Training. The rehearsal learns without some artists, whose songs then tell learning from memory: a held-out "
        "curve that rises is memory. Of fitted and held-out loss only the trends compare: the former is the mean "
        "over an epoch, and the artist, of whom nothing can be told, is not in the latter. The mean squared error "
        "says how well 17 numbers, hidden ones among them, are read back from 20, and nothing of whether neighbours "
        "are alike. "
        "The first objective's fall from .04 to .001 is one to its floor: 175 of its 192 values are random and close "
        "to nought, so that leaving them unread costs next to nothing; of artist, genre and emotion nothing is learned."
    ),
    "map": "The map as a still picture, by genre, artist and emotion.",
    "features": (
        "How often every value of the nine measures, and of meditation, occurs. "
        "The seven switches are yes or no: their shares are in the table of the source, below."
    ),
    "correlation": "Correlation between the 17 features that the model reads.",
    "scores": "How close neighbours are: the nearest and the last listed one of every song.",
}


def write_report(out: Path, inputs: ReportInputs, settings: ReportSettings | None = None) -> None:
    """Write ``index.html``, which opens without a network, its pictures as PNG and its examples as JSON into *out*.

    The same inputs and settings give the same bytes.

    Raises:
        ValueError: If the map holds songs that are not in the catalogue, or a history no losses.
    """
    settings = settings or ReportSettings()
    out.mkdir(parents=True, exist_ok=True)
    points = map_points(inputs.map, inputs.songs)
    by = groupings(points, settings.legend_names)
    pictures = draw_pictures(out, inputs, settings, points, by)
    examples = examples_with_neighbours(
        inputs.songs, inputs.neighbours, settings.examples, settings.neighbours_per_example
    )
    write_json(out / "examples.json", examples)
    page = render_page(inputs, settings, points, by, pictures, examples)
    (out / "index.html").write_text(page, encoding="utf-8", newline="\n")


def render_page(
    inputs: ReportInputs,
    settings: ReportSettings,
    points: pl.DataFrame,
    by: Mapping[str, Grouping],
    pictures: Mapping[str, Path],
    examples: Sequence[Row],
) -> str:
    """The whole page as text."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    scripts = [get_plotlyjs(), (TEMPLATES / "map.js").read_text("utf-8")]
    return environment.get_template("page.html.j2").render(
        title=inputs.title,
        policy=content_policy(scripts),
        style=Markup((TEMPLATES / "style.css").read_text("utf-8")),  # noqa: S704 - our own file
        scripts=[Markup(script) for script in scripts],  # noqa: S704 - our own files and Plotly's
        points=Markup(points_json(points, by)),  # noqa: S704 - escaped by points_json
        point_count=len(points),
        groupings=list(by),
        map_quality=quality_line(inputs.map_quality),
        key_numbers=key_numbers(inputs),
        headline=("headline", png_data_uri(pictures["headline"], WIDEST_PICTURE), HEADLINE),
        quality=quality_of(inputs.metrics, inputs.verdict, inputs.space),
        proxy=PROXY,
        pictures=_picture_uris(pictures),
        examples=examples,
        quarantine=quarantine_by_reason(inputs.quarantine, settings.quarantine_examples),
        sections=sections(inputs),
        as_text=as_text,
    )


def content_policy(scripts: list[str]) -> str:
    """A policy under which only *scripts* run and nothing is fetched or sent.

    ``unsafe-eval`` stays allowed: Plotly's WebGL traces compile their draw calls. It lets no markup
    run, since inline scripts and handlers still need one of the hashes.
    """
    hashes = [base64.b64encode(hashlib.sha256(s.encode()).digest()).decode() for s in scripts]
    allowed = " ".join(f"'sha256-{digest}'" for digest in hashes)
    return (
        f"default-src 'none'; script-src {allowed} 'unsafe-eval'; style-src 'unsafe-inline'; "
        "img-src data: blob:; base-uri 'none'; form-action 'none'"
    )


def _picture_uris(pictures: Mapping[str, Path]) -> list[tuple[str, str, str]]:
    return [
        (name, png_data_uri(pictures[name], WIDEST_PICTURE), caption)
        for name, caption in PICTURES.items()
    ]
