"""The guard: what an application puts before its tools."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from types import TracebackType
from typing import Any, Literal, NoReturn, ParamSpec, TypeVar, Union, cast, final, overload

from kakunin import _native
from kakunin._approval import OnApproval, answered, asettle, awaited, settle
from kakunin._context import BINDINGS, RUNNING
from kakunin._denied import Denied
from kakunin._methods import wrap_methods
from kakunin._native import Decision
from kakunin._scope import authored
from kakunin._wrapper import guarded

P = ParamSpec("P")
R = TypeVar("R")
T = TypeVar("T")
G = TypeVar("G", bound="ToolGuard")

Source = Union[str, bytes, "os.PathLike[str]"]
"""Where certificates come from: a path, PEM text, or bytes."""


class ToolGuard:
    """Decides every call of the tools it guards by the agent's certificate.

    A guard is immutable, safe to share between threads and tasks, and copies of it are itself. It closes with
    ``with guard:`` or ``await guard.close()``; after that every call is refused.
    """

    __slots__ = ("__weakref__", "_inner")
    _inner: _native.Guard

    def __init__(
        self,
        *,
        certificate: Source | None = None,
        trust: Source | Sequence[Source] | None = None,
        parents: Source | Sequence[Source] | None = None,
        signer: str | None = None,
        state: str | None = None,
        revocation: str | os.PathLike[str] | None = None,
        seen: str | os.PathLike[str] | None = None,
        record: str | None = None,
        record_values: Literal["all", "none"] | Sequence[str] | None = None,
        mode: Literal["enforce", "observe"] | None = None,
        bound: Literal["optional", "required"] | None = None,
        region: str | None = None,
        model: Mapping[str, Any] | str | os.PathLike[str] | None = None,
        audience: str | None = None,
        on_approval: OnApproval | None = None,
    ) -> None:
        """Opens a guard; every certificate is checked now.

        Args:
            certificate: The agent's chain, leaf first: a path, PEM text or bytes. ``test:FILE.toml`` issues a
                throw-away chain when ``KAKUNIN_ENV=test``.
            trust: The anchors, never empty.
            parents: For an agent that a CA certified below another: the parents' paths, nearest first.
            signer: The agent's key, ``file:agent.key``. Without one the guard decides, but signs nothing.
            state: Where limits and nonces are counted: ``memory:``.
            revocation: A folder of revocation lists, OCSP responses and orders, or an authority's URL, looked at again
                each second or each 10 (or as ``?every=5s`` says), or ``none``.
            seen: The folder in which it is kept how far orders and lists are known, for a restart; ``.kakunin/seen``.
            record: Where decisions are written before tools run: ``file:PATH``, ``stderr:`` or ``none``.
            record_values: Which parameters' values a record may hold: ``all``, ``none``, or their paths.
            mode: ``enforce``, or ``observe``, which records what scopes refuse and lets it run.
            bound: ``required`` refuses every call outside ``with guard.bind(...)`` and ``with guard.narrow(...)``.
            region: The region that a scope may ask for.
            model: The running configuration, or a weights file, that the certificate's model hash is compared with.
            audience: Who acts, that a scope may ask for.
            on_approval: Called with :attr:`Denied.approval` where a call wants approvals; with those that it returns, as
                ``kakunin approve`` prints them, the call is judged once more. Async tools and ``acheck`` wait for one
                that is asynchronous.

        Raises:
            ConfigurationError: Something is missing, unreadable, expired, or contradicts something else.
        """
        options = {
            "certificate": certificate,
            "trust": trust,
            "parents": parents,
            "signer": signer,
            "state": state,
            "revocation": revocation,
            "seen": seen,
            "record": record,
            "record_values": record_values,
            "mode": mode,
            "bound": bound,
            "region": region,
            "model": model,
            "audience": audience,
        }
        given = {name: option for name, option in options.items() if option is not None}
        if on_approval is not None and not callable(on_approval):
            raise TypeError(f"`on_approval` is called with a request, and a {type(on_approval).__name__} cannot be")
        object.__setattr__(self, "_inner", _native.Guard.open(given, on_approval))

    @classmethod
    def from_env(cls) -> ToolGuard:
        """Opens a guard from the variables ``KAKUNIN_CERTIFICATE``, ``KAKUNIN_TRUST`` and so on.

        Raises:
            ConfigurationError: As the constructor.
        """
        return ToolGuard._of(_native.Guard.from_env())

    @classmethod
    def _of(cls: type[G], native: _native.Guard) -> G:
        guard = object.__new__(cls)
        object.__setattr__(guard, "_inner", native)
        return guard

    def tool(
        self,
        action: str,
        *,
        unchecked: Iterable[str] = (),
        bound: Literal["optional", "required"] = "optional",
    ) -> Callable[[Callable[P, R]], Callable[P, R]]:
        """A decorator: every call of the function is decided as ``action`` before it runs.

        The arguments are bound to the function's own signature and copied; the copy is judged, and the function
        gets that copy. The check is at the first step of running: for coroutines and generators not at creation.

        Args:
            action: What the function does, as scopes call it.
            unchecked: Names of injected parameters that are no business of the scope; neither judged nor copied.
            bound: ``required`` refuses calls outside ``with guard.bind(...)`` and ``with guard.narrow(...)``.

        Raises:
            TypeError: The decorator is in the wrong place; the text tells the right one.
        """
        names = (unchecked,) if isinstance(unchecked, str) else tuple(unchecked)
        must_be_bound = _required(bound)
        if not isinstance(action, str):
            raise TypeError("guard.tool takes the action's name: @guard.tool(\"charge\")")

        def decorate(function: Callable[P, R]) -> Callable[P, R]:
            return cast(
                "Callable[P, R]", guarded(self._inner, action, function, names, must_be_bound)
            )

        return decorate

    verify_scope = tool
    """The published alias of :meth:`tool`."""

    def wrap(
        self,
        action: str,
        function: Callable[P, R],
        *,
        unchecked: Iterable[str] = (),
        bound: Literal["optional", "required"] = "optional",
    ) -> Callable[P, R]:
        """``function``, guarded as :meth:`tool` does."""
        return self.tool(action, unchecked=unchecked, bound=bound)(function)

    def wrap_methods(self, target: T, *, actions: Mapping[str, str]) -> T:
        """``target`` with the methods that ``actions`` lists guarded, and every other public one refused.

        Args:
            target: An object, or a class whose instances are then made guarded.
            actions: The action of each method, by its name.

        Raises:
            TypeError: A listed name is no public method.
        """
        return wrap_methods(self._inner, target, actions)

    def check(self, action: str, args: Mapping[str, Any]) -> Decision:
        """Decides a call, draws its limits and records it. A denial is in the decision, and logged."""
        if self._inner.on_approval is None:
            return self._inner.check(action, args)
        return self._settled(action, args).decision()

    def authorize(self, action: str, args: Mapping[str, Any]) -> None:
        """Decides a call as :meth:`check` does, and raises unless it is allowed.

        Raises:
            Denied: The call is refused.
        """
        if self._inner.on_approval is None:
            self._inner.authorize(action, args)
        else:
            self._settled(action, args).authorize()

    def explain(self, action: str, args: Mapping[str, Any]) -> str:
        """Tells an operator what would be decided and why. Draws and records nothing; never show it to a model."""
        return self._inner.explain(action, args)

    @overload
    def sign(self, action: str, args: Mapping[str, Any], *, audience: str) -> str: ...

    @overload
    def sign(self, *, audience: str) -> str: ...

    def sign(self, action: str | None = None, args: Mapping[str, Any] | None = None, *, audience: str) -> str:
        """Signs a call for ``audience`` as a compact JWS.

        With an action and its arguments the call is judged first, and draws nothing: whoever acts on it draws.
        Without them, inside a guarded tool, the running call is signed as it was judged.

        Raises:
            Denied: The call is refused, or the guard has no signer (``KKN-E502``).
            RuntimeError: No guarded call of this guard is running.
        """
        if action is None:
            return self._inner.sign_running(_running(), audience)
        try:
            return self._inner.sign(action, args, audience, [])
        except Denied as denied:
            ask, request = self._wanted(denied)
            approvals = answered(ask(request))
            if not approvals:
                raise
            return self._inner.sign(action, args, audience, approvals)

    async def acheck(self, action: str, args: Mapping[str, Any]) -> Decision:
        """:meth:`check`, without blocking the event loop."""
        return (await self._judged(action, args)).decision()

    async def aauthorize(self, action: str, args: Mapping[str, Any]) -> None:
        """:meth:`authorize`, without blocking the event loop."""
        (await self._judged(action, args)).authorize()

    @overload
    async def asign(self, action: str, args: Mapping[str, Any], *, audience: str) -> str: ...

    @overload
    async def asign(self, *, audience: str) -> str: ...

    async def asign(
        self, action: str | None = None, args: Mapping[str, Any] | None = None, *, audience: str
    ) -> str:
        """:meth:`sign`, off the event loop."""
        if action is None:
            return await asyncio.to_thread(self._inner.sign_running, _running(), audience)
        try:
            return await asyncio.to_thread(self._inner.sign, action, args, audience, [])
        except Denied as denied:
            ask, request = self._wanted(denied)
            approvals = await awaited(ask(request))
            if not approvals:
                raise
            return await asyncio.to_thread(self._inner.sign, action, args, audience, approvals)

    def bind(
        self, *, session: str | None = None, chain: str | None = None, approvals: Iterable[str] = ()
    ) -> BoundGuard:
        """This guard for one session or decision chain, which every record and signature then names.

        Inside ``with guard.bind(session="s1"):`` the tools of this guard are judged by the bound one. Made inside the
        reach of another binding of this guard, it adds to that one.

        Args:
            session: The session.
            chain: The decision chain.
            approvals: Approvals for calls made inside, as ``kakunin approve`` prints them, after those bound already.
                Each is for one call and is used once.

        Raises:
            ConfigurationError: A text is empty or longer than 256 characters; there are more than 16 approvals.
        """
        if isinstance(approvals, str):
            raise TypeError("`approvals` is a list of approvals, not one text")
        return BoundGuard._of(self._inner.bind(session, chain, list(approvals)))

    def narrow(
        self,
        scope: str | Mapping[str, Any],
        *,
        ttl: int | str | timedelta,
        name: str | None = None,
        delegate: int | None = None,
    ) -> BoundGuard:
        """A guard for one task or sub-agent, by a certificate that this guard's agent signs with its own key, offline.

        Inside ``with guard.narrow(scope, ttl="10m"):`` the tools of this guard are judged by the narrowed one: by its
        scope and by all above it, whose limits they draw on too. Its key is made here and lives in memory alone.

        Args:
            scope: What it may do, as TOML text or as a dict of the same shape; every scope above must contain it.
            ttl: How long from now, 1 s to 24 h: seconds, ``"90s"``, ``"10m"``, ``"2h"``, or a ``timedelta``. It ends
                earlier where a certificate above does: ``expires_at`` tells.
            name: The end of its id, 1 to 64 of ``A-Z a-z 0-9 _ -``, other than ``-``; a random one where left out. It
                names its own counters too: who narrows again under one name goes on counting.
            delegate: How many levels it may be narrowed itself.

        Raises:
            ConfigurationError: The scope is wider than one above (``KKN-E106``) or none; this guard has no signer
                (``KKN-E502``); its certificate was not issued to delegate (``kakunin issue --delegate N``); an
                argument is not usable.
        """
        text, is_json = authored(scope)
        return BoundGuard._of(self._inner.narrow(text, is_json, ttl, name, delegate))

    def reload(self, certificate: Source) -> None:
        """Takes over a renewed certificate of the same agent; a bad one keeps the old.

        Raises:
            ConfigurationError: The certificate is not valid here, or another agent's.
        """
        self._inner.reload(certificate)

    @property
    def id(self) -> str:
        """The agent's id."""
        return self._inner.id

    @property
    def expires_at(self) -> datetime:
        """When the first certificate on the path expires, in UTC."""
        return self._inner.expires_at

    async def close(self) -> None:
        """Writes out what is still to be recorded and releases everything; every later call is refused."""
        await asyncio.to_thread(self._inner.close)

    def __enter__(self) -> ToolGuard:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._inner.close()

    async def __aenter__(self) -> ToolGuard:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def _judged(self, action: str, args: Mapping[str, Any]) -> _native.Judgement:
        judgement = self._inner.judge(action, args)
        await asettle(judgement)
        return judgement

    def _settled(self, action: str, args: Mapping[str, Any]) -> _native.Judgement:
        judgement = self._inner.judge(action, args)
        settle(judgement)
        return judgement

    def _wanted(self, denied: Denied) -> tuple[Callable[[dict[str, Any]], Any], dict[str, Any]]:
        """Whom to ask, and what; raises the denial where nobody is to be asked."""
        ask = self._inner.on_approval
        if ask is None or denied.approval is None or denied.code != "KKN-E212":
            raise denied
        return ask, denied.approval

    def __copy__(self) -> ToolGuard:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> ToolGuard:
        return self

    def __reduce__(self) -> NoReturn:
        raise TypeError(
            "a guard holds keys and counters and cannot be pickled: make one in each process, "
            "and share limits through its state store"
        )

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"a guard is immutable: `{name}` cannot be set")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"a guard is immutable: `{name}` cannot be deleted")

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.id}>"


