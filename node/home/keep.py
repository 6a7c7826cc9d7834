"""Write into the parameters file what is wished beside it, and let go of those wishes.

Two steps, for the file may be root's and the wishes are the node's: a wish goes only when the file
says the same, so whatever ends in between loses nothing.
"""

from node.core.errors import Refused
from node.home.wishes import WISHES_NAME, still_wished, wishes_in
from node.links.status import ask
from node.parameters.keeping import Kept, put_in_file, write_wishes, written_in
from node.parameters.scheme import Parameters
from node.parameters.wishes import can_be_wished, value_in


def keep_in_file(parameters: Parameters) -> Parameters:
    """Write the wishes that stand into the file, and print each; give what the file says then.

    Raises:
        ConfigError: they cannot be read, or do not go with the file.
        ParametersUneditable: the file has no place for one, or cannot be written.
    """
    content, kept = parameters.content, wishes_in(parameters.node.state_directory)
    standing = {key: one for key, one in kept.items() if _stands(content, key, one)}
    for key, one in kept.items():
        if key not in standing:
            print(f"{key}: the file has a new value, so the wish for {one.value} has ended")
    if not standing:
        print("nothing is wished beside the file")
        return parameters
    written = written_in(parameters, {key: one.value for key, one in standing.items()})
    put_in_file(written)
    for key, one in standing.items():
        was = "not there" if one.replaces is None else one.replaces
        print(f"{key}: {one.value} (was {was}; wished by {one.by} since {one.at})")
    return written


def let_wishes_go(parameters: Parameters) -> None:
    """Have the node let go of the wishes that its file says itself, or do so where none runs.

    Raises:
        ConfigError: the wishes cannot be read.
        ParametersUneditable: they cannot be written.
        Refused: the running node refuses.
    """
    directory = parameters.node.state_directory
    try:
        ask(directory, {"do": "wishes_kept"})
    except Refused as refusal:
        if refusal.name != "NodeAway":
            raise
        kept = wishes_in(directory)
        if kept:
            write_wishes(directory / WISHES_NAME, still_wished(parameters.content, kept))


def _stands(content: object, key: str, one: Kept) -> bool:
    return can_be_wished(content, key) and value_in(content, key) == one.replaces
