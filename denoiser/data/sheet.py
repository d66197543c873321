"""A photographed sheet of paper: where it lies on a table, and what is ink on it in uneven light.

Knows nothing of files or digits. Grey pictures are uint8, or float32 in [0, 1], shape
(height, width).
"""

from itertools import pairwise

import numpy as np
from PIL import Image
from scipy import ndimage, spatial
from skimage import transform

from denoiser.files import pictures

# Shares of the sheet's longer side.
BACKGROUND_SIDE = 256  # pixels that are enough to see paper and light
WINDOW = 1 / 5  # no stroke is wider
SPREAD = 1 / 25  # paper within it is in the same light

# Shares of a sheet's pixels and brightness.
PAPER = 0.1  # bright and without ink, where paper is light
DARKEST = 1 / 5  # of the brightest paper: anything darker is no paper in shadow
MIN_CONTRAST = 0.12  # between ink and paper
MIN_GRAINS = 6  # between ink and paper, in standard deviations of the paper
FAINT = 1 / 4  # of the ink's brightness: may be ink, while paper is looked for

# A sheet on a table.
STROKE = 1 / 32  # of the picture's longer side: strokes are thinner
DARKEST_TABLE = 0.04  # brightness: below it, changes of darkness are noise
CHANGES = np.geomspace(0.02, 0.2, 8)  # of log brightness from pixel to pixel: sheets have less
EDGE = 2  # pixels on either side of an edge change as much as the edge
SMALLEST = 0.08  # share of the picture
LARGEST = 0.95
QUADRILATERAL = 0.93  # share of the four corners' area that is sheet
AT_BORDER = 0.35  # share of its edge that may run along the picture's border
STEP = 0.06  # of the range of brightness, at least, from table to paper
STEPS = 0.85  # share of its edge that has such a step
INKED = 0.0015  # share of it that is ink
INSET = 0.012  # of its sides, left out: the edge itself


# Where the sheet is


def corners(grey: np.ndarray) -> np.ndarray | None:
    """Find a sheet with ink on it that lies on something darker.

    Args:
        grey: uint8, shape (h, w).

    Returns:
        x, y of its corners from the top left clockwise, float, shape (4, 2); None where there is
        none, or the whole picture is sheet.
    """
    small = _small(grey.astype(np.float32) / 255)
    pixels = np.asarray(small)
    if min(pixels.shape) < 32:
        return None
    stroke = max(3, int(STROKE * max(pixels.shape)) | 1)
    paper = ndimage.grey_closing(pixels, stroke, mode="nearest")
    low, high = np.quantile(paper, (0.02, 0.98))
    change = ndimage.gaussian_gradient_magnitude(np.log(np.maximum(paper, DARKEST_TABLE)), 1)
    best, found = 0.0, None
    for most in CHANGES:
        for region in _regions(change < most):
            quad = _quadrilateral(region)
            score = _score(quad, region, pixels, paper, high - low) if quad is not None else 0
            if score > best:
                best, found = score, quad
    if found is None:
        return None
    scale = np.array(grey.shape[::-1]) / pixels.shape[::-1]
    return np.asarray((found + 0.5) * scale)


def straightened(
    grey: np.ndarray, places: np.ndarray
) -> tuple[np.ndarray, transform.ProjectiveTransform]:
    """Cut a sheet out and look at it from straight above.

    Args:
        grey: uint8, shape (h, w).
        places: Its corners, as `corners` finds them.

    Returns:
        The sheet, uint8, and what takes places x, y on it to those in the picture.
    """
    sides = [np.hypot(*(b - a)) for a, b in pairwise([*places, places[0]])]
    width, height = (max(8, round((sides[i] + sides[i + 2]) / 2)) for i in (0, 1))
    inset = INSET * np.array([width, height])
    rectangle = np.array([[0, 0], [width, 0], [width, height], [0, height]]) - inset
    shape = (int(height - 2 * inset[1]), int(width - 2 * inset[0]))
    to_picture = transform.ProjectiveTransform.from_estimate(rectangle, places)
    flat = transform.warp(
        grey, to_picture, output_shape=shape, order=1, mode="edge", preserve_range=True
    )
    return np.rint(flat).astype(np.uint8), to_picture


