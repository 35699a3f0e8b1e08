//! Object identifiers, as the content octets that stand in DER. Our own hang below one arc constant.

/// An object identifier: the content octets of its DER encoding.
pub type Oid = &'static [u8];

// `ARC` is 1.3.6.1.4.1.32473.7: the enterprise number for documentation (RFC 5612), until one is registered.
macro_rules! kakunin {
    ($($last:literal),+) => { &[0x2b, 0x06, 0x01, 0x04, 0x01, 0x81, 0xfd, 0x59, 0x07, $($last),+] };
}

/// The arc of our own object identifiers, 1.3.6.1.4.1.32473.7, dotted.
pub const ARC: &str = "1.3.6.1.4.1.32473.7";
/// Our extension `scope`, ARC.1.1.
pub const SCOPE: Oid = kakunin!(1, 1);
/// Our extension `namespace`, ARC.1.2.
pub const NAMESPACE: Oid = kakunin!(1, 2);
/// Our extension `parent`, ARC.1.3.
pub const PARENT: Oid = kakunin!(1, 3);
/// Our extension `modelHash`, ARC.1.4.
pub const MODEL_HASH: Oid = kakunin!(1, 4);
/// Our extension `development`, ARC.1.5.
pub const DEVELOPMENT: Oid = kakunin!(1, 5);
/// Extended key usage `kp-agent`, ARC.2.1.
pub const KP_AGENT: Oid = kakunin!(2, 1);
/// Extended key usage `kp-approver`, ARC.2.2.
pub const KP_APPROVER: Oid = kakunin!(2, 2);

/// authorityKeyIdentifier (RFC 5280 §4.2.1.1).
pub const AUTHORITY_KEY_IDENTIFIER: Oid = &[0x55, 0x1d, 0x23];
/// subjectKeyIdentifier (RFC 5280 §4.2.1.2).
pub const SUBJECT_KEY_IDENTIFIER: Oid = &[0x55, 0x1d, 0x0e];
/// keyUsage (RFC 5280 §4.2.1.3).
pub const KEY_USAGE: Oid = &[0x55, 0x1d, 0x0f];
/// certificatePolicies (RFC 5280 §4.2.1.4).
pub const CERTIFICATE_POLICIES: Oid = &[0x55, 0x1d, 0x20];
/// anyPolicy (RFC 5280 §4.2.1.4).
pub const ANY_POLICY: Oid = &[0x55, 0x1d, 0x20, 0x00];
/// id-qt-cps, a policy's qualifier (RFC 5280 §4.2.1.4).
pub const POLICY_CPS: Oid = &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x02, 0x01];
/// id-qt-unotice, a policy's qualifier (RFC 5280 §4.2.1.4).
pub const POLICY_USER_NOTICE: Oid = &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x02, 0x02];
/// policyMappings (RFC 5280 §4.2.1.5).
pub const POLICY_MAPPINGS: Oid = &[0x55, 0x1d, 0x21];
/// subjectAltName (RFC 5280 §4.2.1.6).
pub const SUBJECT_ALT_NAME: Oid = &[0x55, 0x1d, 0x11];
/// issuerAltName (RFC 5280 §4.2.1.7).
pub const ISSUER_ALT_NAME: Oid = &[0x55, 0x1d, 0x12];
/// subjectDirectoryAttributes (RFC 5280 §4.2.1.8).
pub const SUBJECT_DIRECTORY_ATTRIBUTES: Oid = &[0x55, 0x1d, 0x09];
/// basicConstraints (RFC 5280 §4.2.1.9).
pub const BASIC_CONSTRAINTS: Oid = &[0x55, 0x1d, 0x13];
/// nameConstraints (RFC 5280 §4.2.1.10).
pub const NAME_CONSTRAINTS: Oid = &[0x55, 0x1d, 0x1e];
/// policyConstraints (RFC 5280 §4.2.1.11).
pub const POLICY_CONSTRAINTS: Oid = &[0x55, 0x1d, 0x24];
/// extKeyUsage (RFC 5280 §4.2.1.12).
pub const EXTENDED_KEY_USAGE: Oid = &[0x55, 0x1d, 0x25];
/// cRLDistributionPoints (RFC 5280 §4.2.1.13).
pub const CRL_DISTRIBUTION_POINTS: Oid = &[0x55, 0x1d, 0x1f];
/// inhibitAnyPolicy (RFC 5280 §4.2.1.14).
pub const INHIBIT_ANY_POLICY: Oid = &[0x55, 0x1d, 0x36];
/// freshestCRL (RFC 5280 §4.2.1.15).
pub const FRESHEST_CRL: Oid = &[0x55, 0x1d, 0x2e];
/// authorityInfoAccess (RFC 5280 §4.2.2.1).
pub const AUTHORITY_INFORMATION_ACCESS: Oid = &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x01, 0x01];
/// subjectInfoAccess (RFC 5280 §4.2.2.2).
pub const SUBJECT_INFORMATION_ACCESS: Oid = &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x01, 0x0b];
/// id-ad-ocsp, an access method (RFC 5280 §4.2.2.1).
pub const ACCESS_OCSP: Oid = &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x30, 0x01];
/// cRLNumber (RFC 5280 §5.2.3).
pub const CRL_NUMBER: Oid = &[0x55, 0x1d, 0x14];
/// issuingDistributionPoint (RFC 5280 §5.2.5).
pub const ISSUING_DISTRIBUTION_POINT: Oid = &[0x55, 0x1d, 0x1c];
/// deltaCRLIndicator (RFC 5280 §5.2.4).
pub const DELTA_CRL_INDICATOR: Oid = &[0x55, 0x1d, 0x1b];
/// reasonCode of a CRL entry (RFC 5280 §5.3.1).
pub const REASON_CODE: Oid = &[0x55, 0x1d, 0x15];
/// invalidityDate of a CRL entry (RFC 5280 §5.3.2).
pub const INVALIDITY_DATE: Oid = &[0x55, 0x1d, 0x18];
/// certificateIssuer of a CRL entry (RFC 5280 §5.3.3).
pub const CERTIFICATE_ISSUER: Oid = &[0x55, 0x1d, 0x1d];

