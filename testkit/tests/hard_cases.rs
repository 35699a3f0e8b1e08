//! The page of hard cases names tests of three languages: each exists, and each case has one in every language or a reason.

use std::collections::BTreeSet;
use std::path::PathBuf;

fn read(path: &str) -> String {
    std::fs::read_to_string(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..").join(path)).unwrap_or_default()
}

/// The cells of each row: the case, and what shows it in Rust, Python and Node.
fn rows() -> Vec<Vec<String>> {
    let page = read("docs/hard-cases.md");
    let rows = page.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| case "));
    rows.map(|row| row.trim_matches('|').split(" | ").map(|cell| cell.trim().to_owned()).collect()).collect()
}

/// What a cell names in backticks; two of them within a name stand for one.
fn named(cell: &str) -> Vec<String> {
    let whole = cell.replace("``", "\u{0}");
    whole.split('`').skip(1).step_by(2).map(|name| name.replace('\u{0}', "`")).collect()
}

fn exists(name: &str, vectors: &BTreeSet<String>) -> bool {
    if let Some(case) = name.strip_prefix("vector ") {
        return vectors.contains(case);
    }
    if let Some((file, title)) = name.split_once(".mjs: ") {
        let text = read(&format!("{file}.mjs"));
        return ["\"", "`"].iter().any(|quote| text.contains(&format!("test({quote}{title}{quote}, ")));
    }
    match name.split_once("::") {
        Some((file, test)) => {
            let form = if file.ends_with(".py") { format!("def {test}(") } else { format!("fn {test}()") };
            read(file).contains(&form)
        }
        // A whole file of tests; words that are no test at all are in backticks too.
        None => !name.contains('/') || read(name).contains("#[test]"),
    }
}

#[test]
fn every_test_that_is_named_exists() {
    let files = kakunin_testkit::vectors::files();
    let cases = files.iter().flat_map(|file| file.cases.iter().map(|case| format!("{}: {}", file.kind, case.name)));
    let vectors: BTreeSet<_> = cases.collect();
    let names: BTreeSet<_> = rows().iter().flat_map(|row| row[1..].iter().flat_map(|cell| named(cell))).collect();
    assert!(names.len() > 90, "{}", names.len());
    let missing: Vec<_> = names.iter().filter(|name| !exists(name, &vectors)).collect();
    assert_eq!(missing, Vec::<&String>::new());
}

#[test]
fn every_case_is_shown_in_three_languages_or_says_why_not() {
    let (rows, page) = (rows(), read("docs/hard-cases.md"));
    assert!(rows.len() >= 45, "{}", rows.len());
    for row in &rows {
        assert_eq!(row.len(), 4, "{row:?}");
        let reason = row[1..].iter().any(|cell| cell.starts_with('–'));
        for cell in &row[1..] {
            let shown = named(cell).iter().any(|name| name.contains('/') || name.starts_with("vector "));
            assert!(shown || cell.starts_with('–') || cell == "as in Rust", "{row:?}: {cell}");
        }
        assert!(!reason || row[1..].iter().any(|cell| !named(cell).is_empty()), "shown nowhere: {row:?}");
    }
    let lines: Vec<_> = page.lines().filter_map(|line| line.strip_prefix("## ")).collect();
    for (number, line) in (1..=15).zip(&lines) {
        assert!(line.starts_with(&format!("{number} ")), "{line}");
    }
    assert_eq!(lines.len(), 15);
}
