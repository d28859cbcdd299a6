"""A small share of `python -m tests.fuzz`: whatever each role asks for by chance, no answer is a 500."""

import pytest

from tests.builders.everything import everything
from tests.fuzz import Forms, Fuzz

pytestmark = pytest.mark.django_db
REQUESTS = 600


@pytest.mark.no_cover
def test_no_request_by_chance_of_any_role_is_a_fault(coordinator):
    everything(by=coordinator)
    fuzz = Fuzz(seed=7)
    fuzz.run(REQUESTS)
    assert fuzz.broken == []
    assert fuzz.statuses[200] > REQUESTS / 5 and fuzz.statuses[302] > REQUESTS / 10, fuzz.statuses


def test_it_sees_a_fault_and_says_how_to_ask_for_it_again(coordinator, monkeypatch):
    def fall(*_: object, **__: object) -> None:
        raise ZeroDivisionError("planted")

    monkeypatch.setattr("patients.audit.looked_at", fall)
    fuzz = Fuzz(seed=7)
    fuzz.run(150)
    assert any("GET /" in each and "planted" in each for each in fuzz.broken)


def test_a_form_is_read_as_a_browser_has_it():
    (form,) = Forms(
        '<form method="post" action="/there/"><input name="a" value="1">'
        '<input type="hidden" name="h" value="2">'
        '<input type="radio" name="r" value="x"><input type="radio" name="r" value="y">'
        '<select name="s"><option value="p"><option value="q"></select><textarea name="t">\nwords</textarea>'
        '<input type="file" name="f"><button name="b" value="go">Go</button></form>'
    ).found
    assert (form.action, form.is_post, form.buttons) == ("/there/", True, [("b", "go")])
    assert [(each.name, each.value, each.options) for each in form.controls] == [
        ("a", "1", None),
        ("h", "2", None),
        ("r", "", ["x", "y"]),
        ("s", "", ["p", "q"]),
        ("t", "words", None),
    ]
