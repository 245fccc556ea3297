"""What is known of a page while it is expanded: what its names stand for, and what has been made so far."""

from __future__ import annotations

import keyword
import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from lark import Token

from xl_kpi.policy.page import tree
from xl_kpi.policy.page.expressions import BOUND, UNKNOWN, Named, PageScope, one_table
from xl_kpi.policy.page.source import MOST_TOLD, At, Block, Page, PageError, Pieces, Place
from xl_kpi.policy.page.words import CONSTANTS, EACH_KEY, FUNCTIONS, MISTYPED, TYPES, VALUES, meant
from xl_kpi.policy.words import near_to
from xl_kpi.rules.expression import TOO_DEEP

RESERVED = {"blank", *FUNCTIONS.values(), *CONSTANTS.values()}         # words of the program's expressions


@dataclass
class PageTable:
    """A sheet while its statements are put together."""

    engine: str
    grain: str
    raw: dict[str, Any]
    statements: list[tree.TableStatement] = field(default_factory=list)
    key: str = ""                   # of events: by what period they are told apart, '' by a day
    rows: str = ""                  # the engine's table that its data columns belong to: another where it melts
    names: dict[str, Named] = field(default_factory=dict)
    raters: set[str] = field(default_factory=set)       # columns that indicators made, whose scores are rows of it

    @property
    def by_row(self) -> bool:
        """May a person have several rows?"""
        return self.grain == "events"


