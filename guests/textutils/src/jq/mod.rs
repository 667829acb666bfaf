//! `jq`, and `yq`, which reads and writes YAML: jaq's language with jq's command line.

mod options;
mod write;

use std::cell::Cell;
use std::io::{self, BufReader, Read, Write};

use jaq_all::data::{self, Filter, Runner};
use jaq_all::fmts::{Format, read};
use jaq_all::jaq_core::{Compiler, Exn, Vars, load};
use jaq_all::json::{Num, Val};
use jaq_all::load::{FileReports, FileReportsDisp, compile_errors, load_errors};
use vivarium_userland::output::{self, Standard, reason};
use vivarium_userland::{Bytes, bytes};

use options::Settings;

/// What stops a run.
enum Failure {
    /// Standard output or a file.
    Io(io::Error),
    /// The input is not of its format.
    Parse(String),
    /// The filter raised an error.
    Raised(Val),
    /// `halt`, `halt_error`.
    Halt(i32),
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Failure {
        Failure::Io(error)
    }
}

/// Runs `jq`.
pub(crate) fn jq(arguments: Vec<Bytes>) -> i32 {
    run("jq", options::jq(arguments))
}

/// Runs `yq`.
pub(crate) fn yq(arguments: Vec<Bytes>) -> i32 {
    run("yq", options::yq(arguments))
}

fn run(program: &'static str, settings: Result<Settings, String>) -> i32 {
    let settings = match settings {
        Ok(settings) => settings,
        Err(message) => {
            eprintln!("{program}: error: {message}\nUse {program} --help for help with command-line options");
            return 2;
        }
    };
    let (names, values): (Vec<String>, Vec<Val>) = settings.variables.iter().cloned().unzip();
    let compiled = match compile(&settings, &names) {
        Ok(compiled) => compiled,
        Err(reports) => {
            for report in &reports {
                let text = FileReportsDisp::new(report).to_string();
                eprint!("{program}: error: {}", text.trim_start());
            }
            eprintln!("{program}: {} compile error{}", reports.len(), if reports.len() == 1 { "" } else { "s" });
            return 3;
        }
    };
    let (modules, filter) = compiled;
    let variables = Vars::new(values.into_iter().chain(modules));
    let mut out = output::output();
    let status = if settings.in_place {
        in_place(program, &settings, &filter, &variables)
    } else {
        let failed = Cell::new(false);
        let inputs = Inputs {
            program,
            settings: &settings,
            files: settings.files.iter(),
            current: None,
            begun: false,
            failed: &failed,
        };
        let status = execute(program, &settings, &filter, variables, Box::new(inputs), &mut out);
        if failed.get() && status == 0 { 2 } else { status }
    };
    output::finish(program, &mut out, status)
}

fn compile(settings: &Settings, names: &[String]) -> Result<(Vec<Val>, Filter), Vec<FileReports<std::path::PathBuf>>> {
    let names: Vec<String> = names.iter().map(|name| format!("${name}")).collect();
    let arena = load::Arena::default();
    let loader = load::Loader::new(jaq_all::defs()).with_std_read(&settings.library);
    let file = load::File { path: settings.source.clone(), code: &*settings.filter };
    let modules = loader.load(&arena, file).map_err(load_errors)?;
    let mut data = Vec::new();
    load::import(&modules, |path| {
        data.push(read::json_array(path.find(&settings.library, "json")?).map_err(|error| error.to_string())?);
        Ok(())
    })
    .map_err(load_errors)?;
    let compiler = Compiler::default().with_funs(data::funs()).with_global_vars(names.iter().map(|name| &**name));
    Ok((data, compiler.compile(modules).map_err(compile_errors)?))
}

/// Runs the filter over the inputs; gives the exit status.
fn execute(
    program: &str,
    settings: &Settings,
    filter: &Filter,
    variables: Vars<Val>,
    inputs: Box<dyn Iterator<Item = Result<Val, String>> + '_>,
    out: &mut dyn Write,
) -> i32 {
    let runner = Runner { null_input: settings.null_input, ..Runner::default() };
    let name = settings.files.first().map_or(Val::Null, |name| Val::utf8_str(name.clone()));
    let mut last = None;
    let mut documents = 0;
    let mut raised = 0;
    // An error of the filter ends its outputs for one input only; the next input is taken up.
    let mut inputs = inputs.peekable();
    let result = loop {
        let one: Box<dyn Iterator<Item = Result<Val, String>>> = Box::new(&mut inputs);
        let result = data::run(&runner, filter, variables.clone(), (&name, one), Failure::Parse, |value| {
            let value = value.map_err(|exception: Exn<'_, _>| match exception.get_err() {
                Ok(error) => Failure::Raised(error.into_val()),
                Err(exception) => Failure::Halt(exception.get_halt().unwrap_or(5)),
            })?;
            last = Some(!matches!(value, Val::Null | Val::Bool(false)));
            write::value(out, settings, &value, documents)?;
            documents += 1;
            if settings.unbuffered {
                out.flush()?;
            }
            Ok(())
        });
        match result {
            Err(Failure::Raised(error)) => {
                let _ = out.flush();
                eprintln!("{program}: error (at {}): {}", at(settings), write::message(&error));
                raised += 1;
                if settings.null_input || inputs.peek().is_none() {
                    break Ok(());
                }
            }
            other => break other,
        }
    };
    match result {
        _ if raised > 0 => 5,
        Ok(()) if settings.exit_status => match last {
            None => 4,
            Some(truth) => i32::from(!truth),
        },
        Ok(()) => 0,
        Err(Failure::Io(error)) => {
            eprintln!("{program}: error: writing output failed: {}", reason(&error));
            2
        }
        Err(Failure::Parse(message)) => {
            let _ = out.flush();
            eprintln!("{program}: error (at {}): {message}", at(settings));
            2
        }
        Err(Failure::Raised(_)) => 5,
        Err(Failure::Halt(status)) => status,
    }
}

