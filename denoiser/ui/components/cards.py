"""What the cards of models say: their scores as a table, their training as curves."""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from denoiser.ui.session.text import _

Card = dict[str, Any]


def score_table(cards: Sequence[Card]) -> None:
    """Show each model's scores on the test digits, and what doing nothing scores."""
    heads = [_("Model"), _("MSE (less is better)"), _("PSNR in dB"), _("SSIM"), _("Read right")]
    rows = [_row(_(card["title"]), card["scores"]) for card in cards]
    rows.append(_row(_("Noisy, nothing done"), cards[0]["noisy_scores"]))
    lines = [heads, [":--", *["--:"] * (len(heads) - 1)], *rows]
    st.markdown("\n".join(f"| {' | '.join(cells)} |" for cells in lines))


def _row(title: str, scores: dict[str, float]) -> list[str]:
    return [
        title,
        f"{scores['mse']:.4f}",
        f"{scores['psnr']:.1f}",
        f"{scores['ssim']:.3f}",
        f"{scores['reading_accuracy']:.1%}",
    ]


def how_made(cards: Sequence[Card]) -> None:
    """List for each model its size, and the commands that make and score it again."""
    for card in cards:
        size = _("{parameters:,} parameters, {multiply_adds:,} multiply-adds a digit").format(
            **card
        )
        st.markdown(f"**{_(card['title'])}**: {_(card['summary'])} {size}.")
        st.code(f"{card['made_with']}\n{card['scores']['command']}", language="sh")
