"""Which buckets there are, in every account, and the region of each."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from xml.etree.ElementTree import ParseError

from botocore.exceptions import ClientError

from bot.aws.accounts import Account, Accounts
from bot.aws.refusals import AWS_ERRORS, Kind, Refusal, estate_error, refusal, refused
from bot.core.usage import WHOLE_ACCOUNT, Bucket, Skipped
from bot.errors import EstateError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


@dataclass(frozen=True, slots=True)
class Discovered:
    """The buckets found, by account and name, and what could not be looked at.

    accounts: those whose buckets could be listed, also where there are none.
    """

    buckets: tuple[Bucket, ...]
    skipped: tuple[Skipped, ...] = ()
    accounts: tuple[Account, ...] = ()


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a bucket is, and whether whoever asked is allowed to look into it."""

    region: str
    allowed: bool


class RegionUnknownError(Exception):
    """A bucket's region could not be learnt; `refusal` says why."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.reason)
        self.refusal = refusal


class Discovery:
    """Finds buckets.

    page: buckets asked for at once, at most 10,000. Asking for pages also is what makes S3
        name each bucket's region.
    """

    def __init__(self, accounts: Accounts, *, page: int = 1000) -> None:
        self._accounts = accounts
        self._page = page

    async def buckets(self) -> Discovered:
        """Every bucket of every account. Raises EstateError when no account could be listed."""
        accounts = await self._accounts.all()
        home = await self._accounts.home()
        found = await asyncio.gather(*(self._of(account, home) for account in accounts))
        refusals = [answer for answer in found if isinstance(answer, Refusal)]
        if len(refusals) == len(found):
            raise estate_error(refusals[0], "The buckets could not be listed")
        buckets: list[Bucket] = []
        skipped: list[Skipped] = []
        listed: list[Account] = []
        for account, answer in zip(accounts, found, strict=True):
            if isinstance(answer, Refusal):
                skipped.append(
                    Skipped(WHOLE_ACCOUNT, None, answer.reason, answer.permission, account.id)
                )
            else:
                listed.append(account)
                buckets += answer.buckets
                skipped += answer.skipped
        return Discovered(
            tuple(sorted(buckets, key=lambda each: (each.account or "", each.name))),
            tuple(sorted(skipped, key=lambda each: (each.account or "", each.bucket))),
            tuple(listed),
        )

    async def find(self, name: str) -> Bucket:
        """One bucket by its name; it may belong to someone else's account.

        The default credentials are asked first, and then the roles' accounts. Raises EstateError
        when nobody can say where it is, or several accounts have one of that name.
        """
        home = await self._accounts.home()
        own = await self._look(Account(None), name, home)
        if isinstance(own, _Place) and (own.allowed or not self._accounts.roles):
            return Bucket(name, own.region, None)
        if isinstance(own, Refusal) and not self._accounts.roles:
            raise estate_error(own, f"Bucket {name} could not be found")
        accounts = [each for each in await self._accounts.all() if each.role is not None]
        looked = await asyncio.gather(*(self._look(each, name, home) for each in accounts))
        found = dict(zip(accounts, looked, strict=True))
        places = {each: what for each, what in found.items() if isinstance(what, _Place)}
        allowed = {each: place for each, place in places.items() if place.allowed}
        if len(allowed) > 1:
            allowed = await self._owned(name, allowed, home)
        if len(allowed) > 1:
            numbers = " and ".join(sorted(str(each.id) for each in allowed))
            raise EstateError(
                f"There is a bucket {name} in the accounts {numbers}.",
                "Leave one of their roles in S3MONITOR_ROLES.",
            )
        if not allowed and isinstance(own, _Place):
            return Bucket(name, own.region, None)
        for account, place in (allowed or places).items():
            return Bucket(name, place.region, None, account.id)
        for account, why in found.items():
            if isinstance(why, Refusal) and why.kind is not Kind.GONE:
                asked = f"Bucket {name} is in no other account, and {account.id} did not answer"
                raise estate_error(why, asked)
        why = own if isinstance(own, Refusal) else refused(Kind.GONE)
        raise estate_error(why, f"Bucket {name} could not be found in any account")

    async def _look(self, account: Account, name: str, home: str) -> _Place | Refusal:
        """Where an account says that a bucket is."""
        try:
            client = await self._accounts.s3(account, home)
            return await self._accounts.call(_place_of, client, name, home)
        except AWS_ERRORS as error:
            return refusal(error)
        except RegionUnknownError as error:
            return error.refusal

    async def _owned(
        self, name: str, places: Mapping[Account, _Place], home: str
    ) -> dict[Account, _Place]:
        """Those of the accounts that name the bucket as theirs; all, where none does."""

        async def owns(account: Account) -> bool:
            try:
                client = await self._accounts.s3(account, home)
                listed = await self._accounts.call(_list, client, self._page)
            except AWS_ERRORS:
                return False  # whoever may not list its own buckets may still own one
            return name in {each for each, _, _ in listed or ()}

        owned = await asyncio.gather(*(owns(account) for account in places))
        owners = {each: places[each] for each, is_one in zip(places, owned, strict=True) if is_one}
        return owners or dict(places)

    async def _of(self, account: Account, home: str) -> Discovered | Refusal:
        try:
            client = await self._accounts.s3(account, home)
            listed = await self._accounts.call(_list, client, self._page)
        except AWS_ERRORS as error:
            return refusal(error)
        if listed is None:
            return refused(Kind.NOT_OFFERED)
        placed = await asyncio.gather(
            *(self._place(client, account, home, *entry) for entry in listed)
        )
        return Discovered(
            tuple(each for each in placed if isinstance(each, Bucket)),
            tuple(each for each in placed if isinstance(each, Skipped)),
        )

    async def _place(
        self,
        client: S3Client,
        account: Account,
        home: str,
        name: str,
        created: datetime | None,
        region: str | None,
    ) -> Bucket | Skipped:
        if region:
            return Bucket(name, region, created, account.id)
        try:
            place = await self._accounts.call(_place_of, client, name, home)
        except RegionUnknownError as error:
            why = error.refusal
            return Skipped(name, None, why.reason, why.permission, account.id)
        return Bucket(name, place.region, created, account.id)


def _list(client: S3Client, page: int) -> list[tuple[str, datetime | None, str | None]] | None:
    """Name, creation and region of each bucket; None when the answer was not S3's at all."""
    found = []
    for answer in client.get_paginator("list_buckets").paginate(
        PaginationConfig={"PageSize": page}
    ):
        # Some other server's "200 OK" parses as an answer with nothing in it.
        if not _is_from_s3(answer):
            return None
        found += [
            (bucket["Name"], _utc(bucket.get("CreationDate")), bucket.get("BucketRegion"))
            for bucket in answer.get("Buckets", ())
        ]
    return found


