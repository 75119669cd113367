//! The algorithms and limits that russh gets: everything named here, nothing by default.
use std::borrow::Cow;
use std::time::Duration;

use russh::keys::{Algorithm, EcdsaCurve, HashAlg, PrivateKey};
use russh::server::Config as SshConfig;
use russh::{MethodKind, MethodSet, Preferred, SshId, cipher, compression, kex, mac};

use crate::config::Config;

/// Key exchange, best first. The extension names carry strict key exchange (CVE-2023-48795) and server-sig-algs.
const KEX: &[kex::Name] = &[
    kex::MLKEM768X25519_SHA256,
    kex::CURVE25519,
    kex::CURVE25519_PRE_RFC_8731,
    kex::DH_G18_SHA512,
    kex::DH_G16_SHA512,
    kex::EXTENSION_SUPPORT_AS_CLIENT,
    kex::EXTENSION_SUPPORT_AS_SERVER,
    kex::EXTENSION_OPENSSH_STRICT_KEX_AS_CLIENT,
    kex::EXTENSION_OPENSSH_STRICT_KEX_AS_SERVER,
];

/// Signature algorithms for the host key (ed25519 is the only one we hold) and for client keys. No `ssh-rsa`: SHA-1.
const KEYS: &[Algorithm] = &[
    Algorithm::Ed25519,
    Algorithm::Ecdsa { curve: EcdsaCurve::NistP256 },
    Algorithm::Ecdsa { curve: EcdsaCurve::NistP384 },
    Algorithm::Ecdsa { curve: EcdsaCurve::NistP521 },
    Algorithm::Rsa { hash: Some(HashAlg::Sha512) },
    Algorithm::Rsa { hash: Some(HashAlg::Sha256) },
];

const CIPHERS: &[cipher::Name] =
    &[cipher::CHACHA20_POLY1305, cipher::AES_256_GCM, cipher::AES_256_CTR, cipher::AES_128_CTR];

const MACS: &[mac::Name] = &[mac::HMAC_SHA512_ETM, mac::HMAC_SHA256_ETM];

/// Whether a client key may be used with the signature algorithm that the client named.
pub(crate) fn accepts(algorithm: &Algorithm) -> bool {
    KEYS.contains(algorithm)
}

/// russh's settings for our door.
pub(crate) fn ssh_config(config: &Config, host_key: PrivateKey) -> SshConfig {
    SshConfig {
        server_id: SshId::Standard(Cow::Borrowed("SSH-2.0-Caravan")),
        methods: MethodSet::from(&[MethodKind::PublicKey][..]),
        auth_rejection_time: config.auth_rejection_delay,
        // The `none` request is how clients ask for the methods; it guesses nothing, so it need not wait.
        auth_rejection_time_initial: Some(Duration::ZERO),
        // russh counts that question as well. Refused keys are counted by us, to the exact number.
        max_auth_attempts: config.auth_attempts_max.saturating_add(1),
        keys: vec![host_key],
        window_size: 2 << 20,
        maximum_packet_size: 32 << 10,
        channel_buffer_size: 64,
        event_buffer_size: 16,
        preferred: Preferred {
            kex: Cow::Borrowed(KEX),
            key: Cow::Borrowed(KEYS),
            host_key_certificates: Cow::Borrowed(&[]),
            cipher: Cow::Borrowed(CIPHERS),
            mac: Cow::Borrowed(MACS),
            compression: Cow::Borrowed(&[compression::NONE]),
        },
        // Covers a peer that takes no bytes; idle sessions are ended by ourselves.
        inactivity_timeout: Some(config.write_timeout.saturating_mul(2)),
        keepalive_interval: Some(config.keepalive),
        keepalive_max: 3,
        nodelay: true,
        ..SshConfig::default()
    }
}
