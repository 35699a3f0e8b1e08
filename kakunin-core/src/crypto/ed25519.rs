//! The one rule for Ed25519, above whichever library computes the equation.
//!
//! RFC 8032 leaves room: §5.1.7 allows the equation with the cofactor or without, and libraries differ in which encodings they
//! read. Two verifiers that differ on one signature differ on whether a certificate or an intent exists. So:
//!
//! - the equation is the one without the cofactor, [S]B = R + [k]A, and R is compared as bytes;
//! - S < L, as §5.1.7 has it;
//! - A and R are the one encoding of a point (§5.1.3: y < p, and no −0), and neither is of small order: under such an A
//!   anyone can sign, and such an R is what nobody's signer makes.
//!
//! The libraries hold to the first two and are tested on it; the third is checked here, before they are asked. A key with a
//! component of small order besides its large one is not found (that would cost a multiplication); the equation without the
//! cofactor gives one answer under it all the same.

/// Whether these 32 bytes may stand for A or R.
pub(super) fn is_strict_point(point: &[u8; 32]) -> bool {
    let [y @ .., high] = point;
    let high = high & 0x7f;
    // p = 2^255 − 19 is ED FF … FF 7F: only y from p on begin and end like this.
    if high == 0x7f && y.iter().skip(1).all(|byte| *byte == 0xff) {
        // The last one below p is −1, of order 2.
        return y.first().is_some_and(|low| *low < 0xec);
    }
    !SMALL_ORDER.iter().any(|small| small.0 == *y && small.1 == high)
}

/// y coordinates of the points whose order divides 8, without the sign bit: 0 (order 4), 1 (order 1), the two of order 8.
/// The fifth, −1 (order 2), ends like p.
const SMALL_ORDER: [([u8; 31], u8); 4] = [
    ([0; 31], 0),
    ([1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], 0),
    (
        [
            0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98, 0xf0, 0xd5, 0xdf,
            0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc,
        ],
        0x05,
    ),
    (
        [
            0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67, 0x0f, 0x2a, 0x20,
            0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03,
        ],
        0x7a,
    ),
];
