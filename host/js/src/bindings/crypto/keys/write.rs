//! Keys in DER: `SubjectPublicKeyInfo` (RFC 5280), PKCS #8 (RFC 5958), PKCS #1 (RFC 8017) and SEC 1 (RFC 5915).

use ::rsa::traits::PublicKeyParts;
use ::rsa::{PrivateKey as RsaPrivateKey, PublicKey as RsaPublicKey};
use zeroize::Zeroizing;

use super::super::asn1::{self, Oid};
use super::ec::{Curve, Form};
use super::rsa::{PssParameters, Usage, secrets};
use super::{Private, Public};

pub(in super::super) const RSA: &str = "1.2.840.113549.1.1.1";
pub(in super::super) const RSA_PSS: &str = "1.2.840.113549.1.1.10";
pub(in super::super) const MGF1: &str = "1.2.840.113549.1.1.8";
pub(in super::super) const EC: &str = "1.2.840.10045.2.1";

fn oid(text: &str) -> Vec<u8> {
    asn1::oid(Oid::new_unwrap(text))
}

/// `SubjectPublicKeyInfo`
pub(in super::super) fn spki(key: &Public) -> Vec<u8> {
    let (algorithm, data) = match key {
        Public::Rsa(key, usage) => (rsa_algorithm(*usage), rsa_public(key)),
        Public::Ec(curve, point) => (ec_algorithm(curve), curve.encode(point, Form::Uncompressed)),
        Public::Okp(okp, public) => (asn1::sequence(&[&asn1::oid(okp.oid())]), public.to_vec()),
    };
    asn1::sequence(&[&algorithm, &asn1::bits(&data)])
}

/// `PrivateKeyInfo`
pub(in super::super) fn pkcs8(key: &Private) -> Zeroizing<Vec<u8>> {
    let (algorithm, data) = match key {
        Private::Rsa(key, usage) => (rsa_algorithm(*usage), rsa_private(key)),
        Private::Ec(curve, scalar, point) => (ec_algorithm(curve), ec_private(scalar, None, point)),
        Private::Okp(okp, private) => {
            (asn1::sequence(&[&asn1::oid(okp.oid())]), Zeroizing::new(asn1::octets(&**private)))
        }
    };
    let data = Zeroizing::new(asn1::octets(&data));
    Zeroizing::new(asn1::sequence(&[&asn1::unsigned(&[0]), &algorithm, &data]))
}

fn rsa_algorithm(usage: Usage) -> Vec<u8> {
    match usage {
        Usage::Any => asn1::sequence(&[&oid(RSA), &asn1::null()]),
        Usage::Pss(None) => asn1::sequence(&[&oid(RSA_PSS)]),
        Usage::Pss(Some(parameters)) => asn1::sequence(&[&oid(RSA_PSS), &pss_parameters(parameters)]),
    }
}

/// `RSASSA-PSS-params`; what has its default is left out.
pub(in super::super) fn pss_parameters(parameters: PssParameters) -> Vec<u8> {
    let algorithm = |digest: &super::super::digest::Algorithm| {
        digest.oid().map(|oid| asn1::sequence(&[&asn1::oid(oid), &asn1::null()])).unwrap_or_default()
    };
    let mut fields = Vec::new();
    if parameters.digest.name() != "sha1" {
        fields.extend(asn1::explicit(0, &algorithm(parameters.digest)));
    }
    if parameters.mask.name() != "sha1" {
        fields.extend(asn1::explicit(1, &asn1::sequence(&[&oid(MGF1), &algorithm(parameters.mask)])));
    }
    if parameters.salt_length != 20 {
        fields.extend(asn1::explicit(2, &asn1::unsigned(&parameters.salt_length.to_be_bytes())));
    }
    asn1::sequence(&[&fields])
}

fn ec_algorithm(curve: &Curve) -> Vec<u8> {
    asn1::sequence(&[&oid(EC), &asn1::oid(curve.oid)])
}

/// `RSAPublicKey`
pub(in super::super) fn rsa_public(key: &RsaPublicKey) -> Vec<u8> {
    asn1::sequence(&[&asn1::unsigned(&key.n_bytes()), &asn1::unsigned(&key.e_bytes())])
}

/// `RSAPrivateKey`
pub(in super::super) fn rsa_private(key: &RsaPrivateKey) -> Zeroizing<Vec<u8>> {
    let mut fields = Zeroizing::new(asn1::unsigned(&[0]));
    fields.extend(asn1::unsigned(&key.n_bytes()));
    fields.extend(asn1::unsigned(&key.e_bytes()));
    for number in secrets(key) {
        fields.extend_from_slice(&Zeroizing::new(asn1::unsigned(&number)));
    }
    Zeroizing::new(asn1::sequence(&[&fields]))
}

/// `ECPrivateKey`; the curve is named where nothing around it does.
pub(in super::super) fn ec_private(scalar: &[u8], curve: Option<&Curve>, point: &[u8]) -> Zeroizing<Vec<u8>> {
    let scalar = Zeroizing::new(asn1::octets(scalar));
    let curve = curve.map(|curve| asn1::explicit(0, &asn1::oid(curve.oid))).unwrap_or_default();
    let point = asn1::explicit(1, &asn1::bits(point));
    Zeroizing::new(asn1::sequence(&[&asn1::unsigned(&[1]), &scalar, &curve, &point]))
}
