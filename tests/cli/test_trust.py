"""What proves that the platform is the platform: the system's authorities, or those of a file, and what is wrong."""

import json
import os
import shutil
import ssl
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import trustme
from truststore import _openssl as places

from tests.cli.shell import Shell
from tests.platforms import PlatformProcess
from tests.tls_proxy import tls_proxy

#: What would tell OpenSSL of other authorities than the system's.
_FROM_OUTSIDE = ("SSL_CERT_FILE", "SSL_CERT_DIR")


@pytest.fixture(scope="module")
def ca() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def url(platform: PlatformProcess, ca: trustme.CA) -> Iterator[str]:
    with tls_proxy(platform.port, ca.issue_cert("localhost")) as url:
        yield url


@pytest.fixture(autouse=True)
def _as_most_have_it(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in _FROM_OUTSIDE:
        monkeypatch.delenv(name, raising=False)


def trusting(shell: Shell, ca_file: object) -> Shell:
    text = shell.config.read_text("utf-8").replace(
        "[platform]\n", f"[platform]\nca_file = {json.dumps(str(ca_file))}\n"
    )
    shell.config.write_text(text, "utf-8")
    return shell


def said_of_the_platform(document: str) -> tuple[str, str]:
    """Level and words of what doctor found of the platform."""
    (found,) = (each for each in json.loads(document)["checks"] if each["check"] == "platform")
    return found["level"], found["message"]


def the_systems_store() -> Path:
    """The file that holds the system's authorities."""
    candidates = [ssl.get_default_verify_paths().openssl_cafile, *places._CA_FILE_CANDIDATES]
    return next(Path(each).resolve() for each in candidates if Path(each).is_file())


def with_another_store(bundle: Path, store: Path, argv: list[str], shell: Shell) -> "subprocess.CompletedProcess[str]":
    """Run ``argv`` where ``bundle`` is the system's store, which it is for no other process."""
    script = 'mount --bind "$1" "$2" && shift 2 && exec "$@"'
    return subprocess.run(
        ["unshare", "--mount", "--map-root-user", "sh", "-c", script, "sh", str(bundle), str(store), *argv],
        env=shell.environment(),
        cwd=shell.folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=90,
    )


def test_an_authority_of_the_systems_store_is_trusted(url: str, ca: trustme.CA, tmp_path: Path) -> None:
    shell = Shell(tmp_path / "one", url)
    store = the_systems_store()
    bundle = tmp_path / "bundle.pem"
    ca.cert_pem.write_to_path(bundle)
    if not shutil.which("unshare"):
        pytest.skip("no unshare here to give a process another store of certificates")
    may = with_another_store(bundle, store, ["true"], shell)
    if may.returncode != 0:
        pytest.skip(f"no process may have another store of certificates here: {may.stderr.strip()}")
    assert not set(_FROM_OUTSIDE) & set(shell.environment())
    level, words = said_of_the_platform(shell("doctor", "--json").stdout)
    assert (level, "no authority" in words) == ("fail", True)
    doctor = [sys.executable, "-m", "floorctl", "doctor", "--json"]
    assert said_of_the_platform(with_another_store(bundle, store, doctor, shell).stdout)[0] == "ok"


def test_the_usual_variable_names_other_authorities(url: str, ca: trustme.CA, tmp_path: Path) -> None:
    ca.cert_pem.write_to_path(tmp_path / "ca.pem")
    shell = Shell(tmp_path / "one", url)
    ended = shell("doctor", "--json", env={"SSL_CERT_FILE": str(tmp_path / "ca.pem")})
    assert said_of_the_platform(ended.stdout)[0] == "ok"


def pem(ca: trustme.CA) -> bytes:
    return ca.cert_pem.bytes()


def der(ca: trustme.CA) -> bytes:
    return ssl.PEM_cert_to_DER_cert(pem(ca).decode())


#: Forms in which a certificate is handed on.
FORMS: dict[str, Callable[[trustme.CA], bytes]] = {
    "pem": pem,
    "a mark in front": lambda ca: b"\xef\xbb\xbf" + pem(ca),
    "two marks": lambda ca: b"\xef\xbb\xbf" * 2 + pem(ca),
    "utf-16": lambda ca: pem(ca).decode().encode("utf-16"),
    "windows lines": lambda ca: pem(ca).replace(b"\n", b"\r\n"),
    "words around": lambda ca: "根证书\n".encode("gb18030") + pem(ca) + b"\nIssuer: us\n",
    "no last line end": lambda ca: pem(ca).rstrip(),
    "key in front": lambda ca: ca.private_key_pem.bytes() + pem(ca),
    "several": lambda ca: pem(trustme.CA()) + b"\n" + pem(ca),
    "der": der,
}


@pytest.mark.parametrize("form", FORMS)
def test_a_certificate_is_taken_in_whatever_form_it_was_handed_on(
    url: str, ca: trustme.CA, tmp_path: Path, form: str
) -> None:
    path = tmp_path / "根 证书.crt"
    path.write_bytes(FORMS[form](ca))
    shell = trusting(Shell(tmp_path / "one", url), path)
    assert shell("config", "check").returncode == 0
    assert said_of_the_platform(shell("doctor", "--json").stdout)[0] == "ok"


def test_a_file_at_home_may_be_named_as_shells_name_it(url: str, ca: trustme.CA, tmp_path: Path) -> None:
    shell = trusting(Shell(tmp_path / "one", url), "~/ca.pem")
    ca.cert_pem.write_to_path(shell.folder / "ca.pem")
    assert said_of_the_platform(shell("doctor", "--json").stdout)[0] == "ok"


def test_a_file_is_trusted_instead_of_the_systems_authorities(url: str, ca: trustme.CA, tmp_path: Path) -> None:
    trustme.CA().cert_pem.write_to_path(tmp_path / "other.pem")
    ca.cert_pem.write_to_path(tmp_path / "system.pem")
    shell = trusting(Shell(tmp_path / "one", url), tmp_path / "other.pem")
    ended = shell("doctor", "--json", env={"SSL_CERT_FILE": str(tmp_path / "system.pem")})
    assert said_of_the_platform(ended.stdout)[0] == "fail"


def nothing(path: Path, _ca: trustme.CA) -> None:
    """There is no such file."""


#: What is no certificate → a word of what is said of it.
WRONG: dict[str, tuple[str, Callable[[Path, trustme.CA], object]]] = {
    "missing": ("can't be read", nothing),
    "a folder": ("can't be read", lambda path, _ca: path.mkdir()),
    "empty": ("is empty", lambda path, _ca: path.touch()),
    "blanks": ("is empty", lambda path, _ca: path.write_text(" \n")),
    "a mark alone": ("is empty", lambda path, _ca: path.write_bytes(b"\xef\xbb\xbf")),
    "text": ("no certificate", lambda path, _ca: path.write_text("hello")),
    "a key": ("no certificate", lambda path, ca: ca.private_key_pem.write_to_path(path)),
    "cut off": ("no certificate", lambda path, ca: path.write_bytes(pem(ca)[:200])),
    "garbled": ("no certificate", lambda path, ca: path.write_bytes(pem(ca).replace(b"M", b"%"))),
    "der cut off": ("no certificate", lambda path, ca: path.write_bytes(der(ca)[:100])),
    "a pipe": ("no certificate", lambda path, _ca: os.mkfifo(path)),
}


@pytest.mark.parametrize("form", WRONG)
def test_what_is_no_certificate_is_named_with_what_is_wrong(
    url: str, ca: trustme.CA, tmp_path: Path, form: str
) -> None:
    words, make = WRONG[form]
    path = tmp_path / "ca.pem"
    make(path, ca)
    shell = trusting(Shell(tmp_path / "one", url), path)
    for command in (("config", "check"), ("login", "--employee-no", "1001", "--password-stdin")):
        ended = shell(*command, stdin="secret\n")
        assert ended.returncode == 2, ended.stderr
        assert words in ended.stderr
        assert "ca.pem" in ended.stderr
    assert said_of_the_platform(shell("doctor", "--json").stdout)[0] == "fail"
