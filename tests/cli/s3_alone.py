"""A gate in front of the sample account that lets S3 through and knows no other service."""

from __future__ import annotations

import urllib.error
import urllib.request
from collections.abc import Iterable
from threading import Thread
from typing import Any, Self

from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.wrappers import Request, Response


class _Quiet(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: Any) -> None:
        """Say nothing."""


class S3Alone:
    """What is signed for S3 goes on to `endpoint`; all else is 404, as most servers answer it."""

    def __init__(self, endpoint: str) -> None:
        self.refused: list[str] = []
        self._endpoint = endpoint
        self._server = make_server(
            "127.0.0.1", 0, self._serve, threaded=True, request_handler=_Quiet
        )
        self._thread = Thread(target=self._server.serve_forever, daemon=True)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def _serve(self, environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        request = Request(environ)
        signed = request.headers.get("Authorization", "") + request.args.get("X-Amz-Credential", "")
        if "/s3/aws4_request" not in signed:
            self.refused.append(request.path)
            return Response("<html>404</html>", 404)(environ, start)
        onward = urllib.request.Request(
            f"{self._endpoint}{environ['RAW_URI']}",
            method=request.method,
            headers={"Authorization": request.headers.get("Authorization", "")},
        )
        try:
            answer = urllib.request.urlopen(onward)
        except urllib.error.HTTPError as refused:
            answer = refused
        with answer:
            body, status, headers = answer.read(), answer.status, answer.headers.items()
        kept = {k: v for k, v in headers if k.lower().startswith(("x-amz", "content-type"))}
        return Response(body, status, kept)(environ, start)
