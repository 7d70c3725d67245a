"""The platform over HTTP: client, stream, wire format, errors, retries."""
