//! The JSON Schema of a document, from the table of keys by which it is read.

use std::collections::BTreeMap;

use super::document::{Entry, Node, Value};
use super::keys::{CONSTRAINTS, Choice, Form, Key, PARAM, Table, names};

/// The dialect.
const DIALECT: &str = "https://json-schema.org/draft/2020-12/schema";

/// Digits of a decimal that is written as text.
const DECIMAL: &str = "^[-+]?[0-9]+(\\.[0-9]+)?([eE][-+]?[0-9]+)?$";

/// The members of the schema of documents whose top is `table`.
pub(super) fn members(table: &'static Table, title: &str, about: &str) -> Vec<Entry> {
    let mut definitions = Definitions::default();
    let mut entries =
        vec![member("$schema", text(DIALECT)), member("title", text(title)), member("description", text(about))];
    entries.extend(definitions.table(table));
    entries.push(member("$defs", object(definitions.written())));
    entries
}

/// What is described once and referred to.
#[derive(Default)]
struct Definitions(BTreeMap<&'static str, Vec<Entry>>);

impl Definitions {
    fn written(self) -> Vec<Entry> {
        self.0.into_iter().map(|(name, entries)| member(name, object(entries))).collect()
    }

    fn reference(&mut self, table: &'static Table) -> Vec<Entry> {
        self.define(table.name, |definitions| definitions.table(table))
    }

    fn define(&mut self, name: &'static str, make: impl FnOnce(&mut Self) -> Vec<Entry>) -> Vec<Entry> {
        if !self.0.contains_key(name) {
            self.0.insert(name, Vec::new());
            let made = make(self);
            self.0.insert(name, made);
        }
        vec![member("$ref", text(&format!("#/$defs/{name}")))]
    }

    fn table(&mut self, table: &'static Table) -> Vec<Entry> {
        let mut entries = vec![member("type", text("object")), member("properties", self.properties(&[table.keys]))];
        let needed: Vec<&str> = table.keys.iter().filter(|key| key.needed).map(|key| key.name).collect();
        if !needed.is_empty() {
            entries.push(member("required", texts(&needed)));
        }
        entries.push(member("additionalProperties", Value::Bool(false)));
        match table.choice {
            Choice::Free => {}
            Choice::Any(keys) => {
                entries.push(member("anyOf", list(keys.iter().map(|key| vec![member("required", texts(&[*key]))]))));
            }
            Choice::One(sets) => {
                entries.push(member("oneOf", list(sets.iter().map(|set| vec![member("required", texts(set))]))));
                // A key of a larger set is nothing without the others.
                let larger = sets.iter().filter(|set| set.len() > 1);
                let together = larger.flat_map(|set| set.iter().map(|key| (*key, *set))).map(|(key, set)| {
                    let others: Vec<&str> = set.iter().copied().filter(|other| *other != key).collect();
                    member(key, texts(&others))
                });
                let together: Vec<Entry> = together.collect();
                if !together.is_empty() {
                    entries.push(member("dependentRequired", object(together)));
                }
            }
        }
        entries
    }

    fn properties(&mut self, keys: &[&'static [Key]]) -> Value {
        let keys = keys.iter().flat_map(|keys| keys.iter());
        object(
            keys.map(|key| {
                let mut entries = vec![member("description", text(key.about))];
                entries.extend(self.form(&key.form));
                member(key.name, object(entries))
            })
            .collect(),
        )
    }

    fn form(&mut self, form: &'static Form) -> Vec<Entry> {
        match form {
            Form::Bool => vec![kind("boolean")],
            Form::Decimal => vec![member("type", texts(&["number", "string"])), member("pattern", text(DECIMAL))],
            Form::Integer(least, most) => {
                let mut entries = vec![kind("integer"), member("minimum", number(*least))];
                if *most < u64::MAX {
                    entries.push(member("maximum", number(*most)));
                }
                entries
            }
            Form::Money => {
                let yes = vec![member("const", Value::Bool(true))];
                vec![member("anyOf", list([vec![kind("string")], yes].into_iter()))]
            }
            Form::Arguments => vec![member("type", texts(&["object", "string"]))],
            Form::Params => {
                let param = self.define("param", Self::param);
                vec![kind("object"), member("additionalProperties", object(param))]
            }
            Form::Text("") => vec![kind("string")],
            Form::Text(pattern) => vec![kind("string"), member("pattern", text(pattern))],
            Form::Word(words) => vec![member("enum", texts(words))],
            Form::Values { may_be_empty } => {
                let scalar = || vec![member("type", texts(&["string", "number", "boolean"]))];
                let of = elements(scalar(), !may_be_empty);
                vec![member("anyOf", list([scalar(), of].into_iter()))]
            }
            Form::Table(table) => self.reference(table),
            Form::Tables(table) => elements(self.reference(table), false),
            Form::SomeTables(table) => elements(self.reference(table), true),
            Form::Sequence(table) => {
                vec![kind("array"), member("items", object(self.reference(table))), member("minItems", number(1))]
            }
            Form::Constraints => {
                let of = self.define("constraints", |definitions| {
                    vec![
                        kind("object"),
                        member("properties", definitions.properties(&[CONSTRAINTS])),
                        member("additionalProperties", Value::Bool(false)),
                        member("minProperties", number(1)),
                    ]
                });
                elements(of, true)
            }
            Form::Some(form) => elements(self.form(form), true),
            Form::OneOrSome(form) => {
                vec![member("anyOf", list([self.form(form), elements(self.form(form), true)].into_iter()))]
            }
        }
    }

    /// A parameter: a scalar, a list of them, or a table of constraints of which there is one at least.
    fn param(&mut self) -> Vec<Entry> {
        let asked = names(CONSTRAINTS).chain(["all"]).map(|key| vec![member("required", texts(&[key]))]);
        vec![
            member("type", texts(&["string", "number", "boolean", "array", "object"])),
            member("items", object(vec![member("type", texts(&["string", "number", "boolean"]))])),
            member("uniqueItems", Value::Bool(true)),
            member("properties", self.properties(&[CONSTRAINTS, PARAM])),
            member("additionalProperties", Value::Bool(false)),
            member("anyOf", list(asked)),
        ]
    }
}

/// A list in which nothing stands twice.
fn elements(of: Vec<Entry>, some: bool) -> Vec<Entry> {
    let mut entries = vec![kind("array"), member("items", object(of))];
    if some {
        entries.push(member("minItems", number(1)));
    }
    entries.push(member("uniqueItems", Value::Bool(true)));
    entries
}

fn kind(name: &str) -> Entry {
    member("type", text(name))
}

fn member(key: &str, value: Value) -> Entry {
    Entry::new(key, value)
}

fn object(entries: Vec<Entry>) -> Value {
    Value::Table(entries)
}

fn list(tables: impl Iterator<Item = Vec<Entry>>) -> Value {
    Value::List(tables.map(|entries| Node::from(Value::Table(entries))).collect())
}

fn text(content: &str) -> Value {
    Value::Text(content.to_owned())
}

fn texts(contents: &[&str]) -> Value {
    Value::List(contents.iter().map(|content| Node::from(text(content))).collect())
}

fn number(number: u64) -> Value {
    Value::Number(number.to_string())
}
