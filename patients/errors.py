"""The base of every refusal, which is made of sentences for the person at the screen."""


class Refused(Exception):
    """Something is not allowed. reasons: why, as sentences."""

    def __init__(self, *reasons: str) -> None:
        super().__init__(*reasons)
        self.reasons = reasons

    def __str__(self) -> str:
        return " ".join(self.reasons)
