"""Sealed records come back as they were, or not at all."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from songspace import Damaged
from songspace.manifest import is_safe
from songspace.sealed import JSON, seal, unseal

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)
records = st.dictionaries(st.text().filter("seal".__ne__), json_values)


@settings(max_examples=50)
@given(record=records)
def test_what_was_sealed_comes_back(record: dict[str, JSON]) -> None:
    assert unseal(seal(record), "record") == record


@settings(max_examples=50)
@given(record=records, data=st.data())
def test_no_cut_of_a_sealed_record_passes(record: dict[str, JSON], data: st.DataObject) -> None:
    sealed = seal(record)
    end = data.draw(st.integers(0, len(sealed) - 2))  # without the last brace or more

    with pytest.raises(Damaged):
        unseal(sealed[:end], "record")


@given(name=st.text())
def test_a_safe_name_stays_inside_its_folder(name: str) -> None:
    if is_safe(name):
        assert name.isascii()
        assert not name.startswith("/")
        assert not {"", ".", ".."} & set(name.split("/"))
