"""The section `alerts`: where a person gets told what lasts, though nobody looks."""

from node.parameters.types import Section, WebUrl, Whole, key


class Alerts(Section):
    """Hold where alerts are posted; without an address nothing is."""

    webhook: WebUrl | None = key(
        None, "where each is posted as JSON; null = nowhere", bound="an address with http(s)://"
    )
    ntfy: WebUrl | None = key(
        None,
        "the topic of an ntfy server, where each is posted as text; null = nowhere",
        bound="an address with http(s)://",
    )
    most_per_hour: Whole = key(
        6, "the most posts to each in an hour; the rest goes together", "posts", low=1, high=60
    )
