//! RSA keys, and the paddings of RFC 8017 over any digest.

use chacha20::ChaCha20Rng;
use chacha20::rand_core::Rng;
use crypto_bigint::BoxedUint;
use rsa::hazmat::{rsa_decrypt_and_check, rsa_encrypt};
use rsa::traits::{PrivateKeyParts, PublicKeyParts};
use rsa::{PrivateKey as RsaPrivateKey, PublicKey as RsaPublicKey};
use subtle::{Choice, ConditionallySelectable, ConstantTimeEq};
use zeroize::Zeroizing;

use super::super::digest::Algorithm;
use super::super::failure::Failure;

/// Sizes of a new modulus in bits, as OpenSSL bounds them.
const SIZES: std::ops::RangeInclusive<usize> = 512..=16384;
/// Sizes of keys that are read: there is no least of them.
const READ_SIZES: std::ops::RangeInclusive<usize> = 8..=16384;

/// What a key of type `rsa-pss` is restricted to.
#[derive(Clone, Copy)]
pub(in super::super) struct PssParameters {
    pub(in super::super) digest: &'static Algorithm,
    pub(in super::super) mask: &'static Algorithm,
    /// The least length of a salt in bytes.
    pub(in super::super) salt_length: usize,
}

/// What sort of RSA key it is.
#[derive(Clone, Copy)]
pub(in super::super) enum Usage {
    /// Type `rsa`: signatures and encryption.
    Any,
    /// Type `rsa-pss`: such signatures only.
    Pss(Option<PssParameters>),
}

impl Usage {
    pub(in super::super) fn is_pss(self) -> bool {
        matches!(self, Self::Pss(_))
    }

    pub(in super::super) fn parameters(self) -> Option<PssParameters> {
        match self {
            Self::Pss(parameters) => parameters,
            Self::Any => None,
        }
    }
}

pub(in super::super) const DIGEST_NOT_ALLOWED: Failure =
    Failure::OpenSsl("1C8000AE", "Provider routines", "digest not allowed");
const TOO_SMALL: Failure = Failure::OpenSsl("0200007A", "rsa routines", "data too small for key size");
const TOO_LARGE: Failure = Failure::OpenSsl("0200006E", "rsa routines", "data too large for key size");
const TOO_LARGE_FOR_MODULUS: Failure = Failure::OpenSsl("02000084", "rsa routines", "data too large for modulus");
const DIGEST_TOO_BIG: Failure = Failure::OpenSsl("02000070", "rsa routines", "digest too big for rsa key");
const OAEP_DECODING: Failure = Failure::OpenSsl("02000079", "rsa routines", "oaep decoding error");
const TOO_LONG: Failure = Failure::OpenSsl("0200006C", "rsa routines", "data greater than mod len");
const INVALID_PADDING: Failure = Failure::OpenSsl("0200008A", "rsa routines", "invalid padding");

/// A public key of modulus and exponent, big-endian.
pub(in super::super) fn public(modulus: &[u8], exponent: &[u8]) -> Option<RsaPublicKey> {
    let number = BoxedUint::from_be_slice_vartime;
    RsaPublicKey::new_with_size_limits(number(modulus), number(exponent), READ_SIZES).ok()
}

/// A private key of its numbers, big-endian; those that follow from the others are computed anew.
pub(in super::super) fn private(
    modulus: &[u8],
    exponent: &[u8],
    private_exponent: &[u8],
    primes: [&[u8]; 2],
) -> Option<RsaPrivateKey> {
    public(modulus, exponent)?;
    let number = BoxedUint::from_be_slice_vartime;
    let primes = primes.map(number).to_vec();
    RsaPrivateKey::from_components(number(modulus), number(exponent), number(private_exponent), primes).ok()
}

/// A new key.
pub(in super::super) fn generate(
    random: &mut ChaCha20Rng,
    bits: usize,
    exponent: u32,
) -> Result<RsaPrivateKey, Failure> {
    if bits < *SIZES.start() {
        return Err(Failure::Bare("error:1C8000AB:Provider routines::key size too small"));
    }
    if bits > *SIZES.end() {
        return Err(Failure::Bare("error:02000069:rsa routines::modulus too large"));
    }
    if exponent.is_multiple_of(2) || exponent < 3 {
        return Err(Failure::Bare("error:020000B2:rsa routines::pub exponent out of range"));
    }
    let failed = |_| Failure::operation("Key generation failed");
    RsaPrivateKey::new_with_exp_unchecked(random, bits, u64::from(exponent).into()).map_err(failed)
}

