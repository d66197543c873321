"""Who may give an engine work: for the local one, whoever can read its certificate.

Work is code, so a scheduler that takes work from anybody is open to anybody. All connections
of the local engine are therefore TLS, and each side shows the one certificate that the engine
makes when it starts: a file that only the account may read which the folder of runs belongs
to (on Windows the folder's own rules hold). A cluster's certificates are in Dask's settings.
Knows neither scheduler nor workers.
"""

import ipaddress
from pathlib import Path
from urllib.parse import urlsplit

import dask
from distributed import Security

from denoiser.errors import EngineError
from denoiser.files.atomic import write_whole

FILE = "certificate.pem"
LIFETIME_S = 360 * 24 * 3600  # Dask's certificates are valid for 365 days
OPEN = (
    "whoever reaches this address may run any program on the cluster's computers. "
    "With certificates only those who have them can: the README says how."
)
CLOSED = ("tls://", "wss://", "inproc://")


def make(folder: Path) -> Security:
    """Make a new key and its certificate, and keep both in a folder for `of`."""
    made = Security.temporary()
    write_whole(folder / FILE, f"{made.tls_client_key}{made.tls_client_cert}".encode(), mode=0o600)
    return of(folder)


def of(folder: Path) -> Security:
    """Return what `make` kept in a folder, for scheduler, workers and clients alike."""
    names = [f"tls_{role}_{part}" for role in ("client", "scheduler", "worker")
             for part in ("cert", "key")]  # fmt: skip
    return Security(
        require_encryption=True, **dict.fromkeys(["tls_ca_file", *names], str(folder / FILE))
    )


def of_cluster(address: str) -> Security:
    """Return what Dask's settings say for the cluster at an address.

    Raises:
        EngineError: It wants certificates, and the settings name none.
    """
    if not is_plain(address) and not dask.config.get("distributed.comm.tls.ca-file"):
        raise EngineError(
            "The cluster at {address} wants certificates, and none are set. The README says how, "
            "under “Where trainings run”.",
            address=address,
            detail="DASK_DISTRIBUTED__COMM__TLS__CA_FILE is not set",
        )
    return Security()


def is_open(address: str) -> bool:
    """Whether a scheduler at this address takes work from every computer of its network.

    Args:
        address: As Dask writes it; `host:8786` is `tcp://host:8786`.
    """
    host = urlsplit(address if "://" in address else f"tcp://{address}").hostname
    return is_plain(address) and not _is_this_computer(host or "")


def is_plain(address: str) -> bool:
    """Whether a scheduler at this address does not ask who it is that gives it work."""
    return not address.startswith(CLOSED)


def _is_this_computer(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
