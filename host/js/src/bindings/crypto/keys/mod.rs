//! Asymmetric keys, apart from JavaScript: what they are, how they are read and written.

pub(super) mod ec;
pub(super) mod edwards;
pub(super) mod encrypted;
pub(super) mod read;
pub(super) mod rsa;
pub(super) mod write;

use ::rsa::{PrivateKey as RsaPrivateKey, PublicKey as RsaPublicKey};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use self::ec::Curve;
use self::edwards::{Okp, SIZE};
use self::rsa::Usage;

/// A public key.
#[derive(Clone)]
pub(super) enum Public {
    Rsa(Box<RsaPublicKey>, Usage),
    /// A curve and a point of it, uncompressed.
    Ec(&'static Curve, Vec<u8>),
    Okp(Okp, [u8; SIZE]),
}

/// A private key, and what is public of it.
pub(super) enum Private {
    Rsa(Box<RsaPrivateKey>, Usage),
    /// A curve, a scalar, and the point that belongs to it.
    Ec(&'static Curve, Zeroizing<Vec<u8>>, Vec<u8>),
    Okp(Okp, Zeroizing<[u8; SIZE]>),
}

impl Public {
    /// Node's name of the type (`asymmetricKeyType`).
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Rsa(_, usage) => rsa_kind(*usage),
            Self::Ec(..) => "ec",
            Self::Okp(okp, _) => okp.name(),
        }
    }

    /// Whether it is the same key.
    pub(super) fn equals(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Rsa(one, a), Self::Rsa(two, b)) => one == two && a.is_pss() == b.is_pss(),
            (Self::Ec(one, a), Self::Ec(two, b)) => std::ptr::eq(*one, *two) && a == b,
            (Self::Okp(one, a), Self::Okp(two, b)) => one == two && a == b,
            _ => false,
        }
    }
}

impl Private {
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Rsa(_, usage) => rsa_kind(*usage),
            Self::Ec(..) => "ec",
            Self::Okp(okp, _) => okp.name(),
        }
    }

    pub(super) fn public(&self) -> Public {
        match self {
            Self::Rsa(key, usage) => Public::Rsa(Box::new(key.to_public_key()), *usage),
            Self::Ec(curve, _, point) => Public::Ec(curve, point.clone()),
            Self::Okp(okp, private) => Public::Okp(*okp, okp.public(private)),
        }
    }

    /// Whether it is the same key, in constant time.
    pub(super) fn equals(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Rsa(one, a), Self::Rsa(two, b)) => one == two && a.is_pss() == b.is_pss(),
            (Self::Ec(one, a, _), Self::Ec(two, b, _)) => std::ptr::eq(*one, *two) && bool::from(a.ct_eq(b)),
            (Self::Okp(one, a), Self::Okp(two, b)) => one == two && bool::from(a.ct_eq(&**b)),
            _ => false,
        }
    }
}

fn rsa_kind(usage: Usage) -> &'static str {
    if usage.is_pss() { "rsa-pss" } else { "rsa" }
}
