"""Files that visitors send: a field for one or several, and what the engine makes of them.

The bytes go to a worker as they are; this process does not look into them, and
does not use their names. Only the visitor who sent them waits.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import TypeVar

import streamlit as st

from denoiser.errors import DenoiserError, EngineError
from denoiser.files.archives import Upload
from denoiser.files.atomic import MAX_UPLOAD
from denoiser.ui.components.sending import can_send
from denoiser.ui.session.problem import show_problem
from denoiser.ui.session.text import _

PATIENCE_S = 60
_SEEN = "{}_seen"  # by the field's key: the id of the file that was read last, and its problem
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
    file = st.file_uploader(label, type=list(endings), key=key) if can_send() else None
    return _answer(key, file.file_id, lambda: submit(file.getvalue())) if file else None


def uploads(label: str, key: str, submit: "Callable[[Sequence[Upload]], Future[T]]") -> T | None:
    """Show a field for files of any kind that belong together, and why they were refused.

    Args:
        label: Above the field.
        key: Of the field.
        submit: Hands the files to the engine.

    Returns:
        As `upload` does.
    """
    files = st.file_uploader(label, key=key, accept_multiple_files=True) if can_send() else []
    if not files:
        return None
    if sum(file.size for file in files) > MAX_UPLOAD:
        show_problem(_("Together they are larger than {size} MB. Send fewer, or pack them: .zip "
                       "or .gz.").format(size=MAX_UPLOAD // 2**20))  # fmt: skip
        return None
    id = " ".join(file.file_id for file in files)
    return _answer(key, id, lambda: submit([Upload(file.name, file.getvalue()) for file in files]))


def _answer(key: str, id: str, submit: "Callable[[], Future[T]]") -> T | None:
    """Return what becomes of what is in a field, the first time it is there; show a refusal."""
    kept = _SEEN.format(key)
    seen, problem = st.session_state.get(kept, (None, None))
    result: T | None = None
    if id != seen:
        unread = EngineError("The file was not read to its end. Send it again.")
        st.session_state[kept] = id, unread
        with st.spinner(_("Reading it …")):
            answer = answer_of(submit())
        result, problem = answer
        st.session_state[kept] = id, problem
    if problem:
        show_problem(problem)
    return result


def answer_of(future: "Future[T]") -> tuple[T | None, Exception | None]:
    """Wait for what becomes of a file; return it and None, or None and why it was refused."""
    try:
        return future.result(timeout=PATIENCE_S), None
    except TimeoutError:
        return None, EngineError("Reading the file took too long. Try again, or a smaller file.")
    except (DenoiserError, OSError) as error:  # the disk, too, may be full
        return None, error
