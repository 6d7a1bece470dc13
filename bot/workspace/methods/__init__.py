"""The Web API methods, by family. Importing the package enters them all in `api.METHODS`."""

from bot.workspace.methods import chat, conversations, files, people, views

__all__ = ["chat", "conversations", "files", "people", "views"]
