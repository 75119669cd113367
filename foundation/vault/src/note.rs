//! Signed notes: a text, an empty line, and who signs for it, as [c2sp.org/signed-note](https://c2sp.org/signed-note) has them.
//!
//! ```text
//! What is said.
//!
//! — name base64(key id || Ed25519 signature)
//! ```
//!
//! Whoever has the verifying key (`name+id+key`, one line of text) checks a note with any tool of the format, without us.

use core::fmt;
use core::str::FromStr;

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// The format's number for Ed25519.
const ED25519_NOTE: u8 = 1;
/// What a line of a signature begins with.
const DASH: &str = "— ";

/// What cannot be signed, or is not signed by this key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    /// A name with a space or a plus, or a text that does not end with a line.
    #[error(
        "a signed note has a name of one word, and a text of whole lines without control characters"
    )]
    Form,
    /// A verifying key that is none.
    #[error("a verifying key is written as its name, 8 hex digits and base64, with + between them")]
    Key,
    /// No signature of this key.
    #[error("the note has no signature of the key {0:08x}")]
    Unsigned(u32),
    /// The signature is of another text.
    #[error("the note was changed after it was signed")]
    Changed,
}

/// Signs notes under a name.
pub struct NoteSigner {
    pair: Ed25519KeyPair,
    verifier: NoteVerifier,
}

impl NoteSigner {
    /// The signer of a secret seed.
    ///
    /// # Errors
    /// [`NoteError::Form`] for a name that is no word.
    pub fn of_seed(name: &str, seed: &[u8; 32]) -> Result<Self, NoteError> {
        let pair = Ed25519KeyPair::from_seed_unchecked(seed).map_err(|_| NoteError::Key)?;
        let key = pair.public_key().as_ref().try_into().map_err(|_| NoteError::Key)?;
        let verifier = NoteVerifier::new(name, key)?;
        Ok(Self { pair, verifier })
    }

    /// What the notes are checked by. No secret.
    #[must_use]
    pub fn verifier(&self) -> &NoteVerifier {
        &self.verifier
    }

    /// The note that says `text`, which ends with a line.
    ///
    /// # Errors
    /// [`NoteError::Form`] for a text that no note can have.
    pub fn sign(&self, text: &str) -> Result<String, NoteError> {
        if !is_text(text) {
            return Err(NoteError::Form);
        }
        let mut signature = self.verifier.id.to_be_bytes().to_vec();
        signature.extend_from_slice(self.pair.sign(text.as_bytes()).as_ref());
        let signature = STANDARD.encode(signature);
        Ok(format!("{text}\n{DASH}{} {signature}\n", self.verifier.name))
    }
}

impl fmt::Debug for NoteSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NoteSigner").field("verifier", &self.verifier).finish_non_exhaustive()
    }
}

/// Checks notes; written as `name+id+key`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoteVerifier {
    name: String,
    /// The first bytes of a hash over name and key: which of a note's lines is ours.
    id: u32,
    key: [u8; 32],
}

impl NoteVerifier {
    fn new(name: &str, key: [u8; 32]) -> Result<Self, NoteError> {
        let word = !name.is_empty() && !name.contains(|c: char| c.is_whitespace() || c == '+');
        if !word {
            return Err(NoteError::Form);
        }
        let hashed = [name.as_bytes(), b"\n", &[ED25519_NOTE], &key].concat();
        let hash = digest(&SHA256, &hashed);
        let id = hash.as_ref().first_chunk().copied().map(u32::from_be_bytes).unwrap_or_default();
        Ok(Self { name: name.to_owned(), id, key })
    }

