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

#[cfg(test)]
mod tests {
    use super::*;

    /// A certificate by letters: who holds it and who issued it, each a name and a key.
    struct Place {
        holder: (&'static [u8], Digest),
        issuer: (&'static [u8], Digest),
        authority: bool,
    }

    impl AsRef<Self> for Place {
        fn as_ref(&self) -> &Self {
            self
        }
    }

    impl Placed for Place {
        fn agent(&self) -> Option<&str> {
            None
        }

        fn serial(&self) -> &[u8] {
            &[1]
        }

        fn holder(&self) -> (&[u8], &Digest) {
            (self.holder.0, &self.holder.1)
        }

        fn issuer(&self) -> (&[u8], &Digest) {
            (self.issuer.0, &self.issuer.1)
        }

        fn is_authority(&self) -> bool {
            self.authority
        }

        fn depth(&self) -> usize {
            0
        }
    }

    fn place(holder: (&'static [u8], u8), issuer: (&'static [u8], u8), authority: bool) -> Place {
        let key = |(name, key): (&'static [u8], u8)| (name, [key; 32]);
        Place { holder: key(holder), issuer: key(issuer), authority }
    }

    fn reached(key: u8, places: &[Place]) -> Vec<bool> {
        (0..places.len()).map(|index| Governs::Issuer([key; 32]).reaches(index, places)).collect()
    }

    #[test]
    fn a_key_reaches_what_stands_below_it_by_signatures_and_nothing_beside_it() {
        // An agent below tenant 2 and, as its parent by name, one below tenant 3; both tenants below root 1.
        let places = [
            place((b"child", 5), (b"tenant", 2), false),
            place((b"tenant", 2), (b"root", 1), true),
            place((b"boss", 6), (b"other", 3), false),
            place((b"other", 3), (b"root", 1), true),
            place((b"root", 1), (b"root", 1), true),
        ];
        assert_eq!(reached(1, &places), [true; 5]);
        assert_eq!(reached(2, &places), [true, true, false, false, false]);
        assert_eq!(reached(3, &places), [false, false, true, true, false]);
        // An agent's key is no CA's.
        assert_eq!(reached(6, &places), [false; 5]);
        assert_eq!(reached(9, &places), [false; 5]);
        assert!(Governs::Everything.reaches(0, &places));
    }

    #[test]
    fn cross_signed_authorities_of_one_name_or_one_key_are_told_apart() {
        // Two CAs of one name, and one key under two names: who issued is who has both.
        let places = [
            place((b"child", 5), (b"tenant", 2), false),
            place((b"tenant", 3), (b"root", 4), true),
            place((b"old tenant", 2), (b"root", 7), true),
            place((b"tenant", 2), (b"root", 1), true),
            place((b"root", 4), (b"root", 4), true),
            place((b"root", 7), (b"root", 7), true),
            place((b"root", 1), (b"root", 1), true),
        ];
        assert_eq!(reached(1, &places), [true, false, false, true, false, false, true]);
        assert_eq!(reached(4, &places), [false, true, false, false, true, false, false], "of another key");
        assert_eq!(reached(7, &places), [false, false, true, false, false, true, false], "of another name");
        assert_eq!(reached(3, &places), [false, true, false, false, false, false, false]);
    }
}
