//! A certificate as a tree of elements, each of which can be written wrongly.

use kakunin_core::encoding::der::{Reader, tag};
use kakunin_core::encoding::oid;

/// One element.
pub(super) struct Node {
    pub(super) tag: u8,
    pub(super) content: Content,
}

/// What stands in an element.
pub(super) enum Content {
    /// Octets of a primitive type.
    Octets(Vec<u8>),
    /// Elements of a constructed type.
    Nodes(Vec<Node>),
    /// One element within an OCTET STRING: an extension's value.
    Wrapped(Box<Node>),
    /// An element of any type, which its place leaves open.
    Any(Vec<u8>),
}

/// One way to write an element that is not DER's, or not its type's.
#[derive(Clone, Debug)]
pub(super) enum Fault {
    /// The length in one octet more than it needs.
    LongLength,
    /// No length, but an end-of-contents.
    Indefinite,
    /// Constructed instead of primitive, or the other way round.
    Form,
    /// The tag's number in an octet of its own.
    HighTag,
    /// These octets behind what belongs there.
    Behind(&'static [u8]),
    /// The last octet of the content left out.
    Cut,
    /// This content.
    Content(&'static str, Vec<u8>),
}

impl Fault {
    pub(super) const fn name(&self) -> &'static str {
        match self {
            Self::LongLength => "length in an octet more",
            Self::Indefinite => "indefinite length",
            Self::Form => "primitive and constructed exchanged",
            Self::HighTag => "tag number in an octet more",
            Self::Behind([_]) => "an octet behind",
            Self::Behind(_) => "a NULL behind",
            Self::Cut => "the last octet cut off",
            Self::Content(name, _) => name,
        }
    }
}

impl Node {
    /// Reads a whole certificate.
    pub(super) fn read(der: &[u8]) -> Self {
        let element = Reader::new(der).element().expect("an element");
        Self::of(element.tag, element.content, None)
    }

    /// `extension` is the OID before it, where it may be an extension's value.
    fn of(own: u8, content: &[u8], extension: Option<&[u8]>) -> Self {
        let content = match (own, extension) {
            // AnotherName's value is of any type (RFC 5280 §4.2.1.6).
            (OTHER_NAME_VALUE, Some(id)) if id == OTHER_NAME_TYPE => Content::Any(content.to_vec()),
            (tag::OCTET_STRING, Some(id)) if !OPAQUE.contains(&id) => Content::Wrapped(Box::new(Self::read(content))),
            _ if own & 0x20 != 0 => {
                let (mut reader, mut nodes, mut id) = (Reader::new(content), Vec::new(), None);
                while let Ok(element) = reader.element() {
                    nodes.push(Self::of(element.tag, element.content, id));
                    if element.tag == tag::OID {
                        id = Some(element.content);
                    }
                }
                Content::Nodes(nodes)
            }
            _ => Content::Octets(content.to_vec()),
        };
        Self { tag: own, content }
    }

    /// Its encoding.
    pub(super) fn der(&self) -> Vec<u8> {
        self.write(&[], None)
    }

    /// Its encoding with the element at `path` written with `fault`.
    pub(super) fn faulty(&self, path: &[usize], fault: &Fault) -> Vec<u8> {
        self.write(path, Some(fault))
    }

    fn write(&self, path: &[usize], fault: Option<&Fault>) -> Vec<u8> {
        let here = fault.filter(|_| path.is_empty());
        let mut content = match &self.content {
            Content::Octets(octets) | Content::Any(octets) => octets.clone(),
            Content::Nodes(nodes) => {
                nodes.iter().enumerate().flat_map(|(index, node)| child(node, index, path, fault)).collect()
            }
            Content::Wrapped(node) => child(node, 0, path, fault),
        };
        match here {
            Some(Fault::Behind(octets)) => content.extend_from_slice(octets),
            Some(Fault::Cut) => drop(content.pop()),
            Some(Fault::Content(_, octets)) => content.clone_from(octets),
            _ => {}
        }
        let mut der = match here {
            Some(Fault::HighTag) => vec![self.tag | 0x1f, self.tag & 0x1f],
            Some(Fault::Form) => vec![self.tag ^ 0x20],
            _ => vec![self.tag],
        };
        match here {
            Some(Fault::Indefinite) => {
                der.push(0x80);
                content.extend([0, 0]);
            }
            _ => length(&mut der, content.len(), matches!(here, Some(Fault::LongLength))),
        }
        der.extend(content);
        der
    }

    /// Every element, with its path from here.
    pub(super) fn all(&self) -> Vec<(Vec<usize>, &Self)> {
        let mut found = vec![(Vec::new(), self)];
        let mut next = 0;
        while let Some((path, node)) = found.get(next).map(|(path, node)| (path.clone(), *node)) {
            let children = match &node.content {
                Content::Octets(_) | Content::Any(_) => &[],
                Content::Nodes(nodes) => nodes.as_slice(),
                Content::Wrapped(node) => std::slice::from_ref(&**node),
            };
            found.extend(children.iter().enumerate().map(|(index, node)| ([&path[..], &[index]].concat(), node)));
            next += 1;
        }
        found
    }
}

fn child(node: &Node, index: usize, path: &[usize], fault: Option<&Fault>) -> Vec<u8> {
    match path.split_first() {
        Some((first, rest)) if *first == index => node.write(rest, fault),
        _ => node.der(),
    }
}

fn length(der: &mut Vec<u8>, length: usize, long: bool) {
    let octets: Vec<u8> = length.to_be_bytes().into_iter().skip_while(|octet| *octet == 0).collect();
    match (length, long) {
        (0..0x80, false) => der.extend(u8::try_from(length)),
        (0..0x80, true) => der.extend([0x81].into_iter().chain(u8::try_from(length))),
        (_, long) => {
            let count = u8::try_from(octets.len()).unwrap_or(0) + u8::from(long);
            der.push(0x80 | count);
            der.extend(long.then_some(0));
            der.extend(octets);
        }
    }
}

const OTHER_NAME_VALUE: u8 = tag::context_constructed(0);
/// The type of the otherName in the certificate that is mutated.
pub(super) const OTHER_NAME_TYPE: &[u8] = &[0x2a, 3, 4, 5];
/// An extension that nobody knows.
pub(super) const UNKNOWN: oid::Oid = &[0x2a, 3, 4, 6];
/// Extensions whose values are not looked into when a certificate is read.
const OPAQUE: [&[u8]; 2] = [UNKNOWN, oid::SCOPE];
