//! Printing lines.

use std::io::{self, Write};

use vivarium_userland::Bytes;
use vivarium_userland::output::{Output, Standard, output};

use super::colors::Colors;
use super::options::{Binary, Settings};

/// Where a line is.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    pub(super) name: &'a [u8],
    pub(super) number: u64,
    pub(super) offset: u64,
}

/// Why no more of a file is printed.
pub(super) enum Stop {
    Error(io::Error),
    /// A line is no text.
    Binary,
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Stop {
        Stop::Error(error)
    }
}

pub(super) struct Printer<'a> {
    settings: &'a Settings,
    out: Output,
    /// Whether a group has been printed, of any file.
    printed: bool,
}

impl<'a> Printer<'a> {
    pub(super) fn new(settings: &'a Settings) -> Printer<'a> {
        Printer { settings, out: output(), printed: false }
    }

    pub(super) fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }

    /// A line between groups of context.
    pub(super) fn group(&mut self) -> io::Result<()> {
        if let (true, true, Some(separator)) = (self.settings.context, self.printed, &self.settings.separator) {
            match &self.settings.colors {
                Some(colors) => write!(self.out, "{}", colored(colors, &colors.separator, separator))?,
                None => self.out.write_all(separator)?,
            }
            self.out.write_all(b"\n")?;
        }
        Ok(())
    }

    /// A line, without its end. `selected`: not context.
    pub(super) fn line(&mut self, line: &[u8], place: Place<'_>, selected: bool) -> Result<(), Stop> {
        self.printed = true;
        let settings = self.settings;
        if settings.only_matching {
            // What matches is in the lines that are not selected, where selection is inverted.
            if selected != settings.invert {
                self.matches_only(line, place, if selected { b':' } else { b'-' })?;
            }
            return self.after_line();
        }
        if settings.binary != Binary::Text && settings.end != 0 && settings.utf8 && std::str::from_utf8(line).is_err() {
            return Err(Stop::Binary);
        }
        self.head(place, if selected { b':' } else { b'-' }, line.is_empty())?;
        match &settings.colors {
            Some(colors) => self.colored_line(line, selected, colors)?,
            None => self.out.write_all(line)?,
        }
        self.out.write_all(&[settings.end])?;
        self.after_line()
    }

    fn after_line(&mut self) -> Result<(), Stop> {
        if self.settings.line_buffered {
            self.out.flush()?;
        }
        Ok(())
    }

    fn matches_only(&mut self, line: &[u8], place: Place<'_>, separator: u8) -> Result<(), Stop> {
        let Some(regex) = &self.settings.regex else { return Ok(()) };
        let mut at = 0;
        while at <= line.len()
            && let Some((start, end)) = regex.find_at(line, at)
        {
            if start == end {
                at = end + 1;
                continue;
            }
            let found = &line[start..end];
            if self.settings.binary != Binary::Text && self.settings.utf8 && std::str::from_utf8(found).is_err() {
                return Err(Stop::Binary);
            }
            self.head(Place { offset: place.offset + start as u64, ..place }, separator, false)?;
            match &self.settings.colors {
                Some(colors) => self.out.write_all(&wrapped(colors, &colors.selected_match, found))?,
                None => self.out.write_all(found)?,
            }
            self.out.write_all(&[self.settings.end])?;
            at = end;
        }
        Ok(())
    }

    fn colored_line(&mut self, line: &[u8], selected: bool, colors: &Colors) -> io::Result<()> {
        let as_selected = selected != (self.settings.invert && colors.reverse);
        let line_color = if as_selected { &colors.selected_line } else { &colors.context_line };
        let has_matches = selected != self.settings.invert;
        let match_color = if selected { &colors.selected_match } else { &colors.context_match };
        let mut at = 0;
        let regex = self.settings.regex.as_ref().filter(|_| has_matches && !match_color.is_empty());
        let mut from = 0;
        while let Some(regex) = regex
            && from <= line.len()
            && let Some((start, end)) = regex.find_at(line, from)
        {
            if start == end {
                from = end + 1;
                continue;
            }
            self.out.write_all(&wrapped(colors, line_color, &line[at..start]))?;
            self.out.write_all(&wrapped(colors, match_color, &line[start..end]))?;
            (at, from) = (end, end);
        }
        self.out.write_all(&wrapped(colors, line_color, &line[at..]))
    }

    /// What stands before a line, which may be empty.
    fn head(&mut self, place: Place<'_>, separator: u8, is_empty: bool) -> io::Result<()> {
        let settings = self.settings;
        if !settings.with_name && !settings.line_number && !settings.byte_offset {
            return Ok(());
        }
        let (tab, null) = (settings.initial_tab, settings.null_after_name);
        let mut pending = false;
        if settings.with_name {
            self.name(place.name)?;
            if null {
                self.out.write_all(&[0])?;
            } else {
                self.separator(separator)?;
            }
            pending = true;
        }
        if settings.line_number {
            let number = place.number.to_string();
            self.part(|c| &c.line_number, number.as_bytes())?;
            self.separator(separator)?;
            pending = true;
        }
        if settings.byte_offset {
            let offset = place.offset.to_string();
            self.part(|c| &c.byte_number, offset.as_bytes())?;
            self.separator(separator)?;
            pending = true;
        }
        if tab && pending && !is_empty {
            self.out.write_all(b"\t")?;
        }
        Ok(())
    }

    fn part(&mut self, color: impl Fn(&Colors) -> &String, text: &[u8]) -> io::Result<()> {
        match &self.settings.colors {
            Some(colors) => self.out.write_all(&wrapped(colors, color(colors), text)),
            None => self.out.write_all(text),
        }
    }

    fn separator(&mut self, separator: u8) -> io::Result<()> {
        self.part(|c| &c.separator, &[separator])
    }

    fn name(&mut self, name: &[u8]) -> io::Result<()> {
        self.part(|c| &c.file_name, name)
    }

    /// The name of a file alone (`-l`, `-L`).
    pub(super) fn file(&mut self, name: &[u8]) -> io::Result<()> {
        self.name(name)?;
        self.out.write_all(if self.settings.null_after_name { &[0] } else { b"\n" })
    }

    /// How many lines of a file were selected.
    pub(super) fn count(&mut self, name: &[u8], count: u64) -> io::Result<()> {
        if self.settings.with_name {
            self.name(name)?;
            if self.settings.null_after_name {
                self.out.write_all(&[0])?;
            } else {
                self.separator(b':')?;
            }
        }
        writeln!(self.out, "{count}")
    }

    /// That a file that is no text matches.
    pub(super) fn binary(&mut self, name: &[u8]) -> io::Result<()> {
        self.out.flush()?;
        Standard::error().write_all(&[b"grep: ", name, b": binary file matches\n"].concat())
    }
}

fn wrapped(colors: &Colors, sgr: &str, text: &[u8]) -> Bytes {
    if text.is_empty() {
        return Bytes::new();
    }
    [colors.start(sgr).as_bytes(), text, colors.stop(sgr).as_bytes()].concat()
}

fn colored(colors: &Colors, sgr: &str, text: &[u8]) -> String {
    String::from_utf8_lossy(&wrapped(colors, sgr, text)).into_owned()
}