/// Bytes of a number without leading zeros.
pub(in super::super) fn bytes(number: &BoxedUint) -> Zeroizing<Vec<u8>> {
    Zeroizing::new(number.to_be_bytes_trimmed_vartime().into_vec())
}

/// The numbers of a private key that are secret: `d`, `p`, `q`, `dp`, `dq`, `qi`.
pub(in super::super) fn secrets(key: &RsaPrivateKey) -> [Zeroizing<Vec<u8>>; 6] {
    let [p, q] = [0, 1].map(|index| key.primes().get(index).map(|prime| bytes(prime.as_ref())).unwrap_or_default());
    let number = |number: Option<&BoxedUint>| number.map(bytes).unwrap_or_default();
    let coefficient = key.crt_coefficient();
    [bytes(key.d()), p, q, number(key.dp()), number(key.dq()), number(coefficient.as_ref())]
}

/// `m ^ e mod n` (RSAEP, RSAVP1), as long as the modulus.
fn apply_public(key: &RsaPublicKey, block: &[u8]) -> Result<Vec<u8>, Failure> {
    let number = representative(key, block)?;
    let result = rsa_encrypt(key, &number).map_err(|_| TOO_LARGE_FOR_MODULUS)?;
    Ok(padded(&result, key.size()))
}

/// `c ^ d mod n` (RSADP, RSASP1), blinded, as long as the modulus.
fn apply_private(key: &RsaPrivateKey, random: &mut ChaCha20Rng, block: &[u8]) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let number = representative(key.as_public_key(), block)?;
    let result = rsa_decrypt_and_check(key, Some(random), &number).map_err(|_| TOO_LARGE_FOR_MODULUS)?;
    Ok(Zeroizing::new(padded(&result, key.size())))
}

fn representative(key: &RsaPublicKey, block: &[u8]) -> Result<BoxedUint, Failure> {
    let number = BoxedUint::from_be_slice(block, key.n_bits_precision()).map_err(|_| TOO_LARGE_FOR_MODULUS)?;
    if number >= *key.n().as_ref() { Err(TOO_LARGE_FOR_MODULUS) } else { Ok(number) }
}

fn padded(number: &BoxedUint, length: usize) -> Vec<u8> {
    let bytes = Zeroizing::new(number.to_be_bytes().into_vec());
    let mut output = vec![0; length];
    let count = bytes.len().min(length);
    output[length - count..].copy_from_slice(&bytes[bytes.len() - count..]);
    output
}

/// Block type 1: as a signature without anything about a digest is made (`privateEncrypt`).
pub(in super::super) fn sign_block(
    key: &RsaPrivateKey,
    random: &mut ChaCha20Rng,
    data: &[u8],
) -> Result<Vec<u8>, Failure> {
    let padding = key.size().checked_sub(data.len() + 3).filter(|padding| *padding >= 8).ok_or(TOO_LARGE)?;
    let mut block = vec![0, 1];
    block.resize(2 + padding, 0xFF);
    block.push(0);
    block.extend_from_slice(data);
    Ok(apply_private(key, random, &block)?.to_vec())
}

/// What [`sign_block`] was given (`publicDecrypt`).
pub(in super::super) fn recover_block(key: &RsaPublicKey, signature: &[u8]) -> Result<Vec<u8>, Failure> {
    if signature.len() > key.size() {
        return Err(TOO_LONG);
    }
    let block = apply_public(key, signature)?;
    let rest = block.strip_prefix(&[0, 1]).ok_or(INVALID_PADDING)?;
    let padding = rest.iter().take_while(|byte| **byte == 0xFF).count();
    if padding < 8 || rest.get(padding) != Some(&0) {
        return Err(INVALID_PADDING);
    }
    Ok(rest[padding + 1..].to_vec())
}

/// No padding: the data is as long as the modulus.
pub(in super::super) fn raw_public(key: &RsaPublicKey, data: &[u8]) -> Result<Vec<u8>, Failure> {
    apply_public(key, whole(data, key.size())?)
}

pub(in super::super) fn raw_private(
    key: &RsaPrivateKey,
    random: &mut ChaCha20Rng,
    data: &[u8],
) -> Result<Vec<u8>, Failure> {
    Ok(apply_private(key, random, whole(data, key.size())?)?.to_vec())
}

