"""HttpInputManager and SqlInputManager against servers and files of their own."""

from __future__ import annotations

import gzip
import json
import os
import shutil
import sqlite3
import ssl
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit

import pyarrow as pa
import pytest

import entrepot as ep
from entrepot import _inputs
from entrepot._config import EnvVar


class Api:
    """Serves JSON on loopback; keeps what was asked."""

    def __init__(self, answer: Callable[[str, dict[str, list[str]]], object]) -> None:
        self.requests: list[BaseHTTPRequestHandler] = []
        api = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                api.requests.append(self)
                target = urlsplit(self.path)
                body = gzip.compress(json.dumps(
                    answer(target.path, parse_qs(target.query))).encode())
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Encoding", "gzip")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever)

    def __enter__(self) -> Api:
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}"


def sales(path: str, query: dict[str, list[str]]) -> object:
    days = query.get("partitions", ["2024-01-01,2024-01-02"])[0].split(",")
    return [{"path": path, "day": day, "amount": 5} for day in days]


def test_http_gives_a_table() -> None:
    with Api(sales) as api:
        table = _inputs.HttpInputManager(f"{api.url}/v1").load_input(
            ep.build_input_context(asset_key="shop/sales"))
    assert table.to_pylist() == [
        {"path": "/v1/sales", "day": "2024-01-01", "amount": 5},
        {"path": "/v1/sales", "day": "2024-01-02", "amount": 5},
    ]


def test_http_asks_for_the_partition() -> None:
    with Api(sales) as api:
        table = _inputs.HttpInputManager(api.url).load_input(
            ep.build_input_context(asset_key="sales", partition_key="2024-01-02"))
    assert table["day"].to_pylist() == ["2024-01-02"]


def test_http_metadata_names_the_endpoint() -> None:
    with Api(sales) as api:
        table = _inputs.HttpInputManager(api.url).load_input(
            ep.build_input_context(asset_key="sales",
                                   definition_metadata={"endpoint": "v2/all"}))
    assert table["path"].to_pylist()[0] == "/v2/all"


