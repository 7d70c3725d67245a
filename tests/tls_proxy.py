"""A proxy that speaks TLS, in front of a platform."""

import asyncio
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import trustme  # takes its time to import


@contextmanager
def tls_proxy(port: int, certificate: "trustme.LeafCert") -> Iterator[str]:
    """Run the proxy before the platform at ``port``, as docs/platform.md says to put one; yields its address."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    loop = asyncio.new_event_loop()

    async def pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(65536):
                writer.write(data)
                await writer.drain()
        except OSError:
            pass
        finally:
            writer.close()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", port)
        await asyncio.gather(pipe(reader, far_writer), pipe(far_reader, writer))

    async def listen() -> int:
        server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
        return int(server.sockets[0].getsockname()[1])

    own_port = loop.run_until_complete(listen())
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        yield f"https://localhost:{own_port}"
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(5)
