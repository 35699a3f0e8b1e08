//! `kakunin approve`.
//!
//! What is shown is what is signed: the digest is computed from the values that were shown, and a request whose own digest is
//! another is refused. Nothing is cut, and no character can hide another: whatever does not print is written as its escape.

use std::fmt::Write as _;
use std::io::{IsTerminal, Write as _};
use std::path::Path;

use kakunin_core::approval::ApprovalRequest;
use kakunin_core::bounds::{Bounds, JsonBounds};
use kakunin_core::certificate::Certificate;
use kakunin_core::crypto::{Signer, SystemRandom};
use kakunin_core::encoding::jcs;
use kakunin_core::encoding::json::{Json, Object};
use kakunin_core::error::{Code, Denial};
use kakunin_core::issue::{self, ApprovalProfile, Context};

use super::arguments::Approve;
use super::input;
use super::output::{Answer, Failure, object};
use crate::shell::{Source, parse_span, system_now};
use crate::{fault, hex, keys};

/// Most distinct characters outside ASCII that are listed one by one. 16: more are a text in another script.
const LISTED: usize = 16;

pub(super) fn run(arguments: &Approve) -> Result<Answer, Failure> {
    let bounds = Bounds::default();
    let bytes = input::bytes(&arguments.request, "request", JsonBounds::TOKEN.bytes)?;
    let request = ApprovalRequest::parse(&bytes, &bounds)?;
    let lifetime = lifetime(&arguments.ttl)?;
    let chain = arguments.certificate.as_ref().map(|path| Source::Path(path.clone()).certificates("certificate"));
    let certificate = chain.transpose()?.and_then(|chain| chain.into_iter().next());
    // INVARIANT: one of the two is required.
    let beside = || arguments.certificate.as_deref().map(input::key_beside).unwrap_or_default();
    let key = arguments.key.clone().unwrap_or_else(beside);
    let signer = keys::load(&key, input::passphrase(&arguments.passphrase)?.as_ref())?;
    let now = system_now();
    let as_whom = match &certificate {
        None => format!("key {}", hex::sha256(signer.public_key().spki_hash())),
        Some(der) => approver(der, &signer, now.seconds(), &bounds)?,
    };
    if let Some(expires_at) = request.expires_at().filter(|expires_at| *expires_at < now) {
        let denial = Denial::new(Code::ApprovalInvalid, "request-expired").field("expires");
        return Err(denial.times(now.seconds(), expires_at.seconds()).into());
    }
    let until = now.plus_seconds(i64::from(lifetime));
    let shown = format!("{}approve as  {as_whom}\nusable      once, until {until}\n", show(&request));
    // To the terminal, so that standard output holds the token alone.
    drop(std::io::stderr().lock().write_all(shown.as_bytes()));
    if !arguments.yes && !confirmed(&arguments.request)? {
        let json = object([("approved", Json::Bool(false)), ("digest", Json::from(hex::sha256(&request.digest())))]);
        return Ok(Answer::denied("not approved", json));
    }
    let random = SystemRandom::new();
    let profile = ApprovalProfile { issuer: &arguments.name, certificate: certificate.as_deref(), lifetime };
    let context = Context { now, random: &random, bounds: &bounds };
    let token = issue::approval(&request.call(), &profile, &signer, &context)?;
    let json = object([
        ("approval", Json::from(token.as_str())),
        ("approved", Json::Bool(true)),
        ("digest", Json::from(hex::sha256(&request.digest()))),
        ("expires", Json::from(until.to_string())),
    ]);
    Ok(Answer::done(token, json))
}

fn lifetime(text: &str) -> Result<u32, Denial> {
    let span = parse_span(text).filter(|span| span.subsec_nanos() == 0 && (1..=86_400).contains(&span.as_secs()));
    let seconds = span.and_then(|span| u32::try_from(span.as_secs()).ok());
    seconds.ok_or_else(|| fault::misconfigured("ttl", "ttl", text.to_owned(), "1s to 24h: an integer and s, m or h"))
}

