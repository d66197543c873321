"""What a visitor compares: up to four methods, and the noise. The URL holds it.

What comes from a URL is untrusted: a name that is not on offer is left out.
Defaults stay out of the URL.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import streamlit as st

from denoiser.data.noise import KINDS
from denoiser.ui.components.share import note_refused
from denoiser.ui.pages.compare.methods import Method
from denoiser.ui.session import noises, state
from denoiser.ui.session.noises import Noise, decimals
from denoiser.ui.session.text import _
from denoiser.ui.session.told import are_shown

MOST = 4
FIRST = ("tutorial", "unet", "median", "total-variation")
STEPS = 20  # of a slider at most, so that visitors often ask what is known already

_REQUEST = "compare_request"
_MISSING, _ADDED = "compare_missing", "compare_added"
_NAMES, _KIND, _VALUE = "compare_with", "compare_noise", "compare_{kind}_{name}"
_FIELDS = ("names", *noises.FIELDS)


@dataclass(frozen=True)
class ComparisonRequest:
    """What is compared, under which noise.

    Attributes:
        names: Of the methods, at most `MOST`.
        noise: Its kind and parameters.
    """

    names: tuple[str, ...]
    noise: Noise = field(default_factory=Noise)

    @classmethod
    def parse(cls, values: Mapping[str, str], offered: Sequence[str]) -> "ComparisonRequest":
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
        return cls(names, Noise.parse(values))

    @classmethod
    def default(cls, offered: Sequence[str]) -> "ComparisonRequest":
        """Return what is compared at first."""
        return cls(tuple(name for name in FIRST if name in offered))

    def refused(self, values: Mapping[str, str]) -> list[str]:
        """Return the fields of `values` that this request, parsed from them, left out."""
        asked = set(filter(None, values.get("names", "").split(",")))
        names = [] if asked <= set(self.names) else ["names"]
        return names + self.noise.refused(values)

    def to_query(self, offered: Sequence[str]) -> dict[str, str]:
        """Return the URL's parameters: the fields that differ from their default, as text."""
        names = self.names
        query = {} if names == self.default(offered).names else {"names": ",".join(names)}
        return query | self.noise.to_query()


def ask(methods: Mapping[str, Method]) -> ComparisonRequest:
    """Show the controls and return what is compared.

    Args:
        methods: All methods to choose from, by name.
    """
    offered = tuple(methods)
    request = _opened(offered)
    st.session_state[_NAMES] = list(request.names)
    with st.container(key="compare_controls"):
        names, *places = st.columns([5, 3, 2, 2], gap="medium")
        names.multiselect(
            _("Models and filters"),
            offered,
            key=_NAMES,
            format_func=lambda name: methods[name].title,
            max_selections=MOST,
            on_change=_settle,
            args=(offered,),
            wrap=True,
            placeholder=_("Choose models and filters"),
            help=_("Up to four: shipped models, trainings that have ended, and classical filters."),
        )
        with names:
            _another_run(methods, request)
        _noise(places, request.noise, offered)
    return request


def _another_run(methods: Mapping[str, Method], request: ComparisonRequest) -> None:
    """Offer to compare one more training, where there is one and room for it."""
    others = [name for name, method in methods.items()
              if method.is_run and name not in request.names]  # fmt: skip
    if others and len(request.names) < MOST:
        st.selectbox(
            _("Add a training"), others, index=None, key=_ADDED, label_visibility="collapsed",
            format_func=lambda name: f"{methods[name].title} · {methods[name].about}",
            placeholder=_("Add a training …"), on_change=_add, args=(tuple(methods),),
        )  # fmt: skip


def _add(offered: Sequence[str]) -> None:
    if not are_shown(_ADDED, _NAMES):
        return
    chosen = st.session_state
    if added := chosen[_ADDED]:
        chosen[_NAMES] = [*chosen[_NAMES], added][:MOST]
        chosen[_ADDED] = None
        _settle(offered)


def _noise(
    places: Sequence[st.delta_generator.DeltaGenerator], noise: Noise, offered: Sequence[str]
) -> None:
    kind = KINDS[noise.kind]
    st.session_state[_KIND] = kind.name
    places[0].selectbox(
        _("Kind of noise"),
        list(KINDS),
        key=_KIND,
        format_func=lambda name: _(KINDS[name].title),
        on_change=_settle,
        args=(offered,),
        help=_(kind.summary),
    )
    for place, parameter in zip(places[1:], kind.parameters, strict=False):
        key = _VALUE.format(kind=kind.name, name=parameter.name)
        st.session_state[key] = noise.parameters[parameter.name]
        step = max(parameter.step, (parameter.maximum - parameter.minimum) / STEPS)
        place.slider(
            _(parameter.title),
            float(parameter.minimum),
            float(parameter.maximum),
            step=float(step),
            key=key,
            format=f"%.{decimals(parameter)}f",
            on_change=_settle,
            args=(offered,),
            help=_(parameter.help),
        )


def _opened(offered: Sequence[str]) -> ComparisonRequest:
    """Return what the URL asks, or the session where the URL says nothing."""
    asked = {name: st.query_params[name] for name in _FIELDS if name in st.query_params}
    kept = st.session_state.get(_REQUEST)
    if not asked and kept is not None:
        asked = kept.to_query(offered)
    request = ComparisonRequest.parse(asked, offered)
    refused = request.refused(asked)
    if "names" in refused:
        st.session_state[_MISSING] = True
    note_refused([name for name in refused if name != "names"])
    _keep(request, offered)
    if st.session_state.get(_MISSING):
        _missing()
    return request


def _missing() -> None:
    """Say, until the visitor chooses, that the link compares what cannot be had."""
    st.warning(
        _(
            "Part of what this link compares is not here: a training that was deleted, that has "
            "made no model, or that belongs to another lab. The rest is compared below."
        ),
        icon=":material/link_off:",
    )
    st.page_link("pages/1_Train.py", label=_("To all trainings"),
                 icon=":material/arrow_forward:", query_params=state.carried())  # fmt: skip


def _settle(offered: Sequence[str]) -> None:
    if not are_shown(_NAMES, _KIND):
        return
    chosen = st.session_state
    chosen[_MISSING] = False
    kind = KINDS[chosen[_KIND]]
    keys = {p.name: _VALUE.format(kind=kind.name, name=p.name) for p in kind.parameters}
    values = {name: chosen[key] for name, key in keys.items() if key in chosen}
    noise = Noise.parse({"noise": kind.name, **values})
    _keep(ComparisonRequest(tuple(chosen[_NAMES]), noise), offered)


def _keep(request: ComparisonRequest, offered: Sequence[str]) -> None:
    st.session_state[_REQUEST] = request
    state.replace_in_url(_FIELDS, request.to_query(offered))
