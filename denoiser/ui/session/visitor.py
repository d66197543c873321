"""Who a visitor is, and what they may do to whose run.

A random secret in a cookie tells a visitor from others, so that a run is still theirs
after a reload or a day. Runs hold only its hash. A visitor who gives the PIN in
DENOISER_TEACHER_PIN is a teacher for half a day, on this device, or until they leave the
role; where the browser keeps no cookies, until the page is closed.
"""

import contextlib
import hashlib
import math
import os
import re
import secrets
from typing import TypeGuard

import streamlit as st

from denoiser.classroom.teachers import Attempts, is_same
from denoiser.errors import ClassroomError
from denoiser.runs.run import Run
from denoiser.ui.session import state
from denoiser.ui.session.services import teachers
from denoiser.ui.session.text import _
from denoiser.ui.session.told import told

PIN_VARIABLE = "DENOISER_TEACHER_PIN"
COOKIE = "denoiser_visitor"
TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")
_KEY, _NO_COOKIES = "visitor", "visitor_without_cookies"

_SET_COOKIE = """
export default function ({ data, setStateValue }) {
  const found = /(?:^|; )%(cookie)s=([A-Za-z0-9_-]{43})(?:;|$)/.exec(document.cookie);
  if (found) {
    if (found[1] !== data) setStateValue("token", found[1]);
    return;
  }
  const secure = location.protocol === "https:" ? "; Secure" : "";
  document.cookie = `%(cookie)s=${data}; Path=/; Max-Age=31536000; SameSite=Lax${secure}`;
  if (!document.cookie.includes("%(cookie)s=")) setStateValue("blocked", true);
}
"""

_component = st.components.v2.component("visitor", js=_SET_COOKIE % {"cookie": COOKIE})


def remember_visitor() -> None:
    """Tell this visitor from others by a cookie; every page that needs it calls this."""
    is_new = state.visitor_token() is None
    if is_new:
        sent = st.context.cookies.get(COOKIE)
        state.keep_visitor_token(sent if _is_token(sent) else secrets.token_urlsafe(32))
    _component(
        key=_KEY,
        data=state.visitor_token(),
        on_token_change=_adopt,
        on_blocked_change=_note_blocked,
    )
    if is_new or state.is_teacher():  # another tab may have left the role
        _recall_role()


def _adopt() -> None:
    # Another tab was first: both are the same visitor.
    sent = told(_KEY, "token")
    if _is_token(sent):
        state.keep_visitor_token(sent)
        _recall_role()


def _note_blocked() -> None:
    st.session_state[_NO_COOKIES] = True


def keeps_cookies() -> bool:
    """Whether the browser lets this page have cookies, without which it can send no files.

    It does not inside a page of another site, and where a person switched them off.
    """
    return not st.session_state.get(_NO_COOKIES, False)


def _is_token(sent: object) -> TypeGuard[str]:
    return isinstance(sent, str) and TOKEN.fullmatch(sent) is not None


def visitor() -> str:
    """Return this visitor's key, as runs hold it; `remember_visitor` comes first."""
    return hashlib.sha256(_device().encode()).hexdigest()[:32]


def owns(run: Run) -> bool:
    """Whether this visitor started `run`."""
    return run.status().owner == visitor()


def may_control(run: Run) -> bool:
    """Whether this visitor may stop, resume and delete `run`."""
    return state.is_teacher() or owns(run)


def has_pin() -> bool:
    """Whether there is a teacher's PIN to give."""
    return bool(os.environ.get(PIN_VARIABLE))


def unlock(pin: str) -> str:
    """Make this device a teacher's, if the PIN is right; return why not, "" if it is.

    How often it may be wrong says `Attempts`.
    """
    device, expected, address = _device(), os.environ.get(PIN_VARIABLE, ""), _address()
    is_known = False
    with contextlib.suppress(ClassroomError):
        is_known = teachers().knows(device)
    if wait := _attempts().take(device, address, is_known=is_known):
        text = _("Too many wrong PINs from here. Try again in {seconds} seconds.")
        return text.format(seconds=math.ceil(wait))
    if not is_same(pin, expected):
        return _("That is not the PIN.")
    _attempts().forgive(device, address, is_known=is_known)
    state.be_teacher(True)
    with contextlib.suppress(ClassroomError):  # then until the page is closed
        teachers().add(device, expected)
    return ""


def leave_role() -> None:
    """Be no teacher any more, on this device."""
    state.be_teacher(False)
    with contextlib.suppress(ClassroomError):
        teachers().dismiss(_device())


def _recall_role() -> None:
    device, pin = _device(), os.environ.get(PIN_VARIABLE, "")
    with contextlib.suppress(ClassroomError):
        if teachers().has(device, pin):
            state.be_teacher(True)
        elif teachers().knows(device):  # a role that could not be kept is this page's alone
            state.be_teacher(False)


def _device() -> str:
    token = state.visitor_token()
    assert token is not None, "expected remember_visitor to be called first"
    return token


def _address() -> str:
    """Return where the visitor is; "" for this computer.

    Behind a proxy on this computer it is what the proxy says (`X-Forwarded-For`).
    """
    return st.context.ip_address or ""


@st.cache_resource(show_spinner=False)
def _attempts() -> Attempts:
    return Attempts()
