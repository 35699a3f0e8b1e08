"""Regular expressions of RFC 9485 (I-Regexp) without `\\p`, and without unescaped `^` and `$` outside classes.

A node is a function from text and the set of positions where it may start to the set of positions where it may end, so matching
takes time polynomial in text and expression whatever they are.
"""

ESCAPES = {"n": "\n", "r": "\r", "t": "\t"}
ESCAPED = set("()*+-.?[\\]^{|}")


class Unreadable(ValueError):
    """What RFC 9485, or the profile, does not let an expression hold."""


def compile(expression):
    """A predicate on texts: whether the expression matches the whole of it."""
    parser = _Parser(expression)
    node = parser.alternatives()
    if parser.peek() is not None:
        raise Unreadable(expression)
    return lambda text: len(text) in node(text, {0})


class _Parser:
    def __init__(self, expression):
        self.expression = expression
        self.at = 0

    def peek(self):
        return self.expression[self.at] if self.at < len(self.expression) else None

    def take(self):
        character = self.peek()
        if character is None:
            raise Unreadable(self.expression)
        self.at += 1
        return character

    def alternatives(self):
        branches = [self.branch()]
        while self.peek() == "|":
            self.take()
            branches.append(self.branch())
        return lambda text, starts: set().union(*(branch(text, starts) for branch in branches))

    def branch(self):
        pieces = []
        while self.peek() not in (None, "|", ")"):
            pieces.append(self.piece())

        def follow(text, positions):
            for piece in pieces:
                positions = piece(text, positions)
            return positions

        return follow

    def piece(self):
        node = self.atom()
        mark = self.peek()
        if mark == "*":
            least, most = 0, None
        elif mark == "+":
            least, most = 1, None
        elif mark == "?":
            least, most = 0, 1
        elif mark == "{":
            self.take()
            least = most = self.digits()
            if self.peek() == ",":
                self.take()
                most = None if self.peek() == "}" else self.digits()
            if self.peek() != "}" or (most is not None and most < least):
                raise Unreadable(self.expression)
        else:
            return node
        self.take()
        return _repeat(node, least, most)

    def digits(self):
        start = self.at
        while self.peek() is not None and self.peek() in "0123456789":
            self.take()
        if start == self.at:
            raise Unreadable(self.expression)
        return int(self.expression[start : self.at])

    def atom(self):
        character = self.take()
        if character == "(":
            node = self.alternatives()
            if self.take() != ")":
                raise Unreadable(self.expression)
            return node
        if character == ".":
            return _single(lambda each: each not in "\n\r")
        if character == "[":
            return _single(self.members())
        if character == "\\":
            literal = self.escape()
        elif character in "^$" or character in ")*+?]{|}":
            raise Unreadable(self.expression)
        else:
            literal = character
        return _single(lambda each: each == literal)

    def escape(self):
        character = self.take()
        if character in ESCAPES:
            return ESCAPES[character]
        if character not in ESCAPED:
            raise Unreadable(self.expression)
        return character

    def members(self):
        inverted = self.peek() == "^"
        if inverted:
            self.take()
        ranges = []
        if self.peek() == "-":
            ranges.append((self.take(), "-"))
        while self.peek() != "]":
            if self.peek() == "-":
                # A hyphen by itself stands only at the beginning and at the end.
                self.take()
                if self.peek() != "]" or not ranges:
                    raise Unreadable(self.expression)
                ranges.append(("-", "-"))
                break
            first = self.member()
            last = first
            if self.peek() == "-" and self.expression[self.at + 1 : self.at + 2] != "]":
                self.take()
                last = self.member()
                if last < first:
                    raise Unreadable(self.expression)
            ranges.append((first, last))
        if not ranges:
            raise Unreadable(self.expression)
        self.take()
        return lambda each: any(first <= each <= last for first, last in ranges) != inverted

    def member(self):
        character = self.take()
        if character == "\\":
            return self.escape()
        if character in "-[]":
            raise Unreadable(self.expression)
        return character


def _single(accepts):
    return lambda text, starts: {at + 1 for at in starts if at < len(text) and accepts(text[at])}


def _repeat(node, least, most):
    def follow(text, positions):
        for _ in range(least):
            positions = node(text, positions)
        reached, fresh, rounds = set(positions), set(positions), 0
        while fresh and (most is None or rounds < most - least):
            fresh = node(text, fresh) - reached
            reached |= fresh
            rounds += 1
        return reached

    return follow