fn whole(data: &[u8], size: usize) -> Result<&[u8], Failure> {
    match data.len().cmp(&size) {
        std::cmp::Ordering::Less => Err(TOO_SMALL),
        std::cmp::Ordering::Equal => Ok(data),
        std::cmp::Ordering::Greater => Err(TOO_LARGE),
    }
}

/// RSAES-PKCS1-v1_5.
pub(in super::super) fn encrypt_pkcs1(
    key: &RsaPublicKey,
    random: &mut ChaCha20Rng,
    data: &[u8],
) -> Result<Vec<u8>, Failure> {
    key.pkcs1v15_encrypt_with_rng(random, data).map_err(|_| TOO_LARGE)
}

/// RSAES-PKCS1-v1_5 with implicit rejection: of a malformed block it makes up a message.
pub(in super::super) fn decrypt_pkcs1(
    key: &RsaPrivateKey,
    random: &mut ChaCha20Rng,
    data: &[u8],
) -> Result<Vec<u8>, Failure> {
    if data.len() > key.size() {
        return Err(TOO_LONG);
    }
    let mut block = vec![0; key.size() - data.len()];
    block.extend_from_slice(data);
    key.pkcs1v15_decrypt_with_rng(random, &block).map_err(|_| TOO_LARGE_FOR_MODULUS)
}

/// RSAES-OAEP; one digest serves for the label and the mask, as in Node.
pub(in super::super) fn encrypt_oaep(
    key: &RsaPublicKey,
    random: &mut ChaCha20Rng,
    digest: &Algorithm,
    label: &[u8],
    data: &[u8],
) -> Result<Vec<u8>, Failure> {
    let size = key.size();
    let room = size.checked_sub(2 * digest.size + 2).ok_or(TOO_LARGE)?;
    let padding = room.checked_sub(data.len()).ok_or(TOO_LARGE)?;
    let mut block = Zeroizing::new(vec![0; size]);
    random.fill_bytes(&mut block[1..=digest.size]);
    let (seed, rest) = block[1..].split_at_mut(digest.size);
    rest[..digest.size].copy_from_slice(&digest.of(&[label]));
    rest[digest.size + padding] = 1;
    rest[digest.size + padding + 1..].copy_from_slice(data);
    mask(digest, seed, rest);
    mask(digest, rest, seed);
    apply_public(key, &block)
}

/// RSAES-OAEP. What is wrong with a block can't be told from outside, nor by how long it takes.
pub(in super::super) fn decrypt_oaep(
    key: &RsaPrivateKey,
    random: &mut ChaCha20Rng,
    digest: &Algorithm,
    label: &[u8],
    data: &[u8],
) -> Result<Vec<u8>, Failure> {
    let size = key.size();
    if data.len() > size {
        return Err(TOO_LONG);
    }
    if size < 2 * digest.size + 2 {
        return Err(OAEP_DECODING);
    }
    let mut block = apply_private(key, random, data)?;
    let first = block[0];
    let (seed, rest) = block[1..].split_at_mut(digest.size);
    mask(digest, rest, seed);
    mask(digest, seed, rest);
    let mut good = first.ct_eq(&0) & rest[..digest.size].ct_eq(&digest.of(&[label]));
    let message = &rest[digest.size..];
    let mut looking = Choice::from(1);
    let mut start = 0_u32;
    for (index, byte) in message.iter().enumerate() {
        let one = byte.ct_eq(&1);
        start.conditional_assign(&(index as u32 + 1), looking & one);
        looking &= !one;
        good &= !(looking & !byte.ct_eq(&0));
    }
    good &= !looking;
    if good.into() { Ok(message[start as usize..].to_vec()) } else { Err(OAEP_DECODING) }
}

/// MGF1, combined with what is to be masked.
fn mask(digest: &Algorithm, seed: &[u8], target: &mut [u8]) {
    for (counter, block) in target.chunks_mut(digest.size).enumerate() {
        let stream = digest.of(&[seed, &(counter as u32).to_be_bytes()]);
        block.iter_mut().zip(stream).for_each(|(byte, mask)| *byte ^= mask);
    }
}

