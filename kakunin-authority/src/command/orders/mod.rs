//! `kakunin halt`, `reinstate`, `revoke --order` and `orders`.

mod arguments;
mod give;
mod show;
mod what;

use std::path::PathBuf;

use kakunin_core::crypto::{Signer, SoftwareSigner};
use kakunin_core::error::Denial;
use kakunin_core::revocation::order::OrderAuthority;

use super::input;
use crate::orders::{AUTHORITIES_FILE, OrderLog, read_authorities};
use crate::{fault, hex, keys};

pub(super) use arguments::{Authority, Giving, Halt, Orders, Reinstate};
pub(super) use give::{halt, reinstate, revoke};
pub(super) use show::run;

/// The key and the log that it writes.
struct Desk {
    signer: SoftwareSigner,
    log: OrderLog,
    folder: PathBuf,
    others: Vec<OrderAuthority>,
}

impl Authority {
    fn folder(&self) -> PathBuf {
        self.folder.clone().unwrap_or_else(|| self.pki.join("revocation"))
    }

    /// All authorities that are configured: at least one.
    fn all(&self) -> Result<Vec<OrderAuthority>, Denial> {
        let path = self.authorities.clone().unwrap_or_else(|| self.pki.join(AUTHORITIES_FILE));
        let authorities = read_authorities(&path)?;
        if authorities.is_empty() {
            let expected = "a file that names halt authorities: `kakunin init` makes one";
            return Err(fault::misconfigured("authorities", "authorities", path.display().to_string(), expected));
        }
        Ok(authorities)
    }

    /// The key, and the log of the authority with that key.
    fn open(&self) -> Result<Desk, Denial> {
        let path = self.key.clone().unwrap_or_else(|| self.pki.join("halt.key"));
        let signer = keys::load(&path, input::passphrase(&self.passphrase)?.as_ref())?;
        let others = self.all()?;
        let own = others.iter().find(|authority| authority.public_key().spki() == signer.public_key().spki());
        let own = own.ok_or_else(|| {
            let expected = "the key of a configured halt authority";
            fault::misconfigured("halt-key", "key", path.display().to_string(), expected)
        })?;
        let folder = self.folder();
        let log = OrderLog::open(&folder, own)?;
        Ok(Desk { signer, log, folder, others })
    }
}

/// The name of an order for people: `sha256:` and hex digits.
fn shown(name: &[u8; 32]) -> String {
    hex::sha256(name)
}
