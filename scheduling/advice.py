"""The approved text for a moment, and its Markdown as HTML and as plain text."""

from datetime import date

from markdown_it import MarkdownIt

from scheduling.models import AdviceText, Audience, Course, Moment

# CommonMark without HTML: what looks like a tag is shown as it was typed. No pictures: mails ask no host.
_MARKDOWN = MarkdownIt("commonmark", {"html": False}).disable("image")


def text_for(course: Course, moment: Moment, *, today: date, language: str = "en") -> AdviceText | None:
    """The approved text that a family reads at this moment; None if there is none, or it is past its review.

    In the contact's language if there is an approved one, else in English.
    """
    audience = Audience.FIRST if course.is_first else Audience.LATER
    texts = AdviceText.objects.approved(today).filter(
        unit=course.unit_id, moment=moment, audience=audience, language__in={language, "en"}
    )
    return min(texts, key=lambda text: (text.language != language, -text.version), default=None)


def as_html(body: str) -> str:
    """The text as HTML without attributes but the addresses of links."""
    return _MARKDOWN.render(body)
