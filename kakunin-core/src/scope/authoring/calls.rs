//! Tables of calls: what a team expects its scopes to allow and to refuse.
//!
//! ```toml
//! scope = "payments.toml"          # or a path of them, the agent's own first: scopes = ["agent.toml", "tenant.toml"]
//! at = "2026-11-23T10:00:00Z"      # region, audience
//!
//! [[call]]
//! name = "more than the cap"
//! action = "charge"
//! params = { amount = 47_000, currency = "EUR", customer = "cus_1" }
//! expect = "E202"
//! parameter = "amount"
//! ```

use super::compile::seconds;
use super::document::{Node, Value};
use super::keys::{CALL, CALLS};
use super::mistake::Mistakes;
use super::read::{Compiler, Fields};
use crate::bounds::JsonBounds;
use crate::encoding::json::{Json, Number, Object};
use crate::error::Code;
use crate::scope::ParamPath;
use crate::time::{Civil, UnixTime};

/// Most scopes on the path of one table. 6: with a root and an agent they are a path of eight certificates.
const SCOPES: usize = 6;
/// How often one call may be made. 100,000: any rate that people write is reached, and a table takes seconds.
const REPEATED: u32 = 100_000;
/// When the first call is made if the table does not say: a Monday.
const START: Civil = Civil { year: 2026, month: 1, day: 5, hour: 12, minute: 0, second: 0 };
/// The years in which calls are made: those of certificates' validity, less one at the end for it.
const YEARS: std::ops::RangeInclusive<i64> = 1970..=9998;

/// What a team expects of a scope, or of several on one path.
#[derive(Clone, Debug, PartialEq)]
pub struct CallTable {
    /// The files of the scopes, the agent's own first, then upward. At least one.
    pub scopes: Vec<String>,
    /// The calls, in their order, which is that of their time.
    pub calls: Vec<TableCall>,
}

/// One line of a table: a call, and what is expected of it.
#[derive(Clone, Debug, PartialEq)]
pub struct TableCall {
    /// What the line is called; its action where it has no name.
    pub name: String,
    /// The action.
    pub action: String,
    /// The arguments.
    pub params: Object,
    /// When the call is made.
    pub at: UnixTime,
    /// Whether the table says when, rather than leaving it to the default.
    pub at_is_stated: bool,
    /// The region of the guard.
    pub region: Option<String>,
    /// Who acts.
    pub audience: Option<String>,
    /// How often the call is made, at least once; each time the same is expected.
    pub repeat: u32,
    /// What is expected.
    pub expected: Expected,
    /// The line of the document on which it begins, from 1.
    pub line: usize,
    /// The column on which it begins, from 1.
    pub column: usize,
}

/// What a table expects of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expected {
    /// It may run.
    Allow,
    /// It is refused.
    Deny {
        /// With this code.
        code: Code,
        /// Because of this parameter, where the table names one.
        parameter: Option<String>,
    },
}

/// The table that `document` says; `None` after a mistake that leaves none.
pub(super) fn table(document: &Node, mistakes: &mut Mistakes<'_>) -> Option<CallTable> {
    let mut compiler = Compiler { mistakes };
    let fields = compiler.table(document, &CALLS)?;
    let scopes = compiler.scopes(document, &fields);
    let at = compiler.optional(&fields, "at", Compiler::time);
    let region = compiler.optional(&fields, "region", |c, node| c.words(node, "`region`"));
    let audience = compiler.optional(&fields, "audience", |c, node| c.words(node, "`audience`"));
    let calls = match fields.get("call").map(|node| (node, &node.value)) {
        None => compiler.wrong(document, "a table needs calls: write `[[call]]` in TOML, `\"call\": [{…}]` in JSON"),
        Some((node, Value::Table(_))) => {
            compiler.wrong(node, "`call` is a list of tables: write `[[call]]` in TOML, `[{…}]` in JSON")
        }
        Some((node, _)) => {
            let at = at.flatten();
            let mut reader = Calls {
                clock: at.or_else(|| UnixTime::from_civil(START)).unwrap_or(UnixTime::from_seconds(0)),
                at_is_stated: at.is_some(),
                started: false,
                region: region.flatten(),
                audience: audience.flatten(),
            };
            compiler.some_list(node, "`call`", |c, node| reader.call(c, node))
        }
    };
    Some(CallTable { scopes: scopes?, calls: calls? })
}

