//! `patch` (POSIX patch, with the options, the rules and the wording of GNU's).

mod hunk;
mod locate;
mod names;
mod options;
mod parse;
mod reject;
mod script;

use std::io::{Read, Write};

use vivarium_sys::fs::{self, AT_FDCWD, lstat};
use vivarium_userland::bytes::{base_name, dir_name, join, path, text};
use vivarium_userland::output::{Standard, reason};
use vivarium_userland::{Bytes, quote};

use hunk::{FilePatch, Format, Hunk};
use locate::Place;
use options::{Options, ReadOnly};
use parse::Patches;

pub(crate) fn main(arguments: Vec<Bytes>) -> i32 {
    let options = options::read(arguments);
    match Run::new(options).and_then(Run::all) {
        Ok(status) => status,
        Err(message) => {
            let _ = std::io::stdout().flush();
            eprintln!("patch: **** {message}");
            2
        }
    }
}

struct Run {
    options: Options,
    patches: Patches,
    status: i32,
    /// Whether the file named by `-o` has been begun.
    output_begun: bool,
    rejects_begun: bool,
    /// Files of which a copy was kept.
    kept: Vec<Bytes>,
}

/// What became of the hunks of a file.
#[derive(Default)]
struct Outcome {
    data: Bytes,
    rejected: Vec<(Hunk, isize)>,
    /// Whether hunks fitted elsewhere, or with other context.
    mismatch: bool,
    skipped: bool,
}

impl Run {
    fn new(options: Options) -> Result<Run, String> {
        if let Some(directory) = &options.directory {
            let changed = std::env::set_current_dir(path(directory));
            changed.map_err(|e| format!("Can't change to directory {} : {}", shown(directory), reason(&e)))?;
        }
        let from_standard = options.input == b"-";
        let data = if from_standard {
            let mut data = Bytes::new();
            Standard::input().read_to_end(&mut data).map_err(|error| format!("read error : {}", reason(&error)))?;
            data
        } else {
            let name = &options.input;
            std::fs::read(path(name)).map_err(|e| format!("Can't open patch file {} : {}", shown(name), reason(&e)))?
        };
        let mut patches = Patches::new(&data, options.format);
        if !options.binary && patches.strip_returns() && !options.quiet {
            println!("(Stripping trailing CRs from patch; use --binary to disable.)");
        }
        Ok(Run { options, patches, status: 0, output_begun: false, rejects_begun: false, kept: Vec::new() })
    }

    fn all(mut self) -> Result<i32, String> {
        while let Some(patch) = self.patches.next()? {
            self.one(patch)?;
        }
        if !self.patches.found && !self.patches.is_empty() {
            return Err("Only garbage was found in the patch input.".into());
        }
        Ok(self.status)
    }

    fn say(&self, message: &str) {
        if !self.options.quiet {
            println!("{message}");
        }
    }

