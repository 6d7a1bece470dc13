"""The AWS accounts the bot reads, and their clients: boto's calls, run in a bounded thread pool."""

from __future__ import annotations

import asyncio
import contextvars
import re
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar, cast
from urllib.parse import urlsplit

from botocore.config import Config
from botocore.credentials import (
    AssumeRoleCredentialFetcher,
    CredentialProvider,
    CredentialResolver,
    DeferredRefreshableCredentials,
)
from botocore.exceptions import NoCredentialsError
from botocore.session import Session

import bot
from bot.aws.refusals import AWS_ERRORS, Kind, estate_error, refusal
from bot.core.usage import Bucket
from bot.errors import SetupError

if TYPE_CHECKING:
    from botocore.client import BaseClient
    from mypy_boto3_ce import CostExplorerClient
    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_pricing import PricingClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sts import STSClient

P = ParamSpec("P")
T = TypeVar("T")

_ROLE = re.compile(r"arn:[a-z-]+:iam::(?P<account>\d{12}):role/[\w+=,.@/-]+")
_FALLBACK_REGION = "us-east-1"
#: What no answer of STS would mend: told at once rather than found again by every later call.
_UNUSABLE = {Kind.NO_CREDENTIALS, Kind.EXPIRED, Kind.MISCONFIGURED}


@dataclass(frozen=True, slots=True)
class Account:
    """One AWS account.

    id: None where the endpoint has no STS to tell it.
    role: the role to assume; None for the default credentials' own account.
    """

    id: str | None
    role: str | None = None


@dataclass(frozen=True, slots=True)
class Limits:
    """How long and how hard botocore tries.

    connect_seconds, read_seconds: until a connection, or an answer, counts as timed out.
    attempts: tries of each call, the first included; the waits between them have jitter.
    connections: kept open for each client; as many as there are threads is enough.
    """

    connect_seconds: float = 5
    read_seconds: float = 30
    attempts: int = 4
    connections: int = 16


