"""What the browser writes is a safetensors file for everybody."""

import base64

import numpy as np
from node import run_in_node
from safetensors import safe_open
from safetensors.numpy import load

WRITE = """
const tensors = {
  "latent.kernel": { shape: [2, 3], data: Float32Array.of(1, 2, 3, 4, 5, 6.5) },
  digits: { shape: [3], data: Uint8Array.of(0, 128, 255) },
  "conv.bias": { shape: [1], data: Float32Array.of(-0.25) },
};
return Buffer.from(packed(tensors, { name: "Zahl 数" })).toString("base64");
"""


def test_the_reference_implementation_reads_it(tmp_path):
    written = base64.b64decode(run_in_node({"safetensors.js": "{ packed }"}, WRITE, None))
    tensors = load(written)
    np.testing.assert_array_equal(tensors["latent.kernel"], np.array([[1, 2, 3], [4, 5, 6.5]], "f"))
    np.testing.assert_array_equal(tensors["digits"], np.array([0, 128, 255], np.uint8))
    np.testing.assert_array_equal(tensors["conv.bias"], np.array([-0.25], np.float32))
    assert {tensor.dtype.name for tensor in tensors.values()} == {"float32", "uint8"}
    path = tmp_path / "written.safetensors"
    path.write_bytes(written)
    with safe_open(path, "numpy") as file:
        assert file.metadata() == {"name": "Zahl 数"}
