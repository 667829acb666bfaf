//! Keys under a passphrase: PKCS #8 with PBES2 (RFC 8018), and what came before it in PEM (RFC 1421's headers).

use chacha20::ChaCha20Rng;
use chacha20::rand_core::Rng;
use der::{Decode, Encode, Reader, SliceReader};
use pkcs8::EncryptedPrivateKeyInfoRef;
use pkcs8::pkcs5::EncryptionScheme;
use pkcs8::pkcs5::pbes2::{EncryptionScheme as Cipher, Parameters, Pbkdf2Params};
use zeroize::Zeroizing;

use super::super::asn1;
use super::super::block::{Blocks, Mode, Spec};
use super::super::digest::Algorithm;
use super::super::failure::Failure;
use super::super::pem::Block;
use crate::value::Kind;

const BAD_DECRYPT: Failure = Failure::OpenSsl("1C800064", "Provider routines", "bad decrypt");
const PARAMETERS: Failure = Failure::OpenSsl("0300007A", "digital envelope routines", "cipher parameter error");
pub(in super::super) const UNKNOWN: Failure =
    Failure::Static(Kind::Error, "ERR_CRYPTO_UNKNOWN_CIPHER", "Unknown cipher");
/// OpenSSL's `PKCS5_DEFAULT_ITER`.
const ROUNDS: u32 = 2048;

/// The `PrivateKeyInfo` in an `EncryptedPrivateKeyInfo`.
pub(in super::super) fn open_pkcs8(data: &[u8], passphrase: &[u8]) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let unsupported = Failure::OpenSsl("1E08010C", "DECODER routines", "unsupported");
    let Ok(mut reader) = SliceReader::new(data) else { return Err(unsupported) };
    let Ok(whole) = reader.tlv_bytes() else { return Err(unsupported) };
    let Ok(info) = EncryptedPrivateKeyInfoRef::from_der(whole) else { return Err(unsupported) };
    let opened = info.decrypt(passphrase).map_err(|_| BAD_DECRYPT)?;
    Ok(Zeroizing::new(opened.as_bytes().to_vec()))
}

/// An `EncryptedPrivateKeyInfo` of a `PrivateKeyInfo`, by PBKDF2 with SHA-256 and the cipher.
pub(in super::super) fn seal_pkcs8(
    data: &[u8],
    cipher: &str,
    passphrase: &[u8],
    random: &mut ChaCha20Rng,
) -> Result<Vec<u8>, Failure> {
    let (mut salt, mut iv) = ([0; 16], [0; 16]);
    random.fill_bytes(&mut salt);
    random.fill_bytes(&mut iv);
    let encryption = match Spec::find(cipher).map(|spec| (spec.mode, spec.key_length)) {
        Some((Mode::Cbc, 16)) => Cipher::Aes128Cbc { iv },
        Some((Mode::Cbc, 24)) => Cipher::Aes192Cbc { iv },
        Some((Mode::Cbc, 32)) => Cipher::Aes256Cbc { iv },
        Some(_) => return Err(PARAMETERS),
        None if is_triple_des(cipher) => {
            let [a, b, c, d, e, f, g, h, ..] = iv;
            Cipher::DesEde3Cbc { iv: [a, b, c, d, e, f, g, h] }
        }
        None => return Err(UNKNOWN),
    };
    let kdf = Pbkdf2Params::hmac_sha256(ROUNDS, &salt).map_err(|_| PARAMETERS)?.into();
    let scheme = EncryptionScheme::Pbes2(Parameters { kdf, encryption });
    let sealed = scheme.encrypt(passphrase, data).map_err(|_| PARAMETERS)?;
    let algorithm = scheme.to_der().map_err(|_| PARAMETERS)?;
    Ok(asn1::sequence(&[&algorithm, &asn1::octets(&sealed)]))
}

/// Whether a cipher of this name exists.
pub(in super::super) fn is_known(cipher: &str) -> bool {
    Spec::find(cipher).is_some() || is_triple_des(cipher)
}

fn is_triple_des(cipher: &str) -> bool {
    ["des-ede3-cbc", "des3"].iter().any(|name| name.eq_ignore_ascii_case(cipher))
}

/// Whether a block of PEM says that it is encrypted.
pub(in super::super) fn is_encrypted(block: &Block) -> bool {
    block.header("Proc-Type").is_some_and(|value| value.contains("ENCRYPTED"))
}

/// The contents of an encrypted block of PEM.
pub(in super::super) fn open_pem(block: &Block, passphrase: &[u8]) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let unsupported = Failure::OpenSsl("04800072", "PEM routines", "unsupported encryption");
    let info = block.header("DEK-Info").and_then(|value| value.split_once(','));
    let Some((cipher, iv)) = info else {
        return Err(Failure::OpenSsl("04800069", "PEM routines", "not dek info"));
    };
    let iv = from_hex(iv.trim());
    let spec = Spec::find(cipher.trim()).filter(|spec| spec.mode == Mode::Cbc && iv.len() == spec.iv_length);
    let Some(spec) = spec else { return Err(unsupported) };
    let key = derive(passphrase, &iv, spec.key_length);
    let mut blocks = Blocks::new(spec.mode, &key, &iv, false);
    let mut data = Zeroizing::new(blocks.update(&block.data));
    data.extend(blocks.finish().map_err(|_| BAD_DECRYPT)?);
    Ok(data)
}

/// Headers and contents of a block.
pub(in super::super) type Sealed = ([(&'static str, String); 2], Vec<u8>);

/// What a block of PEM has as headers and contents where it is encrypted.
pub(in super::super) fn seal_pem(
    data: &[u8],
    cipher: &str,
    passphrase: &[u8],
    random: &mut ChaCha20Rng,
) -> Result<Sealed, Failure> {
    let spec = Spec::find(cipher).ok_or(UNKNOWN)?;
    if spec.mode != Mode::Cbc {
        return Err(Failure::OpenSsl("04800072", "PEM routines", "unsupported encryption"));
    }
    let mut iv = vec![0; spec.iv_length];
    random.fill_bytes(&mut iv);
    let key = derive(passphrase, &iv, spec.key_length);
    let mut blocks = Blocks::new(spec.mode, &key, &iv, true);
    let mut sealed = blocks.update(data);
    sealed.extend(blocks.finish().map_err(|_| PARAMETERS)?);
    let digits: String = iv.iter().map(|byte| format!("{byte:02X}")).collect();
    let info = format!("{},{digits}", spec.name.to_uppercase());
    Ok(([("Proc-Type", "4,ENCRYPTED".to_owned()), ("DEK-Info", info)], sealed))
}

/// `EVP_BytesToKey` by MD5, one round, salted with the start of the vector.
fn derive(passphrase: &[u8], iv: &[u8], length: usize) -> Zeroizing<Vec<u8>> {
    let mut key = Zeroizing::new(Vec::new());
    let salt = &iv[..iv.len().min(8)];
    if let Some(md5) = Algorithm::find("md5") {
        let mut last = Vec::new();
        while key.len() < length {
            last = md5.of(&[&last, passphrase, salt]);
            key.extend_from_slice(&last);
        }
    }
    key.truncate(length);
    key
}

fn from_hex(text: &str) -> Vec<u8> {
    let digits: Option<Vec<u8>> = text.chars().map(|digit| digit.to_digit(16).map(|digit| digit as u8)).collect();
    digits.unwrap_or_default().chunks_exact(2).map(|pair| pair[0] << 4 | pair[1]).collect()
}
