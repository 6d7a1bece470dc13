"""What a fresh clone is set up from: the locks, the commands, the workflows and the scripts."""

from __future__ import annotations

import itertools
import os
import re
import subprocess
import sys
import tomllib
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

import bot
from bot.workspace.browser import find_chromium

ROOT = Path(__file__).parent.parent
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())
MAKEFILE = (ROOT / "Makefile").read_text()
LOCKS = ("build", "runtime", "demo", "dev")
PYTHONS = ("3.11", "3.12", "3.13")
MACHINES = (("linux", "x86_64"), ("linux", "aarch64"), ("darwin", "x86_64"), ("darwin", "arm64"))


def output(*command: str, **environment: str) -> str:
    """What a command run in the project's root prints."""
    return subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, **environment},
        check=True,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    ).stdout


def tracked() -> list[Path]:
    """The project's files, as git knows them."""
    if not (ROOT / ".git").exists():
        pytest.skip("not a clone: git alone tells the project's files from others")
    names = output("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    return [path for name in names.split("\0") if name and (path := ROOT / name).is_file()]


def pins(lock: str) -> list[tuple[Requirement, list[str]]]:
    """The requirements of a lock file, each with its hashes."""
    text = (ROOT / "locks" / f"{lock}.txt").read_text()
    lines = re.sub(r"^\s*#.*$", "", text, flags=re.MULTILINE).replace("\\\n", " ").splitlines()
    entries = [line.split("--hash=") for line in lines if line.strip()]
    return [(Requirement(entry.strip()), hashes) for entry, *hashes in entries]


def versions(lock: str, python: str, system: str, machine: str) -> dict[str, str]:
    """The version of each distribution that a lock installs on a machine."""
    environment = {
        "python_version": python,
        "python_full_version": f"{python}.0",
        "sys_platform": system,
        "platform_system": system.capitalize(),
        "platform_machine": machine,
        "platform_python_implementation": "CPython",
        "implementation_name": "cpython",
    }
    chosen = [
        (canonicalize_name(pin.name), str(pin.specifier).removeprefix("=="))
        for pin, _ in pins(lock)
        if pin.marker is None or pin.marker.evaluate(environment)
    ]
    assert len(dict(chosen)) == len(chosen), "one distribution pinned twice for one machine"
    return dict(chosen)


def group(name: str) -> list[str]:
    """The requirements of a dependency group, with those of the groups it includes."""
    return list(
        itertools.chain.from_iterable(
            [entry] if isinstance(entry, str) else group(entry["include-group"])
            for entry in PROJECT["dependency-groups"][name]
        )
    )


NEEDED: list[str] = PROJECT["project"]["dependencies"]
EXTRAS: dict[str, list[str]] = PROJECT["project"]["optional-dependencies"]
WANTED = {
    "build": group("build"),
    "runtime": NEEDED + EXTRAS["postgres"],
    "demo": NEEDED + EXTRAS["demo"] + group("build"),
    "dev": NEEDED + list(itertools.chain.from_iterable(EXTRAS.values())) + group("dev"),
}


def test_the_version_is_written_in_one_place() -> None:
    """The package's own `__version__` is the metadata's, and no other file repeats it."""
    assert metadata.version("s3monitor") == bot.__version__
    assert PROJECT["project"]["dynamic"] == ["version"]
    written = [
        str(path.relative_to(ROOT))
        for path in tracked()
        if path.suffix in {".py", ".toml"} and f'"{bot.__version__}"' in path.read_text()
    ]
    assert written == ["bot/__init__.py"]


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_pins_everything_with_hashes_and_names_no_host(lock: str) -> None:
    """Each line is one exact version with hashes; where to fetch it is for pip's configuration."""
    for pin, hashes in pins(lock):
        assert re.fullmatch(r"==[^,*]+", str(pin.specifier)), pin
        assert pin.url is None, pin
        assert hashes, pin
        assert all(re.fullmatch(r"sha256:[0-9a-f]{64}\s*", digest) for digest in hashes), pin
    text = (ROOT / "locks" / f"{lock}.txt").read_text()
    assert re.findall(r"://|^\s*-(?!-hash=)\S+", text, re.MULTILINE) == []


@pytest.mark.parametrize(("system", "machine"), MACHINES)
@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_satisfies_what_the_project_asks_for(
    lock: str, python: str, system: str, machine: str
) -> None:
    """`make lock` was run after the last change of the dependencies."""
    pinned = versions(lock, python, system, machine)
    environment = {
        "python_version": python,
        "sys_platform": system,
        "platform_system": system.capitalize(),
        "platform_machine": machine,
    }
    wanted = [Requirement(line) for line in WANTED[lock]]
    stale = [
        str(want)
        for want in wanted
        if (want.marker is None or want.marker.evaluate(environment))
        and not want.specifier.contains(Version(pinned.get(canonicalize_name(want.name), "0")))
    ]
    assert stale == []


@pytest.mark.parametrize(("system", "machine"), MACHINES)
def test_the_locks_agree(system: str, machine: str) -> None:
    """The tests run on what the demo and the container run on."""
    for python in PYTHONS:
        dev = versions("dev", python, system, machine).items()
        assert versions("demo", python, system, machine).items() <= dev
        assert versions("runtime", python, system, machine).items() <= dev
        assert versions("build", python, system, machine).items() <= dev


def test_make_alone_lists_every_command() -> None:
    """`make` without a word prints help, and each target is in it with what it does."""
    printed = output("make", MAKEFLAGS="")
    described = dict(re.findall(r"^  make ([a-z-]+) +(\S.*)$", printed, re.MULTILINE))
    assert set(described) == set(re.findall(r"^\.PHONY: (\S+)$", MAKEFILE, re.MULTILINE))
    assert {"demo", "test", "check", "bench", "gallery", "lock"} <= set(described)


def test_check_runs_every_check_and_the_tests_once_at_the_end() -> None:
    """`make check` ends with the tests, so that pytest's closing line is the last."""
    lines = output("make", "--dry-run", "--no-print-directory", "check", MAKEFLAGS="", ARGS="")
    ran = [re.sub(r"^.*\.venv/bin/|^.*(?=scripts/)", "", line) for line in lines.splitlines()]
    for command in ("ruff format --check .", "ruff check .", "mypy", "scripts/lint-files"):
        assert command in ran
    assert sum(line.startswith("lint-imports") for line in ran) == 1
    tests = [line.strip() for line in ran if "pytest" in line]
    assert [line.split(" -n ")[0] for line in tests] == ["python -m pytest"]
    assert ran[-1].strip() == tests[0]


def test_ci_and_the_readme_use_the_same_commands() -> None:
    """What a reader is told to run is what CI runs, here and on every supported Python."""
    readme = (ROOT / "README.md").read_text()
    assert "make demo" in readme
    assert "make test" in readme
    assert re.search(r"^check: .*\btest ##", MAKEFILE, re.MULTILINE)

    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    commands = re.findall(r"^(?!#|set |cd )\S.*$", script.read_text(), re.MULTILINE)
    assert commands == ["export CI=true", "exec make check </dev/null"]

    check = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text())["jobs"]["check"]
    assert [step["run"] for step in check["steps"] if "run" in step][-1] == "make check"
    assert tuple(check["strategy"]["matrix"]["python"]) == PYTHONS
    supported = re.findall(r":: (3\.\d+)", "\n".join(PROJECT["project"]["classifiers"]))
    assert tuple(supported) == PYTHONS