class Accounts:
    """The default credentials' account, and one more for each role to assume.

    threads: where every call of botocore runs; its size bounds them. The owner shuts it down.
    roles: ARNs of IAM roles. Raises SetupError for one that is no role's ARN.
    session: botocore's session of the default credentials; made when first needed, if None.
    region: where buckets are listed from; botocore's own configuration, if None.
    path_style: whether buckets are part of the path rather than of the host name. None: as
        the AWS configuration says, and the path with any endpoint that is not AWS's own,
        since few S3-compatible servers answer to a host name for each bucket.
    """

    def __init__(
        self,
        threads: Executor,
        *,
        roles: Sequence[str] = (),
        session: Session | None = None,
        region: str | None = None,
        path_style: bool | None = None,
        limits: Limits = Limits(),
    ) -> None:
        self._threads = threads
        self._roles = tuple(dict.fromkeys(roles))
        self._region = region
        self._path_style = path_style
        self._limits = limits
        # botocore's sessions are not safe to share while they create clients; its clients are.
        self._creating = threading.Lock()
        self._base = session
        self._sessions: dict[str | None, Session] = {}
        self._clients: dict[tuple[str | None, str, str], BaseClient] = {}
        self._by_id: dict[str | None, Account] = {}
        for role in self._roles:
            _account_of(role)

    @property
    def roles(self) -> tuple[str, ...]:
        """The roles to assume, as they were given; each once."""
        return self._roles

    async def call(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a blocking call in the thread pool, with the caller's context."""
        loop = asyncio.get_running_loop()
        run = partial(contextvars.copy_context().run, function, *args, **kwargs)
        return await loop.run_in_executor(self._threads, run)

    async def all(self) -> tuple[Account, ...]:
        """Every account, the default credentials' own first, each once.

        A role in the default credentials' own account replaces them: it was named on purpose.
        Raises EstateError when there are no credentials, or none that can be used.
        """
        others = tuple(Account(_account_of(role), role) for role in self._roles)
        own = await self.call(self._own)
        accounts = {account.id: account for account in others}
        found = tuple(accounts.values()) if own.id in accounts else (own, *accounts.values())
        self._by_id = {account.id: account for account in found}
        return found

    async def home(self) -> str:
        """The region that buckets are listed from."""
        return await self.call(self._home)

    async def s3(self, account: Account, region: str) -> S3Client:
        """That account's S3 client for a region."""
        return cast("S3Client", await self.call(self._client, account.role, "s3", region))

    async def cloudwatch(self, account: Account, region: str) -> CloudWatchClient:
        """That account's CloudWatch client for a region."""
        client = await self.call(self._client, account.role, "cloudwatch", region)
        return cast("CloudWatchClient", client)

    def cost_explorer(self) -> CostExplorerClient:
        """The default credentials' own Cost Explorer, which is in us-east-1 alone. Blocks."""
        return cast("CostExplorerClient", self._client(None, "ce", "us-east-1"))

    def price_list(self) -> PricingClient:
        """The Price List Query API, which is in us-east-1 among others. Blocks."""
        return cast("PricingClient", self._client(None, "pricing", "us-east-1"))

    def client_for(self, bucket: Bucket) -> S3Client:
        """The S3 client for a bucket's account and region. Blocks: call it in a thread."""
        role = self.of(bucket).role
        return cast("S3Client", self._client(role, "s3", bucket.region))

    def of(self, bucket: Bucket) -> Account:
        """The account of a bucket; the default credentials' own for one of unknown account."""
        return self._by_id.get(bucket.account, Account(bucket.account))

    def _own(self) -> Account:
        try:
            sts = cast("STSClient", self._client(None, "sts", self._home()))
            return Account(sts.get_caller_identity()["Account"])
        # KeyError: botocore's, about a reply to STS that some other server gave.
        except (*AWS_ERRORS, KeyError) as error:
            if not isinstance(error, KeyError):
                why = refusal(error)
                if why.kind in _UNUSABLE:
                    raise estate_error(why, "AWS could not be asked") from error
            # An endpoint without STS works: its account just has no number.
            return Account(None)

    def _home(self) -> str:
        if self._region:
            return self._region
        return self._session(None).get_config_variable("region") or _FALLBACK_REGION

    def _session(self, role: str | None) -> Session:
        with self._creating:
            return self._session_unlocked(role)

    def _session_unlocked(self, role: str | None) -> Session:
        if self._base is None:
            self._base = Session()
        if role is None:
            return self._base
        if role not in self._sessions:
            self._sessions[role] = self._assuming(role, self._base)
        return self._sessions[role]

    def _assuming(self, role: str, base: Session) -> Session:
        """A session whose credentials botocore fetches, and renews, by assuming the role."""
        session = Session()
        # One loader for all: a session that loads the API models itself takes 14 MB and
        # 120 ms rather than 0.7 MB and 12 ms (measured, an S3 and a CloudWatch client each).
        session.register_component("data_loader", base.get_component("data_loader"))
        provider = _AssumedRole(role, base, self._create_sts)
        session.register_component("credential_provider", CredentialResolver([provider]))
        return session

    def _client(self, role: str | None, service: str, region: str) -> BaseClient:
        key = (role, service, region)
        known = self._clients.get(key)
        if known is not None:
            return known
        with self._creating:
            if key not in self._clients:
                self._clients[key] = self._create(self._session_unlocked(role), service, region)
            return self._clients[key]

    def _create_sts(self, _service: str, **credentials: Any) -> BaseClient:
        """A client to assume roles with, as botocore's fetcher of credentials asks for one."""
        region, config = self._home(), self._config("sts")
        base = self._session(None)
        with self._creating:
            return base.create_client("sts", region_name=region, config=config, **credentials)

    def _create(self, session: Session, service: str, region: str) -> BaseClient:
        config = self._config(service)
        client = session.create_client(service, region_name=region, config=config)
        if service != "s3":
            return client
        by_path = self._path_style
        if by_path is None:
            if "addressing_style" in session.get_scoped_config().get("s3", {}):
                return client
            by_path = not _is_aws(client)
        # Left to itself, botocore signs URLs for the host `BUCKET.s3.amazonaws.com`, which
        # does not serve opt-in regions, and redirects for buckets that are new; asked for
        # virtual hosts by name, it signs for the region's own.
        style = Config(s3={"addressing_style": "path" if by_path else "virtual"})
        return session.create_client(service, region_name=region, config=config.merge(style))

    def _config(self, service: str) -> Config:
        limits = self._limits
        if service == "sts":
            # Asked first of all, and not needed: an endpoint without it must not cost a minute.
            limits = replace(limits, attempts=min(2, limits.attempts))
        return Config(
            # The listing engine signs its own requests with this client.
            signature_version="s3v4" if service == "s3" else None,
            # Its calls carry 500 queries that only this program writes: checking them again
            # takes a third of the time of a call.
            parameter_validation=service != "cloudwatch",
            connect_timeout=limits.connect_seconds,
            read_timeout=limits.read_seconds,
            max_pool_connections=limits.connections,
            # `total_max_attempts` counts the first try too, in every retry mode.
            retries={"mode": "standard", "total_max_attempts": limits.attempts},
            user_agent_extra=f"s3monitor/{bot.__version__}",
        )


class _AssumedRole(CredentialProvider):
    """botocore's own way to hand out, and renew, the credentials of an assumed role."""

    METHOD = "s3monitor-role"

    def __init__(self, role: str, base: Session, create_sts: Callable[..., BaseClient]) -> None:
        super().__init__(base)
        self._role = role
        self._create_sts = create_sts

    def load(self) -> DeferredRefreshableCredentials:
        source = self.session.get_credentials()
        if source is None:
            raise NoCredentialsError
        fetcher = AssumeRoleCredentialFetcher(
            self._create_sts, source, self._role, extra_args={"RoleSessionName": "s3monitor"}
        )
        return DeferredRefreshableCredentials(fetcher.fetch_credentials, "assume-role")


def _account_of(role: str) -> str:
    match = _ROLE.fullmatch(role)
    if match is None:
        raise SetupError(
            f"S3MONITOR_ROLES names {role!r}, which is no role's ARN.",
            "Write it like arn:aws:iam::123456789012:role/s3monitor.",
        )
    return match["account"]


def _is_aws(client: BaseClient) -> bool:
    host = urlsplit(client.meta.endpoint_url).hostname or ""
    # The commercial, Chinese and European partitions' suffixes, and the dual-stack ones.
    return host.endswith((".amazonaws.com", ".amazonaws.com.cn", ".amazonaws.eu", ".aws"))
