//! Arguments as JSON text, and their canonical form.

use super::{Case, case};

const INVALID: &str = "KKN-E207";

pub(crate) fn cases() -> Vec<Case> {
    // `native`: the text says the same as a value of Python or JavaScript, so those pass it through their own conversion.
    let good = |name: &str, text: &str| case(name).with("text", text).with("native", true).accepted();
    let bad = |name: &str, text: &str| case(name).with("text", text).with("native", false).refused(INVALID);
    let native_bad = |name: &str, text: &str| case(name).with("text", text).with("native", true).refused(INVALID);
    let nested = |depth: usize| format!("{}1{}", "{\"a\":".repeat(depth), "}".repeat(depth));
    let many = |count: usize| format!("{{\"a\":[{}]}}", vec!["0"; count].join(","));
    vec![
        good("an empty object", "{}"),
        good("members in any order have one form", "{\"b\":1,\"a\":2}"),
        good("every type", "{\"a\":null,\"b\":true,\"c\":false,\"d\":1,\"e\":1.5,\"f\":\"x\",\"g\":[],\"h\":{}}"),
        good("decimals as people write them", "{\"n\":[0.1,47000,0.30000000000000004,1e-7,-0.5]}"),
        good("the largest integers", "{\"n\":[9007199254740991,-9007199254740991]}"),
        good("text beyond ASCII", "{\"é\":\"€😀\"}"),
        good("keys are ordered by UTF-16", "{\"😀\":1,\"\u{fb33}\":2}"),
        good("escapes", "{\"s\":\"\\u0000\\u001f\\\"\\\\\\n\"}"),
        good("depth 32", &nested(32)),
        good("4,096 values", &many(4_094)),
        native_bad("depth 33", &nested(33)),
        native_bad("4,097 values", &many(4_095)),
        native_bad("2^53", "{\"n\":9007199254740992}"),
        native_bad("a text of 64 KiB and more", &format!("{{\"s\":\"{}\"}}", "x".repeat(65_536))),
        bad("an integral number written with an exponent, beyond 2^53", "{\"n\":1e16}"),
        bad("a number beyond doubles", "{\"n\":1e400}"),
        bad("NaN", "{\"n\":NaN}"),
        bad("Infinity", "{\"n\":-Infinity}"),
        bad("a duplicate key", "{\"a\":1,\"a\":1}"),
        bad("a duplicate key behind an escape", "{\"a\":1,\"\\u0061\":1}"),
        bad("a lone surrogate", "{\"s\":\"\\ud800\"}"),
        bad("a lone low surrogate in a key", "{\"\\udc00\":1}"),
        bad("a comma too many", "{\"a\":1,}"),
        bad("a leading zero", "{\"a\":01}"),
        bad("a plus sign", "{\"a\":+1}"),
        bad("a comment", "{\"a\":1/**/}"),
        bad("single quotes", "{'a':1}"),
        bad("a control character", "{\"a\":\"\u{1}\"}"),
        bad("a byte order mark", "\u{feff}{}"),
        bad("two documents", "{}{}"),
        bad("an array", "[]"),
        bad("a number alone", "1"),
        bad("nothing", ""),
    ]
}
