//! HMAC and comparison, in constant time. SHA-1 and MD5 are here because parties still sign webhooks with them.

use caravan_hub_sandbox::Algorithm;
use caravan_manifest::Digest;
use hmac::{Hmac, Mac};
use md5::Md5;
use sha1::Sha1;
use sha2::{Sha256, Sha512};

/// The manifest's word for a digest of the contract.
pub(crate) const fn declared(algorithm: Algorithm) -> Digest {
    match algorithm {
        Algorithm::Sha1 => Digest::Sha1,
        Algorithm::Sha256 => Digest::Sha256,
        Algorithm::Sha512 => Digest::Sha512,
        Algorithm::Md5 => Digest::Md5,
    }
}

/// The HMAC (RFC 2104) of `data`; none never happens, as HMAC takes keys of any length.
pub(crate) fn sign(algorithm: Algorithm, key: &[u8], data: &[u8]) -> Option<Vec<u8>> {
    fn run<M: Mac + hmac::digest::KeyInit>(key: &[u8], data: &[u8]) -> Option<Vec<u8>> {
        let mut mac = <M as Mac>::new_from_slice(key).ok()?;
        mac.update(data);
        Some(mac.finalize().into_bytes().to_vec())
    }
    match algorithm {
        Algorithm::Sha1 => run::<Hmac<Sha1>>(key, data),
        Algorithm::Sha256 => run::<Hmac<Sha256>>(key, data),
        Algorithm::Sha512 => run::<Hmac<Sha512>>(key, data),
        Algorithm::Md5 => run::<Hmac<Md5>>(key, data),
    }
}

/// Whether `signature` is that HMAC; the whole of it, truncated ones are refused.
pub(crate) fn verify(algorithm: Algorithm, key: &[u8], data: &[u8], signature: &[u8]) -> bool {
    sign(algorithm, key, data).is_some_and(|expected| equal(&expected, signature))
}

/// Whether both are the same. The time depends on neither's contents: what is compared are their MACs under one key.
pub(crate) fn equal(left: &[u8], right: &[u8]) -> bool {
    let mac = |data: &[u8]| {
        let mut mac = <Hmac<Sha256> as Mac>::new_from_slice(b"compare").ok()?;
        mac.update(data);
        Some(mac)
    };
    let (Some(left), Some(right)) = (mac(left), mac(right)) else { return false };
    left.verify(&right.finalize().into_bytes()).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signatures_are_those_of_the_published_cases() {
        // RFC 2202 and RFC 4231, test case 2.
        let (key, data) = (b"Jefe", b"what do ya want for nothing?");
        for (algorithm, expected) in [
            (Algorithm::Md5, "750c783e6ab0b503eaa86e310a5db738"),
            (Algorithm::Sha1, "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"),
            (Algorithm::Sha256, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"),
            (
                Algorithm::Sha512,
                "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737",
            ),
        ] {
            let signature = sign(algorithm, key, data).unwrap();
            assert_eq!(hex::encode(&signature), expected);
            assert!(verify(algorithm, key, data, &signature));
            assert!(!verify(algorithm, key, data, &signature[..signature.len() - 1]));
            assert!(!verify(algorithm, b"jefe", data, &signature));
        }
    }

    #[test]
    fn only_the_same_bytes_are_equal() {
        assert!(equal(b"secret", b"secret") && equal(b"", b""));
        assert!(!equal(b"secret", b"secreT") && !equal(b"secret", b"secret1") && !equal(b"", b"s"));
    }
}
