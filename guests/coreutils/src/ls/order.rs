//! Sorting.

use std::cmp::Ordering;

use vivarium_sys::raw::Timespec;

use super::entry::Entry;
use super::options::{Key, Settings, Time};

/// Sorts as the options say.
pub(super) fn sort(entries: &mut [Entry], settings: &Settings) {
    let by_name = |a: &Entry, b: &Entry| a.name.cmp(&b.name);
    match settings.key {
        Key::None => {}
        Key::Name => entries.sort_by(by_name),
        Key::Size => entries.sort_by(|a, b| size(b).cmp(&size(a)).then_with(|| by_name(a, b))),
        Key::Time => {
            entries.sort_by(|a, b| time(b, settings.time).cmp(&time(a, settings.time)).then_with(|| by_name(a, b)));
        }
        Key::Extension => {
            entries.sort_by(|a, b| extension(&a.name).cmp(extension(&b.name)).then_with(|| by_name(a, b)));
        }
        Key::Version => entries.sort_by(|a, b| version(&a.name, &b.name).then_with(|| by_name(a, b))),
        Key::Width => entries.sort_by(|a, b| a.name.len().cmp(&b.name.len()).then_with(|| by_name(a, b))),
    }
    if settings.reverse && settings.key != Key::None {
        entries.reverse();
    }
    if settings.directories_first {
        let is_directory =
            |e: &Entry| e.is_directory() || e.target().is_some_and(|(_, s)| s.is_some_and(|s| s.is_directory()));
        entries.sort_by_key(|entry| !is_directory(entry));
    }
}

fn size(entry: &Entry) -> u64 {
    entry.stat().map_or(0, |stat| stat.size)
}

/// One of a file's times.
pub(super) fn time(entry: &Entry, which: Time) -> (i64, u32) {
    let Ok(stat) = entry.stat() else { return (0, 0) };
    let time: Timespec = match which {
        Time::Modification => stat.modified,
        Time::Access => stat.accessed,
        Time::Change => stat.changed,
        Time::Birth => stat.created,
    };
    (time.seconds, time.nanoseconds)
}

fn extension(name: &[u8]) -> &[u8] {
    name.iter().rposition(|&b| b == b'.').map_or(b"", |at| &name[at..])
}

/// As version numbers: runs of digits compare as numbers (`ls -v`).
pub(super) fn version(a: &[u8], b: &[u8]) -> Ordering {
    let (mut i, mut j) = (0, 0);
    while i < a.len() && j < b.len() {
        if a[i].is_ascii_digit() && b[j].is_ascii_digit() {
            let run = |text: &[u8]| text.iter().take_while(|b| b.is_ascii_digit()).count();
            let (x, y) = (&a[i..i + run(&a[i..])], &b[j..j + run(&b[j..])]);
            (i, j) = (i + x.len(), j + y.len());
            let strip = |text: &[u8]| text.iter().take_while(|&&b| b == b'0').count();
            let (x, y) = (&x[strip(x)..], &y[strip(y)..]);
            match x.len().cmp(&y.len()).then_with(|| x.cmp(y)) {
                Ordering::Equal => continue,
                other => return other,
            }
        }
        if a[i] != b[j] {
            return rank(a[i]).cmp(&rank(b[j]));
        }
        (i, j) = (i + 1, j + 1);
    }
    (a.len() - i).cmp(&(b.len() - j))
}

/// Letters come before everything else but `~`, which is less than the end.
fn rank(byte: u8) -> u16 {
    match byte {
        b'~' => 0,
        b'0'..=b'9' => 1,
        b if b.is_ascii_alphabetic() => 2 + u16::from(b),
        b => 300 + u16::from(b),
    }
}