    fn one(&mut self, mut patch: FilePatch) -> Result<(), String> {
        if self.options.reverse {
            if patch.format == Format::Ed {
                return Err("ed scripts can't be reversed".into());
            }
            patch = patch.reversed();
        }
        let Some(name) = self.name(&patch) else {
            self.status = 1;
            return Ok(());
        };
        let git = patch.git.clone();
        let moved = git.as_ref().filter(|git| git.renamed || git.copied);
        let target = match (&self.options.output, moved) {
            (Some(output), _) => output.clone(),
            (None, Some(git)) if self.options.file.is_none() => {
                names::strip(&git.new, self.options.strip).ok_or("invalid file name in patch")?
            }
            _ => name.clone(),
        };
        if self.options.file.is_none() && self.options.output.is_none() {
            for name in [&name, &target] {
                if !names::is_safe(name) {
                    self.say(&format!("Ignoring potentially dangerous file name {}", text(name)));
                    self.status = 1;
                    return Ok(());
                }
            }
        }
        let stat = lstat(&name).ok();
        if stat.is_some_and(|stat| !stat.is_file() && !stat.is_symlink()) {
            self.say(&format!("File {} is not a regular file -- refusing to patch", shown(&name)));
            return self.refuse(&patch, &target);
        }
        let data = match std::fs::read(path(&name)) {
            Ok(data) => data,
            Err(_) if stat.is_none() => Bytes::new(),
            Err(error) => return Err(format!("Can't open file {} : {}", shown(&name), reason(&error))),
        };
        if stat.is_none() && self.options.file.is_some() && !patch.creates() {
            return Err(format!("Can't reopen file {} : {}", shown(&name), vivarium_sys::Errno::NOENT));
        }
        let mode = stat.map(|stat| stat.mode & 0o7777);
        const WRITE: u32 = 2;
        if stat.is_some() && fs::access(&name, WRITE, true).is_err() && self.options.output.is_none() {
            match self.options.read_only {
                ReadOnly::Ignore => {}
                ReadOnly::Warn => self.say(&format!("File {} is read-only; trying to patch anyway", shown(&name))),
                ReadOnly::Fail => {
                    self.say(&format!("File {} is read-only; refusing to patch", shown(&name)));
                    return self.refuse(&patch, &target);
                }
            }
        }
        // Creating what is there already is taken for a patch that was applied before.
        if patch.creates() && !data.is_empty() && moved.is_none() && !patch.hunks.is_empty() {
            let what = format!("The next patch would create the file {},\nwhich already exists!", shown(&name));
            match self.reverse(&what) {
                Answer::Reverse => patch = patch.reversed(),
                Answer::Apply => {}
                Answer::Skip => return self.ignore(&patch),
            }
        } else if patch.deletes() && stat.is_none() && !patch.hunks.is_empty() {
            let what = format!("The next patch would delete the file {},\nwhich does not exist!", shown(&name));
            match self.reverse(&what) {
                Answer::Reverse => patch = patch.reversed(),
                Answer::Apply => {}
                Answer::Skip => return self.ignore(&patch),
            }
        }
        let verb = if self.options.dry_run { "checking" } else { "patching" };
        let origin = match moved {
            Some(git) if target != name && git.renamed => format!(" (renamed from {})", shown(&name)),
            Some(_) if target != name => format!(" (copied from {})", shown(&name)),
            _ if target != name => format!(" (read from {})", shown(&name)),
            _ => String::new(),
        };
        if self.options.verbose || !self.options.quiet && patch.format != Format::Ed {
            println!("{verb} file {}{origin}", shown(&target));
        }
        let outcome = if patch.format == Format::Ed {
            Outcome { data: script::run(&patch.script, &data)?, ..Outcome::default() }
        } else {
            self.hunks(&mut patch, &data)
        };
        self.write(&patch, &name, &target, stat.is_some(), mode, &data, &outcome)?;
        self.reject(&patch, &target, &outcome)
    }

    /// Leaves a file as it is.
    fn ignore(&mut self, patch: &FilePatch) -> Result<(), String> {
        let count = patch.hunks.len();
        self.say(&format!("{count} out of {count} hunk{} ignored", plural(count)));
        self.status = 1;
        Ok(())
    }

    /// Rejects a whole file's hunks.
    fn refuse(&mut self, patch: &FilePatch, target: &[u8]) -> Result<(), String> {
        let rejected = patch.hunks.iter().map(|hunk| (hunk.clone(), 0)).collect();
        self.reject(patch, target, &Outcome { rejected, skipped: true, ..Outcome::default() })
    }

    /// The file the patch is for; asks where nobody can say, and says what is skipped.
    fn name(&self, patch: &FilePatch) -> Option<Bytes> {
        if let Some(file) = &self.options.file {
            return Some(file.clone());
        }
        if let Some(name) = names::choose(patch, self.options.strip, self.options.posix) {
            return Some(name);
        }
        if !self.options.quiet || !self.options.force && !self.options.batch {
            println!("can't find file to patch at input line {}", patch.line);
            match self.options.strip {
                Some(_) => println!("Perhaps you used the wrong -p or --strip option?"),
                None => println!("Perhaps you should have used the -p or --strip option?"),
            }
            if !patch.leading.is_empty() {
                println!("The text leading up to this was:\n--------------------------");
                for line in &patch.leading {
                    print!("|{}", text(line));
                }
                println!("--------------------------");
            }
        }
        if self.options.force || self.options.batch {
            self.say("No file to patch.  Skipping patch.");
        } else {
            let answer = ask("File to patch: ");
            if !answer.is_empty() {
                if lstat(&answer).is_ok() {
                    return Some(answer);
                }
                println!("{}: No such file or directory", text(&answer));
            }
            if ask("Skip this patch? [y] ").first() == Some(&b'n') {
                return self.name(patch);
            }
            self.say("Skipping patch.");
        }
        let count = patch.hunks.len();
        if count > 0 {
            self.say(&format!("{count} out of {count} hunk{} ignored", plural(count)));
        }
        None
    }

