//! TOML documents, each value with its place and digits kept.

use ::toml::Spanned;
use ::toml::de::{DeTable, DeValue, Error};
use toml_parser::Source;
use toml_parser::lexer::TokenKind;

use super::document::{Entry, Node, Value};
use super::mistake::Mistakes;
use crate::bounds::JsonBounds;

/// Longest document whose faults of syntax are all looked for, in bytes; of a longer one the first is reported.
/// 64 KiB: the parser keeps every fault, and a hostile document has one in each byte.
const RECOVERED: usize = 64 * 1024;

/// How deep brackets and dots may nest before the parser looks at a document. 64: the parser's own bound, 80, holds for
/// brackets and for the dots of one key apart, and 6,400 tables within each other exhaust the stack.
const NESTED: usize = 64;

/// Reads a document; faults of syntax end it.
pub(super) fn read(text: &str, mistakes: &mut Mistakes<'_>) -> Option<Node> {
    if let Some(at) = too_deep(text) {
        mistakes.add(at, "nested more than 32 deep");
        return None;
    }
    let (table, faults) = if text.len() <= RECOVERED {
        DeTable::parse_recoverable(text)
    } else {
        match DeTable::parse(text) {
            Ok(table) => (table, Vec::new()),
            Err(fault) => (Spanned::new(0..0, DeTable::new()), vec![fault]),
        }
    };
    for fault in &faults {
        mistakes.add(fault.span().map_or(text.len(), |span| span.start), sentence(fault));
    }
    if !faults.is_empty() {
        return None;
    }
    let mut reader = Reader { text, mistakes };
    let entries = reader.entries(table.get_ref(), JsonBounds::DOCUMENT.depth.saturating_sub(1));
    Some(Node::new(0, Value::Table(entries)))
}

/// Where brackets and the dots of the keys before them first nest deeper than [`NESTED`], never counted too low.
fn too_deep(text: &str) -> Option<usize> {
    let mut open: Vec<(TokenKind, usize)> = Vec::new();
    // The depth of the brackets, and the dots since the last of them or the last comma.
    let (mut depth, mut dots) = (0, 0);
    for token in Source::new(text).lex() {
        match token.kind() {
            TokenKind::Dot => dots += 1,
            kind @ (TokenKind::LeftCurlyBracket | TokenKind::LeftSquareBracket) => {
                open.push((kind, dots + 1));
                (depth, dots) = (depth + dots + 1, 0);
            }
            kind @ (TokenKind::RightCurlyBracket | TokenKind::RightSquareBracket) => {
                let opened = match kind {
                    TokenKind::RightCurlyBracket => TokenKind::LeftCurlyBracket,
                    _ => TokenKind::LeftSquareBracket,
                };
                // A bracket that does not fit closes nothing: the parser may go on either way.
                if let Some((_, levels)) = open.pop_if(|(kind, _)| *kind == opened) {
                    (depth, dots) = (depth - levels, 0);
                }
            }
            TokenKind::Comma => dots = 0,
            TokenKind::Newline if !matches!(open.last(), Some((TokenKind::LeftCurlyBracket, _))) => dots = 0,
            _ => {}
        }
        if depth + dots > NESTED {
            return Some(token.span().start());
        }
    }
    None
}

/// The parser's message as a lower-case fragment.
fn sentence(fault: &Error) -> String {
    let mut characters = fault.message().chars();
    characters.next().map(|first| first.to_ascii_lowercase()).into_iter().chain(characters).collect()
}

struct Reader<'t, 'm, 'e> {
    text: &'t str,
    mistakes: &'m mut Mistakes<'e>,
}

