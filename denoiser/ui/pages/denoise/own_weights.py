"""A way into the live panel for weights that were trained elsewhere."""

from concurrent.futures import Future

import streamlit as st

from denoiser.jobs import import_model
from denoiser.ui.components.upload import upload
from denoiser.ui.session import state
from denoiser.ui.session.services import engine, run_store
from denoiser.ui.session.text import _
from denoiser.ui.session.visitor import visitor

ENDINGS = ()  # all: who brings a file of PyTorch is told what to do, not that it cannot be chosen


def own_weights() -> None:
    """Offer to load a file of weights; once it is loaded, the panel opens with it."""
    with st.expander(_("Load your own weights")):
        st.caption(
            _(
                "Of the tutorial's autoencoder, with any filters and latent size, or of the lab's "
                "U-Net: a `.keras` file, as `model.save` writes it, or `.safetensors`. Its layers "
                "are compared with the lab's, and its numbers are taken; nothing in it is run. A "
                "file larger than 16 MB usually holds the optimizer's state, which "
                '`keras.Model(model.input, model.output).save("network.keras")` leaves out.'
            )
        )
        run_id = upload(_("File of weights"), ENDINGS, "own_weights", _submit)
        if run_id is not None:
            state.open_model(run_id)
            st.rerun()
        if loaded := state.opened_model():
            st.page_link(
                "pages/1_Train.py", label=_("In the panel now: see its scores"),
                icon=":material/check:", query_params={"run": loaded},
            )  # fmt: skip


def _submit(content: bytes) -> "Future[str]":
    # The first call starts the engine, so only a visitor who sends a file waits for that.
    return engine().submit(import_model.load, str(run_store().folder), content, visitor())
