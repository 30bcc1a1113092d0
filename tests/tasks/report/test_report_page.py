from __future__ import annotations

import base64
import dataclasses
import hashlib
import json
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from PIL import Image

from tasks.report.canvas import png_data_uri
from tasks.report.inputs import Histories, ReportInputs, ReportSettings
from tasks.report.page import write_report

MakeInputs = Callable[..., ReportInputs]
PLAIN = ReportSettings(dots_per_inch=50)


class Elements(HTMLParser):
    """Every tag with its attributes, and the text that follows it."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None], list[str]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Begin the text of another element."""
        self.found.append((tag, dict(attrs), []))

    def handle_data(self, data: str) -> None:
        """Add to the text of the element that began last."""
        if self.found:
            self.found[-1][2].append(data)

    def texts(self, tag: str) -> list[str]:
        """The texts of all elements called *tag*."""
        return ["".join(text).strip() for name, _, text in self.found if name == tag]

    def attributes(self, tag: str) -> list[dict[str, str | None]]:
        """The attributes of all elements called *tag*."""
        return [attributes for name, attributes, _ in self.found if name == tag]


def test_hostile_names_become_neither_elements_nor_handlers(report_folder: Path) -> None:
    elements = Elements((report_folder / "index.html").read_text("utf-8"))

    tags = [tag for tag, _, _ in elements.found]
    assert tags.count("script") == 3  # points, Plotly, the map
    assert not {"a", "b", "iframe", "object", "form"} & set(tags)
    assert not [name for _, attrs, _ in elements.found for name in attrs if name.startswith("on")]
    assert {"_hidden \u2028 line <!-- <script>", "Ωmega 曲 🎵 A$AP $"} <= set(elements.texts("h3"))


def test_nothing_on_the_page_lies_elsewhere(report_folder: Path) -> None:
    elements = Elements((report_folder / "index.html").read_text("utf-8"))

    addresses = [
        value
        for _, attrs, _ in elements.found
        for name, value in attrs.items()
        if name in ("src", "href")
    ]
    assert len(addresses) == 7  # six pictures and an empty icon
    assert all(address and address.startswith("data:") for address in addresses)


def test_the_policy_lets_only_the_page_s_own_scripts_run(report_folder: Path) -> None:
    page = (report_folder / "index.html").read_text("utf-8")

    policy = Elements(page).attributes("meta")[1]["content"] or ""
    scripts = [part.partition("</script>")[0] for part in page.split("<script>")[1:]]
    digests = [base64.b64encode(hashlib.sha256(s.encode()).digest()).decode() for s in scripts]
    assert len(digests) == 2
    assert all(f"'sha256-{digest}'" in policy for digest in digests)
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    assert "'unsafe-inline'" not in policy.split(";")[1]


def test_the_points_carry_every_name_unchanged(
    report_folder: Path, make_inputs: MakeInputs
) -> None:
    inputs = make_inputs()

    elements = Elements((report_folder / "index.html").read_text("utf-8"))

    points = json.loads(elements.texts("script")[0])
    xy = np.frombuffer(base64.b64decode(points["xy"]), "<f4").reshape(-1, 2)
    assert points["songs"] == inputs.songs.collect()["song"].to_list()
    assert np.array_equal(xy, inputs.map.select("x", "y").to_numpy())
    assert points["by"]["genre"]["names"] == ["pop", "rock"]


def test_the_page_tells_the_run(report_folder: Path) -> None:
    elements = Elements((report_folder / "index.html").read_text("utf-8"))

    told = dict(zip(elements.texts("dt"), elements.texts("dd"), strict=True))
    assert (
        told
        | {
            "gate": "pass",
            "genre nDCG": "0.250",
            "songs": "24",
            "rows folded": "5",
            "rows quarantined": "2",
            "clones": "0",
            "recall@20": "0.9987",
        }
        == told
    )
    words = " ".join(" ".join("".join(text) for _, _, text in elements.found).split())
    assert "no listening data" in words
    assert "trustworthiness 0.987" in words
    assert "a first release" in words


def test_every_example_lists_its_neighbours_nearest_first(report_folder: Path) -> None:
    page = (report_folder / "index.html").read_text("utf-8")

    articles = page.split("<article>")[1:]
    assert len(articles) == 2  # the songs have two first genres
    assert all(part.index("0.950") < part.index("0.800") for part in articles)


def test_the_same_inputs_give_the_same_bytes(
    report_folder: Path, make_inputs: MakeInputs, tmp_path: Path
) -> None:
    write_report(tmp_path, make_inputs(), PLAIN)

    first = {path.name: path.read_bytes() for path in report_folder.iterdir()}
    second = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert set(first) == {
        "index.html",
        "examples.json",
        "headline.png",
        "map.png",
        "training.png",
        "features.png",
        "correlation.png",
        "scores.png",
    }
    assert first == second


def test_one_song_and_one_epoch_are_enough(make_inputs: MakeInputs, tmp_path: Path) -> None:
    history = {"loss": [0.0], "mse": [0.0]}
    histories = Histories(history, history, history)

    write_report(tmp_path, make_inputs(1, histories=histories, profile={}, recall={}), PLAIN)

    assert "recall@k" in (tmp_path / "index.html").read_text("utf-8")


def test_an_unknown_popularity_is_not_shown_as_none_at_all(
    make_inputs: MakeInputs, tmp_path: Path
) -> None:
    inputs = make_inputs()
    unknown = inputs.songs.with_columns(popularity=pl.lit(None, pl.Int8))

    write_report(tmp_path, dataclasses.replace(inputs, songs=unknown), PLAIN)

    assert "popularity unknown" in (tmp_path / "index.html").read_text("utf-8")


def test_unknown_values_are_named_not_dropped(make_inputs: MakeInputs, tmp_path: Path) -> None:
    inputs = make_inputs()
    gaps = inputs.songs.with_columns(
        tempo=pl.lit(None, pl.Int16),
        emotion=pl.lit(None, pl.String),
        artists=pl.lit([], pl.List(pl.String)),
        genres=pl.lit(None, pl.List(pl.String)),
        song=pl.lit(None, pl.String),
    )

    write_report(tmp_path, dataclasses.replace(inputs, songs=gaps), PLAIN)

    points = json.loads(Elements((tmp_path / "index.html").read_text("utf-8")).texts("script")[0])
    assert [points["by"][name]["names"] for name in points["by"]] == [["unknown"]] * 3


def test_a_map_of_another_run_is_refused(make_inputs: MakeInputs, tmp_path: Path) -> None:
    inputs = make_inputs()
    stranger = inputs.map.with_columns(pl.col("song_id") + 20)

    with pytest.raises(ValueError, match=r"20 of 24 are not.*different runs"):
        write_report(tmp_path, dataclasses.replace(inputs, map=stranger), PLAIN)


def test_a_preview_is_as_narrow_as_asked(report_folder: Path, tmp_path: Path) -> None:
    uri = png_data_uri(report_folder / "map.png", max_width=300)

    small = tmp_path / "small.png"
    small.write_bytes(base64.b64decode(uri.removeprefix("data:image/png;base64,")))
    with Image.open(small) as image:
        assert image.width == 300
