"""What the container image holds, built here in a folder as the Dockerfile builds it."""

from __future__ import annotations

import configparser
import json
import os
import re
import shutil
import subprocess
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

import bot
from bot import settings

ROOT = Path(__file__).parent.parent
DOCKERFILE = (ROOT / "Dockerfile").read_text().replace("\\\n", " ")
INSTALL = (ROOT / "docs" / "install.md").read_text()
VARIABLES = {
    settings.variable(kind, field)
    for kind in (settings.SlackSettings, settings.Settings, settings.Server)
    for field in kind.model_fields
}


def instructions(name: str) -> list[str]:
    """The arguments of one of the last stage's instructions, in order."""
    stage = DOCKERFILE[DOCKERFILE.rindex("\nFROM ") :]
    return re.findall(rf"^{name}\s+(.+(?:\n +.+)*)$", stage, re.MULTILINE)


def environment() -> dict[str, str]:
    """The variables that the image sets."""
    return dict(pair.split("=", 1) for line in instructions("ENV") for pair in line.split())


def build_context(folder: Path) -> None:
    """Copy what .dockerignore lets through, as `COPY . .` would see it."""
    first, *rest = [
        line
        for line in (ROOT / ".dockerignore").read_text().splitlines()
        if line and not line.startswith("#")
    ]
    assert first == "*"
    for name in [line.removeprefix("!").rstrip("/") for line in rest if line.startswith("!")]:
        source, target = ROOT / name, folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy2(source, target)


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The virtual environment that the Dockerfile's script builds, from its build context."""
    context = tmp_path_factory.mktemp("context")
    venv = tmp_path_factory.mktemp("image") / "s3monitor"
    build_context(context)
    script = re.search(r"^RUN .*(scripts/\S+) /opt/s3monitor$", DOCKERFILE, re.MULTILINE)
    assert script
    # Byte code is for the image's quick start; here it would only take time.
    built = subprocess.run(
        [script[1], str(venv)],
        cwd=context,
        env={
            **os.environ,
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "PIP_NO_COMPILE": "1",
        },
        check=False,
        capture_output=True,
        text=True,
    )
    if re.search("Temporary failure in name resolution|Network is unreachable", built.stderr):
        pytest.skip("no network: the locked wheels cannot be fetched")
    assert (built.returncode, built.stderr) == (0, "")
    return venv


def run(image: Path, *command: str) -> str:
    """What a command of the image prints, run elsewhere than in the source tree."""
    return subprocess.run(
        [str(image / "bin" / command[0]), *command[1:]],
        cwd=image,
        env={"PATH": f"{image / 'bin'}:/usr/bin:/bin", "PYTHONWARNINGS": "default"},
        check=True,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    ).stdout


def test_the_image_runs_the_bot(image: Path) -> None:
    """Its entry point is there, and knows its version."""
    assert instructions("ENTRYPOINT") == ['["s3monitor"]']
    assert instructions("CMD") == ['["run"]']
    assert bot.__version__ in run(image, "s3monitor", "--version")


def test_the_image_holds_every_file_of_the_package(image: Path) -> None:
    """Data, migrations and pages are in the wheel, not only modules."""
    package = Path(run(image, "python", "-c", "import bot; print(bot.__path__[0])").strip())

    def files(folder: Path) -> set[str]:
        return {
            str(path.relative_to(folder))
            for path in folder.rglob("*")
            if path.is_file() and path.suffix != ".pyc"
        }

    assert package.is_relative_to(image)
    assert files(ROOT / "bot") == files(package)


def test_the_runtime_lock_is_enough_and_not_more(image: Path) -> None:
    """Every module of the bot imports there but the demo's; the tests' tools are not there."""
    program = """
import importlib, importlib.util, json, pkgutil, bot
names = [module.name for module in pkgutil.walk_packages(bot.__path__, "bot.", onerror=print)
         if not module.name.startswith(("bot.workspace", "bot.store.migrations.env"))]
for name in names:
    importlib.import_module(name)
extra = [name for name in ("pip", "moto", "pytest", "mypy") if importlib.util.find_spec(name)]
print(json.dumps([len(names) > 20, extra]))
"""
    assert json.loads(run(image, "python", "-c", program).splitlines()[-1]) == [True, []]


def test_the_image_sets_variables_that_the_bot_reads() -> None:
    """A renamed setting cannot leave the image writing its database elsewhere."""
    own = {name for name in environment() if name == "PORT" or name.startswith("S3MONITOR_")}
    assert own == {"PORT", "S3MONITOR_DATABASE_URL"}
    assert own <= VARIABLES
    database = environment()["S3MONITOR_DATABASE_URL"]
    assert database == "sqlite+aiosqlite:////data/s3monitor.db"
    assert instructions("VOLUME") == ["/data"]


def test_the_image_runs_as_nobody_in_particular() -> None:
    """By number, so that Kubernetes can tell that it is not root; stopped by SIGTERM."""
    (user,) = instructions("USER")
    assert int(user) >= 10_000
    assert f"--uid {user} " in DOCKERFILE
    assert instructions("STOPSIGNAL") == ["SIGTERM"]


@pytest.mark.parametrize(("status", "healthy"), [(200, True), (503, False), (None, False)])
def test_the_health_check_asks_healthz_on_the_port(status: int | None, healthy: bool) -> None:
    """200 is healthy; an error, or nobody listening, is not."""
    asked = []

    class Bot(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(status or 500)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Keep the test's output clean."""

    (check,) = instructions("HEALTHCHECK")
    _, command = check.split("CMD ", 1)
    interpreter, *arguments = json.loads(command)
    assert interpreter == "python"
    with ThreadingHTTPServer(("127.0.0.1", 0), Bot) as server:
        port = str(server.server_address[1])
        thread = Thread(target=server.serve_forever)
        if status is None:
            server.server_close()
        else:
            thread.start()
        checked = subprocess.run(
            [sys.executable, *arguments], env={"PORT": port}, check=False, capture_output=True
        )
        if thread.is_alive():
            server.shutdown()
            thread.join()
    assert (checked.returncode == 0) == healthy
    assert asked == ([] if status is None else ["/healthz"])


def test_the_guide_names_variables_that_the_bot_reads() -> None:
    """docs/install.md keeps up with the settings."""
    named = set(re.findall(r"`((?:SLACK|S3MONITOR)_[A-Z_]+|PORT)`", INSTALL))
    assert {"SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "SLACK_SIGNING_SECRET"} <= named
    assert named <= VARIABLES


def test_the_systemd_unit_runs_what_the_script_builds() -> None:
    """The unit in docs/install.md starts the bot, unprivileged, with time to finish answers."""
    (text,) = re.findall(r"^```ini\n(.*?)^```", INSTALL, re.MULTILINE | re.DOTALL)
    unit = configparser.ConfigParser(interpolation=None)
    unit.read_string(text)
    service = unit["Service"]
    assert "scripts/build-venv /opt/s3monitor" in INSTALL
    assert service["ExecStart"] == "/opt/s3monitor/bin/s3monitor run"
    assert service["DynamicUser"] == "yes"
    assert service["Environment"].split("=", 1) == [
        "S3MONITOR_DATABASE_URL",
        f"sqlite+aiosqlite:////var/lib/{service['StateDirectory']}/s3monitor.db",
    ]
    assert int(service["TimeoutStopSec"]) > 20