def _utc(moment: datetime | None) -> datetime | None:
    return None if moment is None else moment.astimezone(UTC)


def _is_from_s3(answer: Mapping[str, object]) -> bool:
    return "Buckets" in answer or "Owner" in answer


def _place_of(client: S3Client, name: str, home: str) -> _Place:
    """The region of a bucket, by asking for it, else by the header that even a 403 carries."""
    try:
        place = client.get_bucket_location(Bucket=name)["LocationConstraint"]
    except ParseError:
        # botocore reads this answer by itself, and trips over an error without a body
        why = refused(Kind.UNREADABLE)
    except AWS_ERRORS as error:
        why = refusal(error)
        if why.kind is Kind.NOT_OFFERED:
            return _Place(home, allowed=True)
        if why.kind is not Kind.DENIED:
            raise RegionUnknownError(why) from error
    else:
        # Two relics: us-east-1 has no name here, and Ireland once was all of Europe.
        # https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketLocation.html
        region = {None: "us-east-1", "": "us-east-1", "EU": "eu-west-1"}.get(place, place)
        return _Place(region, allowed=True)
    allowed = True
    try:
        answer: Mapping[str, Any] = client.head_bucket(Bucket=name)
    except ClientError as error:
        answer, allowed = error.response, False
    except AWS_ERRORS as error:
        raise RegionUnknownError(refusal(error)) from error
    headers = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {})
    region = headers.get("x-amz-bucket-region")
    if not region:
        raise RegionUnknownError(why)
    return _Place(str(region), allowed)
