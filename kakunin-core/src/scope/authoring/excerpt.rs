//! The line of a mistake with a mark below it, as compilers show it.

/// Most columns of a line that are shown.
const SHOWN: usize = 120;
/// Most columns before the mistake that are shown of a longer line.
const BEFORE: usize = 60;

/// Two lines: that of the mistake at `line` and `column` (both from 1, `column` in characters), and a mark of what is meant.
pub(super) fn excerpt(document: &str, line: usize, column: usize) -> String {
    let text = document.split('\n').nth(line.saturating_sub(1)).unwrap_or_default();
    let characters: Vec<char> = text.strip_suffix('\r').unwrap_or(text).chars().collect();
    let at = column.saturating_sub(1).min(characters.len());
    let from = if characters.len() > SHOWN { at.saturating_sub(BEFORE) } else { 0 };
    let shown: Vec<char> = characters.iter().skip(from).take(SHOWN).copied().collect();
    let rest = shown.get(at - from..).unwrap_or_default();
    let number = line.to_string();
    let gap = " ".repeat(number.len());
    let (cut, indent) = if from > 0 { ("…", " ") } else { ("", "") };
    let more = if from + shown.len() < characters.len() { "…" } else { "" };
    let written: String = shown.iter().copied().map(visible).collect();
    let before: usize = shown.iter().take(at - from).copied().map(width).sum();
    let meant: usize = rest.iter().take(token(rest)).copied().map(width).sum();
    let (before, marks) = (" ".repeat(before), "^".repeat(meant.max(1)));
    format!("{number} | {cut}{written}{more}\n{gap} | {indent}{before}{marks}")
}

/// How many characters the word, number or quoted text has with which `text` begins; else one.
fn token(text: &[char]) -> usize {
    let word = |character: &char| character.is_alphanumeric() || matches!(character, '_' | '-' | '.' | '+');
    match text.first() {
        Some(quote @ ('"' | '\'')) => {
            let mut escaped = false;
            let closing = text.iter().skip(1).position(|character| {
                let closes = character == quote && !escaped;
                escaped = *quote == '"' && *character == '\\' && !escaped;
                closes
            });
            closing.map_or(1, |closing| closing + 2)
        }
        _ => text.iter().take_while(|character| word(character)).count().max(1),
    }
}

/// What stands for a character: tabs take one column, and what would move or hide text is shown as unknown.
pub(super) fn visible(character: char) -> char {
    match character {
        '\t' => ' ',
        _ if character.is_control() || is_hidden(character) => '\u{fffd}',
        _ => character,
    }
}

/// Whether a character changes the order or the look of text without being seen.
fn is_hidden(character: char) -> bool {
    matches!(
        character,
        '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}'
    )
}

/// Columns of a terminal (Unicode's East Asian Width, by its large blocks).
fn width(character: char) -> usize {
    match character {
        '\u{300}'..='\u{36f}' | '\u{fe00}'..='\u{fe0f}' => 0,
        '\u{1100}'..='\u{115f}'
        | '\u{2e80}'..='\u{a4cf}'
        | '\u{ac00}'..='\u{d7a3}'
        | '\u{f900}'..='\u{faff}'
        | '\u{fe30}'..='\u{fe6f}'
        | '\u{ff00}'..='\u{ff60}'
        | '\u{ffe0}'..='\u{ffe6}'
        | '\u{1f300}'..='\u{1faff}'
        | '\u{20000}'..='\u{3fffd}' => 2,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mark_stands_below_what_is_meant() {
        for (document, line, column, expected) in [
            ("a = 1\namount = { maxx = 5 }", 2, 12, "2 | amount = { maxx = 5 }\n  |            ^^^^"),
            ("x = \"a\\\"b\" # c", 1, 5, "1 | x = \"a\\\"b\" # c\n  |     ^^^^^^"),
            ("\tx = {}\r\n", 1, 6, "1 |  x = {}\n  |      ^"),
            ("日本 = é", 1, 6, "1 | 日本 = é\n  |        ^"),
            ("\u{1b}[31m = \u{202e}", 1, 1, "1 | \u{fffd}[31m = \u{fffd}\n  | ^"),
            ("a", 1, 2, "1 | a\n  |  ^"),
            ("", 7, 9, "7 | \n  | ^"),
        ] {
            assert_eq!(excerpt(document, line, column), expected, "{document}");
        }
        let long = format!("{}wrong{}", "x ".repeat(200), " y".repeat(200));
        let shown = excerpt(&long, 1, 401);
        let (first, second) = shown.split_once('\n').unwrap();
        assert_eq!(
            (first.chars().count(), second.find('^'), second.matches('^').count()),
            (4 + 120 + 2, Some(4 + 61), 5)
        );
    }
}
