"""The texts of the strip: the network opened below its pictures."""

from denoiser.ui.session.text import _


def strip_texts() -> dict[str, str]:
    """Return every text of the strip; {braces} are filled in by the browser."""
    return {
        "strip_name": _("Inside the network"),
        "strip_open": _("Look inside"),
        "strip_about": _("{stages} layers · {maps} maps · {numbers} learned numbers"),
        "strip_scale": _("White is the largest of"),
        "strip_scale_map": _("each map"),
        "strip_scale_layer": _("its layer"),
        "strip_scale_network": _("the network"),
        "strip_below": _("below zero"),
        "strip_above": _("above"),
        "strip_all_on": _("Switch all on again ({count})"),
        "strip_before": _("The layer before"),
        "strip_after": _("The next layer"),
        "strip_place": _("{number} of {count}"),
        "strip_maps": _("{count} maps"),
        "strip_numbers": _("{count} numbers"),
        "strip_map": _("map {number} of {count}"),
        "strip_number": _("number {number} of {count}"),
        "strip_convolution": _("convolution"),
        "strip_transposed": _("transposed convolution"),
        "strip_dense": _("dense"),
        "strip_pooling": _("pooling"),
    }
