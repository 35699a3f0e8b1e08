"""The hash of what an agent runs on, and guards that are bound to it."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from pathlib import Path

import pytest

from kakunin import ConfigurationError, ToolGuard, compute_model_hash

CASES = json.loads((Path(__file__).parents[2] / "kakunin-authority" / "tests" / "model-hash.json").read_text())


def kakunin(at: Path, *args: str) -> str:
    command = [sys.executable, "-m", "kakunin", *args]
    return subprocess.run(command, cwd=at, capture_output=True, text=True, check=True).stdout.strip()


def test_a_configuration_has_the_digest_of_its_canonical_form(tmp_path: Path) -> None:
    assert CASES["configurations"]
    for case in CASES["configurations"]:
        assert case["hash"] == "sha256:" + hashlib.sha256(case["canonical"].encode()).hexdigest()
        assert compute_model_hash(case["configuration"]) == case["hash"]
        (tmp_path / "config.json").write_text(json.dumps(case["configuration"]))
        assert kakunin(tmp_path, "model", "hash", "config.json") == case["hash"]


def test_weights_have_the_digest_of_their_digest(tmp_path: Path) -> None:
    weights = tmp_path / "weights"
    for case in CASES["files"]:
        weights.write_text(case["content"])
        assert compute_model_hash(file=weights) == compute_model_hash(file=str(weights)) == case["hash"]


def test_a_guard_starts_with_the_model_of_its_certificate_and_with_no_other(tmp_path: Path) -> None:
    (tmp_path / "scope.toml").write_text('[[grant]]\naction = "charge"\n')
    (tmp_path / "weights").write_text("abc")
    kakunin(tmp_path, "init")
    configuration = {"provider": "acme", "model": "large"}
    hashes = {"bot": compute_model_hash(configuration), "local": compute_model_hash(file=tmp_path / "weights")}
    for name, model_hash in hashes.items():
        kakunin(tmp_path, "issue", name, "--scope", "scope.toml", "--model-hash", model_hash)
    pki = tmp_path / "pki"

    def refusal(name: str, model: object) -> str | None:
        try:
            ToolGuard(certificate=pki / f"{name}.pem", trust=pki / "root.pem", record="none", model=model)  # type: ignore[arg-type]
        except ConfigurationError as refused:
            return refused.code
        return None

    assert refusal("bot", configuration) is None
    assert refusal("bot", configuration | {"model": "larger"}) == "KKN-E108"
    assert refusal("bot", None) == "KKN-E108"
    assert refusal("local", tmp_path / "weights") is None
    assert refusal("local", tmp_path / "scope.toml") == "KKN-E108"
    assert refusal("local", configuration) == "KKN-E108"


def test_what_is_no_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TypeError):
        compute_model_hash()
    with pytest.raises(TypeError):
        compute_model_hash({}, file=tmp_path)
    for wrong in ([], {"a": object()}, {"a": float("nan")}, {"a": "x" * 65_536}):
        with pytest.raises(ConfigurationError) as refused:
            compute_model_hash(wrong)
        assert refused.value.code == "KKN-E504"
    with pytest.raises(ConfigurationError):
        compute_model_hash(file=tmp_path / "missing")
