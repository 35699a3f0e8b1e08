use crate::encoding::Malformed;
use crate::encoding::der::{Writer, tag};

/// An ECDSA signature in the form of X.509, from r‖s as [`super::Signer`] and JWS have it.
///
/// ```asn1
/// ECDSA-Sig-Value ::= SEQUENCE { r INTEGER, s INTEGER }   -- RFC 3279 §2.2.3
/// ```
///
/// # Errors
/// `ecdsa-signature` where the two halves are not both positive numbers of 32 or 48 bytes.
pub fn ecdsa_der_from_fixed(fixed: &[u8]) -> Result<Vec<u8>, Malformed> {
    const FAULT: Malformed = Malformed::new("ecdsa-signature");
    if fixed.len() != 64 && fixed.len() != 96 {
        return Err(FAULT);
    }
    let (r, s) = fixed.split_at_checked(fixed.len() / 2).ok_or(FAULT)?;
    let (r, s) = (unsigned(r).ok_or(FAULT)?, unsigned(s).ok_or(FAULT)?);
    let mut writer = Writer::new();
    writer.sequence(|w| {
        w.primitive(tag::INTEGER, &r).primitive(tag::INTEGER, &s);
    });
    Ok(writer.into_bytes())
}

/// INTEGER content of a positive big-endian number; `None` for zero.
fn unsigned(number: &[u8]) -> Option<Vec<u8>> {
    let start = number.iter().position(|byte| *byte != 0)?;
    let significant = number.get(start..)?;
    let sign = if significant.first().is_some_and(|byte| byte & 0x80 != 0) { &[0][..] } else { &[] };
    Some([sign, significant].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_become_minimal_positive_integers() {
        let mut fixed = [0; 64];
        (fixed[31], fixed[32]) = (5, 0x80);
        let der = ecdsa_der_from_fixed(&fixed).unwrap();
        assert_eq!(der[..6], [0x30, 38, 2, 1, 5, 2]);
        assert_eq!(der[6..9], [33, 0, 0x80]);
    }

    #[test]
    fn zero_halves_and_odd_lengths_are_no_signature() {
        assert!(ecdsa_der_from_fixed(&[1; 64]).is_ok());
        assert!(ecdsa_der_from_fixed(&[1; 63]).is_err());
        assert!(ecdsa_der_from_fixed(&[1; 132]).is_err());
        let mut zero = [1; 64];
        zero[32..].fill(0);
        assert!(ecdsa_der_from_fixed(&zero).is_err());
    }
}
