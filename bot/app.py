"""The composition root: the one place that says who talks to whom."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import aiohttp
import structlog
from pydantic import SecretStr
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult

import bot
from bot.aws.accounts import Accounts
from bot.aws.bill import CostExplorer
from bot.aws.collector import S3Collector
from bot.aws.listing import S3Lister
from bot.aws.offers import BASE_URL, OfferFiles, QueriedOffers
from bot.clock import Clock
from bot.core.outcome import Status
from bot.core.prices import shipped_prices
from bot.core.snapshot import Scope
from bot.core.terms import Terms
from bot.errors import SetupError
from bot.flows.answer import AnswerQuery
from bot.flows.approve_listings import ApproveListings
from bot.flows.carry_out import CarryOut
from bot.flows.compare_bill import CompareBill
from bot.flows.compose_digest import ComposeDigest
from bot.flows.explain_cost import ExplainCost
from bot.flows.keep_history import KeepHistory
from bot.flows.latest import LatestSnapshot
from bot.flows.ports import Offers
from bot.flows.read_bill import ReadBill
from bot.flows.refresh_prices import Prices, RefreshPrices
from bot.flows.send_digests import SendDigests
from bot.settings import Server, Settings, SlackSettings
from bot.slack.conversation import Conversation
from bot.slack.identity import Identity, identify
from bot.slack.listeners import Listeners
from bot.slack.messenger import Messenger, web_client
from bot.slack.transport import HttpServer, SocketMode, Transport
from bot.slack.work import Work
from bot.store.bills import SqlBills
from bot.store.checkpoints import SqlCheckpoints, SqlLandmarks
from bot.store.database import Database
from bot.store.deliveries import SqlDeliveries
from bot.store.price_books import SqlPriceBooks
from bot.store.receipts import SqlReceipts
from bot.store.snapshots import SqlSnapshots
from bot.store.spending import SqlSpending
from bot.store.subscriptions import SqlSubscriptions
from bot.store.threads import SqlThreads
from bot.views.format import age, dollars

logger = structlog.get_logger()

#: Threads for boto3's blocking calls, over all accounts and regions.
BOTO_THREADS = 16
#: How long a stop waits for answers that are being worked on.
DRAIN_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class Estate:
    """AWS, and what answers questions about it."""

    accounts: Accounts
    lister: S3Lister
    collector: S3Collector
    database: Database
    snapshots: SqlSnapshots
    spending: SqlSpending
    budget: Decimal | None
    latest: LatestSnapshot
    answer: AnswerQuery
    digest: ComposeDigest
    explain: ExplainCost
    bill: CompareBill
    history: KeepHistory
    prices: Prices
    refresh: RefreshPrices


@asynccontextmanager
async def open_estate(settings: Settings, clock: Clock, database_url: str) -> AsyncIterator[Estate]:
    """Everything but Slack. Raises SetupError or StoreError."""
    async with AsyncExitStack() as stack:
        threads = ThreadPoolExecutor(BOTO_THREADS, thread_name_prefix="boto")
        stack.callback(threads.shutdown, wait=False, cancel_futures=True)
        database = Database.open(database_url)
        stack.push_async_callback(database.close)
        await database.migrate()
        accounts = Accounts(threads, roles=settings.roles)
        lister = S3Lister(
            accounts.client_for,
            clock,
            concurrency=settings.concurrency,
            checkpoints=SqlCheckpoints(database, clock.now),
            landmarks=SqlLandmarks(database, clock.now),
        )
        stack.push_async_callback(lister.close)
        collector = S3Collector(accounts, lister, clock, auto_list_limit=settings.auto_list_limit)
        snapshots = SqlSnapshots(database)
        spending = SqlSpending(database)
        approve = ApproveListings(
            spending,
            snapshots,
            clock,
            confirm=settings.scan_confirm_usd,
            budget=settings.scan_budget_usd,
            concurrency=settings.concurrency,
        )
        latest = LatestSnapshot(collector, snapshots, approve, clock, settings.max_age)
        stack.push_async_callback(latest.close)
        books = SqlPriceBooks(database)
        prices = Prices(books, shipped_prices())
        await prices.load()
        terms = _terms(settings)
        offers = await _offers(settings, accounts, stack)
        yield Estate(
            accounts=accounts,
            lister=lister,
            collector=collector,
            database=database,
            snapshots=snapshots,
            spending=spending,
            budget=settings.scan_budget_usd,
            latest=latest,
            answer=AnswerQuery(latest, prices, terms),
            explain=ExplainCost(latest, prices, terms),
            bill=CompareBill(
                _bills(settings, accounts, database, prices, clock),
                snapshots,
                prices,
                terms,
                clock,
            ),
            digest=ComposeDigest(latest, collector, snapshots, prices, terms, clock),
            history=KeepHistory(latest, snapshots, clock),
            prices=prices,
            refresh=RefreshPrices(offers, books, prices, clock),
        )


def _terms(settings: Settings) -> Terms:
    try:
        return Terms.parse(settings.discount_percent, settings.payers)
    except ValueError as error:
        raise SetupError(
            f"S3MONITOR_DISCOUNT_PERCENT or S3MONITOR_PAYERS is wrong: {error}.",
            "Write for example S3MONITOR_DISCOUNT_PERCENT=10,111111111111=12.5.",
        ) from error


async def _offers(settings: Settings, accounts: Accounts, stack: AsyncExitStack) -> Offers:
    if settings.price_list == "query":
        return QueriedOffers(accounts.price_list)
    session = await stack.enter_async_context(aiohttp.ClientSession())
    return OfferFiles(session, settings.price_list or BASE_URL)


def _bills(
    settings: Settings, accounts: Accounts, database: Database, prices: Prices, clock: Clock
) -> ReadBill | None:
    if not settings.bill:
        return None
    explorer = CostExplorer(accounts.cost_explorer, lambda: prices().prefixes, clock.now)
    return ReadBill(explorer, SqlBills(database), clock)


def _carry_out(
    estate: Estate,
    subscriptions: SqlSubscriptions,
    status: Callable[[], Awaitable[Status]],
    zone_of: Callable[[str], Awaitable[str | None]],
    clock: Clock,
) -> CarryOut:
    return CarryOut(
        estate.answer,
        estate.explain,
        estate.bill,
        estate.digest,
        subscriptions,
        status,
        zone_of,
        clock,
    )


def carry_out_in_terminal(estate: Estate, clock: Clock) -> CarryOut:
    """Every command, for a terminal: it has no workspace, and its time zone is UTC."""
    subscriptions = SqlSubscriptions(estate.database)

    async def status() -> Status:
        return await _status(estate, ("Workspace", "none: a terminal"), subscriptions, clock)

    async def zone_of(_: str) -> str | None:
        return None

    return _carry_out(estate, subscriptions, status, zone_of, clock)


class Bot:
    """The bot in Slack: its listeners, its scheduler, its port."""

    def __init__(
        self,
        transports: list[Transport],
        http: HttpServer,
        digests: SendDigests,
        chores: Sequence[Callable[[], Coroutine[Any, Any, None]]],
        work: Work,
        app: AsyncApp,
        identity: Identity,
    ) -> None:
        self._transports = transports
        self.digests = digests
        self._work = work
        self._chores = (digests.run, *chores)
        self._running: list[asyncio.Task[None]] = []
        self.http = http
        self.app = app
        self.identity = identity

    async def start(self) -> None:
        """Take requests, and send what is due. Raises SetupError."""
        for transport in self._transports:
            await transport.open()
        self._running = [asyncio.create_task(chore()) for chore in self._chores]

    async def stop(self, patience: float = DRAIN_SECONDS) -> None:
        """Take no more, let running answers finish for so many seconds, then close."""
        for chore in self._running:
            chore.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)
        for transport in self._transports:
            await transport.close()
        if late := await self._work.drain(patience):
            logger.warning(f"{late} answers were not finished", action="stopped_late")


@asynccontextmanager
async def open_bot(
    settings: Settings, slack: SlackSettings, server: Server, clock: Clock
) -> AsyncIterator[Bot]:
    """The whole bot, checked but not started. Raises SetupError, StoreError."""
    if slack.bot_token is None or not (slack.app_token or slack.signing_secret):
        raise SetupError(
            "Slack is not set up: SLACK_BOT_TOKEN is needed, and SLACK_APP_TOKEN for Socket Mode "
            "or SLACK_SIGNING_SECRET for HTTP.",
            "docs/install.md tells where to find them; `s3monitor demo` works without.",
        )
    async with AsyncExitStack() as stack:
        estate = await stack.enter_async_context(
            open_estate(settings, clock, settings.database_url)
        )
        await estate.database.check()
        session = await stack.enter_async_context(aiohttp.ClientSession())
        client = web_client(slack.bot_token.get_secret_value(), slack.api_url, session)
        identity = await identify(client)

        # Bolt inspects the function's arguments, and a bound method's `self` confuses it
        async def authorize() -> AuthorizeResult:
            return identity.authorization

        app = AsyncApp(
            client=web_client(None, slack.api_url, session),
            authorize=authorize,
            signing_secret=_plain(slack.signing_secret),
        )
        messenger = Messenger(client, clock.now)
        subscriptions = SqlSubscriptions(estate.database)
        threads = SqlThreads(estate.database)
        digests = SendDigests(
            estate.digest,
            subscriptions,
            SqlDeliveries(estate.database),
            threads,
            messenger,
            clock,
        )
        work = Work()

        async def status() -> Status:
            here = ("Workspace", f"{identity.team}, as @{identity.name}")
            return await _status(estate, here, subscriptions, clock)

        async def zone_of(user: str) -> str | None:
            return settings.timezone or await messenger.zone(user)

        carry_out = _carry_out(estate, subscriptions, status, zone_of, clock)
        conversation = Conversation(
            carry_out, threads, clock, version=bot.__version__, command=settings.command
        )
        Listeners(
            conversation,
            messenger,
            threads,
            SqlReceipts(estate.database),
            work,
            clock,
            identity,
            settings.command,
            estate.latest.stop,
        ).register(app)
        socket = slack.app_token and SocketMode(app, slack.app_token.get_secret_value())
        http = HttpServer(
            server.host,
            server.port,
            None if socket else app,
            socket.connected if socket else None,
        )
        transports: list[Transport] = [socket, http] if socket else [http]
        chores = [estate.history.run]
        if settings.price_list:
            chores.append(estate.refresh.run)
        yield Bot(transports, http, digests, chores, work, app, identity)


def _plain(secret: SecretStr | None) -> str | None:
    return secret.get_secret_value() if secret else None


async def _status(
    estate: Estate, place: tuple[str, str], subscriptions: SqlSubscriptions, clock: Clock
) -> Status:
    accounts = await estate.accounts.all()
    last = await estate.snapshots.latest(Scope(), datetime.min.replace(tzinfo=UTC))
    facts = [
        ("Version", bot.__version__),
        place,
        ("AWS accounts", ", ".join(account.id or "unnamed" for account in accounts)),
        ("Whole estate measured", age(clock.now() - last.taken_at) if last else "not yet"),
        ("Prices of", estate.prices().as_of.isoformat()),
        ("Listings today", await _spent(estate, clock)),
        ("Digests", str(len(await subscriptions.all()))),
        ("Database", estate.database.place),
    ]
    return Status(tuple(facts))


async def _spent(estate: Estate, clock: Clock) -> str:
    """`$0.12`, or where there is a budget `$0.12 of $1.00`."""
    spent = dollars(await estate.spending.spent(clock.now().astimezone(UTC).date()))
    return spent if estate.budget is None else f"{spent} of {dollars(estate.budget)}"


async def run(settings: Settings, slack: SlackSettings, server: Server) -> None:
    """Run the bot until SIGTERM or SIGINT; running answers are finished first."""
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for each in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(each, stopping.set)
    async with open_bot(settings, slack, server, Clock()) as running:
        await running.start()
        how = "Socket Mode" if slack.app_token else f"HTTP on port {server.port}"
        logger.info(
            f"Ready in {running.identity.team} as @{running.identity.name}, by {how}",
            action="ready",
        )
        await stopping.wait()
        logger.info("Stopping: running answers are finished first", action="stopping")
        await running.stop()
