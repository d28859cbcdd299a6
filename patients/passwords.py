"""What a new password may not be. Django asks these whenever somebody chooses one.

The length alone is asked for, as the NCSC advises: no signs, no capitals, no change every month.
"""

import re
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from zxcvbn import zxcvbn

# What anybody would try first at this unit.
OF_THE_UNIT = (
    "pamidronate",
    "aredia",
    "infusion",
    "daycase",
    "hospital",
    "children",
    "clinic",
    "ward",
    "crmo",
    "nhs",
)
# Shorter words stand in too many good passwords.
SHORTEST_WORD = 3
# So many letters have to be left once such words, and digits and signs, are taken out.
LEFT = 8
# zxcvbn looks for stolen passwords, words, names, dates and keys in a row, from lists of its own. 4 of 4 is:
# more than ten thousand million tries.
SAFE_SCORE = 4
# It takes long over longer ones.
READ = 72


class NotBreached:
    """Refuses what is or holds a stolen password, or is found in few tries. Nothing leaves the server."""

    def validate(self, password: str, user: Any = None) -> None:
        """Raise ValidationError if the password can be guessed."""
        if not password or zxcvbn(password[:READ], max_length=READ)["score"] < SAFE_SCORE:
            raise ValidationError(
                "This password is easy to guess, or is on lists of stolen passwords. Use three words that "
                "have nothing to do with each other",
                code="password_breached",
            )

    def get_help_text(self) -> str:
        return "It must not be on a list of stolen passwords."


class NotOfKnownWords:
    """Refuses what is made of the person's, the Trust's or the unit's own words."""

    def validate(self, password: str, user: Any = None) -> None:
        """Raise ValidationError if little is left without these words."""
        left, found = password.lower(), []
        for word in sorted(_words(user), key=lambda word: (-len(word), word)):
            if word in left:
                left = left.replace(word, " ")
                found.append(word)
        if found and len(re.sub(r"[\W\d_]", "", left)) < LEFT:
            raise ValidationError(
                f"Without “{found[0]}”, which others know, too little is left of this password",
                code="password_of_known_words",
            )

    def get_help_text(self) -> str:
        return "It must not be made of your name, your hospital’s or a medicine’s."


def _words(user: Any) -> set[str]:
    """Words that others know, in small letters."""
    texts = [settings.TRUST_NAME, settings.SERVICE_NAME, *OF_THE_UNIT]
    if user is not None:
        texts += [getattr(user, "name", ""), getattr(user, "email", "")]
    words = re.split(r"[\W\d_]+", " ".join(texts).lower())
    return {word for word in words if len(word) >= SHORTEST_WORD}
