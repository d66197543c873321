"""The link to what a visitor sees, to copy or to point a phone at.

What a page shows is in its address, so sharing a page is sharing the address. A teacher
often has the lab open as `localhost`, which on any other computer means that other
computer: links then name this computer's address in its network instead. Where the lab
answers at none, there is no link that others could open, and the way out stands in its place.
"""

from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlencode, urlsplit, urlunsplit

import segno
import streamlit as st

from denoiser import web
from denoiser.ui.components.share.network import answers, is_local, lan_addresses
from denoiser.ui.session import device
from denoiser.ui.session.text import _

FOLDER = Path(__file__).parent
QR_SIDE = 320  # pixels: read from the back of a classroom when the projector enlarges it
FOR_ALL = "streamlit run app.py --server.address 0.0.0.0"
_PORTS = {"http": 80, "https": 443}

_component = st.components.v2.component(
    "copy_link",
    html='<button type="button"></button>',
    css=(FOLDER / "button.css").read_text(encoding="utf-8"),
    js=web.bundle(FOLDER / "copy_link.js"),
)


def copy_link(link: str | None = None, key: str = "copy_link") -> None:
    """Show a button that copies a link; the page's own address where none is given."""
    _component(
        key=key,
        data={
            "link": link,
            "copy": _("Copy link"), "copied": _("Link copied"), "failed": _("Copy the address"),
        },
        width="content",
        height="content",
    )  # fmt: skip


def share_button() -> None:
    """Show a button that opens the page's link and its QR code."""
    if st.button(
        _("Share"), key="share", icon=":material/qr_code_2:", type="tertiary",
        help=_("A link and a QR code to what you see"),
    ):  # fmt: skip
        st.dialog(_("Share what you see"))(_dialog)()


def _dialog() -> None:
    link = page_link()
    if device.run_id() or device.is_models_page():
        st.warning(
            _(
                "This network is on your device alone: others who open the link do not find it. "
                "“Keep on the lab's computer”, on its page, gives it a link for everybody."
            ),
            icon=":material/smartphone:",
        )
    elif not is_local(urlsplit(link).hostname or ""):
        st.markdown(_("Whoever opens this link finds the page as you see it now."))
    show_link(link, key="share_link")


def show_link(link: str, key: str) -> None:
    """Show a link with its QR code and a button that copies it; or why others cannot open it."""
    if is_local(urlsplit(link).hostname or ""):
        _no_link(link)
        return
    with st.container(key=key, horizontal_alignment="center"):
        link = _by_address(link, f"{key}_address")
        st.image(qr_code(link), width=QR_SIDE, alt=_("QR code of the link below"))
        st.code(link, language=None, wrap_lines=True)
        copy_link(link, key=f"{key}_copy")


def _by_address(link: str, key: str) -> str:
    """Return the link with the address of this computer that a teacher chooses."""
    own = st.context.url or ""
    if not is_local(urlsplit(own).hostname or ""):
        return link
    st.caption(
        _(
            "You opened the lab as localhost. The link has this computer's address in its "
            "network, so that others can use it."
        )
    )
    addresses = _addresses(own)
    if len(addresses) < 2:
        return link
    chosen = st.segmented_control(
        _("This computer has several. Where others cannot open one, choose the next."),
        addresses, default=addresses[0], required=True, key=key,
    )  # fmt: skip
    return _at(link, chosen or addresses[0])


def _no_link(link: str) -> None:
    if not lan_addresses():
        st.warning(
            _(
                "This computer is in no network, so nobody else can open the lab. Join a Wi-Fi, "
                "or open a hotspot of your own; then come back here."
            ),
            icon=":material/wifi_off:",
        )
        return
    st.warning(
        _(
            "The lab was started for this computer alone, so nobody else can open it. Start it "
            "like this, and a class can:"
        ),
        icon=":material/lan:",
    )
    port = f" --server.port {port}" if (port := urlsplit(link).port) else ""
    st.code(f"{FOR_ALL}{port}", language="sh", wrap_lines=True)


def note_refused(names: Sequence[str]) -> None:
    """Say which parameters of the link that was opened cannot be used, if any."""
    if names:
        st.toast(
            _("Part of the link could not be used: {names}. The usual settings stand in.").format(
                names=", ".join(names)
            ),
            icon=":material/link_off:",
            duration="long",
        )


def page_link(path: str | None = None, query: dict[str, str] | None = None) -> str:
    """Return the link to a page as others can open it.

    Args:
        path: Of the page, from the lab's own address on; None for this page.
        query: Its parameters; None for those of this page.
    """
    own = st.context.url or "http://localhost:8501/"
    parts = urlsplit(reachable(own, next(iter(_addresses(own)), None)))
    path = parts.path or "/" if path is None else f"{_root()}{path}"
    address = parts._replace(path=path).geturl()
    query = st.query_params.to_dict() if query is None else query
    return f"{address}?{urlencode(query)}" if query else address


def _root() -> str:
    base = (st.get_option("server.baseUrlPath") or "").strip("/")
    return f"/{base}/" if base else "/"


def reachable(url: str, address: str | None) -> str:
    """Return `url` with a host that others can reach, if its own is this computer alone.

    Args:
        url: What this visitor's browser has.
        address: This computer's in its network; None where it has none.
    """
    if address is None or not is_local(urlsplit(url).hostname or ""):
        return url
    return _at(url, address)


def _at(url: str, address: str) -> str:
    parts = urlsplit(url)
    port = f":{parts.port}" if parts.port else ""
    return urlunsplit(parts._replace(netloc=address + port))


def _addresses(url: str) -> list[str]:
    """Return the addresses at which the lab, or the proxy before it, answers others."""
    parts = urlsplit(url)
    if not is_local(parts.hostname or ""):
        return []
    port = parts.port or _PORTS.get(parts.scheme, 80)
    return [address for address in lan_addresses() if answers(address, port)]


@st.cache_data(max_entries=200, show_spinner=False)
def qr_code(link: str) -> str:
    """Return a QR code as SVG, dark on white in both themes, with its quiet zone.

    QR codes are ISO/IEC 18004; a fifth of it may be hidden (error correction M).
    """
    return segno.make(link, error="m", micro=False).svg_inline(
        scale=8, border=4, dark="black", light="white"
    )
