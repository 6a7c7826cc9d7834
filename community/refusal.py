"""The one error of the community's commands: a sentence, and nothing was changed."""

from node.core.errors import NodeError


class NotDone(NodeError):
    """Say why a command did nothing."""
