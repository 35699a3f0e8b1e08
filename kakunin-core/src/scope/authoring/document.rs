//! An authoring document before it has a meaning: values, each with its place in the text.

/// A value and where it begins, as a byte offset; 0 in documents that are yet to be written.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) at: usize,
    pub(super) value: Value,
}

/// A value of either language.
#[derive(Clone, Debug)]
pub(super) enum Value {
    Bool(bool),
    List(Vec<Node>),
    /// JSON's; TOML has none.
    Null,
    /// As it was written.
    Number(String),
    /// What no scope holds: dates, values nested too deep. The text says which.
    Other(&'static str),
    Table(Vec<Entry>),
    Text(String),
}

/// A member of a table, in the order of the text.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) key: String,
    pub(super) at: usize,
    /// Whether a dot follows the key in TOML: `key.next = …`.
    pub(super) dotted: bool,
    pub(super) node: Node,
}

impl Node {
    pub(super) const fn new(at: usize, value: Value) -> Self {
        Self { at, value }
    }
}

impl From<Value> for Node {
    fn from(value: Value) -> Self {
        Self::new(0, value)
    }
}

impl Value {
    /// What the value is, for messages.
    pub(super) const fn describe(&self) -> &'static str {
        match self {
            Self::Bool(_) => "a boolean",
            Self::List(_) => "a list",
            Self::Null => "null",
            Self::Number(_) => "a number",
            Self::Other(what) => what,
            Self::Table(_) => "a table",
            Self::Text(_) => "text",
        }
    }
}

impl Entry {
    /// A member that is yet to be written.
    pub(super) fn new(key: impl Into<String>, value: Value) -> Self {
        Self { key: key.into(), at: 0, dotted: false, node: value.into() }
    }
}
