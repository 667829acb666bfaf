//! Printing entries.

use std::io::{self, Write};

use vivarium_sys::fs::FileKind;
use vivarium_userland::{Bytes, clock, mode, size};

use super::Run;
use super::entry::Entry;
use super::options::{Indicators, Layout, Quoting, Settings, TimeStyle};
use super::order::time;

/// Prints entries; `total`: with the line that a directory's begins with.
pub(super) fn list(run: &mut Run, entries: &[Entry], total: bool) -> io::Result<()> {
    let settings = &run.settings;
    if total && (settings.layout == Layout::Long || settings.blocks) {
        let blocks: u64 = entries.iter().filter_map(|e| e.stat().ok()).map(|stat| stat.blocks).sum();
        let text = blocks_text(blocks, settings);
        write!(run.out, "total {text}")?;
        run.out.write_all(&[settings.end])?;
    }
    match settings.layout {
        Layout::Long => long(run, entries),
        Layout::OneEach => {
            let prefixes = Prefixes::new(entries, settings);
            for entry in entries {
                let (text, _) = cell(entry, settings, &prefixes);
                run.out.write_all(&text)?;
                run.out.write_all(&[settings.end])?;
            }
            Ok(())
        }
        Layout::Commas => commas(run, entries),
        Layout::Down | Layout::Across => columns(run, entries),
    }
}

/// Widths of what stands before each name.
struct Prefixes {
    inode: usize,
    blocks: usize,
}

impl Prefixes {
    fn new(entries: &[Entry], settings: &Settings) -> Prefixes {
        let widest = |f: &dyn Fn(&Entry) -> usize| entries.iter().map(f).max().unwrap_or(0);
        Prefixes {
            inode: if settings.inode { widest(&|e| inode(e).len()) } else { 0 },
            blocks: if settings.blocks { widest(&|e| blocks(e, settings).len()) } else { 0 },
        }
    }
}

fn inode(entry: &Entry) -> String {
    entry.stat().map_or("?".into(), |stat| stat.inode.to_string())
}

fn blocks(entry: &Entry, settings: &Settings) -> String {
    entry.stat().map_or("?".into(), |stat| blocks_text(stat.blocks, settings))
}

fn blocks_text(blocks: u64, settings: &Settings) -> String {
    let bytes = blocks * 512;
    match (settings.human, settings.block_size) {
        (Some(base), _) => size::human(bytes, base),
        (None, unit) => bytes.div_ceil(unit.unwrap_or(1024)).to_string(),
    }
}

/// A name as shown with all that goes with it, and how wide it is.
fn cell(entry: &Entry, settings: &Settings, prefixes: &Prefixes) -> (Bytes, usize) {
    let mut text = Bytes::new();
    if settings.inode {
        text.extend_from_slice(format!("{:>1$} ", inode(entry), prefixes.inode).as_bytes());
    }
    if settings.blocks {
        text.extend_from_slice(format!("{:>1$} ", blocks(entry, settings), prefixes.blocks).as_bytes());
    }
    let mut width = text.len();
    let (name, name_width) = shown_name(entry, settings);
    text.extend_from_slice(&name);
    width += name_width;
    if let Some(indicator) = indicator(entry, settings) {
        text.push(indicator);
        width += 1;
    }
    (text, width)
}

fn shown_name(entry: &Entry, settings: &Settings) -> (Bytes, usize) {
    let quoted = settings.quoting.apply(&entry.name);
    let width = display_width(&quoted);
    let mut text = Bytes::new();
    if settings.hyperlinks {
        let path = vivarium_sys::fs::realpath(vivarium_sys::fs::AT_FDCWD, &entry.path).unwrap_or_default();
        text.extend_from_slice(b"\x1b]8;;file://");
        text.extend_from_slice(&path);
        text.push(7);
    }
    match settings.colors.as_ref().and_then(|colors| colors.of(entry)) {
        Some(sgr) => {
            text.extend_from_slice(format!("\x1b[0m\x1b[{sgr}m").as_bytes());
            text.extend_from_slice(&quoted);
            text.extend_from_slice(b"\x1b[0m");
        }
        None => text.extend_from_slice(&quoted),
    }
    if settings.hyperlinks {
        text.extend_from_slice(b"\x1b]8;;\x07");
    }
    (text, width)
}

/// Columns that text takes on a terminal.
fn display_width(text: &[u8]) -> usize {
    if text.is_ascii() {
        return text.len();
    }
    unicode_width::UnicodeWidthStr::width(&*String::from_utf8_lossy(text))
}

