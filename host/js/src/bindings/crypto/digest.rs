//! Digest algorithms by OpenSSL's names, and what is built on a digest: HMAC, PBKDF2, HKDF.

use blake2::{Blake2b512, Blake2s256};
use hkdf::{GenericHkdf, HmacImpl};
use hmac::digest::block_api::{BlockSizeUser, EagerHash};
use hmac::digest::typenum::Unsigned;
use hmac::digest::{
    Digest, ExtendableOutput, FixedOutput, HashMarker, KeyInit, Output, OutputSizeUser, Update, XofReader, consts,
};
use hmac::{Hmac, SimpleHmac};

use super::asn1::{self, Oid};

/// A digest or a MAC that is being computed.
pub(super) trait State: Send {
    fn update(&mut self, data: &[u8]);
    /// The value of what was given so far. `length` in bytes is minded by extendable digests only.
    fn finish(self: Box<Self>, length: usize) -> Vec<u8>;
    fn copy(&self) -> Box<dyn State>;
}

#[derive(Clone)]
struct Fixed<T>(T);

impl<T: Update + FixedOutput + Clone + Send + 'static> State for Fixed<T> {
    fn update(&mut self, data: &[u8]) {
        self.0.update(data);
    }

    fn finish(self: Box<Self>, _length: usize) -> Vec<u8> {
        self.0.finalize_fixed().to_vec()
    }

    fn copy(&self) -> Box<dyn State> {
        Box::new(self.clone())
    }
}

#[derive(Clone)]
struct Extendable<T>(T);

impl<T: Update + ExtendableOutput + Clone + Send + 'static> State for Extendable<T> {
    fn update(&mut self, data: &[u8]) {
        self.0.update(data);
    }

    fn finish(self: Box<Self>, length: usize) -> Vec<u8> {
        let mut output = vec![0; length];
        self.0.finalize_xof().read(&mut output);
        output
    }

    fn copy(&self) -> Box<dyn State> {
        Box::new(self.clone())
    }
}

/// A digest algorithm.
pub(super) struct Algorithm {
    /// OpenSSL's names for it; they are compared without regard to case.
    names: &'static [&'static str],
    /// Length of its value in bytes; where it is extendable, the length taken if none is asked for.
    pub(super) size: usize,
    pub(super) extendable: bool,
    start: fn() -> Box<dyn State>,
    keyed: Option<Keyed>,
}

/// What takes a key. An extendable digest has none of it.
struct Keyed {
    mac: fn(&[u8]) -> Box<dyn State>,
    pbkdf2: fn(&[u8], &[u8], u32, &mut [u8]),
    hkdf: Hkdf,
}

/// Of a key, a salt and what it is for; whether the output is not too long.
type Hkdf = fn(&[u8], &[u8], &[u8], &mut [u8]) -> bool;

impl Algorithm {
    pub(super) fn find(name: &str) -> Option<&'static Self> {
        ALGORITHMS.iter().find(|algorithm| algorithm.names.iter().any(|known| known.eq_ignore_ascii_case(name)))
    }

    pub(super) fn start(&self) -> Box<dyn State> {
        (self.start)()
    }

    /// The value of some data, of the usual length.
    pub(super) fn of(&self, parts: &[&[u8]]) -> Vec<u8> {
        let mut state = self.start();
        parts.iter().for_each(|part| state.update(part));
        state.finish(self.size)
    }

    /// OpenSSL's name.
    pub(super) fn name(&self) -> &'static str {
        self.names[0]
    }

    pub(super) fn oid(&self) -> Option<Oid> {
        OIDS.iter().find(|(name, _)| *name == self.name()).map(|(_, oid)| Oid::new_unwrap(oid))
    }

    /// The algorithm that an object identifier stands for.
    pub(super) fn find_oid(oid: Oid) -> Option<&'static Self> {
        let (name, _) = OIDS.iter().find(|(_, known)| Oid::new_unwrap(known) == oid)?;
        Self::find(name)
    }

    /// `DigestInfo` (RFC 8017, 9.2) of a value of this algorithm. What TLS before 1.2 signed has none: it is taken as it is.
    pub(super) fn digest_info(&self, hash: &[u8]) -> Option<Vec<u8>> {
        if self.name() == "md5-sha1" {
            return Some(hash.to_vec());
        }
        let algorithm = asn1::sequence(&[&asn1::oid(self.oid()?), &asn1::null()]);
        Some(asn1::sequence(&[&algorithm, &asn1::octets(hash)]))
    }

    /// HMAC (RFC 2104).
    pub(super) fn mac(&self, key: &[u8]) -> Option<Box<dyn State>> {
        self.keyed.as_ref().map(|keyed| (keyed.mac)(key))
    }

    /// PBKDF2 (RFC 8018); whether the algorithm serves for it.
    pub(super) fn pbkdf2(&self, password: &[u8], salt: &[u8], rounds: u32, output: &mut [u8]) -> bool {
        self.keyed.as_ref().map(|keyed| (keyed.pbkdf2)(password, salt, rounds, output)).is_some()
    }

    /// HKDF (RFC 5869); whether the algorithm serves for it and the output is not too long.
    pub(super) fn hkdf(&self, key: &[u8], salt: &[u8], info: &[u8], output: &mut [u8]) -> bool {
        self.keyed.as_ref().is_some_and(|keyed| (keyed.hkdf)(key, salt, info, output))
    }
}