def _regions(even: np.ndarray) -> list[np.ndarray]:
    """Return the largest connected parts that may be a sheet, their holes filled.

    A sheet may be half in shadow: what lies in one brightness need not be one sheet. But a shadow's
    edge is soft, and that of paper is not.

    Args:
        even: bool, shape (h, w): where brightness hardly changes.
    """
    labels, count = ndimage.label(ndimage.binary_opening(even, np.ones((3, 3))))
    areas = np.bincount(labels.ravel(), minlength=count + 1)[1:]
    large = [i + 1 for i in np.argsort(-areas)[:2] if SMALLEST <= areas[i] / even.size <= LARGEST]
    inner = (ndimage.binary_fill_holes(labels == i) for i in large)
    return [ndimage.binary_dilation(region, iterations=EDGE) for region in inner]


def _quadrilateral(region: np.ndarray) -> np.ndarray | None:
    """Return the four corners around a region, from the top left clockwise; None if it has more."""
    edge = region & ~ndimage.binary_erosion(region)
    points = np.argwhere(edge)[:, ::-1].astype(float)
    try:
        hull = points[spatial.ConvexHull(points).vertices]
    except spatial.QhullError:
        return None
    while len(hull) > 4:
        grown = [_without_side(hull, i) for i in range(len(hull))]
        added = [np.inf if g is None else _area(g) for g in grown]
        smallest = grown[int(np.argmin(added))]
        if smallest is None:
            return None
        hull = smallest
    if len(hull) < 4 or region.sum() < QUADRILATERAL * _area(hull):
        return None
    center = hull.mean(0)
    turned = hull[np.argsort(np.arctan2(*(hull - center).T[::-1]))]
    return np.asarray(np.roll(turned, -int(turned.sum(1).argmin()), axis=0))


def _without_side(hull: np.ndarray, i: int) -> np.ndarray | None:
    """Return a polygon without its side from corner i: those beside it go on until they meet."""
    a, b, c, d = (hull[(i + k) % len(hull)] for k in (-1, 0, 1, 2))
    one, other = b - a, c - d
    across = one[0] * other[1] - one[1] * other[0]
    if abs(across) < 1e-9:
        return None
    ahead = ((c - a)[0] * other[1] - (c - a)[1] * other[0]) / across
    if ahead < 1:
        return None
    kept = np.delete(hull, (i + 1) % len(hull), axis=0)
    kept[i if (i + 1) % len(hull) else i - 1] = a + ahead * one
    return kept


def _area(polygon: np.ndarray) -> float:
    x, y = polygon.T
    return float(abs(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1))) / 2)


def _score(
    quad: np.ndarray, region: np.ndarray, pixels: np.ndarray, paper: np.ndarray, span: float
) -> float:
    """Return how surely four corners are those of a sheet, in [0, 1]; 0: they are not."""
    height, width = paper.shape
    share = np.linspace(0.04, 0.96, 40)[:, None]
    sides = [a * (1 - share) + b * share for a, b in pairwise([*quad, quad[0]])]
    points = np.concatenate(sides)
    inward = quad.mean(0) - points
    inward /= np.linalg.norm(inward, axis=1, keepdims=True)
    steps = [ndimage.map_coordinates(paper, (points + d * inward).T[::-1], order=1, mode="nearest")
             for d in (3.0, -3.0)]  # fmt: skip
    at_border = ((points < 4) | (points > [width - 5, height - 5])).any(1)
    if at_border.mean() > AT_BORDER:
        return 0.0
    sharp = (steps[0] - steps[1] > STEP * span)[~at_border]
    if sharp.mean() < STEPS or np.median((steps[0] - steps[1])[~at_border]) < 0.15 * span:
        return 0.0
    inner = ndimage.binary_erosion(region, iterations=4)
    inked = (paper - pixels > 0.15 * paper)[inner]
    if not inked.size or inked.mean() < INKED:
        return 0.0
    return float(sharp.mean() * region.sum() / _area(quad))


# Ink on the sheet


