"""The command line: `denoiser COMMAND`, or `python -m denoiser COMMAND`.

0    done
1    the work failed
2    wrong use or bad input; a sentence says which, and a second line has technical details
130  ended by Ctrl-C
"""

import os
import sys
from collections.abc import Sequence

from denoiser import __version__
from denoiser.cli import terminal
from denoiser.cli.commands import code, lists, make, serve, train, use
from denoiser.cli.commands.train import TRAINING_FAILED
from denoiser.cli.parser import BAD_INPUT, Parser
from denoiser.data.digits import DOWNLOAD_FAILED
from denoiser.engine import memory
from denoiser.errors import DenoiserError, EngineError
from denoiser.runs.store import DISK_FULL

WORK_FAILED = 1
INTERRUPTED = 130  # as shells have it: 128 + SIGINT
FAILURES = (TRAINING_FAILED, DOWNLOAD_FAILED, DISK_FULL)  # codes of errors
EXIT_CODES = (
    "exit codes: 0 done, 1 the work failed, 2 wrong use or bad input, 130 ended by Ctrl-C\n"
    "%(prog)s COMMAND --help says more of a command."
)


def main(arguments: Sequence[str] | None = None, prog: str = "denoiser") -> int:
    """Run one command and return its exit code.

    Args:
        arguments: Of the command line; those of the process where they are not given.
        prog: How the program was called, for its help.

    Raises:
        SystemExit: After `--help`, `--version`, or wrong use (with code 2).
    """
    terminal.show_everything()
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    memory.keep_freed()
    try:
        try:
            options = parser(prog).parse_args(arguments)
            code: int = options.run(options) or 0
        finally:
            sys.stdout.flush()
        return code
    except BrokenPipeError:  # what reads the output, such as `head`, has read enough
        terminal.leave()
        return WORK_FAILED
    except (DenoiserError, OSError) as error:
        print(f"denoiser: {_sentence(error)}", file=sys.stderr)
        if detail := getattr(error, "detail", ""):
            print(f"  details: {detail}", file=sys.stderr)
        return _exit_code(error)
    except KeyboardInterrupt:
        print("denoiser: interrupted", file=sys.stderr)
        return INTERRUPTED


def _sentence(error: DenoiserError | OSError) -> str:
    """Return what went wrong, without the system's number for it."""
    if isinstance(error, DenoiserError) or not error.strerror:
        return str(error)
    return f"{error.filename}: {error.strerror}" if error.filename else error.strerror


def _exit_code(error: DenoiserError | OSError) -> int:
    if isinstance(error, EngineError) or not isinstance(error, DenoiserError):
        return WORK_FAILED
    return WORK_FAILED if error.code in FAILURES else BAD_INPUT


def parser(prog: str = "denoiser") -> Parser:
    """Return the parser of the whole command line."""
    made = Parser(prog=prog, description="Train and use denoising autoencoders.",
                  usage="%(prog)s COMMAND [options]", epilog=EXIT_CODES)  # fmt: skip
    made.add_argument("--version", action="version", version=f"denoiser {__version__}")
    made.add_commands(train.add, use.add, code.add, lists.add, make.add, serve.add)
    return made