@final
class BoundGuard(ToolGuard):
    """A guard that was made from another: by :meth:`ToolGuard.bind` for one session or decision chain, by
    :meth:`ToolGuard.narrow` for one task.

    As a context manager it judges the tools of the guard it came from, and leaving closes nothing. Closing one that
    was narrowed ends it; the guard that it came from stays open.
    """

    __slots__ = ()

    def __init__(self) -> None:
        """Bound guards are made by :meth:`ToolGuard.bind` and :meth:`ToolGuard.narrow`."""
        raise TypeError("bound guards are made by guard.bind(session=..., chain=...) and guard.narrow(scope, ttl=...)")

    def __enter__(self) -> BoundGuard:
        BINDINGS.set(self._inner.entry(BINDINGS.get()))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        entry = BINDINGS.get()
        if entry is None or not self._inner.entered(entry):
            raise RuntimeError("bindings are left in the reverse order of entering, in the same context")
        BINDINGS.set(entry.outer)

    async def __aenter__(self) -> BoundGuard:
        return self.__enter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.__exit__(kind, error, trace)

    async def close(self) -> None:
        """Writes out what is still to be recorded; every later call of a guard that was narrowed is refused."""
        await asyncio.to_thread(self._inner.close)


def _running() -> _native.Judgement:
    running = RUNNING.get()
    if running is None:
        raise RuntimeError("no guarded call is running here: give the action and its arguments")
    return running


def _required(bound: str) -> bool:
    if bound not in ("optional", "required"):
        raise ValueError(f"`bound` is `optional` or `required`, not `{bound}`")
    return bound == "required"
