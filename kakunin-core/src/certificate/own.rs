use crate::crypto::Digest;
use crate::encoding::Malformed;
use crate::encoding::der::Reader;

/// Most prefixes in a namespace (profile §1).
const PREFIXES: usize = 16;

/// The prefixes of a `namespace`, in order.
///
/// ```asn1
/// Namespace ::= SEQUENCE SIZE (1..16) OF UTF8String
/// ```
#[derive(Clone, Debug)]
pub struct Namespace<'a> {
    prefixes: Reader<'a>,
}

impl<'a> Namespace<'a> {
    /// The prefixes in [`Namespace::content`] of one that was read.
    pub(crate) const fn of_checked(content: &'a [u8]) -> Self {
        Self { prefixes: Reader::new(content) }
    }

    /// The content of the SEQUENCE, from the next prefix on.
    pub(crate) const fn content(&self) -> &'a [u8] {
        self.prefixes.rest()
    }

    pub(super) fn read(value: &'a [u8]) -> Result<Self, Malformed> {
        let mut outer = Reader::new(value);
        let prefixes = outer.sequence()?;
        outer.finish()?;
        let mut reader = prefixes.clone();
        let mut count = 0;
        while !reader.is_empty() {
            if reader.utf8()?.is_empty() {
                return Err(Malformed::new("namespace-prefix-empty"));
            }
            count += 1;
        }
        match count {
            0 => Err(Malformed::new("namespace-empty")),
            1..=PREFIXES => Ok(Self { prefixes }),
            _ => Err(Malformed::new("namespace-too-many")),
        }
    }
}

impl<'a> Iterator for Namespace<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        self.prefixes.utf8().ok()
    }
}

/// `OCTET STRING (SIZE (32))`: the content of `parent` and of `modelHash`.
pub(super) fn digest(value: &[u8]) -> Result<Digest, Malformed> {
    let mut reader = Reader::new(value);
    let digest = reader.octet_string()?;
    reader.finish()?;
    digest.try_into().map_err(|_| Malformed::new("digest-length"))
}

/// `NULL`: the content of `development`.
pub(super) fn null(value: &[u8]) -> Result<(), Malformed> {
    let mut reader = Reader::new(value);
    reader.null()?;
    reader.finish()
}
