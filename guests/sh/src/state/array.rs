//! Associative arrays.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

/// An associative array. It is gone through in the order bash's hash table gives, because scripts' output shows it.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Assoc {
    entries: HashMap<Vec<u8>, (u64, Vec<u8>)>,
    next: u64,
    buckets: u32,
}

/// Buckets of a new table, and how full it gets before it grows fourfold (bash's `ASSOC_HASH_BUCKETS`, `HASH_REHASH_FACTOR`).
const BUCKETS: u32 = 1024;
const FULL: u32 = 2;
const GROWTH: u32 = 4;

impl Assoc {
    pub(crate) fn get(&self, key: &[u8]) -> Option<&Vec<u8>> {
        self.entries.get(key).map(|(_, value)| value)
    }

    pub(crate) fn insert(&mut self, key: Vec<u8>, value: Vec<u8>) {
        if let Some(entry) = self.entries.get_mut(&key) {
            entry.1 = value;
            return;
        }
        self.buckets = self.buckets.max(BUCKETS);
        if self.entries.len() as u32 >= self.buckets * FULL {
            self.buckets *= GROWTH;
        }
        self.next += 1;
        self.entries.insert(key, (self.next, value));
    }

    pub(crate) fn remove(&mut self, key: &[u8]) -> bool {
        self.entries.remove(key).is_some()
    }

    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    /// Keys and values in bash's order: by bucket, the newest of a bucket first.
    pub(crate) fn entries(&self) -> Vec<(&Vec<u8>, &Vec<u8>)> {
        let mask = self.buckets.max(BUCKETS) - 1;
        let mut all: Vec<_> =
            self.entries.iter().map(|(key, (age, value))| (hash(key) & mask, u64::MAX - age, key, value)).collect();
        all.sort_unstable_by_key(|(bucket, age, ..)| (*bucket, *age));
        all.into_iter().map(|(_, _, key, value)| (key, value)).collect()
    }
}

/// bash's hash_string(): FNV-1.
pub(crate) fn hash(key: &[u8]) -> u32 {
    key.iter().fold(2_166_136_261, |hash: u32, byte| hash.wrapping_mul(16_777_619) ^ u32::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::Assoc;

    #[test]
    fn order_is_bashs() {
        let mut array = Assoc::default();
        for key in ["one", "two", "three", "four"] {
            array.insert(key.into(), b"x".to_vec());
        }
        let keys: Vec<_> = array.entries().into_iter().map(|(k, _)| String::from_utf8_lossy(k).into_owned()).collect();
        assert_eq!(keys, ["four", "two", "three", "one"]);
    }
}
