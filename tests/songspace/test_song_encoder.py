"""Songs that a release does not hold get a place all the same."""

import json
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

import songspace
from songspace import NotFound, SongspaceError
from songspace.encoder import COLUMNS_READ, SongEncoder
from songspace.features import FeatureEncoder, Scaler
from songspace.inputs import network_inputs
from songspace.network import Network
from songspace.schemas import SONGS
from songspace.vocabulary import Vocabulary
from storage import Store

MakeSongs = Callable[..., pl.DataFrame]
MakeNetwork = Callable[..., Network]

FEATURES = FeatureEncoder(
    artist=Vocabulary(("abba", "cher")),
    genre=Vocabulary(("pop", "disco")),
    emotion=Vocabulary(("joy", "fear")),
    scaler=Scaler((120.0, *(50.0,) * 8), (20.0, *(20.0,) * 8)),
)


@pytest.fixture
def encoder(make_network: MakeNetwork) -> SongEncoder:
    return SongEncoder(FEATURES, make_network(artists=3, genres=3, emotions=3))


@pytest.fixture
def songs(make_songs: MakeSongs) -> pl.DataFrame:
    """Three songs of which everything is known."""
    return make_songs(
        artists=[["Abba"], ["Cher", "Abba"], ["ABBA"]],
        genres=[["pop", "disco"], ["disco"], ["pop"]],
        emotion=["joy", "fear", "Joy"],
        tempo=[90, 120, 150],
        energy=[10, 50, 99],
        good_for_party=[True, False, True],
        good_for_yoga_stretching=[False, True, True],
    )


def test_songs_lie_where_their_features_place_them(
    encoder: SongEncoder, songs: pl.DataFrame
) -> None:
    features = FEATURES.encode(songs.lazy()).collect()

    assert np.array_equal(encoder(songs), encoder.network(network_inputs(features)))
    assert len(np.unique(encoder(songs), axis=0)) == 3


def test_nothing_is_read_but_what_it_says(encoder: SongEncoder, songs: pl.DataFrame) -> None:
    assert np.array_equal(encoder(songs.select(COLUMNS_READ)), encoder(songs))


@pytest.mark.parametrize("column", COLUMNS_READ)
def test_a_column_that_is_absent_is_unknown(
    encoder: SongEncoder, songs: pl.DataFrame, column: str
) -> None:
    unknown = songs.with_columns(pl.lit(None, SONGS[column]).alias(column))

    latents = encoder(songs.drop(column))

    assert np.array_equal(latents, encoder(unknown))
    assert np.abs(latents - encoder(songs)).max() > 1e-3


def test_a_few_numbers_make_a_place(encoder: SongEncoder) -> None:
    latents = encoder(pl.DataFrame({"tempo": [90, None, 150]}))

    assert latents.shape == (3, 20)
    assert np.linalg.norm(latents, axis=1) == pytest.approx(1, abs=1e-6)
    assert len(np.unique(latents, axis=0)) == 3


def test_songs_of_which_nothing_is_known_share_a_place(encoder: SongEncoder) -> None:
    latents = encoder(pl.DataFrame({"song": ["One", "Two"], "mood": [1, 2]}))

    assert np.linalg.norm(latents, axis=1) == pytest.approx(1, abs=1e-6)
    assert np.array_equal(latents[0], latents[1])


@pytest.mark.parametrize(
    ("column", "strange"), [("artists", ["Zappa"]), ("genres", ["polka"]), ("emotion", "thirst")]
)
def test_a_name_that_the_release_does_not_know_is_unknown(
    encoder: SongEncoder, songs: pl.DataFrame, column: str, strange: Any
) -> None:
    named = songs.with_columns(pl.Series(column, [strange] * 3))

    assert np.array_equal(encoder(named), encoder(songs.drop(column)))


