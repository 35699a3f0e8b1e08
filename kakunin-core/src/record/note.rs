//! Checkpoints: a log's size and root as a C2SP `tlog-checkpoint`, signed as a C2SP `signed-note`.
//!
//! ```text
//! example.com/kakunin          ← origin
//! 42                           ← size
//! kWKQ…=                       ← root, base64
//!                              ← empty line
//! — example.com/kakunin Az3g…= ← key name, base64 of key hash and signature
//! ```

use std::fmt;

use crate::crypto::{Digest, KeyKind, PublicKey, SignatureAlgorithm, Signer, sha256};
use crate::encoding::{Malformed, base64};
use crate::error::{Code, Denial};

/// `signed-note`'s identifier of Ed25519.
const ED25519: u8 = 1;

/// Most signature lines that are looked at. 16: the log's own and those of as many witnesses as anyone asks.
const SIGNATURES: usize = 16;

/// Most bytes of a note. 4 KiB: three lines and [`SIGNATURES`] signatures.
const NOTE_BYTES: usize = 4 * 1024;

/// A key that signs notes: an Ed25519 key under a name.
///
/// `Display` and [`NoteKey::parse`] use the form that other tools take: `name+hex of the key hash+base64 of the key`.
#[derive(Clone, Debug)]
pub struct NoteKey {
    name: String,
    hash: [u8; 4],
    key: PublicKey,
}

impl NoteKey {
    /// The key `key` under `name`.
    ///
    /// # Errors
    /// `note-key-name` where the name is empty or holds white space, `+` or a control character; `note-key-kind` unless the key is Ed25519.
    pub fn new(name: &str, key: PublicKey) -> Result<Self, Malformed> {
        if name.is_empty() || name.chars().any(|c| c.is_whitespace() || c.is_control() || c == '+') {
            return Err(Malformed::new("note-key-name"));
        }
        let raw = raw_ed25519(&key)?;
        let mut named = name.as_bytes().to_vec();
        named.extend_from_slice(&[b'\n', ED25519]);
        named.extend_from_slice(raw);
        let [a, b, c, d, ..] = sha256(&named);
        Ok(Self { name: name.to_owned(), hash: [a, b, c, d], key })
    }

    /// The key written as `name+hash+key`.
    ///
    /// # Errors
    /// `note-key` where the form is another or the hash is not that of name and key; else as [`NoteKey::new`].
    pub fn parse(text: &str) -> Result<Self, Malformed> {
        const FORM: Malformed = Malformed::new("note-key");
        let mut parts = text.splitn(3, '+');
        let (Some(name), Some(hash), Some(key)) = (parts.next(), parts.next(), parts.next()) else { return Err(FORM) };
        let key = base64::decode(key).map_err(|_| FORM)?;
        let Some((&ED25519, raw)) = key.split_first() else { return Err(Malformed::new("note-key-kind")) };
        let spki = [SPKI_ED25519, raw].concat();
        let parsed = Self::new(name, PublicKey::from_spki(&spki).map_err(|_| FORM)?)?;
        if hex(&parsed.hash) == hash { Ok(parsed) } else { Err(FORM) }
    }

    /// The name.
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl fmt::Display for NoteKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut key = vec![ED25519];
        key.extend_from_slice(raw_ed25519(&self.key).unwrap_or_default());
        write!(f, "{}+{}+{}", self.name, hex(&self.hash), base64::encode(&key))
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The SubjectPublicKeyInfo of an Ed25519 key, up to the key's 32 bytes (RFC 8410 §4).
const SPKI_ED25519: &[u8] = &[0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];

fn raw_ed25519(key: &PublicKey) -> Result<&[u8], Malformed> {
    let raw = (key.kind() == KeyKind::Ed25519).then(|| key.spki().strip_prefix(SPKI_ED25519)).flatten();
    raw.ok_or(Malformed::new("note-key-kind"))
}

/// What a log's key vouches for: that the first `size` records have this root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    origin: String,
    size: u64,
    root: Digest,
}

