//! Keys of elliptic curves in Weierstrass form: ECDSA and ECDH over a table of curves.

use chacha20::ChaCha20Rng;
use ecdsa::hazmat::{sign_prehashed_rfc6979, verify_prehashed};
use ecdsa::{EcdsaCurve, Signature, SignatureSize};
use elliptic_curve::array::ArraySize;
use elliptic_curve::sec1::{FromSec1Point, ModulusSize, ToSec1Point, ValidatePublicKey};
use elliptic_curve::{AffinePoint, CurveArithmetic, FieldBytesSize, Generate, PublicKey, SecretKey};
use zeroize::Zeroizing;

use super::super::asn1::Oid;

/// How a point is written (`POINT_CONVERSION_…`).
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Form {
    Compressed,
    Uncompressed,
    Hybrid,
}

impl Form {
    pub(in super::super) fn from_number(number: u32) -> Self {
        match number {
            2 => Self::Compressed,
            6 => Self::Hybrid,
            _ => Self::Uncompressed,
        }
    }
}

/// A curve by its names, and what can be done on it. Points are uncompressed (SEC 1, 2.3.3), scalars as long as a field
/// element.
pub(in super::super) struct Curve {
    /// OpenSSL's name.
    pub(in super::super) name: &'static str,
    /// Other names that OpenSSL or Node take for it.
    aliases: &'static [&'static str],
    /// Name in a JSON Web Key; empty where there is none.
    pub(in super::super) jwk: &'static str,
    pub(in super::super) oid: Oid,
    /// Length of a field element, and of a scalar, in bytes.
    pub(in super::super) size: usize,
    decode: fn(&[u8]) -> Option<Vec<u8>>,
    public: fn(&[u8]) -> Option<Vec<u8>>,
    generate: fn(&mut ChaCha20Rng) -> Zeroizing<Vec<u8>>,
    sign: fn(&[u8], &[u8]) -> Option<Vec<u8>>,
    verify: fn(&[u8], &[u8], &[u8]) -> bool,
    agree: Agree,
}

/// Of a scalar and a point.
type Agree = fn(&[u8], &[u8]) -> Option<Zeroizing<Vec<u8>>>;

impl Curve {
    pub(in super::super) fn find(name: &str) -> Option<&'static Self> {
        CURVES.iter().find(|curve| {
            let mut names = std::iter::once(&curve.name).chain(curve.aliases);
            names.any(|known| *known == name)
        })
    }

    /// By OpenSSL's name only.
    pub(in super::super) fn find_strictly(name: &str) -> Option<&'static Self> {
        CURVES.iter().find(|curve| curve.name == name)
    }

    pub(in super::super) fn find_oid(oid: Oid) -> Option<&'static Self> {
        CURVES.iter().find(|curve| curve.oid == oid)
    }

    pub(in super::super) fn find_jwk(name: &str) -> Option<&'static Self> {
        CURVES.iter().find(|curve| !curve.jwk.is_empty() && curve.jwk == name)
    }

    /// Names of all curves, sorted.
    pub(in super::super) fn names() -> Vec<&'static str> {
        let mut names: Vec<_> = CURVES.iter().map(|curve| curve.name).collect();
        names.sort_unstable();
        names
    }

    /// The point of an encoding in any form, if it lies on the curve.
    pub(in super::super) fn decode(&self, point: &[u8]) -> Option<Vec<u8>> {
        match point.split_first()? {
            // The hybrid form says of `y`, which follows, whether it is odd.
            (form @ (6 | 7), coordinates) if coordinates.last()? & 1 == form & 1 => {
                (self.decode)(&[&[4], coordinates].concat())
            }
            (6 | 7, _) => None,
            _ => (self.decode)(point),
        }
    }

    /// A point in a form.
    pub(in super::super) fn encode(&self, point: &[u8], form: Form) -> Vec<u8> {
        let odd = point.last().map_or(0, |last| last & 1);
        let mut encoded = point.to_vec();
        match form {
            Form::Uncompressed => {}
            Form::Hybrid => encoded[0] = 6 | odd,
            Form::Compressed => {
                encoded[0] = 2 | odd;
                encoded.truncate(1 + self.size);
            }
        }
        encoded
    }

    /// The scalar of big-endian bytes of any length, if it is one: neither zero nor beyond the order.
    pub(in super::super) fn scalar(&self, bytes: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
        let bytes = &bytes[zeros..];
        let mut scalar = Zeroizing::new(vec![0; self.size.checked_sub(bytes.len())?]);
        scalar.extend_from_slice(bytes);
        (self.public)(&scalar).map(|_| scalar)
    }

    /// The point that belongs to a scalar.
    pub(in super::super) fn public(&self, scalar: &[u8]) -> Option<Vec<u8>> {
        (self.public)(scalar)
    }

    pub(in super::super) fn generate(&self, random: &mut ChaCha20Rng) -> Zeroizing<Vec<u8>> {
        (self.generate)(random)
    }

    /// ECDSA over a digest, deterministic (RFC 6979): `r` and `s`, one after the other.
    pub(in super::super) fn sign(&self, scalar: &[u8], hash: &[u8]) -> Option<Vec<u8>> {
        (self.sign)(scalar, hash)
    }

    pub(in super::super) fn verify(&self, point: &[u8], hash: &[u8], signature: &[u8]) -> bool {
        (self.verify)(point, hash, signature)
    }

    /// ECDH: the first coordinate of the product.
    pub(in super::super) fn agree(&self, scalar: &[u8], point: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        (self.agree)(scalar, point)
    }
}

