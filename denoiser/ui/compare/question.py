"""What a visitor compares: up to four contestants, and the noise. The URL holds it.

What comes from a URL is untrusted: a name that is not on offer is left out, and
a number that is not possible is its default. Defaults stay out of the URL.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import streamlit as st

from denoiser.errors import ConfigError
from denoiser.noise import Parameter
from denoiser.ui import state
from denoiser.ui.compare.contestants import Contestant
from denoiser.ui.text import _

MOST = 4
FIRST = ("tutorial", "unet", "median", "total-variation")
NOISE = "gaussian"
MEAN, STD = (replace(parameter, step=0.05) for parameter in (state.MEAN, state.STD))

_QUESTION = "compare_question"
_NAMES, _MEAN, _STD = "compare_with", "compare_mean", "compare_std"


@dataclass(frozen=True)
class Question:
    """What is compared, under which gaussian noise.

    Attributes:
        names: Of the contestants, at most `MOST`.
        mean: Of the noise, a multiple of its step.
        std: Of the noise, a multiple of its step.
    """

    names: tuple[str, ...]
    mean: float = MEAN.default
    std: float = STD.default

    @property
    def noise(self) -> dict[str, float]:
        """The noise's parameters by name."""
        return {"mean": self.mean, "std": self.std}

    @classmethod
    def parse(cls, values: Mapping[str, str], offered: Sequence[str]) -> "Question":
        """Take the valid values out of `values`, and defaults for the rest.

        Args:
            values: Text by field, names with commas between them.
            offered: The names to choose from.
        """
        default = cls.default(offered)
        names = default.names
        if "names" in values:
            asked = dict.fromkeys(values["names"].split(","))  # each once, in their order
            names = tuple(name for name in asked if name in offered)[:MOST]
            if not names and values["names"]:
                names = default.names
        return cls(names, _number(values.get("mean"), MEAN), _number(values.get("std"), STD))

    @classmethod
    def default(cls, offered: Sequence[str]) -> "Question":
        """Return what is compared where nobody said what."""
        return cls(tuple(name for name in FIRST if name in offered))

    def to_query(self, offered: Sequence[str]) -> dict[str, str]:
        """Return the URL's parameters: the fields that differ from their default, as text."""
        default = self.default(offered)
        query = {}
        if self.names != default.names:
            query["names"] = ",".join(self.names)
        for name, value in self.noise.items():
            if value != default.noise[name]:
                query[name] = f"{value:g}"
        return query


def _number(text: str | None, parameter: Parameter) -> float:
    try:
        value = parameter.validate(float(text))
    except (TypeError, ValueError, ConfigError):
        return parameter.default
    return round(round(value / parameter.step) * parameter.step, 2)


def ask(contestants: Mapping[str, Contestant]) -> Question:
    """Show the controls and return what is asked.

    Args:
        contestants: All there are to choose from, by name.
    """
    offered = tuple(contestants)
    question = _opened(offered)
    st.session_state[_NAMES] = list(question.names)
    st.session_state[_MEAN], st.session_state[_STD] = question.mean, question.std
    with st.container(key="compare_controls"):
        names, mean, std = st.columns([5, 2, 2], gap="medium")
        names.multiselect(
            _("Models and filters"),
            offered,
            key=_NAMES,
            format_func=lambda name: contestants[name].title,
            max_selections=MOST,
            on_change=_settle,
            args=(offered,),
            wrap=True,
            placeholder=_("Choose models and filters"),
            help=_("Up to four: shipped models, trainings that have ended, and classical filters."),
        )
        _noise_slider(mean, _("Noise mean"), _MEAN, MEAN, offered)
        _noise_slider(std, _("Noise std"), _STD, STD, offered)
    return question


def _noise_slider(
    place: st.delta_generator.DeltaGenerator,
    label: str,
    key: str,
    parameter: Parameter,
    offered: Sequence[str],
) -> None:
    place.slider(
        label,
        parameter.minimum,
        parameter.maximum,
        step=parameter.step,
        key=key,
        format="%.2f",
        on_change=_settle,
        args=(offered,),
        help=_(parameter.help),
    )


def _opened(offered: Sequence[str]) -> Question:
    """Return what the URL asks, or the session where the URL says nothing."""
    asked = {name: st.query_params[name] for name in _FIELDS if name in st.query_params}
    kept = st.session_state.get(_QUESTION)
    if not asked and kept is not None:
        asked = {"names": ",".join(kept.names), "mean": str(kept.mean), "std": str(kept.std)}
    question = Question.parse(asked, offered)
    _keep(question, offered)
    return question


_FIELDS = ("names", "mean", "std")


def _settle(offered: Sequence[str]) -> None:
    chosen = st.session_state
    _keep(Question(tuple(chosen[_NAMES]), chosen[_MEAN], chosen[_STD]), offered)


def _keep(question: Question, offered: Sequence[str]) -> None:
    st.session_state[_QUESTION] = question
    others = {k: v for k, v in st.query_params.items() if k not in _FIELDS}
    query = others | question.to_query(offered)
    if query != st.query_params.to_dict():
        st.query_params.from_dict(query)
