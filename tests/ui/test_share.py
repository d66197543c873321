"""Links that others can open, and their QR codes."""

import socket
from types import SimpleNamespace

import pytest
from streamlit.testing.v1 import AppTest
from visit import APP, checked, press

from denoiser.ui.components import share
from denoiser.ui.components.share import network, qr_code, reachable
from denoiser.ui.components.share.network import answers, is_local, lan_address, lan_addresses

ADDRESS = "192.168.1.7"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://localhost:8501/Train", f"http://{ADDRESS}:8501/Train"),
        ("http://127.0.0.1/", f"http://{ADDRESS}/"),
        ("http://[::1]:8501/", f"http://{ADDRESS}:8501/"),
        ("https://lab.localhost/x/", f"https://{ADDRESS}/x/"),
        ("http://10.0.0.4:8501/", "http://10.0.0.4:8501/"),
        ("https://lab.school.org/denoise/", "https://lab.school.org/denoise/"),
    ],
)
def test_a_link_that_only_this_computer_understands_gets_its_address(url, expected):
    assert reachable(url, ADDRESS) == expected


def test_without_a_network_the_link_stays_as_it_is():
    assert reachable("http://localhost:8501/", None) == "http://localhost:8501/"


def test_this_computers_address_is_one_or_none():
    address = lan_address()
    assert address is None or len(address.split(".")) == 4


@pytest.fixture
def interfaces(monkeypatch):
    """A function that gives this computer these interfaces, by name."""

    def given(usual=None, **addresses):
        parts = {
            name.replace("_", "-"): [SimpleNamespace(family=socket.AF_INET, address=address)]
            for name, address in addresses.items()
        }
        monkeypatch.setattr(network.psutil, "net_if_addrs", lambda: parts)
        monkeypatch.setattr(
            network.psutil, "net_if_stats", lambda: dict.fromkeys(parts, SimpleNamespace(isup=True))
        )
        monkeypatch.setattr(network, "_usual", lambda: usual)

    return given


def test_a_class_is_given_the_address_of_its_network_first(interfaces):
    interfaces(lo="127.0.0.1", docker0="172.17.0.1", br_1="172.18.0.1", eth1="169.254.3.4")
    assert lan_addresses() == []
    interfaces("10.8.0.2", tun0="10.8.0.2", eth0="10.0.0.4", wlan0="192.168.1.7")
    assert lan_addresses() == ["10.0.0.4", "192.168.1.7", "10.8.0.2"]
    interfaces("192.168.1.7", eth0="10.0.0.4", wlan0="192.168.1.7")
    assert lan_addresses() == ["192.168.1.7", "10.0.0.4"]


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "0.0.0.0", "::", "a.localhost"])
def test_a_host_that_means_each_computer_itself_is_no_link(host):
    assert is_local(host)
    assert not is_local("lab.school.org")


def test_a_server_for_this_computer_alone_answers_nobody_else():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert answers("127.0.0.1", port)
        assert not answers("127.0.0.2", port)


def dialog():
    app = AppTest.from_file(str(APP), default_timeout=30)
    return press(checked(app.run()), "share")


def test_a_lab_for_this_computer_alone_says_how_a_class_can_reach_it(interfaces, monkeypatch):
    interfaces(eth0=ADDRESS)
    monkeypatch.setattr(share, "answers", lambda _address, _port: False)
    app = dialog()
    assert "for this computer alone" in app.warning[0].value
    assert "--server.address 0.0.0.0" in app.code[0].value
    assert ADDRESS not in app.code[0].value


def test_a_computer_in_no_network_says_so(interfaces):
    interfaces(lo="127.0.0.1")
    assert "in no network" in dialog().warning[0].value


def test_a_qr_code_is_a_picture_that_grows_with_its_link():
    short, long = qr_code("http://a/"), qr_code("http://a/?" + "x" * 500)
    assert short.startswith("<svg")
    assert len(short) < len(long)
