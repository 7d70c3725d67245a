"""The certificate authorities that are trusted for the platform: the system's, or those in a file.

The system's are read with truststore: httpx by default uses a list of its own, without the authorities that an
administrator added to this machine.
"""

import re
import ssl
from pathlib import Path

from floorctl.errors import UsageError

_PEM = re.compile(r"-----BEGIN (?:X509 )?CERTIFICATE-----[\s\S]+?-----END (?:X509 )?CERTIFICATE-----")
#: The first byte of a certificate in binary form (DER).
_BINARY = b"\x30"
_HEAVIEST = 16 * 1024 * 1024
_MARK = b"\xef\xbb\xbf"
_UTF16 = (b"\xff\xfe", b"\xfe\xff")

#: OpenSSL's verify codes: not valid yet, expired; for another name, another IP address.
_TIME, _NAME = (9, 10), (62, 64)


def of_system() -> ssl.SSLContext:
    """Return a context that trusts the system's authorities (or those of SSL_CERT_FILE and SSL_CERT_DIR, if set)."""
    import truststore

    return truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def of_file(name: str) -> ssl.SSLContext:
    """Return a context that trusts only the certificates in the file ``name``: PEM in any encoding, or one in DER.

    Raises:
        UsageError: ``error.network_ca_file``: it can't be read; ``error.network_ca_file_empty``;
            ``error.network_ca_file_form``: there is no certificate in it.

    """
    path = Path(name).expanduser()
    try:
        if path.exists() and not path.is_file() and not path.is_dir():
            raise UsageError("error.network_ca_file_form", path=path)  # reading a pipe would block
        with path.open("rb") as file:
            content = file.read(_HEAVIEST)
    except (OSError, ValueError) as error:
        reason = (error.strerror if isinstance(error, OSError) else "") or str(error)
        raise UsageError("error.network_ca_file", path=path, reason=reason) from error
    if not content.replace(_MARK, b"").strip():
        raise UsageError("error.network_ca_file_empty", path=path)
    blocks = _PEM.findall(content.decode("utf-16" if content.startswith(_UTF16) else "latin-1", "replace"))
    if not blocks and not content.startswith(_BINARY):
        raise UsageError("error.network_ca_file_form", path=path)
    try:
        return ssl.create_default_context(cadata="\n".join(blocks) or content)
    except (ssl.SSLError, ValueError) as error:
        raise UsageError("error.network_ca_file_form", path=path) from error


def distrust(error: BaseException | None) -> str | None:
    """Return the error key for the certificate that made a connection fail; None if it failed for another reason.

    httpx hides the cause in the chain of exceptions.
    """
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            if error.verify_code in _TIME:
                return "error.network_untrusted_time"
            return "error.network_untrusted_name" if error.verify_code in _NAME else "error.network_untrusted"
        if "CERTIFICATE_VERIFY_FAILED" in str(error) and error.__cause__ is None and error.__context__ is None:
            return "error.network_untrusted"
        error = error.__cause__ or error.__context__
    return None
