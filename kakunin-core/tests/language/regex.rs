use kakunin_core::error::Code::{ParameterInvalid as E207, ValueNotAllowed as E204};
use kakunin_core::scope::{
    ActionPattern, Constraint, Fault, Grant, GrantParts, Param, ParamPath, Regex, Scope, ScopeParts,
};

use super::{judged, taking};

fn regex(pattern: &str) -> Regex {
    Regex::new(pattern).unwrap_or_else(|fault| panic!("{pattern}: {fault}"))
}

#[test]
fn an_expression_matches_the_whole_text() {
    for (pattern, matches, not) in [
        ("", &[""][..], &["a", "\n"][..]),
        ("abc", &["abc"], &["ab", "abcd", "xabc", "ABC", "abc\n"]),
        ("a|bc|", &["a", "bc", ""], &["abc", "b", "c"]),
        ("(a|b)c", &["ac", "bc"], &["a", "abc", "c"]),
        ("a*", &["", "a", "aaaa"], &["b", "ab"]),
        ("a+", &["a", "aaaa"], &["", "b"]),
        ("a?b", &["b", "ab"], &["aab", "a"]),
        ("a{3}", &["aaa"], &["aa", "aaaa"]),
        ("a{2,}", &["aa", "aaaaa"], &["a", ""]),
        ("a{2,4}", &["aa", "aaa", "aaaa"], &["a", "aaaaa"]),
        ("a{0}b{0,0}", &[""], &["a", "b"]),
        ("(ab){0,}", &["", "abab"], &["aba"]),
        ("(a*)*", &["", "aaa"], &["b"]),
        ("(a|)+b", &["b", "aab"], &["a"]),
        ("((a?b?)*c){2}", &["cc", "abbacc"], &["c", "ccc"]),
        ("()", &[""], &["a"]),
        ("a.c", &["abc", "a.c", "aéc", "a\u{2028}c", "a\tc", "a😀c", "a\u{85}c"], &["ac", "a\nc", "a\rc", "abbc"]),
        ("[abc]", &["a", "b", "c"], &["d", "", "ab"]),
        ("[a-cx-z0]", &["b", "y", "0"], &["d", "w", "1", "-"]),
        ("[^a-c]", &["d", "\n", "é", "😀"], &["a", "b", ""]),
        ("[-a]", &["-", "a"], &["b"]),
        ("[a-]", &["-", "a"], &["b"]),
        ("[^-a-]", &["b"], &["-", "a"]),
        ("[a-c-]", &["b", "-"], &["d"]),
        ("[$^.*+?(){}|]+", &["$^.*+?(){}|"], &["a", "["]),
        ("[\\[\\]\\\\\\-\\^]+", &["[]\\-^"], &["a"]),
        ("\\^\\.\\*\\(\\)\\[\\]\\{\\}\\|\\\\\\-\\+\\?", &["^.*()[]{}|\\-+?"], &["x"]),
        ("\\n\\r\\t", &["\n\r\t"], &["nrt"]),
        ("[\\n-\\r]", &["\n", "\u{b}", "\r"], &["\t", "n", "\u{e}"]),
        ("[\u{0}-\u{10ffff}]", &["\0", "a", "\u{d7ff}", "\u{e000}", "\u{10ffff}", "\n"], &["", "ab"]),
        ("[^\u{0}-\u{10ffff}]", &[], &["", "a"]),
        ("[^\u{0}-\u{d7ff}]", &["\u{e000}", "\u{10ffff}"], &["\u{d7ff}", "a"]),
        ("é", &["é"], &["e\u{301}", "e", "É"]),
        ("[é-ü]", &["é", "ü"], &["e", "\u{e8}"]),
        ("..", &["éa", "😀😀"], &["é", "😀"]),
        (
            "[A-Z]{2}[0-9]{2}([A-Z0-9]{4}){3,7}[A-Z0-9]{0,3}",
            &["DE89370400440532013000"],
            &["DE8937040044053", "de89370400440532013000"],
        ),
        ("[^@]+@acme[.]com", &["a@acme.com"], &["a@acme_com", "a@b@acme.com", "@acme.com"]),
        ("a-b,c=d!\"#%&'/:;<>@_`~", &["a-b,c=d!\"#%&'/:;<>@_`~"], &["a"]),
    ] {
        let regex = regex(pattern);
        for text in matches {
            assert!(regex.matches(text), "{pattern:?} {text:?}");
        }
        for text in not {
            assert!(!regex.matches(text), "{pattern:?} {text:?}");
        }
    }
}

