mod constraints;
mod extensions;
mod fields;
mod names;
mod policies;
mod sample;

use super::Certificate;
use crate::bounds::Bounds;
use crate::error::{Code, Denial};
use sample::Sample;

/// The rule and the field by which `der` is refused as malformed.
fn refusal(der: &[u8]) -> (&'static str, String) {
    let denial: Denial = Certificate::parse(der, &Bounds::default()).unwrap_err();
    assert_eq!(denial.code(), Code::CertificateMalformed, "{denial}");
    let details = denial.details();
    (details.rule, details.field.clone().unwrap_or_default().into_owned())
}

/// The rule by which the sample is refused after `change`.
fn refused(change: impl FnOnce(&mut Sample)) -> &'static str {
    refusal(&Sample::changed(change)).0
}

/// The sample is accepted after `change`.
fn accepted(change: impl FnOnce(&mut Sample)) -> Vec<u8> {
    let der = Sample::changed(change);
    if let Err(denial) = Certificate::parse(&der, &Bounds::default()) {
        panic!("{denial}");
    }
    der
}
