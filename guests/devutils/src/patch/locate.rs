//! Where in a file a hunk fits.

use super::hunk::Hunk;

/// A file while its hunks are put in.
pub(super) struct Place<'a> {
    pub(super) lines: &'a [&'a [u8]],
    /// How far the hunk before was from where it was said to be.
    pub(super) offset: isize,
    /// The last line that a hunk has had its part in.
    pub(super) frozen: usize,
    pub(super) ignore_blanks: bool,
}

impl Place<'_> {
    /// The line that `hunk` begins at, the nearest to the one it gives, with `fuzz` lines of context left unregarded at both ends.
    /// Numbered from 1.
    pub(super) fn locate(&mut self, hunk: &Hunk, fuzz: usize) -> Option<usize> {
        let pattern = hunk.old_lines();
        let (count, total) = (pattern.len() as isize, self.lines.len() as isize);
        let guess = hunk.old_start as isize + self.offset;
        if pattern.is_empty() {
            return usize::try_from(guess).ok();
        }
        let (prefix, suffix) = (hunk.prefix_context() as isize, hunk.suffix_context() as isize);
        let context = prefix.max(suffix);
        let (mut prefix_fuzz, mut suffix_fuzz) = (fuzz as isize + prefix - context, fuzz as isize + suffix - context);
        let frozen = self.frozen as isize;
        let after = total - guess - count + 1;
        let before = (guess - frozen - 1).min(guess - 1);
        let try_at = |place: &mut Self, offset: isize, skip: isize, leave: isize| -> Option<usize> {
            let fits = place.fits(&pattern, guess + offset, skip, leave);
            fits.then(|| {
                place.offset += offset;
                (guess + offset) as usize
            })
        };
        // With less context before than behind it can only be the beginning of the file.
        if prefix_fuzz < 0 && hunk.old_start <= 1 {
            if suffix_fuzz < 0 && (count != total || prefix < frozen) {
                return None;
            }
            let offset = 1 - guess;
            if frozen <= prefix && offset <= after {
                return try_at(self, offset, 0, suffix_fuzz.max(0));
            }
            return None;
        }
        prefix_fuzz = prefix_fuzz.max(0);
        if suffix_fuzz < 0 {
            // Only the end of the file.
            let offset = guess - (total - count + 1);
            if offset <= before {
                return try_at(self, -offset, prefix_fuzz, 0);
            }
            return None;
        }
        suffix_fuzz = suffix_fuzz.max(0);
        for offset in 0..=after.max(before).max(0) {
            if offset <= after
                && let Some(found) = try_at(self, offset, prefix_fuzz, suffix_fuzz)
            {
                return Some(found);
            }
            if 0 < offset
                && offset <= before
                && let Some(found) = try_at(self, -offset, prefix_fuzz, suffix_fuzz)
            {
                return Some(found);
            }
        }
        None
    }

    fn fits(&self, pattern: &[&[u8]], first: isize, skip: isize, leave: isize) -> bool {
        let Ok(first) = usize::try_from(first - 1) else { return false };
        let (skip, leave) = (skip as usize, leave as usize);
        if first + pattern.len().saturating_sub(leave) > self.lines.len() || skip + leave > pattern.len() {
            return false;
        }
        (skip..pattern.len() - leave).all(|at| self.same(self.lines[first + at], pattern[at]))
    }

    fn same(&self, a: &[u8], b: &[u8]) -> bool {
        a == b || self.ignore_blanks && blanks_as_one(a) == blanks_as_one(b)
    }
}

/// Every run of blanks as one, none at the end.
fn blanks_as_one(line: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(line.len());
    for &byte in line.trim_ascii_end() {
        let byte = if byte == b'\t' { b' ' } else { byte };
        if byte != b' ' || out.last() != Some(&b' ') {
            out.push(byte);
        }
    }
    out
}
