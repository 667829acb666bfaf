//! Modes of operation of AES (NIST SP 800-38A and 38D), and ChaCha20-Poly1305 (RFC 8439).

use aes::cipher::{Block, BlockCipherDecrypt, BlockCipherEncrypt, KeyInit, KeyIvInit, StreamCipher, StreamCipherSeek};
use aes::{Aes128, Aes192, Aes256};
use chacha20::ChaCha20;
use ghash::GHash;
use ghash::universal_hash::UniversalHash;
use poly1305::Poly1305;

const SIZE: usize = 16;

type Bytes = Block<Aes128>;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    Ecb,
    Cbc,
    Ctr,
    Gcm,
    ChaCha20Poly1305,
}

impl Mode {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Ecb => "ecb",
            Self::Cbc => "cbc",
            Self::Ctr => "ctr",
            Self::Gcm => "gcm",
            Self::ChaCha20Poly1305 => "stream",
        }
    }

    pub(super) fn is_authenticated(self) -> bool {
        matches!(self, Self::Gcm | Self::ChaCha20Poly1305)
    }
}

/// What a cipher is called and what it takes; lengths in bytes.
pub(super) struct Spec {
    pub(super) name: &'static str,
    pub(super) alias: &'static str,
    /// OpenSSL's number.
    pub(super) number: i32,
    pub(super) mode: Mode,
    pub(super) key_length: usize,
    pub(super) iv_length: usize,
}

const fn spec(
    name: &'static str,
    alias: &'static str,
    number: i32,
    mode: Mode,
    key_length: usize,
    iv_length: usize,
) -> Spec {
    Spec { name, alias, number, mode, key_length, iv_length }
}

static SPECS: [Spec; 13] = [
    spec("aes-128-cbc", "aes128", 419, Mode::Cbc, 16, 16),
    spec("aes-128-ctr", "", 904, Mode::Ctr, 16, 16),
    spec("aes-128-ecb", "", 418, Mode::Ecb, 16, 0),
    spec("aes-128-gcm", "id-aes128-GCM", 895, Mode::Gcm, 16, 12),
    spec("aes-192-cbc", "aes192", 423, Mode::Cbc, 24, 16),
    spec("aes-192-ctr", "", 905, Mode::Ctr, 24, 16),
    spec("aes-192-ecb", "", 422, Mode::Ecb, 24, 0),
    spec("aes-192-gcm", "id-aes192-GCM", 898, Mode::Gcm, 24, 12),
    spec("aes-256-cbc", "aes256", 427, Mode::Cbc, 32, 16),
    spec("aes-256-ctr", "", 906, Mode::Ctr, 32, 16),
    spec("aes-256-ecb", "", 426, Mode::Ecb, 32, 0),
    spec("aes-256-gcm", "id-aes256-GCM", 901, Mode::Gcm, 32, 12),
    spec("chacha20-poly1305", "", 1018, Mode::ChaCha20Poly1305, 32, 12),
];

impl Spec {
    pub(super) fn all() -> impl Iterator<Item = &'static Self> {
        SPECS.iter()
    }

    pub(super) fn find(name: &str) -> Option<&'static Self> {
        let is = |known: &str| !known.is_empty() && known.eq_ignore_ascii_case(name);
        SPECS.iter().find(|spec| is(spec.name) || is(spec.alias))
    }

    pub(super) fn takes_iv(&self, length: usize) -> bool {
        match self.mode {
            Mode::Gcm => length > 0,
            _ => length == self.iv_length,
        }
    }

    pub(super) fn takes_tag(&self, length: usize) -> bool {
        match self.mode {
            Mode::Gcm => matches!(length, 4 | 8 | 12..=16),
            _ => (1..=16).contains(&length),
        }
    }
}

enum Aes {
    Aes128(Aes128),
    Aes192(Aes192),
    Aes256(Aes256),
}

impl Aes {
    /// `key` has one of AES' lengths.
    fn new(key: &[u8]) -> Self {
        const CHECKED: &str = "the length of the key was checked";
        match key.len() {
            16 => Self::Aes128(Aes128::new_from_slice(key).expect(CHECKED)),
            24 => Self::Aes192(Aes192::new_from_slice(key).expect(CHECKED)),
            _ => Self::Aes256(Aes256::new_from_slice(key).expect(CHECKED)),
        }
    }

