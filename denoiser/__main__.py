"""`python -m denoiser`: the command line."""

import sys

from denoiser.cli.main import main

if __name__ == "__main__":
    sys.exit(main(prog="python -m denoiser"))
