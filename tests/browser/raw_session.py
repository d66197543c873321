"""A visitor without a browser: one WebSocket session with the real server.

Speaks Streamlit's protocol as its own frontend does, and draws nothing, so that
one process can be a whole class. Knows nothing of the pages.
"""

import asyncio
import json
import time
from typing import Any
from urllib.parse import urlsplit

from streamlit.components.v2.bidi_component.constants import EVENT_DELIM
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime.state.session_state import STREAMLIT_INTERNAL_KEY_PREFIX
from websockets.asyncio.client import ClientConnection, connect

PATIENCE_SECONDS = 60
FINISHED = (ForwardMsg.FINISHED_SUCCESSFULLY, ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY)


class RawSession:
    """One visitor's connection.

    Args:
        connection: An open WebSocket.
        page: Name of the page in its address; "" for the home page.
        query: What follows the question mark in its address.

    Attributes:
        components: The components on the page by name, each with its id and its fragment's.
        sent: What each of them got last, where that is JSON.
        sliders: The ids of Streamlit's own sliders, by their labels.
    """

    def __init__(self, connection: ClientConnection, page: str, query: str) -> None:
        self._connection = connection
        self._page = page
        self._query = query
        self._cached: set[str] = set()
        self.components: dict[str, tuple[str, str]] = {}
        self.sent: dict[str, Any] = {}
        self.sliders: dict[str, str] = {}

    @classmethod
    async def open(cls, server: str, path: str, cookie: str = "") -> "RawSession":
        """Connect to the server at `server` and visit `path`, for example `/Train?run=x`.

        Args:
            server: Its address.
            path: Of the page.
            cookie: What the browser sends of them; "" for none.
        """
        parts = urlsplit(path)
        connection = await connect(
            f"{server.replace('http', 'ws', 1)}/_stcore/stream",
            subprotocols=["streamlit"],
            additional_headers={"Cookie": cookie} if cookie else None,
            compression=None,
            max_size=None,
            proxy=None,
        )
        session = cls(connection, parts.path.strip("/"), parts.query)
        await session.rerun()
        return session

    async def rerun(self) -> float:
        """Have the whole page run again.

        Returns:
            Seconds from asking to having received all of the answer.

        Raises:
            RuntimeError: The page does not exist, or it failed.
            TimeoutError: There is no whole answer after a minute.
        """
        return await self._ask(self._request())

    async def visit(self, path: str) -> float:
        """Go to another page, for example `/Train?run=x`; return seconds as `rerun` does."""
        parts = urlsplit(path)
        self._page, self._query = parts.path.strip("/"), parts.query
        self.components, self.sent = {}, {}
        return await self.rerun()

    async def release_slider(self, settings: dict[str, Any]) -> float:
        """Let a slider of the live panel go, which runs the panel's part of the page.

        Args:
            settings: What the panel tells: noise, parameters, and all else it shows.

        Returns:
            Seconds, as `rerun` does.

        Raises:
            RuntimeError: There is no live panel on this page; or as `rerun` does.
        """
        message, panel = self._request_of("live_panel")
        state = message.rerun_script.widget_states.widgets.add()
        state.id, state.json_value = panel, json.dumps({"settings": settings})
        return await self._ask(message)

    async def tell(self, component: str, event: str, value: Any) -> float:
        """Have a component tell its page something, as `setTriggerValue` does in a browser.

        Args:
            component: Its name.
            event: What happened.
            value: Of it, as JSON holds it.

        Returns:
            Seconds, as `rerun` does.

        Raises:
            RuntimeError: There is no such component on this page; or as `rerun` does.
        """
        message, id = self._request_of(component)
        state = message.rerun_script.widget_states.widgets.add()
        state.id = f"{STREAMLIT_INTERNAL_KEY_PREFIX}_{id}{EVENT_DELIM}events"
        state.json_trigger_value = json.dumps([{"event": event, "value": value}])
        return await self._ask(message)

    async def set_slider(self, id: str, value: float) -> float:
        """Let one of Streamlit's own sliders go; return seconds as `rerun` does."""
        message = self._request()
        state = message.rerun_script.widget_states.widgets.add(id=id)
        state.double_array_value.data.append(value)
        return await self._ask(message)

    async def poll(self, component: str) -> float:
        """Have the part of the page run again that a component is in; return seconds as `rerun`."""
        return await self._ask(self._request_of(component)[0])

    def _request_of(self, component: str) -> tuple[BackMsg, str]:
        """Return a request to run a component's part of the page, and the component's id."""
        if component not in self.components:
            raise RuntimeError(f"there is no {component} on page {self._page!r}")
        message = self._request()
        id, message.rerun_script.fragment_id = self.components[component]
        return message, id

    async def _ask(self, message: BackMsg) -> float:
        sent = time.perf_counter()
        async with asyncio.timeout(PATIENCE_SECONDS):
            await self._connection.send(message.SerializeToString())
            while (answer := await self._receive()).WhichOneof("type") != "script_finished":
                self._take(answer)
        seconds = time.perf_counter() - sent
        if answer.script_finished not in FINISHED:
            raise RuntimeError(ForwardMsg.ScriptFinishedStatus.Name(answer.script_finished))
        return seconds

    async def close(self) -> None:
        """Leave."""
        await self._connection.close()

    async def _receive(self) -> ForwardMsg:
        return ForwardMsg.FromString(await self._connection.recv(decode=False))

    def _request(self) -> BackMsg:
        message = BackMsg()
        message.rerun_script.page_name = self._page
        message.rerun_script.query_string = self._query
        message.rerun_script.cached_message_hashes.extend(self._cached)
        return message

    def _take(self, answer: ForwardMsg) -> None:
        if answer.metadata.cacheable:
            self._cached.add(answer.hash)
        if answer.WhichOneof("type") == "page_not_found":
            raise RuntimeError(f"there is no page {self._page!r}")
        element = answer.delta.new_element
        if element.WhichOneof("type") == "slider":
            self.sliders[element.slider.label] = element.slider.id
        if element.WhichOneof("type") == "exception":
            raise RuntimeError(f"the page failed: {element.exception.message}")
        if element.WhichOneof("type") == "bidi_component":
            component = element.bidi_component
            name = component.component_name.rpartition(".")[2]
            self.components[name] = component.id, answer.delta.fragment_id
            if component.WhichOneof("data") == "json":
                self.sent[name] = json.loads(component.json)