    fn encrypt(&self, blocks: &mut [Bytes]) {
        match self {
            Self::Aes128(aes) => aes.encrypt_blocks(blocks),
            Self::Aes192(aes) => aes.encrypt_blocks(blocks),
            Self::Aes256(aes) => aes.encrypt_blocks(blocks),
        }
    }

    fn decrypt(&self, blocks: &mut [Bytes]) {
        match self {
            Self::Aes128(aes) => aes.decrypt_blocks(blocks),
            Self::Aes192(aes) => aes.decrypt_blocks(blocks),
            Self::Aes256(aes) => aes.decrypt_blocks(blocks),
        }
    }
}

fn block_of(bytes: &[u8]) -> Bytes {
    let mut block = Bytes::default();
    block[..bytes.len()].copy_from_slice(bytes);
    block
}

/// Modes that take whole blocks: ECB and CBC, with padding as in PKCS #7.
pub(super) struct Blocks {
    aes: Aes,
    /// The last block of ciphertext; none in ECB.
    previous: Option<Bytes>,
    encrypt: bool,
    padding: bool,
    pending: Vec<u8>,
}

impl Blocks {
    pub(super) fn new(mode: Mode, key: &[u8], iv: &[u8], encrypt: bool) -> Self {
        let previous = (mode == Mode::Cbc).then(|| block_of(iv));
        Self { aes: Aes::new(key), previous, encrypt, padding: true, pending: Vec::new() }
    }

    pub(super) fn set_padding(&mut self, padding: bool) {
        self.padding = padding;
    }

    pub(super) fn update(&mut self, data: &[u8]) -> Vec<u8> {
        self.pending.extend_from_slice(data);
        let length = self.pending.len();
        // The last block of what is decrypted may hold padding.
        let ready = if self.padding && !self.encrypt { length.saturating_sub(1) } else { length };
        let rest = self.pending.split_off(ready / SIZE * SIZE);
        let ready = std::mem::replace(&mut self.pending, rest);
        self.run(ready)
    }

    /// Works on whole blocks.
    fn run(&mut self, data: Vec<u8>) -> Vec<u8> {
        let mut blocks: Vec<Bytes> = data.chunks_exact(SIZE).map(block_of).collect();
        match (&mut self.previous, self.encrypt) {
            (None, true) => self.aes.encrypt(&mut blocks),
            (None, false) => self.aes.decrypt(&mut blocks),
            (Some(previous), true) => {
                for block in &mut blocks {
                    xor(block, previous);
                    self.aes.encrypt(std::slice::from_mut(block));
                    *previous = *block;
                }
            }
            (Some(previous), false) => {
                self.aes.decrypt(&mut blocks);
                for (block, cipher) in blocks.iter_mut().zip(data.chunks_exact(SIZE)) {
                    xor(block, previous);
                    *previous = block_of(cipher);
                }
            }
        }
        blocks.concat()
    }

    /// What is left, with padding or without it.
    ///
    /// ## Errors
    /// True where the padding is wrong, false where the length is.
    pub(super) fn finish(&mut self) -> Result<Vec<u8>, bool> {
        let mut last = std::mem::take(&mut self.pending);
        if !self.padding {
            return if last.is_empty() { Ok(last) } else { Err(false) };
        }
        if self.encrypt {
            let count = SIZE - last.len();
            last.resize(SIZE, count as u8);
            return Ok(self.run(last));
        }
        if last.len() != SIZE {
            return Err(false);
        }
        let mut last = self.run(last);
        let count = last[SIZE - 1] as usize;
        if !(1..=SIZE).contains(&count) || last[SIZE - count..].iter().any(|&byte| byte as usize != count) {
            return Err(true);
        }
        last.truncate(SIZE - count);
        Ok(last)
    }
}

fn xor(block: &mut Bytes, other: &Bytes) {
    for (byte, other) in block.iter_mut().zip(other) {
        *byte ^= other;
    }
}

/// AES as a stream cipher: CTR, and the one within GCM.
pub(super) struct Stream {
    aes: Aes,
    counter: [u8; SIZE],
    /// How many bytes at the end of the counter count.
    width: usize,
    /// Bytes of the key stream not used yet, at the end.
    stream: [Bytes; 8],
    used: usize,
}

impl Stream {
    pub(super) fn ctr(key: &[u8], iv: &[u8]) -> Self {
        Self::new(Aes::new(key), block_of(iv).into(), SIZE)
    }

