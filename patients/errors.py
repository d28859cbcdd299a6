"""Why something is refused, for every floor above. Each is made of sentences for the person at the screen."""


class Refused(Exception):
    """The base: `reasons` are sentences."""

    def __init__(self, *reasons: str) -> None:
        super().__init__(*reasons)
        self.reasons = reasons

    def __str__(self) -> str:
        return " ".join(self.reasons)
