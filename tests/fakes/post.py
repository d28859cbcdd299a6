"""A transport that takes the place of the mail server and of Notify."""

from collections.abc import Callable

from scheduling.telling.transport import TransportError


class Post:
    """Keeps what it is given: `mails`, each as (address, bytes).

    refuses: addresses that it does not take. fault: it takes nothing, and fails
    like this. happen: what happens while a mail is under way.
    """

    def __init__(
        self,
        *refuses: str,
        fault: TransportError | None = None,
        happen: Callable[[], object] = lambda: None,
    ) -> None:
        self.mails: list[tuple[str, bytes]] = []
        self.refuses, self.fault, self.happen = refuses, fault, happen

    @property
    def sent(self) -> list[bytes]:
        """The mails without their addresses."""
        return [mime for _, mime in self.mails]

    def send(self, from_address: str, to_address: str, mime: bytes) -> None:
        """Raises TransportError for an address that it refuses, or the fault."""
        if self.fault:
            raise self.fault
        if to_address in self.refuses:
            raise TransportError("The mail server refused this address.", permanent=True)
        self.mails.append((to_address, mime))
        self.happen()
