use std::fmt;
use std::sync::{Arc, OnceLock};

use super::ed25519::is_strict_point;
use super::{Digest, roca, sha256};
use crate::encoding::der::{Reader, tag};
use crate::encoding::{Malformed, oid};
use crate::error::{Code, Denial};

/// The kind of a public key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum KeyKind {
    /// Ed25519.
    Ed25519,
    /// ECDSA on P-256.
    P256,
    /// ECDSA on P-384.
    P384,
    /// RSA.
    Rsa {
        /// Bits of the modulus, 2048 to 8192.
        bits: u16,
    },
}

/// A public key of a kind on the list, with its `SubjectPublicKeyInfo`. Cheap to clone.
#[derive(Clone)]
pub struct PublicKey {
    spki: Arc<[u8]>,
    /// Computed when it is first asked for: an agent's is hardly ever.
    spki_hash: OnceLock<Digest>,
    kind: KeyKind,
    /// Where in `spki` the bytes begin that the library reads, up to its end: the key, the point, the `RSAPublicKey`.
    key: usize,
}

/// Largest RSA modulus of profile `agent`, in bits: what its issuers are asked to use at most (profile §1).
pub const RSA_BITS_AGENT: u16 = 4_096;

/// Largest RSA modulus of profile `pkix`, in bits: what both libraries verify with. A larger one only costs time
/// (CVE-2023-29409).
pub const RSA_BITS_PKIX: u16 = 8_192;

const FIELD: &str = "subjectPublicKeyInfo";

impl PublicKey {
    /// Reads a `SubjectPublicKeyInfo` as profile `agent` has it: RSA up to [`RSA_BITS_AGENT`].
    ///
    /// # Errors
    /// As [`PublicKey::from_spki_up_to`].
    pub fn from_spki(der: &[u8]) -> Result<Self, Denial> {
        Self::from_spki_up_to(der, RSA_BITS_AGENT)
    }

    /// Reads a `SubjectPublicKeyInfo`; an RSA modulus may have up to `rsa_bits`, and never more than [`RSA_BITS_PKIX`].
    ///
    /// ```asn1
    /// SubjectPublicKeyInfo ::= SEQUENCE { algorithm AlgorithmIdentifier, subjectPublicKey BIT STRING }   -- RFC 5280 §4.1
    /// ```
    ///
    /// # Errors
    /// E307 for a key that is not on the list: `key-algorithm`, `key-parameters`, `ec-curve` (explicit parameters too), `ec-point`,
    /// `rsa-size`, `rsa-exponent`, `rsa-modulus`, `rsa-roca`, `ed25519-key`. E101 where `der` is not one.
    pub fn from_spki_up_to(der: &[u8], rsa_bits: u16) -> Result<Self, Denial> {
        let malformed = |fault: Malformed| fault.denial(Code::CertificateMalformed, FIELD);
        let mut outer = Reader::new(der);
        let mut spki = outer.sequence().map_err(malformed)?;
        outer.finish().map_err(malformed)?;
        let mut algorithm = spki.sequence().map_err(malformed)?;
        let key = spki.bit_string().map_err(malformed)?;
        spki.finish().map_err(malformed)?;
        let name = algorithm.oid().map_err(malformed)?;
        let kind = match name {
            name if name == oid::ED25519 => ed25519(algorithm, key),
            name if name == oid::EC_PUBLIC_KEY => elliptic(algorithm, key),
            name if name == oid::RSA_ENCRYPTION => rsa(algorithm, key, rsa_bits.min(RSA_BITS_PKIX)),
            _ => Err(Fault::NotAllowed("key-algorithm")),
        };
        let kind = kind.map_err(|fault| match fault {
            Fault::NotAllowed(rule) => {
                Denial::new(Code::AlgorithmNotAllowed, rule).field(FIELD).requested(oid::dotted(name))
            }
            Fault::Malformed(fault) => malformed(fault),
        })?;
        // INVARIANT: the BIT STRING ends the sequence, and the sequence ends `der`.
        Ok(Self { spki: der.into(), spki_hash: OnceLock::new(), kind, key: der.len() - key.len() })
    }

    /// The `SubjectPublicKeyInfo`, DER.
    pub fn spki(&self) -> &[u8] {
        &self.spki
    }

    /// SHA-256 of the `SubjectPublicKeyInfo`.
    pub fn spki_hash(&self) -> &Digest {
        self.spki_hash.get_or_init(|| sha256(&self.spki))
    }

