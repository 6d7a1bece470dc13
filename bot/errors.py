"""Everything that can go wrong and that a person is told. Each says what to do next.

    Told
    ├── QueryError     the question was not understood          exit status 2
    ├── SetupError     a setting or credential is missing       exit status 1
    ├── EstateError    AWS could not be read at all             exit status 1
    ├── StoreError     the database could not be used           exit status 1
    ├── PriceError     AWS's prices or bill cannot be read      exit status 1
    ├── ConsentError   what costs money was not agreed to       exit status 1
    └── SlackError     Slack refused something                  exit status 1

What stops a single bucket is no error but a `Skipped` in the answer.
"""

from __future__ import annotations


class Told(Exception):
    """Something a person is told.

    problem: one sentence; advice: what to type or do next, may be empty.
    """

    def __init__(self, problem: str, advice: str = "") -> None:
        super().__init__(f"{problem} {advice}".strip())
        self.problem = problem
        self.advice = advice


class QueryError(Told):
    """The question was not understood; the advice carries an example that is."""


class SetupError(Told):
    """A setting or a credential is missing or wrong."""


class EstateError(Told):
    """The estate could not be read at all: no credentials, no network, no permission to list."""


class StoreError(Told):
    """The database could not be opened, migrated or written."""


class SlackError(Told):
    """Slack refused something that the bot cannot do without."""


class PriceError(Told):
    """AWS's price list or its bill could not be read. What is known already still serves."""


class ConsentError(Told):
    """Something that costs money was not done, for nobody agreed to it."""
