//! Searching one file.

use std::collections::VecDeque;
use std::io::{self, Read};

use memchr::{memchr, memchr_iter, memrchr};
use vivarium_userland::Bytes;
use vivarium_userland::posix_regex::Regex;

use super::Run;
use super::options::{Binary, Settings};
use super::print::{Place, Stop};

/// How much is read at once.
const CHUNK: usize = 128 << 10;

/// Searches `input`, which is called `name`. Tells how much was read that is behind the last line that `-m` lets be selected.
pub(super) fn search(run: &mut Run<'_>, input: &mut dyn Read, name: &[u8]) -> io::Result<i64> {
    let settings = run.settings;
    let mut file = Search {
        name,
        // Only then is more wanted than whether anything is selected.
        counts: settings.count && settings.list.is_none() && !settings.quiet,
        prints: !settings.count && settings.list.is_none() && !settings.quiet,
        selected: 0,
        number: 0,
        counted_to: 0,
        base: 0,
        before: VecDeque::new(),
        after: 0,
        gap: true,
        is_binary: false,
        said_binary: false,
        done: settings.max_count == 0,
        read: 0,
        after_last: None,
    };
    file.read_through(run, input)?;
    if file.selected > 0 {
        run.matched = true;
    }
    if file.counts {
        run.printer.count(name, file.selected)?;
    }
    match settings.list {
        Some(wanted) if wanted == (file.selected > 0) && !settings.quiet => run.printer.file(name)?,
        _ => {}
    }
    if file.said_binary {
        run.printer.binary(name)?;
    }
    let after = file.after_last.filter(|_| file.selected >= settings.max_count);
    Ok(after.map_or(0, |after| file.read.saturating_sub(after) as i64))
}

struct Search<'a> {
    name: &'a [u8],
    counts: bool,
    prints: bool,
    selected: u64,
    /// Lines before `counted_to`, which is a position in the input.
    number: u64,
    counted_to: u64,
    /// Position in the input of the buffer's start.
    base: u64,
    /// Lines that may be printed before a selected one, with their positions.
    before: VecDeque<(Bytes, u64)>,
    /// Lines still to be printed after a selected one.
    after: usize,
    /// Whether what was printed last does not touch what comes next.
    gap: bool,
    is_binary: bool,
    said_binary: bool,
    done: bool,
    /// How much has been read.
    read: u64,
    /// Position behind the line selected last.
    after_last: Option<u64>,
}

