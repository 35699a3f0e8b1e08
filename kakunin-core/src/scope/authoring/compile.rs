//! From a document to a scope. Every part goes through its constructor; what those refuse is a mistake at its place.

use super::document::{Entry, Node, Value};
use super::mistake::Mistakes;
use crate::crypto::Digest;
use crate::scope::{
    ActionPattern, Approval, Approver, Constraint, DomainSet, EmailSet, Fault, Glob, Grant, GrantParts, Hours,
    Interval, Kind, Length, Limit, LimitKind, Money, NetSet, Network, Param, ParamPath, PathRoot, Range, Regex, Scalar,
    ScalarSet, Scope, ScopeParts, UrlSet, Who,
};
use crate::value::Decimal;

const TOP: &[&str] = &["grant", "deny", "limits", "hours", "regions", "approvers", "max_depth"];
const GRANT: &[&str] = &["action", "params", "open", "limits", "approval", "audience"];
const LIMIT: &[&str] = &["rate", "budget", "max", "per", "name"];
const CONSTRAINTS: &[&str] = &[
    "one-of", "none-of", "min", "max", "money", "glob", "regex", "length", "path", "domain", "email", "url", "net",
    "type",
];
const PARAM: &[&str] = &["optional", "all"];

/// The units of a window by letter, in seconds; longest first.
pub(super) const UNITS: &[(char, u32)] = &[('d', 86_400), ('h', 3_600), ('m', 60), ('s', 1)];

/// The seconds that `90s`, `15m`, `1h` or `7d` says.
pub(super) fn seconds(text: &str) -> Option<u32> {
    UNITS.iter().find_map(|(unit, seconds)| {
        let count = text.strip_suffix(*unit)?;
        let plain = !count.starts_with('0') && count.bytes().all(|byte| byte.is_ascii_digit());
        count.parse::<u32>().ok().filter(|_| plain)?.checked_mul(*seconds)
    })
}

/// The scope that `document` says; `None` after a mistake that leaves none.
pub(super) fn scope(document: &Node, mistakes: &mut Mistakes<'_>) -> Option<Scope> {
    let mut compiler = Compiler { mistakes };
    let fields = compiler.table(document, "key", TOP)?;
    let grants = compiler.optional(&fields, "grant", |c, node| {
        if matches!(node.value, Value::Table(_)) {
            return c.wrong(node, "`grant` is a list of tables: write `[[grant]]` in TOML, `[{…}]` in JSON");
        }
        c.list(node, "`grant`", Compiler::grant)
    });
    let deny = compiler.optional(&fields, "deny", |c, node| c.some_list(node, "`deny`", Compiler::action));
    let limits = compiler.optional(&fields, "limits", |c, node| c.some_list(node, "`limits`", Compiler::limit));
    let max_depth = compiler.optional(&fields, "max_depth", |c, node| c.integer::<u8>(node, "`max_depth`"));
    let hours = compiler.optional(&fields, "hours", Compiler::hours);
    let regions = compiler.optional(&fields, "regions", |c, node| c.texts(node, "`regions`"));
    let approvers =
        compiler.optional(&fields, "approvers", |c, node| c.some_list(node, "`approvers`", Compiler::approver));
    let scope = Scope::new(ScopeParts {
        grants: grants?.unwrap_or_default(),
        deny: deny?.unwrap_or_default(),
        limits: limits?.unwrap_or_default(),
        hours: hours?,
        regions: regions?.unwrap_or_default(),
        approvers: approvers?.unwrap_or_default(),
        max_depth: max_depth?,
    });
    compiler.checked(document.at, scope)
}

pub(super) struct Compiler<'m, 't> {
    pub(super) mistakes: &'m mut Mistakes<'t>,
}

/// The members of one table whose keys are known.
pub(super) struct Fields<'n> {
    at: usize,
    entries: Vec<&'n Entry>,
}

impl<'n> Fields<'n> {
    pub(super) fn get(&self, key: &str) -> Option<&'n Node> {
        self.entries.iter().find(|entry| entry.key == key).map(|entry| &entry.node)
    }
}