/// The URI of an approver's certificate that is usable with this key now.
fn approver(der: &[u8], signer: &dyn Signer, now: i64, bounds: &Bounds) -> Result<String, Denial> {
    let certificate = Certificate::parse(der, bounds)?;
    let uri = certificate.uri_names().next().filter(|uri| uri.starts_with("urn:kakunin:role:")).ok_or_else(|| {
        fault::misconfigured("approver-uri", "certificate", "another", "an approver's certificate: `issue --approver`")
    })?;
    if certificate.spki() != signer.public_key().spki() {
        let came = signer.key_id().to_owned();
        return Err(fault::misconfigured("signer-other-key", "key", came, "the key of the certificate"));
    }
    if !(certificate.not_before().seconds()..=certificate.not_after().seconds()).contains(&now) {
        let valid = format!("{} to {}", certificate.not_before(), certificate.not_after());
        return Err(fault::misconfigured("certificate-validity", "certificate", valid, "one that is valid now"));
    }
    Ok(escaped(uri))
}

/// Asks at the terminal.
fn confirmed(request: &Path) -> Result<bool, Denial> {
    if request == Path::new("-") || !std::io::stdin().is_terminal() {
        let expected = "a terminal, or `--yes` where the call was read elsewhere";
        return Err(fault::misconfigured("confirmation", "yes", "no terminal to ask at", expected));
    }
    let mut terminal = std::io::stderr().lock();
    drop(terminal.write_all(b"Approve this very call? [y/N] ").and_then(|()| terminal.flush()));
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer).map_err(|error| fault::file("yes", request, &error))?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}

/// The call as it will run: every value, in canonical order.
fn show(request: &ApprovalRequest) -> String {
    let call = request.call();
    let mut text = String::from("This call is to be approved:\n");
    let optional = |value: Option<&str>| value.map_or_else(|| "none".to_owned(), quoted);
    let mut line = |name: &str, value: &str| {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{name:<12}{value}");
    };
    line("action", &quoted(call.action));
    line("agent", &quoted(call.agent));
    line("issuer", &hex::sha256(call.issuer));
    line("audience", &optional(call.audience));
    line("session", &optional(call.session));
    for need in request.needs() {
        let of: Vec<_> = need.of.iter().map(|name| quoted(name)).collect();
        line("needs", &format!("{} of {}", need.need, of.join(", ")));
    }
    let mut params = String::new();
    write_object(&mut params, call.params, 2);
    line("params", &params);
    line("digest", &hex::sha256(&request.digest()));
    let strangers = strangers(&format!("{request}"));
    if !strangers.is_empty() {
        line("note", &format!("characters outside ASCII, which may look like others: {strangers}"));
    }
    text
}

/// The characters outside ASCII in `text`, each once with its code point.
fn strangers(text: &str) -> String {
    let mut found: Vec<char> = text.chars().filter(|character| !character.is_ascii()).collect();
    found.sort_unstable();
    found.dedup();
    let mut names: Vec<_> = found
        .iter()
        .take(LISTED)
        .map(|character| format!("{} U+{:04X}", escaped(&character.to_string()), u32::from(*character)))
        .collect();
    if found.len() > LISTED {
        names.push(format!("and {} more", found.len() - LISTED));
    }
    names.join(", ")
}

fn write_object(text: &mut String, object: &Object, indent: usize) {
    let mut members = object.iter().map(|(key, value)| (Some(key), value));
    write_block(text, ('{', '}'), &mut members, indent);
}

fn write_block(
    text: &mut String,
    (open, close): (char, char),
    members: &mut dyn Iterator<Item = (Option<&str>, &Json)>,
    indent: usize,
) {
    text.push(open);
    let mut empty = true;
    for (key, value) in members {
        text.push_str(if empty { "\n" } else { ",\n" });
        empty = false;
        text.extend(std::iter::repeat_n(' ', indent));
        if let Some(key) = key {
            text.push_str(&quoted(key));
            text.push_str(": ");
        }
        match value {
            Json::Object(object) => write_object(text, object, indent + 2),
            Json::Array(elements) => {
                write_block(text, ('[', ']'), &mut elements.iter().map(|element| (None, element)), indent + 2);
            }
            Json::Text(content) => text.push_str(&quoted(content)),
            scalar => text.push_str(&jcs::to_string(scalar)),
        }
    }
    if !empty {
        text.push('\n');
        text.extend(std::iter::repeat_n(' ', indent - 2));
    }
    text.push(close);
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", escaped(text))
}

