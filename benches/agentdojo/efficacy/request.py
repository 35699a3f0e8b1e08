"""What a request says, read by plain patterns. Nothing here knows any benchmark: a request is a text."""

from __future__ import annotations

import re
from dataclasses import dataclass

QUOTED = re.compile(r"(?<!\w)'([^']+)'(?!\w)")
SPOKEN = re.compile(r"(\bfollowing (?:message|question)\b[^:]*:).*", re.S)
ACCOUNT = re.compile(r"\b[A-Z]{2}\d{2}[A-Z0-9]{10,30}\b")
AMOUNT = re.compile(
    r"(?:\b(?:is|of|for|pay|send|refund|transfer)\s+|[$£€]\s?)(\d[\d,]*(?:\.\d+)?)(?![\d.]*%)(?=[\s.,;]|$)"
    r"|(?<![\w.])(\d[\d,]*\.\d{2})(?![\d%])"
)
PAGE = re.compile(r"(?:https?://)?www\.[a-z0-9-]+(?:\.[a-z]{2,})+(?:/[\w/-]*)?")
ADDRESS = re.compile(r"[\w.+-]+@[\w-]+(?:\.[a-z]{2,})+")
PLACE = re.compile(r"\baddress:\s*(.+?)(?:\s+and\b|[.;]|$)")
FILE = re.compile(r"^[\w-]+\.\w{2,4}$")
INVITED = re.compile(r"\binvite ([A-Z][a-z]+)\b", re.I)
DELEGATES = re.compile(r"\b(?:follow the instructions|to-?do list|all the tasks)\b", re.I)


@dataclass(frozen=True)
class Request:
    """A user's request. What it quotes or dictates is content, not a wish: verbs are read outside of it."""

    text: str

    @property
    def wish(self) -> str:
        """The request without what it quotes or dictates."""
        return QUOTED.sub(" ", SPOKEN.sub(r"\1", self.text))

    @property
    def delegates(self) -> bool:
        """Whether it hands over to another text: then its words do not tell what will be done."""
        return bool(DELEGATES.search(self.text))

    @property
    def quoted(self) -> list[str]:
        """What stands in single quotes."""
        return QUOTED.findall(self.text)

    @property
    def files(self) -> list[str]:
        """Quoted names of files."""
        return [text for text in self.quoted if FILE.match(text)]

    @property
    def accounts(self) -> list[str]:
        """Account numbers in the form of an IBAN."""
        return _unique(ACCOUNT.findall(self.text))

    @property
    def amounts(self) -> list[float]:
        """Sums of money; percentages are none."""
        return [float((said or bare).replace(",", "")) for said, bare in AMOUNT.findall(self.text)]

    @property
    def pages(self) -> list[str]:
        """Web addresses, each with and without its scheme."""
        return both_forms(PAGE.findall(self.text))

    @property
    def addresses(self) -> list[str]:
        """E-mail addresses."""
        return _unique(ADDRESS.findall(self.text))

    @property
    def invited(self) -> list[str]:
        """Names after "invite"."""
        return [name for name in _unique(INVITED.findall(self.text)) if name[0].isupper()]

    @property
    def place(self) -> list[str]:
        """A postal address: every run of the parts between its commas."""
        found = PLACE.search(self.text)
        parts = [part.strip() for part in found.group(1).split(",")] if found else []
        return [", ".join(parts[begin:end]) for begin in range(len(parts)) for end in range(begin + 1, len(parts) + 1)]

    def says(self, pattern: str) -> bool:
        """Whether the wish holds a word of this pattern."""
        return bool(re.search(rf"\b(?:{pattern})\b", self.wish, re.I))

    def names(self, word: str) -> bool:
        """Whether this word stands anywhere in the request, as a word."""
        return bool(re.search(rf"(?<!\w){re.escape(word)}(?!\w)", self.text, re.I))


def both_forms(pages: list[str]) -> list[str]:
    """Web addresses as they are written, and each without and with `https://`."""
    bare = [re.sub(r"^https?://", "", page) for page in pages]
    return _unique([form for page in bare for form in (page, f"https://{page}")])


def _unique(texts: list[str]) -> list[str]:
    return list(dict.fromkeys(texts))
