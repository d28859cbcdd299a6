"""Which messages and files of the hospital's records name a child, whose number may be part of another's."""

import pytest

from scheduling.retention.naming import names_one_of

HEAD = b"MSH|^~\\&|PAS|RXX|DAYCASE|RXX|20270608090000||ADT^A31|K1|P|2.4\r"
BATCH = b"FHS|^~\\&|PAS\rBHS|^~\\&|PAS\r"


@pytest.mark.parametrize(
    ("raw", "is_named"),
    [
        (HEAD + b"PID|||K7^^^RXX^MR", True),
        (HEAD + b"PID|||K70^^^RXX^MR~XK7^^^RXX^MR||Lark^Ada", False),
        (HEAD + b"PID|||K70^^^RXX^MR~ k-7^^^RXX^PI", True),
        (HEAD + b"PID|||X1~999 000 0379^^^NHS^NH", True),
        (HEAD + b"PID|||X1\rMRG|K7&X", True),
        (HEAD.replace(b"|", b"#").replace(b"^", b"*") + b"PID###K7*", True),
        (HEAD.replace(b"|", b"#").replace(b"^", b"*") + b"PID###K70*", False),
        (b"\xef\xbb\xbf" + BATCH + HEAD + b"PID|||K70\r" + HEAD + b"PID|||K7", True),
        (BATCH + HEAD + b"PID|||K70", False),
        # What is no message is searched as it stands.
        (b"Dear colleague, about k 7 we", True),
        (b"K70", True),
        (b"Dear K7\r\n" + HEAD + b"PID|||X1", True),
        (b"", False),
        (b"\x00\xff|", False),
    ],
)
def test_a_number_counts_as_a_whole_where_a_message_can_be_read(raw, is_named):
    assert names_one_of(raw, ["K7", "9990000379"]) == is_named
