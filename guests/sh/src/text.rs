//! Text in the locale's encoding: UTF-8, or bytes.

use std::cell::Cell;

thread_local! {
    static UTF8: Cell<bool> = const { Cell::new(false) };
}

/// Says what the locale's encoding is.
pub(crate) fn set_utf8(utf8: bool) {
    UTF8.set(utf8);
}

pub(crate) fn is_utf8() -> bool {
    UTF8.get()
}

/// Length in bytes of the character that a text begins with: 1 for a byte that begins none.
pub(crate) fn character_length(text: &[u8]) -> usize {
    let Some(first) = text.first() else { return 0 };
    if *first < 0x80 || !is_utf8() {
        return 1;
    }
    let length = match first {
        0xc2..=0xdf => 2,
        0xe0..=0xef => 3,
        0xf0..=0xf4 => 4,
        _ => return 1,
    };
    match text.get(..length) {
        Some(bytes) if std::str::from_utf8(bytes).is_ok() => length,
        _ => 1,
    }
}

/// The characters of a text.
pub(crate) fn characters(mut text: &[u8]) -> impl Iterator<Item = &[u8]> {
    std::iter::from_fn(move || {
        if text.is_empty() {
            return None;
        }
        let (character, rest) = text.split_at(character_length(text));
        text = rest;
        Some(character)
    })
}

/// How many characters a text has.
pub(crate) fn length(text: &[u8]) -> usize {
    if is_utf8() && !text.is_ascii() { characters(text).count() } else { text.len() }
}

/// Where the character `index` of a text begins.
pub(crate) fn offset(text: &[u8], index: usize) -> usize {
    if !is_utf8() || text.is_ascii() {
        return index.min(text.len());
    }
    characters(text).take(index).map(<[u8]>::len).sum()
}

/// Changes the case of the first character of `text`.
pub(crate) fn change_case(character: &[u8], upper: bool) -> Vec<u8> {
    match std::str::from_utf8(character) {
        Ok(text) if is_utf8() || character.is_ascii() => {
            let changed: String = if upper { text.to_uppercase() } else { text.to_lowercase() };
            // Like towupper(): only to a single character.
            if changed.chars().count() == text.chars().count() { changed.into_bytes() } else { character.to_vec() }
        }
        _ => character.to_vec(),
    }
}