    /// What to do about a patch that seems to go the other way.
    fn reverse(&self, what: &str) -> Answer {
        let reversed = self.options.reverse;
        if self.options.forward {
            self.say(&format!("{what}  Skipping patch."));
            return Answer::Skip;
        }
        if self.options.force {
            self.say(&format!("{what}  Applying it anyway."));
            return Answer::Apply;
        }
        if self.options.batch {
            self.say(&format!("{what}  {}", if reversed { "Ignoring -R." } else { "Assuming -R." }));
            return Answer::Reverse;
        }
        let prompt = if reversed { "Ignore -R? [n] " } else { "Assume -R? [n] " };
        if ask(&format!("{what}  {prompt}")).first() == Some(&b'y') {
            return Answer::Reverse;
        }
        if ask("Apply anyway? [n] ").first() == Some(&b'y') {
            return Answer::Apply;
        }
        self.say("Skipping patch.");
        Answer::Skip
    }

    fn hunks(&self, patch: &mut FilePatch, data: &[u8]) -> Outcome {
        let lines: Vec<&[u8]> = data.split_inclusive(|&b| b == b'\n').collect();
        let mut place = Place { lines: &lines, offset: 0, frozen: 0, ignore_blanks: self.options.ignore_blanks };
        let mut outcome = Outcome::default();
        // How much longer the new file is so far.
        let mut grown = 0_isize;
        let mut at = 0;
        let (mut apply_anyway, mut skip_all) = (self.options.force, false);
        while at < patch.hunks.len() {
            let context = patch.hunks[at].prefix_context().max(patch.hunks[at].suffix_context());
            let most = self.options.fuzz.min(context);
            let mut found = None;
            let mut fuzz = 0;
            while !skip_all && found.is_none() && fuzz <= most {
                found = place.locate(&patch.hunks[at], fuzz).map(|line| (line, fuzz));
                if found.is_none() && at == 0 && !apply_anyway {
                    let back = patch.hunks[0].reversed();
                    if place.locate(&back, fuzz).is_some() {
                        place.offset = 0;
                        let kind = if self.options.reverse { "Unreversed" } else { "Reversed (or previously applied)" };
                        match self.reverse(&format!("{kind} patch detected!")) {
                            Answer::Reverse => {
                                *patch = patch.clone().reversed();
                                fuzz = 0;
                                (apply_anyway, outcome.mismatch) = (true, true);
                                continue;
                            }
                            Answer::Apply => {
                                apply_anyway = true;
                                continue;
                            }
                            Answer::Skip => skip_all = true,
                        }
                    }
                }
                fuzz += 1;
            }
            let hunk = &patch.hunks[at];
            at += 1;
            let said = found.map_or(hunk.old_start, |(line, _)| line) as isize + grown;
            let Some((line, fuzz)) = found else {
                outcome.rejected.push((hunk.clone(), place.offset.max(0).min(grown)));
                if !skip_all {
                    self.say(&format!("Hunk #{at} FAILED at {said}."));
                }
                continue;
            };
            outcome.mismatch |= fuzz > 0 || place.offset != 0;
            if (fuzz > 0 || place.offset != 0 || self.options.verbose) && !self.options.quiet {
                let fuzzy = if fuzz > 0 { format!(" with fuzz {fuzz}") } else { String::new() };
                let moved = match place.offset {
                    0 => String::new(),
                    1 => " (offset 1 line)".into(),
                    offset => format!(" (offset {offset} lines)"),
                };
                println!("Hunk #{at} succeeded at {said}{fuzzy}{moved}.");
            }
            // The file's own lines stay where the patch has context.
            let begin = (line - 1).min(lines.len());
            copy(&mut outcome.data, &lines[place.frozen.min(begin)..begin]);
            let mut of_file = begin;
            for (kind, line) in &hunk.lines {
                match kind {
                    hunk::Kind::Context => {
                        outcome.data.extend_from_slice(lines.get(of_file).unwrap_or(&&**line));
                        of_file += 1;
                    }
                    hunk::Kind::Old => of_file += 1,
                    hunk::Kind::New => {
                        end_line(&mut outcome.data);
                        outcome.data.extend_from_slice(line);
                    }
                }
            }
            place.frozen = of_file.min(lines.len());
            grown += hunk.new_lines().len() as isize - hunk.old_lines().len() as isize;
        }
        copy(&mut outcome.data, &lines[place.frozen..]);
        outcome.skipped = skip_all;
        outcome.mismatch |= !outcome.rejected.is_empty() && !skip_all;
        outcome
    }