impl Checkpoint {
    /// The checkpoint of the log `origin` at `size` records with `root`.
    ///
    /// # Errors
    /// `checkpoint-origin` where the origin is empty or holds a control character.
    pub fn new(origin: &str, size: u64, root: Digest) -> Result<Self, Malformed> {
        if origin.is_empty() || origin.chars().any(char::is_control) {
            return Err(Malformed::new("checkpoint-origin"));
        }
        Ok(Self { origin: origin.to_owned(), size, root })
    }

    /// The log's name.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// How many records are vouched for.
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// The root over them.
    pub const fn root(&self) -> &Digest {
        &self.root
    }

    /// The signed note. The signature is verified before the note is handed out.
    ///
    /// # Errors
    /// E503 `checkpoint-signer` where `signer` cannot sign, or does not hold `key`.
    pub fn sign(&self, key: &NoteKey, signer: &dyn Signer) -> Result<String, Denial> {
        let fault = || Denial::new(Code::RecordUnavailable, "checkpoint-signer").field("checkpoint");
        let body = self.body();
        let signature = signer.sign(body.as_bytes()).map_err(|_| fault())?;
        let text = [key.hash.as_slice(), &signature].concat();
        let note = format!("{body}\n— {} {}\n", key.name, base64::encode(&text));
        Self::open(&note, key).map_err(|_| fault())?;
        Ok(note)
    }

    /// The checkpoint in `note`, if `key` signed it. Other signatures (of witnesses) and extension lines are passed over.
    ///
    /// # Errors
    /// `note-too-large`, `note-form`, `checkpoint-form` where it cannot be read; `note-unsigned` without a signature by
    /// `key`; `note-signature` where one does not verify.
    pub fn open(note: &str, key: &NoteKey) -> Result<Self, Malformed> {
        const FORM: Malformed = Malformed::new("note-form");
        if note.len() > NOTE_BYTES {
            return Err(Malformed::new("note-too-large"));
        }
        if note.chars().any(|c| c.is_control() && c != '\n') {
            return Err(FORM);
        }
        // The last empty line parts text and signatures; the text keeps its final newline.
        let (text, signatures) = note.rsplit_once("\n\n").ok_or(FORM)?;
        let body = format!("{text}\n");
        let lines = signatures.strip_suffix('\n').ok_or(FORM)?;
        let mut signed = false;
        for (index, line) in lines.split('\n').enumerate() {
            let (name, signature) = line.strip_prefix("— ").and_then(|line| line.split_once(' ')).ok_or(FORM)?;
            let signature = base64::decode(signature).map_err(|_| FORM)?;
            let (hash, signature) = signature.split_at_checked(4).ok_or(FORM)?;
            if name.is_empty() || signature.is_empty() || index >= SIGNATURES {
                return Err(FORM);
            }
            if name == key.name && hash == key.hash {
                let verified = key.key.verify_x509(SignatureAlgorithm::Ed25519, body.as_bytes(), signature);
                verified.map_err(|_| Malformed::new("note-signature"))?;
                signed = true;
            }
        }
        if !signed {
            return Err(Malformed::new("note-unsigned"));
        }
        Self::read(&body)
    }

    fn body(&self) -> String {
        format!("{}\n{}\n{}\n", self.origin, self.size, base64::encode(&self.root))
    }

    fn read(body: &str) -> Result<Self, Malformed> {
        const FORM: Malformed = Malformed::new("checkpoint-form");
        let mut lines = body.split_terminator('\n');
        let (Some(origin), Some(size), Some(root)) = (lines.next(), lines.next(), lines.next()) else {
            return Err(FORM);
        };
        if lines.any(str::is_empty)
            || (size.starts_with('0') && size != "0")
            || !size.bytes().all(|b| b.is_ascii_digit())
        {
            return Err(FORM);
        }
        let root = base64::decode(root).ok().and_then(|root| Digest::try_from(root).ok()).ok_or(FORM)?;
        Self::new(origin, size.parse().map_err(|_| FORM)?, root).map_err(|_| FORM)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::{GenerateKind, SoftwareSigner, SystemRandom};

    fn key(name: &str) -> (NoteKey, SoftwareSigner) {
        let (signer, _) = SoftwareSigner::generate(GenerateKind::Ed25519, &SystemRandom::new()).unwrap();
        (NoteKey::new(name, signer.public_key().clone()).unwrap(), signer)
    }

    fn rule<T>(result: Result<T, Malformed>) -> Option<&'static str> {
        result.err().map(|fault| fault.rule)
    }

