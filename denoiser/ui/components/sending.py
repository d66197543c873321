"""Whether a visitor's browser can send files, and what to do where it cannot.

Streamlit takes a file only with a secret that it keeps in a cookie, and answers 403 without one.
Inside a page of another site, and where cookies are switched off, there is none.
"""

from urllib.parse import urlencode

import streamlit as st

from denoiser.ui.session.text import _
from denoiser.ui.session.visitor import keeps_cookies


def can_send() -> bool:
    """Whether files can be sent from this page; where they cannot, say why and show the way out."""
    if keeps_cookies():
        return True
    st.info(
        _(
            "Files cannot be sent from here: your browser keeps no cookies for the lab, as it does "
            "inside a page of another site. Open the lab in a tab of its own; if it is in one, "
            "allow it cookies."
        ),
        icon=":material/tab:",
    )
    address = st.context.url or ""
    query = st.query_params.to_dict()
    link = f"{address}?{urlencode(query)}" if query else address
    st.link_button(_("Open in a new tab"), link, icon=":material/open_in_new:", type="primary")
    st.caption(link)
    return False
