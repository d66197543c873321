"""What the live panel shows, in words. Every number comes from a model's card."""

from collections.abc import Sequence

import streamlit as st

from denoiser.models.store import Model
from denoiser.ui.components.cards import score_table
from denoiser.ui.session.text import _


def explanation(denoisers: Sequence[Model], classifier: Model) -> None:
    """Write "What am I looking at?" for a student.

    Args:
        denoisers: The models that the panel offers.
        classifier: The model that reads digits.
    """
    with st.container(key="explanation"):
        left, right = st.columns(2, gap="large")
    with left:
        st.header(_("What am I looking at?"), anchor=False)
        st.markdown(_pictures())
        st.header(_("What to try"), anchor=False)
        st.markdown(_experiments())
    with right:
        st.header(_("How to read the numbers"), anchor=False)
        st.markdown(_numbers(classifier))
        score_table([model.card for model in denoisers])
        command = denoisers[0].card["scores"]["command"]
        st.caption(_("On unseen digits, under the tutorial's noise: `{}`").format(command))


def _pictures() -> str:
    return _(
        "A handwritten digit from the MNIST collection, 28 by 28 pixels, three times: "
        ":orange[**noisy**], as a bad sensor might see it; :green[**denoised**], what a neural "
        "network makes of that; and **clean**, as it was written, which the network never gets "
        "to see. The colours mean the same on every page.\n\n"
        "**The noise** is gaussian at first, the tutorial's: every pixel gets a random number "
        "added. *Mean* is how much brighter the pixels become on average, *std* (standard "
        "deviation) how much they differ from each other. Pixels that would become darker than "
        "black or brighter than white are clipped, and what is clipped is lost. Other kinds come "
        "from other causes, and each says from which.\n\n"
        "**The network** is a denoising autoencoder. It was shown many noisy digits and, for each, "
        "the clean one to aim at. Nobody told it what a digit is: it learned which strokes are "
        "likely and draws those. It runs in your browser, and your pictures do not leave it."
    )


def _experiments() -> str:
    return _(
        "- Set **both sliders to 0**. Nothing is left to remove. Is the denoised digit the clean "
        "one? What did the network change, and why would it?\n"
        "- Pull **std to 1**. Where does the network begin to invent strokes? Press *New noise* a "
        "few times: is its answer always the same digit?\n"
        "- Raise **the mean alone**, with std at 0. You can still read the digit. Can the network, "
        "which was trained on other noise?\n"
        "- Choose **another kind of noise**. The tutorial's network has never met it. Does it help "
        "to choose *U-Net for any noise*, and what does that cost under gaussian noise?\n"
        "- Choose **the autoencoder without noise**. It has the same layers as the tutorial's, but "
        "was trained on clean digits only. That is why the noise in training matters.\n"
        "- Find a digit that the reader **reads wrongly** after denoising. Would you have read it "
        "from the noisy picture?\n"
        "- The page's address holds your digit, model and noise: **copy it** to show somebody "
        "what you found."
    )


def _numbers(classifier: Model) -> str:
    text = _(
        "**MSE**, the mean squared error, is the difference to the clean digit, squared and "
        "averaged over all pixels. It is what the network was trained to make small. 0 is "
        "perfect.\n\n"
        "**PSNR**, the peak signal-to-noise ratio, says the same in decibels: "
        "-10 · log₁₀(MSE). More is better; 10 dB more is a tenth of the error.\n\n"
        "**The reader** is a second network, trained to name clean digits and to tell them from "
        "what is none: letters, scribbles, two at once, noise. What it *reads* in a picture says "
        "whether the picture is still legible: ✓ it is right, ✗ it is wrong. Ten bars show how "
        "sure it is of each digit; what they lack, it takes for no digit. It has only ever seen "
        "clean ones: under noise it often sees none where you still do. A low MSE with a wrong "
        "reading is a beautiful mistake."
    )
    accuracy = classifier.card["scores"]["reading_accuracy"]
    return f"{text} " + _("It reads {:.2%} of clean test digits right.").format(accuracy)
