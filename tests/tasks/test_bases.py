"""Known ids never change their meaning, whatever became of the artifacts that gave them."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from models.encoder import EncodeSettings
from songspace.errors import Damaged, SongspaceError
from storage.artifacts import ArtifactRef
from storage.store import Store
from tasks.bases import bases_of, read_live
from tasks.encode import fit
from tasks.ingest.check import check_contract
from tasks.ingest.contract import ContractSettings
from tests.tasks.staged import encode_by, fit_songs, summaries_of

ALL = EncodeSettings(min_artist_songs=1, min_genre_songs=1, min_emotion_songs=1)
KeepSongs = Callable[..., ArtifactRef]


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store.open(tmp_path / "store")


@pytest.fixture
def keep_songs(store: Store, make_songs: Callable[..., pl.DataFrame]) -> KeepSongs:
    """A function that keeps one song of each artist."""

    def keep(*artists: str) -> ArtifactRef:
        with store.draft() as draft:
            (draft / "songs").mkdir()
            songs = make_songs(artists=[[artist] for artist in artists])
            songs.write_parquet(draft / "songs" / "part-00000.parquet")
            (draft / "profile").mkdir()
            (draft / "profile" / "profile.json").write_text(json.dumps(artists))
            return store.commit(draft, "songs", recipe={"inputs": {"artists": list(artists)}})

    return keep


def release(store: Store, songs: ArtifactRef, base: ArtifactRef | None = None) -> ArtifactRef:
    """Encode *songs* upon *base* and make the result live."""
    encoder = fit_songs(store, songs, base, ALL)
    features = encode_by(store, songs, encoder)
    artifacts = {"songs": songs, "encoder": encoder, "features": features}
    meta: dict[str, Any] = {
        "artifacts": {kind: ref.model_dump() for kind, ref in artifacts.items()},
        "bases": {"encoder": {"base": base.model_dump()}} if base else {},
        "pieces": {"summary": [ref.model_dump() for ref in summaries_of(store, songs)]},
    }
    parts = {"profile": (songs, "profile"), "encoder": (features, "encoder")}
    head = store.head()
    store.promote(
        store.build_release(parts, meta=meta), expected=head.sequence if head else None, by="us"
    )
    return features


def inputs_of(store: Store, songs: ArtifactRef) -> dict[str, object]:
    """What the encoder of *songs* is fitted with, but for what it builds upon."""
    return {"summaries": summaries_of(store, songs), "settings": ALL}


def bases_for(store: Store, inputs: dict[str, object]) -> dict[str, ArtifactRef | None]:
    """What a fit of *inputs* builds upon."""
    return bases_of(fit, store, read_live(store), inputs)


def encode_next(store: Store, songs: ArtifactRef) -> list[str]:
    """The artists in the order of their ids, as a run on *songs* would give them."""
    inputs = inputs_of(store, songs)
    encoder = fit.run(store, {**inputs, **bases_for(store, inputs)})
    tokens: list[str] = store.read_json(encoder, "encoder/artist.json")["tokens"]
    return tokens


def folder_of(store: Store, ref: ArtifactRef) -> Path:
    return Path(store.root) / "artifacts" / ref.kind / ref.version


def encoder_of(store: Store) -> ArtifactRef:
    """What was fitted for the live release."""
    return read_live(store).artifacts["encoder"]


def overwrite(path: Path, text: str) -> None:
    """Change a kept file in place: whatever is linked to it changes too."""
    path.chmod(0o644)
    path.write_text(text)


def test_new_songs_build_upon_the_live_features(store: Store, keep_songs: KeepSongs) -> None:
    release(store, keep_songs("Cher", "Zappa"))

    assert encode_next(store, keep_songs("Abba", "Zappa")) == ["cher", "zappa", "abba"]


def test_ids_stay_although_the_live_features_are_gone(store: Store, keep_songs: KeepSongs) -> None:
    features = release(store, keep_songs("Cher", "Zappa"))
    shutil.rmtree(folder_of(store, features))

    assert encode_next(store, keep_songs("Abba", "Zappa")) == ["cher", "zappa", "abba"]


def test_ids_stay_although_the_live_encoder_is_gone_too(
    store: Store, keep_songs: KeepSongs
) -> None:
    features = release(store, keep_songs("Cher", "Zappa"))
    for gone in (features, encoder_of(store)):
        shutil.rmtree(folder_of(store, gone))

    assert encode_next(store, keep_songs("Abba", "Zappa")) == ["cher", "zappa", "abba"]


def test_the_same_songs_again_build_upon_nothing_new_although_the_live_encoder_is_gone(
    store: Store, keep_songs: KeepSongs
) -> None:
    songs = keep_songs("Cher", "Zappa")
    features = release(store, songs)
    for gone in (features, encoder_of(store)):
        shutil.rmtree(folder_of(store, gone))
    inputs = inputs_of(store, songs)

    bases = bases_for(store, inputs)

    assert encode_by(store, songs, fit.run(store, {**inputs, **bases})) == features


def test_the_same_songs_again_build_upon_nothing_new(store: Store, keep_songs: KeepSongs) -> None:
    songs = keep_songs("Cher", "Zappa")
    features = release(store, songs)
    shutil.rmtree(folder_of(store, features))
    inputs = inputs_of(store, songs)

    bases = bases_for(store, inputs)

    assert bases == {"base": None}
    assert encode_by(store, songs, fit.run(store, {**inputs, **bases})) == features


def test_a_catalogue_is_never_compared_with_itself(store: Store, keep_songs: KeepSongs) -> None:
    first, second = keep_songs("Cher"), keep_songs("Zappa")
    release(store, first)

    def base(songs: ArtifactRef) -> ArtifactRef | None:
        settings = ContractSettings(mean_shift=0.3)  # not that of the live one
        inputs = {"songs": songs, "settings": settings}
        return bases_of(check_contract, store, read_live(store), inputs)["base"]

    assert base(first) is None
    assert base(second) == first


def test_a_base_taken_from_the_release_is_the_same_every_time(
    store: Store, keep_songs: KeepSongs
) -> None:
    features = release(store, keep_songs("Cher", "Zappa"))
    shutil.rmtree(folder_of(store, features))
    inputs = inputs_of(store, keep_songs("Abba"))

    first, second = (bases_for(store, inputs)["base"] for _ in range(2))

    assert first == second
    assert first is not None
    assert store.verify(first) == first


def test_the_profile_of_songs_that_are_gone_comes_from_the_release(
    store: Store, keep_songs: KeepSongs
) -> None:
    songs = keep_songs("Cher", "Zappa")
    release(store, songs)
    shutil.rmtree(folder_of(store, songs))
    inputs = {"songs": keep_songs("Abba"), "settings": ContractSettings()}

    base = bases_of(check_contract, store, read_live(store), inputs)["base"]

    assert base is not None
    assert store.read_json(base, "profile/profile.json") == ["Cher", "Zappa"]


def test_a_damaged_file_of_the_features_is_not_built_upon(
    store: Store, keep_songs: KeepSongs
) -> None:
    features = release(store, keep_songs("Cher", "Zappa"))
    file = folder_of(store, features) / "encoder" / "artist.json"
    text = file.read_text().replace("cher", "char")
    file.unlink()  # the release keeps the file that was linked to it
    file.write_text(text)

    assert encode_next(store, keep_songs("Abba", "Zappa")) == ["cher", "zappa", "abba"]


def test_features_damaged_in_the_release_too_stop_the_run(
    store: Store, keep_songs: KeepSongs
) -> None:
    features = release(store, keep_songs("Cher", "Zappa"))
    overwrite(folder_of(store, features) / "encoder" / "artist.json", "{}")

    with pytest.raises(SongspaceError, match=r"encoder of the live release.*flows rollback"):
        encode_next(store, keep_songs("Abba"))


def test_features_missing_in_the_release_too_stop_the_run(
    store: Store, keep_songs: KeepSongs
) -> None:
    features = release(store, keep_songs("Cher", "Zappa"))
    shutil.rmtree(folder_of(store, features))
    head = store.head()
    assert head is not None
    shutil.rmtree(store.release_folder(head.release) / "encoder")

    with pytest.raises(SongspaceError, match="Could not take encoder from"):
        encode_next(store, keep_songs("Abba"))


def test_a_base_that_was_damaged_since_is_refused(store: Store, keep_songs: KeepSongs) -> None:
    base = release(store, keep_songs("Cher", "Zappa"))
    overwrite(folder_of(store, base) / "encoder" / "artist.json", '{"tokens": ["char"]}')

    with pytest.raises(Damaged, match=r"artist\.json"):
        fit_songs(store, keep_songs("Abba"), base, ALL)


def test_a_live_release_without_a_manifest_stops_the_run(
    store: Store, keep_songs: KeepSongs
) -> None:
    release(store, keep_songs("Cher", "Zappa"))
    head = store.head()
    assert head is not None
    overwrite(store.release_folder(head.release) / "MANIFEST.json", '{"kind": "rel')

    with pytest.raises(SongspaceError, match=rf"{head.release}.*flows rollback --to"):
        read_live(store)


def test_before_the_first_release_there_is_nothing_to_build_upon(
    store: Store, keep_songs: KeepSongs
) -> None:
    assert bases_for(store, inputs_of(store, keep_songs("Abba"))) == {"base": None}


def test_what_the_first_releases_say_they_built_upon_is_understood(
    store: Store, keep_songs: KeepSongs
) -> None:
    songs, base = keep_songs("Cher"), keep_songs("Zappa")
    meta = {"artifacts": {"songs": songs.model_dump()}, "bases": {"drift": base.model_dump()}}
    store.promote(store.build_release({"profile": (songs, "profile")}, meta=meta), expected=None)

    assert read_live(store).bases == {"drift": {"base": base}}
