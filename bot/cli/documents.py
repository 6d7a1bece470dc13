"""`s3monitor manifest` and `s3monitor policy`: documents generated from what the code uses."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from bot.aws.policy import policy as iam_policy
from bot.slack.manifest import manifest as slack_manifest
from bot.views.document import to_json


def manifest(command: str, url: str | None) -> int:
    """Print the Slack app manifest as JSON; 0."""
    sys.stdout.write(f"{to_json(slack_manifest(command, url))}\n")
    return 0


def policy(roles: Sequence[str]) -> int:
    """Print the IAM policy as JSON; 0."""
    sys.stdout.write(f"{to_json(iam_policy(roles))}\n")
    return 0
