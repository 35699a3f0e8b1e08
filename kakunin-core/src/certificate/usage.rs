use crate::encoding::Malformed;
use crate::encoding::der::{self, Reader, tag};

/// ```asn1
/// BasicConstraints ::= SEQUENCE { cA BOOLEAN DEFAULT FALSE, pathLenConstraint INTEGER (0..MAX) OPTIONAL }   -- RFC 5280 §4.2.1.9
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BasicConstraints {
    /// Whether the subject may sign certificates.
    pub ca: bool,
    /// How many certificates may stand between this one and the last. Only with `ca`.
    pub path_len: Option<u8>,
}

impl BasicConstraints {
    /// `path_len` ends at 255: no path that is accepted here comes near.
    pub(super) fn read(value: &[u8]) -> Result<Self, Malformed> {
        let mut outer = Reader::new(value);
        let mut fields = outer.sequence()?;
        outer.finish()?;
        let ca = fields.peek() == Some(tag::BOOLEAN);
        if ca && !fields.boolean()? {
            return Err(Malformed::new("default-encoded"));
        }
        let path_len = match fields.optional(tag::INTEGER)? {
            Some(element) => {
                let number = der::small_integer(der::integer(element.content)?);
                Some(number.ok().and_then(|n| u8::try_from(n).ok()).ok_or(Malformed::new("path-length"))?)
            }
            None => None,
        };
        fields.finish()?;
        if path_len.is_some() && !ca {
            return Err(Malformed::new("path-length-without-ca"));
        }
        Ok(Self { ca, path_len })
    }
}

/// keyUsage (RFC 5280 §4.2.1.3): at least one bit is set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyUsage {
    /// The bits, `digitalSignature` (0) highest.
    bits: u16,
}

impl KeyUsage {
    /// `KeyUsage ::= BIT STRING { digitalSignature (0), …, keyCertSign (5), cRLSign (6), …, decipherOnly (8) }`
    ///
    /// A named bit list has no trailing zeros in DER (X.690 §11.2.2), and unused bits are zero (§11.2.1).
    pub(super) fn read(value: &[u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::new(value);
        let content = reader.expect(tag::BIT_STRING)?.content;
        reader.finish()?;
        let (unused, bits) = match content {
            [] => return Err(Malformed::new("bit-string-empty")),
            [_] => return Err(Malformed::new("key-usage-empty")),
            [unused, first] => (*unused, u16::from_be_bytes([*first, 0])),
            // Bit 8 is the last that has a name.
            [unused, first, second @ (0 | 0x80)] => (*unused, u16::from_be_bytes([*first, *second])),
            _ => return Err(Malformed::new("key-usage-bits")),
        };
        let last = content.last().copied().unwrap_or_default();
        if last == 0 || u32::from(unused) != last.trailing_zeros() {
            return Err(Malformed::new("bit-list-not-minimal"));
        }
        Ok(Self { bits })
    }

    /// digitalSignature: it may sign what is neither a certificate nor a CRL.
    pub const fn digital_signature(self) -> bool {
        self.has(0)
    }

    /// keyCertSign.
    pub const fn key_cert_sign(self) -> bool {
        self.has(5)
    }

    /// cRLSign.
    pub const fn crl_sign(self) -> bool {
        self.has(6)
    }

    const fn has(self, bit: u8) -> bool {
        self.bits & (0x8000 >> bit) != 0
    }
}

/// extKeyUsage (RFC 5280 §4.2.1.12): at least one usage, none twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExtendedKeyUsages<'a> {
    /// The content of the SEQUENCE, checked.
    content: &'a [u8],
}

/// Most usages that are compared with each other. 32: RFC 5280 defines 6.
const EXTENDED_KEY_USAGES: usize = 32;

impl<'a> ExtendedKeyUsages<'a> {
    /// `ExtKeyUsageSyntax ::= SEQUENCE SIZE (1..MAX) OF KeyPurposeId`
    pub(super) fn read(value: &'a [u8]) -> Result<Self, Malformed> {
        let mut outer = Reader::new(value);
        let content = outer.expect(tag::SEQUENCE)?.content;
        outer.finish()?;
        let mut reader = Reader::new(content);
        let mut count = 0;
        while !reader.is_empty() {
            let id = reader.oid()?;
            if (Self { content }).iter().take(count).any(|earlier| earlier == id) {
                return Err(Malformed::new("extended-key-usage-duplicate"));
            }
            count += 1;
            if count > EXTENDED_KEY_USAGES {
                return Err(Malformed::new("too-many-extended-key-usages"));
            }
        }
        if count == 0 { Err(Malformed::new("extended-key-usage-empty")) } else { Ok(Self { content }) }
    }

    /// The usages' OIDs, as content octets.
    pub fn iter(self) -> impl Iterator<Item = &'a [u8]> {
        let mut reader = Reader::new(self.content);
        std::iter::from_fn(move || reader.element().ok().map(|element| element.content))
    }

    /// Whether the usage `id` is listed.
    pub fn contains(self, id: &[u8]) -> bool {
        self.iter().any(|usage| usage == id)
    }
}
