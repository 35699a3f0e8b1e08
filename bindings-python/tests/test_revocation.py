"""Revocations reach running guards and verifiers: from a folder, and from an authority's URL."""

from __future__ import annotations

import functools
import json
import logging
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from kakunin import ConfigurationError, Denied, ToolGuard, Verifier, testing

SCOPE = '[[grant]]\naction = "charge"\nparams.amount = { max = 500 }\n'
SOON = 10.0
"""Seconds that a revocation may take where a source is looked at each 100 ms: the machine may be busy."""


def kakunin(at: Path, *args: str) -> str:
    command = [sys.executable, "-m", "kakunin", *args]
    result = subprocess.run(command, cwd=at, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    return result.stdout


@pytest.fixture
def at(tmp_path: Path) -> Path:
    """A CA with two agents."""
    (tmp_path / "scope.toml").write_text(SCOPE)
    kakunin(tmp_path, "init")
    for name in ("bot", "other"):
        kakunin(tmp_path, "issue", name, "--scope", "scope.toml", "--delegate", "1")
    return tmp_path


def guard(at: Path, name: str = "bot", **options: Any) -> ToolGuard:
    options.setdefault("revocation", f"{at}/pki/revocation?every=100ms")
    pki = at / "pki"
    signer = f"file:{pki / name}.key"
    return ToolGuard(certificate=pki / f"{name}.pem", trust=pki / "root.pem", signer=signer, record="none", **options)


def code(guard: ToolGuard) -> str | None:
    return guard.check("charge", {"amount": 5}).code


def denied_soon(guard: ToolGuard) -> str | None:
    until = time.monotonic() + SOON
    while time.monotonic() < until:
        if (found := code(guard)) is not None:
            return found
        time.sleep(0.01)
    return None


def served(folder: Path) -> ThreadingHTTPServer:
    """A static web server over the folder."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(folder)))
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


@pytest.fixture
def server(at: Path) -> Iterator[ThreadingHTTPServer]:
    """An authority's URL over the folder."""
    folder = at / "pki" / "revocation"
    if not (folder / "index.json").exists():
        (folder / "index.json").write_text(json.dumps({"files": ["root.crl", "tenant.crl"]}))
    server = served(folder)
    yield server
    server.shutdown()
    server.server_close()


def url(server: ThreadingHTTPServer) -> str:
    return f"http://127.0.0.1:{server.server_address[1]}?every=100ms"


def test_a_revocation_in_the_folder_stops_a_running_guard_and_no_other(at: Path) -> None:
    with guard(at) as bot, guard(at, "other") as other:
        assert (code(bot), code(other)) == (None, None)
        kakunin(at, "revoke", "pki/bot.pem")
        assert denied_soon(bot) == "KKN-E401"
        assert code(other) is None

        ran = []
        tool = bot.wrap("charge", lambda amount: ran.append(amount))
        with pytest.raises(Denied) as denied:
            tool(amount=5)
        assert denied.value.code == "KKN-E401"
        assert not ran
    with pytest.raises(ConfigurationError) as refused:
        guard(at)
    assert refused.value.code == "KKN-E401"


def test_a_response_in_the_folder_clears_without_a_list_and_revokes_a_running_guard(at: Path) -> None:
    lists, apart = at / "pki" / "revocation", at / "apart"
    shutil.copytree(lists, apart)
    (apart / "tenant.crl").unlink()
    source = f"{apart}?every=100ms"

    def respond() -> None:
        kakunin(at, "ocsp", "respond", "--certificate", "pki/bot.pem")
        (response,) = lists.glob("tenant-*.ocsp")
        os.replace(response, apart / "bot.ocsp")

    with pytest.raises(ConfigurationError) as refused:
        guard(at, revocation=source)
    assert refused.value.code == "KKN-E405"
    respond()
    with guard(at, revocation=source) as bot:
        assert code(bot) is None
        kakunin(at, "revoke", "pki/bot.pem")
        respond()
        assert denied_soon(bot) == "KKN-E401"


def test_a_revocation_in_the_folder_stops_a_running_verifier(at: Path) -> None:
    pki = at / "pki"
    revocation = f"{pki}/revocation?every=100ms"
    verifier = Verifier(trust=pki / "root.pem", audience="pay", revocation=revocation, record="none")
    bot = guard(at, revocation="none")

    def verify() -> str | None:
        token = bot.sign("charge", {"amount": 5}, audience="pay")
        try:
            verifier.verify(token)
        except Denied as denied:
            return denied.code
        return None

    assert verify() is None
    kakunin(at, "revoke", "pki/bot.pem")
    until = time.monotonic() + SOON
    while (found := verify()) is None and time.monotonic() < until:
        time.sleep(0.01)
    assert found == "KKN-E401"


@pytest.mark.parametrize("by", ["ca", "parent"])
def test_a_revoked_parent_stops_its_sub_agents(at: Path, by: str) -> None:
    kakunin(at, "issue", "sub", "--scope", "scope.toml", "--parent", "pki/bot.pem", "--by", by)
    parents = [at / "pki" / "bot.pem"] if by == "ca" else None
    with guard(at, "sub", parents=parents) as sub:
        assert code(sub) is None
        kakunin(at, "revoke", "pki/bot.pem")
        assert denied_soon(sub) == "KKN-E401"


def test_a_revocation_at_the_authoritys_url_stops_a_running_guard(at: Path, server: ThreadingHTTPServer) -> None:
    with guard(at, revocation=url(server)) as bot, guard(at, "other", revocation=url(server)) as other:
        assert (code(bot), code(other)) == (None, None)
        kakunin(at, "revoke", "pki/bot.pem")
        assert denied_soon(bot) == "KKN-E401"
        assert code(other) is None


def test_an_authority_that_dies_changes_nothing_and_is_told(at: Path, caplog: pytest.LogCaptureFixture) -> None:
    folder = at / "pki" / "revocation"
    (folder / "index.json").write_text(json.dumps({"files": ["root.crl", "tenant.crl"]}))
    dying = served(folder)
    bot = guard(at, revocation=url(dying))
    dying.shutdown()
    dying.server_close()
    until = time.monotonic() + SOON
    with caplog.at_level(logging.WARNING, logger="kakunin"):
        while "cannot be looked at" not in caplog.text and time.monotonic() < until:
            assert code(bot) is None
            time.sleep(0.02)
    assert "cannot be looked at" in caplog.text
    assert "holds until" in caplog.text
    with pytest.raises(ConfigurationError) as refused:
        guard(at, revocation=url(dying).replace("100ms", "101ms"))
    assert refused.value.code == "KKN-E405"


def test_a_stale_list_denies_and_a_fresh_one_allows_again(at: Path) -> None:
    kakunin(at, "crl", "--days", "1")
    pki = at / "pki"
    given = {"certificate": pki / "bot.pem", "signer": f"file:{pki / 'bot.key'}", "trust": pki / "root.pem"}
    bot, _ = testing._made(SCOPE, given | {"revocation": pki / "revocation"})
    assert code(bot) is None
    testing.clock(bot).advance("23h")
    assert code(bot) is None
    testing.clock(bot).advance("2h")
    assert code(bot) == "KKN-E405"
    kakunin(at, "crl", "--days", "30")
    testing.clock(bot).advance("1s")
    assert code(bot) is None
    kakunin(at, "revoke", "pki/bot.pem")
    testing.clock(bot).advance("1s")
    assert code(bot) == "KKN-E401"


def test_what_is_no_source_is_refused(at: Path) -> None:
    for wrong, rule in [
        ("ldap://ca.example", "unsupported"),
        ("pki/revocation?often=1s", "revocation-every"),
        ("pki/revocation?every=1ms", "revocation-every"),
        (str(at / "nowhere"), "folder"),
    ]:
        with pytest.raises(ConfigurationError) as refused:
            guard(at, revocation=wrong)
        assert refused.value.details["rule"] == rule


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_a_revocation_reaches_a_guard_that_was_opened_before_a_fork(at: Path) -> None:
    bot, other = guard(at), guard(at, "other")
    assert (code(bot), code(other)) == (None, None)
    down, up = os.pipe(), os.pipe()
    child = os.fork()
    if child == 0:
        try:
            assert code(bot) is None
            os.write(up[1], b"r")
            os.read(down[0], 1)
            outcome = f"{denied_soon(bot)} {code(other)} {threads()}"
        except BaseException as error:  # noqa: BLE001
            outcome = repr(error)
        os.write(up[1], outcome.encode())
        os._exit(0)
    assert os.read(up[0], 1) == b"r"
    kakunin(at, "revoke", "pki/bot.pem")
    os.write(down[1], b"g")
    outcome = os.read(up[0], 1000).decode()
    os.waitpid(child, 0)
    assert outcome == "KKN-E401 None 1", "one thread for both guards, as before the fork"
    assert denied_soon(bot) == "KKN-E401"


def threads() -> int:
    """How many refreshers run in this process."""
    tasks = Path("/proc/self/task")
    if not tasks.exists():
        return 1
    return sum((task / "comm").read_text().strip() == "kakunin-refresh" for task in tasks.iterdir())


def test_no_refresher_keeps_a_process_alive(at: Path) -> None:
    source = (
        "import kakunin, sys\n"
        "guard = kakunin.ToolGuard(certificate='pki/bot.pem', trust='pki/root.pem', record='none')\n"
        "print(guard.check('charge', {'amount': 5}).allowed)\n"
    )
    start = time.monotonic()
    done = subprocess.run([sys.executable, "-c", source], cwd=at, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout) == (0, "True\n"), done.stderr
    assert time.monotonic() - start < 30


def test_a_folder_that_is_gone_and_back_is_looked_at_again(at: Path) -> None:
    folder, aside = at / "pki" / "revocation", at / "aside"
    with guard(at) as bot:
        shutil.move(folder, aside)
        time.sleep(0.5)
        assert code(bot) is None
        shutil.move(aside, folder)
        kakunin(at, "revoke", "pki/bot.pem")
        assert denied_soon(bot) == "KKN-E401"


def test_a_halt_stops_running_guards_which_confirm_it_and_its_reinstatement_lifts_it(at: Path) -> None:
    seen = at / "seen"
    bot, other = guard(at, seen=seen), guard(at, "other", seen=seen)
    verifier = Verifier(
        trust=at / "pki" / "root.pem",
        audience="pay",
        revocation=f"{at}/pki/revocation?every=100ms",
        seen=seen,
        record="none",
    )
    token = other.sign("charge", {"amount": 5}, audience="pay")
    assert (code(bot), code(other)) == (None, None)
    halted = json.loads(kakunin(at, "halt", "--all", "--json"))
    # The command waited until all three had it.
    assert halted["confirmed"]
    assert (code(bot), code(other)) == ("KKN-E404", "KKN-E404")
    for refused in (lambda: bot.sign("charge", {"amount": 5}, audience="pay"), lambda: verifier.verify(token)):
        with pytest.raises(Denied) as denied:
            refused()
        assert denied.value.code == "KKN-E404"
    assert list(seen.glob("*.json")), "kept for a restart"
    kakunin(at, "reinstate", halted["order"])
    assert (code(bot), code(other)) == (None, None)

    kakunin(at, "halt", "--agent", "pki/bot.pem")
    assert (code(bot), code(other)) == ("KKN-E402", None)


def test_a_log_that_is_older_than_before_a_restart_denies(at: Path) -> None:
    (log,) = (at / "pki" / "revocation" / "orders").iterdir()
    before = (log / "head.jwt").read_bytes()
    with guard(at, seen=at / "seen"):
        kakunin(at, "halt", "--all")
    (log / "000000000001.jwt").unlink()
    (log / "head.jwt").write_bytes(before)
    with pytest.raises(ConfigurationError) as refused:
        guard(at, seen=at / "seen")
    assert (refused.value.code, refused.value.details["rule"]) == ("KKN-E405", "order-rollback")
