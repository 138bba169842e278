from __future__ import annotations

import io
import os
import pickle  # noqa: TID251 — written here to be read without it
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scene_adapters.inert_pickle import read_inert_pickle

PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.binary(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner) | st.tuples(inner, inner),
    max_leaves=20,
)


def read(value: Any, protocol: int) -> Any:
    return read_inert_pickle(io.BytesIO(pickle.dumps(value, protocol=protocol)))


@given(value=PLAIN, protocol=st.sampled_from([0, 1, 2, 3, 4, 5]))
def test_plain_data_comes_back_as_it_was(value: Any, protocol: int) -> None:
    assert read(value, protocol) == value


@pytest.mark.parametrize("protocol", [2, 3, 4])
@pytest.mark.parametrize("dtype", ["<f8", ">f4", "i4", "u1", "?", "S3", "<U5"])
def test_arrays_and_scalars_come_back_as_they_were(protocol: int, dtype: str) -> None:
    array = np.arange(6).reshape(2, 3).astype(dtype)
    found = read({"a": array, "f": np.asfortranarray(array), "s": np.float64(2.5), "again": array}, protocol)
    for name in ("a", "f", "again"):
        np.testing.assert_array_equal(found[name], array)
    assert found["s"] == 2.5


class Hostile:
    """Would start a shell if it were unpickled."""

    def __reduce__(self) -> tuple[Any, tuple[str]]:
        return os.system, ("touch /tmp/navfoundry-was-here",)


class Stateful:
    """Would be imported if it were unpickled."""


@pytest.mark.parametrize("protocol", [0, 1, 2, 3, 4, 5])
@pytest.mark.parametrize("value", [Hostile(), {"deep": [Hostile()]}, Stateful(), np.dtype, len, 1 + 2j])
def test_whatever_names_code_is_refused(value: Any, protocol: int) -> None:
    with pytest.raises((ValueError, TypeError), match="could run code|only plain data|holds a name"):
        read(value, protocol)
    assert not os.path.exists("/tmp/navfoundry-was-here")


def test_a_name_called_with_arguments_of_the_wrong_kind_is_refused() -> None:
    for content in (b"cnumpy\nndarray\n(I3\ntR.", b"c_codecs\nencode\n(Va\nVrot13\ntR.", b"cnumpy\ndtype\n."):
        with pytest.raises((ValueError, TypeError), match="only plain data|holds a name"):
            read_inert_pickle(io.BytesIO(content))


@given(st.binary(max_size=64))
def test_any_bytes_are_data_or_an_error_of_the_data(content: bytes) -> None:
    try:
        read_inert_pickle(io.BytesIO(content))
    except (ValueError, LookupError, TypeError, AttributeError, StopIteration, RecursionError, UnicodeError):
        return
