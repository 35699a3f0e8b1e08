//! What an order may reach: the certificates above an agent, as orders see them.

use super::Governs;
use crate::crypto::Digest;

/// A certificate of a validated path. In a list of them, whoever signed one stands after it.
pub(crate) trait Placed {
    /// The agent's id; none on a CA's certificate.
    fn agent(&self) -> Option<&str>;
    /// The serial number, as an INTEGER's content.
    fn serial(&self) -> &[u8];
    /// Its subject and the SHA-256 of its SPKI.
    fn holder(&self) -> (&[u8], &Digest);
    /// The same of its issuer; of an anchor, its own.
    fn issuer(&self) -> (&[u8], &Digest);
    /// Whether it is a CA's.
    fn is_authority(&self) -> bool;
    /// How far above the leaf it stands.
    fn depth(&self) -> usize;
}

impl Governs {
    /// Whether it reaches any of `places`: then its orders must be known.
    pub(super) fn reaches_any<P: Placed>(self, places: &[impl AsRef<P>]) -> bool {
        match self {
            Self::Everything => true,
            Self::Issuer(key) => position(places, &key).is_some(),
        }
    }

    /// Whether it reaches the place at `index`: the CA key stands there, or above it by signatures.
    pub(super) fn reaches<P: Placed>(self, index: usize, places: &[impl AsRef<P>]) -> bool {
        let Self::Issuer(key) = self else { return true };
        // One pass upward: an issuer stands after what it issued. A path has 16 certificates at most.
        let mut above = mark(index);
        for (index, place) in places.iter().enumerate().skip(index) {
            let place = place.as_ref();
            if above & mark(index) == 0 {
                continue;
            }
            if place.is_authority() && *place.holder().1 == key {
                return true;
            }
            for (later, candidate) in places.iter().enumerate().skip(index + 1) {
                if candidate.as_ref().holder() == place.issuer() {
                    above |= mark(later);
                }
            }
        }
        false
    }
}

/// Where the CA with this key stands.
pub(super) fn position<P: Placed>(places: &[impl AsRef<P>], key: &Digest) -> Option<usize> {
    places.iter().position(|place| {
        let place = place.as_ref();
        place.is_authority() && place.holder().1 == key
    })
}

/// Places from the 64th on share a mark, so that an order reaches too much there rather than too little.
const fn mark(index: usize) -> u64 {
    1 << if index < 63 { index } else { 63 }
}
