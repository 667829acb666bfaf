//! `find` (POSIX find, with GNU's expressions).

mod action;
mod entry;
mod expression;
mod parse;
mod printf;
mod test;
mod walk;

use std::cell::{Cell, RefCell};
use std::collections::HashMap;

use vivarium_userland::Bytes;
use vivarium_userland::output::{self, Output};
use vivarium_userland::passwd::Names;

const HELP: &str = "\
Usage: find [-H] [-L] [-P] [-Olevel] [-D debugopts] [path...] [expression]

Default path is the current directory; default expression is -print.
Expression may consist of: operators, options, tests, and actions.

Operators (decreasing precedence; -and is implicit where no others are given):
      ( EXPR )   ! EXPR   -not EXPR   EXPR1 -a EXPR2   EXPR1 -and EXPR2
      EXPR1 -o EXPR2   EXPR1 -or EXPR2   EXPR1 , EXPR2

Positional options (always true):
      -daystart -follow -nowarn -regextype -warn

Normal options (always true, specified before other expressions):
      -depth -files0-from FILE -maxdepth LEVELS -mindepth LEVELS
      -mount -noleaf -xdev -ignore_readdir_race -noignore_readdir_race

Tests (N can be +N or -N or N):
      -amin N -anewer FILE -atime N -cmin N -cnewer FILE -ctime N -empty
      -executable -false -fstype TYPE -gid N -group NAME -ilname PATTERN
      -iname PATTERN -inum N -ipath PATTERN -iregex PATTERN -iwholename PATTERN
      -links N -lname PATTERN -mmin N -mtime N -name PATTERN -newer FILE
      -newerXY FILE -nogroup -nouser -path PATTERN -perm [-/]MODE -readable
      -regex PATTERN -samefile FILE -size N[bckwMG] -true -type [bcdpfls]
      -uid N -used N -user NAME -wholename PATTERN -writable -xtype [bcdpfls]

Actions:
      -delete -exec COMMAND ; -exec COMMAND {} + -execdir COMMAND ;
      -execdir COMMAND {} + -fls FILE -fprint FILE -fprint0 FILE
      -fprintf FILE FORMAT -ls -ok COMMAND ; -okdir COMMAND ; -print -print0
      -printf FORMAT -prune -quit
";

/// Which symbolic links are followed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Follow {
    /// `-P`.
    Never,
    /// `-H`.
    Arguments,
    /// `-L`.
    Always,
}

/// What holds for the whole run.
pub(crate) struct Options {
    follow: Follow,
    depth_first: bool,
    min_depth: usize,
    max_depth: usize,
    one_file_system: bool,
    ignore_races: bool,
}

/// What a run carries along.
pub(crate) struct Run {
    options: Options,
    output: RefCell<Output>,
    /// Files of `-fprint` and its like, by name.
    files: RefCell<HashMap<Bytes, RefCell<Box<dyn std::io::Write>>>>,
    names: Names,
    status: Cell<i32>,
    quit: Cell<bool>,
    prune: Cell<bool>,
}

impl Run {
    /// Says that something is wrong with a file and goes on.
    fn complain(&self, message: &str) {
        let _ = std::io::Write::flush(&mut *self.output.borrow_mut());
        eprintln!("find: {message}");
        self.status.set(1);
    }
}

/// Runs `find`.
pub(crate) fn main(arguments: Vec<Bytes>) -> i32 {
    let parsed = match parse::parse(arguments) {
        Ok(parsed) => parsed,
        Err(message) => {
            eprintln!("find: {message}");
            return 1;
        }
    };
    let run = Run {
        options: parsed.options,
        output: RefCell::new(output::output()),
        files: RefCell::new(HashMap::new()),
        names: Names::default(),
        status: Cell::new(0),
        quit: Cell::new(false),
        prune: Cell::new(false),
    };
    for path in &parsed.paths {
        if run.quit.get() {
            break;
        }
        walk::walk(path, &parsed.expression, &run);
    }
    action::finish_batches(&parsed.expression, &run);
    for file in run.files.borrow().values() {
        if let Err(error) = file.borrow_mut().flush() {
            eprintln!("find: {}", output::reason(&error));
            run.status.set(1);
        }
    }
    output::finish("find", &mut *run.output.borrow_mut(), run.status.get())
}