#[test]
fn what_i_regexp_lacks_is_refused() {
    for (pattern, rule) in [
        ("^a", "regex-anchor"),
        ("a$", "regex-anchor"),
        ("(^a)", "regex-anchor"),
        ("\\$", "regex-syntax"),
        ("\\p{L}", "regex-property"),
        ("[\\P{Lu}]", "regex-property"),
        ("\\d", "regex-syntax"),
        ("[\\w]", "regex-syntax"),
        ("\\b", "regex-syntax"),
        ("\\1", "regex-syntax"),
        ("\\u0041", "regex-syntax"),
        ("\\x41", "regex-syntax"),
        ("\\/", "regex-syntax"),
        ("\\", "regex-syntax"),
        ("(?:a)", "regex-syntax"),
        ("(?i)a", "regex-syntax"),
        ("(?=a)", "regex-syntax"),
        ("a*?", "regex-syntax"),
        ("a**", "regex-syntax"),
        ("a+*", "regex-syntax"),
        ("a{2}{3}", "regex-syntax"),
        ("*", "regex-syntax"),
        ("a|*", "regex-syntax"),
        ("(+)", "regex-syntax"),
        ("{2}", "regex-syntax"),
        ("a{", "regex-syntax"),
        ("a{}", "regex-syntax"),
        ("a{,2}", "regex-syntax"),
        ("a{2", "regex-syntax"),
        ("a{2,", "regex-syntax"),
        ("a{2,1}", "regex-syntax"),
        ("a{x}", "regex-syntax"),
        ("a{ 2}", "regex-syntax"),
        ("a{1001}", "regex-repeat"),
        ("a{0,1001}", "regex-repeat"),
        ("a{99999999999999999999}", "regex-repeat"),
        ("(", "regex-syntax"),
        ("a)", "regex-syntax"),
        ("((a)", "regex-syntax"),
        ("]", "regex-syntax"),
        ("}", "regex-syntax"),
        ("[", "regex-syntax"),
        ("[]", "regex-syntax"),
        ("[^]", "regex-syntax"),
        ("[]a]", "regex-syntax"),
        ("[a", "regex-syntax"),
        ("[a-", "regex-syntax"),
        ("[b-a]", "regex-syntax"),
        ("[a-b-c]", "regex-syntax"),
        ("[--a]", "regex-syntax"),
        ("[a[b]]", "regex-syntax"),
        ("[[:alpha:]]", "regex-syntax"),
        ("[a&&[b]]", "regex-syntax"),
        ("[a-\\d]", "regex-syntax"),
        ("[a\\", "regex-syntax"),
    ] {
        assert_eq!(Regex::new(pattern).map(|_| "").unwrap_or_else(|fault| fault.rule), rule, "{pattern:?}");
    }
}

#[test]
fn what_would_be_large_is_refused_before_it_is_made() {
    let rule = |pattern: &str| Regex::new(pattern).map(|_| "").unwrap_or_else(|fault| fault.rule);
    assert_eq!(rule(&"a".repeat(1_024)), "");
    assert_eq!(rule(&"a".repeat(1_025)), "regex-size");
    assert_eq!(rule("(a{100}){10}"), "");
    assert_eq!(rule("(a{100}){11}"), "regex-size");
    assert_eq!(rule("((((((a{1000}){1000}){1000}){1000}){1000}){1000}){1000}"), "regex-size");
    assert_eq!(rule(&format!("{}a{}", "(".repeat(32), "){1000}".repeat(32))), "regex-size");
    assert_eq!(rule(&format!("{}a{}", "(".repeat(32), ")".repeat(32))), "");
    assert_eq!(rule(&format!("{}a{}", "(".repeat(33), ")".repeat(33))), "regex-nested");
    assert_eq!(rule(&"(".repeat(4_000)), "regex-nested");
    assert_eq!(rule(&"|".repeat(512)), "");
    assert_eq!(rule(&"|".repeat(513)), "regex-size");
    assert_eq!(rule(&format!("[{}]", "a".repeat(4_094))), "");
    assert_eq!(rule(&format!("[{}]", "a".repeat(4_095))), "regex-size");
    assert_eq!(rule("(){1000}"), "");
    // Nothing, however often, is nothing: these would never be spelt out.
    for empty in
        [format!("{}{}", "(".repeat(32), "){1000}".repeat(32)), "()*".repeat(1_000), "((a){0}){1000}".to_owned()]
    {
        assert!(regex(&empty).matches("") && !regex(&empty).matches("a"));
    }
    // The longest programs do what the short ones do.
    let long = regex(&format!("({}|b)*", "a?".repeat(500)));
    assert!(long.matches(&"ab".repeat(300)) && !long.matches("abc"));
}

