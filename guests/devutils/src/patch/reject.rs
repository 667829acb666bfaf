//! Hunks that did not fit, written for people to put in by hand.

use std::io::Write;

use vivarium_userland::Bytes;

use super::hunk::{FilePatch, Format, Hunk, Kind, Name};

/// The text of a file of rejects: hunks of `patch` that are moved by as much as those before them made the file longer.
pub(super) fn rejects(patch: &FilePatch, hunks: &[(Hunk, isize)], format: Format, name: &[u8]) -> Bytes {
    let mut out = Bytes::new();
    let (old_mark, new_mark) = if format == Format::Context { ("***", "---") } else { ("---", "+++") };
    for (mark, header) in [(old_mark, &patch.old), (new_mark, &patch.new)] {
        let fallback = Name { name: name.to_vec(), time: Bytes::new() };
        let header = header.as_ref().unwrap_or(&fallback);
        let shown = if header.name == b"/dev/null" { &header.name[..] } else { name };
        let line = [mark.as_bytes(), b" ", shown, header.time.as_slice(), b"\n"].concat();
        out.extend_from_slice(&line);
    }
    for (hunk, moved) in hunks {
        match format {
            Format::Context => context(hunk, *moved, &mut out),
            _ => unified(hunk, *moved, &mut out),
        }
    }
    out
}

fn push(out: &mut Bytes, mark: &[u8], line: &[u8]) {
    out.extend_from_slice(mark);
    out.extend_from_slice(line);
    if line.last() != Some(&b'\n') {
        out.extend_from_slice(b"\n\\ No newline at end of file\n");
    }
}

fn unified(hunk: &Hunk, moved: isize, out: &mut Bytes) {
    let range = |start: usize, count: usize, moved: isize| {
        let start = (start as isize + moved) as usize - usize::from(count == 0);
        if count == 1 { start.to_string() } else { format!("{start},{count}") }
    };
    let (old, new) = (hunk.old_lines().len(), hunk.new_lines().len());
    let function = String::from_utf8_lossy(&hunk.function);
    let space = if function.is_empty() { "" } else { " " };
    // Writing to a vector can't fail.
    let _ = writeln!(
        out,
        "@@ -{} +{} @@{space}{function}",
        range(hunk.old_start, old, moved),
        range(hunk.new_start, new, moved)
    );
    for (kind, line) in &hunk.lines {
        let mark: &[u8] = match kind {
            Kind::Context => b" ",
            Kind::Old => b"-",
            Kind::New => b"+",
        };
        push(out, mark, line);
    }
}

fn context(hunk: &Hunk, moved: isize, out: &mut Bytes) {
    let range = |start: usize, count: usize| {
        let start = (start as isize + moved) as usize;
        match count {
            0 => (start - 1).to_string(),
            1 => start.to_string(),
            _ => format!("{start},{}", start + count - 1),
        }
    };
    let function = String::from_utf8_lossy(&hunk.function);
    let space = if function.is_empty() { "" } else { " " };
    let _ =
        writeln!(out, "***************{space}{function}\n*** {} ****", range(hunk.old_start, hunk.old_lines().len()));
    // A change is marked `!` on both sides, a line alone `-` or `+`.
    let mut marks = vec![b' '; hunk.lines.len()];
    let mut at = 0;
    while at < hunk.lines.len() {
        let end = at + hunk.lines[at..].iter().take_while(|(kind, _)| *kind != Kind::Context).count();
        let has = |kind| hunk.lines[at..end].iter().any(|(k, _)| *k == kind);
        let both = has(Kind::Old) && has(Kind::New);
        for (mark, (kind, _)) in marks[at..end].iter_mut().zip(&hunk.lines[at..end]) {
            *mark = match (both, kind) {
                (true, _) => b'!',
                (false, Kind::Old) => b'-',
                _ => b'+',
            };
        }
        at = end.max(at + 1);
    }
    let side = |without: Kind, out: &mut Bytes| {
        if hunk.lines.iter().any(|(kind, _)| *kind != Kind::Context && *kind != without) {
            for ((kind, line), mark) in hunk.lines.iter().zip(&marks) {
                if *kind != without {
                    push(out, &[*mark, b' '], line);
                }
            }
        }
    };
    side(Kind::New, out);
    let _ = writeln!(out, "--- {} ----", range(hunk.new_start, hunk.new_lines().len()));
    side(Kind::Old, out);
}
