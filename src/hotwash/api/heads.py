"""How large the head of a request may be: its first line and its headers. uvicorn takes any size and keeps it in memory, from anybody."""

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from hotwash.api.problems import problem

MAX_HEAD_BYTES = 512 * 1024
"""Browsers and proxies send some 10 KB. Looked at as data comes, up to 256 KB at a time, in which the end of the body before may stand too."""

_TOO_LARGE = 431


class BoundedHead(HttpToolsProtocol):
    """uvicorn's HTTP/1.1, which answers 431 to larger heads and hangs up."""

    _is_open = True
    _bytes = 0

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self._is_open and not self.transport.is_closing():
            self._bytes += len(data)
            if self._bytes > MAX_HEAD_BYTES:
                self._refuse()

    def on_message_begin(self) -> None:
        self._is_open, self._bytes = True, 0
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self._is_open = False
        super().on_headers_complete()

    def _refuse(self) -> None:
        answer = problem(
            _TOO_LARGE, "The address and the headers are larger than this server accepts; send fewer or shorter ones", path="/"
        )
        head = [b"HTTP/1.1 431 Request Header Fields Too Large", *(name + b": " + value for name, value in answer.raw_headers)]
        self.transport.write(b"\r\n".join([*head, b"connection: close", b"", bytes(answer.body)]))
        self.transport.close()
