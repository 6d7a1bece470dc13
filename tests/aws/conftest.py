from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.aws.stand_in import Estate, StandIn
from tests.conftest import SAMPLE_RUNS


@pytest.fixture(scope="session")
def stand_in(pytestconfig: pytest.Config) -> Iterator[StandIn]:
    """One stand-in for AWS, emptied after each test that used it."""
    assert SAMPLE_RUNS not in pytestconfig.stash, "the sample would be emptied: run aws first"
    aws = StandIn()
    yield aws
    aws.close()


@pytest.fixture
def aws_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Credentials of a test, and nothing of whoever runs it."""
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")


@pytest.fixture
def estate(
    stand_in: StandIn, aws_environment: None, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Estate]:
    """An empty AWS account, which the environment's credentials and endpoint lead to."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", stand_in.url)
    stand_in.forget()  # tests of listings leave their buckets in the same moto
    with ThreadPoolExecutor(4) as threads:
        yield Estate(stand_in, threads)
    stand_in.forget()