fn indicator(entry: &Entry, settings: &Settings) -> Option<u8> {
    if settings.indicators == Indicators::None {
        return None;
    }
    let executable = || entry.stat().is_ok_and(|stat| stat.mode & 0o111 != 0);
    indicator_of(entry.kind(), settings.indicators, executable)
}

fn indicator_of(kind: FileKind, indicators: Indicators, executable: impl FnOnce() -> bool) -> Option<u8> {
    match kind {
        FileKind::Directory => Some(b'/'),
        _ if indicators == Indicators::Slash => None,
        FileKind::Symlink => Some(b'@'),
        FileKind::Fifo => Some(b'|'),
        FileKind::Socket => Some(b'='),
        FileKind::Regular if indicators == Indicators::All && executable() => Some(b'*'),
        _ => None,
    }
}

fn commas(run: &mut Run, entries: &[Entry]) -> io::Result<()> {
    let prefixes = Prefixes::new(entries, &run.settings);
    let mut at = 0;
    for (index, entry) in entries.iter().enumerate() {
        let (text, width) = cell(entry, &run.settings, &prefixes);
        if index > 0 {
            // A comma and a space, or a comma and the end of the line.
            if at + width + 2 < run.settings.width {
                run.out.write_all(b", ")?;
                at += 2;
            } else {
                run.out.write_all(b",\n")?;
                at = 0;
            }
        }
        run.out.write_all(&text)?;
        at += width;
    }
    if !entries.is_empty() {
        run.out.write_all(b"\n")?;
    }
    Ok(())
}

fn columns(run: &mut Run, entries: &[Entry]) -> io::Result<()> {
    if entries.is_empty() {
        return Ok(());
    }
    let settings = &run.settings;
    let prefixes = Prefixes::new(entries, settings);
    let cells: Vec<(Bytes, usize)> = entries.iter().map(|entry| cell(entry, settings, &prefixes)).collect();
    let down = settings.layout == Layout::Down;
    let count = cells.len();
    // As many columns as fit; a column is as wide as its widest name and two spaces.
    let most = count.min((settings.width / 3).max(1));
    let layout = |columns: usize| {
        let rows = count.div_ceil(columns);
        let mut widths = vec![0; columns];
        for (index, (_, width)) in cells.iter().enumerate() {
            let column = if down { index / rows } else { index % columns };
            let gap = if column + 1 == columns { 0 } else { 2 };
            widths[column] = widths[column].max(width + gap);
        }
        (rows, widths)
    };
    let fitting = (1..=most).rev().map(layout).find(|(_, widths)| widths.iter().sum::<usize>() < settings.width);
    let (rows, widths) = fitting.unwrap_or_else(|| layout(1));
    let columns = widths.len();
    for row in 0..rows {
        let mut pending = 0;
        for (column, column_width) in widths.iter().enumerate() {
            let index = if down { column * rows + row } else { row * columns + column };
            let Some((text, width)) = cells.get(index) else { continue };
            run.out.write_all(" ".repeat(pending).as_bytes())?;
            run.out.write_all(text)?;
            pending = column_width.saturating_sub(*width);
        }
        run.out.write_all(b"\n")?;
    }
    Ok(())
}

/// A line of `-l`, in its fields.
struct Line {
    inode: String,
    blocks: String,
    mode: String,
    links: String,
    owner: String,
    group: String,
    size: String,
    /// Of a device: its major number, `size` being the minor one.
    major: Option<String>,
    time: String,
}