def test_columns_may_be_of_the_types_that_people_have(
    encoder: SongEncoder, songs: pl.DataFrame
) -> None:
    """Nulls alone, lists of nothing, 0 and 1, an id of letters."""
    table = pl.DataFrame(
        {
            "song_id": ["a", "b", "c"],
            "artists": [None, None, None],
            "genres": [[], [], []],
            "tempo": [90.0, 120.0, 150.0],
            "good_for_party": [1, 0, 1],
        }
    )

    known = songs.select("tempo", "good_for_party")

    assert np.array_equal(encoder(table), encoder(known))


def test_fractions_of_a_number_count(encoder: SongEncoder) -> None:
    whole, half = encoder(pl.DataFrame({"tempo": [120.0, 120.5]}))

    assert np.abs(whole - half).max() > 1e-4


def test_no_songs_have_no_places(encoder: SongEncoder, songs: pl.DataFrame) -> None:
    assert encoder(songs.clear()).shape == (0, 20)


@pytest.mark.parametrize("table", ["artists", "genres", "emotions"])
def test_vocabularies_of_a_later_release_are_refused(make_network: MakeNetwork, table: str) -> None:
    sizes = {"artists": 3, "genres": 3, "emotions": 3, table: 2}

    with pytest.raises(SongspaceError, match=rf"all 3 ids of the {table[:-1]} vocabulary"):
        SongEncoder(FEATURES, make_network(**sizes))


@pytest.fixture
def release_with(store: Store, make_network: MakeNetwork) -> Callable[..., Path]:
    """Publishes a release that holds such files; returns its folder."""

    def publish(*names: str) -> Path:
        with store.draft() as draft:
            (draft / "encoder").mkdir()
            FEATURES.save(draft / "encoder")
            (draft / "model").mkdir()
            make_network(3, 3, 3).save(draft / "model" / "encoder.safetensors")
            (draft / "model" / "space.json").write_text(json.dumps({"space_id": "s-1"}))
            for path in [*draft.glob("*/*")]:
                if path.relative_to(draft).as_posix() not in names:
                    path.unlink()
            (draft / "encoder" / "note.txt").touch()
            (draft / "model" / "note.txt").touch()
            ref = store.commit(draft, "run", recipe={"at": str(date.min), "names": list(names)})
        parts = {name: (ref, name) for name in ("encoder", "model")}
        return Path(store.root) / "releases" / store.build_release(parts, meta={})

    return publish


WHOLE = (
    "encoder/artist.json",
    "encoder/genre.json",
    "encoder/emotion.json",
    "encoder/scaler.json",
    "model/encoder.safetensors",
    "model/space.json",
)


def test_a_release_places_songs_and_names_its_space(
    release_with: Callable[..., Path], encoder: SongEncoder, songs: pl.DataFrame, tmp_path: Path
) -> None:
    shutil.copytree(release_with(*WHOLE), tmp_path / "copied")

    with songspace.open(tmp_path / "copied") as release:
        assert np.array_equal(release.encoder(songs), encoder(songs))
        assert release.encoder is release.encoder
        assert release.space_id == "s-1"


@pytest.mark.parametrize("name", WHOLE)
def test_a_release_that_lacks_a_file_says_which(
    release_with: Callable[..., Path], name: str
) -> None:
    folder = release_with(*(other for other in WHOLE if other != name))
    asked = "space_id" if name == "model/space.json" else "encoder"

    with (
        songspace.open(folder) as release,
        pytest.raises(NotFound, match=f"has no {name}: it was published before"),
    ):
        getattr(release, asked)


def test_an_encoder_outlives_its_release_but_is_not_read_from_a_closed_one(
    release_with: Callable[..., Path], songs: pl.DataFrame
) -> None:
    folder = release_with(*WHOLE)
    with songspace.open(folder) as release:
        encoder = release.encoder

    assert encoder(songs).shape == (3, 20)
    with pytest.raises(ValueError, match="was closed"):
        _ = release.space_id
