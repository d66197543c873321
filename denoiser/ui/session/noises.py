"""The kinds of noise as pages show them, and what noise a visitor asks for.

What comes from a URL or from a browser is untrusted: what is not valid falls
back to the default of its field. Defaults stay out of the URL.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from denoiser.data.noise import KINDS, Kind, Parameter, mixture, parameter_names
from denoiser.errors import ConfigError
from denoiser.ui.session.text import _

GAUSSIAN = "gaussian"
PARAMETERS = tuple(parameter_names())
FIELDS = ("noise", *PARAMETERS)  # of a URL


@dataclass(frozen=True)
class Noise:
    """A kind of noise and its parameters, all of them, each on a step of its slider.

    Attributes:
        kind: A name in `KINDS`.
        parameters: Values by name.
    """

    kind: str = GAUSSIAN
    parameters: Mapping[str, float] = field(default_factory=lambda: KINDS[GAUSSIAN].validate({}))

    @classmethod
    def parse(cls, values: Mapping[str, Any]) -> "Noise":
        """Take the valid values out of `values`, and defaults for the rest.

        Args:
            values: The kind's name as `noise`, and numbers, or their text, by
                parameter; from anywhere.
        """
        name = values.get("noise")
        kind = KINDS[name] if isinstance(name, str) and name in KINDS else KINDS[GAUSSIAN]
        return cls(kind.name, {p.name: _number(values.get(p.name), p) for p in kind.parameters})

    def refused(self, values: Mapping[str, Any]) -> list[str]:
        """Return the fields of `values` that this noise, which was parsed from them, left out."""
        kind = KINDS[self.kind]
        names = ["noise"] if values.get("noise", self.kind) != self.kind else []
        return names + [p.name for p in kind.parameters
                        if p.name in values and not self._took(values[p.name], p)]  # fmt: skip

    def _took(self, value: Any, parameter: Parameter) -> bool:
        try:
            return abs(float(value) - self.parameters[parameter.name]) <= parameter.step
        except (TypeError, ValueError, OverflowError):
            return False

    def to_query(self) -> dict[str, str]:
        """Return the URL's parameters: the fields that differ from their default, as text."""
        query = {} if self.kind == GAUSSIAN else {"noise": self.kind}
        defaults = KINDS[self.kind].validate({})
        changed = {k: v for k, v in self.parameters.items() if v != defaults[k]}
        return query | {name: f"{value:g}" for name, value in changed.items()}

    def to_panel(self) -> dict[str, Any]:
        """Return what the browser is told, and tells again once a slider was let go."""
        return {"noise": self.kind, "parameters": dict(self.parameters)}

    @property
    def text(self) -> str:
        """What it is, as in "Gaussian, mean 0.5, std 0.5"."""
        kind = KINDS[self.kind]
        values = (f"{_(p.title).lower()} {self.parameters[p.name]:g}" for p in kind.parameters)
        return ", ".join([_(kind.title), *values])

    @property
    def slug(self) -> str:
        """What it is, for a file's name."""
        return "-".join([self.kind, *(f"{k}-{v:g}" for k, v in self.parameters.items())])


def parse_sent(sent: Any) -> Noise:
    """Return the noise that a browser sent, which may be anything."""
    return Noise.parse(flatten(sent))


def flatten(sent: Any) -> Mapping[str, Any]:
    """Return what a browser sent, which may be anything, with the parameters beside the rest."""
    values = sent if isinstance(sent, Mapping) else {}
    parameters = values.get("parameters")
    return {**(parameters if isinstance(parameters, Mapping) else {}), **values}


def _number(value: Any, parameter: Parameter) -> float:
    try:
        number = parameter.validate(float(value))
    except (TypeError, ValueError, OverflowError, ConfigError):
        return float(parameter.default)
    return round(round(number / parameter.step) * parameter.step, 2)


def described() -> list[dict[str, Any]]:
    """Return what the browser has to know of each kind."""
    shares = mixture()
    return [_described(kind) | {"share": shares.get(kind.name, 0)} for kind in KINDS.values()]


def _described(kind: Kind) -> dict[str, Any]:
    parameters = [asdict(p) | {"title": _(p.title), "help": _(p.help), "unit": _unit(p),
                   "decimals": decimals(p)}
                  for p in kind.parameters]  # fmt: skip
    return {
        "name": kind.name,
        "title": _(kind.title),
        "summary": _(kind.summary),
        "is_random": kind.is_random,
        "parameters": parameters,
    }


def _unit(parameter: Parameter) -> str:
    return _(parameter.unit) if parameter.unit else ""  # gettext gives its own header for ""


def decimals(parameter: Parameter) -> int:
    """Return with how many digits after the point a parameter's value is shown."""
    return 2 if parameter.step < 0.1 else 1 if parameter.step < 1 else 0
