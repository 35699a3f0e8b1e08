use super::general_name::{GeneralName, Role};
use crate::encoding::Malformed;
use crate::encoding::der::{Reader, tag};
use crate::scope::{is_host_name, split_address};

/// nameConstraints: which names may stand in the certificates below. At least one subtree.
///
/// ```asn1
/// NameConstraints ::= SEQUENCE { permittedSubtrees [0] GeneralSubtrees OPTIONAL, excludedSubtrees [1] GeneralSubtrees OPTIONAL }
/// GeneralSubtrees ::= SEQUENCE SIZE (1..MAX) OF GeneralSubtree   -- RFC 5280 §4.2.1.10
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NameConstraints<'a> {
    /// The extension's value, checked.
    der: &'a [u8],
}

impl<'a> NameConstraints<'a> {
    /// # Errors
    /// `name-constraints-empty`, `subtrees-empty`, `too-many-subtrees`, and the rules of [`subtree`].
    pub(super) fn read(der: &'a [u8]) -> Result<Self, Malformed> {
        let mut outer = Reader::new(der);
        let mut fields = outer.sequence()?;
        outer.finish()?;
        let subtrees = [fields.optional(PERMITTED)?, fields.optional(EXCLUDED)?];
        fields.finish()?;
        if subtrees.iter().all(Option::is_none) {
            return Err(Malformed::new("name-constraints-empty"));
        }
        let mut count = 0;
        for mut list in subtrees.into_iter().flatten().map(|subtrees| Reader::new(subtrees.content)) {
            if list.is_empty() {
                return Err(Malformed::new("subtrees-empty"));
            }
            while !list.is_empty() {
                subtree(list.sequence()?)?;
                count += 1;
            }
        }
        if count > SUBTREES { Err(Malformed::new("too-many-subtrees")) } else { Ok(Self { der }) }
    }

    /// The constraints whose whole value `der` is and was checked.
    pub(crate) const fn of_checked(der: &'a [u8]) -> Self {
        Self { der }
    }

    /// The extension's value.
    pub const fn der(self) -> &'a [u8] {
        self.der
    }

    /// The bases of permittedSubtrees, in order.
    pub fn permitted(self) -> Subtrees<'a> {
        self.subtrees(PERMITTED)
    }

    /// The bases of excludedSubtrees, in order.
    pub fn excluded(self) -> Subtrees<'a> {
        self.subtrees(EXCLUDED)
    }

    fn subtrees(self, wanted: u8) -> Subtrees<'a> {
        let mut fields = Reader::new(self.der).sequence().unwrap_or(Reader::new(&[]));
        let found = std::iter::from_fn(|| fields.element().ok()).find(|subtrees| subtrees.tag == wanted);
        Subtrees { list: Reader::new(found.map_or(&[], |subtrees| subtrees.content)) }
    }
}

const PERMITTED: u8 = tag::context_constructed(0);
const EXCLUDED: u8 = tag::context_constructed(1);

/// Most subtrees in one extension, permitted and excluded together. 1,024: lists of whole government bridges have a few
/// hundred, and what is compared with each is spent from a budget besides.
const SUBTREES: usize = 1_024;

/// Checks a subtree, given its SEQUENCE's content, and gives its base.
///
/// ```asn1
/// GeneralSubtree ::= SEQUENCE { base GeneralName, minimum [0] BaseDistance DEFAULT 0, maximum [1] BaseDistance OPTIONAL }
/// BaseDistance   ::= INTEGER (0..MAX)
/// ```
///
/// # Errors
/// `subtree-distance` for a minimum other than 0 or any maximum, `subtree-base` for a base that is not of its form, and what
/// [`GeneralName`] refuses.
fn subtree(mut fields: Reader<'_>) -> Result<(), Malformed> {
    let base = GeneralName::read(fields.element()?, Role::Base)?;
    if let Some(minimum) = fields.optional(tag::context(0))? {
        let rule = if minimum.content == [0] { "default-encoded" } else { "subtree-distance" };
        return Err(Malformed::new(rule));
    }
    if fields.optional(tag::context(1))?.is_some() {
        return Err(Malformed::new("subtree-distance"));
    }
    fields.finish()?;
    // A text without characters is the base of all names of its form, as an empty directoryName is.
    let well_formed = match base {
        GeneralName::Dns(text) => text.is_empty() || is_host_name(text),
        GeneralName::Uri(text) => text.is_empty() || is_host_or_domain(text),
        GeneralName::Email(text) => text.is_empty() || is_host_or_domain(text) || split_address(text).is_some(),
        GeneralName::Ip(range) => is_mask(range.split_at(range.len() / 2).1),
        GeneralName::Directory(_) | GeneralName::Other { .. } | GeneralName::RegisteredId(_) => true,
    };
    if well_formed { Ok(()) } else { Err(Malformed::new("subtree-base")) }
}

/// `host.example`, or `.example` for what is below it.
fn is_host_or_domain(text: &str) -> bool {
    is_host_name(text.strip_prefix('.').unwrap_or(text))
}

/// Whether all ones stand before all zeros (RFC 4632 §3.1).
fn is_mask(mask: &[u8]) -> bool {
    let ones = mask.iter().take_while(|octet| **octet == 0xff).count();
    let mut rest = mask.iter().skip(ones);
    rest.next().is_none_or(|octet| octet.leading_ones() + octet.trailing_zeros() == u8::BITS)
        && rest.all(|octet| *octet == 0)
}

/// The bases of subtrees, in order.
#[derive(Clone, Debug)]
pub struct Subtrees<'a> {
    list: Reader<'a>,
}

impl<'a> Iterator for Subtrees<'a> {
    type Item = GeneralName<'a>;

    fn next(&mut self) -> Option<GeneralName<'a>> {
        // INVARIANT: every base was checked when the extension was read.
        GeneralName::of_checked(self.list.sequence().ok()?.element().ok()?)
    }
}