    /// The kind.
    pub const fn kind(&self) -> KeyKind {
        self.kind
    }

    /// The subjectPublicKey's bits.
    pub(crate) fn key_bits(&self) -> &[u8] {
        self.key()
    }

    pub(super) fn key(&self) -> &[u8] {
        self.spki.get(self.key..).unwrap_or_default()
    }
}

impl PartialEq for PublicKey {
    fn eq(&self, other: &Self) -> bool {
        self.spki == other.spki
    }
}

impl Eq for PublicKey {}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PublicKey").field("kind", &self.kind).field("spki_hash", self.spki_hash()).finish()
    }
}

enum Fault {
    NotAllowed(&'static str),
    Malformed(Malformed),
}

impl From<Malformed> for Fault {
    fn from(fault: Malformed) -> Self {
        Self::Malformed(fault)
    }
}

/// RFC 8410 §3: no parameters; the key is a point in 32 bytes.
fn ed25519(parameters: Reader<'_>, key: &[u8]) -> Result<KeyKind, Fault> {
    if !parameters.is_empty() {
        return Err(Fault::NotAllowed("key-parameters"));
    }
    let point: &[u8; 32] = key.try_into().map_err(|_| Malformed::new("ed25519-length"))?;
    if is_strict_point(point) { Ok(KeyKind::Ed25519) } else { Err(Fault::NotAllowed("ed25519-key")) }
}

/// RFC 5480 §2: the curve by name, the point uncompressed.
fn elliptic(mut parameters: Reader<'_>, point: &[u8]) -> Result<KeyKind, Fault> {
    if parameters.peek() != Some(tag::OID) {
        return Err(Fault::NotAllowed("ec-curve"));
    }
    let curve = parameters.oid()?;
    parameters.finish()?;
    let (kind, length) = match curve {
        curve if curve == oid::P256 => (KeyKind::P256, 65),
        curve if curve == oid::P384 => (KeyKind::P384, 97),
        _ => return Err(Fault::NotAllowed("ec-curve")),
    };
    if point.len() != length || point.first() != Some(&4) {
        return Err(Fault::NotAllowed("ec-point"));
    }
    Ok(kind)
}

/// Smallest RSA modulus, in bits (NIST SP 800-131A rev. 2 §3).
const RSA_BITS_MIN: u16 = 2_048;

/// Smallest RSA exponent. 65537: smaller ones turn padding faults into forgeries (CVE-2006-4339), and no CA issues them.
const RSA_EXPONENT_MIN: i128 = 65_537;
/// Largest RSA exponent. 2^33−1: what both libraries verify with; larger ones only cost time.
const RSA_EXPONENT_MAX: i128 = (1 << 33) - 1;

/// RFC 8017 §A.1.1, RFC 3279 §2.3.1: NULL parameters, `RSAPublicKey ::= SEQUENCE { modulus INTEGER, publicExponent INTEGER }`.
fn rsa(parameters: Reader<'_>, key: &[u8], most_bits: u16) -> Result<KeyKind, Fault> {
    if parameters.rest() != [tag::NULL, 0] {
        return Err(Fault::NotAllowed("key-parameters"));
    }
    let mut outer = Reader::new(key);
    let mut numbers = outer.sequence()?;
    outer.finish()?;
    let modulus = numbers.integer()?;
    let exponent = numbers.integer()?;
    numbers.finish()?;
    let magnitude = match modulus {
        [0, magnitude @ ..] => magnitude,
        [first, ..] if first & 0x80 == 0 => modulus,
        _ => return Err(Fault::NotAllowed("rsa-modulus")),
    };
    let spare = magnitude.first().map_or(0, |first| first.leading_zeros() as usize);
    let bits = magnitude.len() * 8 - spare;
    let bits = u16::try_from(bits).ok().filter(|bits| (RSA_BITS_MIN..=most_bits).contains(bits));
    let bits = bits.ok_or(Fault::NotAllowed("rsa-size"))?;
    if magnitude.last().is_none_or(|last| last & 1 == 0) {
        return Err(Fault::NotAllowed("rsa-modulus"));
    }
    if roca::has_fingerprint(magnitude) {
        return Err(Fault::NotAllowed("rsa-roca"));
    }
    let exponent = crate::encoding::der::small_integer(exponent).map_err(|_| Fault::NotAllowed("rsa-exponent"))?;
    if exponent & 1 == 0 || !(RSA_EXPONENT_MIN..=RSA_EXPONENT_MAX).contains(&exponent) {
        return Err(Fault::NotAllowed("rsa-exponent"));
    }
    Ok(KeyKind::Rsa { bits })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::encoding::der::Writer;

    fn spki(algorithm: impl FnOnce(&mut Writer) -> &mut Writer, key: &[u8]) -> Vec<u8> {
        let mut writer = Writer::new();
        writer.sequence(|w| {
            w.sequence(|w| {
                algorithm(w);
            })
            .bit_string(key);
        });
        writer.into_bytes()
    }

    fn ed25519_spki(key: &[u8]) -> Vec<u8> {
        spki(|w| w.oid(oid::ED25519), key)
    }

    fn ec_spki(curve: oid::Oid, key: &[u8]) -> Vec<u8> {
        spki(|w| w.oid(oid::EC_PUBLIC_KEY).oid(curve), key)
    }

    fn rsa_spki(modulus: &[u8], exponent: i128) -> Vec<u8> {
        let mut key = Writer::new();
        key.sequence(|w| {
            w.primitive(tag::INTEGER, modulus).integer(tag::INTEGER, exponent);
        });
        spki(|w| w.oid(oid::RSA_ENCRYPTION).primitive(tag::NULL, &[]), &key.into_bytes())
    }

    fn modulus(bytes: usize) -> Vec<u8> {
        let mut modulus = vec![0xa5; bytes + 1];
        modulus[0] = 0;
        modulus
    }

    fn refusal(der: &[u8]) -> (Code, &'static str) {
        let denial = PublicKey::from_spki(der).unwrap_err();
        (denial.code(), denial.details().rule)
    }

    fn not_allowed(der: &[u8]) -> &'static str {
        let (code, rule) = refusal(der);
        assert_eq!(code, Code::AlgorithmNotAllowed, "{rule}");
        rule
    }

