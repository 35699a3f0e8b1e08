//! The fingerprint of RSA keys whose primes a faulty library made (CVE-2017-15361, "ROCA"): their moduli are powers of 65537
//! modulo many small primes, and are factored in hours to days.

/// Primes modulo which 65537 generates a proper part of the group, and which divide the primorial of every key size (Nemec, Sys
/// and others, CCS 2017, §3: the fingerprint). Another modulus passes all with a chance of about 2^-27.
///
/// In groups whose product stays below 2^32, the most telling first: the first alone lets one modulus of a thousand pass.
const GROUPS: [&[u32]; 4] = [&[11, 13, 17, 19, 37, 53], &[61, 71, 73, 79], &[97, 103, 107, 109], &[127, 151, 157]];

/// Whether a modulus, big-endian, has the fingerprint.
pub(super) fn has_fingerprint(modulus: &[u8]) -> bool {
    GROUPS.iter().all(|primes| {
        let rest = remainder(modulus, primes.iter().map(|prime| u64::from(*prime)).product());
        primes.iter().all(|prime| is_generated(rest % u64::from(*prime), u64::from(*prime)))
    })
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
    for _ in 1..prime {
        if power == number {
            return true;
        }
        power = power * 65_537 % prime;
    }
    false
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
        for primes in GROUPS {
            let product: u64 = primes.iter().map(|prime| u64::from(*prime)).product();
            assert!(product < 1 << 32);
            for prime in primes {
                let prime = u64::from(*prime);
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
    }
}
