//! How constraints, texts and comments are written.

use std::fmt::Write;

use kakunin_core::encoding::jcs;
use kakunin_core::encoding::json::Json;

/// What is asked of a parameter, in the words of the authoring form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Written {
    /// A value, or a list of them.
    Values(String),
    /// The members of a table.
    Members(Vec<String>),
}

impl Written {
    pub(super) fn members<const N: usize>(members: [String; N]) -> Self {
        Self::Members(members.into())
    }

    /// A parameter's value in TOML.
    pub(super) fn toml(&self, optional: bool) -> String {
        let mut members = match self {
            Self::Values(values) if !optional => return values.clone(),
            Self::Values(values) => vec![format!("one-of = {values}")],
            Self::Members(members) => members.clone(),
        };
        if optional {
            members.push("optional = true".to_owned());
        }
        format!("{{ {} }}", members.join(", "))
    }
}

/// One parameter of a suggestion.
#[derive(Clone, Debug)]
pub(super) struct ParamLine {
    /// Its path, as an author writes it.
    pub(super) path: String,
    pub(super) written: Written,
    pub(super) optional: bool,
    /// What was seen, and what became of it.
    pub(super) why: String,
    /// What a person must look at.
    pub(super) warning: Option<String>,
}

/// `1 call`, `2 calls`.
pub(super) fn counted(count: usize, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}

/// A text in TOML. What an eye would not see is escaped.
pub(super) fn text(content: &str) -> String {
    let quoted = jcs::to_string(&Json::from(content));
    quoted.chars().fold(String::with_capacity(quoted.len()), |mut text, character| {
        if is_hidden(character) {
            let _ = write!(text, "\\u{:04X}", u32::from(character));
        } else {
            text.push(character);
        }
        text
    })
}

/// A list of texts in TOML.
pub(super) fn texts<'t>(contents: impl IntoIterator<Item = &'t str>) -> String {
    let contents: Vec<String> = contents.into_iter().map(text).collect();
    format!("[{}]", contents.join(", "))
}

/// What may follow `# `: one line, with nothing in it that an eye would not see.
pub(super) fn comment(content: &str) -> String {
    let visible = |character: char| match character {
        _ if character.is_control() || is_hidden(character) => format!("\\u{:04X}", u32::from(character)),
        _ => character.to_string(),
    };
    content.chars().map(visible).collect()
}

/// DEL, the C1 controls, and what changes the order or the look of text without being seen.
fn is_hidden(character: char) -> bool {
    matches!(
        character,
        '\u{7f}'..='\u{9f}' | '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_one_line_and_hides_nothing() {
        assert_eq!(text("a\"\n\u{7f}\u{202e}é"), "\"a\\\"\\n\\u007F\\u202Eé\"");
        assert_eq!(comment("a\n[[grant]]\u{202e}"), "a\\u000A[[grant]]\\u202E");
        assert_eq!(Written::Values("5".into()).toml(true), "{ one-of = 5, optional = true }");
    }
}
