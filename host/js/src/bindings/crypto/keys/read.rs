//! Keys out of DER. Nothing here panics, whatever it is given.

use der::asn1::AnyRef;
use der::{Decode, ErrorKind, Reader, SliceReader, Tag};
use zeroize::Zeroizing;

use super::super::asn1::{self, Oid};
use super::super::digest::Algorithm;
use super::ec::Curve;
use super::edwards::{Okp, SIZE};
use super::rsa::{self, PssParameters, Usage};
use super::write::{EC, MGF1, RSA, RSA_PSS};
use super::{Private, Public};

/// `SubjectPublicKeyInfo`
pub(in super::super) fn spki(data: &[u8]) -> der::Result<Public> {
    asn1::read_sequence(data, |reader| {
        let (oid, parameters) = algorithm(reader)?;
        let key = asn1::read_bits(reader)?;
        if let Some(usage) = rsa_usage(oid, parameters)? {
            return rsa_public(key, usage);
        }
        if oid == Oid::new_unwrap(EC) {
            let curve = named_curve(parameters)?;
            return Ok(Public::Ec(curve, curve.decode(key).ok_or(INVALID)?));
        }
        let okp = Okp::find_oid(oid).ok_or(ErrorKind::OidUnknown { oid })?;
        Ok(Public::Okp(okp, key.try_into().map_err(|_| INVALID)?))
    })
}

const INVALID: ErrorKind = ErrorKind::Value { tag: Tag::Sequence };

/// The public key of a certificate (RFC 5280).
pub(in super::super) fn certificate_key(data: &[u8]) -> der::Result<Public> {
    let tbs = asn1::read_sequence(data, |reader| reader.tlv_bytes())?;
    let key = asn1::read_sequence(tbs, |reader| {
        // A version comes first where it is not 1; then serial number, signature, issuer, validity, subject.
        let version = Tag::peek(reader)?.is_context_specific();
        for _ in 0..5 + u8::from(version) {
            reader.tlv_bytes()?;
        }
        reader.tlv_bytes()
    })?;
    spki(key)
}

/// `PrivateKeyInfo`
pub(in super::super) fn pkcs8(data: &[u8]) -> der::Result<Private> {
    asn1::read_sequence(data, |reader| {
        asn1::read_unsigned(reader)?;
        let (oid, parameters) = algorithm(reader)?;
        let key = asn1::read_octets(reader)?;
        if let Some(usage) = rsa_usage(oid, parameters)? {
            return rsa_private(key, usage);
        }
        if oid == Oid::new_unwrap(EC) {
            return ec_private(key, Some(named_curve(parameters)?));
        }
        let okp = Okp::find_oid(oid).ok_or(ErrorKind::OidUnknown { oid })?;
        let inner = asn1::read_octets(&mut SliceReader::new(key)?)?;
        let key: [u8; SIZE] = inner.try_into().map_err(|_| INVALID)?;
        Ok(Private::Okp(okp, Zeroizing::new(key)))
    })
}

/// `AlgorithmIdentifier`
pub(in super::super) fn algorithm<'a>(reader: &mut SliceReader<'a>) -> der::Result<(Oid, Option<AnyRef<'a>>)> {
    let any = AnyRef::decode(reader)?;
    if any.header().tag() != Tag::Sequence {
        return Err(INVALID.into());
    }
    let mut reader = SliceReader::new(any.value())?;
    Ok((Oid::decode(&mut reader)?, asn1::read_any(&mut reader)?))
}

