"""The Markdown of a text as HTML, as plain text, and as the few lines of a calendar entry."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from markdown_it import MarkdownIt
from markdown_it.token import Token

from crmo_clinic.nhsuk import phone

# CommonMark without HTML: what looks like a tag is shown as it was typed. No pictures: mails ask no host.
_MARKDOWN = MarkdownIt("commonmark", {"html": False}).disable("image")
_GAP = re.compile(r"\[\s*for the trust to write\b[\s:]*([^\]]*)\]", re.IGNORECASE)
# What no subject and no calendar entry may say, because other people read them.
NEVER_SAID = ("pamidronate", "crmo", "osteomyelitis")
_END_OF_SENTENCE = re.compile(r"(?<=[.!?])\s+")

# A unit has few texts, and every letter has one of them.
_kept = lru_cache(maxsize=200)


@dataclass(frozen=True)
class Block:
    """One heading, paragraph or list item, as plain text. mark: what stands before a list item."""

    text: str
    is_heading: bool = False
    mark: str = ""


@_kept
def as_html(body: str, *, top: int = 3) -> str:
    """The text as HTML without attributes but the addresses of links. A phone number is a link that rings it.

    top: the level of its headings, one below the heading above the text. Smaller headings are one level
    lower.
    """
    tokens = _MARKDOWN.parse(body)
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{top}" if token.tag in ("h1", "h2") else f"h{top + 1}"
        if token.type == "inline":
            token.children = list(_with_phone_links(token.children or []))
    return _MARKDOWN.renderer.render(tokens, _MARKDOWN.options, {})


@_kept
def as_text(body: str) -> str:
    """The text without Markdown, with headings underlined: for mails in plain text, and as a file."""
    lines: list[str] = []
    before: Block | None = None
    for block in _blocks(body):
        if before and not (before.is_heading or (before.mark and block.mark)):
            lines.append("")
        lines.append(block.mark + block.text.replace("\n", "\n" + " " * len(block.mark)))
        if block.is_heading:
            lines += ["-" * len(block.text), ""]
        before = block
    return "\n".join(lines).strip() + "\n"


@_kept
def as_notes(body: str, room: int, more: str) -> str:
    """The text in as few lines as possible, for a calendar entry: at most `room` characters.

    If it does not fit, it ends after a whole sentence, and `more` says where to find the rest.
    """
    blocks = list(_blocks(body))
    whole = _note([(block, block.text) for block in blocks])
    if len(whole) <= room:
        return whole
    room -= len(more) + 1
    kept: list[tuple[Block, str]] = []
    for block in blocks:
        sentences = _END_OF_SENTENCE.split(block.text)
        for count in range(len(sentences), 0, -1):
            longer = [*kept, (block, " ".join(sentences[:count]))]
            if len(_note(longer)) <= room:
                kept = longer
                break
        else:
            break
        if count < len(sentences):
            break
    while kept and kept[-1][0].is_heading:
        kept.pop()
    return f"{_note(kept)}\n{more}".strip()


def _with_phone_links(children: list[Token]) -> Iterator[Token]:
    """The pieces of a paragraph, each phone number in its words as a link, unless it stands in one."""
    in_link = 0
    for child in children:
        in_link += child.nesting if child.type in ("link_open", "link_close") else 0
        if child.type != "text" or in_link:
            yield child
            continue
        for words, stored in phone.parts(child.content):
            text = Token("text", "", 0, content=words)
            if not stored:
                yield text
                continue
            yield Token("link_open", "a", 1, attrs={"href": phone.dialled(stored), "dir": "ltr"})
            yield text
            yield Token("link_close", "a", -1)


def gaps(body: str) -> list[str]:
    """What the Trust still has to write: the words of each `[For the Trust to write: …]`."""
    return [" ".join(found.split()) or "something" for found in _GAP.findall(body)]


def fill(body: str, values: Mapping[str, str]) -> str:
    """The text with these words in the place of its gaps, by what `gaps` calls each."""

    def words_for(gap: re.Match[str]) -> str:
        return values.get(" ".join(gap[1].split()) or "something") or gap[0]

    return _GAP.sub(words_for, body)


def _note(pieces: list[tuple[Block, str]]) -> str:
    return "\n".join(block.mark + text + (":" if block.is_heading else "") for block, text in pieces)


def _blocks(body: str) -> Iterator[Block]:
    """The pieces of the text in order, whatever they are nested in."""
    marks: list[str] = []
    counts: list[int] = []
    heading, mark = False, ""
    for token in _MARKDOWN.parse(body):
        if token.type in ("bullet_list_open", "ordered_list_open"):
            marks.append("- " if token.type.startswith("bullet") else "{}. ")
            counts.append(int(token.attrGet("start") or 1))
        elif token.type in ("bullet_list_close", "ordered_list_close"):
            marks.pop(), counts.pop()
        elif token.type == "list_item_open":
            mark = "   " * (len(marks) - 1) + marks[-1].format(counts[-1])
            counts[-1] += 1
        elif token.type in ("heading_open", "heading_close"):
            heading = token.type == "heading_open"
        elif token.type == "inline":
            yield Block(_plain(token), heading, mark)
            mark = ""
        elif token.type in ("fence", "code_block"):
            yield Block(token.content.strip(), heading, mark)
            mark = ""


def _plain(token: Token) -> str:
    """The words of one piece. A link's address follows its words, unless they are the same."""
    said, links = "", []
    for child in token.children or []:
        if child.type == "softbreak":
            said += " "
        elif child.type == "hardbreak":
            said += "\n"
        elif child.type == "link_open":
            links.append((len(said), str(child.attrGet("href") or "")))
        elif child.type == "link_close":
            start, address = links.pop()
            said += "" if said[start:] in (address, address.removeprefix("mailto:")) else f" ({address})"
        else:
            said += child.content
    return said.strip()