fn curve<C>(
    name: &'static str,
    aliases: &'static [&'static str],
    jwk: &'static str,
    oid: &'static str,
    size: usize,
) -> Curve
where
    C: EcdsaCurve + CurveArithmetic + ValidatePublicKey,
    AffinePoint<C>: FromSec1Point<C> + ToSec1Point<C>,
    FieldBytesSize<C>: ModulusSize,
    SignatureSize<C>: ArraySize,
{
    Curve {
        name,
        aliases,
        jwk,
        oid: Oid::new_unwrap(oid),
        size,
        decode: |bytes| PublicKey::<C>::from_sec1_bytes(bytes).ok().map(encoded),
        public: |scalar| Some(encoded(SecretKey::<C>::from_slice(scalar).ok()?.public_key())),
        generate: |random| Zeroizing::new(SecretKey::<C>::generate_from_rng(random).to_bytes().to_vec()),
        sign: |scalar, hash| {
            let scalar = SecretKey::<C>::from_slice(scalar).ok()?.to_nonzero_scalar();
            let (signature, _) = sign_prehashed_rfc6979::<C, sha2::Sha256>(&scalar, hash, &[]);
            Some(signature.to_bytes().to_vec())
        },
        verify: |point, hash, signature| {
            let Ok(key) = PublicKey::<C>::from_sec1_bytes(point) else { return false };
            let Ok(signature) = Signature::<C>::from_slice(signature) else { return false };
            // Either of the two values of `s` will do, whatever the curve's crate prefers.
            verify_prehashed(&key.to_projective(), hash, &signature.normalize_s()).is_ok()
        },
        agree: |scalar, point| {
            let scalar = SecretKey::<C>::from_slice(scalar).ok()?.to_nonzero_scalar();
            let point = PublicKey::<C>::from_sec1_bytes(point).ok()?;
            let shared = elliptic_curve::ecdh::diffie_hellman::<C>(scalar, point.as_affine());
            Some(Zeroizing::new(shared.raw_secret_bytes().to_vec()))
        },
    }
}

fn encoded<C>(key: PublicKey<C>) -> Vec<u8>
where
    C: CurveArithmetic,
    AffinePoint<C>: FromSec1Point<C> + ToSec1Point<C>,
    FieldBytesSize<C>: ModulusSize,
{
    key.to_sec1_point(false).as_bytes().to_vec()
}

static CURVES: std::sync::LazyLock<[Curve; 4]> = std::sync::LazyLock::new(|| {
    [
        curve::<p256::NistP256>("prime256v1", &["P-256", "secp256r1"], "P-256", "1.2.840.10045.3.1.7", 32),
        curve::<p384::NistP384>("secp384r1", &["P-384"], "P-384", "1.3.132.0.34", 48),
        curve::<p521::NistP521>("secp521r1", &["P-521"], "P-521", "1.3.132.0.35", 66),
        curve::<k256::Secp256k1>("secp256k1", &[], "secp256k1", "1.3.132.0.10", 32),
    ]
});

#[cfg(test)]
mod tests {
    use chacha20::rand_core::SeedableRng;

    use super::*;

    #[test]
    fn every_curve_signs_and_agrees() {
        let mut random = ChaCha20Rng::from_seed([7; 32]);
        for curve in CURVES.iter() {
            let [a, b] = [0; 2].map(|_| curve.generate(&mut random));
            let [pa, pb] = [&a, &b].map(|scalar| curve.public(scalar).unwrap());
            assert_eq!(curve.agree(&a, &pb).unwrap(), curve.agree(&b, &pa).unwrap(), "{}", curve.name);
            for length in [20, 32, 48, 64] {
                let hash = vec![9; length];
                let signature = curve.sign(&a, &hash).unwrap();
                assert!(curve.verify(&pa, &hash, &signature), "{} {length}", curve.name);
                assert!(!curve.verify(&pb, &hash, &signature), "{} {length}", curve.name);
            }
            for form in [Form::Compressed, Form::Uncompressed, Form::Hybrid] {
                assert_eq!(curve.decode(&curve.encode(&pa, form)).as_ref(), Some(&pa), "{}", curve.name);
            }
        }
    }

    #[test]
    fn points_off_the_curve_are_none() {
        for curve in CURVES.iter() {
            let mut point = vec![4];
            point.resize(1 + 2 * curve.size, 1);
            assert_eq!(curve.decode(&point), None);
            assert_eq!(curve.decode(&[0]), None);
            assert_eq!(curve.decode(&[]), None);
            assert_eq!(curve.scalar(&[]), None);
            assert_eq!(curve.scalar(&[0xFF; 80]), None);
        }
    }
}
