"""`python -m page check`: can each program be asked, and who may look."""

from collections.abc import Iterator
from pathlib import Path

from node.core.errors import NodeError
from node.links.status import ask
from node.system.report import Finding, line, note, report
from node.system.words import is_installed, told
from page.metrics import token_in
from page.parameters import Parameters
from page.password import PasswordFile


def check(parameters: Parameters) -> int:
    """Print a line for each thing; exit status 1 if any failed."""
    return report(findings(parameters))


def findings(parameters: Parameters) -> Iterator[Finding]:
    """Tell of the certificate, of the password, and of each program.

    Raises:
        ConfigError: the certificate cannot be used.
    """
    tls = "TLS" if parameters.tls() is not None else "plain HTTP"
    yield line("page", f"listens at {parameters.listen}, port {parameters.port}, {tls}")
    if PasswordFile(parameters.state_directory).mark() is None:
        command = "sudo peerwatt page" if is_installed() else "python -m page"
        remedy = f"set one: {command} password, or on this machine with the code in its log"
        yield note("password", "none yet, so only this machine may look", remedy)
    if parameters.metrics:
        yield _metrics(parameters.metrics_token)
    for name, directory in parameters.programs.items():
        try:
            said = ask(directory, {"do": "status"})
        except (NodeError, OSError) as error:
            remedy = "is it running, and this user in the group peerwatt-view?"
            yield note(f"programs.{name}", told(error), remedy)
        else:
            role = said.get("role", "") if isinstance(said, dict) else ""
            yield line(f"programs.{name}", f"answers ({role or 'it is starting'})")


def _metrics(token: Path | None) -> Finding:
    if token is None:
        return line("metrics", "this machine alone may read them")
    try:
        token_in(token)
    except (OSError, ValueError) as error:
        return line("metrics_token", f"{token}: {told(error)}", "write one that this user can read")
    return line("metrics", f"whoever sends the token in {token} may read them")