fn at(settings: &Settings) -> String {
    match &settings.files[..] {
        _ if settings.null_input => "<unknown>".into(),
        [] => "<stdin>:0".into(),
        files => files[files.len() - 1].clone(),
    }
}

/// Rewrites each file with what the filter makes of it.
fn in_place(program: &str, settings: &Settings, filter: &Filter, variables: &Vars<Val>) -> i32 {
    for name in &settings.files {
        let mut result = Vec::new();
        let input = match load(settings, name) {
            Ok(values) => values,
            Err(message) => {
                eprintln!("{program}: error: {message}");
                return 2;
            }
        };
        let status = execute(program, settings, filter, variables.clone(), Box::new(input.into_iter()), &mut result);
        if status != 0 {
            return status;
        }
        if let Err(error) = std::fs::write(name, result) {
            eprintln!("{program}: error: {name}: {}", reason(&error));
            return 2;
        }
    }
    0
}

/// The values of all inputs, one after another.
struct Inputs<'a> {
    program: &'static str,
    settings: &'a Settings,
    files: std::slice::Iter<'a, String>,
    current: Option<Box<dyn Iterator<Item = Result<Val, String>> + 'a>>,
    begun: bool,
    failed: &'a Cell<bool>,
}

impl Iterator for Inputs<'_> {
    type Item = Result<Val, String>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.settings.slurp {
            if std::mem::replace(&mut self.begun, true) {
                return None;
            }
            return Some(self.slurped());
        }
        loop {
            if let Some(value) = self.current.as_mut().and_then(Iterator::next) {
                return Some(value);
            }
            self.current = None;
            if self.settings.files.is_empty() {
                if std::mem::replace(&mut self.begun, true) {
                    return None;
                }
                self.current = Some(standard_input(self.settings));
                continue;
            }
            let name = self.files.next()?;
            match load(self.settings, name) {
                Ok(values) => self.current = Some(Box::new(values.into_iter())),
                Err(message) => {
                    eprintln!("{}: error: {message}", self.program);
                    self.failed.set(true);
                }
            }
        }
    }
}

impl Inputs<'_> {
    fn slurped(&mut self) -> Result<Val, String> {
        let mut values = Vec::new();
        let mut text = Bytes::new();
        if self.settings.files.is_empty() {
            Standard::input().read_to_end(&mut text).map_err(|error| reason(&error))?;
        }
        for name in self.files.by_ref() {
            match std::fs::read(name) {
                Ok(data) => text.extend_from_slice(&data),
                Err(error) => {
                    eprintln!("{}: error: Could not open {name}: {}", self.program, reason(&error));
                    self.failed.set(true);
                }
            }
        }
        if self.settings.raw_input {
            return Ok(Val::utf8_str(text));
        }
        for value in parse(self.settings.from.unwrap_or(Format::Json), &text) {
            values.push(value?);
        }
        Ok(values.into_iter().collect())
    }
}

fn standard_input(settings: &Settings) -> Box<dyn Iterator<Item = Result<Val, String>> + '_> {
    let input = BufReader::with_capacity(64 << 10, Standard::input());
    if settings.raw_input {
        return Box::new(io::BufRead::split(input, b'\n').map(|line| line.map(Val::utf8_str).map_err(|e| reason(&e))));
    }
    match settings.from.unwrap_or(Format::Json) {
        Format::Json => Box::new(read::json::read_many(input).map(|value| value.map_err(|error| error.to_string()))),
        format => {
            let mut text = Vec::new();
            match Standard::input().read_to_end(&mut text) {
                Ok(_) => Box::new(parse(format, &text).into_iter()),
                Err(error) => Box::new(std::iter::once(Err(reason(&error)))),
            }
        }
    }
}

fn load(settings: &Settings, name: &str) -> Result<Vec<Result<Val, String>>, String> {
    let data =
        std::fs::read(bytes::path(name.as_bytes())).map_err(|e| format!("Could not open {name}: {}", reason(&e)))?;
    if settings.raw_input {
        let mut lines: Vec<&[u8]> = data.split(|&b| b == b'\n').collect();
        if data.last() == Some(&b'\n') || data.is_empty() {
            lines.pop();
        }
        return Ok(lines.into_iter().map(|line| Ok(Val::utf8_str(line.to_vec()))).collect());
    }
    let by_name = if settings.by_name { Format::determine(bytes::path(name.as_bytes())) } else { None };
    Ok(parse(settings.from.or(by_name).unwrap_or(Format::Json), &data))
}

fn parse(format: Format, data: &[u8]) -> Vec<Result<Val, String>> {
    let data = ::bytes::Bytes::copy_from_slice(data);
    let text = match read::bytes_str(format, &data) {
        Ok(text) => text.to_owned(),
        Err(error) => return vec![Err(error.to_string())],
    };
    read::parse(format, &data, &text, false).map(|value| value.map_err(|error| error.to_string())).collect()
}

/// A number of the language.
fn number(n: isize) -> Val {
    Val::Num(Num::Int(n))
}
