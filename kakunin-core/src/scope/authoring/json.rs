//! JSON documents, with the lexical rules of [`crate::encoding::json`] and each value's place and digits kept.

use std::collections::BTreeSet;

use super::document::{Entry, Node, Value};
use super::mistake::Mistakes;
use crate::bounds::JsonBounds;
use crate::encoding::json::Scanner;
use crate::encoding::{Malformed, jcs};

/// Reads a document; faults of syntax end it, doubled keys do not.
pub(super) fn read(text: &str, mistakes: &mut Mistakes<'_>) -> Option<Node> {
    let scanner = Scanner::new(text, JsonBounds::DOCUMENT.values);
    let mut reader = Reader { scanner, wanted: VALUE, mistakes };
    match reader.document() {
        Ok(node) => Some(node),
        Err(fault) => {
            let at = reader.scanner.at();
            let wanted = reader.wanted;
            mistakes.add(at, describe(fault, wanted));
            None
        }
    }
}

/// What is expected where the syntax is broken.
const VALUE: &str = "a value of JSON is expected here";
const KEY: &str = "a key in double quotes is expected here";
const COLON: &str = "`:` is expected here";
const COMMA: &str = "`,` or the closing bracket is expected here";
const NO_COMMA: &str = "a comma is one too many before a closing bracket";
const END: &str = "nothing may follow the document";
const TEXT: &str = "this is no text as JSON writes it";

fn describe(fault: Malformed, wanted: &'static str) -> &'static str {
    match fault.rule {
        "json-lone-surrogate" => "half of a surrogate pair",
        "json-too-deep" => "nested more than 32 deep",
        "json-too-many-values" => "more than 65536 values",
        _ => wanted,
    }
}

struct Reader<'a, 'm, 't> {
    scanner: Scanner<'a>,
    /// What is expected at the scanner's place.
    wanted: &'static str,
    mistakes: &'m mut Mistakes<'t>,
}

impl Reader<'_, '_, '_> {
    fn document(&mut self) -> Result<Node, Malformed> {
        self.scanner.space();
        let node = self.value(JsonBounds::DOCUMENT.depth)?;
        self.scanner.space();
        self.wanted = END;
        self.scanner.finish()?;
        Ok(node)
    }

    fn value(&mut self, depth_left: usize) -> Result<Node, Malformed> {
        self.scanner.spend_value()?;
        let at = self.scanner.at();
        self.wanted = if self.scanner.peek() == Some(b'"') { TEXT } else { VALUE };
        let value = match self.scanner.peek() {
            Some(b'{') => self.table(depth_left)?,
            Some(b'[') => self.list(depth_left)?,
            Some(b'"') => Value::Text(self.scanner.string()?),
            Some(b't') => self.scanner.word("true").map(|()| Value::Bool(true))?,
            Some(b'f') => self.scanner.word("false").map(|()| Value::Bool(false))?,
            Some(b'n') => self.scanner.word("null").map(|()| Value::Null)?,
            _ => Value::Number(self.scanner.number_text()?.to_owned()),
        };
        Ok(Node::new(at, value))
    }

    fn table(&mut self, depth_left: usize) -> Result<Value, Malformed> {
        let depth_left = depth_left.checked_sub(1).ok_or(Malformed::new("json-too-deep"))?;
        let (mut entries, mut keys) = (Vec::new(), BTreeSet::new());
        self.scanner.take(b'{')?;
        while self.goes_on(b'}', entries.is_empty())? {
            let at = self.scanner.at();
            self.wanted = if self.scanner.peek() == Some(b'"') { TEXT } else { KEY };
            let key = self.scanner.string()?;
            if !keys.insert(key.clone()) {
                self.mistakes.add(at, format!("the key `{key}` stands here twice"));
            }
            self.scanner.space();
            self.wanted = COLON;
            self.scanner.take(b':')?;
            self.scanner.space();
            let node = self.value(depth_left)?;
            entries.push(Entry { key, at, dotted: false, node });
        }
        Ok(Value::Table(entries))
    }

    fn list(&mut self, depth_left: usize) -> Result<Value, Malformed> {
        let depth_left = depth_left.checked_sub(1).ok_or(Malformed::new("json-too-deep"))?;
        let mut elements = Vec::new();
        self.scanner.take(b'[')?;
        while self.goes_on(b']', elements.is_empty())? {
            elements.push(self.value(depth_left)?);
        }
        Ok(Value::List(elements))
    }

    /// Whether another part follows; past the comma before it, or past the closing bracket.
    fn goes_on(&mut self, close: u8, first: bool) -> Result<bool, Malformed> {
        self.scanner.space();
        if self.scanner.peek() == Some(close) {
            self.scanner.take(close)?;
            return Ok(false);
        }
        if !first {
            self.wanted = COMMA;
            self.scanner.take(b',')?;
            self.scanner.space();
            if self.scanner.peek() == Some(close) {
                self.wanted = NO_COMMA;
                return Err(Malformed::new("json-syntax"));
            }
        }
        Ok(true)
    }
}

/// Containers above this depth have a line for each part: the document, the grants, a grant, its parameters.
const TALL: usize = 4;

/// Writes a document.
pub(super) fn write(top: &[Entry]) -> String {
    let mut text = String::new();
    write_table(&mut text, top, 0);
    text.push('\n');
    text
}

fn write_value(text: &mut String, value: &Value, depth: usize) {
    match value {
        Value::Bool(value) => text.push_str(if *value { "true" } else { "false" }),
        Value::Number(number) => text.push_str(number),
        Value::Null => text.push_str("null"),
        Value::Other(word) => text.push_str(word),
        Value::Text(content) => jcs::write_text(text, content),
        Value::Table(entries) => write_table(text, entries, depth),
        Value::List(elements) => {
            let tall = elements.iter().any(|element| matches!(element.value, Value::Table(_)));
            let tall = if tall { depth } else { TALL };
            write_parts(text, ('[', ']'), elements, tall, |text, element| write_value(text, &element.value, depth + 1));
        }
    }
}

fn write_table(text: &mut String, entries: &[Entry], depth: usize) {
    write_parts(text, ('{', '}'), entries, depth, |text, entry| {
        jcs::write_text(text, &entry.key);
        text.push_str(": ");
        write_value(text, &entry.node.value, depth + 1);
    });
}

fn write_parts<T>(
    text: &mut String,
    (open, close): (char, char),
    parts: &[T],
    depth: usize,
    mut write: impl FnMut(&mut String, &T),
) {
    let new_line = |text: &mut String, depth: usize| {
        text.push('\n');
        text.extend(std::iter::repeat_n("  ", depth));
    };
    let tall = depth < TALL && !parts.is_empty();
    text.push(open);
    for (index, part) in parts.iter().enumerate() {
        if index > 0 {
            text.push_str(if tall { "," } else { ", " });
        }
        if tall {
            new_line(text, depth + 1);
        }
        write(text, part);
    }
    if tall {
        new_line(text, depth);
    }
    text.push(close);
}
