//! `docs/codes.md` says for every code what it is, what causes it and what cures it, and for no other.
#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "a test reads files and may panic; clippy exempts only #[test] functions"
)]

use std::fs;
use std::path::Path;

use kakunin_core::error::Code;

#[test]
fn the_table_is_the_list() {
    let page = page();
    let rows: Vec<_> = page.lines().filter(|line| line.starts_with("| [KKN-")).collect();
    let expected: Vec<_> = Code::ALL
        .iter()
        .map(|code| {
            let printed = code.as_str();
            format!("| [{printed}](#{}) | {} | {} |", printed.to_lowercase(), code.name(), code.meaning())
        })
        .collect();
    assert_eq!(rows, expected);
}

#[test]
fn every_code_has_a_section_with_name_cause_and_cure() {
    let page = page();
    let sections: Vec<_> = page.split("\n## ").skip(1).collect();
    assert_eq!(sections.len(), Code::ALL.len());
    for (code, section) in Code::ALL.iter().zip(sections) {
        let begins = format!("{code}\n`{}`. ", code.name());
        assert!(section.starts_with(&begins), "{code}: {section}");
        for part in ["- **Cause**: ", "- **Cure**: "] {
            let line = section.lines().find_map(|line| line.strip_prefix(part)).unwrap_or_default();
            assert!(line.len() > 20 && line.ends_with(['.', ')']), "{code} {part}: {line}");
        }
    }
}

fn page() -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/codes.md")).unwrap()
}
