//! One version stands everywhere: the crates, the wheel and the npm packages.
#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "a test reads files and may panic; clippy exempts only #[test] functions"
)]

use std::fs;
use std::path::{Path, PathBuf};

use kakunin_core::bounds::JsonBounds;
use kakunin_core::encoding::json::{Json, Object};

const VERSION: &str = env!("CARGO_PKG_VERSION");

#[test]
fn every_crate_takes_the_version_of_the_workspace() {
    let manifests = files_named("Cargo.toml");
    assert!(manifests.len() >= 2, "the workspace and its crates: {manifests:?}");
    for (path, text) in manifests {
        assert_eq!(crate_versions(&text), Vec::<String>::new(), "{}", path.display());
    }
}

#[test]
fn every_npm_package_has_the_version() {
    for (path, text) in files_named("package.json") {
        assert_eq!(package_versions(&text), Vec::<String>::new(), "{}", path.display());
    }
}

#[test]
fn every_python_project_has_the_version() {
    for (path, text) in files_named("pyproject.toml") {
        assert_eq!(project_versions(&text), Vec::<String>::new(), "{}", path.display());
    }
}

#[test]
fn another_version_is_found() {
    assert_eq!(crate_versions("[package]\nname = \"a\"\nversion = \"9.9.9\"\n"), ["9.9.9"]);
    assert_eq!(crate_versions("[dependencies]\nkakunin-core = { path = \"..\", version = \"9.9.9\" }"), ["9.9.9"]);
    assert_eq!(crate_versions("[package]\nversion.workspace = true\n[dependencies]\nring = \"0.17\""), [""; 0]);
    assert_eq!(package_versions("{\"version\":\"9.9.9\"}"), ["9.9.9"]);
    assert_eq!(package_versions("{}"), ["none"], "a package that is not private has a version");
    assert_eq!(package_versions("{\"private\":true}"), [""; 0]);
    let dependency =
        |range: &str| format!("{{\"private\":true,\"dependencies\":{{\"@kakunin/sdk\":\"{range}\",\"ai\":\"^7\"}}}}");
    assert_eq!(package_versions(&dependency("^9.9.9")), ["^9.9.9"]);
    assert_eq!(package_versions(&dependency(&format!("^{VERSION}"))), [""; 0]);
    assert_eq!(project_versions("[project]\nname = \"kakunin\"\nversion = \"9.9.9\"\n"), ["9.9.9"]);
    assert_eq!(project_versions("[project]\ndynamic = [\"version\"]\n[tool.x]\nversion = \"1\"\n"), [""; 0]);
    assert_eq!(project_versions("[project]\nname = \"kakunin\"\n"), ["none"]);
}

/// Versions in a `Cargo.toml` that are not the workspace's: of the package, and of our own crates where they are named.
fn crate_versions(text: &str) -> Vec<String> {
    let mut section = "";
    let mut other = Vec::new();
    for line in text.lines().map(str::trim) {
        if let Some(name) = line.strip_prefix('[') {
            section = name.trim_end_matches(']');
        }
        let of_package = matches!(section, "package" | "workspace.package") && line.starts_with("version =");
        let of_ours = section.ends_with("dependencies") && line.starts_with("kakunin-");
        if of_package || of_ours {
            other.extend(
                line.split_once("version =").and_then(|(_, rest)| quoted(rest)).filter(|version| version != VERSION),
            );
        }
    }
    other
}

/// Versions in a `package.json` that are not ours: its own, and those asked of our packages.
fn package_versions(text: &str) -> Vec<String> {
    let json = Json::parse(text.as_bytes(), &JsonBounds::ARGUMENTS).unwrap();
    let package = json.as_object().unwrap();
    let private = package.get("private") == Some(&Json::Bool(true));
    let own = package.get("version").and_then(Json::as_text).or((!private).then_some("none"));
    let groups = ["dependencies", "devDependencies", "peerDependencies", "optionalDependencies"];
    let asked = groups.iter().filter_map(|group| package.get(group)?.as_object()).flat_map(Object::iter);
    let ours = asked.filter(|(name, _)| name.starts_with("@kakunin/")).filter_map(|(_, range)| range.as_text());
    let ours = ours.filter(|range| range.contains(|c: char| c.is_ascii_digit()));
    let differ = |version: &&str| version.trim_start_matches(['^', '~', '=']) != VERSION;
    own.into_iter().chain(ours).filter(differ).map(str::to_owned).collect()
}

/// The version in a `pyproject.toml` if it is not ours; `dynamic` takes the crate's.
fn project_versions(text: &str) -> Vec<String> {
    let Some((_, project)) = text.split_once("[project]") else { return Vec::new() };
    let project = project.split_once("\n[").map_or(project, |(project, _)| project);
    let line = |key: &str| project.lines().map(str::trim).find(|line| line.starts_with(key));
    if line("dynamic").is_some_and(|line| line.contains("\"version\"")) {
        return Vec::new();
    }
    let version = line("version").and_then(quoted).unwrap_or_else(|| "none".to_owned());
    if version == VERSION { Vec::new() } else { vec![version] }
}

fn quoted(text: &str) -> Option<String> {
    text.split(['"', '\'']).nth(1).map(str::to_owned)
}

/// The repository's files of this name, build products and installed packages left out.
fn files_named(name: &str) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap().flatten() {
            let (path, file) = (entry.path(), entry.file_name());
            let built = matches!(file.to_str(), Some("target" | "node_modules" | "dist"));
            if entry.file_type().unwrap().is_dir() {
                if !built && !file.to_string_lossy().starts_with('.') {
                    folders.push(path);
                }
            } else if file == name {
                found.push((path.clone(), fs::read_to_string(path).unwrap()));
            }
        }
    }
    found
}
