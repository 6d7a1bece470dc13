from typing import Any

import boto3
import pytest
from botocore.config import Config

from bot.workspace.sample import SampleAccount


class Aws:
    """boto3 against a running sample, as one of its accounts."""

    def __init__(self, sample: SampleAccount) -> None:
        self.sample = sample
        # One session, for it reads botocore's models of the services only once.
        self._session = boto3.session.Session()
        self._clients: dict[tuple[str, str, str | None], Any] = {}
        self._keys: dict[str | None, dict[str, str]] = {
            None: {
                "aws_access_key_id": sample.environment["AWS_ACCESS_KEY_ID"],
                "aws_secret_access_key": sample.environment["AWS_SECRET_ACCESS_KEY"],
            }
        }

    def client(self, service: str, region: str = "us-east-1", role: str | None = None) -> Any:
        """A client that retries nothing, of the account of `role`. The same one each time."""
        place = (service, region, role)
        if place not in self._clients:
            if role not in self._keys:
                sts = self.client("sts")
                given = sts.assume_role(RoleArn=role, RoleSessionName="test")["Credentials"]
                self._keys[role] = {
                    "aws_access_key_id": given["AccessKeyId"],
                    "aws_secret_access_key": given["SecretAccessKey"],
                    "aws_session_token": given["SessionToken"],
                }
            self._clients[place] = self._session.client(
                service,
                region_name=region,
                endpoint_url=self.sample.endpoint,
                config=Config(retries={"total_max_attempts": 1}),
                **self._keys[role],
            )
        return self._clients[place]

    def of(self, account: str, service: str = "s3", region: str = "us-east-1") -> Any:
        """A client in the account of that id."""
        roles = {account.id: account.role for account in self.sample.estate.accounts}
        return self.client(service, region, roles[account])


@pytest.fixture(scope="session")
def clients(running: SampleAccount) -> Aws:
    """The clients, made once: making one takes longer than most tests."""
    return Aws(running)


@pytest.fixture
def aws(clients: Aws, sample: SampleAccount) -> Aws:
    """boto3 against the sample without faults, and with an empty log."""
    return clients
