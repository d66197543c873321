"""A class: its lessons, what its teacher chose, its anonymous answers."""
