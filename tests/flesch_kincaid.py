"""The Flesch–Kincaid grade of a text, with syllables counted by rule: no list of words is fetched.

A grade and 5 is a reading age: grade 6 is for readers of 11 (J. P. Kincaid and others, 1975).
"""

import re

VOWELS = re.compile("[aeiouy]+")
# Two vowels that are said apart: me-di-um, be-ing, pe-ri-od, cre-ate, flu-id.
APART = re.compile("(?<![cst])i[aou]|[aeiou]ing|uid|uie|eate|uou|(?<=[dr])ea$")
# "e" at the end, and in -es and -ed, is not said, but in ta-ble, swel-ling, ach-es, star-ted.
SILENT = re.compile("(?<![aeiouy])e$|(?<![aeiouytd])ed$|(?<=[^aeiouycghsxz])es$")
SAID = re.compile("[^aeiouy]le$|^the$")


def syllables(word: str) -> int:
    """How many syllables an English word has; abbreviations in capitals are spelled out."""
    if word.isupper() and len(word) > 1:
        return len(word)
    letters = re.sub(r"[^a-z]", "", word.lower())
    parts = len(VOWELS.findall(letters)) + len(APART.findall(letters))
    if SILENT.search(letters) and not SAID.search(letters):
        parts -= 1
    return max(parts, 1)


def grade(text: str) -> float:
    """The grade of an American school: 0.39 × words a sentence + 11.8 × syllables a word - 15.59."""
    sentences = [part for part in re.split(r"[.:!?]+(?:\s|$)", text) if re.search("[a-zA-Z]", part)]
    words = re.findall(r"[A-Za-z][A-Za-z’'-]*", text)
    said = sum(map(syllables, words))
    return 0.39 * len(words) / len(sentences) + 11.8 * said / len(words) - 15.59
