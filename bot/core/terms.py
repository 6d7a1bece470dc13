"""What a customer has agreed with AWS: who pays, and how much less than the list says."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal

from bot.core.prices import EXACT

#: The smallest part of a dollar that is reckoned with.
QUANTUM = Decimal("0.000001")

_HUNDRED = Decimal(100)
_ACCOUNT = re.compile(r"\d{12}")
_PERCENT = re.compile(r"\d{1,3}(\.\d{1,6})?")


@dataclass(frozen=True, slots=True)
class Terms:
    """Payers and discounts.

    payers: the paying account of accounts that differ in it; all others share one payer, as
        the accounts of an organisation do.
    discount: percent off for every account, discounts: for single ones instead.
    """

    payers: Mapping[str, str] = field(default_factory=dict)
    discount: Decimal = Decimal(0)
    discounts: Mapping[str, Decimal] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for percent in (self.discount, *self.discounts.values()):
            if not 0 <= percent <= _HUNDRED:
                raise ValueError(f"a discount of {percent} % is not between 0 and 100")

    @classmethod
    def parse(cls, discounts: str = "", payers: str = "") -> Terms:
        """Terms as settings write them.

        discounts: percent off, and accounts with another one: `10,111111111111=12.5`.
        payers: accounts and who pays for them: `222222222222=333333333333`. Raises ValueError.
        """
        general = [part for part in _parts(discounts) if "=" not in part]
        if len(general) > 1:
            raise ValueError(f"{discounts!r} has more than one general discount")
        return cls(
            payers=dict(_pairs(payers)),
            discount=_percent(general[0]) if general else Decimal(0),
            discounts={
                account: _percent(percent)
                for account, percent in _pairs(
                    ",".join(part for part in _parts(discounts) if "=" in part)
                )
            },
        )

    @property
    def discounted(self) -> bool:
        """Whether any discount applies."""
        return bool(self.discount or any(self.discounts.values()))

    def payer(self, account: str | None) -> str | None:
        """Who pays for the account."""
        return self.payers.get(account) if account is not None else None

    def paid(self, account: str | None, usd: Decimal) -> Decimal:
        """What is left of list dollars, in whole quanta."""
        percent = self.discounts.get(account or "", self.discount)
        if not percent:
            return usd
        left = EXACT.multiply(usd, _HUNDRED - percent)
        return rounded(EXACT.divide(left, _HUNDRED))


def _parts(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _pairs(text: str) -> Iterator[tuple[str, str]]:
    for part in _parts(text):
        account, equals, value = (word.strip() for word in part.partition("="))
        if not equals or not _ACCOUNT.fullmatch(account) or not value:
            raise ValueError(f"{part!r} is not an account's number, `=` and a value")
        yield account, value


def _percent(text: str) -> Decimal:
    if not _PERCENT.fullmatch(text):
        raise ValueError(f"{text!r} is not a percentage")
    return Decimal(text)


def rounded(usd: Decimal) -> Decimal:
    """To the quantum, halves up."""
    return usd.quantize(QUANTUM, rounding=ROUND_HALF_UP, context=EXACT)
