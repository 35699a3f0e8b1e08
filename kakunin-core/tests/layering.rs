//! Modules import only from modules before them in one list, and `lib.rs` declares them in that order.
//!
//! Test code is exempt: a module's tests may make their bytes with later modules.
#![expect(
    clippy::disallowed_methods,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test reads files and may panic; clippy exempts only #[test] functions"
)]

use std::fs;
use std::path::{Path, PathBuf};

/// The modules in the order in which data flows (`ARCHITECTURE.md`).
const ORDER: &[&str] = &[
    "time",
    "error",
    "bounds",
    "encoding",
    "crypto",
    "jws",
    "value",
    "scope",
    "certificate",
    "revocation",
    "path",
    "approval",
    "intent",
    "guard",
    "record",
    "issue",
];

#[test]
fn imports_flow_one_way() {
    let mut wrong = Vec::new();
    for module in declared() {
        for source in sources(&module) {
            let text = fs::read_to_string(&source.file).unwrap();
            wrong.extend(
                wrong_imports(&source.module, &text).into_iter().map(|w| format!("{}: {w}", source.file.display())),
            );
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn the_list_is_that_of_lib_rs() {
    assert_eq!(declared(), ORDER, "lib.rs declares the modules in data-flow order");
}

#[test]
fn one_file_names_the_cryptographic_library() {
    let names = |file: &PathBuf| {
        let text = fs::read_to_string(file).unwrap();
        let paths = text.split(|c: char| !c.is_alphanumeric() && c != '_' && c != ':');
        let mut paths = paths.map(|path| path.trim_start_matches(':'));
        paths.any(|path| path.starts_with("ring::") || path.starts_with("aws_lc_rs::"))
    };
    let naming: Vec<_> = rust_files(&src()).into_iter().filter(names).collect();
    assert_eq!(naming, [src().join("crypto").join("backend.rs")]);
}

#[test]
fn no_crate_chooses_the_library_for_another() {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned();
    let mut seen = 0;
    for folder in fs::read_dir(&workspace).unwrap().flatten().map(|entry| entry.path()).chain([workspace.clone()]) {
        let Ok(manifest) = fs::read_to_string(folder.join("Cargo.toml")) else { continue };
        let ours = |line: &&str| line.starts_with("kakunin-") && line.contains("path = ");
        for line in manifest.lines().filter(ours) {
            assert!(line.contains("default-features = false"), "{}: {line}", folder.display());
            seen += 1;
        }
    }
    assert!(seen >= 8, "{seen}");
}

#[test]
fn every_file_belongs_to_a_module_of_the_list() {
    let mut seen: Vec<_> = declared().iter().flat_map(|module| sources(module)).map(|source| source.file).collect();
    seen.push(src().join("lib.rs"));
    let stray: Vec<_> =
        rust_files(&src()).into_iter().filter(|file| !seen.contains(file)).filter(|f| !is_test(f)).collect();
    assert!(stray.is_empty(), "{stray:?}");
}

#[test]
fn a_wrong_import_is_found_however_it_is_written() {
    for text in [
        "use crate::guard::Permit;",
        "use crate::{error::Code, guard::Permit};",
        "use crate::{\n    error::{Code, Denial},\n    guard,\n};",
        "use crate::{self as root};",
        "use crate as root;",
        "use crate::*;",
        "use crate::Permit;",
        "fn f(p: &crate::guard::Permit) {}",
        "fn f() { let _ = crate :: guard :: open(); }",
        "macro_rules! m { () => { $crate::guard::open() } }",
        "extern crate self as kakunin;",
        "#[path = \"../guard/permit.rs\"] mod permit;",
        "mod inner { use super::super::super::guard::Permit; }",
        "pub(in crate::guard) fn f() {}",
        "/* use nothing */ use super::super::guard::Permit;",
        "const A: char = '\"'; use crate::guard::Permit; const B: char = '\"';",
        "fn f<'a>(a: &'a str) {} use crate::guard::Permit; fn g<'a>(a: &'a str) {}",
        "#[cfg(test)] mod tests { } use crate::guard::Permit;",
        "#[cfg(not(test))] mod real { use crate::guard::Permit; }",
        "const T: &str = r#\"\"#; use crate::guard::Permit; const U: &str = r#\"\"#;",
    ] {
        assert_eq!(wrong_imports(&["scope", "model"], text).len(), 1, "{text}");
    }
    assert_eq!(wrong_imports(&["error"], "use super::bounds::Bounds;").len(), 1, "`super` at module level is the root");
    assert_eq!(wrong_imports(&["error"], "use super::{encoding::json::Json, bounds::Bounds};").len(), 2);
}

#[test]
fn a_right_import_is_left_alone() {
    for text in [
        "use crate::error::{Code, Denial};",
        "use crate::{error::Code, value::{Arguments, Decimal}};",
        "use crate::scope::Grant;",
        "use super::{Grant, Scope};",
        "use super::super::value::Decimal;",
        "use self::guard::Permit; mod guard { pub struct Permit; }",
        "pub(crate) fn f() {} pub(super) fn g() {}",
        "// use crate::guard::Permit;\n/// [`crate::guard::Permit`]\n/* use crate::guard /* nested */ ::Permit */",
        "const TEXT: &str = \"use crate::guard::Permit; \\\" use crate::guard::Permit;\";",
        "const RAW: &str = r#\"use crate::guard::Permit; \" use crate::guard::Permit;\"#;",
        "#[cfg(test)] mod tests { use super::*; use crate::guard::Permit; mod deep { use crate::guard::Permit; } }",
    ] {
        assert_eq!(wrong_imports(&["scope", "model"], text), Vec::<String>::new(), "{text}");
    }
}

fn src() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

/// The modules that `lib.rs` declares, in its order.
fn declared() -> Vec<String> {
    let lib = fs::read_to_string(src().join("lib.rs")).unwrap();
    let tokens = tokens(&lib);
    tokens.windows(3).filter(|w| w[0] == "mod" && w[2] == ";").map(|w| w[1].clone()).collect()
}

/// A file and the module that it is.
struct Source {
    file: PathBuf,
    module: Vec<String>,
}

/// The files of a top-level module that are no test code.
fn sources(module: &str) -> Vec<Source> {
    let single = src().join(format!("{module}.rs"));
    if single.exists() {
        return vec![Source { file: single, module: vec![module.to_owned()] }];
    }
    let root = src().join(module);
    let mut found = Vec::new();
    for file in rust_files(&root).into_iter().filter(|file| !is_test(file)) {
        let inner = file.strip_prefix(&root).unwrap().with_extension("");
        let names = inner.iter().map(|name| name.to_str().unwrap().to_owned()).filter(|name| name != "mod");
        found.push(Source { module: [module.to_owned()].into_iter().chain(names).collect(), file });
    }
    assert!(!found.is_empty(), "{module} has no file");
    found
}

/// Whether `file` is `tests.rs` or lies in a folder `tests`, and its parent declares it under `#[cfg(test)]`.
fn is_test(file: &Path) -> bool {
    let Some(top) = file.ancestors().filter(|path| path.with_extension("").ends_with("tests")).last() else {
        return false;
    };
    let parent = top.parent().unwrap();
    let declares = |file: PathBuf| {
        let text = fs::read_to_string(file).unwrap_or_default();
        tokens(&text).join(" ").contains("# [ cfg ( test ) ] mod tests ;")
    };
    declares(parent.join("mod.rs")) || declares(parent.join("lib.rs"))
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found
}

/// What `text`, the module named by `module`, imports against the order, one line each.
fn wrong_imports(module: &[impl AsRef<str>], text: &str) -> Vec<String> {
    let own = ORDER.iter().position(|name| *name == module[0].as_ref()).unwrap();
    let tokens = tokens(text);
    let at = |index: usize| tokens.get(index).map_or("", String::as_str);
    let mut wrong = Vec::new();
    let mut judge = |target: &str| match ORDER.iter().position(|name| *name == target) {
        Some(rank) if rank <= own => {}
        Some(_) => wrong.push(format!("{} imports {target}, which stands after it", ORDER[own])),
        None => wrong.push(format!("{} takes `{target}` from the crate's root instead of a module", ORDER[own])),
    };
    // One entry for each open brace: whether it opened an inline module.
    let mut braces: Vec<bool> = Vec::new();
    let mut index = 0;
    while index < tokens.len() {
        if tokens[index..].starts_with(&["#", "[", "cfg", "(", "test", ")", "]", "mod"].map(str::to_owned)) {
            let mut end = index;
            while !matches!(at(end), ";" | "{" | "") {
                end += 1;
            }
            index = if at(end) == "{" { matching(&tokens, end) + 1 } else { end + 1 };
            continue;
        }
        match at(index) {
            "{" => braces.push(index >= 2 && at(index - 2) == "mod"),
            "}" => {
                braces.pop();
            }
            "path" if index >= 2 && at(index - 1) == "[" && at(index - 2) == "#" => judge("#[path]"),
            "crate" | "super" | "self" if index == 0 || at(index - 1) != "::" => {
                let mut depth = match at(index) {
                    "crate" => 0,
                    keyword => module.len() + braces.iter().filter(|b| **b).count() - usize::from(keyword == "super"),
                };
                if at(index) == "crate" && (at(index + 1) == "as" || at(index.wrapping_sub(1)) == "extern") {
                    judge("crate");
                }
                while at(index + 1) == "::" && at(index + 2) == "super" {
                    depth = depth.saturating_sub(1);
                    index += 2;
                }
                if depth == 0 && at(index + 1) == "::" {
                    match at(index + 2) {
                        "{" => heads(&tokens, index + 2).into_iter().for_each(&mut judge),
                        target => judge(target),
                    }
                }
            }
            _ => {}
        }
        index += 1;
    }
    wrong
}

/// The first name of each path in the group that opens at `open`.
fn heads(tokens: &[String], open: usize) -> Vec<&str> {
    let mut depth = 0;
    let mut heads = Vec::new();
    for index in open..matching(tokens, open) {
        match tokens[index].as_str() {
            "{" => depth += 1,
            "}" => depth -= 1,
            name if depth == 1 && name != "," && matches!(tokens[index - 1].as_str(), "{" | ",") => heads.push(name),
            _ => {}
        }
    }
    heads
}

/// Where the brace that opens at `open` closes.
fn matching(tokens: &[String], open: usize) -> usize {
    let mut depth = 0;
    for (index, token) in tokens.iter().enumerate().skip(open) {
        match token.as_str() {
            "{" => depth += 1,
            "}" => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return index;
        }
    }
    tokens.len()
}

/// Names, `::` and single signs; comments, texts, characters and lifetimes left out.
fn tokens(text: &str) -> Vec<String> {
    let chars: Vec<char> = text.chars().collect();
    let at = |index: usize| chars.get(index).copied().unwrap_or('\0');
    let is_name = |c: char| c.is_alphanumeric() || c == '_';
    let mut found = Vec::new();
    let mut index = 0;
    while index < chars.len() {
        match (at(index), at(index + 1)) {
            ('/', '/') => {
                while index < chars.len() && at(index) != '\n' {
                    index += 1;
                }
            }
            ('/', '*') => {
                let mut depth = 0;
                while index < chars.len() {
                    match (at(index), at(index + 1)) {
                        ('/', '*') => (depth, index) = (depth + 1, index + 2),
                        ('*', '/') => (depth, index) = (depth - 1, index + 2),
                        _ => index += 1,
                    }
                    if depth == 0 {
                        break;
                    }
                }
            }
            ('"', _) => index = quoted(&chars, index, '"'),
            ('\'', '\\') => index = quoted(&chars, index, '\''),
            ('\'', _) if at(index + 2) == '\'' => index += 3,
            ('\'', _) => index += 1,
            (':', ':') => {
                found.push("::".to_owned());
                index += 2;
            }
            (c, _) if is_name(c) => {
                let start = index;
                while is_name(at(index)) {
                    index += 1;
                }
                let name: String = chars[start..index].iter().collect();
                let hashes = chars[index..].iter().take_while(|c| **c == '#').count();
                if matches!(name.as_str(), "r" | "br" | "cr") && at(index + hashes) == '"' {
                    let close: Vec<char> = std::iter::once('"').chain(std::iter::repeat_n('#', hashes)).collect();
                    index += hashes + 1;
                    while index < chars.len() && !chars[index..].starts_with(&close) {
                        index += 1;
                    }
                    index += close.len();
                } else {
                    found.push(name);
                }
            }
            (c, _) => {
                if !c.is_whitespace() {
                    found.push(c.to_string());
                }
                index += 1;
            }
        }
    }
    found
}

/// The index after the text or character that opens at `open`.
fn quoted(chars: &[char], open: usize, quote: char) -> usize {
    let mut index = open + 1;
    while index < chars.len() && chars[index] != quote {
        index += if chars[index] == '\\' { 2 } else { 1 };
    }
    index + 1
}
