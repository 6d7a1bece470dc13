"""The accounts, the regions, and the shelf on which an account's buckets are put up."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from bot.workspace.sample.estate import Account, DeleteMarker, Object, SampleBucket, Upload
from bot.workspace.sample.pelican.lives import Times

# AWS's own documentation writes these account numbers for accounts that are nobody's.
PRODUCTION = "111122223333"
DATA = "444455556666"
LABS = "777788889999"

ACCOUNTS = (
    Account(PRODUCTION, "pelican-production", None),
    Account(DATA, "pelican-data", f"arn:aws:iam::{DATA}:role/s3monitor"),
    Account(LABS, "pelican-labs", f"arn:aws:iam::{LABS}:role/s3monitor"),
)

VIRGINIA = "us-east-1"
OREGON = "us-west-2"
IRELAND = "eu-west-1"
FRANKFURT = "eu-central-1"
SYDNEY = "ap-southeast-2"


class Shelf:
    """Collects the buckets of one account."""

    def __init__(self, account: str, now: datetime, seed: int) -> None:
        self.account = account
        self.now = now
        self.seed = seed
        self.buckets: list[SampleBucket] = []

    def times(self, name: str) -> Times:
        """What writes the lives of the objects of the bucket `name`."""
        return Times(name, self.now, self.seed)

    def add(
        self,
        name: str,
        region: str,
        age: float,
        objects: Iterator[Object] | Sequence[Object] = (),
        *,
        team: str | None = None,
        uploads: Iterator[Upload] | Sequence[Upload] = (),
        delete_markers: Sequence[DeleteMarker] = (),
        versioned: bool = False,
        denied: bool = False,
        metrics: bool = True,
        late: int = 0,
        archives: bool = False,
        deleted: float | None = None,
    ) -> None:
        """Put up a bucket `age` days old, deleted `deleted` days ago; untagged without team."""
        clock = self.times(name)
        tags = {} if team is None else {"team": team, "env": self.account_name}
        self.buckets.append(
            SampleBucket(
                name=name,
                account=self.account,
                region=region,
                created=clock.ago(age),
                tags=tags,
                objects=tuple(objects),
                delete_markers=tuple(delete_markers),
                uploads=tuple(uploads),
                versioned=versioned,
                denied=denied,
                metrics=metrics,
                late=late,
                archives=archives,
                deleted=None if deleted is None else clock.ago(deleted),
            )
        )

    @property
    def account_name(self) -> str:
        """What its `env` tag says."""
        return next(a.name for a in ACCOUNTS if a.id == self.account).removeprefix("pelican-")
