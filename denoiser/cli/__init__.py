"""The command line: flags, commands, progress."""