    /// The text that this key signed.
    ///
    /// # Errors
    /// [`NoteError::Unsigned`] and [`NoteError::Changed`]; [`NoteError::Form`] for what is no note.
    pub fn open<'a>(&self, note: &'a str) -> Result<&'a str, NoteError> {
        // The text may have empty lines; the last one parts it from the signatures.
        let (before, signatures) = note.rsplit_once("\n\n").ok_or(NoteError::Form)?;
        let text = note.get(..before.len().saturating_add(1)).ok_or(NoteError::Form)?;
        if !is_text(text) || !signatures.ends_with('\n') {
            return Err(NoteError::Form);
        }
        let ours = signatures.lines().find_map(|line| self.signature(line));
        let signature = ours.ok_or(NoteError::Unsigned(self.id))?;
        let verified =
            UnparsedPublicKey::new(&ED25519, self.key).verify(text.as_bytes(), &signature);
        verified.map(|()| text).map_err(|_| NoteError::Changed)
    }

    /// The signature of a line, if it says that it is of this key.
    fn signature(&self, line: &str) -> Option<Vec<u8>> {
        let (name, encoded) = line.strip_prefix(DASH)?.split_once(' ')?;
        let bytes = STANDARD.decode(encoded).ok()?;
        let (id, signature) = bytes.split_first_chunk()?;
        (name == self.name && u32::from_be_bytes(*id) == self.id).then(|| signature.to_vec())
    }
}

impl fmt::Display for NoteVerifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = STANDARD.encode([&[ED25519_NOTE][..], &self.key].concat());
        write!(f, "{}+{:08x}+{key}", self.name, self.id)
    }
}

impl FromStr for NoteVerifier {
    type Err = NoteError;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        // Base64 has pluses of its own.
        let mut parts = text.trim().splitn(3, '+');
        let (Some(name), Some(id), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(NoteError::Key);
        };
        let bytes = STANDARD.decode(key).map_err(|_| NoteError::Key)?;
        let Some((&ED25519_NOTE, key)) = bytes.split_first() else { return Err(NoteError::Key) };
        let known = Self::new(name, key.try_into().map_err(|_| NoteError::Key)?)?;
        (format!("{:08x}", known.id) == id).then_some(known).ok_or(NoteError::Key)
    }
}

/// Whole lines without control characters.
fn is_text(text: &str) -> bool {
    text.ends_with('\n') && !text.chars().any(|c| c.is_ascii_control() && c != '\n')
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the format's first implementation, golang.org/x/mod/sumdb/note.
    const KEY: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
    const SEED: &str = "AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";
    const TEXT: &str = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n";
    const SIGNED: &str = "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";

    fn signer() -> NoteSigner {
        let seed = STANDARD.decode(SEED).unwrap();
        NoteSigner::of_seed("PeterNeumann", seed[1..].try_into().unwrap()).unwrap()
    }

    #[test]
    fn the_published_example_is_signed_and_opened_as_published() {
        let note = format!("{TEXT}\n{SIGNED}");
        assert_eq!(signer().verifier().to_string(), KEY);
        assert_eq!(signer().sign(TEXT).unwrap(), note);
        let verifier: NoteVerifier = KEY.parse().unwrap();
        assert_eq!(verifier.open(&note), Ok(TEXT));
        // Among other people's lines it is found, too.
        let others = format!("{TEXT}\n— somebody.else AAAAAAAA\n{SIGNED}");
        assert_eq!(verifier.open(&others), Ok(TEXT));
    }

    #[test]
    fn what_was_changed_or_is_signed_by_another_is_not_opened() {
        let verifier: NoteVerifier = KEY.parse().unwrap();
        let changed = format!("{}\n{SIGNED}", TEXT.replace("don't", "do"));
        assert_eq!(verifier.open(&changed), Err(NoteError::Changed));
        let other = NoteSigner::of_seed("PeterNeumann", &[7; 32]).unwrap().sign(TEXT).unwrap();
        assert_eq!(verifier.open(&other), Err(NoteError::Unsigned(0xc74f_20a3)));
        for bad in ["", TEXT, SIGNED, &format!("{TEXT}\n{}", SIGNED.trim_end())] {
            assert_eq!(verifier.open(bad), Err(NoteError::Form), "{bad}");
        }
    }

    #[test]
    fn what_can_be_neither_key_nor_note_is_refused() {
        for bad in
            ["", "a", "a+b", "PeterNeumann+c74f20a4+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"]
        {
            assert_eq!(bad.parse::<NoteVerifier>(), Err(NoteError::Key), "{bad}");
        }
        for name in ["", "a b", "a+b"] {
            assert_eq!(NoteSigner::of_seed(name, &[7; 32]).err(), Some(NoteError::Form), "{name}");
        }
        for text in ["", "no line", "a\rb\n"] {
            assert_eq!(signer().sign(text), Err(NoteError::Form), "{text}");
        }
    }
}
