//! What rustls-webpki says.

use std::time::Duration;

use kakunin_testkit::NOW;
use kakunin_testkit::differential::Case;
use rustls_pki_types::{CertificateDer, UnixTime};
use webpki::{ALL_VERIFICATION_ALGS, EndEntityCert, Error, KeyUsage, anchor_from_trusted_cert};

/// Why it refuses, or none.
pub(crate) fn refusal(case: &Case) -> Option<String> {
    judge(case).err().map(|error| format!("{error:?}"))
}

fn judge(case: &Case) -> Result<(), Error> {
    let anchor = CertificateDer::from(case.anchor.as_slice());
    let anchors = [anchor_from_trusted_cert(&anchor)?];
    let pool: Vec<_> = case.pool.iter().map(|der| CertificateDer::from(der.as_slice())).collect();
    let leaf = CertificateDer::from(case.leaf.as_slice());
    let time = UnixTime::since_unix_epoch(Duration::from_secs(NOW.unsigned_abs()));
    let leaf = EndEntityCert::try_from(&leaf)?;
    leaf.verify_for_usage(ALL_VERIFICATION_ALGS, &anchors, &pool, time, KeyUsage::client_auth(), None, None)?;
    Ok(())
}
