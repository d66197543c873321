"""Whether digits are white on black, as MNIST's are, or black on white, as on paper.

The frame of a picture tells: it is paper, whatever the ink, and it tells also of bold
pictures, as those of Fashion-MNIST, which reach parts of the frame but no corners.
"""

import numpy as np

BRIGHT = 128
CORNER = 3  # pixels of a side
CORNERS = 3  # of four; a stroke may reach one


def black_on_white(images: np.ndarray) -> np.ndarray:
    """Return which pictures are dark on a bright ground, bool, shape (n,).

    Args:
        images: uint8, shape (n, height, width).
    """
    bright = images[:, (0, -1), :] >= BRIGHT, images[:, 1:-1, (0, -1)] >= BRIGHT
    frame = np.concatenate([part.reshape(len(images), -1) for part in bright], axis=1)
    first, last = slice(CORNER), slice(-CORNER, None)
    corners = [images[:, y, x] >= BRIGHT for y in (first, last) for x in (first, last)]
    is_bright = [corner.mean(axis=(1, 2)) > 0.5 for corner in corners]
    result: np.ndarray = (frame.mean(axis=1) > 0.5) & (np.sum(is_bright, axis=0) >= CORNERS)
    return result