/// What the calls before leave to the next.
struct Calls {
    clock: UnixTime,
    at_is_stated: bool,
    /// Whether a call was made, so that the clock cannot be before it.
    started: bool,
    region: Option<String>,
    audience: Option<String>,
}

impl Calls {
    fn call(&mut self, c: &mut Compiler<'_, '_>, node: &Node) -> Option<TableCall> {
        let fields = c.table(node, &CALL)?;
        let name = c.optional(&fields, "name", |c, node| c.words(node, "`name`"));
        let action = c.required(&fields, "action", "a call needs `action`", |c, node| c.words(node, "`action`"));
        let params = c.optional(&fields, "params", Compiler::arguments);
        let region = c.optional(&fields, "region", |c, node| c.words(node, "`region`"));
        let audience = c.optional(&fields, "audience", |c, node| c.words(node, "`audience`"));
        let repeat = c.optional(&fields, "repeat", Compiler::count);
        let timed = self.advance(c, &fields);
        let expected = c.required(
            &fields,
            "expect",
            "a call needs `expect`: `\"allow\"` or a code such as `\"E202\"`",
            |c, node| c.expected(node, fields.get("parameter")),
        );
        let (line, column) = c.mistakes.place(node.at);
        timed?;
        self.started = true;
        let action = action?;
        Some(TableCall {
            name: name?.unwrap_or_else(|| action.clone()),
            action,
            params: params?.unwrap_or_default(),
            at: self.clock,
            at_is_stated: self.at_is_stated,
            region: region?.or_else(|| self.region.clone()),
            audience: audience?.or_else(|| self.audience.clone()),
            repeat: repeat?.unwrap_or(1),
            expected: expected?,
            line,
            column,
        })
    }

    /// Moves the clock to the call's time.
    fn advance(&mut self, c: &mut Compiler<'_, '_>, fields: &Fields<'_>) -> Option<()> {
        match (fields.get("at"), fields.get("after")) {
            (None, None) => {}
            (Some(_), Some(after)) => return c.wrong(after, "a call has `at` or `after`, not both"),
            (Some(node), None) => {
                let at = c.time(node)?;
                if at < self.clock && (self.at_is_stated || self.started) {
                    let message = format!("a table's clock only goes on: {at} is before {}", self.clock);
                    return c.wrong(node, &message);
                }
                (self.clock, self.at_is_stated) = (at, true);
            }
            (None, Some(node)) => {
                let text = c.text(node, "`after`")?;
                let Some(seconds) = seconds(text) else {
                    let message =
                        format!("`{text}` is no time: write a number and `s`, `m`, `h` or `d`, such as `10m`");
                    return c.wrong(node, &message);
                };
                let at = self.clock.plus_seconds(i64::from(seconds));
                if !YEARS.contains(&at.civil().year) {
                    return c.wrong(node, "this is after the year 9998");
                }
                self.clock = at;
            }
        }
        Some(())
    }
}

impl Compiler<'_, '_> {
    fn scopes(&mut self, document: &Node, fields: &Fields<'_>) -> Option<Vec<String>> {
        match (fields.get("scope"), fields.get("scopes")) {
            (Some(scope), None) => self.words(scope, "`scope`").map(|scope| vec![scope]),
            (None, Some(scopes)) => {
                let read = self.some_list(scopes, "`scopes`", |c, node| c.words(node, "a scope's file"))?;
                if read.len() > SCOPES {
                    return self.wrong(scopes, &format!("{} scopes are more than {SCOPES}", read.len()));
                }
                Some(read)
            }
            (Some(_), Some(scopes)) => self.wrong(scopes, "a table has `scope` or `scopes`, not both"),
            (None, None) => self.wrong(document, "a table needs `scope`, the file of what it tests"),
        }
    }

    /// A text that says something.
    fn words(&mut self, node: &Node, what: &str) -> Option<String> {
        let text = self.text(node, what)?;
        if text.is_empty() { self.wrong(node, &format!("{what} must not be empty")) } else { Some(text.to_owned()) }
    }

