"""`s3monitor manifest` and `s3monitor policy`: documents generated from what the code uses."""

from __future__ import annotations

import sys

from bot.aws.policy import BILL, PRICE_LIST
from bot.aws.policy import policy as iam_policy
from bot.settings import Settings
from bot.slack.manifest import manifest as slack_manifest
from bot.views.document import to_json


def manifest(command: str, url: str | None) -> int:
    """Print the Slack app manifest as JSON; 0."""
    sys.stdout.write(f"{to_json(slack_manifest(command, url))}\n")
    return 0


def policy(settings: Settings) -> int:
    """Print the IAM policy that these settings need as JSON; 0."""
    optional = [BILL] if settings.bill else []
    if settings.price_list == "query":
        optional.append(PRICE_LIST)
    document = iam_policy(settings.roles, optional=optional)
    sys.stdout.write(f"{to_json(document)}\n")
    return 0
