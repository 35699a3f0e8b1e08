//! The keys of the authoring form: the one table by which documents are read and from which the JSON Schema is written.

/// A key of a table.
#[derive(Debug)]
pub(super) struct Key {
    pub(super) name: &'static str,
    /// What it says, for authors.
    pub(super) about: &'static str,
    pub(super) form: Form,
    pub(super) needed: bool,
}

/// A table and the keys that it may have.
#[derive(Debug)]
pub(super) struct Table {
    /// Its name in the schema.
    pub(super) name: &'static str,
    pub(super) keys: &'static [Key],
    pub(super) choice: Choice,
}

/// Which of its keys a table must have beside those that are needed.
#[derive(Debug)]
pub(super) enum Choice {
    Free,
    /// At least one of these.
    Any(&'static [&'static str]),
    /// One of these sets and no other.
    One(&'static [&'static [&'static str]]),
}

/// What may stand under a key.
#[derive(Debug)]
pub(super) enum Form {
    Bool,
    /// A number, or text with its digits.
    Decimal,
    Integer(u64, u64),
    /// `true`, or the path of the currency.
    Money,
    /// A JSON object, or text that holds one.
    Arguments,
    /// Parameters by path.
    Params,
    /// Text of this pattern (any, if empty).
    Text(&'static str),
    /// One of these texts.
    Word(&'static [&'static str]),
    /// A scalar or a list of scalars, which may be empty only where it says so.
    Values {
        may_be_empty: bool,
    },
    Table(&'static Table),
    /// A list, empty or not.
    Tables(&'static Table),
    /// A list of at least one.
    SomeTables(&'static Table),
    /// A list of at least one, in which equal ones may stand.
    Sequence(&'static Table),
    /// Tables of constraints, at least one.
    Constraints,
    /// A list of at least one.
    Some(&'static Form),
    /// It, or a list of at least one.
    OneOrSome(&'static Form),
}

const fn key(name: &'static str, about: &'static str, form: Form) -> Key {
    Key { name, about, form, needed: false }
}

const fn needed(name: &'static str, about: &'static str, form: Form) -> Key {
    Key { name, about, form, needed: true }
}

const ACTION: Form = Form::Text("^([A-Za-z0-9_:/%-]{1,64}|\\*)(\\.([A-Za-z0-9_:/%-]{1,64}|\\*)){0,7}$");
const ANY: Form = Form::Text("");
const WINDOW: Form = Form::Text("^[1-9][0-9]*[smhd]$");

/// A scope.
pub(super) const SCOPE: Table = Table {
    name: "scope",
    choice: Choice::Free,
    keys: &[
        key(
            "grant",
            "What is allowed: a call is accepted if one grant accepts its action and all its parameters.",
            Form::Tables(&GRANT),
        ),
        key(
            "deny",
            "Actions that are refused whatever the grants say: patterns such as \"admin.*\".",
            Form::Some(&ACTION),
        ),
        key("limits", "Rates and budgets of everything together.", Form::SomeTables(&LIMIT)),
        key("hours", "When calls are accepted; always, if left out.", Form::Table(&HOURS)),
        key("regions", "The regions whose guards accept calls; all, if left out.", Form::OneOrSome(&ANY)),
        key("approvers", "Who may approve calls, by names that approvals use.", Form::SomeTables(&APPROVER)),
        key("max_depth", "How many levels of sub-agents may stand below.", Form::Integer(0, 8)),
    ],
};

/// A grant.
pub(super) const GRANT: Table = Table {
    name: "grant",
    choice: Choice::Free,
    keys: &[
        needed(
            "action",
            "A pattern of 1 to 8 segments joined by dots; * is one segment or, last, one or more: \"charge\", \"kb.*\".",
            ACTION,
        ),
        key(
            "params",
            "The parameters by path (amount, \"customer.id\", \"items[].price\"). A call with a parameter that none of them names is refused.",
            Form::Params,
        ),
        key("open", "true: parameters that are not named may be there, unchecked.", Form::Bool),
        key("limits", "Rates and budgets of the calls that this grant accepts.", Form::SomeTables(&LIMIT)),
        key("approval", "The approvals that its calls need.", Form::Table(&APPROVAL)),
        key("audience", "Who may act on its calls; anyone, if left out.", Form::OneOrSome(&ANY)),
    ],
};

/// A limit.
pub(super) const LIMIT: Table = Table {
    name: "limit",
    choice: Choice::One(&[&["rate"], &["budget", "max"]]),
    keys: &[
        key("rate", "Most calls in a window.", Form::Integer(0, u64::MAX)),
        key("budget", "The path of the parameter whose values are added up.", ANY),
        key("max", "What they may come to in a window.", Form::Decimal),
        needed("per", "The window, which slides: a number and s, m, h or d, up to 366d.", WINDOW),
        key("name", "The name of its counter, which limits of one name share; else the grant's action names it.", ANY),
    ],
};

/// When calls are accepted.
pub(super) const HOURS: Table = Table {
    name: "hours",
    choice: Choice::Free,
    keys: &[
        needed("zone", "A zone of the IANA tables: \"Europe/Berlin\".", ANY),
        needed("open", "Weekly intervals: \"mon-fri 08:00-18:00\".", Form::OneOrSome(&ANY)),
    ],
};

/// Who may approve.
pub(super) const APPROVER: Table = Table {
    name: "approver",
    choice: Choice::One(&[&["key"], &["role"]]),
    keys: &[
        needed("name", "What approvals call it.", ANY),
        key("key", "The SHA-256 of an approver's public key (SPKI).", Form::Text("^sha256:[0-9a-f]{64}$")),
        key("role", "A role that the issuing CA certifies persons for.", ANY),
    ],
};

/// The approvals that a grant asks for.
pub(super) const APPROVAL: Table = Table {
    name: "approval",
    choice: Choice::Free,
    keys: &[
        needed("of", "Names among the scope's approvers.", Form::OneOrSome(&ANY)),
        key("need", "How many of them must approve; 1, if left out.", Form::Integer(1, 16)),
        key("unless", "No approval is needed where the parameters are like this.", Form::Params),
    ],
};

/// What may be asked of a parameter.
pub(super) const CONSTRAINTS: &[Key] = &[
    key("one-of", "One of these, by JSON type.", Form::Values { may_be_empty: true }),
    key("none-of", "A value of the type of these that is none of them.", Form::Values { may_be_empty: false }),
    key("min", "The least number, as an exact decimal.", Form::Decimal),
    key("max", "The greatest number, as an exact decimal.", Form::Decimal),
    key(
        "money",
        "The number is an amount of money, in the currency that stands in this parameter; true names none.",
        Form::Money,
    ),
    key("glob", "The whole text; * stops at / and control characters, ** crosses /.", ANY),
    key("regex", "The whole text, as a regular expression of RFC 9485 (without \\p).", ANY),
    key("length", "How long a text is in code points, or how many elements an array has.", Form::Table(&LENGTH)),
    key("path", "A path strictly below this one, as it is written: .. and the like are refused.", ANY),
    key("domain", "A host name: one of these, or below one of *.these.", Form::OneOrSome(&ANY)),
    key("email", "One e-mail address without display name.", Form::Table(&EMAIL)),
    key("url", "An absolute URL.", Form::Table(&URL)),
    key("net", "An IP address in one of these networks.", Form::OneOrSome(&ANY)),
    key("type", "A JSON type; of object and array with all beneath.", Form::Word(KINDS)),
];

const KINDS: &[&str] = &["string", "number", "integer", "boolean", "object", "array"];

/// What else a parameter's table may say.
pub(super) const PARAM: &[Key] = &[
    key("optional", "true: the parameter may be absent or null.", Form::Bool),
    key("all", "Further constraints of a kind that stands here already.", Form::Constraints),
];

/// Bounds of a length.
pub(super) const LENGTH: Table = Table {
    name: "length",
    choice: Choice::Any(&["min", "max"]),
    keys: &[
        key("min", "The least.", Form::Integer(0, u32::MAX as u64)),
        key("max", "The most.", Form::Integer(0, u32::MAX as u64)),
    ],
};

/// A set of e-mail addresses.
pub(super) const EMAIL: Table = Table {
    name: "email",
    choice: Choice::Any(&["addresses", "domains"]),
    keys: &[
        key("addresses", "These addresses.", Form::OneOrSome(&ANY)),
        key("domains", "Addresses at these domains; *.acme.com is below acme.com, not it.", Form::OneOrSome(&ANY)),
    ],
};

/// A set of URLs.
pub(super) const URL: Table = Table {
    name: "url",
    choice: Choice::Free,
    keys: &[
        key("schemes", "The schemes; https, if left out.", Form::OneOrSome(&ANY)),
        needed("hosts", "Host names (*.acme.com is below it, not it) and IP addresses.", Form::OneOrSome(&ANY)),
        key("ports", "The ports; the scheme's own, if left out.", Form::OneOrSome(&Form::Integer(1, 65_535))),
        key("path", "The URL's path lies at or under this one.", ANY),
    ],
};

/// A table of calls.
pub(super) const CALLS: Table = Table {
    name: "table",
    choice: Choice::One(&[&["scope"], &["scopes"]]),
    keys: &[
        key("scope", "The file of the scope, relative to this one: TOML, JSON, DER or a certificate.", ANY),
        key("scopes", "A path of scopes instead, the agent's own first: each must accept a call.", Form::Some(&ANY)),
        key("at", "When the first call is made (RFC 3339).", ANY),
        key("region", "The region of the guard.", ANY),
        key("audience", "Who acts.", ANY),
        needed("call", "The calls, in the order of their time.", Form::Sequence(&CALL)),
    ],
};

/// A call of a table.
pub(super) const CALL: Table = Table {
    name: "call",
    choice: Choice::Free,
    keys: &[
        key("name", "What the line is called; else its action.", ANY),
        needed("action", "The action's name.", ANY),
        key("params", "The arguments: a table, or text that holds a JSON object.", Form::Arguments),
        key("at", "When it is made (RFC 3339); the clock only goes on.", ANY),
        key("after", "How long after the call before: \"90s\", \"10m\", \"1h\", \"7d\".", WINDOW),
        key("region", "The region of the guard.", ANY),
        key("audience", "Who acts.", ANY),
        key("repeat", "So many equal calls, each of which must turn out as expected.", Form::Integer(1, 100_000)),
        needed(
            "expect",
            "\"allow\", or the code of the refusal: \"E202\", \"KKN-E202\".",
            Form::Text("^(allow|(KKN-)?E[1-5][0-9]{2})$"),
        ),
        key("parameter", "The parameter that the refusal must name, as the scope writes it.", ANY),
    ],
};

/// The names of keys.
pub(super) fn names(keys: &'static [Key]) -> impl Iterator<Item = &'static str> {
    keys.iter().map(|key| key.name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scope::Kind;

    #[test]
    fn the_words_of_types_are_the_types() {
        assert_eq!(KINDS, Kind::ALL.map(Kind::name));
    }
}
