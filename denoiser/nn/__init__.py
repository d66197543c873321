"""All that loads TensorFlow: networks, training, inference. Workers and terminals use it.

Keras looks for scikit-learn and for Matplotlib's windows when it is loaded, which takes a third of
that time, and does without them where they are missing. None of what it would do with them is used.
"""

import sys

__all__ = ["keras"]

_LOOKED_FOR = ("sklearn", "matplotlib.pyplot")

_hidden = [name for name in _LOOKED_FOR if name not in sys.modules]
sys.modules.update(dict.fromkeys(_hidden))  # type: ignore[arg-type]  # None: it is missing
try:
    import keras
finally:
    for _name in _hidden:
        del sys.modules[_name]
