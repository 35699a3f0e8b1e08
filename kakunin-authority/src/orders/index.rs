//! `index.json`: what a guard that fetches finds in the folder.

use std::fs;
use std::path::Path;

use kakunin_core::encoding::jcs;
use kakunin_core::encoding::json::{Json, Object};
use kakunin_core::error::Denial;

use super::layout::{HEAD_FILE, ORDERS_FOLDER, is_order};
use crate::fault;
use crate::files::{self, Access, Existing};

/// The name of the index, in a revocation folder.
pub const INDEX_FILE: &str = "index.json";

/// Writes the names of the folder's lists, responses, orders and heads into its index, so that any web server over the folder
/// is an authority's URL. To be called after each change.
///
/// # Errors
/// E504 `file` where the folder cannot be read or written.
pub fn write_index(folder: &Path) -> Result<(), Denial> {
    let mut names = Vec::new();
    let is_list = |name: &str| name.ends_with(".crl") || name.ends_with(".pem") || name.ends_with(".ocsp");
    names.extend(entries(folder)?.into_iter().filter(|name| is_list(name)));
    let orders = folder.join(ORDERS_FOLDER);
    for log in entries(&orders)? {
        let files = entries(&orders.join(&log))?.into_iter().filter(|name| name == HEAD_FILE || is_order(name));
        names.extend(files.map(|name| format!("{ORDERS_FOLDER}/{log}/{name}")));
    }
    names.sort();
    let mut index = Object::new();
    index.insert("files", Json::Array(names.into_iter().map(Json::from).collect()));
    let text = jcs::to_string(&Json::Object(index)) + "\n";
    files::write_one(&folder.join(INDEX_FILE), text.as_bytes(), Access::Everyone, Existing::Replace)
}

/// Names in a folder that is text; none where there is no folder, or it is a file.
fn entries(folder: &Path) -> Result<Vec<String>, Denial> {
    let listing = match fs::read_dir(folder) {
        Ok(listing) => listing,
        Err(error) if matches!(error.kind(), std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory) => {
            return Ok(Vec::new());
        }
        Err(error) => return Err(fault::file("folder", folder, &error)),
    };
    let mut names = Vec::new();
    for entry in listing {
        let name = entry.map_err(|error| fault::file("folder", folder, &error))?.file_name();
        // Hidden files are half-written ones and locks.
        if let Some(name) = name.to_str().filter(|name| !name.starts_with('.')) {
            names.push(name.to_owned());
        }
    }
    Ok(names)
}