impl<'n> Search<'n> {
    fn read_through(&mut self, run: &mut Run<'_>, input: &mut dyn Read) -> io::Result<()> {
        let end = run.settings.end;
        let mut buffer = Vec::with_capacity(CHUNK);
        let mut first = true;
        while !self.done {
            let filled = buffer.len();
            buffer.resize(filled.max(CHUNK / 2) + CHUNK / 2, 0);
            let count = match input.read(&mut buffer[filled..]) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => 0,
                other => other?,
            };
            buffer.truncate(filled + count);
            self.read += count as u64;
            if end != 0 && run.settings.binary != Binary::Text && !self.is_binary && (first || count > 0) {
                self.is_binary = memchr(0, &buffer[filled..]).is_some();
                if self.is_binary && run.settings.binary == Binary::WithoutMatch {
                    return Ok(());
                }
            }
            first = false;
            let complete = if count == 0 { buffer.len() } else { memrchr(end, &buffer).map_or(0, |at| at + 1) };
            if complete > 0 {
                match self.region(run, &buffer[..complete]) {
                    Ok(()) => {}
                    Err(Stop::Binary) => {
                        self.said_binary = true;
                        self.done = true;
                    }
                    Err(Stop::Error(error)) => return Err(error),
                }
                self.base += complete as u64;
                buffer.drain(..complete);
            }
            if count == 0 {
                break;
            }
        }
        Ok(())
    }

    /// Searches whole lines.
    fn region(&mut self, run: &mut Run<'_>, text: &[u8]) -> Result<(), Stop> {
        let settings = run.settings;
        // Where lines are not looked at one by one: the number of those that are not selected does not matter.
        let counted_to = |search: &Search<'_>| (search.counted_to.saturating_sub(search.base)) as usize;
        let mut at = 0;
        while at < text.len() && !self.done {
            let (start, stop) = match next_match(settings, text, at) {
                Some(line) => line,
                None => (text.len(), text.len()),
            };
            if settings.invert {
                self.lines(run, text, at, start, true)?;
                if start < text.len() && !self.done {
                    self.lines(run, text, start, stop, false)?;
                }
            } else {
                self.lines(run, text, at, start, false)?;
                if start < text.len() && !self.done {
                    self.lines(run, text, start, stop, true)?;
                }
            }
            at = stop;
        }
        if settings.line_number {
            let from = counted_to(self).min(text.len());
            self.number += memchr_iter(settings.end, &text[from..]).count() as u64;
            self.counted_to = self.base + text.len() as u64;
        }
        Ok(())
    }

    /// Takes the lines in `start..stop`, all selected or none.
    fn lines(&mut self, run: &mut Run<'_>, text: &[u8], start: usize, stop: usize, selected: bool) -> Result<(), Stop> {
        let settings = run.settings;
        let mut at = start;
        if !selected && (!self.prints || (settings.before == 0 && self.after == 0)) {
            self.gap |= start < stop;
            return Ok(());
        }
        while at < stop && !self.done {
            if !selected && self.after == 0 {
                // Only the last lines can be context of what comes.
                let last = last_lines(settings.end, &text[..stop], at, settings.before);
                self.gap |= last > at;
                at = last;
                if at >= stop {
                    return Ok(());
                }
            }
            let end = memchr(settings.end, &text[at..stop]).map_or(stop, |end| at + end);
            let next = (end + 1).min(stop);
            self.line(run, text, at, end, selected)?;
            at = next;
        }
        Ok(())
    }

    fn line(&mut self, run: &mut Run<'_>, text: &[u8], start: usize, end: usize, selected: bool) -> Result<(), Stop> {
        let settings = run.settings;
        let line = &text[start..end];
        if !selected {
            if self.after > 0 {
                self.after -= 1;
                let place = self.place(settings, text, start);
                return run.printer.line(line, place, false);
            }
            if settings.before > 0 {
                if self.before.len() == settings.before {
                    self.before.pop_front();
                    self.gap = true;
                }
                self.before.push_back((line.to_vec(), self.base + start as u64));
            } else {
                self.gap = true;
            }
            return Ok(());
        }
        self.selected += 1;
        self.after_last = Some(self.base + (end as u64 + 1).min(text.len() as u64));
        if self.prints {
            if self.is_binary {
                return Err(Stop::Binary);
            }
            if self.gap {
                run.printer.group()?;
            }
            self.gap = false;
            let place = self.place(settings, text, start);
            let context = std::mem::take(&mut self.before);
            let lines = context.len() as u64;
            for (index, (line, offset)) in context.into_iter().enumerate() {
                let number = place.number.saturating_sub(lines - index as u64);
                run.printer.line(&line, Place { number, offset, ..place }, false)?;
            }
            run.printer.line(line, place, true)?;
            self.after = settings.after;
        }
        if self.selected >= settings.max_count {
            self.done = !self.prints || settings.after == 0;
            if !self.done {
                self.trailing(run, text, end + 1)?;
                self.done = true;
            }
        } else if !self.prints && !self.counts {
            self.done = true;
        }
        Ok(())
    }

    /// Context after the last line of `-m`.
    fn trailing(&mut self, run: &mut Run<'_>, text: &[u8], mut at: usize) -> Result<(), Stop> {
        let settings = run.settings;
        while self.after > 0 && at < text.len() {
            let end = memchr(settings.end, &text[at..]).map_or(text.len(), |end| at + end);
            self.after -= 1;
            let place = self.place(settings, text, at);
            run.printer.line(&text[at..end], place, false)?;
            at = end + 1;
        }
        Ok(())
    }

    fn place(&mut self, settings: &Settings, text: &[u8], start: usize) -> Place<'n> {
        if settings.line_number {
            let from = (self.counted_to.saturating_sub(self.base)) as usize;
            self.number += memchr_iter(settings.end, &text[from.min(start)..start]).count() as u64;
            self.counted_to = self.base + start as u64;
        }
        Place { name: self.name, number: self.number + 1, offset: self.base + start as u64 }
    }
}

/// The next line at `at` or later that matches: its start, and the start of the line after it.
fn next_match(settings: &Settings, text: &[u8], at: usize) -> Option<(usize, usize)> {
    let regex = settings.regex.as_ref()?;
    let end = settings.end;
    let bounds = |found: usize| {
        let start = memrchr(end, &text[at..found]).map_or(at, |before| at + before + 1);
        let stop = memchr(end, &text[found..]).map_or(text.len(), |after| found + after + 1);
        (start, stop)
    };
    if end == b'\n' && regex.is_linear() {
        let found = regex.candidate_at(text, at)?;
        // What only matches behind the last line's end is no line.
        if found == text.len() && text.last() == Some(&end) {
            return None;
        }
        return Some(bounds(found));
    }
    line_by_line(regex, text, at, end)
}

fn line_by_line(regex: &Regex, text: &[u8], mut at: usize, end: u8) -> Option<(usize, usize)> {
    while at < text.len() {
        let stop = memchr(end, &text[at..]).map_or(text.len(), |end| at + end);
        if regex.is_match(&text[at..stop]) {
            return Some((at, (stop + 1).min(text.len())));
        }
        at = stop + 1;
    }
    None
}

/// Where the last `count` lines of `text[from..]` start.
fn last_lines(end: u8, text: &[u8], from: usize, count: usize) -> usize {
    if count == 0 {
        return text.len();
    }
    let body = &text[from..text.len() - usize::from(text.last() == Some(&end))];
    memchr::memrchr_iter(end, body).nth(count - 1).map_or(from, |at| from + at + 1)
}