class Context:
    """One page with its packs and its parent: their statements in the order in which they count."""

    def __init__(self, page: Page, statements: list[tree.Statement], unread: list[Block], lacking: bool):
        self.page, self.statements, self.unread, self.lacking = page, statements, unread, lacking
        self.declaring = True                                   # names are being made known
        self.undeclared: set[int] = set()                       # statements (id) that could not make theirs known
        self.lost: set[str] = {word for block in unread for word in block.declares()}       # names and labels of these
        self.dropped: set[str] = set()                          # names of the program that came to nothing
        self.places: dict[str, list[tuple[int, Place]]] = {}    # expression → where its parts stand
        self.raw: dict[str, Any] = {
            "parameters": {}, "readings": {}, "tables": {}, "parts": {}, "quantities": {}, "refusals": {}, "checks": [],
            "deadlines": {}, "functions": {}, "plausible": {}}
        self.where: dict[str, Place] = {}                       # key of the content → what made it
        self.errors: list[PageError] = []
        self.people: dict[str, Named] = {}                      # names over people
        self.parameters: dict[str, Named] = {}
        self.labels: set[str] = set()
        self.sets: dict[str, list[str]] = {}                    # named sets of labels
        self.refusals: set[str] = set()
        self.tables: dict[str, PageTable] = {}
        self.rules: dict[str, tree.QuantityStatement] = {}
        self.outputs: dict[str, tree.OutputStatement] = {}
        self.titles: dict[str, str] = {}                        # of readings: title → id
        self.changing: list[str] = []                           # headings of the roster that 人事变动 offers
        self.sizes: dict[str, int | None] = {}                  # of shared rules, written out
        self.sums: Callable[[Block], Callable[[tree.Call], str]] = lambda _: lambda _: ""     # 应发项(), 扣款项()

    def attempt(self, work: Callable[..., None], statement: tree.Statement, *given: Any) -> None:
        """Do one piece of the work; what is wrong with it is kept, and what would only follow from it is not told."""
        try:
            work(self, statement, *given)
        except PageError as error:
            self.tell(error)
            self.give_up(statement)
        except RecursionError:
            self.tell(statement.block.error(TOO_DEEP))
            self.give_up(statement)

    def tell(self, error: PageError) -> None:
        """Keep what is wrong, unless it is so because of something else that is wrong."""
        if error.about in self.lost or (self.lacking and error.unknown):
            return
        if not any((one.place == error.place and one.text[:4] == error.text[:4])             # the same for each key
                   or (one.place.line == error.place.line and one.text == error.text) for one in self.errors):
            self.errors.append(error)

    def give_up(self, statement: tree.Statement) -> None:
        """What a statement should have made known is not known to be wrong where it is used."""
        engine = statement.id or str(statement.name)
        if self.declaring:
            self.undeclared.add(id(statement))
            # what is declared a second time is known all the same
            known = {*self.outputs, *self.people, *self.parameters, *self.refusals} & {str(statement.name)}
            self.lost |= statement.block.declares() - known
            if not any(engine in self.raw.get(group, {}) for group in ("quantities", "parts", "indicators")):
                self.dropped.add(engine)
            return
        if isinstance(statement, tree.OutputStatement) and statement.pay:       # what is said of people is said of it
            self.raw.setdefault("outputs", {})[engine] = {
                "people": UNKNOWN, "role": "payroll", "marks": [],
                "columns": [{"heading": "工号", "fill": "id"}, {"heading": "姓名", "fill": "name"}]}
        for group in ("quantities", "parts", "indicators", "functions"):
            of_kind = (group == "functions") == isinstance(statement, tree.FunctionStatement)
            if of_kind and self.raw.get(group, {}).pop(engine, None) is not None:
                self.dropped.add(engine)

    def written(self) -> dict[str, str]:
        """The program's names that the page writes otherwise: what it writes."""
        found = {table.engine: name for name, table in self.tables.items()}
        for names in (self.people, self.parameters, *(table.names for table in self.tables.values())):
            found |= {named.engine: name for name, named in names.items()
                      if named.engine and named.kind not in ("several", "labels")}
        return {engine: name for engine, name in found.items() if engine != name}

    def pieces(self) -> Pieces:
        """For a statement that is read piece by piece: all that is wrong with it is told."""
        return Pieces(self.tell)

    @property
    def columns(self) -> int:
        """How many the sheets have."""
        return sum(len(table["columns"]) for table in self.raw["tables"].values())

    @property
    def enough(self) -> bool:
        """Is so much wrong that no more is looked for?"""
        return len(self.errors) >= MOST_TOLD

    # -- names ------------------------------------------------------------------------------------------------------

    def new(self, statement: tree.Statement, known: Iterable[str], what: str = "", token: Any = None) -> None:
        """Refuse what is declared a second time.  ``token``: the name, the statement's by default."""
        token = statement.name if token is None else token
        if str(token) in known:
            raise statement.block.error(f"{what}{token} 已经有了；要改写它，前面写“改”", token)

    def new_id(self, statement: tree.Statement, group: str, ident: str) -> None:
        """Refuse an id that something of its kind has."""
        if ident in self.raw[group]:
            raise statement.block.error(f"编号 {ident} 已经有了", statement.name)

    def word(self, block: Block, name: str, token: Token) -> None:
        """Refuse what can be no name."""
        if not name.isidentifier() or name in VALUES or name == EACH_KEY or name in BOUND:
            raise block.error(f"{name} 不能当名称：只用字母、汉字、数字和下划线，不以数字开头", token)

    def once(self, statement: tree.Statement, token: Token, names: dict[str, Named], named: Named) -> None:
        """A name means one thing."""
        name = str(token)
        self.word(statement.block, name, token)
        self.writable(statement, name, token)
        if named.engine not in ("", name):
            self.writable(statement, named.engine, token, dotted=named.kind == "parameter")
        self.new(statement, {*names, *self.parameters, *self.sets}, token=token)
        if name in FUNCTIONS or name in CONSTANTS:
            raise statement.block.error(f"{name} 已经是{'函数' if name in FUNCTIONS else '期间的日期'}的名称，换一个",
                                        token)
        names[name] = named

    def counted_in(self, block: Block, unit: str, token: Token) -> None:
        """Refuse a unit that is a slip of the hand for one that means something to the program."""
        like = "" if unit in TYPES else MISTYPED.get(unit) or (meant(unit) if unit[:1] == "日" else "")
        if like in ("元", "%", "日期"):
            raise block.error(f"{token} 的单位「{unit}」程序不认识，是不是 {like}", token)

    def writable(self, statement: tree.Statement, name: str, token: Token, dotted: bool = False) -> None:
        """Refuse a name, or an id in {…}, that no expression can hold."""
        what = "编号 " if name != str(token) else ""
        words = name.split(".") if dotted else [name]
        plain = unicodedata.normalize("NFKC", name)
        if plain != name:
            raise statement.block.error(f"{what}{name} 里有全角或特殊的字符，写成 {plain}", token)
        if not all(word.isidentifier() for word in words):
            dots = "，中间可以有点" if dotted else ""
            raise statement.block.error(f"{what}{name} 只用字母、汉字、数字和下划线{dots}，不以数字开头", token)
        if len(words) == 1 and (keyword.iskeyword(name) or name in RESERVED):
            raise statement.block.error(f"{what}{name} 是式子里的词（如 if、and、in、min），不能当名称，换一个", token)

    def scope(self, block: Block, arguments: frozenset[str] = frozenset()) -> PageScope:
        return PageScope(block, self.people, self.parameters, self.labels, self.sets, self.refusals,
                     elsewhere=self.elsewhere, arguments=arguments, sums=self.sums(block), telling=self)

    def elsewhere(self, name: str) -> str:
        """Where a name is known that means nothing here."""
        found = [t for t, table in self.tables.items() if name in table.names]
        if not found:
            return ""
        return f"；它是 {'、'.join(found)} 的列，要先汇总到人：合计({found[0]}，{name})"

    def row_scope(self, block: Block, token: Any) -> PageScope:
        table = self.table_named(block, token)
        def elsewhere(name: str) -> str:
            return f"；它是按人的量，不能用在 {token} 的行里" if name in self.people else ""

        shared = {name: named for name, named in self.people.items() if named.kind == "part"}
        if table.grain != "changes":            # the person's, as the roster was on the day of the row
            shared |= next((one.names for one in self.tables.values() if one.grain == "roster"), {})
        return PageScope(block, shared | table.names, self.parameters, self.labels, self.sets, self.refusals,
                     where=str(token), elsewhere=elsewhere, telling=self)

    def table_named(self, block: Block, token: Any) -> PageTable:
        table = self.tables.get(str(token))
        if table is None:
            raise block.unknown(f"没有表 {token}{near_to(str(token), self.tables) or '，有 ' + '、'.join(self.tables)}",
                              token)
        return table

    def reading_named(self, block: Block, token: Any) -> tuple[str, list[str]]:
        """(the id, the values) of a reading that is called by its id or title."""
        ident = self.titles.get(str(token), str(token))
        known = self.raw["readings"].get(ident)
        if known is None:
            names = [*self.raw["readings"], *self.titles]
            raise block.unknown(f"没有读法「{token}」{near_to(str(token), names)}", token)
        return ident, list(known["values"])

    def parameter_named(self, block: Block, token: Any) -> str:
        if str(token) not in self.parameters:
            raise block.unknown(f"没有参数 {token}{near_to(str(token), self.parameters)}", token)
        return self.parameters[str(token)].engine

    def roster_column(self, block: Block, token: Any) -> str:
        roster = next((t for t in self.tables.values() if t.grain == "roster"), None)
        if roster is None or str(token) not in roster.names:
            raise block.unknown(f"花名册没有列 {token}{near_to(str(token), roster.names if roster else ())}",
                              token)
        return roster.names[str(token)].engine

    def pointer(self, block: Block, tokens: list[Token]) -> str:
        """The engine's name of the input that a finding points at."""
        if not tokens:
            return ""
        if len(tokens) > 1:
            raise block.error("这里只写一列", tokens[1])
        name = str(tokens[0])
        roster = next((t for t in self.tables.values() if t.grain == "roster"), None)
        if name in ("工号", "姓名"):
            return "id" if name == "工号" else "name"
        if roster and name in roster.names:
            return roster.names[name].engine
        found = self.people.get(name)
        if found is not None and found.kind in ("column", "quantity", "several"):
            return self.input_name(block, tokens[0])
        events = [t.names[name] for t in self.tables.values() if name in t.names]
        if len(events) == 1:
            return events[0].engine
        raise block.unknown(f"没有列 {name}{near_to(name, [*self.people, *(roster.names if roster else ())])}",
                          tokens[0])

    def input(self, block: Block, name: Any, at: At | None = None) -> Named:
        """The quantity or column over people of a name; ``at``: where it stands, if the name is no token."""
        at = name if at is None else at
        found = self.people.get(str(name))
        one_table(block, name, found, at)
        if found is None or found.kind not in ("quantity", "column"):
            raise block.unknown(f"没有叫 {name} 的量或列{near_to(str(name), self.people)}", at)
        return found

    def input_name(self, block: Block, part: Token) -> str:
        return self.input(block, part).engine

    def filled(self, block: Block, token: Token) -> str:
        """A text with the engine's names in {…}."""
        def one(found: re.Match[str]) -> str:
            name = found[1]
            named = self.people.get(name) or self.parameters.get(name)
            if named is None or named.kind not in ("quantity", "column", "parameter"):
                raise block.unknown(f"{{{name}}} 填不上：没有叫 {name} 的量、列或参数"
                                  f"{near_to(name, [*self.people, *self.parameters])}",
                                  (token.start_pos or 0) + found.start())
            return f"{{{named.engine}}}"

        return re.sub(r"\{([^}]*)\}", one, str(token)).strip()