    fn new(aes: Aes, counter: [u8; SIZE], width: usize) -> Self {
        Self { aes, counter, width, stream: Default::default(), used: 8 * SIZE }
    }

    fn fill(&mut self) {
        for block in &mut self.stream {
            *block = self.counter.into();
            for byte in self.counter[SIZE - self.width..].iter_mut().rev() {
                *byte = byte.wrapping_add(1);
                if *byte != 0 {
                    break;
                }
            }
        }
        self.aes.encrypt(&mut self.stream);
        self.used = 0;
    }

    pub(super) fn apply(&mut self, mut data: &mut [u8]) {
        while !data.is_empty() {
            if self.used == 8 * SIZE {
                self.fill();
            }
            let (index, offset) = (self.used / SIZE, self.used % SIZE);
            let count = data.len().min(SIZE - offset);
            let (now, later) = data.split_at_mut(count);
            for (byte, key) in now.iter_mut().zip(&self.stream[index][offset..]) {
                *byte ^= key;
            }
            self.used += count;
            data = later;
        }
    }
}

enum Mac {
    Ghash(Box<GHash>),
    Poly1305(Box<Poly1305>),
}

impl Mac {
    fn blocks(&mut self, data: &[u8]) {
        match self {
            Self::Ghash(mac) => mac.update_padded(data),
            Self::Poly1305(mac) => mac.update_padded(data),
        }
    }
}

enum KeyStream {
    Aes(Box<Stream>),
    ChaCha20(Box<ChaCha20>),
}

/// GCM and ChaCha20-Poly1305.
pub(super) struct Authenticated {
    key_stream: KeyStream,
    mac: Mac,
    /// What GCM's tag is disguised with.
    mask: [u8; SIZE],
    /// Bytes that do not fill a block yet.
    pending: Vec<u8>,
    associated: u64,
    length: u64,
}

impl Authenticated {
    pub(super) fn new(mode: Mode, key: &[u8], iv: &[u8]) -> Self {
        let (key_stream, mac, mask) = if mode == Mode::Gcm { gcm(key, iv) } else { chacha(key, iv) };
        Self { key_stream, mac, mask, pending: Vec::new(), associated: 0, length: 0 }
    }

    /// Adds data that is authenticated but not encrypted; not after data that is.
    pub(super) fn add_associated(&mut self, data: &[u8]) -> bool {
        if self.length != 0 {
            return false;
        }
        self.associated += data.len() as u64;
        self.authenticate(data);
        true
    }

    fn authenticate(&mut self, data: &[u8]) {
        self.pending.extend_from_slice(data);
        let whole = self.pending.len() / SIZE * SIZE;
        self.mac.blocks(&self.pending[..whole]);
        self.pending.drain(..whole);
    }

    fn pad(&mut self) {
        let pending = std::mem::take(&mut self.pending);
        self.mac.blocks(&pending);
    }

    pub(super) fn update(&mut self, data: &mut [u8], encrypt: bool) {
        if self.length == 0 {
            self.pad();
        }
        self.length += data.len() as u64;
        if !encrypt {
            self.authenticate(data);
        }
        match &mut self.key_stream {
            KeyStream::Aes(stream) => stream.apply(data),
            KeyStream::ChaCha20(stream) => stream.apply_keystream(data),
        }
        if encrypt {
            self.authenticate(data);
        }
    }

    /// The tag of everything so far.
    pub(super) fn tag(&mut self) -> [u8; SIZE] {
        self.pad();
        let mut tag: [u8; SIZE] = match &mut self.mac {
            Mac::Ghash(mac) => {
                mac.update_padded(&lengths((self.associated * 8).to_be_bytes(), (self.length * 8).to_be_bytes()));
                (**mac).clone().finalize().into()
            }
            Mac::Poly1305(mac) => {
                mac.update_padded(&lengths(self.associated.to_le_bytes(), self.length.to_le_bytes()));
                (**mac).clone().finalize().into()
            }
        };
        for (byte, mask) in tag.iter_mut().zip(self.mask) {
            *byte ^= mask;
        }
        tag
    }
}

fn lengths(associated: [u8; 8], length: [u8; 8]) -> [u8; SIZE] {
    let mut block = [0; SIZE];
    block[..8].copy_from_slice(&associated);
    block[8..].copy_from_slice(&length);
    block
}

