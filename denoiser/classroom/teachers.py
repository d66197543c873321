"""Who is a teacher: devices on which the PIN was right, and how often it may be wrong.

A device is known by a visitor's secret. The file holds neither it nor the PIN, only hashes, and
both are needed to make them. Knows neither pages nor cookies.
"""

import hashlib
import hmac
import ipaddress
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from denoiser.classroom.file import connected

ROLE_S = 12 * 3600  # a teacher's day
KNOWN_S = 365 * 24 * 3600
FORGET_S = 3600


@dataclass(frozen=True)
class Limit:
    """How many wrong PINs are free, and how long a try waits after more.

    The wait begins with a second and doubles.

    Attributes:
        free: Wrong ones.
        longest: Wait, in seconds.
    """

    free: int
    longest: float

    def wait(self, wrong: int) -> float:
        """Return how many seconds after the last of `wrong` wrong PINs the next may be tried."""
        return min(2.0 ** min(wrong - self.free, 20), self.longest) if wrong >= self.free else 0.0


VISITOR, ADDRESS, ALL = Limit(5, 60), Limit(20, 30), Limit(100, 5)
FIRST = 3  # tries of an address that do not wait for what others did


class Attempts:
    """Counts wrong PINs, in memory, so that nobody finds one by trying, and nobody is locked out.

    A visitor who is wrong more than five times waits, at last a minute for each try. But visitors
    can come anew at will, so an address waits too: after 20 wrong PINs (a class may share one
    address) at last half a minute. All addresses together wait 5 s at most after 100; but the
    first three tries of an address do not, so that a teacher's new device is not kept waiting by
    others elsewhere. So one address finds a PIN of four digits in two days of trying without a
    pause, one of six in half a year. Only a new device at the very address of who tries without
    a pause has to share its turns; a device on which a PIN was right before waits for nobody
    but itself. An hour without a wrong PIN clears a count. Who has a network of IPv6 has 2^64
    addresses: its first 64 bits count as one.

    Args:
        clock: Of the time in seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._wrong: dict[tuple[str, str], tuple[int, float]] = {}

    def take(self, device: str, address: str, *, is_known: bool) -> float:
        """Ask whether a PIN may be tried; where it may, it counts as wrong until `forgive`.

        Args:
            device: The visitor's secret.
            address: Of the visitor, "" for this computer.
            is_known: Whether a PIN was right on the device before.

        Returns:
            0, or how many seconds to wait.
        """
        with self._lock:
            now = self._clock()
            self._forget(now)
            counted = self._counted(device, address, is_known)
            wait = max(self._wait(key, limit, now) for key, limit in counted.items())
            if wait <= 0:
                for key in counted:
                    self._wrong[key] = self._wrong.get(key, (0, now))[0] + 1, now
            return max(wait, 0.0)

    def forgive(self, device: str, address: str, *, is_known: bool) -> None:
        """Take the last try back, which was right."""
        with self._lock:
            for key in self._counted(device, address, is_known):
                count, last = self._wrong.get(key, (1, 0.0))
                self._wrong[key] = count - 1, last

    def _counted(self, device: str, address: str, is_known: bool) -> dict[tuple[str, str], Limit]:
        counted = {("visitor", device): VISITOR}
        if not is_known:
            network = ("address", _network(address))
            counted[network] = ADDRESS
            if self._wrong.get(network, (0, 0.0))[0] >= FIRST:
                counted["all", ""] = ALL
        return counted

    def _wait(self, key: tuple[str, str], limit: Limit, now: float) -> float:
        count, last = self._wrong.get(key, (0, now))
        return last + limit.wait(count) - now

    def _forget(self, now: float) -> None:
        self._wrong = {k: kept for k, kept in self._wrong.items() if now - kept[1] < FORGET_S}


def _network(address: str) -> str:
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv4Address):
        return str(found)
    if found.ipv4_mapped:
        return str(found.ipv4_mapped)
    return str(ipaddress.ip_network((found, 64), strict=False))


def is_same(pin: str, expected: str) -> bool:
    """Whether a PIN is the right one, in a time that does not tell how much of it is."""
    pins = (hashlib.sha256(text.encode()).digest() for text in (pin, expected))
    return bool(expected) and hmac.compare_digest(*pins)


class Teachers:
    """The devices on which the PIN was right.

    Args:
        path: The file of classes; it need not be there yet.

    Raises:
        ClassroomError: The file cannot be read or written; every method raises it.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def add(self, device: str, pin: str) -> None:
        """Make a device a teacher's for half a day, as long as this PIN is the right one."""
        with connected(self._path) as file:
            file.execute("DELETE FROM teachers WHERE given < ?", (time.time() - KNOWN_S,))
            file.execute(
                "INSERT OR REPLACE INTO teachers VALUES (?, ?, ?, 1)",
                (_key(device), _mark(device, pin), time.time()),
            )

    def has(self, device: str, pin: str) -> bool:
        """Whether this device is a teacher's now."""
        found = self._find(device)
        return found is not None and bool(found[2]) and (
            hmac.compare_digest(found[0], _mark(device, pin)) and found[1] > time.time() - ROLE_S
        )  # fmt: skip

    def knows(self, device: str) -> bool:
        """Whether a PIN was right on this device within the last year."""
        found = self._find(device)
        return found is not None and found[1] > time.time() - KNOWN_S

    def dismiss(self, device: str) -> None:
        """Make a device one that is no teacher's; it stays known."""
        with connected(self._path) as file:
            file.execute("UPDATE teachers SET is_teacher = 0 WHERE device = ?", (_key(device),))

    def _find(self, device: str) -> tuple[str, float, int] | None:
        if not self._path.exists():
            return None
        with connected(self._path) as file:
            found: tuple[str, float, int] | None = file.execute(
                "SELECT pin, given, is_teacher FROM teachers WHERE device = ?", (_key(device),)
            ).fetchone()
        return found


def _key(device: str) -> str:
    return hashlib.sha256(f"teacher:{device}".encode()).hexdigest()


def _mark(device: str, pin: str) -> str:
    return hmac.new(device.encode(), pin.encode(), hashlib.sha256).hexdigest()
