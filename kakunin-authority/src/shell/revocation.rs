//! The folder of CRLs, read when a guard or verifier is made.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use kakunin_core::bounds::Bounds;
use kakunin_core::encoding::pem;
use kakunin_core::error::{Code, Denial};
use kakunin_core::revocation::{Crl, RevocationSnapshot, RevocationView};

use super::stores::RevocationChoice;
use crate::{fault, files};

/// Most files in a folder of CRLs. 256: four times the CAs of the largest bank surveyed.
const MOST_FILES: usize = 256;

/// The CRLs that `choice` names, none of them verified yet: their issuers are met on paths.
pub(super) fn load(choice: &RevocationChoice, bounds: &Bounds) -> Result<RevocationView, Denial> {
    let RevocationChoice::Folder(folder) = choice else {
        return Ok(RevocationView::NotChecked);
    };
    Ok(RevocationView::Checked(Arc::new(RevocationSnapshot::new(read_folder(folder, bounds)?))))
}

/// Every CRL in the folder's files that end in `.crl` or `.pem`, PEM or DER. Other files are passed over.
pub(crate) fn read_folder(folder: &Path, bounds: &Bounds) -> Result<Vec<Crl>, Denial> {
    const FIELD: &str = "revocation";
    let denied = |error: std::io::Error| {
        fault::misconfigured("folder", FIELD, folder.display().to_string(), fault::cause(&error))
    };
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder).map_err(denied)? {
        let path = entry.map_err(denied)?.path();
        if path.extension().is_some_and(|extension| extension == "crl" || extension == "pem") {
            paths.push(path);
        }
    }
    if paths.len() > MOST_FILES {
        let expected = format!("at most {MOST_FILES} CRLs");
        return Err(fault::misconfigured("folder-too-large", FIELD, format!("{} files", paths.len()), expected));
    }
    // One order everywhere: a folder's own is the file system's.
    paths.sort();
    let mut lists = Vec::new();
    for path in paths {
        // Base64 takes a third more.
        let bytes = files::read(&path, FIELD, bounds.crl_bytes.saturating_mul(3) / 2)?;
        for der in blocks(bytes).map_err(|denial| denial.field(path.display().to_string()))? {
            // A CRL that cannot be read may be the one that revokes: it is not passed over.
            lists.push(Crl::parse(&der, bounds)?);
        }
    }
    Ok(lists)
}

fn blocks(bytes: Vec<u8>) -> Result<Vec<Vec<u8>>, Denial> {
    const SEQUENCE: u8 = 0x30;
    if bytes.first() == Some(&SEQUENCE) {
        return Ok(vec![bytes]);
    }
    let malformed = |rule| Denial::new(Code::RevocationStale, rule);
    let text = String::from_utf8(bytes).map_err(|_| malformed("neither-pem-nor-der"))?;
    let blocks = pem::decode(&text).map_err(|fault| malformed(fault.rule))?;
    Ok(blocks.into_iter().filter(|block| block.label == pem::CRL).map(|block| block.bytes).collect())
}
