from tests.booking.drafts.conftest import ask, fake, unit

__all__ = ["ask", "fake", "unit"]
