"""Ids and draws follow from content alone."""

from __future__ import annotations

import json
import re
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.identity import canonical_json, digest, episode_id, generator, safe_name, unit_id

_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=8,
)


def test_digests_are_what_they_were_when_this_was_written():
    assert digest() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert digest(b"abc", "abc", 1) == digest(b"abc", "abc", 1)
    assert digest("seed", 1)[:16] == "8363a72e46517afb"


def test_where_one_part_ends_and_what_kind_it_is_counts():
    parts: list[tuple[object, ...]] = [
        ("ab", "c"), ("a", "bc"), ("abc",), (b"abc",), (["ab", "c"],), (b'"abc"',), ("", "abc"),
        (1,), (1.5,), (True,), (None,),
    ]  # fmt: skip
    assert len({digest(*p) for p in parts}) == len(parts)


def test_arrays_count_with_dtype_shape_and_values():
    array = np.arange(6, dtype=np.int32)
    others = [array, array.astype(np.int64), array.reshape(2, 3), array.reshape(3, 2), array[::-1], array.tobytes()]
    assert len({digest(other) for other in others}) == len(others)
    assert digest(array.reshape(2, 3).T) == digest(np.ascontiguousarray(array.reshape(2, 3).T))


@given(_JSON)
def test_canonical_json_is_one_form_that_reads_back_the_same(value):
    encoded = canonical_json(value)
    assert json.loads(encoded) == value
    assert canonical_json(json.loads(encoded)) == encoded


def test_the_order_of_keys_does_not_count():
    assert canonical_json({"b": 1, "a": 2}) == b'{"a":2,"b":1}'


@pytest.mark.parametrize("value", [float("nan"), float("inf"), {"a": [float("-inf")]}])
def test_numbers_that_are_none_have_no_digest(value):
    with pytest.raises(ValueError, match="JSON"):
        digest(value)


@pytest.mark.parametrize("value", [object(), {1, 2}, np.float32(1), {"a": np.zeros(2)}])
def test_what_has_no_json_form_has_no_digest(value):
    with pytest.raises(TypeError):
        digest(value)


def test_a_generator_depends_on_all_that_names_it_and_on_nothing_else():
    base = (1, "scene", 0, 5, "plan")
    others = [(2, "scene", 0, 5, "plan"), (1, "other", 0, 5, "plan"), (1, "scene", 1, 5, "plan"),
              (1, "scene", 0, 6, "plan"), (1, "scene", 0, 5, "captions")]  # fmt: skip
    draws = {tuple(generator(*key).integers(0, 2**32, 4)) for key in [base, *others]}
    assert len(draws) == 6
    generator(*base).random(1000)
    np.testing.assert_array_equal(generator(*base).random(4), generator(*base).random(4))


def test_other_processes_draw_the_same():
    code = "from schemas.identity import generator; print(generator(1, 'scene', 0, 5, 'plan').integers(0, 2**62))"
    other = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert int(other.stdout) == generator(1, "scene", 0, 5, "plan").integers(0, 2**62)


def test_names_are_readable_and_sort_by_storey_and_index():
    assert episode_id("replica", "apartment_0", 1, 12) == "replica-apartment_0-s01-e000012"
    assert unit_id("replica", "apartment_0", 1, 12, "ab" * 32) == "replica-apartment_0-s01-e000012-abababababab"
    names = [episode_id("d", "s", storey, index) for storey in (0, 3) for index in (0, 9, 10, 99_999, 999_999)]
    assert names == sorted(names)


@given(st.text(), st.text(), st.integers(0, 99), st.integers(0, 999_999))
def test_an_episodes_name_is_a_webdataset_key_and_fits_a_tar_header(dataset, scene, storey, index):
    name = episode_id(dataset, scene, storey, index)
    assert re.fullmatch(r"[A-Za-z0-9_-]+", name)
    assert len(f"{name}.12345.125cm_30deg.sensor_depth.png".encode()) <= 100


def test_long_names_that_begin_alike_stay_distinct():
    names = {safe_name("x" * 100 + end) for end in ("a", "b", "c")}
    assert len(names) == 3
    assert {len(name) for name in names} == {80}
    assert safe_name("0003d406-5f27-4bbf-94cd-1cff7c310ba1", 40) == "0003d406_5f27_4bbf_94cd_1cff7c310ba1"


def test_a_name_is_never_empty_and_has_no_letters_that_file_systems_confuse():
    assert safe_name("") == "_"
    assert safe_name("Wohnung 3/Küche.glb") == "Wohnung_3_K_che_glb"