/// Each reader returns `None` once it has reported why; callers go on, so that the rest is looked at too.
impl Compiler<'_, '_> {
    fn grant(&mut self, node: &Node) -> Option<Grant> {
        let fields = self.table(node, "key", GRANT)?;
        let action = self.required(&fields, "action", "a grant needs `action`", Self::action);
        let params = self.optional(&fields, "params", |c, node| c.params(node, "`params`"));
        let open = self.optional(&fields, "open", |c, node| c.boolean(node, "`open`"));
        let limits = self.optional(&fields, "limits", |c, node| c.some_list(node, "`limits`", Self::limit));
        let approval = self.optional(&fields, "approval", Self::approval);
        let audience = self.optional(&fields, "audience", |c, node| c.texts(node, "`audience`"));
        let grant = Grant::new(GrantParts {
            action: action?,
            params: params?.unwrap_or_default(),
            open: open?.unwrap_or(false),
            limits: limits?.unwrap_or_default(),
            approval: approval?,
            audience: audience?.unwrap_or_default(),
        });
        self.checked(node.at, grant)
    }

    fn hours(&mut self, node: &Node) -> Option<Hours> {
        let fields = self.table(node, "key", &["zone", "open"])?;
        let zone = self.required(&fields, "zone", "`hours` need `zone`, such as `Europe/Berlin`", |c, node| {
            c.text(node, "`zone`").map(str::to_owned)
        });
        let open =
            self.required(&fields, "open", "`hours` need `open`, such as `mon-fri 08:00-18:00`", |c, node| match &node
                .value
            {
                Value::List(_) => c.some_list(node, "`open`", Self::intervals),
                _ => c.intervals(node).map(|intervals| vec![intervals]),
            });
        let hours = Hours::new(&zone?, open?.into_iter().flatten().collect());
        self.checked(node.at, hours)
    }

    fn intervals(&mut self, node: &Node) -> Option<Vec<Interval>> {
        let text = self.text(node, "`open`")?;
        self.checked(node.at, Interval::parse(text))
    }

    fn approver(&mut self, node: &Node) -> Option<Approver> {
        let fields = self.table(node, "key", &["name", "key", "role"])?;
        let name = self
            .required(&fields, "name", "an approver needs `name`", |c, node| c.text(node, "`name`").map(str::to_owned));
        let who = match (fields.get("key"), fields.get("role")) {
            (Some(key), None) => self.digest(key).map(Who::Key),
            (None, Some(role)) => self.text(role, "`role`").map(|role| Who::Role(role.to_owned())),
            (Some(_), Some(role)) => self.wrong(role, "an approver has `key` or `role`, not both"),
            (None, None) => self.wrong(node, "an approver needs `key` or `role`"),
        };
        let approver = Approver::new(&name?, who?);
        self.checked(node.at, approver)
    }

    fn digest(&mut self, node: &Node) -> Option<Digest> {
        let text = self.text(node, "`key`")?;
        let digest = parse_digest(text);
        if digest.is_none() {
            self.mistakes.add(node.at, "`key` is `sha256:` and the 64 lower-case hex digits of the key's SPKI hash");
        }
        digest
    }

    fn approval(&mut self, node: &Node) -> Option<Approval> {
        let fields = self.table(node, "key", &["of", "need", "unless"])?;
        let of =
            self.required(&fields, "of", "an approval needs `of`: names of approvers", |c, node| c.texts(node, "`of`"));
        let need = self.optional(&fields, "need", |c, node| c.integer::<u8>(node, "`need`"));
        let unless = self.optional(&fields, "unless", |c, node| match &node.value {
            Value::Table(entries) if entries.is_empty() => c.wrong(node, "`unless` must not be empty: leave it out"),
            _ => c.params(node, "`unless`"),
        });
        let approval = Approval::new(of?, need?.unwrap_or(1), unless?.unwrap_or_default());
        self.checked(node.at, approval)
    }

    fn action(&mut self, node: &Node) -> Option<ActionPattern> {
        let text = self.text(node, "an action")?;
        self.checked(node.at, ActionPattern::parse(text))
    }

    fn params(&mut self, node: &Node, what: &str) -> Option<Vec<Param>> {
        let Value::Table(entries) = &node.value else {
            return self.wrong(node, &format!("{what} must be a table"));
        };
        let params: Vec<Option<Param>> = entries.iter().map(|entry| self.param(entry)).collect();
        params.into_iter().collect()
    }