    /// The example key and note of Go's `golang.org/x/mod/sumdb/note`.
    const PETER: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
    const NOTE: &str = "If you think cryptography is the answer to your problem,\n\
        then you don't know what your problem is.\n\n\
        — PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";

    #[test]
    fn keys_and_signatures_are_those_of_other_tools() {
        let key = NoteKey::parse(PETER).unwrap();
        assert_eq!((key.name(), key.to_string().as_str()), ("PeterNeumann", PETER));
        // The signature verifies; the text is no checkpoint.
        assert_eq!(rule(Checkpoint::open(NOTE, &key)), Some("checkpoint-form"));
        assert_eq!(rule(Checkpoint::open(&NOTE.replace("think", "thank"), &key)), Some("note-signature"));
    }

    #[test]
    fn a_key_whose_hash_is_not_its_own_is_refused() {
        for (wrong, expected) in [
            (PETER.replace("c74f20a3", "c74f20a4"), "note-key"),
            (PETER.replace("PeterN", "PaterN"), "note-key"),
            (PETER.replace("+ARpc", "+AhpC"), "note-key-kind"),
            (PETER.replace("PeterN", "Peter N"), "note-key-name"),
            ("PeterNeumann+c74f20a3".to_owned(), "note-key"),
        ] {
            assert_eq!(rule(NoteKey::parse(&wrong)), Some(expected), "{wrong}");
        }
    }

    #[test]
    fn a_checkpoint_opens_with_the_key_that_signed_it() {
        let (key, signer) = key("example.com/log");
        let checkpoint = Checkpoint::new("example.com/log", 42, [7; 32]).unwrap();
        let note = checkpoint.sign(&key, &signer).unwrap();
        assert_eq!(Checkpoint::open(&note, &key), Ok(checkpoint.clone()));
        let root = "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=";
        assert!(note.starts_with(&format!("example.com/log\n42\n{root}\n\n— example.com/log ")), "{note}");

        let (other, _) = self::key("example.com/log");
        assert_eq!(rule(Checkpoint::open(&note, &other)), Some("note-unsigned"));
        assert_eq!(checkpoint.sign(&other, &signer).unwrap_err().code(), Code::RecordUnavailable);
        assert_eq!(rule(Checkpoint::open(&note.replace("\n42\n", "\n43\n"), &key)), Some("note-signature"));
        assert_eq!(rule(Checkpoint::open(note.trim_end(), &key)), Some("note-form"));
        assert_eq!(rule(Checkpoint::open(&format!("{note}x\n"), &key)), Some("note-form"));
        assert_eq!(rule(Checkpoint::open(&format!("{note}{}", " ".repeat(4_096)), &key)), Some("note-too-large"));

        // A witness's line beside ours is passed over.
        let witnessed = format!("{note}— witness.example AAAAAGE=\n");
        assert_eq!(Checkpoint::open(&witnessed, &key), Ok(checkpoint));
    }

    #[test]
    fn a_size_has_one_form() {
        let (key, signer) = key("log");
        for (body, fine) in [
            ("log\n1\n{}\n", true),
            ("log\n1\n{}\nextension\n", true),
            ("log\n01\n{}\n", false),
            ("log\n+1\n{}\n", false),
            ("log\n\n{}\n", false),
            ("log\n18446744073709551616\n{}\n", false),
            ("log\n1\n{}A\n", false),
            ("log\n1\n", false),
            ("\n1\n{}\n", false),
        ] {
            let body = body.replace("{}", &base64::encode(&[1; 32]));
            let signature = [key.hash.as_slice(), &signer.sign(body.as_bytes()).unwrap()].concat();
            let note = format!("{body}\n— log {}\n", base64::encode(&signature));
            assert_eq!(Checkpoint::open(&note, &key).is_ok(), fine, "{body}");
        }
    }
}
