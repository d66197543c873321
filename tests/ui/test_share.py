"""Links that others can open, and their QR codes."""

import pytest

from denoiser.ui.components.share import lan_address, qr_code, reachable

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


def test_a_qr_code_is_a_picture_that_grows_with_its_link():
    short, long = qr_code("http://a/"), qr_code("http://a/?" + "x" * 500)
    assert short.startswith("<svg")
    assert len(short) < len(long)
