use std::cell::RefCell;
use std::collections::BTreeMap;

use super::budget::Spending;
use super::pool::Entry;
use crate::error::Denial;

/// That the issuer's key signed the certificate: without it nothing below the certificate is judged.
#[derive(Debug)]
pub(super) struct SignatureVerified(());

/// Signatures that were verified, by certificate and issuer's key: each is paid for once.
#[derive(Debug, Default)]
pub(super) struct Signatures(RefCell<BTreeMap<(u32, u32), Result<(), Denial>>>);

impl Signatures {
    /// Verifies the signature of `child` with the key of `issuer`.
    ///
    /// # Errors
    /// E102 `signature`; E307 and E101 where key or algorithm are not on the list; E102 `budget-signatures`.
    pub(super) fn verify(
        &self,
        child: &Entry<'_>,
        issuer: &Entry<'_>,
        spending: &Spending,
    ) -> Result<SignatureVerified, Denial> {
        let pair = (child.index, issuer.same_key);
        if let Some(known) = self.0.borrow().get(&pair) {
            return known.clone().map(SignatureVerified);
        }
        let key = issuer.key()?;
        spending.signature()?;
        let certificate = &child.certificate;
        let verified = key.verify_x509(certificate.signature_algorithm(), certificate.tbs(), certificate.signature());
        self.0.borrow_mut().insert(pair, verified.clone());
        verified.map(SignatureVerified)
    }
}
