//! Ed25519 signatures and X25519 agreement.

use ed25519_dalek::{Signer, SigningKey, VerifyingKey};
use zeroize::Zeroizing;

use super::super::asn1::Oid;

/// Length of a key in bytes, public or private.
pub(in super::super) const SIZE: usize = 32;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in super::super) enum Okp {
    Ed25519,
    X25519,
}

impl Okp {
    const ALL: [Self; 2] = [Self::Ed25519, Self::X25519];

    /// The type's name in Node.
    pub(in super::super) fn name(self) -> &'static str {
        match self {
            Self::Ed25519 => "ed25519",
            Self::X25519 => "x25519",
        }
    }

    /// Name in a JSON Web Key (RFC 8037).
    pub(in super::super) fn jwk(self) -> &'static str {
        match self {
            Self::Ed25519 => "Ed25519",
            Self::X25519 => "X25519",
        }
    }

    /// RFC 8410.
    pub(in super::super) fn oid(self) -> Oid {
        match self {
            Self::Ed25519 => Oid::new_unwrap("1.3.101.112"),
            Self::X25519 => Oid::new_unwrap("1.3.101.110"),
        }
    }

    /// By the type's name in any spelling.
    pub(in super::super) fn find(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name().eq_ignore_ascii_case(name))
    }

    pub(in super::super) fn find_oid(oid: Oid) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.oid() == oid)
    }

    /// OpenSSL's number (`EVP_PKEY_…`).
    pub(in super::super) fn from_number(number: u32) -> Option<Self> {
        match number {
            1087 => Some(Self::Ed25519),
            1034 => Some(Self::X25519),
            _ => None,
        }
    }

    /// The public key that belongs to a private one.
    pub(in super::super) fn public(self, private: &[u8; SIZE]) -> [u8; SIZE] {
        match self {
            Self::Ed25519 => SigningKey::from_bytes(private).verifying_key().to_bytes(),
            Self::X25519 => x25519_dalek::x25519(*private, x25519_dalek::X25519_BASEPOINT_BYTES),
        }
    }
}

pub(in super::super) fn sign(private: &[u8; SIZE], message: &[u8]) -> Vec<u8> {
    SigningKey::from_bytes(private).sign(message).to_bytes().to_vec()
}

pub(in super::super) fn verify(public: &[u8; SIZE], message: &[u8], signature: &[u8]) -> bool {
    let Ok(key) = VerifyingKey::from_bytes(public) else { return false };
    let Ok(signature) = ed25519_dalek::Signature::from_slice(signature) else { return false };
    // As OpenSSL does, it minds no points of small order.
    ed25519_dalek::Verifier::verify(&key, message, &signature).is_ok()
}

/// X25519; none where the other's key gives nothing but zeros.
pub(in super::super) fn agree(private: &[u8; SIZE], public: &[u8; SIZE]) -> Option<Zeroizing<Vec<u8>>> {
    let shared = Zeroizing::new(x25519_dalek::x25519(*private, *public));
    shared.iter().any(|byte| *byte != 0).then(|| Zeroizing::new(shared.to_vec()))
}