    #[allow(clippy::too_many_arguments)]
    fn write(
        &mut self,
        patch: &FilePatch,
        name: &[u8],
        target: &[u8],
        existed: bool,
        mode: Option<u32>,
        before: &[u8],
        outcome: &Outcome,
    ) -> Result<(), String> {
        if self.options.dry_run {
            return Ok(());
        }
        if let Some(output) = &self.options.output {
            if output == b"-" {
                return Standard::output()
                    .write_all(&outcome.data)
                    .map_err(|e| format!("write error : {}", reason(&e)));
            }
            let file = std::fs::OpenOptions::new()
                .create(true)
                .write(true)
                .append(self.output_begun)
                .truncate(!self.output_begun)
                .open(path(output));
            self.output_begun = true;
            let written = file.and_then(|mut file| file.write_all(&outcome.data));
            return written.map_err(|e| format!("Can't create file {} : {}", shown(output), reason(&e)));
        }
        let git = patch.git.as_ref();
        let renamed = git.is_some_and(|git| git.renamed) && name != target;
        let copied = git.is_some_and(|git| git.copied) && name != target;
        let unchanged = outcome.data == before && existed && !renamed && !copied;
        let backups = &self.options.backups;
        if backups.always || backups.if_mismatch && outcome.mismatch {
            self.back_up(target)?;
        }
        let removes = outcome.data.is_empty()
            && outcome.rejected.is_empty()
            && (self.options.remove_empty || patch.deletes() && (!self.options.posix));
        if removes && existed && !patch.hunks.is_empty() || removes && git.is_some_and(|git| git.deleted) {
            if let Err(error) = std::fs::remove_file(path(target)) {
                return Err(format!("Can't remove file {} : {}", shown(target), reason(&error)));
            }
            remove_empty_directories(target);
            return Ok(());
        }
        if patch.deletes() && !outcome.data.is_empty() && !patch.hunks.is_empty() {
            self.say(&format!("Not deleting file {} as content differs from patch", shown(target)));
            self.status = 1;
        }
        if !unchanged {
            if !existed && outcome.data.is_empty() && git.is_none() {
                return Ok(());
            }
            self.replace(target, &outcome.data, mode)?;
        }
        let new_mode = git.and_then(|git| git.new_mode);
        if let Some(mode) = new_mode.or(mode.filter(|_| renamed || copied)) {
            let _ = fs::chmod(AT_FDCWD, target, true, mode & 0o777);
        }
        if self.options.set_times
            && let Some(seconds) = patch.new.as_ref().and_then(hunk::Name::seconds)
        {
            let time = std::time::UNIX_EPOCH + std::time::Duration::from_secs(seconds.try_into().unwrap_or_default());
            let set = std::fs::File::options().write(true).open(path(target)).and_then(|file| file.set_modified(time));
            set.map_err(|e| format!("Failed to set the modification time of file {} : {}", shown(target), reason(&e)))?;
        }
        if renamed && outcome.rejected.is_empty() {
            let _ = std::fs::remove_file(path(name));
            remove_empty_directories(name);
        }
        Ok(())
    }

    /// Writes a file anew, so that nobody sees it half written, and keeps its mode.
    fn replace(&self, target: &[u8], data: &[u8], mode: Option<u32>) -> Result<(), String> {
        let fail = |error: std::io::Error| format!("Can't create file {} : {}", shown(target), reason(&error));
        if target.contains(&b'/') {
            std::fs::create_dir_all(path(dir_name(target))).map_err(fail)?;
        }
        if lstat(target).is_ok_and(|stat| stat.is_symlink()) {
            return std::fs::write(path(target), data).map_err(fail);
        }
        let scratch = join(
            if target.contains(&b'/') { dir_name(target) } else { b"." },
            &[&b"."[..], base_name(target), b".patch"].concat(),
        );
        std::fs::write(path(&scratch), data).map_err(fail)?;
        if let Some(mode) = mode {
            let _ = fs::chmod(AT_FDCWD, &scratch[..], true, mode);
        }
        std::fs::rename(path(&scratch), path(target)).map_err(fail)
    }

