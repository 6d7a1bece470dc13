"""What Slack does to the words people type, undone."""

from __future__ import annotations

import re

_REFERENCE = re.compile(r"<([^<>|]*)(?:\|([^<>]*))?>")
_QUOTES = str.maketrans({"`": " ", "\u2018": "'", "\u2019": "'", "\u201c": '"', "\u201d": '"'})


def typed(text: str, bot_user: str = "") -> str:
    """The words as typed: no mention of the bot, no links around names, no entities, no backticks.

    `<@U0BOT> report bucket=<http://logs.example.com|logs.example.com>` is what arrives for
    `@s3monitor report bucket=logs.example.com`.
    https://docs.slack.dev/messaging/formatting-message-text/#retrieving-messages
    """

    def plain(match: re.Match[str]) -> str:
        target, label = match[1], match[2]
        if target == f"@{bot_user}":
            return " "
        if target.startswith(("http:", "https:", "mailto:")):
            return label or re.sub(r"^(https?://|mailto:)", "", target).rstrip("/")
        return match[0]

    words = _REFERENCE.sub(plain, text).translate(_QUOTES)
    for entity, letter in (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&")):
        words = words.replace(entity, letter)
    return words.strip()


def mentions_others(text: str, bot_user: str) -> bool:
    """Whether the message addresses someone, and that is not the bot."""
    people = re.findall(r"<@([A-Z0-9]+)", text)
    return bool(people) and bot_user not in people
