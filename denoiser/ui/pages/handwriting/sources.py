"""Where a digit comes from: the pad, picture files, or the camera."""

from urllib.parse import urlsplit

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from denoiser.files.pictures import SUFFIXES
from denoiser.ui.session.text import _

DRAW, UPLOAD, CAMERA = "draw", "upload", "camera"
MOST_FILES = 32
_KEY = "handwriting_source"


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


def files_from(source: str) -> list[UploadedFile]:
    """Show the field for pictures; return those in it, at most 32."""
    if source == UPLOAD:
        return _uploaded()
    if not _may_have_camera():
        st.info(_no_camera(), icon=":material/no_photography:")
        return []
    taken = st.camera_input(_("A photo of digits on paper"), key="handwriting_camera", width=480)
    return [taken] if taken else []


def _uploaded() -> list[UploadedFile]:
    files = st.file_uploader(
        _("Pictures of digits, one or several on each; up to {count} at once").format(
            count=MOST_FILES
        ),
        type=list(SUFFIXES), accept_multiple_files=True, key="handwriting_files",
    )  # fmt: skip
    if len(files) > MOST_FILES:
        text = _("Expected at most {most} pictures, got {count}: the first {most} are read.")
        st.warning(text.format(most=MOST_FILES, count=len(files)), icon=":material/warning:")
    return files[:MOST_FILES]


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
            "- Several digits on one sheet are told apart, as long as they do not touch.\n"
            "- Shadows and a sheet that lies askew do no harm.\n\n"
            "Pictures are read on the server and forgotten when you close this page."
        )
    )