    fn param(&mut self, entry: &Entry) -> Option<Param> {
        if entry.dotted {
            let message =
                format!("a path with dots is quoted as a whole: write `\"{}.…\"`, or `{0} = {{ … }}`", entry.key);
            self.mistakes.add(entry.at, message);
            return None;
        }
        let mistakes_before = self.mistakes.count();
        let path = self.checked(entry.at, ParamPath::parse(&entry.key));
        let (optional, constraints) = match &entry.node.value {
            Value::Table(entries) => {
                let fields = self.constraint_fields(entries, &entry.node, &entry.key, PARAM);
                let optional = self.optional(&fields, "optional", |c, node| c.boolean(node, "`optional`"));
                let mut constraints = self.constraints(&fields);
                let all = self.optional(&fields, "all", |c, node| {
                    c.some_list(node, "`all`", |c, node| c.further_constraints(node, &entry.key))
                });
                if let Some(constraints) = &mut constraints {
                    constraints.extend(all?.unwrap_or_default().into_iter().flatten());
                }
                (optional?.unwrap_or(false), constraints)
            }
            _ => (false, self.scalars(&entry.node).map(|scalars| vec![Constraint::OneOf(scalars)])),
        };
        let constraints = constraints?;
        if constraints.is_empty() {
            // After another mistake in this table it is known that something is asked for.
            if self.mistakes.count() == mistakes_before {
                self.mistakes.add(entry.node.at, "this asks for nothing: name a constraint, such as `type`");
            }
            return None;
        }
        let param = Param::new(path?, optional, constraints);
        self.checked(entry.at, param)
    }

    fn further_constraints(&mut self, node: &Node, path: &str) -> Option<Vec<Constraint>> {
        let Value::Table(entries) = &node.value else {
            return self.wrong(node, "`all` is a list of tables, each with constraints");
        };
        let fields = self.constraint_fields(entries, node, path, &[]);
        self.constraints(&fields)
    }