    fn time(&mut self, node: &Node) -> Option<UnixTime> {
        const FORM: &str = "a time as text, such as `\"2026-11-23T10:00:00Z\"`";
        let Value::Text(text) = &node.value else { return self.mistyped(node, "`at`", FORM) };
        let time = UnixTime::from_rfc3339(text).filter(|time| YEARS.contains(&time.civil().year));
        if time.is_none() {
            self.mistakes.add(node.at, format!("`{text}` is no time of RFC 3339 from 1970 to 9998: write {FORM}"));
        }
        time
    }

    fn count(&mut self, node: &Node) -> Option<u32> {
        let count = self.integer::<u32>(node, "`repeat`")?;
        if (1..=REPEATED).contains(&count) {
            return Some(count);
        }
        self.wrong(node, &format!("`repeat` is {count}, outside 1 to {REPEATED}"))
    }

    fn expected(&mut self, node: &Node, parameter: Option<&Node>) -> Option<Expected> {
        let text = self.text(node, "`expect`")?;
        if text == "allow" {
            return match parameter {
                None => Some(Expected::Allow),
                Some(node) => self.wrong(node, "`parameter` belongs to a code: a call that is allowed has none"),
            };
        }
        let code = Code::parse(text).or_else(|| Code::parse(&format!("KKN-{text}")));
        let parameter = match parameter {
            None => Some(None),
            Some(node) => self.words(node, "`parameter`").and_then(|path| {
                let path = self.checked(node.at, ParamPath::parse(&path))?;
                Some(Some(path.to_string()))
            }),
        };
        let Some(code) = code else {
            let known: Vec<&str> = Code::ALL.iter().map(|code| short(*code)).chain(["allow"]).collect();
            self.mistakes.unknown(node.at, "code", text, &known);
            return None;
        };
        Some(Expected::Deny { code, parameter: parameter? })
    }

    /// The arguments of a call: a table, or text that holds a JSON object.
    fn arguments(&mut self, node: &Node) -> Option<Object> {
        let json = match &node.value {
            Value::Table(_) => self.json(node)?,
            Value::Text(text) => match Json::parse(text.as_bytes(), &JsonBounds::DOCUMENT) {
                Ok(json) => json,
                Err(fault) => return self.wrong(node, &format!("the text of `params` is no JSON ({})", fault.rule)),
            },
            _ => return self.mistyped(node, "`params`", "a table, or text that holds a JSON object"),
        };
        match json {
            Json::Object(object) => Some(object),
            _ => self.wrong(node, "the JSON in `params` must be an object"),
        }
    }

    fn json(&mut self, node: &Node) -> Option<Json> {
        Some(match &node.value {
            Value::Bool(value) => Json::Bool(*value),
            Value::Null => Json::Null,
            Value::Text(text) => Json::Text(text.clone()),
            Value::Number(digits) => match number(digits) {
                Some(number) => Json::Number(number),
                None => return self.wrong(node, &format!("`{digits}` is no number that JSON has")),
            },
            Value::Other(what) => {
                return self.wrong(node, &format!("an argument is a JSON value, not {what}: write it as text"));
            }
            Value::List(elements) => {
                let read: Vec<Option<Json>> = elements.iter().map(|element| self.json(element)).collect();
                Json::Array(read.into_iter().collect::<Option<_>>()?)
            }
            Value::Table(entries) => {
                let read = entries.iter().map(|entry| Some((entry.key.clone(), self.json(&entry.node)?)));
                let read: Vec<Option<(String, Json)>> = read.collect();
                // A doubled key is a mistake already.
                Json::Object(Object::from_members(read.into_iter().collect::<Option<_>>()?).ok()?)
            }
        })
    }
}

/// `E202`.
fn short(code: Code) -> &'static str {
    code.as_str().strip_prefix("KKN-").unwrap_or_default()
}

fn number(digits: &str) -> Option<Number> {
    if !digits.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'+' | b'-' | b'.' | b'e' | b'E')) {
        return None;
    }
    let integer = digits.parse().ok().and_then(Number::from_integer);
    integer.or_else(|| digits.parse().ok().and_then(Number::from_double))
}
