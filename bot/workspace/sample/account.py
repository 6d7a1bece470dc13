"""The sample account as a running thing: moto on loopback, holding the described estate."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from threading import Event, Thread
from typing import Any

from moto.moto_server.werkzeug_app import (
    DomainDispatcherApplication,
    MotoRequestHandler,
    create_backend_app,
)
from werkzeug.serving import ThreadedWSGIServer

from bot.workspace.sample.edge import Edge
from bot.workspace.sample.estate import Estate
from bot.workspace.sample.faults import Faults, Request
from bot.workspace.sample.injection import inject, remove
from bot.workspace.sample.pelican import pelican_freight

logger = logging.getLogger(__name__)

#: Credentials of the company's own account; moto checks no signature.
ACCESS_KEY = "AKIAPELICANSAMPLE001"
SECRET_KEY = "a-sample-is-no-secret"  # noqa: S105 - it opens nothing


class _QuietHandler(MotoRequestHandler):
    """Speaks to our log at debug level; werkzeug's own way is the terminal."""

    # Headers and body go out in two writes; Nagle would hold the second back for 40 ms.
    disable_nagle_algorithm = True

    def log(self, type: str, message: str, *args: Any) -> None:
        logger.debug(message, *args)


class _QuietServer(ThreadedWSGIServer):
    """Logs what breaks moto, a traceback that werkzeug would print, as ours."""

    def log(self, type: str, message: str, *args: Any) -> None:
        logger.error(message, *args)


@dataclass(frozen=True, slots=True)
class SampleAccount:
    """A running sample account. Get one with `start`.

    endpoint: its address, for every service and region.
    environment: the variables that point boto3 and s3monitor at it. `AWS_PROFILE`, where set,
        has to go: botocore prefers it to keys in the environment.
    estate: what is in it, to count by hand.
    """

    endpoint: str
    environment: Mapping[str, str]
    # 70,000 objects: nobody wants to read that in a log or a failed test
    estate: Estate = field(repr=False)
    _edge: Edge = field(repr=False)

    @property
    def faults(self) -> Faults:
        """What it does wrong; nothing until told."""
        return self._edge.faults

    @property
    def requests(self) -> tuple[Request, ...]:
        """The requests it answered so far, oldest first; of very many the latest."""
        return tuple(self._edge.log)

    def forget_requests(self) -> None:
        """Empty the log of requests."""
        self._edge.log.clear()

    @classmethod
    @contextmanager
    def start(cls, now: datetime, seed: int = 1) -> Iterator[SampleAccount]:
        """Serve the estate as of `now` (aware, UTC) on a free port of 127.0.0.1 until left.

        moto's memory belongs to the process: raises RuntimeError when a sample runs already.
        """
        estate = pelican_freight(now, seed)
        own = next(account for account in estate.accounts if account.role is None)
        roles = [account.role for account in estate.accounts if account.role]
        stopping = Event()
        edge = Edge(
            DomainDispatcherApplication(create_backend_app),
            access_keys={ACCESS_KEY: own.id},
            accounts=frozenset(account.id for account in estate.accounts),
            denied=frozenset(bucket.name for bucket in estate.living if bucket.denied),
            roles=frozenset(roles),
            now=estate.now,
            stopping=stopping,
        )
        inject(estate)
        server = _QuietServer("127.0.0.1", 0, edge, _QuietHandler)
        thread = Thread(target=server.serve_forever, name="sample-account", daemon=True)
        thread.start()
        endpoint = f"http://127.0.0.1:{server.server_port}"
        environment = {
            "AWS_ENDPOINT_URL": endpoint,
            "AWS_ACCESS_KEY_ID": ACCESS_KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_EC2_METADATA_DISABLED": "true",
            "S3MONITOR_ROLES": ",".join(roles),
        }
        try:
            yield cls(endpoint, environment, estate, edge)
        finally:
            stopping.set()
            server.shutdown()
            thread.join()
            server.server_close()
            remove(estate)
