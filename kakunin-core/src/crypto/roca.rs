//! The fingerprint of RSA keys whose primes a faulty library made (CVE-2017-15361, "ROCA"): their moduli are powers of 65537
//! modulo many small primes, and are factored in hours to days.

// Primes modulo which 65537 generates a proper part of the group, and which divide the primorial of every key size (Nemec, Sys
// and others, CCS 2017, §3: the fingerprint). Another modulus passes all with a chance of about 2^-27.

/// Those of them that divide 2^36 − 1, the most telling first: one modulus of 346 passes.
const FOLDED: [u64; 5] = [37, 109, 73, 13, 19];

/// The others, in groups whose product stays below 2^32.
const GROUPS: [&[u64]; 3] = [&[11, 17, 53, 61, 71], &[79, 97, 103, 107], &[127, 151, 157]];

/// Whether a modulus, big-endian, has the fingerprint.
pub(super) fn has_fingerprint(modulus: &[u8]) -> bool {
    let has = |primes: &[u64], rest: u64| primes.iter().all(|prime| is_generated(rest % prime, *prime));
    has(&FOLDED, folded(modulus))
        && GROUPS.iter().all(|primes| has(primes, remainder(modulus, primes.iter().product())))
}

/// A number that leaves the modulus' remainder modulo 2^36 − 1 and all that divides it: the sum of its digits of 36 bits.
fn folded(modulus: &[u8]) -> u64 {
    const DIGIT: u64 = (1 << 36) - 1;
    // Nine octets are two digits. INVARIANT: of at most 1,024 octets (RSA-8192) the sum stays below 2^44.
    let (head, pairs) = modulus.as_rchunks::<9>();
    let head = head.iter().fold(0, |number, byte| number << 8 | u64::from(*byte));
    let sum = pairs.iter().fold(0, |sum, [first, rest @ ..]| {
        let rest = u64::from_be_bytes(*rest);
        sum + (u64::from(*first) << 28 | rest >> 36) + (rest & DIGIT)
    });
    sum + (head >> 36) + (head & DIGIT)
}

/// The remainder modulo a divisor below 2^32.
fn remainder(modulus: &[u8], divisor: u64) -> u64 {
    let (head, words) = modulus.as_rchunks::<4>();
    let head = head.iter().fold(0, |rest, byte| rest << 8 | u64::from(*byte));
    words.iter().fold(head, |rest, word| (rest % divisor) << 32 | u64::from(u32::from_be_bytes(*word))) % divisor
}

/// Whether `number` is a power of 65537 modulo `prime`.
fn is_generated(number: u64, prime: u64) -> bool {
    let mut power = 1;
    loop {
        if power == number {
            return true;
        }
        power = power * 65_537 % prime;
        if power == 1 {
            return false;
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// 65537^128, which has 2,049 bits: a power modulo every prime.
    pub(in crate::crypto) fn power() -> Vec<u8> {
        let mut little = vec![1_u8];
        for _ in 0..128 {
            let mut carry = 0;
            let shifted: Vec<u8> = [0, 0].into_iter().chain(little.iter().copied()).collect();
            little.resize(shifted.len(), 0);
            little = shifted
                .iter()
                .zip(&little)
                .map(|(a, b)| {
                    carry += u16::from(*a) + u16::from(*b);
                    let byte = carry as u8;
                    carry >>= 8;
                    byte
                })
                .collect();
            if carry > 0 {
                little.push(carry as u8);
            }
        }
        while little.last() == Some(&0) {
            little.pop();
        }
        little.reverse();
        little
    }

    #[test]
    fn a_power_of_65537_has_the_fingerprint_and_its_neighbour_has_not() {
        let mut modulus = power();
        assert_eq!((modulus.len(), modulus[0]), (257, 1));
        assert!(has_fingerprint(&modulus));
        *modulus.last_mut().unwrap() += 2;
        assert!(!has_fingerprint(&modulus));
    }

    #[test]
    fn each_group_tells() {
        for primes in GROUPS.into_iter().chain([&FOLDED[..]]) {
            assert!(primes.iter().product::<u64>() < 1 << 32);
            for &prime in primes {
                let generated = (1..prime).filter(|number| is_generated(*number, prime)).count() as u64;
                assert!(generated < prime - 1, "{prime}");
            }
        }
    }

    #[test]
    fn remainders_are_those_of_the_whole_number() {
        assert_eq!(remainder(&[1, 0, 0, 0, 0, 7], 97), (1_u64 << 40 | 7) % 97);
        assert_eq!(remainder(&[9], 11), 9);
        assert_eq!(remainder(&[], 11), 0);
        for length in 0..40 {
            let modulus: Vec<u8> = (0..length).map(|index: u8| index.wrapping_mul(151) ^ 0xc5).collect();
            for prime in FOLDED {
                assert_eq!(((1_u64 << 36) - 1) % prime, 0);
                assert_eq!(folded(&modulus) % prime, remainder(&modulus, prime), "{length} {prime}");
            }
        }
        assert_eq!(folded(&[0xff; 1_024]), folded(&[0xff; 9]) * 113 + folded(&[0xff; 7]));
    }
}
