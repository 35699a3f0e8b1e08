//! A path that is still to be signed.

use kakunin_core::crypto::{GenerateKind, SignatureAlgorithm};
use kakunin_core::encoding::der::tag;
use kakunin_core::encoding::oid;

use super::names::distinguished;
use super::{Fact, Numbers, Position, plain_names};
use crate::certificate::{Extension, Template};
use crate::key::Key;

/// Certificates of one path at most, and one key more for whoever is a stranger to it.
const ROLES: usize = 6;

/// The keys of all cases: making them anew each time would be most of the work.
pub struct Keys {
    p256: Vec<Key>,
    ed25519: Vec<Key>,
    p384: Key,
    rsa: Key,
}

impl Keys {
    /// A key of each family for each role.
    pub fn new() -> Self {
        Self {
            p256: (0..ROLES).map(|_| Key::generate(GenerateKind::P256)).collect(),
            ed25519: (0..ROLES).map(|role| Key::ed25519(&format!("differential {role}"))).collect(),
            p384: Key::generate(GenerateKind::P384),
            rsa: Key::from_pkcs8(include_bytes!("../../../kakunin-core/tests/fixtures/keys/rsa-2048.der").to_vec()),
        }
    }

    fn of(&self, family: Family, role: usize) -> &Key {
        let list = if family == Family::Ed25519 { &self.ed25519 } else { &self.p256 };
        match (family, role) {
            (Family::RsaAnchor, 0) => &self.rsa,
            (Family::P384Anchor, 0) => &self.p384,
            _ => list.get(role).unwrap_or(&self.rsa),
        }
    }
}

impl Default for Keys {
    fn default() -> Self {
        Self::new()
    }
}

/// Which keys a case has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Family {
    P256,
    Ed25519,
    RsaAnchor,
    P384Anchor,
}

impl Family {
    /// Two thirds P-256, which every verifier takes.
    pub(super) fn of(numbers: &mut Numbers) -> Self {
        match numbers.below(12) {
            0..=7 => Self::P256,
            8..=9 => Self::Ed25519,
            10 => Self::RsaAnchor,
            _ => Self::P384Anchor,
        }
    }

    /// The name of what a verifier may lack.
    pub(super) const fn fact(self) -> Option<&'static str> {
        if matches!(self, Self::Ed25519) { Some("chain/ed25519") } else { None }
    }
}

/// A certificate to be, and who signs it.
pub(super) struct Node {
    pub(super) template: Template,
    pub(super) key: usize,
    pub(super) signer: usize,
}

/// A path to be: the anchor first, the leaf last.
pub struct Draft<'a> {
    keys: &'a Keys,
    family: Family,
    pub(super) nodes: Vec<Node>,
    /// Other certificates of the pool, signed as the node says.
    pub(super) strangers: Vec<Node>,
    /// An intermediate that is left out.
    pub(super) missing: Option<usize>,
}

/// The role of the key that no certificate of the path has.
pub(super) const STRANGER: usize = ROLES - 1;

impl<'a> Draft<'a> {
    pub(super) fn new(keys: &'a Keys, family: Family, intermediates: usize) -> Self {
        let mut draft = Self { keys, family, nodes: Vec::new(), strangers: Vec::new(), missing: None };
        for role in 0..intermediates + 2 {
            let node = draft.node(role, role > intermediates);
            draft.nodes.push(node);
        }
        draft
    }

    /// A plain certificate for a role, below the one before it.
    fn node(&self, role: usize, leaf: bool) -> Node {
        let signer = role.saturating_sub(1);
        let key = self.key(role);
        let [issuer, subject] =
            [signer, role].map(|role| distinguished("Example", &format!("role {role}"), tag::UTF8_STRING));
        // The serial is a hash of both names.
        let (below, own) = (format!("{signer}"), format!("{role}"));
        let mut template = if leaf {
            Template::end_entity(&below, &own, key)
                .with(Extension::extended_key_usage(&[oid::KP_CLIENT_AUTH]))
                .with(plain_names())
        } else {
            Template::authority(&below, &own, key)
        };
        template = template.change(|template| (template.issuer, template.subject) = (issuer, subject));
        if role > 0 {
            template = template.issued_by(self.key(signer));
        }
        Node { template, key: role, signer }
    }

    pub(super) fn key(&self, role: usize) -> &'a Key {
        self.keys.of(self.family, role)
    }

    pub(super) fn leaf(&self) -> usize {
        self.nodes.len() - 1
    }

    /// A copy of a node.
    pub(super) fn copy(&self, node: usize) -> Option<Node> {
        self.nodes.get(node).map(|node| Node { template: node.template.clone(), ..*node })
    }

    pub(super) fn template(&mut self, node: usize) -> Option<&mut Template> {
        self.nodes.get_mut(node).map(|node| &mut node.template)
    }

    /// An algorithm that is not the signer's.
    pub(super) fn other_algorithm(&self, node: usize) -> Vec<u8> {
        let signer = self.nodes.get(node).map_or(0, |node| node.signer);
        let own = self.key(signer).signer().algorithm();
        let other = if own == SignatureAlgorithm::EcdsaSha256 {
            SignatureAlgorithm::EcdsaSha384
        } else {
            SignatureAlgorithm::EcdsaSha256
        };
        other.to_der()
    }

    /// Changes the path at a place where the fact may stand. None where it fits nowhere.
    pub(super) fn apply(&mut self, fact: &Fact, numbers: &mut Numbers) -> Option<Position> {
        let place = *fact.at.get(numbers.below(fact.at.len()))?;
        let intermediates = self.nodes.len() - 2;
        let node = match place {
            Position::Anchor | Position::Chain => 0,
            Position::Intermediate if intermediates == 0 => return None,
            Position::Intermediate => 1 + numbers.below(intermediates),
            Position::Leaf => self.leaf(),
        };
        (fact.apply)(self, node).map(|()| place)
    }

    /// Signs everything: the anchor, the pool in some order, the leaf.
    pub(super) fn finish(mut self, numbers: &mut Numbers) -> (Vec<u8>, Vec<Vec<u8>>, Vec<u8>) {
        let sign = |node: &Node| node.template.sign(self.keys.of(self.family, node.signer));
        let leaf = self.nodes.pop().map(|node| sign(&node)).unwrap_or_default();
        let mut certificates = self.nodes.iter().enumerate();
        let anchor = certificates.next().map(|(_, node)| sign(node)).unwrap_or_default();
        let present = certificates.filter(|(node, _)| Some(*node) != self.missing).map(|(_, node)| sign(node));
        let mut pool: Vec<_> = present.chain(self.strangers.iter().map(sign)).collect();
        // Fisher and Yates.
        for last in (1..pool.len()).rev() {
            pool.swap(last, numbers.below(last + 1));
        }
        (anchor, pool, leaf)
    }
}
