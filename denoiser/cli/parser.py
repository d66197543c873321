"""The parser of the command line: short usage, help in groups, and the nearest name.

Knows nothing of commands, settings or noise.
"""

import argparse
import difflib
import sys
from collections.abc import Callable, Iterable
from itertools import takewhile
from typing import Any

HELP_COLUMN = 26
BAD_INPUT = 2  # the exit code of argparse after wrong use, and ours after bad input


class Parser(argparse.ArgumentParser):
    """A parser whose commands are parsers like it, and which says what was probably meant.

    Attributes:
        commands: The parser of each command, by the command's name; {} where there are none.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(formatter_class=_formatter, **options)
        self.commands: dict[str, Parser] = {}

    def add_commands(self, *commands: Callable[["Parser"], None]) -> None:
        """Let functions add commands, each by calls of `add_command`."""
        self._commands = self.add_subparsers(
            title="commands", metavar="COMMAND", required=True, prog=self.prog, parser_class=Parser
        )
        for add in commands:
            add(self)

    def add_command(
        self, name: str, run: Callable[[argparse.Namespace], int | None], help: str,
        arguments: str = "", details: str = "",
    ) -> "Parser":  # fmt: skip
        """Add a command and return its parser.

        Args:
            name: What the user types.
            run: Carries it out, and returns an exit code where that is not 0; the parsed
                options hold it as `run`.
            help: What it does, in a sentence.
            arguments: What the usage shows after the options, such as "IN OUT".
            details: More about it, below its own help.
        """
        made: Parser = self._commands.add_parser(
            name,
            help=help,
            description=help,
            usage=f"%(prog)s [options] {arguments}".strip(),
            epilog=details,
        )
        made.set_defaults(run=run)
        self.commands[name] = made
        return made

    def flags(self) -> list[argparse.Action]:
        """Return all that the command takes, in the order of its help, `--help` aside."""
        others = ("help", "version", argparse.SUPPRESS)  # the last is that of the commands
        return [action for action in self._actions if action.dest not in others]

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Parse as argparse does, but refuse unknown options and commands first.

        argparse would say what else is missing, and nothing of the misspelt option.
        """
        words = list(takewhile("--".__ne__, sys.argv[1:] if args is None else args))
        if self.commands:
            options = list(takewhile(lambda word: word.startswith("-"), words))
            self._refuse_unknown("command", words[len(options) :][:1], self.commands)
            words = options
        given = [word.split("=")[0] for word in words if word.startswith("--")]
        known = [name for action in self._actions for name in action.option_strings]
        self._refuse_unknown("option", given, known)
        return super().parse_known_args(args, namespace)

    def _refuse_unknown(self, what: str, given: Iterable[str], known: Iterable[str]) -> None:
        for name in given:
            # argparse takes the beginning of an option's name for the whole.
            if name not in known and not (what == "option" and _begins_one(name, known)):
                self.error(f"unknown {what} {name!r}{did_you_mean(name, known)}")


def _begins_one(name: str, known: Iterable[str]) -> bool:
    return any(other.startswith(name) for other in known)


def _formatter(prog: str) -> argparse.HelpFormatter:
    return argparse.RawDescriptionHelpFormatter(prog, max_help_position=HELP_COLUMN)


def one_of(values: Iterable[Any]) -> Callable[[str], Any]:
    """Return a `type` for an argument that has to be one of `values`."""
    known = {str(value): value for value in values}

    def chosen(text: str) -> Any:
        if text in known:
            return known[text]
        raise argparse.ArgumentTypeError(
            f"expected one of {', '.join(known)}; got {text!r}{did_you_mean(text, known)}"
        )

    return chosen


def whole(least: int, most: int | None = None) -> Callable[[str], int]:
    """Return a `type` for an argument that has to be a whole number from `least` to `most`."""
    expected = f"of at least {least}" if most is None else f"from {least} to {most}"

    def number(text: str) -> int:
        value = int(text) if text.removeprefix("-").isdecimal() else least - 1
        if value < least or (most is not None and value > most):
            raise argparse.ArgumentTypeError(f"expected a whole number {expected}; got {text!r}")
        return value

    return number


def did_you_mean(text: str, known: Iterable[str]) -> str:
    """Return "; did you mean NAME?" with the name in `known` that is nearest; "" without one."""
    nearest = difflib.get_close_matches(text, list(known), n=1)
    return f"; did you mean {nearest[0]}?" if nearest else ""
