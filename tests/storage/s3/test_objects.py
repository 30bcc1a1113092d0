"""Sources in a bucket: which objects are meant, and that they are what was listed."""

from __future__ import annotations

from pathlib import Path

import pytest

from songspace.s3 import bucket
from songspace.s3.url import Url
from storage import StoreError
from storage.s3.objects import download, list_objects

KEYS = ("a/2.csv", "a/1.csv", "a/1.csv.gz", "a/b/3.csv", "a c/4 [x].csv", "top.csv")


@pytest.fixture
def place(s3_root: Url) -> str:
    """A bucket with some objects."""
    for key in KEYS:
        bucket.put(Url(s3_root.bucket, key), key.encode())
    return f"s3://{s3_root.bucket}"


@pytest.mark.parametrize(
    ("meant", "found"),
    [
        ("a/1.csv", ["a/1.csv"]),
        ("a/", ["a/1.csv", "a/1.csv.gz", "a/2.csv"]),
        ("a/*.csv", ["a/1.csv", "a/2.csv"]),
        ("a/?.csv*", ["a/1.csv", "a/1.csv.gz", "a/2.csv"]),
        ("*/*.csv", ["a c/4 [x].csv", "a/1.csv", "a/2.csv"]),
        ("*/*/[0-9].csv", ["a/b/3.csv"]),
        ("", ["top.csv"]),
        ("a c/", ["a c/4 [x].csv"]),
    ],
)
def test_a_key_a_folder_or_a_pattern_names_objects(
    place: str, meant: str, found: list[str]
) -> None:
    objects = list_objects(f"{place}/{meant}")

    assert [one.url for one in objects] == [f"{place}/{key}" for key in found]
    assert [one.size for one in objects] == [len(key) for key in found]


@pytest.mark.parametrize("meant", ["absent.csv", "a/*.txt", "absent/", "a"])
def test_a_source_that_is_not_there_is_named(place: str, meant: str) -> None:
    with pytest.raises(StoreError, match="No object is"):
        list_objects(f"{place}/{meant}")


@pytest.mark.parametrize("text", ["a.csv", "s3://", "s3://bucket", "s3://B/a"])
def test_what_is_no_place_in_a_bucket_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="Expected s3://"):
        list_objects(text)


def test_what_was_listed_is_read(place: str, tmp_path: Path) -> None:
    (one,) = list_objects(f"{place}/a c/")

    download(one.url, tmp_path / "file", one.e_tag)

    assert one.name == "4 [x].csv"
    assert (tmp_path / "file").read_text() == "a c/4 [x].csv"


def test_what_was_changed_since_is_refused_and_nothing_is_left(
    place: str, s3_root: Url, tmp_path: Path
) -> None:
    (one,) = list_objects(f"{place}/top.csv")
    bucket.put(Url(s3_root.bucket, "top.csv"), b"another")

    with pytest.raises(StoreError, match=r"read .*top\.csv .* changed meanwhile"):
        download(one.url, tmp_path / "file", one.e_tag)

    assert list(tmp_path.glob("file*")) == []


def test_what_was_removed_since_is_refused(place: str, s3_root: Url, tmp_path: Path) -> None:
    (one,) = list_objects(f"{place}/top.csv")
    bucket.remove([Url(s3_root.bucket, "top.csv")])

    with pytest.raises(StoreError, match="No such object"):
        download(one.url, tmp_path / "file", one.e_tag)
