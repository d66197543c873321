"""Who can give the local engine work: only who can read its certificate."""

import contextlib
import gc
import socket
import ssl
import stat
import threading

import dask
import psutil
import pytest
from distributed import Security
from distributed.utils import LoopRunner
from engine_tools import PATIENCE_S, opened, processes, wait_until

from denoiser.engine import credentials
from denoiser.engine.client import Client
from denoiser.engine.place import EngineLock
from denoiser.errors import EngineError
from denoiser.runs.store import RunStore

REFUSED_S = 3


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    with opened(RunStore(tmp_path_factory.mktemp("home"))) as engine:
        wait_until(lambda: engine.ready, "the engine is ready")
        yield engine


def strangers():
    """What a process can bring that cannot read the certificate."""
    without = ssl.create_default_context()
    without.check_hostname, without.verify_mode = False, ssl.CERT_NONE
    return {"nothing": None, "a certificate of its own": Security.temporary(), "TLS": without}


@pytest.mark.parametrize("who", ["nothing", "a certificate of its own"])
@pytest.mark.parametrize("protocol", ["tls://", "tcp://"])
def test_nobody_without_the_certificate_gives_work(engine, who, protocol):
    address, _pid = EngineLock.of(engine.store).read()
    address = protocol + address.removeprefix("tls://")
    with pytest.raises((OSError, TypeError, RuntimeError)):
        Client(address, security=strangers()[who], set_as_default=False, timeout=REFUSED_S)


def test_a_client_that_could_not_connect_waits_for_no_other_when_it_is_collected():
    security = Security.temporary()  # which asks for another protocol
    with pytest.raises(RuntimeError, match="encryption required"):
        Client("tcp://127.0.0.1:9", security=security, set_as_default=False, timeout=0.5)
    with LoopRunner._lock:  # as while another one starts
        collecting = threading.Thread(target=gc.collect, daemon=True)
        collecting.start()
        collecting.join(5)
        assert not collecting.is_alive()


def test_no_port_of_the_engine_answers_a_stranger(engine):
    ports = [
        connection.laddr
        for process in processes(engine.store)
        for connection in process.net_connections("inet")
        if connection.status == psutil.CONN_LISTEN
    ]
    assert len(ports) == 5  # the scheduler, two workers and those who watch over them
    assert {address for address, _port in ports} == {"127.0.0.1"}
    for address in ports:
        assert answer(address, tls=True) == b""
        assert answer(address, tls=False) == b""


def answer(address, tls):
    """Return what a port says to a browser."""
    with (
        socket.create_connection(address, timeout=PATIENCE_S) as plain,
        contextlib.suppress(ssl.SSLError, ConnectionError),
        strangers()["TLS"].wrap_socket(plain) if tls else plain as connection,
    ):
        connection.sendall(b"GET / HTTP/1.0\r\n\r\n")
        return connection.recv(100)
    return b""


def test_the_files_are_the_accounts_own(engine):
    folder = EngineLock.of(engine.store).folder
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((folder / credentials.FILE).stat().st_mode) == 0o600


def test_a_folder_of_an_earlier_version_is_closed_too(tmp_path):
    (tmp_path / ".engine").mkdir(mode=0o755)
    assert stat.S_IMODE(EngineLock.of(RunStore(tmp_path)).folder.stat().st_mode) == 0o700


def test_the_secret_is_in_no_command_and_no_log(engine):
    folder = EngineLock.of(engine.store).folder
    secret = (folder / credentials.FILE).read_text().splitlines()[1]
    said = (folder / "log.txt").read_text()
    for process in processes(engine.store):
        said += " ".join(process.cmdline()) + " ".join(process.environ().values())
    assert len(secret) > 20
    assert secret not in said
    assert secret not in (folder / "engine.json").read_text()


def test_each_engine_has_a_certificate_of_its_own(tmp_path):
    credentials.make(tmp_path)
    first = (tmp_path / credentials.FILE).read_bytes()
    credentials.make(tmp_path)
    assert (tmp_path / credentials.FILE).read_bytes() != first
    assert [path.name for path in tmp_path.iterdir()] == [credentials.FILE]


# Clusters


@pytest.mark.parametrize(
    ("address", "is_open"),
    [
        ("tcp://10.0.0.4:8786", True),
        ("10.0.0.4:8786", True),
        ("scheduler.school.org:8786", True),
        ("ws://lab:8786", True),
        ("tcp://[2001:db8::1]:8786", True),
        ("tcp://0.0.0.0:8786", True),
        ("tls://10.0.0.4:8786", False),
        ("tcp://127.0.0.1:8786", False),
        ("tcp://[::1]:8786", False),
        ("localhost:8786", False),
    ],
)
def test_an_open_cluster_is_known(address, is_open):
    assert credentials.is_open(address) == is_open


def test_a_cluster_with_certificates_wants_some(tmp_path):
    with pytest.raises(EngineError, match="wants certificates, and none are set"):
        credentials.of_cluster("tls://10.0.0.4:8786")
    assert not credentials.of_cluster("tcp://10.0.0.4:8786").require_encryption
    with dask.config.set({"distributed.comm.tls.ca-file": str(tmp_path / "ca.pem")}):
        assert credentials.of_cluster("tls://10.0.0.4:8786").tls_ca_file
