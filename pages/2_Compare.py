"""Compare: what the shipped models score, and how they learned."""

import streamlit as st

from denoiser.errors import ModelError
from denoiser.ui.cards import Card, how_made, loss_chart, score_table
from denoiser.ui.frame import frame
from denoiser.ui.shipped import denoisers
from denoiser.ui.text import _


def compare(cards: list[Card]) -> None:
    """Show scores, curves and commands of models by their cards."""
    score_table(cards)
    st.subheader(_("How they learned"), anchor=False)
    st.write(
        _(
            "Train loss solid, val loss dashed; lower is better. Each was trained and validated "
            "under its own noise: the autoencoder without noise had an easier task here."
        )
    )
    loss_chart(cards)
    st.subheader(_("Make them again"), anchor=False)
    how_made(cards)


with frame(_("Compare")):
    st.title(_("Compare models"), anchor=False)
    st.write(
        _(
            "Each model cleans the same 10,000 test digits, which none of them has seen, under the "
            "tutorial's noise: mean 0.5, std 0.5."
        )
    )
    try:
        compare([model.card for model in denoisers()])
    except ModelError as error:
        st.error(str(error), icon=":material/deployed_code_alert:")
