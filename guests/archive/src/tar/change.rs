//! Changing archives where they are: `--delete`, `-A`, and labels.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};

use ::tar::Archive;
use vivarium_userland::Bytes;
use vivarium_userland::bytes::{path, text};
use vivarium_userland::glob;
use vivarium_userland::output::reason;

use super::list::not_an_archive;
use super::{RECORD, Run};

/// A member with what belongs to it, as it lies in the archive.
struct Segment {
    name: Bytes,
    start: u64,
    end: u64,
    is_member: bool,
}

/// The members of an archive.
fn segments(file: &File) -> io::Result<Vec<Segment>> {
    let mut segments = Vec::new();
    let mut start = 0;
    let mut archive = Archive::new(file);
    for entry in archive.entries()? {
        let entry = entry.map_err(|error| not_an_archive(&error))?;
        let end = entry.raw_file_position() + entry.header().entry_size()?.div_ceil(512) * 512;
        let is_member = super::is_member(&entry);
        segments.push(Segment { name: entry.path_bytes().into_owned(), start, end, is_member });
        start = end;
    }
    Ok(segments)
}

/// Opens the archive for changing.
fn open(run: &Run) -> io::Result<File> {
    let Some(name) = &run.settings.archive else {
        return Err(io::Error::other("Options '-Aru' are incompatible with '-f -'"));
    };
    if run.settings.compression.is_some() {
        return Err(io::Error::other("Cannot update compressed archives"));
    }
    let file = OpenOptions::new().read(true).write(true).open(path(name));
    file.map_err(|error| io::Error::other(format!("{}: Cannot open: {}", text(name), reason(&error))))
}

/// Ends an archive at `end`: two blocks of zeros, and more up to a whole record.
fn finish(file: &mut File, end: u64) -> io::Result<()> {
    file.seek(SeekFrom::Start(end))?;
    let whole = (end + 1024).div_ceil(RECORD as u64) * RECORD as u64;
    file.write_all(&vec![0; (whole - end) as usize])?;
    file.set_len(whole)
}

/// `--delete`.
pub(super) fn delete(run: &mut Run) -> io::Result<()> {
    let mut file = open(run)?;
    let mut kept = 0;
    for segment in segments(&file)? {
        let all = run.settings.operands.is_empty();
        if segment.is_member && !all && run.wants(&segment.name) {
            continue;
        }
        if segment.start != kept {
            copy_down(&mut file, segment.start, segment.end, kept)?;
        }
        kept += segment.end - segment.start;
    }
    finish(&mut file, kept)
}

/// Moves what lies from `start` to `end` to an earlier place.
fn copy_down(file: &mut File, start: u64, end: u64, to: u64) -> io::Result<()> {
    let mut buffer = vec![0; 64 << 10];
    let mut done = 0;
    while start + done < end {
        let count = (end - start - done).min(buffer.len() as u64) as usize;
        file.seek(SeekFrom::Start(start + done))?;
        file.read_exact(&mut buffer[..count])?;
        file.seek(SeekFrom::Start(to + done))?;
        file.write_all(&buffer[..count])?;
        done += count as u64;
    }
    Ok(())
}

/// `-A`: the members of other archives behind those of this one.
pub(super) fn catenate(run: &mut Run) -> io::Result<()> {
    let mut file = open(run)?;
    let mut end = segments(&file)?.last().map_or(0, |segment| segment.end);
    for name in run.settings.operands.clone() {
        let mut other = match File::open(path(&name)) {
            Ok(other) => other,
            Err(error) => {
                run.fail(&format!("{}: Cannot open: {}", text(&name), reason(&error)));
                continue;
            }
        };
        let length = segments(&other)?.last().map_or(0, |segment| segment.end);
        other.seek(SeekFrom::Start(0))?;
        file.seek(SeekFrom::Start(end))?;
        end += io::copy(&mut other.take(length), &mut file)?;
    }
    run.settings.operands.clear();
    finish(&mut file, end)
}

/// The label of an archive.
pub(super) fn label_of(archive: impl Read) -> io::Result<Option<Bytes>> {
    let mut archive = Archive::new(archive);
    let Some(entry) = archive.entries()?.next() else { return Ok(None) };
    let mut entry = entry.map_err(|error| not_an_archive(&error))?;
    match entry.header().entry_type().as_byte() {
        b'V' => Ok(Some(entry.path_bytes().into_owned())),
        b'g' => {
            let mut records = Vec::new();
            entry.read_to_end(&mut records)?;
            Ok(find_label(&records))
        }
        _ => Ok(None),
    }
}

pub(super) fn find_label(records: &[u8]) -> Option<Bytes> {
    let key = b" GNU.volume.label=";
    let at = records.windows(key.len()).position(|window| window == key)? + key.len();
    let end = records[at..].iter().position(|byte| *byte == b'\n')?;
    Some(records[at..at + end].to_vec())
}

/// Whether the archive has the label that -V asks for, a pattern.
pub(super) fn check_label(run: &Run, archive: impl Read) -> io::Result<()> {
    let Some(wanted) = &run.settings.label else { return Ok(()) };
    match label_of(archive)? {
        Some(label) if glob::matches(wanted, &label, glob::Flags::default()) => Ok(()),
        Some(label) => Err(io::Error::other(format!("Volume '{}' does not match '{}'", text(&label), text(wanted)))),
        None => Err(io::Error::other(format!("Archive not labeled to match '{}'", text(wanted)))),
    }
}

/// `--test-label`: prints the label, or tells by the exit status whether it is one of the operands.
pub(super) fn test_label(run: &mut Run) -> io::Result<()> {
    let label = label_of(super::open(&run.settings)?)?;
    let wanted = std::mem::take(&mut run.settings.operands);
    let Some(label) = label else {
        if !wanted.is_empty() {
            run.status = 1;
        }
        return Ok(());
    };
    if wanted.is_empty() || run.settings.verbose > 0 {
        run.say(&label);
    }
    if !wanted.is_empty() && !wanted.contains(&label) {
        run.status = 1;
    }
    Ok(())
}
