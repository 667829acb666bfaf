//! Numbered storage with reuse of free numbers.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A vector of slots; `insert` takes the lowest free one.
#[derive(Clone, Debug)]
pub struct Slab<T> {
    slots: Vec<Option<T>>,
    /// No slot below this one is free.
    lowest_free: usize,
    len: usize,
}

impl<T> Default for Slab<T> {
    fn default() -> Self {
        Self { slots: Vec::new(), lowest_free: 0, len: 0 }
    }
}

impl<T> Slab<T> {
    /// Stores a value and gives its number.
    pub fn insert(&mut self, value: T) -> u32 {
        let index = (self.lowest_free..self.slots.len()).find(|&i| self.slots[i].is_none()).unwrap_or(self.slots.len());
        if index == self.slots.len() {
            self.slots.push(None);
        }
        self.slots[index] = Some(value);
        self.lowest_free = index + 1;
        self.len += 1;
        index as u32
    }

    /// Takes a value out.
    pub fn remove(&mut self, index: u32) -> Option<T> {
        let value = self.slots.get_mut(index as usize)?.take()?;
        self.lowest_free = self.lowest_free.min(index as usize);
        self.len -= 1;
        Some(value)
    }

    /// The value with this number.
    pub fn get(&self, index: u32) -> Option<&T> {
        self.slots.get(index as usize)?.as_ref()
    }

    /// The value with this number, to change.
    pub fn get_mut(&mut self, index: u32) -> Option<&mut T> {
        self.slots.get_mut(index as usize)?.as_mut()
    }

    /// How many values there are.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// All values with their numbers, in order.
    pub fn iter(&self) -> impl Iterator<Item = (u32, &T)> {
        self.slots.iter().enumerate().filter_map(|(i, slot)| Some((i as u32, slot.as_ref()?)))
    }

    /// All values with their numbers, in order, to change.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = (u32, &mut T)> {
        self.slots.iter_mut().enumerate().filter_map(|(i, slot)| Some((i as u32, slot.as_mut()?)))
    }
}

/// As its slots. What can be told from them is not written.
impl<T: Serialize> Serialize for Slab<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let end = self.slots.iter().rposition(Option::is_some).map_or(0, |last| last + 1);
        self.slots[..end].serialize(serializer)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Slab<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let slots = Vec::<Option<T>>::deserialize(deserializer)?;
        let lowest_free = slots.iter().position(Option::is_none).unwrap_or(slots.len());
        let len = slots.iter().flatten().count();
        Ok(Self { slots, lowest_free, len })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_the_same_after_a_reload() {
        let mut slab = Slab::default();
        for value in 0..6 {
            slab.insert(value);
        }
        for free in [1, 3, 5] {
            slab.remove(free);
        }
        let bytes = rmp_serde::to_vec_named(&slab).unwrap();
        let mut loaded: Slab<i32> = rmp_serde::from_slice(&bytes).unwrap();
        assert!(loaded.iter().eq(slab.iter()));
        assert_eq!(loaded.len(), 3);
        for value in 0..4 {
            assert_eq!(loaded.insert(value), slab.insert(value));
        }
    }
}
