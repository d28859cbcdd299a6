"""A person without JavaScript: presses what is really on the page, and each press is counted."""

from html.parser import HTMLParser
from typing import Any
from urllib.parse import urldefrag, urljoin

from django.http import HttpResponse
from django.test import Client


class Page(HTMLParser):
    """links: by their words. forms: by number, with their address, their fields and the buttons in them."""

    def __init__(self, response: HttpResponse) -> None:
        super().__init__()
        self.links: list[tuple[str, str]] = []
        self.forms: dict[str, dict[str, Any]] = {}
        self.buttons: list[tuple[str, str, dict[str, str]]] = []
        self._form = ""
        self._words: list[str] | None = None
        self._open: tuple[str, dict[str, str]] = ("", {})
        self._select = ("", "")
        self.feed(response.content.decode())

    def handle_starttag(self, tag: str, pairs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in pairs}
        if tag == "form":
            self._form = given.get("id") or f"form {len(self.forms)}"
            form = {"action": given.get("action", ""), "method": given.get("method", "get"), "fields": []}
            self.forms[self._form] = (
                self.forms.get(self._form, {"fields": []})
                | form
                | {"fields": self.forms.get(self._form, {}).get("fields", [])}
            )
        elif tag == "input" and given.get("name"):
            kind = given.get("type", "text")
            if kind not in ("checkbox", "radio") or "checked" in given:
                self._field(given, given.get("value", ""))
        elif tag == "select":
            self._select = (given["name"], given.get("form", self._form))
        elif tag == "option" and "selected" in given and self._select[0]:
            self._field({"name": self._select[0], "form": self._select[1]}, given.get("value", ""))
        elif tag in ("a", "button"):
            self._open, self._words = (tag, given), []

    def _field(self, given: dict[str, str], value: str) -> None:
        form = self.forms.setdefault(given.get("form", self._form), {"fields": []})
        form["fields"].append((given["name"], value))

    def handle_data(self, data: str) -> None:
        if self._words is not None:
            self._words.append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = ""
        elif tag in ("a", "button") and self._words is not None:
            words, given = " ".join("".join(self._words).split()), self._open[1]
            if tag == "a":
                self.links.append((words, given.get("href", "")))
            else:
                self.buttons.append((words, given.get("form", self._form), given))
            self._words = None


class Presser:
    """count: how often something was pressed. page: what is read now."""

    def __init__(self, client: Client, address: str) -> None:
        self._client, self.count = client, 0
        self._show(client.get(address, follow=True), address)

    def _show(self, response: HttpResponse, address: str) -> None:
        assert response.status_code == 200, response.status_code
        chain = getattr(response, "redirect_chain", [])
        self.address = urldefrag(chain[-1][0] if chain else address)[0]
        self.response, self.page = response, Page(response)

    def follow(self, words: str) -> None:
        """Press the first link that begins with these words."""
        address = next(href for said, href in self.page.links if said.startswith(words))
        self.count += 1
        address = urldefrag(urljoin(self.address, address))[0]
        self._show(self._client.get(address, follow=True), address)

    def press(self, words: str, **typed: Any) -> None:
        """Press the first button that begins with these words, with what is typed beside what is there."""
        _, name, given = next(each for each in self.page.buttons if each[0].startswith(words))
        form = self.page.forms[name]
        fields: dict[str, list[str]] = {}
        for field, value in form["fields"]:
            fields.setdefault(field, []).append(value)
        fields |= {field: [str(value)] for field, value in typed.items()}
        if given.get("name"):
            fields[given["name"]] = [given.get("value", "")]
        self.count += 1
        address = urljoin(self.address, form.get("action") or self.address)
        send = self._client.post if form.get("method") == "post" else self._client.get
        self._show(send(address, fields, follow=True), address)
