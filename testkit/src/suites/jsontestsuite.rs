//! JSONTestSuite: a file's name begins with its verdict. `y_` is JSON, `n_` is not, and `i_` is the reader's choice.

use std::path::Path;

use kakunin_core::bounds::JsonBounds;
use kakunin_core::encoding::json::Json;

use super::{Outcome, Verdict, read};

/// `i_` files that are taken. All others name no I-JSON (RFC 7493): text that is not UTF-8, lone surrogates, numbers that are no
/// finite double, a byte order mark, or a document beyond the bounds.
const TAKEN: [&str; 5] = [
    "i_number_double_huge_neg_exp.json",
    "i_number_real_underflow.json",
    "i_number_too_big_neg_int.json",
    "i_number_too_big_pos_int.json",
    "i_number_very_big_negative_int.json",
];

/// Every file; an `i_` is expected to end as it was chosen here, so that a changed choice is a divergence.
pub(super) fn run(folder: &Path) -> Result<Vec<Outcome>, String> {
    let path = folder.join("jsontestsuite/test_parsing");
    let entries = std::fs::read_dir(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    let names = entries.map(|entry| entry.map(|entry| entry.file_name().to_string_lossy().into_owned()));
    let mut names = names.collect::<Result<Vec<_>, _>>().map_err(|error| format!("{}: {error}", path.display()))?;
    names.sort_unstable();
    names.into_iter().map(|name| case(folder, name)).collect()
}

fn case(folder: &Path, name: String) -> Result<Outcome, String> {
    let expected = match name.get(..2) {
        Some("y_") => Verdict::Accept,
        Some("n_") => Verdict::Reject,
        Some("i_") => Verdict::of(TAKEN.contains(&name.as_str())),
        _ => return Err(format!("{name}: no verdict in its name")),
    };
    let text = read(folder, &format!("jsontestsuite/test_parsing/{name}"))?;
    Ok(Outcome::new(name, expected, Json::parse(&text, &JsonBounds::DOCUMENT)))
}
