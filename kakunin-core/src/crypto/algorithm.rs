use crate::encoding::der::{Reader, Writer, tag};
use crate::encoding::{Malformed, oid};
use crate::error::{Code, Denial};

/// A signature algorithm that certificates may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SignatureAlgorithm {
    /// Ed25519 (RFC 8410).
    Ed25519,
    /// ECDSA with SHA-256, on P-256 or P-384.
    EcdsaSha256,
    /// ECDSA with SHA-384, on P-256 or P-384.
    EcdsaSha384,
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    RsaPkcs1Sha256,
    /// RSASSA-PKCS1-v1_5 with SHA-384.
    RsaPkcs1Sha384,
    /// RSASSA-PKCS1-v1_5 with SHA-512.
    RsaPkcs1Sha512,
    /// RSASSA-PSS with SHA-256, MGF1 of the same and a salt of 32 bytes.
    RsaPssSha256,
    /// RSASSA-PSS with SHA-384, MGF1 of the same and a salt of 48 bytes.
    RsaPssSha384,
    /// RSASSA-PSS with SHA-512, MGF1 of the same and a salt of 64 bytes.
    RsaPssSha512,
}

/// Algorithms named by an OID alone, and whether NULL parameters stand beside it (RFC 4055 §5) or none (RFC 5758, RFC 8410).
const PLAIN: [(SignatureAlgorithm, oid::Oid, bool); 6] = [
    (SignatureAlgorithm::Ed25519, oid::ED25519, false),
    (SignatureAlgorithm::EcdsaSha256, oid::ECDSA_SHA256, false),
    (SignatureAlgorithm::EcdsaSha384, oid::ECDSA_SHA384, false),
    (SignatureAlgorithm::RsaPkcs1Sha256, oid::RSA_SHA256, true),
    (SignatureAlgorithm::RsaPkcs1Sha384, oid::RSA_SHA384, true),
    (SignatureAlgorithm::RsaPkcs1Sha512, oid::RSA_SHA512, true),
];

/// RSASSA-PSS by hash: its OID and the length of the salt.
const PSS: [(SignatureAlgorithm, oid::Oid, i128); 3] = [
    (SignatureAlgorithm::RsaPssSha256, oid::SHA256, 32),
    (SignatureAlgorithm::RsaPssSha384, oid::SHA384, 48),
    (SignatureAlgorithm::RsaPssSha512, oid::SHA512, 64),
];

const FIELD: &str = "signatureAlgorithm";

impl SignatureAlgorithm {
    /// The algorithm that the content of an `AlgorithmIdentifier` SEQUENCE names.
    ///
    /// # Errors
    /// E307 `signature-algorithm` for an OID, `signature-parameters` for parameters that are not on the list;
    /// E101 where the content is not DER.
    pub fn from_der(content: &[u8]) -> Result<Self, Denial> {
        let mut reader = Reader::new(content);
        let name = reader.oid().map_err(malformed)?;
        if let Some((algorithm, _, null)) = PLAIN.iter().find(|(_, oid, _)| *oid == name) {
            let parameters: &[u8] = if *null { &[tag::NULL, 0] } else { &[] };
            return if reader.rest() == parameters { Ok(*algorithm) } else { Err(parameters_refused(name)) };
        }
        if name != oid::RSA_PSS {
            return Err(Denial::new(Code::AlgorithmNotAllowed, "signature-algorithm")
                .field(FIELD)
                .requested(oid::dotted(name)));
        }
        let parameters = reader.sequence().map_err(|_| parameters_refused(name))?;
        reader.finish().map_err(malformed)?;
        pss(parameters).map_err(|_| parameters_refused(name))?.ok_or_else(|| parameters_refused(name))
    }

    /// The whole `AlgorithmIdentifier`.
    pub fn to_der(self) -> Vec<u8> {
        let mut writer = Writer::new();
        writer.sequence(|w| {
            if let Some((_, oid, null)) = PLAIN.iter().find(|(algorithm, _, _)| *algorithm == self) {
                w.oid(oid);
                if *null {
                    w.primitive(tag::NULL, &[]);
                }
            } else if let Some((_, hash, salt)) = PSS.iter().find(|(algorithm, _, _)| *algorithm == self) {
                w.oid(oid::RSA_PSS);
                w.sequence(|w| write_pss(w, hash, *salt));
            }
        });
        writer.into_bytes()
    }
}