    fn point(length: usize) -> Vec<u8> {
        let mut point = vec![7; length];
        point[0] = 4;
        point
    }

    #[test]
    fn listed_kinds_are_read() {
        for (der, kind) in [
            (ed25519_spki(&[7; 32]), KeyKind::Ed25519),
            (ec_spki(oid::P256, &point(65)), KeyKind::P256),
            (ec_spki(oid::P384, &point(97)), KeyKind::P384),
            (rsa_spki(&modulus(256), 65_537), KeyKind::Rsa { bits: 2_048 }),
            (rsa_spki(&modulus(512), 65_537), KeyKind::Rsa { bits: 4_096 }),
        ] {
            let key = PublicKey::from_spki(&der).unwrap();
            assert_eq!((key.kind(), key.spki(), key.spki_hash()), (kind, der.as_slice(), &sha256(&der)));
        }
        assert_eq!(PublicKey::from_spki(&ed25519_spki(&[7; 32])).unwrap().key(), [7; 32]);
    }

    #[test]
    fn broken_der_is_malformed() {
        let good = ed25519_spki(&[7; 32]);
        assert_eq!(refusal(&[&good[..], &[0]].concat()), (Code::CertificateMalformed, "trailing-data"));
        assert_eq!(refusal(&good[..good.len() - 1]), (Code::CertificateMalformed, "truncated"));
        let mut unused = good.clone();
        let at = unused.len() - 33;
        unused[at] = 1;
        assert_eq!(refusal(&unused), (Code::CertificateMalformed, "bit-string-unused-bits"));
        assert_eq!(refusal(&ed25519_spki(&[7; 31])), (Code::CertificateMalformed, "ed25519-length"));
    }

    #[test]
    fn ed25519_points_of_small_order_and_unreduced_ones_are_refused() {
        let mut points = vec![[0; 32], [0; 32]];
        points[1][0] = 1;
        for low in [0xec, 0xed, 0xee, 0xff] {
            let mut point = [0xff; 32];
            (point[0], point[31]) = (low, 0x7f);
            points.push(point);
        }
        // The two y coordinates of order 8.
        points.push(*b"\x26\xe8\x95\x8f\xc2\xb2\x27\xb0\x45\xc3\xf4\x89\xf2\xef\x98\xf0\xd5\xdf\xac\x05\xd3\xc6\x33\x39\xb1\x38\x02\x88\x6d\x53\xfc\x05");
        points.push(*b"\xc7\x17\x6a\x70\x3d\x4d\xd8\x4f\xba\x3c\x0b\x76\x0d\x10\x67\x0f\x2a\x20\x53\xfa\x2c\x39\xcc\xc6\x4e\xc7\xfd\x77\x92\xac\x03\x7a");
        for mut point in points {
            assert_eq!(not_allowed(&ed25519_spki(&point)), "ed25519-key");
            point[31] |= 0x80;
            assert_eq!(not_allowed(&ed25519_spki(&point)), "ed25519-key");
        }
        // p − 2, the largest y of a larger order.
        let mut point = [0xff; 32];
        (point[0], point[31]) = (0xeb, 0x7f);
        assert!(PublicKey::from_spki(&ed25519_spki(&point)).is_ok());
    }

