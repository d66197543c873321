"""At which addresses other computers reach this one, and whether the lab answers there."""

import ipaddress
import socket

import psutil

PATIENCE_S = 0.3
NOWHERE = "192.0.2.1"  # an address for documents (RFC 5737); nothing is sent there
INSIDE = ("docker", "br-", "veth", "virbr", "vmnet", "vboxnet", "vethernet", "lxc", "podman")
PRIVATE = ("tun", "tap", "wg", "utun", "tailscale", "zt", "ppp")  # VPNs: a class is rarely in them


def lan_addresses() -> list[str]:
    """Return this computer's IPv4 addresses in its networks, the likeliest for a class first."""
    states = psutil.net_if_stats()
    found = [
        (name.lower(), part.address)
        for name, parts in psutil.net_if_addrs().items()
        for part in parts
        if part.family == socket.AF_INET and name in states and states[name].isup
        and _is_of_a_network(part.address) and not name.lower().startswith(INSIDE)
    ]  # fmt: skip
    usual = _usual()
    found.sort(key=lambda f: (f[0].startswith(PRIVATE), f[1] != usual))
    return [address for _name, address in found]


def lan_address() -> str | None:
    """Return the likeliest of them; None without a network."""
    return next(iter(lan_addresses()), None)


def answers(address: str, port: int) -> bool:
    """Whether a server on this computer takes connections at one of its addresses."""
    try:
        socket.create_connection((address, port), PATIENCE_S).close()
    except OSError:
        return False
    return True


def is_local(host: str) -> bool:
    """Whether a host's name means, on each computer, that computer itself."""
    try:
        found = ipaddress.ip_address(host)
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
    return found.is_loopback or found.is_unspecified


def _is_of_a_network(address: str) -> bool:
    found = ipaddress.ip_address(address)
    return not (found.is_loopback or found.is_link_local or found.is_unspecified)


def _usual() -> str | None:
    """Return the address from which this computer reaches others; None where it reaches none."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect((NOWHERE, 9))
            return str(probe.getsockname()[0])
        except OSError:
            return None