/// id-kp-serverAuth (RFC 5280 §4.2.1.12).
pub const KP_SERVER_AUTH: Oid = &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x01];
/// id-kp-clientAuth (RFC 5280 §4.2.1.12).
pub const KP_CLIENT_AUTH: Oid = &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x02];
/// anyExtendedKeyUsage (RFC 5280 §4.2.1.12).
pub const ANY_EXTENDED_KEY_USAGE: Oid = &[0x55, 0x1d, 0x25, 0x00];

/// id-Ed25519 (RFC 8410).
pub const ED25519: Oid = &[0x2b, 0x65, 0x70];
/// id-ecPublicKey (RFC 5480).
pub const EC_PUBLIC_KEY: Oid = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
/// secp256r1 (RFC 5480).
pub const P256: Oid = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
/// secp384r1 (RFC 5480).
pub const P384: Oid = &[0x2b, 0x81, 0x04, 0x00, 0x22];
/// ecdsa-with-SHA256 (RFC 5758).
pub const ECDSA_SHA256: Oid = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02];
/// ecdsa-with-SHA384 (RFC 5758).
pub const ECDSA_SHA384: Oid = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x03];
/// rsaEncryption (RFC 8017).
pub const RSA_ENCRYPTION: Oid = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];
/// sha256WithRSAEncryption (RFC 8017).
pub const RSA_SHA256: Oid = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0b];
/// sha384WithRSAEncryption (RFC 8017).
pub const RSA_SHA384: Oid = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0c];
/// sha512WithRSAEncryption (RFC 8017).
pub const RSA_SHA512: Oid = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0d];
/// id-RSASSA-PSS (RFC 8017).
pub const RSA_PSS: Oid = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0a];
/// id-mgf1 (RFC 8017).
pub const MGF1: Oid = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x08];
/// id-sha256 (RFC 8017).
pub const SHA256: Oid = &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01];
/// id-sha384 (RFC 8017).
pub const SHA384: Oid = &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x02];
/// id-sha512 (RFC 8017).
pub const SHA512: Oid = &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x03];
/// emailAddress (RFC 5280 §4.1.2.6).
pub const EMAIL_ADDRESS: Oid = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x01];
/// id-on-SmtpUTF8Mailbox, an otherName (RFC 9598 §3).
pub const SMTP_UTF8_MAILBOX: Oid = &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x08, 0x09];
/// id-sha1 (RFC 3370 §2.1).
pub const SHA1: Oid = &[0x2b, 0x0e, 0x03, 0x02, 0x1a];
/// id-kp-OCSPSigning (RFC 5280 §4.2.1.12).
pub const KP_OCSP_SIGNING: Oid = &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x09];
/// id-pkix-ocsp-basic (RFC 6960 §4.2.1).
pub const OCSP_BASIC: Oid = &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x30, 0x01, 0x01];
/// id-pkix-ocsp-nonce (RFC 6960 §4.4.1).
pub const OCSP_NONCE: Oid = &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x30, 0x01, 0x02];
/// id-pkix-ocsp-nocheck (RFC 6960 §4.2.2.2.1).
pub const OCSP_NOCHECK: Oid = &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x30, 0x01, 0x05];
/// commonName (X.520).
pub const COMMON_NAME: Oid = &[0x55, 0x04, 0x03];