/// Reads PSS parameters: `None` where they are well-formed but not on the list.
///
/// ```asn1
/// RSASSA-PSS-params ::= SEQUENCE { hashAlgorithm [0] HashAlgorithm DEFAULT sha1, maskGenAlgorithm [1] MaskGenAlgorithm DEFAULT mgf1SHA1,
///                                  saltLength [2] INTEGER DEFAULT 20, trailerField [3] TrailerField DEFAULT 1 }   -- RFC 4055 §3.1
/// ```
fn pss(mut parameters: Reader<'_>) -> Result<Option<SignatureAlgorithm>, Malformed> {
    let hash = hash(&mut parameters.nested(tag::context_constructed(0))?)?;
    let mut generator = parameters.nested(tag::context_constructed(1))?;
    let mut mask = generator.sequence()?;
    generator.finish()?;
    let mask_name = mask.oid()?;
    let mask_hash = self::hash(&mut mask)?;
    let mut salt = parameters.nested(tag::context_constructed(2))?;
    let salt_length = salt.small_integer()?;
    salt.finish()?;
    parameters.finish()?;
    if mask_name != oid::MGF1 || mask_hash != hash {
        return Ok(None);
    }
    Ok(PSS.iter().find(|(_, name, length)| *name == hash && *length == salt_length).map(|(algorithm, _, _)| *algorithm))
}

/// The OID of a hash `AlgorithmIdentifier`, whose parameters may be NULL or absent (RFC 4055 §2.1), and nothing after it.
fn hash<'a>(reader: &mut Reader<'a>) -> Result<&'a [u8], Malformed> {
    let mut identifier = reader.sequence()?;
    reader.finish()?;
    let name = identifier.oid()?;
    if !identifier.is_empty() {
        identifier.null()?;
    }
    identifier.finish()?;
    Ok(name)
}

fn write_pss(w: &mut Writer, hash: oid::Oid, salt: i128) {
    let identifier = |w: &mut Writer| {
        w.sequence(|w| {
            w.oid(hash).primitive(tag::NULL, &[]);
        });
    };
    w.constructed(tag::context_constructed(0), identifier);
    w.constructed(tag::context_constructed(1), |w| {
        w.sequence(|w| identifier(w.oid(oid::MGF1)));
    });
    w.constructed(tag::context_constructed(2), |w| {
        w.integer(tag::INTEGER, salt);
    });
}

#[cold]
fn malformed(fault: Malformed) -> Denial {
    fault.denial(Code::CertificateMalformed, FIELD)
}

#[cold]
fn parameters_refused(name: &[u8]) -> Denial {
    Denial::new(Code::AlgorithmNotAllowed, "signature-parameters").field(FIELD).requested(oid::dotted(name))
}

/// A signature algorithm that intents may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum JwsAlgorithm {
    /// `EdDSA` with Ed25519.
    EdDsa,
    /// `ES256`: ECDSA on P-256 with SHA-256.
    Es256,
    /// `ES384`: ECDSA on P-384 with SHA-384.
    Es384,
    /// `RS256`: RSASSA-PKCS1-v1_5 with SHA-256.
    Rs256,
    /// `PS256`: RSASSA-PSS with SHA-256.
    Ps256,
}

impl JwsAlgorithm {
    /// The algorithm that the header member `alg` names. `Ed25519` (RFC 9864) is read as `EdDSA`.
    ///
    /// # Errors
    /// E307 `alg` for every other name, `none` and the HMACs among them.
    pub fn parse(name: &str) -> Result<Self, Denial> {
        match name {
            "EdDSA" | "Ed25519" => Ok(Self::EdDsa),
            "ES256" => Ok(Self::Es256),
            "ES384" => Ok(Self::Es384),
            "RS256" => Ok(Self::Rs256),
            "PS256" => Ok(Self::Ps256),
            _ => Err(Denial::new(Code::AlgorithmNotAllowed, "alg").field("alg").requested(name.to_owned())),
        }
    }

    /// The name that is written.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::EdDsa => "EdDSA",
            Self::Es256 => "ES256",
            Self::Es384 => "ES384",
            Self::Rs256 => "RS256",
            Self::Ps256 => "PS256",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all() -> impl Iterator<Item = SignatureAlgorithm> {
        PLAIN.iter().map(|row| row.0).chain(PSS.iter().map(|row| row.0))
    }

    fn content(der: &[u8]) -> &[u8] {
        Reader::new(der).element().unwrap().content
    }