    /// As [`Compiler::known`], with a hint where a table looks like a path that was not quoted.
    fn constraint_fields<'n>(&mut self, entries: &'n [Entry], node: &Node, path: &str, more: &[&str]) -> Fields<'n> {
        let mut known = Vec::new();
        for entry in entries {
            if entry.key == "range" {
                self.mistakes.add(entry.at, "a range is written as `min`, `max` and `money`");
            } else if matches!(entry.node.value, Value::Table(_)) && !self.is_constraint(&entry.key, more) {
                let hint = format!(
                    "`{0}` is no constraint; a path with dots is quoted as a whole: `\"{path}.{0}\"`",
                    entry.key
                );
                self.mistakes.add(entry.at, hint);
            } else {
                known.push(entry);
            }
        }
        self.known(known, node.at, "constraint", &[CONSTRAINTS, more])
    }

    fn is_constraint(&self, key: &str, more: &[&str]) -> bool {
        CONSTRAINTS.contains(&key) || more.contains(&key)
    }

    fn constraints(&mut self, fields: &Fields<'_>) -> Option<Vec<Constraint>> {
        let mut constraints = Vec::new();
        let mut complete = true;
        for entry in &fields.entries {
            match self.constraint(fields, entry) {
                Read::Constraint(constraint) => constraints.push(constraint),
                Read::Nothing => {}
                Read::Mistake => complete = false,
            }
        }
        complete.then_some(constraints)
    }

    fn constraint(&mut self, fields: &Fields<'_>, entry: &Entry) -> Read {
        let node = &entry.node;
        let constraint = match entry.key.as_str() {
            "one-of" => self.scalars(node).map(Constraint::OneOf),
            "none-of" => match self.scalars(node) {
                Some(scalars) if scalars.is_empty() => self.wrong(node, "`none-of` must not be empty"),
                scalars => scalars.map(Constraint::NoneOf),
            },
            // The three together are one range, which stands where the first of them does.
            "min" | "max" | "money" => {
                let first = fields.entries.iter().find(|entry| matches!(entry.key.as_str(), "min" | "max" | "money"));
                if first.is_none_or(|first| first.at != entry.at) {
                    return Read::Nothing;
                }
                self.range(fields, entry.at)
            }
            "glob" => {
                self.text(node, "`glob`").and_then(|text| self.checked(node.at, Glob::new(text))).map(Constraint::Glob)
            }
            "regex" => self
                .text(node, "`regex`")
                .and_then(|text| self.checked(node.at, Regex::new(text)))
                .map(Constraint::Regex),
            "length" => self.length(node).map(Constraint::Length),
            "path" => self
                .text(node, "`path`")
                .and_then(|text| self.checked(node.at, PathRoot::new(text)))
                .map(Constraint::Path),
            "domain" => self
                .texts(node, "`domain`")
                .and_then(|names| self.checked(node.at, DomainSet::new(&names)))
                .map(Constraint::Domain),
            "email" => self.email(node).map(Constraint::Email),
            "url" => self.url(node).map(Constraint::Url),
            "net" => self.net(node).map(Constraint::Net),
            "type" => self.kind(node).map(Constraint::Type),
            _ => return Read::Nothing,
        };
        constraint.map_or(Read::Mistake, Read::Constraint)
    }

    fn range(&mut self, fields: &Fields<'_>, at: usize) -> Option<Constraint> {
        let min = self.optional(fields, "min", |c, node| c.decimal(node, "`min`"));
        let max = self.optional(fields, "max", |c, node| c.decimal(node, "`max`"));
        let money = self.optional(fields, "money", |c, node| match &node.value {
            Value::Bool(true) => Some(Money::new(None)),
            Value::Text(path) => c.checked(node.at, ParamPath::parse(path)).map(|path| Money::new(Some(path))),
            Value::Bool(false) => c.wrong(node, "leave `money` out of what is no amount of money"),
            _ => c.mistyped(node, "`money`", "`true` or the path of the currency"),
        });
        self.checked(at, Range::new(min?, max?, money?)).map(Constraint::Range)
    }

    fn length(&mut self, node: &Node) -> Option<Length> {
        let fields = self.table(node, "key", &["min", "max"])?;
        let min = self.optional(&fields, "min", |c, node| c.integer::<u32>(node, "`min`"));
        let max = self.optional(&fields, "max", |c, node| c.integer::<u32>(node, "`max`"));
        self.checked(node.at, Length::new(min?, max?))
    }

    fn email(&mut self, node: &Node) -> Option<EmailSet> {
        let fields = self.table(node, "key", &["addresses", "domains"])?;
        let addresses = self.optional(&fields, "addresses", |c, node| c.texts(node, "`addresses`"));
        let domains = self.optional(&fields, "domains", |c, node| c.texts(node, "`domains`"));
        self.checked(node.at, EmailSet::new(&addresses?.unwrap_or_default(), &domains?.unwrap_or_default()))
    }

    fn url(&mut self, node: &Node) -> Option<UrlSet> {
        let fields = self.table(node, "key", &["schemes", "hosts", "ports", "path"])?;
        let schemes = self.optional(&fields, "schemes", |c, node| c.texts(node, "`schemes`"));
        let hosts = self.required(&fields, "hosts", "`url` needs `hosts`", |c, node| c.texts(node, "`hosts`"));
        let ports = self.optional(&fields, "ports", |c, node| match &node.value {
            Value::List(_) => c.some_list(node, "`ports`", |c, node| c.integer::<u16>(node, "a port")),
            _ => c.integer::<u16>(node, "a port").map(|port| vec![port]),
        });
        let path = self.optional(&fields, "path", |c, node| c.text(node, "`path`").map(str::to_owned));
        let urls = UrlSet::new(&schemes?.unwrap_or_default(), &hosts?, &ports?.unwrap_or_default(), path?.as_deref());
        self.checked(node.at, urls)
    }

    fn net(&mut self, node: &Node) -> Option<NetSet> {
        let network = |c: &mut Self, node: &Node| {
            let text = c.text(node, "a network")?;
            c.checked(node.at, Network::parse(text))
        };
        let networks = match &node.value {
            Value::List(_) => self.some_list(node, "`net`", network),
            _ => network(self, node).map(|network| vec![network]),
        };
        networks.and_then(|networks| self.checked(node.at, NetSet::new(networks)))
    }

    fn kind(&mut self, node: &Node) -> Option<Kind> {
        let text = self.text(node, "`type`")?;
        let kind = Kind::parse(text);
        if kind.is_none() {
            self.mistakes.unknown(node.at, "type", text, &[&Kind::ALL.map(Kind::name)]);
        }
        kind
    }

    fn limit(&mut self, node: &Node) -> Option<Limit> {
        let fields = self.table(node, "key", LIMIT)?;
        let window = self.required(&fields, "per", "a limit needs `per`", Self::window);
        let name = self.optional(&fields, "name", |c, node| c.text(node, "`name`").map(str::to_owned));
        let kind = match (fields.get("rate"), fields.get("budget"), fields.get("max")) {
            (Some(rate), None, None) => self.integer::<u64>(rate, "`rate`").map(|max| LimitKind::Rate { max }),
            (None, Some(budget), Some(max)) => {
                let path =
                    self.text(budget, "`budget`").and_then(|path| self.checked(budget.at, ParamPath::parse(path)));
                let max = self.decimal(max, "`max`");
                path.zip(max).map(|(path, max)| LimitKind::Budget { path, max })
            }
            (Some(_), None, Some(max)) => self.wrong(max, "`max` belongs to `budget`; `rate` holds its own number"),
            (None, Some(budget), None) => self.wrong(budget, "a budget needs `max`"),
            (Some(_), Some(budget), _) => self.wrong(budget, "a limit has `rate` or `budget`, not both"),
            (None, None, _) => self.wrong(node, "a limit needs `rate`, or `budget` and `max`"),
        };
        let limit = Limit::new(kind?, window?, name?);
        self.checked(node.at, limit)
    }

    fn window(&mut self, node: &Node) -> Option<u32> {
        let text = self.text(node, "`per`")?;
        match seconds(text) {
            Some(window) => Some(window),
            None => self
                .wrong(node, &format!("`{text}` is no window: write a number and `s`, `m`, `h` or `d`, such as `1h`")),
        }
    }

    fn scalars(&mut self, node: &Node) -> Option<ScalarSet> {
        let scalars = match &node.value {
            Value::List(_) => self.list(node, "values", Self::scalar),
            _ => self.scalar(node).map(|scalar| vec![scalar]),
        };
        scalars.and_then(|scalars| self.checked(node.at, ScalarSet::new(scalars)))
    }

    fn scalar(&mut self, node: &Node) -> Option<Scalar> {
        match &node.value {
            Value::Bool(value) => Some(Scalar::Bool(*value)),
            Value::Text(text) => Some(Scalar::Text(text.clone())),
            Value::Number(_) => self.decimal(node, "a value").map(Scalar::Number),
            _ => self.mistyped(node, "a value", "text, a number or a boolean"),
        }
    }

    fn decimal(&mut self, node: &Node, what: &str) -> Option<Decimal> {
        let (Value::Number(digits) | Value::Text(digits)) = &node.value else {
            return self.mistyped(node, what, "a number");
        };
        let decimal = Decimal::from_literal(digits);
        if decimal.is_none() {
            self.mistakes.add(node.at, format!("`{digits}` is no decimal of at most 34 digits"));
        }
        decimal
    }

    pub(super) fn integer<T: std::str::FromStr>(&mut self, node: &Node, what: &str) -> Option<T> {
        let Value::Number(digits) = &node.value else {
            return self.mistyped(node, what, "an integer");
        };
        match digits.parse() {
            Ok(number) => Some(number),
            Err(_) => self.wrong(node, &format!("{what} cannot be {digits}: too large, negative or no plain integer")),
        }
    }

    fn boolean(&mut self, node: &Node, what: &str) -> Option<bool> {
        if let Value::Bool(value) = node.value { Some(value) } else { self.mistyped(node, what, "`true` or `false`") }
    }

    pub(super) fn text<'n>(&mut self, node: &'n Node, what: &str) -> Option<&'n str> {
        if let Value::Text(text) = &node.value { Some(text) } else { self.mistyped(node, what, "text") }
    }

    /// One text, or a list of them that is not empty.
    fn texts(&mut self, node: &Node, what: &str) -> Option<Vec<String>> {
        match &node.value {
            Value::List(_) => self.some_list(node, what, |c, node| c.text(node, what).map(str::to_owned)),
            _ => self.text(node, what).map(|text| vec![text.to_owned()]),
        }
    }

    /// Every element, all of them looked at even after a mistake.
    pub(super) fn list<T>(
        &mut self,
        node: &Node,
        what: &str,
        mut read: impl FnMut(&mut Self, &Node) -> Option<T>,
    ) -> Option<Vec<T>> {
        let Value::List(elements) = &node.value else {
            return self.mistyped(node, what, "a list");
        };
        let read: Vec<Option<T>> = elements.iter().map(|element| read(self, element)).collect();
        read.into_iter().collect()
    }

    /// As [`Compiler::list`]; an empty list is a mistake: it would allow nothing, or ask for nothing.
    pub(super) fn some_list<T>(
        &mut self,
        node: &Node,
        what: &str,
        read: impl FnMut(&mut Self, &Node) -> Option<T>,
    ) -> Option<Vec<T>> {
        let list = self.list(node, what, read)?;
        if list.is_empty() { self.wrong(node, &format!("{what} must not be empty: leave it out")) } else { Some(list) }
    }

    pub(super) fn table<'n>(&mut self, node: &'n Node, what: &str, known: &[&str]) -> Option<Fields<'n>> {
        let Value::Table(entries) = &node.value else {
            return self.wrong(node, &format!("a table is needed here, not {}", node.value.describe()));
        };
        Some(self.known(entries.iter().collect(), node.at, what, &[known]))
    }

    /// The entries whose keys are known; the others are mistakes.
    fn known<'n>(&mut self, mut entries: Vec<&'n Entry>, at: usize, what: &str, known: &[&[&str]]) -> Fields<'n> {
        entries.retain(|entry| {
            let key = entry.key.as_str();
            if known.iter().any(|keys| keys.contains(&key)) {
                return true;
            }
            self.mistakes.unknown(entry.at, what, key, known);
            false
        });
        Fields { at, entries }
    }

    /// What stands under `key`: `Some(None)` where nothing does, `None` after a mistake.
    #[expect(clippy::option_option, reason = "absent and mistaken are two things")]
    pub(super) fn optional<T>(
        &mut self,
        fields: &Fields<'_>,
        key: &str,
        read: impl FnOnce(&mut Self, &Node) -> Option<T>,
    ) -> Option<Option<T>> {
        match fields.get(key) {
            None => Some(None),
            Some(node) => read(self, node).map(Some),
        }
    }

    pub(super) fn required<T>(
        &mut self,
        fields: &Fields<'_>,
        key: &str,
        missing: &str,
        read: impl FnOnce(&mut Self, &Node) -> Option<T>,
    ) -> Option<T> {
        match fields.get(key) {
            Some(node) => read(self, node),
            None => {
                self.mistakes.add(fields.at, missing);
                None
            }
        }
    }

    pub(super) fn checked<T>(&mut self, at: usize, built: Result<T, Fault>) -> Option<T> {
        built.map_err(|fault| self.mistakes.add(at, fault.detail)).ok()
    }

    pub(super) fn mistyped<T>(&mut self, node: &Node, what: &str, wanted: &str) -> Option<T> {
        self.wrong(node, &format!("{what} must be {wanted}, not {}", node.value.describe()))
    }

    pub(super) fn wrong<T>(&mut self, node: &Node, message: &str) -> Option<T> {
        self.mistakes.add(node.at, message);
        None
    }
}

/// A digest as people read it: `sha256:` and hex.
pub(super) fn digest_text(digest: &Digest) -> String {
    digest.iter().fold(String::from("sha256:"), |text, byte| text + &format!("{byte:02x}"))
}

fn parse_digest(text: &str) -> Option<Digest> {
    let digits = text.strip_prefix("sha256:")?.as_bytes();
    let nibble = |digit: u8| match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    };
    let mut digest = Digest::default();
    if digits.len() != 2 * digest.len() {
        return None;
    }
    for (byte, pair) in digest.iter_mut().zip(digits.chunks_exact(2)) {
        let [high, low] = pair else { return None };
        *byte = nibble(*high)? << 4 | nibble(*low)?;
    }
    Some(digest)
}

/// What one key of a parameter's table gave.
enum Read {
    Constraint(Constraint),
    Mistake,
    Nothing,
}
