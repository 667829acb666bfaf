//! Hashing of names. It need not withstand an attacker: a guest that makes names collide slows only its own system.

/// Hash of a name or path, eight bytes at a time. The multiplier is 2^64 divided by the golden ratio.
pub(super) fn hash(name: &[u8]) -> u64 {
    const MULTIPLIER: u64 = 0x9e37_79b9_7f4a_7c15;
    let mut hash = name.len() as u64;
    let mut mix = |word: u64| {
        let product = u128::from(hash ^ word) * u128::from(MULTIPLIER);
        hash = (product as u64).rotate_left(23) ^ (product >> 64) as u64;
    };
    let (words, rest) = name.as_chunks::<8>();
    words.iter().for_each(|word| mix(u64::from_le_bytes(*word)));
    let mut last = [0; 8];
    last[..rest.len()].copy_from_slice(rest);
    mix(u64::from_le_bytes(last));
    mix(MULTIPLIER);
    hash
}
