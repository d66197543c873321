"""A visitor without a browser: one WebSocket session with the real server.

Speaks Streamlit's protocol as its own frontend does, and draws nothing, so that
one process can be a whole class. Knows nothing of the pages.
"""

import asyncio
import time
from urllib.parse import urlsplit

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect

PATIENCE_SECONDS = 60


class RawSession:
    """One visitor's connection.

    Args:
        connection: An open WebSocket.
        page: Name of the page in its address; "" for the home page.
        query: What follows the question mark in its address.
    """

    def __init__(self, connection: ClientConnection, page: str, query: str) -> None:
        self._connection = connection
        self._page = page
        self._query = query
        self._cached: set[str] = set()

    @classmethod
    async def open(cls, server: str, path: str) -> "RawSession":
        """Connect to the server at `server` and visit `path`, for example `/Train?run=x`."""
        parts = urlsplit(path)
        connection = await connect(
            f"{server.replace('http', 'ws', 1)}/_stcore/stream",
            subprotocols=["streamlit"],
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
        sent = time.perf_counter()
        async with asyncio.timeout(PATIENCE_SECONDS):
            await self._connection.send(self._request())
            while (answer := await self._receive()).WhichOneof("type") != "script_finished":
                self._take(answer)
        seconds = time.perf_counter() - sent
        if answer.script_finished != ForwardMsg.FINISHED_SUCCESSFULLY:
            raise RuntimeError(ForwardMsg.ScriptFinishedStatus.Name(answer.script_finished))
        return seconds

    async def close(self) -> None:
        """Leave."""
        await self._connection.close()

    async def _receive(self) -> ForwardMsg:
        return ForwardMsg.FromString(await self._connection.recv(decode=False))

    def _request(self) -> bytes:
        message = BackMsg()
        message.rerun_script.page_name = self._page
        message.rerun_script.query_string = self._query
        message.rerun_script.cached_message_hashes.extend(self._cached)
        return message.SerializeToString()

    def _take(self, answer: ForwardMsg) -> None:
        if answer.metadata.cacheable:
            self._cached.add(answer.hash)
        if answer.WhichOneof("type") == "page_not_found":
            raise RuntimeError(f"there is no page {self._page!r}")
        if answer.delta.new_element.WhichOneof("type") == "exception":
            raise RuntimeError(f"the page failed: {answer.delta.new_element.exception.message}")
