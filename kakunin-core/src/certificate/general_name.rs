use super::name::check_name;
use crate::encoding::Malformed;
use crate::encoding::der::{self, Reader, tag};

/// Checks `GeneralNames ::= SEQUENCE SIZE (1..MAX) OF GeneralName`, given the SEQUENCE's content.
pub(super) fn check_general_names(content: &[u8]) -> Result<(), Malformed> {
    let mut names = Reader::new(content);
    if names.is_empty() {
        return Err(Malformed::new("general-names-empty"));
    }
    while !names.is_empty() {
        check_general_name(names.element()?)?;
    }
    Ok(())
}

/// ```asn1
/// GeneralName ::= CHOICE { otherName [0] AnotherName, rfc822Name [1] IA5String, dNSName [2] IA5String, x400Address [3] ORAddress,
///                          directoryName [4] Name, ediPartyName [5] EDIPartyName, uniformResourceIdentifier [6] IA5String,
///                          iPAddress [7] OCTET STRING, registeredID [8] OBJECT IDENTIFIER }   -- RFC 5280 §4.2.1.6
/// ```
///
/// x400Address and ediPartyName are refused: no software that issues them is left, and their content would go unread.
pub(super) fn check_general_name(name: der::Element<'_>) -> Result<(), Malformed> {
    const FAULT: Malformed = Malformed::new("general-name");
    let content = name.content;
    match name.tag {
        OTHER_NAME => {
            let mut fields = Reader::new(content);
            fields.oid()?;
            let mut value = fields.nested(tag::context_constructed(0))?;
            fields.finish()?;
            value.element()?;
            value.finish()
        }
        RFC822_NAME | DNS_NAME | URI if content.is_empty() || !content.is_ascii() => Err(FAULT),
        RFC822_NAME | DNS_NAME | URI => Ok(()),
        DIRECTORY_NAME => {
            let mut explicit = Reader::new(content);
            let name = explicit.expect(tag::SEQUENCE)?;
            explicit.finish()?;
            check_name(name.content)
        }
        IP_ADDRESS if content.len() == 4 || content.len() == 16 => Ok(()),
        REGISTERED_ID => der::oid(content).map(|_| ()),
        _ => Err(FAULT),
    }
}

const OTHER_NAME: u8 = tag::context_constructed(0);
const RFC822_NAME: u8 = tag::context(1);
const DNS_NAME: u8 = tag::context(2);
const DIRECTORY_NAME: u8 = tag::context_constructed(4);
pub(super) const URI: u8 = tag::context(6);
const IP_ADDRESS: u8 = tag::context(7);
const REGISTERED_ID: u8 = tag::context(8);

/// The URIs in a subjectAltName, in order. Other kinds of name are well-formed and passed over.
#[derive(Clone, Debug)]
pub struct UriNames<'a> {
    names: Reader<'a>,
}

impl<'a> UriNames<'a> {
    pub(super) fn read(value: &'a [u8]) -> Result<Self, Malformed> {
        let mut outer = Reader::new(value);
        let names = outer.expect(tag::SEQUENCE)?;
        outer.finish()?;
        check_general_names(names.content)?;
        Ok(Self { names: Reader::new(names.content) })
    }

    pub(super) const fn none() -> Self {
        Self { names: Reader::new(&[]) }
    }
}

impl<'a> Iterator for UriNames<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        // INVARIANT: every name was checked when it was read, a URI to be ASCII.
        while let Ok(name) = self.names.element() {
            if name.tag == URI {
                return std::str::from_utf8(name.content).ok();
            }
        }
        None
    }
}
