"""Safetensors containers of strangers: what they hold, and how large their headers may be."""

import json

import numpy as np
import pytest
from hostile_weights import NO_NUMBERS, safetensors
from safetensors.numpy import save as to_safetensors

from denoiser.files import containers

TENSORS = {"a": np.arange(6, dtype=np.float32).reshape(2, 3), "b": np.arange(3, dtype=np.uint8)}


def test_what_was_saved_is_read():
    texts, tensors = containers.read(to_safetensors(TENSORS, metadata={"x": "y"}))
    assert texts == {"x": "y"}
    for name, tensor in TENSORS.items():
        np.testing.assert_array_equal(tensors[name], tensor)
        assert tensors[name].dtype == tensor.dtype


def test_a_container_needs_no_texts():
    assert containers.read(to_safetensors(TENSORS))[0] == {}


def test_a_header_has_its_limit():
    header = json.dumps({"a": NO_NUMBERS}).encode()
    longest = header + b" " * (containers.MAX_HEADER - len(header))
    assert containers.may_be_one(safetensors(longest))
    containers.read(safetensors(longest))
    assert not containers.may_be_one(safetensors(longest + b" "))
    with pytest.raises(ValueError, match="header of at most 1,048,576 bytes"):
        containers.read(safetensors(longest + b" "))


@pytest.mark.parametrize("content", [b"", b"1234567"])
def test_a_few_bytes_are_none(content):
    assert not containers.may_be_one(content)