def test_http_takes_its_token_from_the_environment_and_shows_it_nowhere(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("API_TOKEN", "s3cret")
    with Api(sales) as api:
        manager = _inputs.HttpInputManager(api.url, bearer_token=EnvVar("API_TOKEN"))
        manager.load_input(ep.build_input_context(asset_key="sales"))
        assert api.requests[0].headers["Authorization"] == "Bearer s3cret"
        assert repr(manager) == f"HttpInputManager('{api.url}')"


def test_http_names_a_variable_that_is_not_set() -> None:
    with pytest.raises(ep.InvalidError, match="NO_SUCH_VARIABLE"):
        _inputs.HttpInputManager("http://127.0.0.1", bearer_token=EnvVar("NO_SUCH_VARIABLE"))


def test_http_errors_are_ours() -> None:
    with pytest.raises(ep.UnavailableError, match="GET http://127.0.0.1:1/x"):
        _inputs.HttpInputManager("http://127.0.0.1:1", max_retries=0).load_input(
            ep.build_input_context(asset_key="x"))
    with pytest.raises(ep.InvalidError, match="max_retries"):
        _inputs.HttpInputManager("http://127.0.0.1", max_retries=-1)


class Answer(NamedTuple):
    """What a server says that goes wrong, byte by byte."""

    status: int
    body: bytes
    content_type: str = "application/json"
    promised: int = 0  # More bytes than there come.


class Wrong(Api):
    """Serves one answer after the other, the last one for ever."""

    def __init__(self, *answers: Answer) -> None:
        super().__init__(sales)
        left = list(answers)
        requests = self.requests

        def do_GET(handler: BaseHTTPRequestHandler) -> None:
            requests.append(handler)
            answer = left.pop(0) if len(left) > 1 else left[0]
            handler.send_response(answer.status)
            handler.send_header("Content-Type", answer.content_type)
            handler.send_header("Content-Length", str(len(answer.body) + answer.promised))
            handler.end_headers()
            handler.wfile.write(answer.body)
            handler.close_connection = True

        self.server.RequestHandlerClass.do_GET = do_GET  # type: ignore[attr-defined]


def report_of(api: Api, **options: object) -> ep.ExecuteInProcessResult:
    """Run an asset that reads the endpoint "sales"; its value is the table as a list."""
    manager = _inputs.HttpInputManager(
        api.url, max_retries=1, retry_delay=0.001, bearer_token="s3cret", **options)

    @ep.asset(ins={"sales": ep.AssetIn("shop/sales", input_manager_key="api")})
    def report(sales: pa.Table) -> list:
        return sales.to_pylist()

    return ep.materialize([report], resources={"api": manager})


@pytest.mark.parametrize(
    ("answer", "error", "message", "requests"),
    [
        (Answer(401, b"no such token: s3cret"), ep.PermissionDenied, "answered 401", 1),
        (Answer(403, b"not yours"), ep.PermissionDenied, "answered 403: 'not yours'", 1),
        (Answer(404, b"what?"), ep.NotFoundError, "answered 404: 'what", 1),
        (Answer(422, b"which?"), ep.InvalidError, "answered 422", 1),
        (Answer(429, b"slower"), ep.UnavailableError, r"\(2 attempts\): answered 429", 2),
        (Answer(500, b"oops"), ep.UnavailableError, r"\(2 attempts\): answered 500", 2),
        (Answer(200, b'[{"a": 1}', promised=5), ep.UnavailableError, "in the middle of", 2),
        (Answer(200, b'[{"a": 1}, {"a"'), ep.CorruptError, "it is not JSON", 1),
        (Answer(200, b""), ep.CorruptError, "it is empty", 1),
        (Answer(200, b'{"a": 1}'), ep.CorruptError, "records", 1),
        (Answer(200, b"[1, 2]"), ep.CorruptError, "record", 1),
        (Answer(200, b'[{"a": 1}, {"a": "x"}]'), ep.CorruptError, "'a'", 1),
        (Answer(200, b"a,b\n1,2\n3\n", "text/csv"), ep.CorruptError, "not CSV.*Row #3", 1),
        (Answer(200, b"<html>", "text/html"), ep.InvalidError, "neither JSON nor CSV", 1),
    ],
    ids=lambda value: f"{value.status} {value.body!r}" if isinstance(value, Answer) else "",
)
def test_http_answers_that_go_wrong_are_errors_of_the_input(
    answer: Answer, error: type[ep.EntrepotError], message: str, requests: int
) -> None:
    with Wrong(answer) as api:
        with pytest.raises(error, match=message) as raised:
            report_of(api)
        assert len(api.requests) == requests
    for part in ("input 'sales' of 'report'", "asset 'shop/sales'", f"{api.url}/sales"):
        assert part in str(raised.value)
    assert "s3cret" not in str(raised.value)


def test_http_records_may_lack_members() -> None:
    with Wrong(Answer(200, b'[{"a": 1}, {"b": "x"}, {}]')) as api:
        assert report_of(api).output_for_node("report") == [
            {"a": 1, "b": None}, {"a": None, "b": "x"}, {"a": None, "b": None}]


@pytest.mark.parametrize("status", [429, 500, 503])
def test_http_tries_again_what_may_pass(status: int) -> None:
    with Wrong(Answer(status, b"later"), Answer(200, b'[{"a": 1}]')) as api:
        assert report_of(api).output_for_node("report") == [{"a": 1}]
        assert len(api.requests) == 2


def test_http_does_not_wait_for_ever() -> None:
    released = threading.Event()

    def never(path: str, query: dict[str, list[str]]) -> object:
        released.wait(10)
        return []

    with Api(never) as api:
        api.server.handle_error = lambda *_: None  # Nobody takes the late answers.
        with pytest.raises(ep.UnavailableError, match=r"timed out after \d+ milliseconds"):
            report_of(api, timeout=0.1)
        released.set()


def test_http_gives_a_stream_where_one_is_wanted() -> None:
    with Api(sales) as api:
        @ep.asset(ins={"sales": ep.AssetIn(input_manager_key="api")})
        def rows(sales: pa.RecordBatchReader) -> int:
            return sum(len(batch) for batch in sales)

        manager = _inputs.HttpInputManager(api.url)
        result = ep.materialize([rows], resources={"api": manager})
    assert result.output_for_node("rows") == 2


def test_http_lets_other_threads_of_python_run() -> None:
    # The server runs on such a thread, so that a load that held Python's lock would never end;
    # the same goes for one that answers late.
    def late(path: str, query: dict[str, list[str]]) -> object:
        time.sleep(0.1)
        return []

    with Api(late) as api:
        _inputs.HttpInputManager(api.url, timeout=10).load_input(
            ep.build_input_context(asset_key="x"))


def test_pythons_own_tls_works_beside_ours() -> None:
    # libcurl brings the library along that Python's ssl and hashlib use
    # (docs/decisions/009). In a process of its own, where neither is loaded yet.
    program = (
        "import entrepot as ep\n"
        "from entrepot._inputs import HttpInputManager\n"
        "try: HttpInputManager('http://127.0.0.1:1', max_retries=0).load_input(\n"
        "    ep.build_input_context(asset_key='x'))\n"
        "except ep.UnavailableError: pass\n"
        "import hashlib, ssl\n"
        "assert hashlib.new('sha512', b'x').hexdigest()\n"
        "ssl.create_default_context()\n"
        "print('alive')\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout == "alive\n", done.stderr


@pytest.mark.skipif(shutil.which("openssl") is None, reason="there is no openssl command")
def test_https_checks_the_certificate(tmp_path: Path) -> None:
    certificate, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj",
         "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out",
         certificate],
        check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with Api(sales) as api:
        api.server.socket = context.wrap_socket(api.server.socket, server_side=True)
        url = api.url.replace("http:", "https:")
        trusting = _inputs.HttpInputManager(url, ca_file=certificate, max_retries=0)
        assert len(trusting.load_input(ep.build_input_context(asset_key="sales"))) == 2
        doubting = _inputs.HttpInputManager(url, max_retries=0)
        with pytest.raises(ep.UnavailableError, match="certificate"):
            doubting.load_input(ep.build_input_context(asset_key="sales"))


@pytest.fixture
def shop(tmp_path: Path) -> str:
    """The URI of a SQLite file."""
    path = tmp_path / "shop.db"
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE shop_sales(date TEXT, amount INTEGER)")
        database.executemany("INSERT INTO shop_sales VALUES (?, ?)",
                             [("2024-01-01", 1), ("2024-01-02", 2)])
    database.close()
    return f"sqlite:///{path}"


def test_sql_gives_a_table(shop: str) -> None:
    table = _inputs.SqlInputManager(shop).load_input(
        ep.build_input_context(asset_key="shop/sales"))
    assert table.to_pydict() == {"date": ["2024-01-01", "2024-01-02"], "amount": [1, 2]}


def test_sql_reads_the_partition_as_a_bound_value(shop: str) -> None:
    manager = _inputs.SqlInputManager(shop, columns=("amount",))

    def amounts(partition: str) -> list[int]:
        return manager.load_input(ep.build_input_context(
            asset_key="shop/sales", partition_key=partition))["amount"].to_pylist()

    assert amounts("2024-01-02") == [2]
    assert amounts("x' OR '1'='1") == []


def test_sql_partitions_of_a_run_cannot_become_sql(shop: str) -> None:
    keys = ["2024-01-01", "2024-01-02", "x' OR '1'='1", "'; DROP TABLE shop_sales; --"]
    odd = ep.StaticPartitionsDefinition(keys)

    @ep.asset(partitions_def=odd, ins={
        "sales": ep.AssetIn("shop/sales", input_manager_key="database")})
    def amounts(sales: pa.Table) -> list:
        return sales["amount"].to_pylist()

    sales = ep.AssetSpec("shop/sales", partitions_def=odd)
    resources = {"database": _inputs.SqlInputManager(shop)}
    read = [
        ep.materialize([sales, amounts], resources=resources, partition_key=key)
        .output_for_node("amounts") for key in keys]
    assert read == [[1], [2], [], []]
    assert len(_inputs.SqlInputManager(shop).load_input(
        ep.build_input_context(asset_key="shop/sales"))) == 2


def test_sql_gives_a_stream_where_one_is_wanted(shop: str) -> None:
    @ep.asset(ins={"sales": ep.AssetIn("shop/sales", input_manager_key="database")})
    def total(sales: pa.RecordBatchReader) -> int:
        return sum(sum(batch["amount"].to_pylist()) for batch in sales)

    resources = {"database": _inputs.SqlInputManager(shop)}
    assert ep.materialize([total], resources=resources).output_for_node("total") == 3


def test_sql_names_the_input_of_a_table_that_is_not_there(shop: str) -> None:
    @ep.asset(ins={"sales": ep.AssetIn("shop/sale", input_manager_key="database")})
    def report(sales: pa.Table) -> int:
        return len(sales)

    with pytest.raises(ep.NotFoundError, match="input 'sales' of 'report'.*'shop_sale'"):
        ep.materialize([report], resources={"database": _inputs.SqlInputManager(shop)})


def test_sql_says_what_is_no_database(tmp_path: Path) -> None:
    context = ep.build_input_context(asset_key="shop/sales")
    with pytest.raises(ep.NotFoundError, match="none.db"):
        _inputs.SqlInputManager(f"sqlite:///{tmp_path}/none.db").load_input(context)
    assert not (tmp_path / "none.db").exists()
    (tmp_path / "text.db").write_text("no database " * 100)
    with pytest.raises(ep.CorruptError, match="text.db"):
        _inputs.SqlInputManager(f"sqlite:///{tmp_path}/text.db").load_input(context)


def test_sql_names_the_nearest_column(shop: str) -> None:
    manager = _inputs.SqlInputManager(shop, columns=["amont"])
    with pytest.raises(ep.InvalidError, match="did you mean 'amount'"):
        manager.load_input(ep.build_input_context(asset_key="shop/sales"))


def test_sql_names_the_nearest_table(shop: str) -> None:
    with pytest.raises(ep.NotFoundError, match="did you mean 'shop_sales'"):
        _inputs.SqlInputManager(shop).load_input(ep.build_input_context(asset_key="shop/sale"))


def test_sql_keeps_the_locks_of_pythons_sqlite(shop: str, tmp_path: Path) -> None:
    # With a copy of SQLite of its own, closing the file would drop the lock of the
    # transaction that is open here, and another process could write into it.
    path = shop.removeprefix("sqlite:///")
    writer = sqlite3.connect(path, isolation_level=None)
    writer.execute("BEGIN IMMEDIATE")
    writer.execute("INSERT INTO shop_sales VALUES ('2024-01-03', 3)")
    _inputs.SqlInputManager(shop).load_input(ep.build_input_context(asset_key="shop/sales"))
    other = subprocess.run(
        [sys.executable, "-c",
         f"import sqlite3; sqlite3.connect({path!r}, timeout=0).execute('BEGIN IMMEDIATE')"],
        capture_output=True, text=True)
    assert "database is locked" in other.stderr
    writer.execute("COMMIT")
    writer.close()


def test_sql_shows_its_connection_nowhere() -> None:
    assert "s3cret" not in repr(_inputs.SqlInputManager("sqlite:///s3cret.db"))
    with pytest.raises(ep.InvalidError) as raised:
        _inputs.SqlInputManager("mysql://me:s3cret@host/db")
    assert "s3cret" not in str(raised.value)


def _programs() -> Path | None:
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    return folders[-1] if folders else None


@pytest.fixture(scope="module")
def postgres() -> Iterator[str]:
    """The URI of a server of our own, reachable by a Unix socket only."""
    programs = _programs()
    if programs is None:
        pytest.skip("PostgreSQL is not installed")
    pytest.importorskip("adbc_driver_postgresql", reason="its ADBC driver is not installed")
    # Not for it: a sanitizer's runtime, which its children wait for without end.
    how: dict[str, Any] = {"env": {k: v for k, v in os.environ.items() if k != "LD_PRELOAD"}}
    if is_root := os.getuid() == 0:  # PostgreSQL refuses to be run by root.
        how |= {"user": 65534, "group": 65534}
    with tempfile.TemporaryDirectory(prefix="entrepot-") as folder:
        if is_root:
            os.chown(folder, 65534, 65534)
        subprocess.run([programs / "initdb", "-D", f"{folder}/data", "-U", "tester", "-A",
                        "trust", "-E", "UTF8", "--locale=C", "--no-sync"],
                       check=True, capture_output=True, **how)
        with subprocess.Popen(
            [programs / "postgres", "-D", f"{folder}/data", "-k", folder, "-c",
             "listen_addresses=", "-c", "fsync=off"], stderr=subprocess.DEVNULL, **how,
        ) as server:
            try:
                state = Path(folder, "data", "postmaster.pid")
                deadline = time.monotonic() + 30
                while not (state.exists() and "ready" in state.read_text()):
                    assert server.poll() is None and time.monotonic() < deadline
                    time.sleep(0.02)
                subprocess.run([programs / "psql", "-X", "-q", "-h", folder, "-U", "tester",
                                "-d", "postgres", "-c",
                                "CREATE TABLE shop_sales(date date, price numeric(6,2));"
                                "INSERT INTO shop_sales VALUES ('2024-01-01', 1.5),"
                                " ('2024-01-02', 2.25)"],
                               check=True, capture_output=True, env=how["env"])
                yield f"postgresql://tester@/postgres?host={folder}"
            finally:
                server.send_signal(3)  # SIGQUIT: ends it at once.


def test_sql_reads_postgres_through_the_installed_driver(postgres: str) -> None:
    from decimal import Decimal

    table = _inputs.SqlInputManager(postgres).load_input(
        ep.build_input_context(asset_key="shop/sales", partition_key="2024-01-02"))
    assert table["price"].to_pylist() == [Decimal("2.25")]
