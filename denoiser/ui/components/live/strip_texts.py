"""The texts of the strip: the network opened below its pictures."""

from denoiser.ui.session.text import _


def strip_texts() -> dict[str, str]:
    """Return every text of the strip; {braces} are filled in by the browser."""
    return (
        {
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
            "strip_hint": _(
                "Choose a map to see how it is made. Keys: M switches it off, S leaves only it on."
            ),
        }
        | _detail_texts()
        | _glossary()
    )


def _detail_texts() -> dict[str, str]:
    return {
        "detail_map": _("How map {number} of {count} is made"),
        "detail_number": _("How number {number} of {count} is made"),
        "detail_way_slides": _(
            "A window of {rows}x{columns} slides over each map that comes in. At each place its "
            "numbers are multiplied by the kernel's and added up."
        ),
        "detail_way_stamps": _(
            "Each number that comes in stamps the kernel, as strongly as it is large. Where stamps "
            "overlap, they add up."
        ),
        "detail_way_weighs": _(
            "Each number that comes in has a weight of its own. All products are added up."
        ),
        "detail_way_spreads": _(
            "Each of the {count} numbers has a picture of weights. The map is their sum, each as "
            "strong as its number."
        ),
        "detail_way_input": _("The picture as it goes in: nothing has happened to it yet."),
        "detail_slide": _("Slide the window"),
        "detail_stop": _("Stop"),
        "detail_off": _("Switch off"),
        "detail_on": _("Switch on"),
        "detail_more": _("{count} more"),
        "detail_fewer": _("Fewer"),
        "detail_from_map": _("map {number}"),
        "detail_from_number": _("number {number}"),
        "detail_cell": _("Row {row}, column {column}"),
        "detail_sum": _("Sum"),
        "detail_bias": _("bias"),
        "detail_others": _("{count} others"),
        "detail_skip": _("skip connection"),
        "detail_stays": _("stays"),
        "detail_to_zero": _("below zero, becomes 0"),
        "detail_leaky_relu": _("LeakyReLU"),
        "detail_relu": _("ReLU"),
        "detail_batch_normalization": _("Batch normalization"),
        "detail_add": _("Skip connection"),
        "detail_sigmoid": _("Sigmoid"),
        "replay": _("Epoch shown"),
        "replay_epoch": _("after epoch {epoch}"),
        "replay_play": _("Play"),
        "replay_pause": _("Pause"),
        "desk_title": _("What its numbers hold"),
        "desk_help": _("drag them, and the decoder draws"),
        "code_title": _("This network in Keras"),
        "code_help": _("a line leads to its layer"),
    }


def _glossary() -> dict[str, str]:
    """Return a few words on each term; those of a way of weighing have a title of their own."""
    return {
        "glossary": _("What the words mean"),
        "glossary_slides_title": _("Convolution"),
        "glossary_slides": _(
            "The same small kernel is laid on every place of a picture, and the products are added "
            "up: one kernel finds one pattern, wherever it is."
        ),
        "glossary_stamps_title": _("Transposed convolution"),
        "glossary_stamps": _(
            "A convolution the other way round: every number stamps the kernel onto a larger "
            "picture. So a small map becomes a large one."
        ),
        "glossary_weighs_title": _("Dense layer"),
        "glossary_weighs": _(
            "Every number that comes in has its own weight for every number that goes out: it sees "
            "the whole picture at once, and knows no neighbours."
        ),
        "glossary_spreads_title": _("Dense layer"),
        "glossary_spreads": _(
            "Every number that comes in has its own weight for every number that goes out. Going "
            "back to a picture, each number brings a pattern of its own."
        ),
        "glossary_bias": _("A number that is added everywhere, learned as the kernel is."),
        "glossary_leaky_relu": _(
            "What is above zero stays, what is below is made small. Without such a bend, many "
            "layers could do no more than one."
        ),
        "glossary_relu": _(
            "What is above zero stays, what is below becomes zero. Without such a bend, many "
            "layers could do no more than one."
        ),
        "glossary_batch_normalization": _(
            "Scales and shifts a map by what was usual in training, so that its numbers lie around "
            "zero: learning is steadier. Once trained, it is one multiplication and one addition."
        ),
        "glossary_add": _(
            "The map of an earlier layer is added: fine strokes need not pass through the small "
            "layers in the middle."
        ),
        "glossary_sigmoid": _("Squeezes any number between 0, black, and 1, white."),
    }
