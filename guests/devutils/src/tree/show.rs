//! A tree as text, JSON and XML.

use std::io::{self, Write};

use vivarium_sys::fs::FileKind;
use vivarium_userland::passwd::Names;
use vivarium_userland::{Bytes, clock, mode};

use super::color::Colors;
use super::options::{Form, Lines, Options, Size};
use super::scan::{Node, mark};

/// Seconds after which a time is shown with its year instead of the time of day.
const HALF_A_YEAR: i64 = 182 * 86400;

/// Directories and files shown so far, and their bytes.
#[derive(Default)]
pub(super) struct Count {
    directories: u64,
    files: u64,
    bytes: u64,
}

pub(super) struct Shower<'a, W> {
    pub(super) options: &'a Options,
    pub(super) out: &'a mut W,
    pub(super) colors: Option<Colors>,
    pub(super) lines: Lines,
    pub(super) utf8: bool,
    pub(super) names: Names,
    pub(super) now: i64,
    pub(super) count: Count,
}

impl<W: Write> Shower<'_, W> {
    pub(super) fn begin(&mut self) -> io::Result<()> {
        match self.options.form {
            Form::Text => Ok(()),
            Form::Json => self.out.write_all(b"[\n"),
            Form::Xml => writeln!(
                self.out,
                "<?xml version=\"1.0\"{}?>\n<tree>",
                if self.utf8 { " encoding=\"UTF-8\"" } else { "" }
            ),
        }
    }

    /// A directory of the command line; none: there is no such file. `first`: whether it is the first.
    pub(super) fn root(&mut self, name: &[u8], node: Option<&Node>, first: bool) -> io::Result<()> {
        self.count.bytes += node.map_or(0, |node| node.size);
        match self.options.form {
            Form::Text => match node.filter(|node| node.entries.is_some() || node.remark.is_some()) {
                Some(node) if node.remark.is_none() => {
                    self.count(node);
                    self.line(node, &[])?;
                    self.below(node, &mut Vec::new())
                }
                Some(node) if node.stat.is_directory() => self.line(node, &[]),
                found => {
                    self.count.files += u64::from(found.is_some());
                    self.name(name, None)?;
                    self.out.write_all(b"  [error opening dir]\n")
                }
            },
            Form::Json => {
                if !first {
                    self.out.write_all(b",\n")?;
                }
                match node {
                    Some(node) => self.json(node, 1)?,
                    None => {
                        self.out.write_all(b"  {\"type\":\"unknown\",\"name\":")?;
                        self.json_text(name)?;
                        self.out.write_all(b",\"contents\":[{\"error\": \"error opening dir\"}\n  ]}")?;
                    }
                }
                Ok(())
            }
            Form::Xml => match node {
                Some(node) => self.xml(node, 1),
                None => {
                    self.out.write_all(b"  <unknown name=\"")?;
                    self.xml_text(name)?;
                    self.out.write_all(b"\"><error>error opening dir</error>\n  </unknown>\n")
                }
            },
        }
    }

    pub(super) fn end(&mut self) -> io::Result<()> {
        let Count { directories, files, bytes } = self.count;
        let options = self.options;
        match options.form {
            Form::Text if options.report => {
                let used = if options.disk_usage {
                    let size = self.size(bytes);
                    let unit = if options.size == Some(Size::Bytes) { " bytes" } else { "" };
                    format!("{size}{unit} used in ")
                } else {
                    String::new()
                };
                let (y, s) = (if directories == 1 { "y" } else { "ies" }, if files == 1 { "" } else { "s" });
                write!(self.out, "\n{used}{directories} director{y}")?;
                if !options.directories_only {
                    write!(self.out, ", {files} file{s}")?;
                }
                self.out.write_all(b"\n")
            }
            Form::Text => Ok(()),
            Form::Json => {
                self.out.write_all(b"\n")?;
                if options.report {
                    self.out.write_all(b",\n  {\"type\":\"report\"")?;
                    if options.disk_usage {
                        write!(self.out, ",\"size\":{bytes}")?;
                    }
                    write!(self.out, ",\"directories\":{directories}")?;
                    if !options.directories_only {
                        write!(self.out, ",\"files\":{files}")?;
                    }
                    self.out.write_all(b"}")?;
                }
                self.out.write_all(b"\n]\n")
            }
            Form::Xml => {
                if options.report {
                    self.out.write_all(b"  <report>\n")?;
                    if options.disk_usage {
                        writeln!(self.out, "    <size>{bytes}</size>")?;
                    }
                    writeln!(self.out, "    <directories>{directories}</directories>")?;
                    if !options.directories_only {
                        writeln!(self.out, "    <files>{files}</files>")?;
                    }
                    self.out.write_all(b"  </report>\n")?;
                }
                self.out.write_all(b"</tree>\n")
            }
        }
    }

    fn count(&mut self, node: &Node) {
        if node.is_directory() {
            self.count.directories += 1;
        } else {
            self.count.files += 1;
        }
    }

    fn below(&mut self, node: &Node, lasts: &mut Vec<bool>) -> io::Result<()> {
        let entries = node.entries.as_deref().unwrap_or_default();
        for (at, entry) in entries.iter().enumerate() {
            self.count(entry);
            lasts.push(at + 1 == entries.len());
            self.line(entry, lasts)?;
            self.below(entry, lasts)?;
            lasts.pop();
        }
        Ok(())
    }

    /// One file's line. `lasts`: of the directories above and of itself, whether they are the last in theirs.
    fn line(&mut self, node: &Node, lasts: &[bool]) -> io::Result<()> {
        let meta = self.meta(node);
        if self.options.meta_first {
            self.out.write_all(meta.as_bytes())?;
        }
        if let Some((last, above)) = lasts.split_last() {
            let [bar, gap, branch, corner] = self.marks();
            // In the terminal's set of line drawings.
            let drawn = self.lines == Lines::Ansi;
            self.out.write_all(if drawn { b"\x1b(0" } else { b"" })?;
            for last in above {
                self.out.write_all(if *last { gap } else { bar })?;
            }
            self.out.write_all(if *last { corner } else { branch })?;
            self.out.write_all(if drawn { b"\x1b(B" } else { b"" })?;
        }
        if !self.options.meta_first {
            self.out.write_all(meta.as_bytes())?;
        }
        let shown = if self.options.full_path || lasts.is_empty() { &node.path } else { &node.name };
        let code = self.colors.as_ref().map(|colors| {
            colors.code(&node.name, Some(&node.stat), node.target.as_ref().map(|(_, found)| found)).to_owned()
        });
        self.name(shown, code.as_deref())?;
        match &node.target {
            None if self.options.classify => self.mark(mark(&node.stat))?,
            None => {}
            Some((target, found)) => {
                self.out.write_all(b" -> ")?;
                let code = self.colors.as_ref().map(|colors| colors.code(target, found.as_ref(), None).to_owned());
                self.name(target, code.as_deref())?;
                if self.options.classify {
                    self.mark(found.as_ref().and_then(mark))?;
                }
            }
        }
        if let Some(remark) = &node.remark {
            write!(self.out, "  [{remark}]")?;
        }
        self.out.write_all(b"\n")
    }

    fn mark(&mut self, mark: Option<char>) -> io::Result<()> {
        mark.map_or(Ok(()), |mark| write!(self.out, "{mark}"))
    }

    /// A line for a directory above with more to come, nothing for one without, the branch of an entry, that of the last.
    fn marks(&self) -> [&'static [u8]; 4] {
        match self.lines {
            Lines::None => [b"", b"", b"", b""],
            Lines::Ascii => [b"|   ", b"    ", b"|-- ", b"`-- "],
            Lines::Unicode => ["│\u{a0}\u{a0} ".as_bytes(), b"    ", "├── ".as_bytes(), "└── ".as_bytes()],
            Lines::Ansi => [b"x   ", b"    ", b"tqq ", b"mqq "],
            Lines::Cp437 => [b"\xb3\xff\xff ", b"    ", b"\xc3\xc4\xc4 ", b"\xc0\xc4\xc4 "],
        }
    }

    fn name(&mut self, name: &[u8], code: Option<&str>) -> io::Result<()> {
        if let Some(code) = code {
            write!(self.out, "\x1b[{code}m")?;
        }
        let shown = self.shown(name);
        self.out.write_all(&shown)?;
        if code.is_some() {
            self.out.write_all(b"\x1b[0m")?;
        }
        Ok(())
    }

    /// A name with what can't be shown as the options say.
    fn shown(&self, name: &[u8]) -> Bytes {
        let options = self.options;
        let mut out = Bytes::with_capacity(name.len() + 2);
        let quote = if options.quote { Some(b'"') } else { None };
        out.extend(quote);
        if options.raw_names {
            out.extend_from_slice(name);
        } else if self.utf8 {
            for chunk in name.utf8_chunks() {
                for character in chunk.valid().chars() {
                    if character.is_control() {
                        for byte in character.to_string().bytes() {
                            push_hidden(&mut out, byte, options.hide_control);
                        }
                    } else {
                        if options.quote && matches!(character, '"' | '\\') {
                            out.push(b'\\');
                        }
                        out.extend_from_slice(character.to_string().as_bytes());
                    }
                }
                for byte in chunk.invalid() {
                    push_hidden(&mut out, *byte, options.hide_control);
                }
            }
        } else {
            for &byte in name {
                match byte {
                    7..=13 => out.extend([b'\\', b"abtnvfr"[usize::from(byte - 7)]]),
                    b'"' | b'\\' if options.quote => out.extend([b'\\', byte]),
                    b' ' if !options.quote => out.extend(b"\\ "),
                    b'\\' => out.extend(b"\\\\"),
                    0x20..0x7f => out.push(byte),
                    _ => push_hidden(&mut out, byte, options.hide_control),
                }
            }
        }
        out.extend(quote);
        out
    }

    fn meta(&self, node: &Node) -> String {
        let (options, stat) = (self.options, &node.stat);
        let mut parts = String::new();
        if options.inodes {
            parts.push_str(&format!(" {:>7}", stat.inode));
        }
        if options.device {
            parts.push_str(&format!(" {:>3}", stat.device));
        }
        if options.protection {
            parts.push_str(&format!(" {}", mode::symbolic(stat.file_kind(), stat.mode)));
        }
        if options.user {
            parts.push_str(&format!(" {:<8.32}", self.user(stat.uid)));
        }
        if options.group {
            parts.push_str(&format!(" {:<8.32}", self.group(stat.gid)));
        }
        if options.size.is_some() {
            parts.push_str(&self.size(node.size));
        }
        if options.date {
            parts.push_str(&format!(" {}", self.date(node)));
        }
        match parts.strip_prefix(' ') {
            None => parts,
            Some(parts) => format!("[{parts}]  "),
        }
    }

    fn user(&self, uid: u32) -> String {
        self.names.user(uid).map_or_else(|| uid.to_string(), Into::into)
    }

    fn group(&self, gid: u32) -> String {
        self.names.group(gid).map_or_else(|| gid.to_string(), Into::into)
    }

    /// With a space before it.
    fn size(&self, bytes: u64) -> String {
        let Some(Size::Units(base)) = self.options.size else { return format!(" {bytes:>11}") };
        if bytes < base {
            return format!(" {bytes:>4}");
        }
        let units = if base == 1000 { "dkMGTPEZY" } else { "BKMGTPEZY" };
        let (mut size, mut unit) = (bytes, 1);
        while size >= base * base {
            size /= base;
            unit += 1;
        }
        let letter = units.chars().nth(unit).unwrap_or('?');
        let shown = size as f64 / base as f64;
        if size / base >= 10 { format!(" {shown:3.0}{letter}") } else { format!(" {shown:3.1}{letter}") }
    }

    fn date(&self, node: &Node) -> String {
        let time = if self.options.changed { node.stat.changed } else { node.stat.modified };
        let local = clock::local(time.seconds, time.nanoseconds);
        let recent = time.seconds <= self.now && self.now - time.seconds < HALF_A_YEAR;
        let format = self.options.time_format.as_deref().unwrap_or(if recent { "%b %e %H:%M" } else { "%b %e  %Y" });
        clock::format(&local, format)
    }

    fn json(&mut self, node: &Node, depth: usize) -> io::Result<()> {
        self.count(node);
        write!(self.out, "{}{{\"type\":\"{}\",\"name\":", "  ".repeat(depth), kind(node))?;
        let name = if self.options.full_path { &node.path } else { &node.name };
        self.json_text(name)?;
        if let Some((target, _)) = &node.target {
            self.out.write_all(b",\"target\":")?;
            self.json_text(target)?;
        }
        for (name, value, number) in self.attributes(node) {
            if number {
                write!(self.out, ",\"{name}\":{value}")?;
            } else {
                write!(self.out, ",\"{name}\":\"{value}\"")?;
            }
        }
        if let Some(remark) = &node.remark {
            return write!(self.out, ",\"contents\":[{{\"error\": \"{remark}\"}}\n{}]}}", "  ".repeat(depth));
        }
        let entries = node.entries.as_deref().unwrap_or_default();
        if entries.is_empty() && depth > 1 {
            return self.out.write_all(b"}");
        }
        self.out.write_all(b",\"contents\":[\n")?;
        for (at, entry) in entries.iter().enumerate() {
            self.json(entry, depth + 1)?;
            self.out.write_all(if at + 1 < entries.len() { b",\n" } else { b"\n" })?;
        }
        write!(self.out, "{}]}}", "  ".repeat(depth))
    }

    /// Names, values and whether these are numbers.
    fn attributes(&self, node: &Node) -> Vec<(&'static str, String, bool)> {
        let (options, stat) = (self.options, &node.stat);
        let mut all = Vec::new();
        if options.inodes {
            all.push(("inode", stat.inode.to_string(), true));
        }
        if options.device {
            all.push(("dev", stat.device.to_string(), true));
        }
        if options.protection {
            all.push(("mode", format!("{:04o}", stat.mode), false));
            all.push(("prot", mode::symbolic(stat.file_kind(), stat.mode), false));
        }
        if options.user {
            all.push(("user", self.user(stat.uid), false));
        }
        if options.group {
            all.push(("group", self.group(stat.gid), false));
        }
        match options.size {
            Some(Size::Bytes) => all.push(("size", node.size.to_string(), true)),
            Some(_) => all.push(("size", self.size(node.size).trim_start().into(), false)),
            None => {}
        }
        if options.date {
            all.push(("time", self.date(node), false));
        }
        all
    }

    fn json_text(&mut self, text: &[u8]) -> io::Result<()> {
        self.out.write_all(b"\"")?;
        for &byte in text {
            match byte {
                7..=13 => {
                    let letter = b"abtnvfr"[usize::from(byte - 7)];
                    self.out.write_all(&[b'\\', letter])?;
                }
                b'"' | b'\\' => self.out.write_all(&[b'\\', byte])?,
                0..0x20 => write!(self.out, "\\u{byte:04x}")?,
                _ => self.out.write_all(&[byte])?,
            }
        }
        self.out.write_all(b"\"")
    }

    fn xml(&mut self, node: &Node, depth: usize) -> io::Result<()> {
        self.count(node);
        let (kind, indent) = (kind(node), "  ".repeat(depth));
        write!(self.out, "{indent}<{kind} name=\"")?;
        let name = if self.options.full_path { &node.path } else { &node.name };
        self.xml_text(name)?;
        self.out.write_all(b"\"")?;
        if let Some((target, _)) = &node.target {
            self.out.write_all(b" target=\"")?;
            self.xml_text(target)?;
            self.out.write_all(b"\"")?;
        }
        for (name, value, _) in self.attributes(node) {
            write!(self.out, " {name}=\"{value}\"")?;
        }
        self.out.write_all(b">")?;
        if let Some(remark) = &node.remark {
            write!(self.out, "<error>{remark}</error>\n{indent}")?;
        }
        let entries = node.entries.as_deref().unwrap_or_default();
        if !entries.is_empty() {
            self.out.write_all(b"\n")?;
            for entry in entries {
                self.xml(entry, depth + 1)?;
            }
            self.out.write_all(indent.as_bytes())?;
        }
        writeln!(self.out, "</{kind}>")
    }

    fn xml_text(&mut self, text: &[u8]) -> io::Result<()> {
        for &byte in text {
            match byte {
                b'<' => self.out.write_all(b"&lt;")?,
                b'>' => self.out.write_all(b"&gt;")?,
                b'&' => self.out.write_all(b"&amp;")?,
                b'"' => self.out.write_all(b"&quot;")?,
                _ => self.out.write_all(&[byte])?,
            }
        }
        Ok(())
    }
}

fn push_hidden(out: &mut Bytes, byte: u8, hide: bool) {
    if hide {
        out.push(b'?');
    } else {
        out.extend_from_slice(format!("\\{byte:03o}").as_bytes());
    }
}

fn kind(node: &Node) -> &'static str {
    match node.stat.file_kind() {
        FileKind::Directory => "directory",
        FileKind::Symlink => "link",
        FileKind::Fifo => "fifo",
        FileKind::Socket => "socket",
        FileKind::BlockDevice => "block",
        FileKind::CharacterDevice => "char",
        _ => "file",
    }
}