const fn fixed<D, M>(names: &'static [&'static str]) -> Algorithm
where
    D: Default + Update + FixedOutput + Clone + Send + 'static,
    M: KeyInit + Update + FixedOutput + HmacImpl + Send + 'static,
{
    Algorithm {
        names,
        size: <D::OutputSize as Unsigned>::USIZE,
        extendable: false,
        start: || Box::new(Fixed(D::default())),
        keyed: Some(Keyed {
            mac: |key| Box::new(Fixed(<M as HmacImpl>::new_from_slice(key))),
            pbkdf2: |password, salt, rounds, output| {
                pbkdf2::pbkdf2::<M>(password, salt, rounds, output).expect("HMAC takes a key of any length");
            },
            hkdf: |key, salt, info, output| GenericHkdf::<M>::new(Some(salt), key).expand(info, output).is_ok(),
        }),
    }
}

const fn eager<D>(names: &'static [&'static str]) -> Algorithm
where
    D: EagerHash + Default + Update + FixedOutput + Clone + Send + 'static,
    Hmac<D>: HmacImpl + Send,
{
    fixed::<D, Hmac<D>>(names)
}

const fn simple<D>(names: &'static [&'static str]) -> Algorithm
where
    D: Digest + BlockSizeUser + Default + Update + FixedOutput + Clone + Send + 'static,
{
    fixed::<D, SimpleHmac<D>>(names)
}

const fn extendable<D>(names: &'static [&'static str], size: usize) -> Algorithm
where
    D: Default + Update + ExtendableOutput + Clone + Send + 'static,
{
    Algorithm { names, size, extendable: true, start: || Box::new(Extendable(D::default())), keyed: None }
}

static ALGORITHMS: [Algorithm; 19] = [
    eager::<sha2::Sha256>(&["sha256", "sha-256", "sha2-256", "RSA-SHA256", "sha256WithRSAEncryption"]),
    eager::<sha1::Sha1>(&["sha1", "sha-1", "RSA-SHA1", "RSA-SHA1-2", "sha1WithRSAEncryption", "ssl3-sha1"]),
    eager::<sha2::Sha512>(&["sha512", "sha-512", "sha2-512", "RSA-SHA512", "sha512WithRSAEncryption"]),
    eager::<sha2::Sha384>(&["sha384", "sha-384", "sha2-384", "RSA-SHA384", "sha384WithRSAEncryption"]),
    eager::<md5::Md5>(&["md5", "RSA-MD5", "md5WithRSAEncryption", "ssl3-md5"]),
    eager::<sha2::Sha224>(&["sha224", "sha-224", "sha2-224", "RSA-SHA224", "sha224WithRSAEncryption"]),
    eager::<sha2::Sha512_224>(&[
        "sha512-224",
        "sha-512/224",
        "sha2-512/224",
        "RSA-SHA512/224",
        "sha512-224WithRSAEncryption",
    ]),
    eager::<sha2::Sha512_256>(&[
        "sha512-256",
        "sha-512/256",
        "sha2-512/256",
        "RSA-SHA512/256",
        "sha512-256WithRSAEncryption",
    ]),
    simple::<sha3::Sha3_224>(&["sha3-224", "RSA-SHA3-224", "id-rsassa-pkcs1-v1_5-with-sha3-224"]),
    simple::<sha3::Sha3_256>(&["sha3-256", "RSA-SHA3-256", "id-rsassa-pkcs1-v1_5-with-sha3-256"]),
    simple::<sha3::Sha3_384>(&["sha3-384", "RSA-SHA3-384", "id-rsassa-pkcs1-v1_5-with-sha3-384"]),
    simple::<sha3::Sha3_512>(&["sha3-512", "RSA-SHA3-512", "id-rsassa-pkcs1-v1_5-with-sha3-512"]),
    simple::<Blake2b512>(&["blake2b512", "blake2b-512"]),
    simple::<Blake2s256>(&["blake2s256", "blake2s-256"]),
    eager::<ripemd::Ripemd160>(&["ripemd160", "ripemd-160", "ripemd", "rmd160", "RSA-RIPEMD160", "ripemd160WithRSA"]),
    eager::<sm3::Sm3>(&["sm3", "RSA-SM3", "sm3WithRSAEncryption"]),
    simple::<Md5Sha1>(&["md5-sha1"]),
    extendable::<shake::Shake128>(&["shake128", "shake-128"], 16),
    extendable::<shake::Shake256>(&["shake256", "shake-256"], 32),
];

