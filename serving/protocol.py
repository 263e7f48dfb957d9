"""HTTP as it comes off the wire, where what cannot be read is answered by a problem document too."""

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from serving.problems import MALFORMED, problem

# The parser's own bound is 64 KiB, and it holds an address until it has all of it.
MAX_ADDRESS_BYTES = 16 * 1024


class Protocol(HttpToolsProtocol):
    """The server's protocol with an end to addresses."""

    def on_url(self, url: bytes) -> None:
        """Take the next piece of the address; raises `ValueError` where it becomes too long."""
        super().on_url(url)
        if len(self.url) > MAX_ADDRESS_BYTES:
            raise ValueError("the address is too long")

    def send_400_response(self, msg: str) -> None:
        """Say what is read, and close."""
        detail = f"this is no HTTP request with an address of at most {MAX_ADDRESS_BYTES} bytes"
        answer = problem("", MALFORMED, detail, headers={"Connection": "close"})
        lines = [b"%b: %b\r\n" % header for header in answer.raw_headers]
        self.transport.write(b"".join([b"HTTP/1.1 400 Bad Request\r\n", *lines, b"\r\n", bytes(answer.body)]))
        self.transport.close()