#[test]
fn the_expressions_of_a_scope_are_bounded_together() {
    let scope = |count: usize, last: &str| -> Result<Scope, Fault> {
        let param = |index: usize, pattern: &str| {
            Param::new(ParamPath::parse(&format!("p{index}"))?, false, vec![Constraint::Regex(Regex::new(pattern)?)])
        };
        let mut params = (0..count).map(|index| param(index, ".{1000}")).collect::<Result<Vec<_>, _>>()?;
        params.push(param(count, last)?);
        let grant = Grant::new(GrantParts { params, ..GrantParts::new(ActionPattern::parse("a")?) })?;
        Scope::new(ScopeParts { grants: vec![grant], ..ScopeParts::default() })
    };
    assert!(scope(16, ".{384}").is_ok(), "16,384 steps");
    assert_eq!(scope(16, ".{385}").unwrap_err().rule, "regex-size");
}

#[test]
fn time_is_linear_in_the_text_whatever_the_expression() {
    // Each takes backtracking engines years.
    for (pattern, unit) in [("(a|aa)+", "a"), ("(a*)*b", "a"), ("(.*)(.*)(.*)(.*)x", "y"), ("(a|b|ab)*c", "ab")] {
        assert!(!regex(pattern).matches(&(unit.repeat(20_000) + "!")), "{pattern}");
    }
    assert!(regex("(a|aa)+").matches(&"a".repeat(60_000)));
    assert!(regex("[a-z ]*").matches(&"lorem ipsum ".repeat(5_000)));
}

#[test]
fn a_match_that_takes_too_many_steps_is_none() {
    // 16 ways at once over the longest argument are allowed, a thousand over 4,096 characters are not.
    let ways = |count: usize| regex(&format!("({}x)?a*", "a?".repeat(count)));
    assert!(ways(10).matches(&"a".repeat(65_000)));
    let thousand = regex("(.*){8}(a?){250}.{0,200}");
    assert!(thousand.matches(&"a".repeat(500)));
    assert!(!thousand.matches(&"a".repeat(65_000)));
}

#[test]
fn a_text_that_does_not_match_is_e204_and_what_is_no_text_e207() {
    let scope = taking("{ regex = 'x[0-9]+' }");
    for (value, expected) in
        [("\"x1\"", Ok(())), ("\"x\"", Err(E204)), ("\"x1\\n\"", Err(E204)), ("1", Err(E207)), ("[\"x1\"]", Err(E207))]
    {
        assert_eq!(judged(&scope, &format!("{{\"v\":{value}}}")).map(drop), expected, "{value}");
    }
}

/// A random expression, in I-Regexp and in the dialect of the crate `regex`.
fn expression(random: &mut impl FnMut(usize) -> usize, depth: usize) -> (String, String) {
    let same = |text: &str| (text.to_owned(), text.to_owned());
    match random(if depth == 0 { 8 } else { 14 }) {
        0 => same("a"),
        1 => same("b"),
        2 => (".".to_owned(), "[^\\n\\r]".to_owned()),
        3 => same("[ab]"),
        4 => same("[^a]"),
        5 => same("[b-é]"),
        6 => same("\\n"),
        7 => same(""),
        8 | 9 => {
            let ((a, x), (b, y)) = (expression(random, depth - 1), expression(random, depth - 1));
            (a + &b, x + &y)
        }
        10 | 11 => {
            let ((a, x), (b, y)) = (expression(random, depth - 1), expression(random, depth - 1));
            (format!("({a}|{b})"), format!("(?:{x}|{y})"))
        }
        _ => {
            let (a, x) = expression(random, depth - 1);
            let quantifier = ["*", "+", "?", "{2}", "{1,}", "{0,2}", "{1,3}", "{0}"][random(8)];
            (format!("({a}){quantifier}"), format!("(?:{x}){quantifier}"))
        }
    }
}

#[test]
fn expressions_match_what_they_match_in_another_engine() {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut random = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state % below as u64).unwrap()
    };
    let alphabet = ['a', 'b', 'c', 'é', '\n', '\r', 'a', 'b'];
    let (mut tried, mut matched) = (0, 0);
    for _ in 0..1_500 {
        let (own, other) = expression(&mut random, 4);
        let (Ok(own), Ok(other)) = (Regex::new(&own), regex::Regex::new(&format!(r"\A(?:{other})\z"))) else {
            continue;
        };
        for _ in 0..12 {
            let length = random(7);
            let text: String = (0..length).map(|_| alphabet[random(alphabet.len())]).collect();
            assert_eq!(own.matches(&text), other.is_match(&text), "{} {text:?}", own.pattern());
            (tried, matched) = (tried + 1, matched + usize::from(own.matches(&text)));
        }
    }
    assert!(tried > 15_000 && matched > 1_500 && matched < tried / 2, "{matched} of {tried}");
}