def is_light(grey: np.ndarray) -> bool:
    """Tell light paper from dark: nearly all around a stroke is paper.

    That also holds where paper lies on a dark table that takes most of the picture: there, strokes
    on what is bright decide.

    Args:
        grey: uint8, shape (h, w).
    """
    small = np.asarray(_small(grey.astype(np.float32) / np.float32(255)))
    window = _window(small.shape)
    brightest = ndimage.maximum_filter(small, window, mode="nearest")
    darkest = ndimage.minimum_filter(small, window, mode="nearest")
    if np.square(small - darkest).sum() > np.square(brightest - small).sum():
        return True
    paper = ndimage.grey_opening(small, window, mode="nearest")
    bright = paper > (small.min() + small.max()) / 2
    if bright.mean() <= PAPER:
        return False
    stroke = max(3, int(STROKE * max(small.shape)) | 1)
    within = ndimage.binary_erosion(bright, iterations=stroke)
    dark = ndimage.grey_closing(small, stroke, mode="nearest") - small
    light = small - ndimage.grey_opening(small, stroke, mode="nearest")
    return bool(np.square(dark[within]).sum() >= np.square(light[within]).sum())


def evened(inked: np.ndarray) -> np.ndarray | None:
    """Take paper and light out: paper becomes 0, ink 1, edges of strokes stay grey.

    Args:
        inked: float32 (h, w) in [0, 1], ink brighter than paper.

    Returns:
        float32, shape (h, w); None if nothing stands out from the paper.
    """
    smooth = ndimage.gaussian_filter(inked, max(inked.shape) / pictures.WORKING_SIDE)
    paper = _background(smooth)
    light = 1 - paper
    darkest = max(DARKEST * np.quantile(light, 0.95), 1 / 255)
    contrast = (smooth - paper) / np.maximum(light, darkest)
    ink = ink_level(contrast)
    _, grain = level_and_grain(contrast[contrast < ink / 2])
    if ink <= max(MIN_CONTRAST, MIN_GRAINS * grain):
        return None
    floor = min(ink * FAINT, 2 * MIN_GRAINS * grain)
    even: np.ndarray = np.clip((contrast - floor) / (ink - floor), 0, 1).astype(np.float32)
    return even


def _background(inked: np.ndarray) -> np.ndarray:
    """Estimate what the paper would look like without ink; float32, the shape of `inked`.

    A morphological opening finds where ink is; there, the paper around it is continued.
    """
    small = np.asarray(_small(inked))
    raised = small - ndimage.grey_opening(small, _window(small.shape), mode="nearest")
    ink = ndimage.binary_dilation(raised > ink_level(raised) * FAINT, iterations=2)
    spread = max(1.0, max(small.shape) * SPREAD)
    seen = ndimage.gaussian_filter((~ink).astype(np.float32), spread)
    light = ndimage.gaussian_filter(np.where(ink, 0, small), spread)
    paper = np.where(ink, light / np.maximum(seen, 1e-6), small).astype(np.float32)
    return np.asarray(Image.fromarray(paper).resize(inked.shape[::-1], Image.Resampling.BILINEAR))


def ink_level(contrast: np.ndarray) -> float:
    """Return how far ink stands out from the paper, which may fill nearly the whole sheet.

    Args:
        contrast: float in [0, 1], any shape; more is darker than the paper.
    """
    return float(np.median(contrast[contrast >= contrast.max() / 2]))


def level_and_grain(paper: np.ndarray) -> tuple[float, float]:
    """Return median and standard deviation of paper, which a little ink hardly changes.

    Args:
        paper: Brightness, float in [0, 1], any shape.
    """
    if not paper.size:
        return 0.0, 0.0
    level = np.median(paper)
    return float(level), 1.4826 * float(np.median(np.abs(paper - level)))


def _small(sheet: np.ndarray) -> Image.Image:
    picture = Image.fromarray(sheet)
    factor = -(-max(sheet.shape) // BACKGROUND_SIDE)
    return picture.reduce(factor) if factor > 1 else picture


def _window(shape: tuple[int, ...]) -> int:
    return max(9, int(max(shape) * WINDOW))