    fn refusal(content: &[u8]) -> (Code, &'static str) {
        let denial = SignatureAlgorithm::from_der(content).unwrap_err();
        (denial.code(), denial.details().rule)
    }

    #[test]
    fn every_algorithm_reads_back_as_itself() {
        for algorithm in all() {
            assert_eq!(SignatureAlgorithm::from_der(content(&algorithm.to_der())), Ok(algorithm));
        }
        assert_eq!(all().count(), 9);
    }

    #[test]
    fn other_algorithms_are_not_allowed() {
        // sha1WithRSAEncryption, ecdsa-with-SHA1, ecdsa-with-SHA512, Ed448, md5WithRSAEncryption.
        for name in [
            &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x05][..],
            &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x01],
            &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x04],
            &[0x2b, 0x65, 0x71],
            &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x04],
        ] {
            let der = Writer::new().oid(name).primitive(tag::NULL, &[]).clone().into_bytes();
            assert_eq!(refusal(&der), (Code::AlgorithmNotAllowed, "signature-algorithm"));
        }
    }

    #[test]
    fn parameters_have_one_form() {
        let rsa = Writer::new().oid(oid::RSA_SHA256).clone().into_bytes();
        assert_eq!(refusal(&rsa), (Code::AlgorithmNotAllowed, "signature-parameters"));
        let ed25519 = Writer::new().oid(oid::ED25519).primitive(tag::NULL, &[]).clone().into_bytes();
        assert_eq!(refusal(&ed25519), (Code::AlgorithmNotAllowed, "signature-parameters"));
        assert_eq!(refusal(&[6, 2, 0x80, 1]), (Code::CertificateMalformed, "oid-malformed"));
        assert_eq!(refusal(&[]), (Code::CertificateMalformed, "truncated"));
    }

    #[test]
    fn pss_takes_one_hash_and_its_own_length_of_salt() {
        let with = |hash: oid::Oid, mask: oid::Oid, salt: i128, null: bool, trailer: bool| {
            let mut writer = Writer::new();
            let identifier = |w: &mut Writer, name: oid::Oid| {
                w.sequence(|w| {
                    w.oid(name);
                    if null {
                        w.primitive(tag::NULL, &[]);
                    }
                });
            };
            writer.oid(oid::RSA_PSS).sequence(|w| {
                w.constructed(0xa0, |w| identifier(w, hash));
                w.constructed(0xa1, |w| {
                    w.sequence(|w| identifier(w.oid(oid::MGF1), mask));
                });
                w.constructed(0xa2, |w| {
                    w.integer(tag::INTEGER, salt);
                });
                if trailer {
                    w.constructed(0xa3, |w| {
                        w.integer(tag::INTEGER, 1);
                    });
                }
            });
            SignatureAlgorithm::from_der(&writer.into_bytes())
        };
        let sha1: oid::Oid = &[0x2b, 0x0e, 0x03, 0x02, 0x1a];
        assert_eq!(with(oid::SHA384, oid::SHA384, 48, true, false), Ok(SignatureAlgorithm::RsaPssSha384));
        assert_eq!(with(oid::SHA384, oid::SHA384, 48, false, false), Ok(SignatureAlgorithm::RsaPssSha384));
        for bad in [
            with(oid::SHA384, oid::SHA256, 48, true, false),
            with(oid::SHA384, oid::SHA384, 32, true, false),
            with(sha1, sha1, 20, true, false),
            with(oid::SHA384, oid::SHA384, 48, true, true),
            SignatureAlgorithm::from_der(&Writer::new().oid(oid::RSA_PSS).sequence(|_| ()).clone().into_bytes()),
            SignatureAlgorithm::from_der(&Writer::new().oid(oid::RSA_PSS).clone().into_bytes()),
        ] {
            assert_eq!(bad.unwrap_err().details().rule, "signature-parameters");
        }
    }

    #[test]
    fn jws_names_read_back_and_others_are_not_allowed() {
        for name in ["EdDSA", "ES256", "ES384", "RS256", "PS256"] {
            assert_eq!(JwsAlgorithm::parse(name).unwrap().as_str(), name);
        }
        assert_eq!(JwsAlgorithm::parse("Ed25519"), Ok(JwsAlgorithm::EdDsa));
        for name in ["none", "None", "HS256", "ES512", "ES256K", "eddsa", "", "RS512"] {
            assert_eq!(JwsAlgorithm::parse(name).unwrap_err().code(), Code::AlgorithmNotAllowed, "{name}");
        }
    }
}
