"""Files that visitors send: a field for one, and what the engine makes of it.

The bytes go to a worker as they are; this process does not look into them, and
does not use their name. Only the visitor who sent them waits.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import TypeVar

import streamlit as st

from denoiser.errors import DenoiserError
from denoiser.ui.session import state
from denoiser.ui.session.text import _, localized

PATIENCE_S = 60
T = TypeVar("T")


def upload(
    label: str, endings: Sequence[str], key: str, submit: "Callable[[bytes], Future[T]]"
) -> T | None:
    """Show a field for a file, and why the one in it was refused.

    Args:
        label: Above the field.
        endings: Of names that the browser offers, without a dot.
        key: Of the field.
        submit: Hands the bytes of a file to the engine.

    Returns:
        What became of the file in the field, once; after that, and where there
        is none, None.
    """
    file = st.file_uploader(label, type=list(endings), key=key)
    if file is None:
        return None
    seen, problem = state.upload_seen(key)
    result: T | None = None
    if file.file_id != seen:
        state.keep_upload(key, file.file_id, _("It was not read to its end; send it again."))
        with st.spinner(_("Reading it …")):
            answer = answer_of(submit(file.getvalue()))
        result, problem = answer
        state.keep_upload(key, file.file_id, problem)
    if problem:
        st.error(problem, icon=":material/error:")
    return result


def answer_of(future: "Future[T]") -> tuple[T | None, str]:
    """Wait for what becomes of a file; return it and "", or None and why it was refused."""
    try:
        return future.result(timeout=PATIENCE_S), ""
    except TimeoutError:
        return None, _("It took too long; try again.")
    except (DenoiserError, OSError) as error:  # the disk, too, may be full
        return None, localized(error)
