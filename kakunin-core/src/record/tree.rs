//! The Merkle tree over a log's records (RFC 6962 §2.1), kept as its compact range.

use crate::crypto::{Digest, Sha256};

/// The hash of a leaf: SHA-256 of `00` and the entry.
pub fn leaf_hash(entry: &[u8]) -> Digest {
    hash(&[&[0], entry])
}

/// The hash of an inner node: SHA-256 of `01` and the hashes below.
pub fn node_hash(left: &Digest, right: &Digest) -> Digest {
    hash(&[&[1], left, right])
}

fn hash(parts: &[&[u8]]) -> Digest {
    let mut digest = Sha256::new();
    parts.iter().for_each(|part| digest.update(part));
    digest.finish()
}

/// An append-only tree: the roots of its whole subtrees, the largest first. At most 64 hashes, however long the log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tree {
    size: u64,
    peaks: Vec<Digest>,
}

impl Tree {
    /// The empty tree.
    pub const fn new() -> Self {
        Self { size: 0, peaks: Vec::new() }
    }

    /// Adds the leaf whose hash is `leaf` and returns its index. Amortised constant work, at most 64 hashes.
    pub fn append(&mut self, leaf: Digest) -> u64 {
        let index = self.size;
        let mut node = leaf;
        // Each trailing one bit of the size is a whole subtree that the new one completes.
        for _ in 0..self.size.trailing_ones() {
            if let Some(left) = self.peaks.pop() {
                node = node_hash(&left, &node);
            }
        }
        self.peaks.push(node);
        self.size += 1;
        index
    }

    /// How many leaves there are.
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// The root; of the empty tree SHA-256 of nothing.
    pub fn root(&self) -> Digest {
        let mut peaks = self.peaks.iter().rev();
        let Some(last) = peaks.next() else { return hash(&[]) };
        peaks.fold(*last, |right, left| node_hash(left, &right))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6962 §2.1 as it is written: split at the largest power of two below the size.
    fn naive(leaves: &[Digest]) -> Digest {
        match leaves {
            [] => hash(&[]),
            [leaf] => *leaf,
            _ => {
                let split = leaves.len().next_power_of_two() / 2;
                node_hash(&naive(&leaves[..split]), &naive(&leaves[split..]))
            }
        }
    }

    fn hex(digest: Digest) -> String {
        digest.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    #[test]
    fn roots_are_those_of_the_recursive_definition() {
        let mut tree = Tree::new();
        let mut leaves = Vec::new();
        assert_eq!(tree.root(), naive(&leaves));
        for n in 0..200_u64 {
            let leaf = leaf_hash(&n.to_be_bytes());
            leaves.push(leaf);
            assert_eq!(tree.append(leaf), n);
            assert_eq!((tree.size(), tree.root()), (n + 1, naive(&leaves)));
        }
    }

    #[test]
    fn roots_are_those_of_the_certificate_transparency_vectors() {
        let leaves: [&[u8]; 8] = [
            &[],
            &[0x00],
            &[0x10],
            &[0x20, 0x21],
            &[0x30, 0x31],
            &[0x40, 0x41, 0x42, 0x43],
            &[0x50, 0x51, 0x52, 0x53, 0x54, 0x55, 0x56, 0x57],
            &[0x60, 0x61, 0x62, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0x69, 0x6a, 0x6b, 0x6c, 0x6d, 0x6e, 0x6f],
        ];
        let mut tree = Tree::new();
        assert_eq!(hex(tree.root()), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
        leaves.iter().for_each(|leaf| {
            tree.append(leaf_hash(leaf));
        });
        assert_eq!(hex(tree.root()), "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328");
    }
}
