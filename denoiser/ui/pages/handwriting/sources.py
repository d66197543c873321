"""Where a digit comes from: the pad, picture files, or the camera."""

from urllib.parse import urlsplit

import streamlit as st

from denoiser.files.pictures import SUFFIXES
from denoiser.ui.components.sending import can_send
from denoiser.ui.pages.handwriting import brought
from denoiser.ui.session.text import _

DRAW, UPLOAD, CAMERA = "draw", "upload", "camera"
_KEY = "handwriting_source"
_TIMES = "handwriting_fields"  # how often one was emptied: each is new, and has a key of its own


def choose() -> str:
    """Show the choice; return "draw", "upload" or "camera"."""
    titles = {
        DRAW: _(":material/draw: Draw"),
        UPLOAD: _(":material/upload: Upload"),
        CAMERA: _(":material/photo_camera: Camera"),
    }
    chosen = st.segmented_control(
        _("Where the digit comes from"), list(titles), default=DRAW, required=True,
        format_func=titles.__getitem__, key=_KEY, label_visibility="collapsed",
        persist_state="session",
    )  # fmt: skip
    return chosen or DRAW


def field(source: str) -> None:
    """Show the field for pictures; what comes into it is kept by `brought`, and leaves it empty."""
    if not can_send():
        return
    key = f"handwriting_{source}_{st.session_state.get(_TIMES, 0)}"
    if source == UPLOAD:
        st.file_uploader(
            _("Pictures of digits, one or several on each; up to {count} at once").format(
                count=brought.MOST_FILES
            ),
            type=_endings(), accept_multiple_files=True, key=key, on_change=_take, args=(key,),
        )  # fmt: skip
    elif _may_have_camera():
        st.camera_input(
            _("A photo of digits on paper"), key=key, width=480, on_change=_take, args=(key,)
        )
    else:
        st.info(_no_camera(), icon=":material/no_photography:")


def _take(key: str) -> None:
    sent = st.session_state.get(key)
    if not sent:
        return
    if isinstance(sent, list):
        brought.bring(sent)
    else:
        brought.bring([sent], _("Photo"))
    st.session_state[_TIMES] = st.session_state.get(_TIMES, 0) + 1


def _endings() -> list[str] | None:
    """Return the endings that the field offers; None for any, so that each can be answered.

    Safari, and all browsers of an iPhone, turn a HEIC photo into JPEG where the field asks for
    JPEG and does not name HEIC.
    """
    agent = st.context.headers.get("User-Agent", "")
    is_webkit = "AppleWebKit/" in agent and "Chrome/" not in agent
    return list(SUFFIXES) if is_webkit else None


def _may_have_camera() -> bool:
    """Whether browsers let this page use the camera: over https, or on the server itself."""
    address = urlsplit(st.context.url or "")
    local = address.hostname in ("localhost", "127.0.0.1", "::1")
    return address.scheme != "http" or local


def _no_camera() -> str:
    return _(
        "Browsers let a page use the camera only over https, or on the machine that the lab runs "
        "on; this page came over plain http. **Choose *Upload* instead: on a phone or "
        "tablet, its button offers the camera, too.**"
    )


def advice() -> None:
    """Say what makes a good picture, where there is none yet."""
    st.markdown(
        _(
            "- Write large, with a dark pen on plain paper, or with chalk on a board.\n"
            "- Several digits on one sheet are told apart; leave a gap between them.\n"
            "- Shadows, lines, and a sheet that lies askew on a table do no harm.\n"
            "- What is taken for a digit is framed; tap to correct it.\n\n"
            "JPEG, PNG, WebP and BMP are read. Pictures are read on the server and forgotten when "
            "you close this page."
        )
    )
