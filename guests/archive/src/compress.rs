//! `gzip`, `bzip2`, `xz`, `zstd` and their other names.

use std::fs::File;
use std::io::{self, Read, Write};

use vivarium_sys::fs;
use vivarium_userland::bytes::{base_name, path, text};
use vivarium_userland::getopt::{Item, Opt, Parser, Program};
use vivarium_userland::output::{Standard, output, reason};
use vivarium_userland::{Bytes, bytes};

use crate::codec::{Encoder, Format, Header, decoder};

const OPTIONS: &[Opt] = &[
    Opt::letter("1"),
    Opt::letter("2"),
    Opt::letter("3"),
    Opt::letter("4"),
    Opt::letter("5"),
    Opt::letter("6"),
    Opt::letter("7"),
    Opt::letter("8"),
    Opt::letter("9"),
    Opt::letter("0"),
    Opt::long("fast"),
    Opt::long("best"),
    Opt::flag("e", "extreme"),
    Opt::flag("c", "stdout"),
    Opt::long("to-stdout"),
    Opt::flag("d", "decompress"),
    Opt::long("uncompress"),
    Opt::flag("z", "compress"),
    Opt::flag("f", "force"),
    Opt::flag("k", "keep"),
    Opt::flag("l", "list"),
    Opt::flag("n", "no-name"),
    Opt::flag("N", "name"),
    Opt::flag("q", "quiet"),
    Opt::flag("r", "recursive"),
    Opt::flag("S", "suffix").value(),
    Opt::flag("t", "test"),
    Opt::flag("v", "verbose"),
    Opt::flag("T", "threads").value(),
    Opt::flag("F", "format").value(),
    Opt::flag("o", "output").value(),
    Opt::long("rm"),
    Opt::long("rsyncable"),
    Opt::flag("h", "help"),
    Opt::flag("V", "version"),
];

