//! The canonical form of JSON (RFC 8785): one value, one text.

use super::json::{Json, Object};

/// The canonical text of `value`.
pub fn to_string(value: &Json) -> String {
    let mut text = String::new();
    write(&mut text, value);
    text
}

/// Appends the canonical text of `value`.
pub fn write(text: &mut String, value: &Json) {
    match value {
        Json::Null => text.push_str("null"),
        Json::Bool(true) => text.push_str("true"),
        Json::Bool(false) => text.push_str("false"),
        Json::Number(number) => text.push_str(ryu_js::Buffer::new().format_finite(number.double())),
        Json::Text(content) => write_text(text, content),
        Json::Array(elements) => {
            text.push('[');
            for (index, element) in elements.iter().enumerate() {
                if index > 0 {
                    text.push(',');
                }
                write(text, element);
            }
            text.push(']');
        }
        Json::Object(object) => write_object(text, object),
    }
}

/// Appends the canonical text of an object.
pub fn write_object(text: &mut String, object: &Object) {
    let mut member = |index: usize, (key, value): (&str, &Json)| {
        text.push(if index == 0 { '{' } else { ',' });
        write_text(text, key);
        text.push(':');
        write(text, value);
    };
    // Code-point order is UTF-16 order below the surrogates; only keys beyond need sorting again (RFC 8785 §3.2.3).
    if object.iter().all(|(key, _)| key.chars().all(|c| c <= '\u{d7ff}')) {
        object.iter().enumerate().for_each(|(index, entry)| member(index, entry));
    } else {
        let mut members: Vec<_> = object.iter().collect();
        members.sort_by(|a, b| a.0.encode_utf16().cmp(b.0.encode_utf16()));
        members.into_iter().enumerate().for_each(|(index, entry)| member(index, entry));
    }
    if object.is_empty() {
        text.push('{');
    }
    text.push('}');
}

/// Appends a quoted, escaped string.
pub fn write_text(text: &mut String, content: &str) {
    text.push('"');
    if content.bytes().all(|byte| byte >= 0x20 && byte != b'"' && byte != b'\\') {
        text.push_str(content);
    } else {
        for character in content.chars() {
            match character {
                '"' => text.push_str("\\\""),
                '\\' => text.push_str("\\\\"),
                '\u{8}' => text.push_str("\\b"),
                '\u{c}' => text.push_str("\\f"),
                '\n' => text.push_str("\\n"),
                '\r' => text.push_str("\\r"),
                '\t' => text.push_str("\\t"),
                control if control < ' ' => text.push_str(&format!("\\u{:04x}", u32::from(control))),
                other => text.push(other),
            }
        }
    }
    text.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bounds::JsonBounds;

    #[test]
    fn the_example_of_rfc_8785() {
        let text = r#"{"numbers":[333333333.33333329,1E30,4.50,2e-3,0.000000000000000000000000001,-0],"string":"\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/","literals":[null,true,false],"\ud83d\ude00":1,"\ufb33":2}"#;
        let value = Json::parse(text.as_bytes(), &JsonBounds::ARGUMENTS).unwrap();
        let expected = "{\"literals\":[null,true,false],\"numbers\":[333333333.3333333,1e+30,4.5,0.002,1e-27,0],\"string\":\"€$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\",\"😀\":1,\"\u{fb33}\":2}";
        assert_eq!(to_string(&value), expected);
        assert_eq!(to_string(&Json::Object(Object::new())), "{}");
    }
}
