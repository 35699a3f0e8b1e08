//! PEM (RFC 7468): labelled base64 blocks, strict inside the blocks, deaf to what stands between them.

use super::{Malformed, base64};

/// One block: its label and its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// `CERTIFICATE`, `X509 CRL`, `PRIVATE KEY`, …
    pub label: String,
    /// The decoded bytes.
    pub bytes: Vec<u8>,
}

/// The label of a certificate.
pub const CERTIFICATE: &str = "CERTIFICATE";
/// The label of a certificate revocation list.
pub const CRL: &str = "X509 CRL";

/// All blocks of `text`, in order.
///
/// # Errors
/// `pem-boundary` where a block is not closed by its own label, `base64` where its body is not base64.
pub fn decode(text: &str) -> Result<Vec<Block>, Malformed> {
    let mut blocks = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let Some(label) = boundary(line, "-----BEGIN ") else {
            if line.starts_with("-----") {
                return Err(Malformed::new("pem-boundary"));
            }
            continue;
        };
        let mut body = String::new();
        loop {
            let line = lines.next().ok_or(Malformed::new("pem-boundary"))?;
            if let Some(end) = boundary(line, "-----END ") {
                if end != label {
                    return Err(Malformed::new("pem-boundary"));
                }
                break;
            }
            body.push_str(line.trim_end());
        }
        blocks.push(Block { label: label.to_owned(), bytes: base64::decode(&body)? });
    }
    Ok(blocks)
}

/// One block, in lines of 64 characters.
pub fn encode(label: &str, bytes: &[u8]) -> String {
    let body = base64::encode(bytes);
    let mut text = format!("-----BEGIN {label}-----\n");
    for (index, character) in body.chars().enumerate() {
        if index > 0 && index % 64 == 0 {
            text.push('\n');
        }
        text.push(character);
    }
    text.push_str(&format!("\n-----END {label}-----\n"));
    text
}

fn boundary<'a>(line: &'a str, start: &str) -> Option<&'a str> {
    line.trim_end().strip_prefix(start)?.strip_suffix("-----")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_go_both_ways() {
        let text = format!("subject=agent\n{}{}", encode(CERTIFICATE, &[7; 100]), encode(CRL, &[1, 2, 3]));
        let blocks = decode(&text).unwrap();
        assert_eq!(blocks.len(), 2);
        assert_eq!((blocks[0].label.as_str(), blocks[0].bytes.as_slice()), (CERTIFICATE, [7; 100].as_slice()));
        assert_eq!(blocks[1].label, CRL);
    }

    #[test]
    fn broken_blocks_are_refused() {
        for text in [
            "-----BEGIN A-----\nAA==\n",
            "-----BEGIN A-----\nAA==\n-----END B-----\n",
            "-----BEGIN A-----\nA A=\n-----END A-----\n",
            "-----END A-----\n",
        ] {
            assert!(decode(text).is_err(), "{text:?}");
        }
    }
}