@pytest.mark.parametrize("name", ["ci.yml", "release.yml"])
def test_a_workflow_has_few_rights_fixed_actions_and_an_end(name: str) -> None:
    """Actions are pinned by commit, permissions start at none, and every job has a time limit."""
    text = (ROOT / ".github/workflows" / name).read_text()
    workflow = yaml.safe_load(text)
    assert workflow["permissions"] == {}
    assert "concurrency" in workflow
    assert all("timeout-minutes" in job for job in workflow["jobs"].values())
    uses = re.findall(r"uses: (.*)$", text, re.MULTILINE)
    assert uses
    assert [
        line for line in uses if not re.fullmatch(r"\S+@[0-9a-f]{40}  # v\d+\.\d+\.\d+", line)
    ] == []


def test_workflows_dockerfile_and_scripts_pass_their_linters() -> None:
    """actionlint, zizmor, hadolint and shellcheck find nothing (where they have wheels)."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    output("scripts/lint-files", PATH=path)


def test_no_file_names_an_index_or_a_machine() -> None:
    """The project installs wherever pip is pointed, and from whatever folder it is in."""
    hosts = ("pypi" + ".org", "python" + "hosted.org", "npm" + "js.org", "deb." + "debian.org")
    folders = (r"(?<![\w.*}])/" + "work/", "/opt/" + "pypi", "/opt/" + "wheels", r"\." + "pyenv/")
    forbidden = re.compile("|".join([*map(re.escape, hosts), *folders]))
    found = [
        f"{path.relative_to(ROOT)}: {match.group()}"
        for path in tracked()
        if (match := forbidden.search(path.read_text(errors="replace")))
    ]
    assert found == []


def python_is_fit(prelude: str = "pass") -> subprocess.CompletedProcess[str]:
    """Run scripts/check_python.py on a Python that lacks what the prelude takes from it."""
    program = f"import runpy, sys; {prelude}; runpy.run_path('scripts/check_python.py')"
    return subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, check=False, capture_output=True, text=True
    )


def test_a_fit_python_is_accepted_in_silence() -> None:
    """Nobody reads about a check that passed."""
    check = python_is_fit()
    assert (check.returncode, check.stdout, check.stderr) == (0, "", "")


@pytest.mark.parametrize(
    ("prelude", "told"),
    [
        ("sys.version_info = (3, 9, 2)", "needs Python 3.11 or newer; this is Python 3.9.2"),
        ("sys.modules['ensurepip'] = None", "apt-get install python3-venv"),
    ],
)
def test_an_unfit_python_is_told_what_it_lacks(prelude: str, told: str) -> None:
    """Too old, or without venv: the message says what to do, and no traceback shows."""
    check = python_is_fit(prelude)
    assert check.returncode == 1
    assert told in check.stderr
    assert "Traceback" not in check.stderr


def install_browser(folder: Path, *programs: str) -> subprocess.CompletedProcess[str]:
    """Run scripts/install-browser as an ordinary user who has these programs alone."""
    bodies = {"id": "echo 1000", "cat": "exec /bin/cat", **dict.fromkeys(programs, ":")}
    for name, body in bodies.items():
        (folder / name).write_text(f"#!/bin/sh\n{body}\n")
        (folder / name).chmod(0o755)
    return subprocess.run(
        ["/bin/bash", "scripts/install-browser"],
        cwd=ROOT,
        env={"PATH": str(folder)},
        check=True,
        capture_output=True,
        text=True,
    )


@pytest.mark.parametrize("name", ["chromium", "chromium-browser", "google-chrome"])
def test_a_browser_that_the_tests_would_find_is_not_mentioned(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Set-up is silent when there is nothing to do, and looks for what the tests look for."""
    said = install_browser(tmp_path, name)
    assert (said.stdout, said.stderr) == ("", "")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_chromium() == str(tmp_path / name)


def test_a_missing_browser_is_said_aloud_and_stops_nothing(tmp_path: Path) -> None:
    """Who cannot install one learns which tests will not run, and how to get them."""
    said = install_browser(tmp_path)
    assert "WILL BE SKIPPED" in said.stderr
    assert "apt-get install chromium" in said.stderr
