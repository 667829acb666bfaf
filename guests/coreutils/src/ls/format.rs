//! Printing entries.

use std::io::{self, Write};

use vivarium_sys::fs::FileKind;
use vivarium_userland::{Bytes, bytes, clock, mode, size};

use super::Run;
use super::colors::Colors;
use super::entry::Entry;
use super::options::{Indicators, Layout, Quoting, Settings, TimeStyle};
use super::order::time;

/// Prints entries; `total`: with the line that a directory's begins with.
pub(super) fn list(run: &mut Run, entries: &[Entry], total: bool) -> io::Result<()> {
    let settings = &run.settings;
    if total && (settings.layout == Layout::Long || settings.blocks) {
        let blocks: u64 = entries.iter().filter_map(|e| e.stat().ok()).map(|stat| stat.blocks).sum();
        let text = blocks_text(blocks, settings);
        run.out.indent()?;
        write!(run.out, "total {text}")?;
        run.out.write_all(&[settings.end])?;
    }
    match settings.layout {
        Layout::Long => long(run, entries),
        Layout::OneEach => {
            let prefixes = Prefixes::new(entries, settings);
            for entry in entries {
                let (text, _) = cell(entry, settings, &prefixes, false);
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
    match (settings.human, settings.block_unit) {
        (Some(base), _) => size::human(bytes, base),
        (None, unit) => bytes.div_ceil(unit).to_string(),
    }
}

/// A name as shown with all that goes with it, and how wide it is.
fn cell(entry: &Entry, settings: &Settings, prefixes: &Prefixes, aligned: bool) -> (Bytes, usize) {
    let mut text = Bytes::new();
    if let Some(colors) = &settings.colors {
        colors.normal(&mut text);
    }
    let before = text.len();
    if settings.inode {
        text.extend_from_slice(format!("{:>1$} ", inode(entry), prefixes.inode).as_bytes());
    }
    if settings.blocks {
        text.extend_from_slice(format!("{:>1$} ", blocks(entry, settings), prefixes.blocks).as_bytes());
    }
    let mut width = text.len() - before;
    let (name, name_width) = shown_name(entry, settings, aligned, width);
    text.extend_from_slice(&name);
    width += name_width;
    if let Some(indicator) = indicator(entry, settings) {
        text.push(indicator);
        width += 1;
    }
    (text, width)
}

/// Whether names without quotes stand one column further right, as some have them.
fn aligned(entries: &[Entry], settings: &Settings) -> bool {
    let columns = match settings.layout {
        Layout::Long => true,
        Layout::Down | Layout::Across => settings.width != usize::MAX,
        Layout::Commas | Layout::OneEach => false,
    };
    columns
        && settings.quoting == Quoting::ShellEscape
        && entries.iter().any(|entry| settings.quoting.apply(&entry.name) != entry.name)
}

/// A name with its colours and link, and how wide it is. `start`: the column that it begins in.
fn shown_name(entry: &Entry, settings: &Settings, aligned: bool, start: usize) -> (Bytes, usize) {
    let quoted = settings.quoting.apply(&entry.name);
    let mut width = display_width(&quoted);
    let mut text = Bytes::new();
    if aligned && quoted == entry.name {
        text.push(b' ');
        width += 1;
    }
    let colored = settings.colors.as_ref().is_some_and(|colors| colors.begin(colors.of(entry), &mut text));
    let (begin, end) = hyperlink(&entry.path, settings);
    text.extend_from_slice(&begin);
    text.extend_from_slice(&quoted);
    text.extend_from_slice(end);
    if colored {
        Colors::end(&mut text, wraps(start, width, settings));
    }
    (text, width)
}

/// Whether text that begins in this column goes on in another line of the terminal.
fn wraps(start: usize, width: usize, settings: &Settings) -> bool {
    width > 0 && start / settings.width != (start + width - 1) / settings.width
}

/// What stands before and behind a name that is a link to its file (`--hyperlink`).
pub(super) fn hyperlink(path: &[u8], settings: &Settings) -> (Bytes, &'static [u8]) {
    if !settings.hyperlinks {
        return (Bytes::new(), b"");
    }
    let host = vivarium_sys::host::gethostname().unwrap_or_default();
    let cwd = || vivarium_sys::fs::getcwd().unwrap_or_default();
    // What is missing is linked too, by where it would be.
    let path = vivarium_sys::fs::realpath(vivarium_sys::fs::AT_FDCWD, path)
        .unwrap_or_else(|_| if path.starts_with(b"/") { path.to_vec() } else { bytes::join(&cwd(), path) });
    let mut text = b"\x1b]8;;file://".to_vec();
    for byte in host.iter().chain(&path) {
        if byte.is_ascii_alphanumeric() || b"/-._~".contains(byte) {
            text.push(*byte);
        } else {
            text.extend_from_slice(format!("%{byte:02x}").as_bytes());
        }
    }
    text.push(7);
    (text, b"\x1b]8;;\x07")
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
    separated(run, entries, b',')
}

/// Entries one after another, in lines as long as they may be.
fn separated(run: &mut Run, entries: &[Entry], separator: u8) -> io::Result<()> {
    let prefixes = Prefixes { inode: 0, blocks: 0 };
    let mut at = 0;
    for (index, entry) in entries.iter().enumerate() {
        let (text, width) = cell(entry, &run.settings, &prefixes, false);
        if index > 0 {
            // The separator and a space, or the separator and the end of the line.
            let fits = run.settings.width == usize::MAX || at + width + 2 < run.settings.width;
            run.out.write_all(&[separator, if fits { b' ' } else { b'\n' }])?;
            at = if fits { at + 2 } else { 0 };
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
    if settings.width == usize::MAX {
        return separated(run, entries, b' ');
    }
    let prefixes = Prefixes::new(entries, settings);
    let aligned = aligned(entries, settings);
    let cells: Vec<(Bytes, usize)> = entries.iter().map(|entry| cell(entry, settings, &prefixes, aligned)).collect();
    let down = settings.layout == Layout::Down;
    let count = cells.len();
    // As many columns as fit; a column is as wide as its widest name and two spaces, and never narrower than a letter and
    // those. As long as none is wider the line counts as short enough.
    const NARROWEST: usize = 3;
    let most = count.min(settings.width.div_ceil(NARROWEST).max(1));
    let layout = |columns: usize| {
        let rows = count.div_ceil(columns);
        let mut widths = vec![NARROWEST; columns];
        for (index, (_, width)) in cells.iter().enumerate() {
            let column = if down { index / rows } else { index % columns };
            let gap = if column + 1 == columns { 0 } else { 2 };
            widths[column] = widths[column].max(width + gap);
        }
        (rows, widths)
    };
    let fits = |widths: &[usize]| {
        widths.iter().all(|&width| width == NARROWEST) || widths.iter().sum::<usize>() < settings.width
    };
    let fitting = (1..=most).rev().map(layout).find(|(_, widths)| fits(widths));
    let (rows, widths) = fitting.unwrap_or_else(|| layout(1));
    let columns = widths.len();
    let tab = settings.tab;
    for row in 0..rows {
        let (mut at, mut next) = (0, 0);
        for (column, column_width) in widths.iter().enumerate() {
            let index = if down { column * rows + row } else { row * columns + column };
            let Some((text, width)) = cells.get(index) else { continue };
            run.out.write_all(&blank(at, next, tab))?;
            run.out.write_all(text)?;
            (at, next) = (next + width, next + column_width);
        }
        run.out.write_all(b"\n")?;
    }
    Ok(())
}

/// What moves from one column to another: tabs where they fit and spaces.
fn blank(mut from: usize, to: usize, tab: usize) -> Bytes {
    let mut text = Bytes::new();
    while from < to {
        if tab > 0 && to / tab > (from + 1) / tab {
            text.push(b'\t');
            from += tab - from % tab;
        } else {
            text.push(b' ');
            from += 1;
        }
    }
    text
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
    // One that is not known takes the place that it would need.
    let unknown_time =
        if lines.iter().any(Option::is_none) { time_text((0, 0), now, &settings.time_style).len() } else { 0 };
    let time = widest(&|l| l.time.len()).max(unknown_time);
    let aligned = aligned(entries, settings);
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
        let mut begin = Bytes::new();
        if let Some(colors) = &settings.colors {
            colors.normal(&mut begin);
        }
        run.out.write_all(&begin)?;
        run.out.indent()?;
        run.out.write_all(text.as_bytes())?;
        let start = text.len();
        run.out.name(&shown_name(entry, settings, aligned, start).0, false)?;
        match entry.target() {
            Some((target, stat)) => {
                run.out.write_all(b" -> ")?;
                let quoting =
                    if settings.quoting == Quoting::HideControl { Quoting::HideControl } else { settings.quoting };
                let shown = quoting.apply(target);
                let mut text = Bytes::new();
                let colored = settings.colors.as_ref().is_some_and(|colors| {
                    let sgr = stat.as_ref().map_or_else(|| colors.missing(), |stat| colors.of_stat(stat, target));
                    colors.begin(sgr, &mut text)
                });
                let beside = || bytes::join(bytes::dir_name(&entry.path), target);
                let (begin, end) =
                    hyperlink(&if target.starts_with(b"/") { target.clone() } else { beside() }, settings);
                text.extend_from_slice(&[&begin[..], &shown, end].concat());
                if colored {
                    Colors::end(&mut text, false);
                }
                run.out.write_all(&text)?;
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
    let figure = match (settings.human, settings.size_unit) {
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