fn gcm(key: &[u8], iv: &[u8]) -> (KeyStream, Mac, [u8; SIZE]) {
    let aes = Aes::new(key);
    let mut hash_key = [Bytes::default()];
    aes.encrypt(&mut hash_key);
    let mac = GHash::new(&hash_key[0]);
    let mut counter = [0; SIZE];
    if iv.len() == 12 {
        counter[..12].copy_from_slice(iv);
        counter[15] = 1;
    } else {
        let mut hash = mac.clone();
        hash.update_padded(iv);
        hash.update_padded(&lengths([0; 8], (iv.len() as u64 * 8).to_be_bytes()));
        counter = hash.finalize().into();
    }
    let mut stream = Stream::new(aes, counter, 4);
    let mut mask = [0; SIZE];
    // The first block of the key stream is the mask.
    stream.apply(&mut mask);
    (KeyStream::Aes(Box::new(stream)), Mac::Ghash(Box::new(mac)), mask)
}

fn chacha(key: &[u8], iv: &[u8]) -> (KeyStream, Mac, [u8; SIZE]) {
    let mut stream = ChaCha20::new_from_slices(key, iv).expect("the lengths were checked");
    let mut mac_key = [0; 32];
    stream.apply_keystream(&mut mac_key);
    stream.seek(64_u64);
    (KeyStream::ChaCha20(Box::new(stream)), Mac::Poly1305(Box::new(Poly1305::new(&mac_key.into()))), [0; SIZE])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    fn seal(mode: Mode, key: &[u8], iv: &[u8], associated: &[u8], parts: &[&[u8]]) -> (String, String) {
        let mut cipher = Authenticated::new(mode, key, iv);
        assert!(cipher.add_associated(associated));
        let mut output = Vec::new();
        for part in parts {
            let mut part = part.to_vec();
            cipher.update(&mut part, true);
            output.extend(part);
        }
        (hex(&output), hex(&cipher.tag()))
    }

    #[test]
    fn gcm_of_nothing_and_of_a_block() {
        // Test cases 1 and 2 of the specification of GCM.
        let (none, tag) = seal(Mode::Gcm, &[0; 16], &[0; 12], b"", &[]);
        assert_eq!((none.as_str(), tag.as_str()), ("", "58e2fccefa7e3061367f1d57a4e7455a"));
        let (text, tag) = seal(Mode::Gcm, &[0; 16], &[0; 12], b"", &[&[0; 5], &[0; 11]]);
        assert_eq!(text, "0388dace60b6a392f328c2b971b2fe78");
        assert_eq!(tag, "ab6e47d42cec13bdf53a67b21257bddf");
    }

    #[test]
    fn chacha20_poly1305_of_rfc_8439() {
        let key: Vec<u8> = (0x80..0xa0).collect();
        let iv = [7, 0, 0, 0, 0x40, 0x41, 0x42, 0x43, 0x44, 0x45, 0x46, 0x47];
        let associated = [0x50, 0x51, 0x52, 0x53, 0xc0, 0xc1, 0xc2, 0xc3, 0xc4, 0xc5, 0xc6, 0xc7];
        let text = b"Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, \
            sunscreen would be it.";
        let (_, tag) = seal(Mode::ChaCha20Poly1305, &key, &iv, &associated, &[&text[..50], &text[50..]]);
        assert_eq!(tag, "1ae10b594f09e26a7e902ecbd0600691");
    }

    #[test]
    fn padding_comes_and_goes() {
        for mode in [Mode::Ecb, Mode::Cbc] {
            for length in 0..40 {
                let text: Vec<u8> = (0..length).collect();
                let mut cipher = Blocks::new(mode, &[1; 32], &[2; 16], true);
                let mut sealed = cipher.update(&text);
                sealed.extend(cipher.finish().unwrap());
                let mut decipher = Blocks::new(mode, &[1; 32], &[2; 16], false);
                let mut opened = Vec::new();
                for part in sealed.chunks(7) {
                    opened.extend(decipher.update(part));
                }
                opened.extend(decipher.finish().unwrap());
                assert_eq!(opened, text);
                let mut short = Blocks::new(mode, &[1; 32], &[2; 16], false);
                short.update(&sealed[1..]);
                assert_eq!(short.finish(), Err(false));
            }
        }
    }
}