    #[test]
    fn curves_are_named_and_points_uncompressed() {
        let secp256k1: oid::Oid = &[0x2b, 0x81, 0x04, 0x00, 0x0a];
        assert_eq!(not_allowed(&ec_spki(secp256k1, &point(65))), "ec-curve");
        let explicit = spki(|w| w.oid(oid::EC_PUBLIC_KEY).sequence(|_| ()), &point(65));
        assert_eq!(not_allowed(&explicit), "ec-curve");
        let absent = spki(|w| w.oid(oid::EC_PUBLIC_KEY), &point(65));
        assert_eq!(not_allowed(&absent), "ec-curve");
        let mut compressed = vec![2; 33];
        compressed[1] = 9;
        assert_eq!(not_allowed(&ec_spki(oid::P256, &compressed)), "ec-point");
        assert_eq!(not_allowed(&ec_spki(oid::P384, &point(65))), "ec-point");
        assert_eq!(not_allowed(&ec_spki(oid::P256, &[])), "ec-point");
    }

    #[test]
    fn rsa_keys_of_the_library_that_made_them_guessable_are_refused() {
        let mut modulus = roca::tests::power();
        assert_eq!(not_allowed(&rsa_spki(&modulus, 65_537)), "rsa-roca");
        *modulus.last_mut().unwrap() += 2;
        assert!(PublicKey::from_spki(&rsa_spki(&modulus, 65_537)).is_ok());
    }

    #[test]
    fn rsa_keys_have_a_size_and_an_exponent_within_bounds() {
        assert_eq!(not_allowed(&rsa_spki(&modulus(128), 65_537)), "rsa-size");
        assert_eq!(not_allowed(&rsa_spki(&modulus(513), 65_537)), "rsa-size");
        let largest = rsa_spki(&modulus(1_024), 65_537);
        assert_eq!(not_allowed(&largest), "rsa-size");
        assert_eq!(PublicKey::from_spki_up_to(&largest, RSA_BITS_PKIX).unwrap().kind(), KeyKind::Rsa { bits: 8_192 });
        for (bytes, most) in [(1_024, 8_191), (1_025, RSA_BITS_PKIX), (1_025, u16::MAX), (255, RSA_BITS_PKIX)] {
            let denial = PublicKey::from_spki_up_to(&rsa_spki(&modulus(bytes), 65_537), most).unwrap_err();
            assert_eq!(denial.details().rule, "rsa-size", "{bytes} {most}");
        }
        let mut short = modulus(256);
        short.remove(0);
        short[0] = 0x7f;
        assert_eq!(not_allowed(&rsa_spki(&short, 65_537)), "rsa-size");
        for exponent in [-1, 1, 3, 65_535, 65_538, 1 << 33, (1 << 33) + 1] {
            assert_eq!(not_allowed(&rsa_spki(&modulus(256), exponent)), "rsa-exponent", "{exponent}");
        }
        let mut even = modulus(256);
        even[256] = 2;
        assert_eq!(not_allowed(&rsa_spki(&even, 65_537)), "rsa-modulus");
        let mut negative = modulus(256);
        negative.remove(0);
        assert_eq!(not_allowed(&rsa_spki(&negative, 65_537)), "rsa-modulus");
    }

    #[test]
    fn other_keys_and_other_parameters_are_refused() {
        let x25519: oid::Oid = &[0x2b, 0x65, 0x6e];
        assert_eq!(not_allowed(&spki(|w| w.oid(x25519), &[7; 32])), "key-algorithm");
        assert_eq!(not_allowed(&spki(|w| w.oid(oid::RSA_PSS), &[7; 32])), "key-algorithm");
        let with_null = spki(|w| w.oid(oid::ED25519).primitive(tag::NULL, &[]), &[7; 32]);
        assert_eq!(not_allowed(&with_null), "key-parameters");
        assert_eq!(not_allowed(&spki(|w| w.oid(oid::RSA_ENCRYPTION), &[7; 32])), "key-parameters");
    }
}
