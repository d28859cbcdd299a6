"""What a message says: in every character set, with escapes, repetitions and odd line ends; or why not."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings, strategies

from scheduling.adt.acknowledging import answer
from scheduling.adt.framing import header_of, parted
from scheduling.adt.reading import read
from scheduling.adt.taking_apart import Unreadable

HEAD = "MSH|^~\\&|PAS|RXX|DAYCASE|RXX|20270608090000||ADT^A31^ADT_A05|77|P|2.4||||||{charset}"
PID = (
    "PID|1||K104482^^^RXX^MR~9990000379^^^NHS^NH||LARK^ADA^JANE^^^^L~Martin^Ada^^^^^M||20150613|F|||"
    "1 Old Rd^^Leeds^^LS1 1AA^^BA~7 New Lane&7&^Flat 2^Leeds^^LS2 9ZZ^^H||"
    "(0113) 496 0000^PRN^PH~^NET^Internet^mia@example.com||POL^Polish"
)
NK1 = "NK1|1|Lark^Mia|MTH||07700 900123"


def message(
    *segments: str, charset: str = "UNICODE UTF-8", encoding: str = "utf-8", end: str = "\r"
) -> bytes:
    return end.join([HEAD.format(charset=charset), "EVN|A31|20270607120000", *segments]).encode(encoding)


def test_what_a_whole_message_says():
    said = read(message(PID, NK1))
    assert (said.event, said.hospital_numbers, said.nhs_number) == ("A31", ("K104482",), "9990000379")
    assert (said.name, said.whole_name) == ("Ada Lark", "Ada Jane Lark")
    assert (said.birth_date, said.sex) == (date(2015, 6, 13), "female")
    assert said.address == "7 New Lane, Flat 2, Leeds, LS2 9ZZ"
    assert (said.phones, said.emails) == (("+441134960000",), ("mia@example.com",))
    assert said.language == "Polish"
    assert said.happened_at == datetime(2027, 6, 7, 11, 0, tzinfo=UTC)
    assert [(kin.name, kin.phones) for kin in said.kin] == [("Mia Lark", ("+447700900123",))]
    assert not said.has_died


@pytest.mark.parametrize("end", ["\r", "\n", "\r\n", "\r\r\n"])
def test_lines_end_in_every_way(end):
    [one, two] = parted(end.join([message(PID).decode(), message(PID).decode(), ""]).encode())
    assert read(one).name == read(two).name == "Ada Lark"


@pytest.mark.parametrize(
    ("charset", "encoding"),
    [
        ("UNICODE UTF-8", "utf-8"),
        ("8859/1", "latin-1"),
        ("8859/15", "iso8859-15"),
        ("", "utf-8"),
        ("", "cp1252"),
    ],
)
def test_names_in_every_character_set(charset, encoding):
    raw = message(PID.replace("LARK^ADA", "Núñez^Zoë"), charset=charset, encoding=encoding)
    assert read(raw).name == "Zoë Núñez"


def test_escapes_stand_for_signs_and_bytes():
    address = "1 A \\T\\ B\\X2C\\ Road\\H\\!\\N\\ \\E\\ \\F\\ \\S\\ \\R\\ \\XC3A9\\^^^^^^H"
    raw = message(PID.replace("1 Old Rd^^Leeds^^LS1 1AA^^BA", address))
    assert read(raw).address == "1 A & B, Road! \\ | ^ ~ é"


def test_a_message_with_signs_of_its_own():
    raw = message(PID).decode().replace("\\", "!").translate(str.maketrans({"|": "#", "^": "*", "~": "+"}))
    raw = raw.replace("20270608090000##", "20270608090000##")
    assert read(raw.encode()).name == "Ada Lark"
    assert answer(header_of(raw.encode())).content.split(b"\r")[1] == b"MSA#AA#77"


def test_what_counts_of_several_numbers(settings):
    numbers = "A1^^^RYY^MR~ k-10 44^^^RXX^PI~9990000380^^^NHS^NH~0000000000^^^NHS^NH"
    raw = message(PID.replace("K104482^^^RXX^MR~9990000379^^^NHS^NH", numbers))
    assert (read(raw).hospital_numbers, read(raw).nhs_number) == (("A1", "K1044"), None)
    by_oid = "9990000379^^^&2.16.840.1.113883.2.1.4.1&ISO~K7^^^RXX"
    by_oid = read(message(PID.replace("K104482^^^RXX^MR~9990000379^^^NHS^NH", by_oid)))
    assert (by_oid.hospital_numbers, by_oid.nhs_number) == (("K7",), "9990000379")
    settings.ADT_AUTHORITY = "rxx"
    assert read(raw).hospital_numbers == ("K1044",)


@pytest.mark.parametrize(
    ("sent", "address"),
    [
        ('""^^^^^^BA~1 High St^^Leeds^^LS1 1AA^^H', "1 High St, Leeds, LS1 1AA"),
        ('""^Flat 2, 1 High St^Leeds^^LS1 1AA^^H', "Flat 2, 1 High St, Leeds, LS1 1AA"),
        ('""^^^^^^H', ""),
        ('""^""^""^""^""^^H~1 Old Rd^^Leeds^^^^BA', ""),
        ('""^^^^^^BA', None),
        ("^^^^^^H", None),
    ],
)
def test_an_address_was_taken_out_only_if_nothing_is_left_of_it(sent, address):
    before = "1 Old Rd^^Leeds^^LS1 1AA^^BA~7 New Lane&7&^Flat 2^Leeds^^LS2 9ZZ^^H"
    assert read(message(PID.replace(before, sent))).address == address


def test_what_was_taken_out_is_no_number():
    raw = message(PID.replace("K104482^^^RXX^MR", '""^^^RXX^MR~""'))
    assert (read(raw).hospital_numbers, read(raw).nhs_number) == ((), "9990000379")


@pytest.mark.parametrize(
    ("raw", "code", "place"),
    [
        (b"", "100", "MSH"),
        (b"Dear colleague", "100", "MSH"),
        (message(), "100", "PID"),
        (message(PID, PID), "100", "PID^2"),
        (message(PID.replace("K104482", "").replace("9990000379", "")), "101", "PID^1^3"),
        (message(PID.replace("20150613", "20151399")), "102", "PID^1^7"),
        (message(PID.replace("20150613", "2015613")), "102", "PID^1^7"),
        (message(PID, charset="KLINGON"), "102", "MSH^1^18"),
        (message(PID.replace("ADA", "Zoë"), encoding="latin-1"), "102", ""),
        (message(PID).replace(b"ADT^A31", b"ADT^A08"), "201", "MSH^1^9"),
        (message(PID).replace(b"ADT^A31", b"ORU^R01"), "200", "MSH^1^9"),
        (message(PID).replace(b"A31", b"A40"), "100", "MRG"),
    ],
)
def test_why_a_message_cannot_be_read(raw, code, place):
    with pytest.raises(Unreadable) as refused:
        read(raw)
    assert (refused.value.code, refused.value.place) == (code, place)
    kind = "AR" if code in ("200", "201") else "AE"
    lines = answer(header_of(raw), refused.value).content.decode().split("\r")
    assert lines[1] == f"MSA|{kind}|{'77' if raw.startswith(b'MSH') else ''}"
    assert lines[2] == f"ERR||{place}|{code}^^HL70357|E||||{refused.value.words}"


def test_an_acknowledgement_goes_back_to_whoever_sent_the_message():
    msh, msa, _ = answer(header_of(message(PID))).content.decode().split("\r")
    fields = msh.split("|")
    assert fields[2:6] == ["DAYCASE", "RXX", "PAS", "RXX"]
    assert (fields[8], fields[10], fields[11], msa) == ("ACK^A31^ACK", "P", "2.4", "MSA|AA|77")


def test_a_batch_is_its_messages():
    batch = b"FHS|^~\\&|PAS\rBHS|^~\\&|PAS\r" + message(PID) + b"\r" + message(NK1, PID) + b"\rBTS|2\rFTS|1\r"
    assert [read(each).event for each in parted(b"\xef\xbb\xbf" + batch)] == ["A31", "A31"]
    assert parted(b"BHS|^~\\&\rBTS|0\r") == []
    assert parted(b"hello\r\n" + message(PID))[0] == b"hello"


SOUND = message(PID, NK1)


@given(
    cut=strategies.integers(0, len(SOUND)),
    length=strategies.integers(0, 40),
    put=strategies.one_of(strategies.binary(max_size=12), strategies.text("|^~\\&\r\nMSHPID", max_size=12)),
    more=strategies.integers(0, len(SOUND)),
)
@settings(max_examples=400)
def test_whatever_becomes_of_a_message_it_is_answered_by_its_number(cut, length, put, more):
    put = put if isinstance(put, bytes) else put.encode()
    spoiled = SOUND[:cut] + put + SOUND[cut + length :]
    spoiled = spoiled[:more] + b"\x00" + spoiled[more:] if more % 3 == 0 else spoiled
    for raw in parted(spoiled) or [b""]:
        fault = None
        try:
            read(raw)
        except Unreadable as found:
            fault = found
        header = header_of(raw)
        given_back = answer(header, fault)
        assert given_back.code in ("AA", "AE", "AR")
        msa = given_back.content.split(b"\r")[1].decode("latin-1").split(header.separator)
        assert msa[:3] == ["MSA", given_back.code, header[10]]
        if header.fields and raw.startswith(b"MSH|"):
            assert header[10].encode("latin-1") == (raw.split(b"\r")[0].split(b"|") + [b""] * 10)[9]
