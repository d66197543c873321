"""Who a visitor is, and what they may do to whose run.

A random secret in a cookie tells a visitor from others, so that a run is still theirs
after a reload or a day. Runs hold only its hash. A visitor who gives the PIN in
DENOISER_TEACHER_PIN is a teacher for the rest of the session.
"""

import hashlib
import hmac
import os
import re
import secrets
import time
from typing import TypeGuard

import streamlit as st

from denoiser.runs.run import Run
from denoiser.ui.session import state
from denoiser.ui.session.text import _

PIN_VARIABLE = "DENOISER_TEACHER_PIN"
COOKIE = "denoiser_visitor"
TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")
WRONG_PINS = 10  # a minute, from all visitors together
_KEY = "visitor"

_SET_COOKIE = """
export default function ({ data, setStateValue }) {
  const found = /(?:^|; )%(cookie)s=([A-Za-z0-9_-]{43})(?:;|$)/.exec(document.cookie);
  if (found) {
    if (found[1] !== data) setStateValue("token", found[1]);
    return;
  }
  const secure = location.protocol === "https:" ? "; Secure" : "";
  document.cookie = `%(cookie)s=${data}; Path=/; Max-Age=31536000; SameSite=Lax${secure}`;
}
"""

_component = st.components.v2.component("visitor", js=_SET_COOKIE % {"cookie": COOKIE})


def remember_visitor() -> None:
    """Tell this visitor from others by a cookie; every page that needs it calls this."""
    if state.visitor_token() is None:
        sent = st.context.cookies.get(COOKIE)
        state.keep_visitor_token(sent if _is_token(sent) else secrets.token_urlsafe(32))
    _component(key=_KEY, data=state.visitor_token(), on_token_change=_adopt)


def _adopt() -> None:
    # Another tab was first: both are the same visitor.
    sent = st.session_state[_KEY].get("token")
    if _is_token(sent):
        state.keep_visitor_token(sent)


def _is_token(sent: object) -> TypeGuard[str]:
    return isinstance(sent, str) and TOKEN.fullmatch(sent) is not None


def visitor() -> str:
    """Return this visitor's key, as runs hold it; `remember_visitor` comes first."""
    token = state.visitor_token()
    assert token is not None, "expected remember_visitor to be called first"
    return hashlib.sha256(token.encode()).hexdigest()[:32]


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
    """Make this session a teacher's, if the PIN is right; return why not, "" if it is.

    After too many wrong ones, from all visitors together, no PIN is right for a minute.
    """
    now, wrong = time.monotonic(), _wrong_pins()
    wrong[:] = [moment for moment in wrong if now - moment < 60]
    if len(wrong) >= WRONG_PINS:
        return _("Too many wrong PINs. Wait a minute, then try again.")
    expected = os.environ.get(PIN_VARIABLE, "")
    if not expected or not hmac.compare_digest(pin.encode(), expected.encode()):
        wrong.append(now)
        return _("That is not the PIN.")
    state.become_teacher()
    return ""


@st.cache_resource(show_spinner=False)
def _wrong_pins() -> list[float]:
    return []
