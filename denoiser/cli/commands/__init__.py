"""The commands, a module a theme: `add(parser)` adds those of a module to the command line.

A command gets the parsed options, prints, and raises what goes wrong; it returns an exit code
where that is not 0. TensorFlow is loaded only by the commands that run a network.
"""
