//! A root, a CA below it, a leaf; and everything with which they are judged.

use kakunin_core::bounds::Bounds;
use kakunin_core::error::{Code, Denial};
use kakunin_core::path::pkix::{Options, VerifiedPath, build};
use kakunin_core::revocation::RevocationView;
use kakunin_core::time::UnixTime;
use kakunin_testkit::NOW;
use kakunin_testkit::certificate::{Extension, Template};
use kakunin_testkit::key::Key;

pub(crate) struct World {
    pub(crate) root: Template,
    pub(crate) ca: Template,
    pub(crate) leaf: Template,
    pub(crate) root_key: Key,
    pub(crate) ca_key: Key,
    /// Signs the leaf, in the CA's place.
    pub(crate) leaf_signer: Option<Key>,
    pub(crate) further: Vec<Vec<u8>>,
    pub(crate) further_anchors: Vec<Vec<u8>>,
    pub(crate) revocation: RevocationView,
    pub(crate) options: Options,
    pub(crate) now: i64,
}

impl World {
    pub(crate) fn new() -> Self {
        let [root_key, ca_key, leaf_key] = ["root", "ca", "leaf"].map(Key::ed25519);
        Self {
            root: Template::root("Root", &root_key),
            ca: Template::authority("Root", "CA", &ca_key).issued_by(&root_key),
            leaf: Template::end_entity("CA", "Leaf", &leaf_key).issued_by(&ca_key),
            root_key,
            ca_key,
            leaf_signer: None,
            further: Vec::new(),
            further_anchors: Vec::new(),
            revocation: RevocationView::NotChecked,
            options: Options::default(),
            now: NOW,
        }
    }

    pub(crate) fn build(&self) -> Result<VerifiedPath, Denial> {
        let leaf = self.leaf.sign(self.leaf_signer.as_ref().unwrap_or(&self.ca_key));
        let mut pool = self.further.clone();
        pool.push(self.ca.sign(&self.root_key));
        let mut anchors = vec![self.root.sign(&self.root_key)];
        anchors.extend(self.further_anchors.clone());
        let now = UnixTime::from_seconds(self.now);
        build(&leaf, &pool, &anchors, &self.revocation, now, &self.options, &Bounds::default())
    }

    pub(crate) fn refusal(&self) -> (Code, &'static str, Option<u8>) {
        let denial = self.build().unwrap_err();
        (denial.code(), denial.details().rule, denial.details().depth)
    }
}

pub(crate) fn set(template: &mut Template, extension: Extension) {
    *template = template.clone().with(extension);
}

pub(crate) fn unset(template: &mut Template, oid: &'static [u8]) {
    *template = template.clone().without(oid);
}

pub(crate) fn change(template: &mut Template, id: &[u8], change: impl Fn(&mut Extension)) {
    template.extensions.iter_mut().flatten().filter(|extension| extension.oid == id).for_each(change);
}

/// A CA certificate of `subject` by `issuer`, signed.
pub(crate) fn authority(issuer: (&str, &Key), subject: (&str, &Key)) -> Vec<u8> {
    Template::authority(issuer.0, subject.0, subject.1).issued_by(issuer.1).sign(issuer.1)
}

/// One with another serial number.
pub(crate) fn again(template: Template) -> Template {
    template.change(|template| template.serial[1] ^= 0x55)
}
