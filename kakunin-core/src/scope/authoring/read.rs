//! Reading tables, lists and values of a document. What is not as it must be is a mistake at its place.

use super::blame;
use super::document::{Entry, Node, Value};
use super::keys::{Key, Table, names};
use super::mistake::Mistakes;
use crate::scope::Fault;
use crate::value::Decimal;

/// Reads a document. Each reader returns `None` once it has reported why; callers go on, so that the rest is looked at too.
pub(super) struct Compiler<'m, 't> {
    pub(super) mistakes: &'m mut Mistakes<'t>,
}

/// The members of one table whose keys are known.
pub(super) struct Fields<'n> {
    pub(super) at: usize,
    pub(super) entries: Vec<&'n Entry>,
    /// Keys that unknown ones were probably meant to be.
    meant: Vec<&'static str>,
}

impl<'n> Fields<'n> {
    pub(super) fn get(&self, key: &str) -> Option<&'n Node> {
        self.entries.iter().find(|entry| entry.key == key).map(|entry| &entry.node)
    }

    /// Whether an unknown key was probably meant to be a known one: then what is missing is that.
    pub(super) fn has_misspelt(&self) -> bool {
        !self.meant.is_empty()
    }

    /// Where the value under `key` stands, or the table.
    pub(super) fn place(&self, key: &str) -> usize {
        self.get(key).map_or(self.at, |node| node.at)
    }
}

impl Compiler<'_, '_> {
    pub(super) fn table<'n>(&mut self, node: &'n Node, table: &Table) -> Option<Fields<'n>> {
        let Value::Table(entries) = &node.value else {
            return self.wrong(node, &format!("a table is needed here, not {}", node.value.describe()));
        };
        Some(self.known(entries.iter().collect(), node.at, "key", &[table.keys]))
    }

    /// The entries whose keys are known; the others are mistakes.
    pub(super) fn known<'n>(
        &mut self,
        mut entries: Vec<&'n Entry>,
        at: usize,
        what: &str,
        known: &[&'static [Key]],
    ) -> Fields<'n> {
        let known: Vec<&'static str> = known.iter().flat_map(|keys| names(keys)).collect();
        let mut meant = Vec::new();
        entries.retain(|entry| {
            let is_known = known.contains(&entry.key.as_str());
            if !is_known {
                meant.extend(self.mistakes.unknown(entry.at, what, &entry.key, &known));
            }
            is_known
        });
        Fields { at, entries, meant }
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
                // Where an unknown key was probably meant to be this one, that is said already.
                if !fields.meant.contains(&key) {
                    self.mistakes.add(fields.at, missing);
                }
                None
            }
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

    /// One text, or a list of them that is not empty.
    pub(super) fn texts(&mut self, node: &Node, what: &str) -> Option<Vec<String>> {
        match &node.value {
            Value::List(_) => self.some_list(node, what, |c, node| c.text(node, what).map(str::to_owned)),
            _ => self.text(node, what).map(|text| vec![text.to_owned()]),
        }
    }

    pub(super) fn text<'n>(&mut self, node: &'n Node, what: &str) -> Option<&'n str> {
        if let Value::Text(text) = &node.value { Some(text) } else { self.mistyped(node, what, "text") }
    }

    pub(super) fn owned_text(&mut self, node: &Node, what: &str) -> Option<String> {
        self.text(node, what).map(str::to_owned)
    }

    pub(super) fn boolean(&mut self, node: &Node, what: &str) -> Option<bool> {
        if let Value::Bool(value) = node.value { Some(value) } else { self.mistyped(node, what, "`true` or `false`") }
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

    pub(super) fn decimal(&mut self, node: &Node, what: &str) -> Option<Decimal> {
        let (Value::Number(digits) | Value::Text(digits)) = &node.value else {
            return self.mistyped(node, what, "a number");
        };
        let decimal = Decimal::from_literal(digits);
        if decimal.is_none() {
            self.mistakes.add(node.at, format!("`{digits}` is no decimal of at most 34 digits"));
        }
        decimal
    }

    /// What a constructor made, or its fault at `at`.
    pub(super) fn checked<T>(&mut self, at: usize, built: Result<T, Fault>) -> Option<T> {
        built.map_err(|fault| self.mistakes.add(at, fault.detail)).ok()
    }

    /// What a constructor made of several parts. Its fault is a mistake of the last part in the text that the fault needs:
    /// `parts` gives each one's place, and whether the rest is another thing without it.
    pub(super) fn built<T>(
        &mut self,
        whole: usize,
        built: Result<T, Fault>,
        parts: impl FnOnce(&Fault) -> Vec<(usize, bool)>,
    ) -> Option<T> {
        built.map_err(|fault| self.mistakes.add(blame::place(whole, &parts(&fault)), fault.detail)).ok()
    }

    /// What a constructor made of a list under one key. Its fault is a mistake of the first element with which the list is bad.
    pub(super) fn set<P, T>(
        &mut self,
        node: &Node,
        parts: &[P],
        build: impl Fn(&[P]) -> Result<T, Fault>,
    ) -> Option<T> {
        self.built(node.at, build(parts), |_| {
            vec![(
                element_at(node, parts.len(), |length| build(parts.get(..length).unwrap_or_default()).is_err()),
                true,
            )]
        })
    }

    pub(super) fn mistyped<T>(&mut self, node: &Node, what: &str, wanted: &str) -> Option<T> {
        self.wrong(node, &format!("{what} must be {wanted}, not {}", node.value.describe()))
    }

    pub(super) fn wrong<T>(&mut self, node: &Node, message: &str) -> Option<T> {
        self.mistakes.add(node.at, message);
        None
    }
}

/// The place of the first element of a list that makes it bad; of the list where none does alone. A value that is no list is
/// its own element.
pub(super) fn element_at(node: &Node, length: usize, is_bad: impl Fn(usize) -> bool) -> usize {
    let elements =
        if let Value::List(elements) = &node.value { elements.as_slice() } else { std::slice::from_ref(node) };
    let found = blame::first_bad(length, is_bad).and_then(|index| elements.get(index));
    found.map_or(node.at, |element| element.at)
}
