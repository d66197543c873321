"""The texts of what maps that are off cost, and of which maps matter."""

from denoiser.ui.session.text import _


def mute_texts() -> dict[str, str]:
    """Return every text of it; {braces} are filled in by the browser."""
    return {
        "mute_on": _("On {count} digits:"),
        "mute_same": _("as before"),
        "mute_times": _("{times} times as much"),
        "mute_more": _("{percent}% more"),
        "mute_less": _("{percent}% less"),
        "mute_read": _("read rightly {before} → {after} of {count}"),
        "mute_solo": _("Solo"),
        "mute_solo_undo": _("End solo"),
        "excite_title": _("Digits that excite it most"),
        "excite_how": _(
            "Of the {count} digits here, under this noise, with all maps on: noisy above, clean "
            "below. The bar is the mean of what is above zero on the map. Choose one to see it."
        ),
        "excite_none": _("No digit here lifts it above zero."),
        "excite_choose": _("Choose digit {number}: {percent}% of the strongest"),
    } | _rank_texts()


def _rank_texts() -> dict[str, str]:
    return {
        "rank_title": _("Which maps matter?"),
        "rank_layer": _("Rank this layer"),
        "rank_all": _("Rank them all"),
        "rank_about": _(
            "Each map is switched off alone, all others stay on. The more the error rises, the "
            "more it matters."
        ),
        "rank_progress": _("Maps that are measured"),
        "rank_cancel": _("Cancel"),
        "rank_old": _("Measured under other noise, or with other weights."),
        "rank_again": _("Measure again"),
        "rank_of_layer": _(
            "{count} maps of layer {layer}, on {digits} digits; MSE with all on: {mse}"
        ),
        "rank_of_all": _("{count} maps of all layers, on {digits} digits; MSE with all on: {mse}"),
        "rank_most": _("These matter most"),
        "rank_least": _("These matter least"),
        "rank_map": _("map {number}"),
        "rank_number": _("number {number}"),
        "rank_in_layer": _("layer {layer}"),
        "thin_title": _("Switch off the least important maps of layer {layer}"),
        "thin_off": _("{count} of {all} off"),
        "thin_read": _("read rightly {read} of {count}"),
        "thin_curve": _("MSE against how many maps are off, the least important first"),
        "thin_axis": _("maps off →"),
        "thin_measuring": _("measuring …"),
        "thin_spared": _("{count} of {all} can go before the MSE is a tenth larger (dashed)."),
        "thin_none": _("Without any one of them the MSE is more than a tenth larger (dashed)."),
    }