/// RSASSA-PKCS1-v1_5 over a digest.
pub(in super::super) fn sign_pkcs1(
    key: &RsaPrivateKey,
    random: &mut ChaCha20Rng,
    digest: &Algorithm,
    hash: &[u8],
) -> Result<Vec<u8>, Failure> {
    let encoded = digest.digest_info(hash).ok_or(DIGEST_NOT_ALLOWED)?;
    if encoded.len() + 11 > key.size() {
        return Err(DIGEST_TOO_BIG);
    }
    sign_block(key, random, &encoded)
}

pub(in super::super) fn verify_pkcs1(key: &RsaPublicKey, digest: &Algorithm, hash: &[u8], signature: &[u8]) -> bool {
    let Some(encoded) = digest.digest_info(hash) else { return false };
    signature.len() == key.size() && recover_block(key, signature).is_ok_and(|block| block == encoded)
}

/// Digests and salt of an RSASSA-PSS signature.
#[derive(Clone, Copy)]
pub(in super::super) struct Pss {
    pub(in super::super) digest: &'static Algorithm,
    pub(in super::super) mask: &'static Algorithm,
    pub(in super::super) salt: SaltLength,
}

#[derive(Clone, Copy)]
pub(in super::super) enum SaltLength {
    Exactly(usize),
    /// As long as it can be, but no longer.
    AtMost(usize),
    /// As long as it can be.
    Longest,
    /// To sign, as long as it can be; to verify, whatever it is.
    Auto,
}

pub(in super::super) fn sign_pss(
    key: &RsaPrivateKey,
    random: &mut ChaCha20Rng,
    pss: Pss,
    hash: &[u8],
) -> Result<Vec<u8>, Failure> {
    let bits = key.n().bit_width() as usize - 1;
    let length = bits.div_ceil(8);
    let longest = length.checked_sub(pss.digest.size + 2).ok_or(TOO_LARGE)?;
    let salt_length = match pss.salt {
        SaltLength::Exactly(length) if length <= longest => length,
        SaltLength::Exactly(_) => return Err(TOO_LARGE),
        SaltLength::AtMost(length) => length.min(longest),
        SaltLength::Longest | SaltLength::Auto => longest,
    };
    let mut salt = vec![0; salt_length];
    random.fill_bytes(&mut salt);
    let value = pss.digest.of(&[&[0; 8], hash, &salt]);
    let mut block = vec![0; length];
    let (masked, rest) = block.split_at_mut(length - pss.digest.size - 1);
    masked[longest - salt_length] = 1;
    masked[longest - salt_length + 1..].copy_from_slice(&salt);
    mask(pss.mask, &value, masked);
    masked[0] &= 0xFF >> (8 * length - bits);
    rest[..pss.digest.size].copy_from_slice(&value);
    rest[pss.digest.size] = 0xBC;
    Ok(apply_private(key, random, &block)?.to_vec())
}

pub(in super::super) fn verify_pss(key: &RsaPublicKey, pss: Pss, hash: &[u8], signature: &[u8]) -> bool {
    signature.len() == key.size() && check_pss(key, pss, hash, signature).is_some()
}

fn check_pss(key: &RsaPublicKey, pss: Pss, hash: &[u8], signature: &[u8]) -> Option<()> {
    let bits = key.n().bit_width() as usize - 1;
    let length = bits.div_ceil(8);
    let whole = apply_public(key, signature).ok()?;
    let (zeros, block) = whole.split_at(whole.len() - length);
    let size = pss.digest.size;
    let longest = length.checked_sub(size + 2)?;
    let (masked, rest) = block.split_at(length - size - 1);
    let (value, trailer) = rest.split_at(size);
    let spare = !(0xFF >> (8 * length - bits));
    if zeros.iter().any(|byte| *byte != 0) || trailer != [0xBC] || masked[0] & spare != 0 {
        return None;
    }
    let mut masked = masked.to_vec();
    mask(pss.mask, value, &mut masked);
    masked[0] &= !spare;
    let padding = masked.iter().take_while(|byte| **byte == 0).count();
    if masked.get(padding) != Some(&1) {
        return None;
    }
    let salt_length = longest - padding;
    let fits = match pss.salt {
        SaltLength::Exactly(length) => salt_length == length,
        SaltLength::Longest => padding == 0,
        SaltLength::AtMost(_) | SaltLength::Auto => true,
    };
    if !fits {
        return None;
    }
    (pss.digest.of(&[&[0; 8], hash, &masked[padding + 1..]]) == value).then_some(())
}
