"""Block Kit as Slack documents it: every block, element and object with its fields and limits.

The limits are those of https://docs.slack.dev/reference/block-kit, read 2026-11-22. One class an
object of Slack's, its docstring naming Slack's word for it. What spans several blocks (one table a
message, a doubled id) is in `bot.workspace.blocks`.
"""

from bot.workspace.blockkit.blocks import KnownBlock, View

__all__ = ["KnownBlock", "View"]