impl Reader<'_, '_, '_> {
    fn entries(&mut self, table: &DeTable<'_>, depth_left: usize) -> Vec<Entry> {
        let mut entries: Vec<Entry> = table
            .iter()
            .map(|(key, value)| {
                let node = self.node(value, depth_left);
                let rest = self.text.get(key.span().end..).unwrap_or_default();
                let dotted = rest.trim_start_matches([' ', '\t']).starts_with('.');
                Entry { key: key.get_ref().to_string(), at: key.span().start, dotted, node }
            })
            .collect();
        entries.sort_by_key(|entry| entry.at);
        entries
    }

    fn node(&mut self, value: &Spanned<DeValue<'_>>, depth_left: usize) -> Node {
        let at = value.span().start;
        let deeper = depth_left.checked_sub(1);
        let value = match (value.get_ref(), deeper) {
            (DeValue::Array(_) | DeValue::Table(_), None) => {
                self.mistakes.add(at, "nested more than 32 deep");
                Value::Other("a value nested too deep")
            }
            (DeValue::Array(elements), Some(deeper)) => {
                Value::List(elements.iter().map(|element| self.node(element, deeper)).collect())
            }
            (DeValue::Table(table), Some(deeper)) => Value::Table(self.entries(table, deeper)),
            (DeValue::Boolean(value), _) => Value::Bool(*value),
            (DeValue::Datetime(_), _) => Value::Other("a date or time"),
            (DeValue::Float(float), _) => Value::Number(float.as_str().to_owned()),
            (DeValue::Integer(integer), _) => Value::Number(integer.to_string()),
            (DeValue::String(text), _) => Value::Text(text.to_string()),
        };
        Node::new(at, value)
    }
}

/// Writes a document: the grants as `[[grant]]` with `[grant.params]`, all else on lines of its own.
pub(super) fn write(top: &[Entry]) -> String {
    let mut text = String::new();
    let mut grants = Vec::new();
    for entry in top {
        match &entry.node.value {
            Value::List(elements) if entry.key == "grant" && !elements.is_empty() => grants.extend(elements),
            _ => write_line(&mut text, entry),
        }
    }
    for grant in grants {
        text.push_str(if text.is_empty() { "[[grant]]\n" } else { "\n[[grant]]\n" });
        let Value::Table(entries) = &grant.value else { continue };
        let mut params: &[Entry] = &[];
        for entry in entries {
            match &entry.node.value {
                Value::Table(inner) if entry.key == "params" => params = inner,
                _ => write_line(&mut text, entry),
            }
        }
        if !params.is_empty() {
            text.push_str("[grant.params]\n");
            params.iter().for_each(|entry| write_line(&mut text, entry));
        }
    }
    text
}

fn write_line(text: &mut String, entry: &Entry) {
    write_entry(text, entry);
    text.push('\n');
}

fn write_entry(text: &mut String, entry: &Entry) {
    let bare = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    if !entry.key.is_empty() && entry.key.bytes().all(bare) {
        text.push_str(&entry.key);
    } else {
        write_text(text, &entry.key);
    }
    text.push_str(" = ");
    write_value(text, &entry.node.value);
}

fn write_value(text: &mut String, value: &Value) {
    match value {
        Value::Bool(value) => text.push_str(if *value { "true" } else { "false" }),
        Value::Number(number) => text.push_str(number),
        Value::Null => text.push_str("null"),
        Value::Other(word) => text.push_str(word),
        Value::Text(content) => write_text(text, content),
        Value::List(elements) => {
            text.push('[');
            for (index, element) in elements.iter().enumerate() {
                text.push_str(if index > 0 { ", " } else { "" });
                write_value(text, &element.value);
            }
            text.push(']');
        }
        Value::Table(entries) => {
            text.push('{');
            for (index, entry) in entries.iter().enumerate() {
                text.push_str(if index > 0 { ", " } else { " " });
                write_entry(text, entry);
            }
            text.push_str(if entries.is_empty() { "}" } else { " }" });
        }
    }
}

fn write_text(text: &mut String, content: &str) {
    text.push('"');
    for character in content.chars() {
        match character {
            '"' => text.push_str("\\\""),
            '\\' => text.push_str("\\\\"),
            '\n' => text.push_str("\\n"),
            '\r' => text.push_str("\\r"),
            '\t' => text.push_str("\\t"),
            '\0'..='\u{1f}' | '\u{7f}' => text.push_str(&format!("\\u{:04X}", u32::from(character))),
            _ => text.push(character),
        }
    }
    text.push('"');
}
