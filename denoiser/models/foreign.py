"""Files that hold weights in no way that the lab reads: what each is, and the way out.

They are told by their first bytes, or by the names in a zip, and not opened.
"""

import re
from collections.abc import Callable, Mapping, Sequence

from denoiser.errors import DenoiserError, ModelError
from denoiser.files import hdf5

MAX_NAMES = 3  # of what is in a zip, in a message
MAX_NAME = 60
_PYTORCH = DenoiserError(
    "this is a file of PyTorch, which the lab does not open: it may hold code. Build the "
    "tutorial's autoencoder in Keras, copy the weights into its layers with set_weights, and "
    'save it: model.save("network.keras")'
)
_SAVED_MODEL = DenoiserError(
    "this is a SavedModel of TensorFlow, which the lab does not open: it may hold code. Where the "
    'network was trained, save it as a .keras file: model.save("network.keras")'
)
_WHOLE_HDF5 = DenoiserError(
    "this is an HDF5 file, as older versions of Keras save networks. Where it was made, save it "
    'as .keras: keras.models.load_model("old.h5").save("network.keras")'
)
_WEIGHTS_HDF5 = DenoiserError(
    "this is an HDF5 file of weights, which does not say of which network. Where it was made, "
    "build the network, load the weights into it, and save it as .keras: "
    'model.load_weights("file.weights.h5"); model.save("network.keras")'
)
_PICKLE = DenoiserError(
    "this is a pickle of Python, which the lab does not open: it may hold code. Save the network "
    'as Keras does: model.save("network.keras")'
)
_CONVERTED = DenoiserError(
    "this network was converted to run elsewhere (ONNX, TensorFlow Lite), and its layers are no "
    "longer apart. Bring the file that it was converted from, as Keras saves it: "
    'model.save("network.keras")'
)
_CHECKPOINT = DenoiserError(
    "this is a part of a checkpoint of TensorFlow. Where the network was trained, load the "
    'checkpoint into it and save it whole: model.save("network.keras")'
)
_ARRAYS = DenoiserError(
    "these are arrays of NumPy, which do not say to which layers they belong. Put them into the "
    'network with set_weights, and save it: model.save("network.keras")'
)
_PACKED = DenoiserError("this is a packed file. Unpack it, and bring the .keras file in it.")
_TEXT = DenoiserError(
    "this is a description of a network, without its weights. Save both in one: "
    'model.save("network.keras")'
)
_POINTER = DenoiserError(
    "this is no file of weights but a page or a note that stands for it on a website. Download "
    "the file itself, and bring that."
)
_ENDING_OF_A_CHECKPOINT = bytes.fromhex("57fb808b247547db")

_EMPTY = DenoiserError("this file is empty. Save the network again, and bring it.")

_KINDS: Sequence[tuple[Callable[[bytes], object], DenoiserError]] = (
    (lambda data: not data, _EMPTY),
    (lambda data: data.startswith(hdf5.SIGNATURE) and b"model_config" in data, _WHOLE_HDF5),
    (lambda data: data.startswith(hdf5.SIGNATURE), _WEIGHTS_HDF5),
    (re.compile(rb"\x80[\x02-\x05]\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20").match, _PYTORCH),
    (re.compile(rb"\x80[\x02-\x05]").match, _PICKLE),
    (lambda data: data[4:8] == b"TFL3", _CONVERTED),
    (re.compile(rb"\x08\x01\x12").match, _SAVED_MODEL),  # its schema is the first, then a graph
    (re.compile(rb"\x08[\x02-\x20][\x12\x1a\x3a\x42]").match, _CONVERTED),  # ONNX, of a version
    (re.compile(rb"\x93NUMPY").match, _ARRAYS),
    (re.compile(rb"\x1f\x8b|BZh|\xfd7zXZ|7z\xbc\xaf|Rar!").match, _PACKED),
    (lambda data: data[257:262] == b"ustar", _PACKED),
    (re.compile(rb"\s*\{\s*[\"}]").match, _TEXT),
    (re.compile(rb"\s*<[!?a-zA-Z]|version https://git-lfs").match, _POINTER),
    (lambda data: data.endswith(_ENDING_OF_A_CHECKPOINT), _CHECKPOINT),
    (re.compile(rb"model_checkpoint_path").match, _CHECKPOINT),
)
_IN_ZIPS: Mapping[str, DenoiserError] = {
    r"(.*/)?data\.pkl": _PYTORCH,
    r"(.*/)?saved_model\.pb": _SAVED_MODEL,
    r".*\.np[yz]": _ARRAYS,
    r".*\.(keras|safetensors)": _PACKED,
}


def refusal(content: bytes) -> ModelError | None:
    """Return why a file that is no zip cannot be read; None for what may be safetensors."""
    found = next((problem for is_one, problem in _KINDS if is_one(content)), None)
    return ModelError("weights: {problem}", problem=found) if found else None


def refusal_of_folder(names: Sequence[str]) -> ModelError:
    """Return why a folder is no model.

    Args:
        names: Of what is in it.
    """
    if "saved_model.pb" in names:
        return ModelError("weights: {problem}", problem=_SAVED_MODEL)
    return ModelError(
        "weights: this folder is no training of the lab. Name the file of weights in it ({found}).",
        found=", ".join(sorted(name[:MAX_NAME] for name in names)[:MAX_NAMES]) or "it is empty",
    )


def refusal_of_zip(names: Sequence[str]) -> ModelError:
    """Return why a zip cannot be read that is no `.keras` file.

    Args:
        names: Of what is in it.
    """
    for pattern, problem in _IN_ZIPS.items():
        if any(re.fullmatch(pattern, name) for name in names):
            return ModelError("weights: {problem}", problem=problem)
    return ModelError(
        "weights: expected one file model.weights.h5 in the .keras file, got 0: this is a zip of "
        'something else ({found}). Save the network as Keras does: model.save("network.keras")',
        found=", ".join(name[:MAX_NAME] for name in names[:MAX_NAMES]) or "nothing",
    )