/// Object identifiers of digests.
static OIDS: [(&str, &str); 14] = [
    ("md5", "1.2.840.113549.2.5"),
    ("sha1", "1.3.14.3.2.26"),
    ("sha256", "2.16.840.1.101.3.4.2.1"),
    ("sha384", "2.16.840.1.101.3.4.2.2"),
    ("sha512", "2.16.840.1.101.3.4.2.3"),
    ("sha224", "2.16.840.1.101.3.4.2.4"),
    ("sha512-224", "2.16.840.1.101.3.4.2.5"),
    ("sha512-256", "2.16.840.1.101.3.4.2.6"),
    ("sha3-224", "2.16.840.1.101.3.4.2.7"),
    ("sha3-256", "2.16.840.1.101.3.4.2.8"),
    ("sha3-384", "2.16.840.1.101.3.4.2.9"),
    ("sha3-512", "2.16.840.1.101.3.4.2.10"),
    ("ripemd160", "1.3.36.3.2.1"),
    ("sm3", "1.2.156.10197.1.401"),
];

/// What `crypto.getHashes()` gives: the names that OpenSSL lists.
pub(super) const LISTED: [&str; 52] = [
    "RSA-MD5",
    "RSA-RIPEMD160",
    "RSA-SHA1",
    "RSA-SHA1-2",
    "RSA-SHA224",
    "RSA-SHA256",
    "RSA-SHA3-224",
    "RSA-SHA3-256",
    "RSA-SHA3-384",
    "RSA-SHA3-512",
    "RSA-SHA384",
    "RSA-SHA512",
    "RSA-SHA512/224",
    "RSA-SHA512/256",
    "RSA-SM3",
    "blake2b512",
    "blake2s256",
    "id-rsassa-pkcs1-v1_5-with-sha3-224",
    "id-rsassa-pkcs1-v1_5-with-sha3-256",
    "id-rsassa-pkcs1-v1_5-with-sha3-384",
    "id-rsassa-pkcs1-v1_5-with-sha3-512",
    "md5",
    "md5-sha1",
    "md5WithRSAEncryption",
    "ripemd",
    "ripemd160",
    "ripemd160WithRSA",
    "rmd160",
    "sha1",
    "sha1WithRSAEncryption",
    "sha224",
    "sha224WithRSAEncryption",
    "sha256",
    "sha256WithRSAEncryption",
    "sha3-224",
    "sha3-256",
    "sha3-384",
    "sha3-512",
    "sha384",
    "sha384WithRSAEncryption",
    "sha512",
    "sha512-224",
    "sha512-224WithRSAEncryption",
    "sha512-256",
    "sha512-256WithRSAEncryption",
    "sha512WithRSAEncryption",
    "shake128",
    "shake256",
    "sm3",
    "sm3WithRSAEncryption",
    "ssl3-md5",
    "ssl3-sha1",
];

/// MD5 and SHA-1 one after the other, as TLS before 1.2 signs.
#[derive(Clone, Default)]
struct Md5Sha1(md5::Md5, sha1::Sha1);

impl HashMarker for Md5Sha1 {}

impl OutputSizeUser for Md5Sha1 {
    type OutputSize = consts::U36;
}

impl BlockSizeUser for Md5Sha1 {
    type BlockSize = consts::U64;
}

impl Update for Md5Sha1 {
    fn update(&mut self, data: &[u8]) {
        Update::update(&mut self.0, data);
        Update::update(&mut self.1, data);
    }
}

impl FixedOutput for Md5Sha1 {
    fn finalize_into(self, output: &mut Output<Self>) {
        let (first, second) = output.split_at_mut(16);
        first.copy_from_slice(&self.0.finalize_fixed());
        second.copy_from_slice(&self.1.finalize_fixed());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    #[test]
    fn every_listed_name_is_known() {
        for name in LISTED {
            assert!(Algorithm::find(name).is_some(), "{name}");
        }
    }

    #[test]
    fn md5_and_sha1_together() {
        let algorithm = Algorithm::find("MD5-SHA1").unwrap();
        let digest = hex(&algorithm.start().finish(algorithm.size));
        assert_eq!(digest, "d41d8cd98f00b204e9800998ecf8427eda39a3ee5e6b4b0d3255bfef95601890afd80709");
    }

    #[test]
    fn extendable_output_has_the_length_asked_for() {
        let algorithm = Algorithm::find("shake128").unwrap();
        let mut state = algorithm.start();
        state.update(b"a");
        assert_eq!(hex(&state.copy().finish(5)), "85c8de88d2");
        assert_eq!(state.finish(0), b"");
    }

    #[test]
    fn hkdf_output_is_bounded() {
        let algorithm = Algorithm::find("sha1").unwrap();
        assert!(algorithm.hkdf(b"a", b"b", b"c", &mut vec![0; 255 * 20]));
        assert!(!algorithm.hkdf(b"a", b"b", b"c", &mut vec![0; 255 * 20 + 1]));
    }
}