/// The dotted form of an object identifier's content octets; what is not one is shown as hex.
pub fn dotted(content: &[u8]) -> String {
    let mut arcs = Vec::new();
    let mut arc: u128 = 0;
    for (index, byte) in content.iter().enumerate() {
        if arc >> 121 != 0 {
            return hex(content);
        }
        arc = (arc << 7) | u128::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            if arcs.is_empty() {
                let first = (arc / 40).min(2);
                arcs.push(first.to_string());
                arc -= first * 40;
            }
            arcs.push(arc.to_string());
            arc = 0;
        } else if index + 1 == content.len() {
            return hex(content);
        }
    }
    arcs.join(".")
}

/// The content octets of the object identifier that `text` writes: `2.5.29.32`. `None` where it is not one, or an arc is
/// beyond 32 bits.
pub fn from_dotted(text: &str) -> Option<Vec<u8>> {
    let arc = |text: &str| {
        let plain = text.bytes().all(|byte| byte.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
        text.parse::<u32>().ok().filter(|_| plain)
    };
    let mut arcs = text.split('.').map(arc);
    let (first, second) = (arcs.next()??, arcs.next()??);
    if first > 2 || first < 2 && second > 39 {
        return None;
    }
    let joined = std::iter::once(Some(u64::from(first) * 40 + u64::from(second)));
    let mut content = Vec::new();
    for arc in joined.chain(arcs.map(|arc| arc.map(u64::from))) {
        let arc = arc?;
        // Seven bits an octet, the highest set in all but the last.
        let octets = (0..5).rev().skip_while(|index| *index > 0 && arc >> (7 * index) == 0);
        content.extend(octets.map(|index| (arc >> (7 * index)) as u8 & 0x7f | if index > 0 { 0x80 } else { 0 }));
    }
    Some(content)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dotted_forms_read_back_and_have_no_other_form() {
        for content in
            [SCOPE, ED25519, BASIC_CONSTRAINTS, ANY_POLICY, &[0x88, 0x37], &[0x2a, 0x8f, 0xff, 0xff, 0xff, 0x7f]]
        {
            assert_eq!(from_dotted(&dotted(content)).as_deref(), Some(content));
        }
        for bad in
            ["", "1", "1.", "3.1", "1.40", "1.2.", "1.2.-3", "1.2.+3", "1.2.03", "1.2.4294967296", "1.2.x", " 1.2.3"]
        {
            assert_eq!(from_dotted(bad), None, "{bad}");
        }
    }

    #[test]
    fn dotted_reads_arcs() {
        assert_eq!(dotted(SCOPE), format!("{ARC}.1.1"));
        assert_eq!(dotted(ED25519), "1.3.101.112");
        assert_eq!(dotted(BASIC_CONSTRAINTS), "2.5.29.19");
        assert_eq!(dotted(&[0x88, 0x37]), "2.999");
        assert_eq!(dotted(&[0x2b, 0x86]), "2b86");
    }
}