/// `text` as inside a JSON text, where whatever does not print (control and format characters, among them those that turn the
/// direction of writing, combining marks, unassigned code points) is an escape.
fn escaped(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '"' | '\\' => shown.extend(['\\', character]),
            '\'' => shown.push(character),
            // It has an escape where it does not print.
            _ if character.escape_debug().len() > 1 => {
                let mut units = [0; 2];
                for unit in character.encode_utf16(&mut units) {
                    let _ = write!(shown, "\\u{unit:04x}");
                }
            }
            _ => shown.push(character),
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(params: &str) -> ApprovalRequest {
        let text = format!("{{\"action\":\"charge\",\"agent\":\"urn:acme:bot\",\"params\":{params}}}");
        let Json::Object(mut json) = Json::parse(text.as_bytes(), &JsonBounds::TOKEN).unwrap() else {
            panic!("object")
        };
        json.insert("issuer", kakunin_core::encoding::base64::encode_url(&[1; 32]));
        json.insert("needs", Json::Array(vec![]));
        let digest = |json: &Object| {
            let mut signed = json.clone();
            signed.remove("needs");
            kakunin_core::crypto::sha256(jcs::to_string(&Json::Object(signed)).as_bytes())
        };
        json.insert("digest", kakunin_core::encoding::base64::encode_url(&digest(&json)));
        ApprovalRequest::parse(jcs::to_string(&Json::Object(json)).as_bytes(), &Bounds::default()).unwrap()
    }

    #[test]
    fn every_value_is_shown_whole_and_in_canonical_order() {
        let long = "x".repeat(5_000);
        let shown = show(&request(&format!(
            r#"{{"to":["a",{{"b":1.50}},[],{{}}],"amount":1e3,"memo":"{long}","ok":true,"none":null}}"#
        )));
        assert!(shown.contains(&long));
        let params = "params      {\n  \"amount\": 1000,\n  \"memo\": \"";
        assert!(shown.contains(params), "{shown}");
        let rest = "\",\n  \"none\": null,\n  \"ok\": true,\n  \"to\": [\n    \"a\",\n    {\n      \"b\": 1.5\n    },\n    [],\n    {}\n  ]\n}\n";
        assert!(shown.contains(rest), "{shown}");
        assert!(shown.contains("audience    none\n") && shown.contains("session     none\n"));
    }

    #[test]
    fn no_character_hides_another() {
        for (text, shown) in [
            ("a\nb\r\u{7}\u{1b}[2K", r"a\u000ab\u000d\u0007\u001b[2K"),
            ("100\u{202e}001", r"100\u202e001"),
            ("a\u{200b}b\u{feff}\u{2066}", r"a\u200bb\ufeff\u2066"),
            ("e\u{301}", r"e\u0301"),
            ("a\u{2028}b\u{a0}c\u{85}", r"a\u2028b\u00a0c\u0085"),
            ("\u{e0041}", r"\udb40\udc41"),
            ("say \"no\" \\ it's", r#"say \"no\" \\ it's"#),
            ("Zürich 東京", "Zürich 東京"),
        ] {
            assert_eq!(escaped(text), shown, "{text:?}");
        }
        let note = show(&request(r#"{"to":"АCME"}"#));
        assert!(note.contains("may look like others: А U+0410"), "{note}");
        assert!(!show(&request(r#"{"to":"ACME"}"#)).contains("note"));
    }

    #[test]
    fn an_approval_is_usable_for_a_second_to_a_day() {
        for (text, seconds) in [("1h", 3_600), ("24h", 86_400), ("90s", 90), ("1s", 1), ("10m", 600)] {
            assert_eq!(lifetime(text), Ok(seconds));
        }
        for text in ["", "0s", "25h", "1500ms", "1", "h"] {
            assert_eq!(lifetime(text).map_err(|denial| denial.details().rule), Err("ttl"), "{text}");
        }
    }
}