    fn back_up(&mut self, target: &[u8]) -> Result<(), String> {
        if self.kept.iter().any(|kept| kept == target) {
            return Ok(());
        }
        self.kept.push(target.to_vec());
        let backups = &self.options.backups;
        let directory = if target.contains(&b'/') { join(dir_name(target), b"") } else { Bytes::new() };
        let mut name = match (&backups.prefix, &backups.base_prefix) {
            (Some(prefix), _) => [prefix, target].concat(),
            (None, Some(prefix)) => [&*directory, prefix, base_name(target)].concat(),
            (None, None) => target.to_vec(),
        };
        let numbered = |number: usize| [target, format!(".~{number}~").as_bytes()].concat();
        if backups.numbered || backups.existing && lstat(numbered(1)).is_ok() {
            name = (1..).map(numbered).find(|name| lstat(name).is_err()).unwrap_or(name);
        } else if let Some(suffix) = &backups.suffix {
            name.extend_from_slice(suffix);
        } else if backups.prefix.is_none() && backups.base_prefix.is_none() {
            let suffix =
                vivarium_userland::bytes::variable("SIMPLE_BACKUP_SUFFIX").unwrap_or_else(|| b".orig".to_vec());
            name.extend_from_slice(&suffix);
        }
        let fail = |error: std::io::Error| format!("Can't create file {} : {}", shown(&name), reason(&error));
        if name.contains(&b'/') {
            std::fs::create_dir_all(path(dir_name(&name))).map_err(fail)?;
        }
        match std::fs::read(path(target)) {
            Ok(data) => std::fs::write(path(&name), data).map_err(fail)?,
            // Of a file that was not there an empty one is kept.
            Err(_) => std::fs::write(path(&name), b"").map_err(fail)?,
        }
        if let Ok(stat) = lstat(target) {
            let _ = fs::chmod(AT_FDCWD, &name[..], true, stat.mode & 0o7777);
        }
        Ok(())
    }

    fn reject(&mut self, patch: &FilePatch, target: &[u8], outcome: &Outcome) -> Result<(), String> {
        let failed = outcome.rejected.len();
        if failed == 0 {
            return Ok(());
        }
        self.status = 1;
        let count = patch.hunks.len();
        let what = if outcome.skipped { "ignored" } else { "FAILED" };
        let summary = format!("{failed} out of {count} hunk{} {what}", plural(count));
        let file = self.options.reject_file.clone().unwrap_or_else(|| [target, b".rej"].concat());
        if self.options.dry_run || file == b"-" {
            self.say(&summary);
            return Ok(());
        }
        self.say(&format!("{summary} -- saving rejects to file {}", shown(&file)));
        let format = self.options.reject_format.unwrap_or(match patch.format {
            Format::Unified => Format::Unified,
            _ => Format::Context,
        });
        let data = reject::rejects(patch, &outcome.rejected, format, target);
        let append = self.options.reject_file.is_some() && self.rejects_begun;
        self.rejects_begun = true;
        let opened =
            std::fs::OpenOptions::new().create(true).write(true).append(append).truncate(!append).open(path(&file));
        let written = opened.and_then(|mut file| file.write_all(&data));
        written.map_err(|error| format!("Can't create file {} : {}", shown(&file), reason(&error)))
    }
}

enum Answer {
    Reverse,
    Apply,
    Skip,
}

/// A name in a message: quoted as a shell would need it.
fn shown(name: &[u8]) -> String {
    text(&quote::shell_escape(name)).into_owned()
}

fn plural(count: usize) -> &'static str {
    if count == 1 { "" } else { "s" }
}

fn copy(out: &mut Bytes, lines: &[&[u8]]) {
    for line in lines {
        out.extend_from_slice(line);
    }
}

/// A line that follows one without a newline begins a new line all the same.
fn end_line(out: &mut Bytes) {
    if out.last().is_some_and(|&last| last != b'\n') {
        out.push(b'\n');
    }
}

/// Removes the directories that removing `name` has left empty.
fn remove_empty_directories(name: &[u8]) {
    let mut directory = dir_name(name);
    while name.contains(&b'/') && directory != b"." && directory != b"/" && std::fs::remove_dir(path(directory)).is_ok()
    {
        directory = dir_name(directory);
    }
}

/// A question to whoever sits at the terminal; without one it is answered by an empty line.
fn ask(question: &str) -> Bytes {
    print!("{question}");
    let _ = std::io::stdout().flush();
    let mut answer = Bytes::new();
    if let Ok(mut terminal) = std::fs::File::open("/dev/tty") {
        let mut byte = [0];
        while matches!(terminal.read(&mut byte), Ok(1)) && byte != *b"\n" {
            answer.push(byte[0]);
        }
    } else {
        println!();
    }
    answer
}