const HELP: &str = "\
Compress or uncompress FILEs (by default, compress FILES in-place).

  -c, --stdout      write on standard output, keep original files unchanged
  -d, --decompress  decompress
  -f, --force       force overwrite of output file and compress links
  -h, --help        give this help
  -k, --keep        keep (don't delete) input files
  -l, --list        list compressed file contents (gzip)
  -n, --no-name     do not save or restore the original name and timestamp
  -N, --name        save or restore the original name and timestamp
  -o, --output FILE write to FILE (zstd)
  -q, --quiet       suppress all warnings
  -r, --recursive   operate recursively on directories
      --rm          remove input files (zstd)
  -S, --suffix=SUF  use suffix SUF on compressed files
  -t, --test        test compressed file integrity
  -v, --verbose     verbose mode
  -V, --version     display version number
  -z, --compress    compress
  -1, --fast        compress faster
  -9, --best        compress better

With no FILE, or when FILE is -, read standard input.
";

static GZIP: Program =
    Program { name: "gzip", help: HELP, usage_status: 1, options: OPTIONS, operands_end_options: false };
static BZIP2: Program = Program { name: "bzip2", ..GZIP };
static XZ: Program = Program { name: "xz", ..GZIP };
static ZSTD: Program = Program { name: "zstd", ..GZIP };

/// What the name a program was called by says.
pub(crate) struct Call {
    program: &'static Program,
    format: Format,
    decompress: bool,
    stdout: bool,
}

impl Call {
    /// Of `gzip`, `zcat` …
    pub(crate) fn of(name: &str) -> Option<Call> {
        let (program, format) = match name {
            "gzip" | "gunzip" | "zcat" => (&GZIP, Format::Gzip),
            "bzip2" | "bunzip2" | "bzcat" => (&BZIP2, Format::Bzip2),
            "xz" | "unxz" | "xzcat" => (&XZ, Format::Xz),
            "lzma" | "unlzma" | "lzcat" => (&XZ, Format::Lzma),
            "zstd" | "unzstd" | "zstdcat" => (&ZSTD, Format::Zstd),
            _ => return None,
        };
        let stdout = name.ends_with("cat");
        Some(Call { program, format, decompress: stdout || name.contains("un"), stdout })
    }
}

#[allow(clippy::struct_excessive_bools)]
struct Run {
    name: &'static str,
    format: Format,
    decompress: bool,
    stdout: bool,
    test: bool,
    list: bool,
    force: bool,
    keep: bool,
    store_name: bool,
    restore_name: bool,
    quiet: bool,
    verbose: bool,
    recursive: bool,
    level: u32,
    suffix: Bytes,
    output: Option<Bytes>,
    status: i32,
    totals: [u64; 2],
}

/// Runs a program of the family.
pub(crate) fn main(call: &Call, arguments: Vec<Bytes>) -> i32 {
    let suffix: &[u8] = match call.format {
        Format::Gzip => b".gz",
        Format::Bzip2 => b".bz2",
        Format::Xz => b".xz",
        Format::Lzma => b".lzma",
        Format::Zstd => b".zst",
    };
    let mut run = Run {
        name: call.program.name,
        format: call.format,
        decompress: call.decompress,
        stdout: call.stdout,
        test: false,
        list: false,
        force: false,
        keep: call.format == Format::Zstd,
        store_name: true,
        restore_name: false,
        quiet: false,
        verbose: false,
        recursive: false,
        level: if call.format == Format::Bzip2 { 9 } else { 6 },
        suffix: suffix.to_vec(),
        output: None,
        status: 0,
        totals: [0; 2],
    };
    let mut operands = Vec::new();
    let mut parser = Parser::new(call.program, arguments);
    while let Some(item) = parser.next() {
        let (option, value) = match item {
            Item::Operand(operand) => {
                operands.push(operand);
                continue;
            }
            Item::Option(option, value) => (option, value),
        };
        match option {
            "fast" => run.level = 1,
            "best" => run.level = 9,
            "stdout" | "to-stdout" => run.stdout = true,
            "decompress" | "uncompress" => run.decompress = true,
            "compress" => run.decompress = false,
            "force" => run.force = true,
            "keep" => run.keep = true,
            "rm" => run.keep = false,
            "list" => (run.list, run.decompress) = (true, true),
            "no-name" => (run.store_name, run.restore_name) = (false, false),
            "name" => (run.store_name, run.restore_name) = (true, true),
            "quiet" => run.quiet = true,
            "recursive" => run.recursive = true,
            "suffix" => run.suffix = value.unwrap_or_default(),
            "test" => (run.test, run.decompress) = (true, true),
            "verbose" => run.verbose = true,
            "output" => run.output = value,
            "format" => {
                run.format = match value.as_deref() {
                    Some(b"lzma" | b"alone") => Format::Lzma,
                    Some(b"gzip") => Format::Gzip,
                    _ => run.format,
                }
            }
            digit if digit.len() == 1 && digit.as_bytes()[0].is_ascii_digit() => {
                run.level = u32::from(digit.as_bytes()[0] - b'0');
            }
            _ => {}
        }
    }
    if operands.is_empty() {
        operands.push(b"-".to_vec());
    }
    if run.list {
        println!("         compressed        uncompressed  ratio uncompressed_name");
    }
    for name in &operands {
        run.one(name, true);
    }
    if run.list && operands.len() > 1 {
        list_line(run.totals[0], run.totals[1], "(totals)");
    }
    run.status
}

impl Run {
    fn fail(&mut self, status: i32, message: &str) {
        if !(self.quiet && status == 2) {
            eprintln!("{}: {message}", self.name);
        }
        if self.status != 1 {
            self.status = status;
        }
    }

    fn one(&mut self, name: &[u8], argument: bool) {
        if name == b"-" {
            return self.standard();
        }
        let mut name = name.to_vec();
        let mut stat = if self.force { fs::stat(&name) } else { fs::lstat(&name) };
        if stat.is_err() && self.decompress {
            // The suffix may be left out.
            let full = [&name[..], &self.suffix].concat();
            if let Ok(found) = fs::stat(&full) {
                (name, stat) = (full, Ok(found));
            }
        }
        let shown = text(&name).into_owned();
        let stat = match stat {
            Ok(stat) => stat,
            Err(errno) => return self.fail(1, &format!("{shown}: {errno}")),
        };
        if stat.is_directory() {
            if !self.recursive {
                return self.fail(2, &format!("{shown} is a directory -- ignored"));
            }
            let entries = fs::read_directory(&name).unwrap_or_default();
            entries.iter().for_each(|entry| self.one(&bytes::join(&name, &entry.name), false));
            return;
        }
        if !stat.is_file() && !self.stdout {
            return self.fail(2, &format!("{shown} is not a directory or a regular file - ignored"));
        }
        let target = if self.decompress { self.unpacked_name(&name) } else { self.packed_name(&name) };
        let target = match (target, self.stdout || self.test || self.list) {
            (Some(target), false) => Some(target),
            (_, true) => None,
            (None, false) if self.decompress => {
                if argument {
                    self.fail(2, &format!("{shown}: unknown suffix -- ignored"));
                }
                return;
            }
            (None, false) => {
                if argument {
                    self.fail(2, &format!("{shown} already has {} suffix -- unchanged", text(&self.suffix)));
                }
                return;
            }
        };
        if let Err(error) = self.file(&name, target.as_deref(), &stat) {
            self.fail(1, &format!("{shown}: {}", describe(&error)));
        }
    }

    fn packed_name(&self, name: &[u8]) -> Option<Bytes> {
        if let Some(output) = &self.output {
            return Some(output.clone());
        }
        (self.force || !name.ends_with(&self.suffix)).then(|| [name, &self.suffix].concat())
    }

    fn unpacked_name(&self, name: &[u8]) -> Option<Bytes> {
        if let Some(output) = &self.output {
            return Some(output.clone());
        }
        let by_suffix = name.strip_suffix(&*self.suffix).filter(|base| !base.is_empty()).map(<[u8]>::to_vec);
        by_suffix.or_else(|| Format::by_name(name).filter(|(format, _)| *format == self.format).map(|(_, base)| base))
    }

    /// Standard input to standard output.
    fn standard(&mut self) {
        let sink = vivarium_sys::tty::isatty(if self.decompress { 0 } else { 1 });
        if sink && !self.force && !self.test && !self.list && self.output.is_none() {
            let (kind, what) = if self.decompress { ("read from", "de") } else { ("written to", "") };
            let message = format!(
                "compressed data not {kind} a terminal. Use -f to force {what}compression.\nFor help, type: {} -h",
                self.name
            );
            return self.fail(1, &message);
        }
        let result = if self.list {
            self.list(&mut Standard::input(), 0, "stdout")
        } else if self.test {
            self.transform(&mut Standard::input(), &mut io::sink(), Header::default())
        } else if let Some(target) = self.output.clone() {
            File::create(path(&target))
                .and_then(|mut file| self.transform(&mut Standard::input(), &mut file, Header::default()))
        } else {
            let mut out = output();
            self.transform(&mut Standard::input(), &mut out, Header::default()).and_then(|()| out.flush())
        };
        if let Err(error) = result {
            self.fail(1, &format!("stdin: {}", describe(&error)));
        }
    }

    fn file(&mut self, name: &[u8], target: Option<&[u8]>, stat: &fs::Stat) -> io::Result<()> {
        let mut input = File::open(path(name))?;
        let header = Header {
            name: self.store_name.then(|| base_name(name).to_vec()),
            time: if self.store_name { u32::try_from(stat.modified.seconds).unwrap_or(0) } else { 0 },
        };
        if self.list {
            return self.list(&mut input, stat.size, &text(&self.unpacked_name(name).unwrap_or(name.to_vec())));
        }
        let Some(target) = target else {
            let result = if self.test {
                self.transform(&mut input, &mut io::sink(), header)
            } else {
                let mut out = output();
                self.transform(&mut input, &mut out, header).and_then(|()| out.flush())
            };
            if self.verbose && result.is_ok() {
                eprintln!("{}:\t{}", text(name), if self.test { " OK" } else { "" });
            }
            return result;
        };
        if fs::lstat(target).is_ok() && !self.force {
            let question =
                format!("{}: {} already exists; do you wish to overwrite (y or n)? ", self.name, text(target));
            eprint!("{question}");
            let mut answer = String::new();
            if vivarium_sys::tty::isatty(0) {
                io::stdin().read_line(&mut answer)?;
            }
            if !answer.trim_start().starts_with(['y', 'Y']) {
                eprintln!("\tnot overwritten");
                self.status = self.status.max(2);
                return Ok(());
            }
        }
        let mut file = File::create(path(target))?;
        if let Err(error) = self.transform(&mut input, &mut file, header) {
            drop(file);
            let _ = std::fs::remove_file(path(target));
            return Err(error);
        }
        let _ = fs::chown(fs::AT_FDCWD, target, true, Some(stat.uid), Some(stat.gid));
        let _ = fs::fchmod(std::os::fd::AsRawFd::as_raw_fd(&file), stat.mode);
        let time = std::time::UNIX_EPOCH
            + std::time::Duration::new(stat.modified.seconds.max(0) as u64, stat.modified.nanoseconds);
        let _ = file.set_modified(time);
        if self.verbose {
            let (from, to) = (stat.size, fs::stat(target).map_or(0, |stat| stat.size));
            let (packed, plain) = if self.decompress { (from, to) } else { (to, from) };
            let verb = if self.keep { "created" } else { "replaced with" };
            eprintln!("{}:\t{} -- {verb} {}", text(name), ratio(packed, plain), text(target));
        }
        if !self.keep {
            std::fs::remove_file(path(name))?;
        }
        Ok(())
    }

    fn transform(&mut self, input: &mut dyn Read, out: &mut dyn Write, header: Header) -> io::Result<()> {
        let mut buffer = vec![0; 128 << 10];
        if !self.decompress {
            let mut encoder = Encoder::new(Some(self.format), out, self.level, header)?;
            pump(input, &mut encoder, &mut buffer)?;
            return encoder.finish()?.flush();
        }
        let mut start = [0; 6];
        let mut length = 0;
        while length < start.len() {
            match input.read(&mut start[length..])? {
                0 => break,
                count => length += count,
            }
        }
        let start = &start[..length];
        let found = Format::detect(start);
        let fits = found == Some(self.format) || self.name == "xz" && matches!(found, Some(Format::Xz | Format::Lzma));
        let mut whole = start.chain(input);
        if !fits {
            if self.force && self.stdout {
                return pump(&mut whole, out, &mut buffer);
            }
            if length == 0 {
                return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "unexpected end of file"));
            }
            let format = match self.format {
                Format::Gzip => "not in gzip format",
                Format::Bzip2 => "not a bzip2 file.",
                Format::Xz | Format::Lzma => "File format not recognized",
                Format::Zstd => "unsupported format",
            };
            return Err(io::Error::new(io::ErrorKind::InvalidData, format));
        }
        let mut decoder = decoder(found.unwrap_or(self.format), &mut whole)?;
        let result = pump(&mut *decoder, out, &mut buffer);
        match result {
            Err(error) if error.to_string().contains("trailing garbage ignored") => {
                self.fail(2, &error.to_string());
                Ok(())
            }
            other => other,
        }
    }

    fn list(&mut self, input: &mut dyn Read, size: u64, name: &str) -> io::Result<()> {
        let mut plain = Count(0);
        let mut counted = Counted { inner: input, count: 0 };
        self.transform(&mut counted, &mut plain, Header::default())?;
        let size = if size == 0 { counted.count } else { size };
        list_line(size, plain.0, name);
        self.totals[0] += size;
        self.totals[1] += plain.0;
        Ok(())
    }
}

fn list_line(packed: u64, plain: u64, name: &str) {
    println!("{packed:>19} {plain:>19} {} {name}", ratio(packed, plain));
}

fn ratio(packed: u64, plain: u64) -> String {
    let ratio = if plain == 0 { 0.0 } else { (plain as f64 - packed as f64) * 100.0 / plain as f64 };
    format!("{ratio:5.1}%")
}

/// Counts what is written.
struct Count(u64);

impl Write for Count {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Counts what is read.
struct Counted<'a> {
    inner: &'a mut dyn Read,
    count: u64,
}

impl Read for Counted<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.count += count as u64;
        Ok(count)
    }
}

/// Copies to the end.
pub(crate) fn pump(input: &mut dyn Read, out: &mut dyn Write, buffer: &mut [u8]) -> io::Result<()> {
    loop {
        match input.read(buffer) {
            Ok(0) => return Ok(()),
            Ok(count) => out.write_all(&buffer[..count])?,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

fn describe(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => "unexpected end of file".into(),
        _ => reason(error),
    }
}