fn named_curve(parameters: Option<AnyRef<'_>>) -> der::Result<&'static Curve> {
    let oid = parameters.ok_or(INVALID)?.decode_as::<Oid>()?;
    Ok(Curve::find_oid(oid).ok_or(ErrorKind::OidUnknown { oid })?)
}

fn rsa_usage(oid: Oid, parameters: Option<AnyRef<'_>>) -> der::Result<Option<Usage>> {
    if oid == Oid::new_unwrap(RSA) {
        return Ok(Some(Usage::Any));
    }
    if oid != Oid::new_unwrap(RSA_PSS) {
        return Ok(None);
    }
    let parameters = parameters.filter(|parameters| !parameters.is_null()).map(pss_parameters).transpose()?;
    Ok(Some(Usage::Pss(parameters)))
}

/// `RSASSA-PSS-params`
pub(in super::super) fn pss_parameters(any: AnyRef<'_>) -> der::Result<PssParameters> {
    if any.header().tag() != Tag::Sequence {
        return Err(INVALID.into());
    }
    let digest = |oid: Oid| Algorithm::find_oid(oid).ok_or(ErrorKind::OidUnknown { oid });
    let default = Algorithm::find("sha1").ok_or(INVALID)?;
    let mut parameters = PssParameters { digest: default, mask: default, salt_length: 20 };
    let mut reader = SliceReader::new(any.value())?;
    while let Some(field) = asn1::read_any(&mut reader)? {
        let mut inner = SliceReader::new(field.value())?;
        match field.header().tag().number().value() {
            0 => parameters.digest = digest(algorithm(&mut inner)?.0)?,
            1 => {
                let (oid, mask) = algorithm(&mut inner)?;
                let mask = mask.filter(|_| oid == Oid::new_unwrap(MGF1)).ok_or(INVALID)?;
                parameters.mask = digest(Oid::decode(&mut SliceReader::new(mask.value())?)?)?;
            }
            2 => {
                let bytes = asn1::read_unsigned(&mut inner)?;
                parameters.salt_length = bytes.iter().fold(0_usize, |value, byte| (value << 8) | usize::from(*byte));
            }
            _ => {}
        }
    }
    Ok(parameters)
}

/// `RSAPublicKey`
pub(in super::super) fn rsa_public(data: &[u8], usage: Usage) -> der::Result<Public> {
    asn1::read_sequence(data, |reader| {
        let (modulus, exponent) = (asn1::read_unsigned(reader)?, asn1::read_unsigned(reader)?);
        Ok(Public::Rsa(Box::new(rsa::public(modulus, exponent).ok_or(INVALID)?), usage))
    })
}

/// `RSAPrivateKey`
pub(in super::super) fn rsa_private(data: &[u8], usage: Usage) -> der::Result<Private> {
    asn1::read_sequence(data, |reader| {
        let mut numbers = [&[][..]; 6];
        for number in &mut numbers {
            *number = asn1::read_unsigned(reader)?;
        }
        let [version, modulus, exponent, private_exponent, p, q] = numbers;
        if version.iter().any(|byte| *byte != 0) {
            return Err(INVALID.into());
        }
        let key = rsa::private(modulus, exponent, private_exponent, [p, q]).ok_or(INVALID)?;
        Ok(Private::Rsa(Box::new(key), usage))
    })
}

/// `ECPrivateKey`; its own curve counts where none is given.
pub(in super::super) fn ec_private(data: &[u8], curve: Option<&'static Curve>) -> der::Result<Private> {
    asn1::read_sequence(data, |reader| {
        asn1::read_unsigned(reader)?;
        let scalar = asn1::read_octets(reader)?;
        let mut curve = curve;
        while let Some(field) = asn1::read_any(reader)? {
            if field.header().tag().number().value() == 0 && curve.is_none() {
                curve = Some(named_curve(asn1::read_any(&mut SliceReader::new(field.value())?)?)?);
            }
        }
        let curve = curve.ok_or(INVALID)?;
        let scalar = curve.scalar(scalar).ok_or(INVALID)?;
        let point = curve.public(&scalar).ok_or(INVALID)?;
        Ok(Private::Ec(curve, scalar, point))
    })
}

/// Whether a structure is an `RSAPrivateKey` and no `RSAPublicKey`: it starts with a version.
pub(in super::super) fn is_rsa_private(data: &[u8]) -> bool {
    let first = asn1::read_sequence(data, |reader| Ok(asn1::read_unsigned(reader)?.to_vec()));
    first.is_ok_and(|number| matches!(number.as_slice(), [] | [0 | 1]))
}

/// Whether a structure is an `EncryptedPrivateKeyInfo`: a `PrivateKeyInfo` starts with a version.
pub(in super::super) fn is_encrypted(data: &[u8]) -> bool {
    let tag = asn1::read_sequence(data, |reader| Tag::peek(reader));
    tag.is_ok_and(|tag| tag != Tag::Integer)
}
