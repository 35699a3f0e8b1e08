//! RFC 8785: its files of inputs and outputs, and the numbers of its appendix B's generator.

use std::path::Path;

use kakunin_core::bounds::JsonBounds;
use kakunin_core::encoding::jcs;
use kakunin_core::encoding::json::{Json, Number};

use super::{Outcome, Verdict, read};

/// Each input must become its output, and each output must stay itself.
pub(super) fn files(folder: &Path) -> Result<Vec<Outcome>, String> {
    let mut outcomes = Vec::new();
    for name in ["arrays", "french", "structures", "unicode", "values", "weird"] {
        let output = read(folder, &format!("jcs/testdata/output/{name}.json"))?;
        for kind in ["input", "output"] {
            let text = read(folder, &format!("jcs/testdata/{kind}/{name}.json"))?;
            let written = Json::parse(&text, &JsonBounds::DOCUMENT).map(|value| jcs::to_string(&value));
            let result = match written {
                Ok(written) if written.as_bytes() == output => Ok(()),
                Ok(written) => Err(written),
                Err(fault) => Err(fault.rule.to_owned()),
            };
            outcomes.push(Outcome::new(format!("{kind}/{name}"), Verdict::Accept, result));
        }
    }
    Ok(outcomes)
}

/// Lines `hex-ieee,expected`: the double of these bits is written like that, and reads back as itself.
pub(super) fn numbers(folder: &Path) -> Result<Vec<Outcome>, String> {
    let text = String::from_utf8(read(folder, "jcs/es6-numbers-20k.txt")?).map_err(|error| error.to_string())?;
    text.lines().enumerate().map(|(line, text)| number(line + 1, text)).collect()
}

/// An id is the line and the double's bits: a few doubles stand there twice.
fn number(number: usize, line: &str) -> Result<Outcome, String> {
    let (bits, expected) = line.split_once(',').ok_or_else(|| format!("no comma in `{line}`"))?;
    let double = f64::from_bits(u64::from_str_radix(bits, 16).map_err(|error| format!("`{line}`: {error}"))?);
    let value = Number::from_double(double).ok_or_else(|| format!("`{line}` is not finite"))?;
    let written = jcs::to_string(&Json::Number(value));
    let read = Json::parse(expected.as_bytes(), &JsonBounds::ARGUMENTS);
    let same = match read {
        // −0 is written `0` (RFC 8785 §3.2.2.3), so it does not come back as its own bits.
        Ok(Json::Number(read)) => read.double() == double,
        _ => false,
    };
    let result = if written == expected && same { Ok(()) } else { Err(written) };
    Ok(Outcome::new(format!("{number}/{bits}"), Verdict::Accept, result))
}