fn long(run: &mut Run, entries: &[Entry]) -> io::Result<()> {
    let settings = &run.settings;
    let (now, _) = clock::now();
    let lines: Vec<Option<Line>> = entries.iter().map(|entry| line(run, entry, now)).collect();
    let widest = |f: &dyn Fn(&Line) -> usize| lines.iter().flatten().map(f).max().unwrap_or(0);
    let (inode, blocks) = (widest(&|l| l.inode.len()), widest(&|l| l.blocks.len()));
    let (links, owner, group) = (widest(&|l| l.links.len()), widest(&|l| l.owner.len()), widest(&|l| l.group.len()));
    let major = widest(&|l| l.major.as_ref().map_or(0, |m| m.len() + 2));
    let number = widest(&|l| if l.major.is_some() { l.size.len() } else { 0 });
    let size = widest(&|l| if l.major.is_none() { l.size.len() } else { 0 }).max(major + number);
    let time = widest(&|l| l.time.len());
    for (entry, line) in entries.iter().zip(&lines) {
        let mut text = String::new();
        let unknown = Line {
            inode: "?".into(),
            blocks: "?".into(),
            mode: format!("{}?????????", mode::kind_letter(entry.kind())),
            links: "?".into(),
            owner: "?".into(),
            group: "?".into(),
            size: "?".into(),
            major: None,
            time: "?".into(),
        };
        let line = line.as_ref().unwrap_or(&unknown);
        if settings.inode {
            text += &format!("{:>inode$} ", line.inode);
        }
        if settings.blocks {
            text += &format!("{:>blocks$} ", line.blocks);
        }
        text += &format!("{} {:>links$} ", line.mode, line.links);
        let side = |text: &mut String, field: &str, width: usize| {
            *text += &if settings.numeric { format!("{field:>width$} ") } else { format!("{field:<width$} ") };
        };
        if settings.owner {
            side(&mut text, &line.owner, owner);
        }
        if settings.group {
            side(&mut text, &line.group, group);
        }
        if settings.author {
            side(&mut text, &line.owner, owner);
        }
        let figure = match &line.major {
            Some(major) => format!("{major}, {:>number$}", line.size),
            None => line.size.clone(),
        };
        text += &format!("{figure:>size$} {:>time$} ", line.time);
        run.out.write_all(text.as_bytes())?;
        run.out.write_all(&shown_name(entry, settings).0)?;
        match entry.target() {
            Some((target, stat)) => {
                run.out.write_all(b" -> ")?;
                let quoting =
                    if settings.quoting == Quoting::HideControl { Quoting::HideControl } else { settings.quoting };
                let shown = quoting.apply(target);
                let color = match (&settings.colors, stat) {
                    (Some(colors), Some(stat)) => colors.of_kind(stat.file_kind(), stat.mode, target),
                    _ => None,
                };
                match color {
                    Some(sgr) => {
                        write!(run.out, "\x1b[{sgr}m")?;
                        run.out.write_all(&shown)?;
                        run.out.write_all(b"\x1b[0m")?;
                    }
                    None => run.out.write_all(&shown)?,
                }
                if let (Some(stat), true) = (stat, settings.indicators != Indicators::None) {
                    let executable = || stat.mode & 0o111 != 0;
                    run.out.write_all(indicator_of(stat.file_kind(), settings.indicators, executable).as_slice())?;
                }
            }
            None => run.out.write_all(indicator(entry, settings).as_slice())?,
        }
        run.out.write_all(&[settings.end])?;
    }
    Ok(())
}

fn line(run: &Run, entry: &Entry, now: i64) -> Option<Line> {
    let settings = &run.settings;
    let stat = entry.stat().ok()?;
    let name = |name: Option<&str>, id: u32| match name {
        Some(name) if !settings.numeric => name.to_owned(),
        _ => id.to_string(),
    };
    let device = matches!(stat.file_kind(), FileKind::CharacterDevice | FileKind::BlockDevice);
    let figure = match (settings.human, settings.block_size) {
        _ if device => (stat.device_id & 0xff).to_string(),
        (Some(base), _) => size::human(stat.size, base),
        (None, Some(unit)) => stat.size.div_ceil(unit).to_string(),
        (None, None) => stat.size.to_string(),
    };
    Some(Line {
        inode: if settings.inode { stat.inode.to_string() } else { String::new() },
        blocks: if settings.blocks { blocks(entry, settings) } else { String::new() },
        mode: mode::symbolic(stat.file_kind(), stat.mode),
        links: stat.links.to_string(),
        owner: name(run.names.user(stat.uid), stat.uid),
        group: name(run.names.group(stat.gid), stat.gid),
        size: figure,
        major: device.then(|| (stat.device_id >> 8).to_string()),
        time: time_text(time(entry, settings.time), now, &settings.time_style),
    })
}

fn time_text((seconds, fraction): (i64, u32), now: i64, style: &TimeStyle) -> String {
    // Half of a Gregorian year, on either side of which the time of day says nothing.
    const HALF_A_YEAR: i64 = 31_556_952 / 2;
    let recent = seconds <= now && seconds > now - HALF_A_YEAR;
    let local = clock::local(seconds, fraction);
    let format = match style {
        TimeStyle::Locale if recent => "%b %e %H:%M",
        TimeStyle::Locale => "%b %e  %Y",
        TimeStyle::FullIso => "%Y-%m-%d %H:%M:%S.%9f %z",
        TimeStyle::LongIso => "%Y-%m-%d %H:%M",
        TimeStyle::Iso if recent => "%m-%d %H:%M",
        TimeStyle::Iso => "%Y-%m-%d ",
        TimeStyle::Own(_, recently) if recent => recently,
        TimeStyle::Own(old, _) => old,
    };
    clock::format(&local, format)
}
