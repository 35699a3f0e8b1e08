"""Real certificates for the replay: an authority for trying, an agent for each run, people who approve."""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from kakunin import ToolGuard, _native


class Authority:
    """A CA in a folder, made by the command as an operator would make it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._agents = 0
        self._people: dict[str, Path] = {}
        kakunin("init", "--pki", str(folder / "pki"))

    def issue(self, scope: Path, *, delegates: bool) -> Path:
        """A certificate of an agent of its own, so that no run draws on another's limits."""
        self._agents += 1
        name = f"agent-{self._agents}"
        depth = ["--delegate", "1"] if delegates else []
        kakunin("issue", name, "--scope", str(scope), "--pki", str(self.folder / "pki"), *depth)
        return self.folder / "pki" / f"{name}.pem"

    def guard(self, certificate: Path, **options: Any) -> ToolGuard:
        """A guard as an application opens it; limits are counted in memory, nothing is revoked, nothing recorded."""
        return ToolGuard(
            certificate=certificate,
            trust=self.folder / "pki" / "root.pem",
            signer=f"file:{certificate.with_suffix('.key')}",
            state="memory:",
            revocation="none",
            record="none",
            **options,
        )

    def approves(self, request: Mapping[str, Any], roles: Mapping[str, str]) -> list[str]:
        """What people sign for a request: one of each role that is asked, by the names that the scopes have for roles.

        Who is named by a key in place of a role is not here.
        """
        path = self.folder / "request.json"
        path.write_text(json.dumps(request), encoding="utf-8")
        asked = sorted({roles[name] for need in request["needs"] for name in need["of"] if name in roles})
        return [kakunin("approve", str(path), "--yes", "--certificate", str(self._person(role))).strip() for role in asked]

    def _person(self, role: str) -> Path:
        if role not in self._people:
            name = f"emma-{role}"
            kakunin("issue", "--approver", f"{role}:{name}", "--pki", str(self.folder / "pki"))
            self._people[role] = self.folder / "pki" / f"{name}.pem"
        return self._people[role]


def kakunin(*arguments: str) -> str:
    """Runs the command in this process; a start of its own for each of a thousand certificates would take minutes.

    Raises:
        RuntimeError: It did not end with 0; what it said.
    """
    with tempfile.TemporaryFile() as answer, tempfile.TemporaryFile() as remarks:
        with _diverted(1, answer.fileno()), _diverted(2, remarks.fileno()):
            code = _native.command(["kakunin", *arguments])
        answer.seek(0)
        remarks.seek(0)
        if code != 0:
            raise RuntimeError(f"kakunin {' '.join(arguments)} ended with {code}: {(answer.read() + remarks.read()).decode().strip()}")
        return answer.read().decode()


@contextlib.contextmanager
def _diverted(descriptor: int, to: int) -> Iterator[None]:
    kept = os.dup(descriptor)
    try:
        os.dup2(to, descriptor)
        yield
    finally:
        os.dup2(kept, descriptor)
        os.close(kept)
