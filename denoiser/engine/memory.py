"""Keeps freed memory in a process that trains, instead of giving it back to the system.

Every step frees large arrays and takes the same ones again. The C library would
give them back to the system in between, which costs half of the time on small
networks. Knows neither what is trained nor where.
"""

import ctypes

# M_TRIM_THRESHOLD, M_TOP_PAD and M_MMAP_THRESHOLD (its largest value) of malloc.h
GNU_MALLOC = {-1: 2**31 - 1, -2: 2**28, -3: 2**25}


def keep_freed() -> None:
    """Ask the C library to keep freed memory, where it can.

    Call it before TensorFlow is loaded: a first training is slow otherwise,
    though it helps the second.
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError, TypeError):  # not the GNU C library
        return
    for option, value in GNU_MALLOC.items():
        mallopt(option, value)
