use super::name::{Name, is_visible};
use crate::encoding::Malformed;
use crate::encoding::der::{self, Element, Reader, tag};

/// One name of a GeneralNames.
///
/// ```asn1
/// GeneralName ::= CHOICE { otherName [0] AnotherName, rfc822Name [1] IA5String, dNSName [2] IA5String, x400Address [3] ORAddress,
///                          directoryName [4] Name, ediPartyName [5] EDIPartyName, uniformResourceIdentifier [6] IA5String,
///                          iPAddress [7] OCTET STRING, registeredID [8] OBJECT IDENTIFIER }   -- RFC 5280 §4.2.1.6
/// ```
///
/// x400Address and ediPartyName are refused when a certificate is read: no software that issues them is left, and their
/// content would go unread. The form of texts is not judged beyond visible ASCII and spaces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GeneralName<'a> {
    /// otherName.
    Other {
        /// The type's OID, content octets.
        id: &'a [u8],
        /// The value, DER of whatever the type says.
        value: &'a [u8],
    },
    /// rfc822Name.
    Email(&'a str),
    /// dNSName. May be empty in a name constraint only.
    Dns(&'a str),
    /// directoryName.
    Directory(Name<'a>),
    /// uniformResourceIdentifier.
    Uri(&'a str),
    /// iPAddress: 4 or 16 octets; in a name constraint 8 or 32, the second half a mask.
    Ip(&'a [u8]),
    /// registeredID, content octets.
    RegisteredId(&'a [u8]),
}

/// Where a GeneralName stands: what is well-formed differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// It names something.
    Name,
    /// It is the base of a subtree (RFC 5280 §4.2.1.10): its texts may be empty, its addresses have masks.
    Base,
}

const OTHER_NAME: u8 = tag::context_constructed(0);
const RFC822_NAME: u8 = tag::context(1);
const DNS_NAME: u8 = tag::context(2);
const DIRECTORY_NAME: u8 = tag::context_constructed(4);
const URI: u8 = tag::context(6);
const IP_ADDRESS: u8 = tag::context(7);
const REGISTERED_ID: u8 = tag::context(8);

impl<'a> GeneralName<'a> {
    pub(super) fn read(name: Element<'a>, role: Role) -> Result<Self, Malformed> {
        const FAULT: Malformed = Malformed::new("general-name");
        let content = name.content;
        match name.tag {
            OTHER_NAME => {
                let mut fields = Reader::new(content);
                let id = fields.oid()?;
                let mut explicit = fields.nested(tag::context_constructed(0))?;
                fields.finish()?;
                let value = explicit.element()?.raw;
                explicit.finish()?;
                Ok(Self::Other { id, value })
            }
            RFC822_NAME => text(content, role).map(Self::Email).ok_or(FAULT),
            DNS_NAME => text(content, role).map(Self::Dns).ok_or(FAULT),
            DIRECTORY_NAME => Name::parse(content).map(Self::Directory),
            URI => text(content, role).map(Self::Uri).ok_or(FAULT),
            IP_ADDRESS => match (role, content.len()) {
                (Role::Name, 4 | 16) | (Role::Base, 8 | 32) => Ok(Self::Ip(content)),
                _ => Err(FAULT),
            },
            REGISTERED_ID => der::oid(content).map(Self::RegisteredId),
            _ => Err(FAULT),
        }
    }

    /// The name in `element`, which was read before.
    pub(super) fn of_checked(element: Element<'a>) -> Option<Self> {
        let content = element.content;
        let text = || std::str::from_utf8(content).ok();
        match element.tag {
            RFC822_NAME => text().map(Self::Email),
            DNS_NAME => text().map(Self::Dns),
            DIRECTORY_NAME => Some(Self::Directory(Name::of_checked(content))),
            URI => text().map(Self::Uri),
            IP_ADDRESS => Some(Self::Ip(content)),
            REGISTERED_ID => Some(Self::RegisteredId(content)),
            _ => Self::read(element, Role::Name).ok(),
        }
    }
}

/// An IA5String of visible characters and spaces: no other character stands in a mailbox, a host name or a URI, and a NUL in
/// one has fooled verifiers before.
fn text(content: &[u8], role: Role) -> Option<&str> {
    let length = !content.is_empty() || role == Role::Base;
    if length && is_visible(content) { std::str::from_utf8(content).ok() } else { None }
}

/// Most names in one list. 1,024: public CAs stop at 250 names in a certificate, and what is compared with each name is
/// spent from a budget besides.
const GENERAL_NAMES: usize = 1_024;

/// `GeneralNames ::= SEQUENCE SIZE (1..MAX) OF GeneralName`, in order. Empty only where there is none.
#[derive(Clone, Debug)]
pub struct GeneralNames<'a> {
    names: Reader<'a>,
}

impl<'a> GeneralNames<'a> {
    /// The names that are the content of a SEQUENCE.
    pub(super) fn read(content: &'a [u8]) -> Result<Self, Malformed> {
        let mut names = Reader::new(content);
        if names.is_empty() {
            return Err(Malformed::new("general-names-empty"));
        }
        let mut count = 0;
        while !names.is_empty() {
            GeneralName::read(names.element()?, Role::Name)?;
            count += 1;
        }
        if count > GENERAL_NAMES { Err(Malformed::new("too-many-names")) } else { Ok(Self::of_checked(content)) }
    }

    /// The names whose whole SEQUENCE is `der`.
    pub(super) fn parse(der: &'a [u8]) -> Result<Self, Malformed> {
        let mut outer = Reader::new(der);
        let names = outer.expect(tag::SEQUENCE)?;
        outer.finish()?;
        Self::read(names.content)
    }

    pub(super) const fn of_checked(content: &'a [u8]) -> Self {
        Self { names: Reader::new(content) }
    }

    pub(super) const fn none() -> Self {
        Self::of_checked(&[])
    }
}

impl<'a> Iterator for GeneralNames<'a> {
    type Item = GeneralName<'a>;

    fn next(&mut self) -> Option<GeneralName<'a>> {
        // INVARIANT: every name was checked when the list was read.
        GeneralName::of_checked(self.names.element().ok()?)
    }
}

/// The URIs of a GeneralNames, in order. Other kinds of name are passed over.
#[derive(Clone, Debug)]
pub struct UriNames<'a> {
    names: GeneralNames<'a>,
}

impl<'a> UriNames<'a> {
    pub(super) const fn of(names: GeneralNames<'a>) -> Self {
        Self { names }
    }
}

impl<'a> Iterator for UriNames<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        while let Ok(name) = self.names.names.element() {
            if name.tag == URI {
                return std::str::from_utf8(name.content).ok();
            }
        }
        None
    }
}
