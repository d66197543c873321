"""What the latent desk says, in the visitor's language; {braces} are filled in by the browser."""

from denoiser.ui.session.text import _


def latent_texts() -> dict[str, str]:
    """Return every text of the latent desk (denoiser/web/inside/latent_desk.js)."""
    return {
        "decoded": _("Decoded"),
        "decoded_picture": _("What the decoder makes of this code"),
        "back": _("Back to what the encoder gives"),
        **_of_numbers(),
        **_of_map(),
        **_of_walk(),
        **_of_distance(),
    }


def _of_numbers() -> dict[str, str]:
    return {
        "numbers": _("The {count} numbers of the code"),
        "numbers_help": _(
            "The band is where 90 % of the digits lie, the line in it is their mean. The arrows "
            "show what a number does."
        ),
        "numbers_help_unknown": _(
            "All that the decoder is told. The arrows show what a number does."
        ),
        "number": _("Number {number} of the code"),
        "held_value": _("{value}; the encoder gives {given}"),
        "sweep": _("What does number {number} do?"),
        "stop_sweep": _("Stop showing what number {number} does"),
        "five": _("Number {number} at five values, from low to high"),
        "back_one": _("Number {number}: back to what the encoder gives"),
    }


def _of_map() -> dict[str, str]:
    return {
        "map": _("Map of {count} digits"),
        "map_help": _(
            "Each dot is the code of a digit under the noise that this network learned on: 100 of "
            "each class, none of which trained it. The map shows the two directions in which the "
            "codes vary most, {percent} % of their variance. Drag to walk; click two digits to go "
            "from one to the other."
        ),
        "point": _(
            "The code as a point on the map. Arrow keys move it, with Shift further; Enter takes "
            "the nearest digit for a walk."
        ),
        "point_role": _("point on a map"),
        "classes": _("Show one class only"),
        "only_class": _("Only the {label}s"),
        "nearest": _("nearest: {label}"),
        "key_point": _("this code"),
        "key_far": _("out here this code is far from all digits: hardly anything was taught"),
        "no_map": _("There is no map of this network's codes, so nothing tells which are usual."),
    }


def _of_walk() -> dict[str, str]:
    return {
        "walk": _("From one digit to another"),
        "from": _("From"),
        "to": _("To"),
        "end": _("{end} {label}"),
        "empty_end": _("{end}: choose a digit on the map"),
        "full_end": _("{end}: digit {label}; choose another one on the map"),
        "way": _("How far on the way between the two digits"),
        "on_the_way": _("{percent} % of the way from {from} to {to}"),
        "choose_ends": _("Click two digits on the map"),
        "random_walk": _("Two random digits"),
        "clear_walk": _("Clear"),
    }


def _of_distance() -> dict[str, str]:
    return {
        "meter": _("Distance to the nearest digit"),
        "near": _("Among the digits."),
        "between": _("At the edge of the digits."),
        "far": _("Far from all digits."),
        "times": _(
            "{times} times the usual distance between neighbours; the nearest digit is {label}."
        ),
        "no_generator": _(
            "An autoencoder learns to decode the codes of its digits and nothing about the space "
            "between them, so a point chosen at random often becomes no digit: it is not yet a "
            "generator."
        ),
    }
