//! `cp` (POSIX cp, with GNU's options).

use vivarium_sys::fs;
use vivarium_userland::bytes::{base_name, join, text, without_trailing_slashes};
use vivarium_userland::getopt::{Item, Opt, Parser, Program};
use vivarium_userland::{Bytes, quote};

use crate::copy::{Backup, Copier, Existing, Follow, Make, Options, Preserve, Sparse, entry};

static PROGRAM: Program = Program {
    name: "cp",
    help: "\
Usage: cp [OPTION]... [-T] SOURCE DEST
  or:  cp [OPTION]... SOURCE... DIRECTORY
  or:  cp [OPTION]... -t DIRECTORY SOURCE...
Copy SOURCE to DEST, or multiple SOURCE(s) to DIRECTORY.

  -a, --archive                same as -dR --preserve=all
      --attributes-only        don't copy the file data, just the attributes
      --backup[=CONTROL]       make a backup of each existing destination file
  -b                           like --backup but does not accept an argument
      --copy-contents          copy contents of special files when recursive
  -d                           same as --no-dereference --preserve=links
  -f, --force                  if an existing destination file cannot be
                                 opened, remove it and try again
  -i, --interactive            prompt before overwrite
  -H                           follow command-line symbolic links in SOURCE
  -l, --link                   hard link files instead of copying
  -L, --dereference            always follow symbolic links in SOURCE
  -n, --no-clobber             do not overwrite an existing file
  -P, --no-dereference         never follow symbolic links in SOURCE
  -p                           same as --preserve=mode,ownership,timestamps
      --preserve[=ATTR_LIST]   preserve the specified attributes
      --no-preserve=ATTR_LIST  don't preserve the specified attributes
      --parents                use full source file name under DIRECTORY
  -R, -r, --recursive          copy directories recursively
      --reflink[=WHEN]         auto and never make full copies; always fails,
                                 since no file system here can share data
      --remove-destination     remove each existing destination file before
                                 attempting to open it
      --sparse=WHEN            auto, always or never: whether zeros become holes
      --strip-trailing-slashes  remove any trailing slashes from each SOURCE
  -s, --symbolic-link          make symbolic links instead of copying
  -S, --suffix=SUFFIX          override the usual backup suffix
  -t, --target-directory=DIRECTORY  copy all SOURCE arguments into DIRECTORY
  -T, --no-target-directory    treat DEST as a normal file
  -u, --update                 copy only when the SOURCE file is newer
                                 than the destination file or when the
                                 destination file is missing
  -v, --verbose                explain what is being done
  -x, --one-file-system        stay on this file system
      --help                   display this help and exit
      --version                output version information and exit
",
    usage_status: 1,
    options: &[
        Opt::flag("a", "archive"),
        Opt::long("attributes-only"),
        Opt::long("backup").optional(),
        Opt::letter("b"),
        Opt::long("copy-contents"),
        Opt::letter("d"),
        Opt::flag("f", "force"),
        Opt::flag("i", "interactive"),
        Opt::letter("H"),
        Opt::flag("l", "link"),
        Opt::flag("L", "dereference"),
        Opt::flag("n", "no-clobber"),
        Opt::flag("P", "no-dereference"),
        Opt::letter("p"),
        Opt::long("preserve").optional(),
        Opt::long("no-preserve").value(),
        Opt::long("parents"),
        Opt::flag("R", "recursive"),
        Opt::letter("r"),
        Opt::long("reflink").optional(),
        Opt::long("remove-destination"),
        Opt::long("sparse").value(),
        Opt::long("strip-trailing-slashes"),
        Opt::flag("s", "symbolic-link"),
        Opt::flag("S", "suffix").value(),
        Opt::flag("t", "target-directory").value(),
        Opt::flag("T", "no-target-directory"),
        Opt::flag("u", "update").optional_long(),
        Opt::flag("v", "verbose"),
        Opt::flag("x", "one-file-system"),
    ],
    operands_end_options: false,
};

pub(crate) fn main(arguments: Vec<Bytes>) -> i32 {
    let mut options = Options { program: "cp", ..Options::default() };
    let (mut follow, mut directory, mut no_directory, mut strip, mut parents) = (None, None, false, false, false);
    let (mut backup, mut suffix, mut operands, mut reflink) = (None, None, Vec::new(), false);
    let mut parser = Parser::new(&PROGRAM, arguments);
    while let Some(item) = parser.next() {
        let (option, value) = match item {
            Item::Operand(operand) => {
                operands.push(operand);
                continue;
            }
            Item::Option(option, value) => (option, value),
        };
        match option {
            "archive" => {
                (options.recursive, follow) = (true, Some(Follow::Never));
                attributes(&mut options, b"all", true);
            }
            "attributes-only" => options.make = Make::Attributes,
            "backup" | "b" => backup = Some(value.unwrap_or_default()),
            "copy-contents" => options.copy_contents = true,
            "d" => {
                follow = Some(Follow::Never);
                options.preserve.links = true;
            }
            "force" => options.force = true,
            "interactive" => options.existing = Existing::Ask,
            "no-clobber" => options.existing = Existing::Keep,
            "H" => follow = Some(Follow::Arguments),
            "dereference" => follow = Some(Follow::Always),
            "no-dereference" => follow = Some(Follow::Never),
            "link" => options.make = Make::HardLink,
            "symbolic-link" => options.make = Make::SymbolicLink,
            "p" => attributes(&mut options, b"mode,ownership,timestamps", true),
            "preserve" => attributes(&mut options, &value.unwrap_or(b"mode,ownership,timestamps".to_vec()), true),
            "no-preserve" => attributes(&mut options, &value.unwrap_or_default(), false),
            "parents" => parents = true,
            "recursive" | "r" => options.recursive = true,
            "reflink" => reflink = when("reflink", &value.unwrap_or(b"always".to_vec())) == Sparse::Always,
            "remove-destination" => options.remove_first = true,
            "sparse" => options.sparse = when("sparse", &value.unwrap_or_default()),
            "strip-trailing-slashes" => strip = true,
            "suffix" => suffix = value,
            "target-directory" => directory = value,
            "no-target-directory" => no_directory = true,
            "update" => match value.as_deref() {
                Some(b"none") => options.existing = Existing::Keep,
                Some(b"all") => options.update = false,
                _ => options.update = true,
            },
            "verbose" => options.verbose = true,
            "one-file-system" => options.one_file_system = true,
            _ => {}
        }
    }
    let followed = if options.recursive && options.make != Make::HardLink { Follow::Never } else { Follow::Always };
    options.follow = follow.unwrap_or(followed);
    if backup.is_some() || suffix.is_some() {
        match Backup::of(backup.as_deref(), suffix) {
            Ok(backup) => options.backup = backup,
            Err(message) => parser.usage(&message),
        }
    }
    if options.backup.is_some() && options.existing == Existing::Keep {
        parser.usage("options --backup and --no-clobber are mutually exclusive");
    }
    if reflink && options.sparse != Sparse::Auto {
        parser.usage("--reflink can be used only with --sparse=auto");
    }
    if strip {
        operands.iter_mut().for_each(|o| *o = without_trailing_slashes(o).to_vec());
    }
    let (sources, target, into) = targets(&parser, operands, directory, no_directory);
    if parents && !into {
        parser.usage("with --parents, the destination must be a directory");
    }
    let mut copier = Copier::new(options);
    for source in &sources {
        let goal = if into { join(&target, base_name(source)) } else { target.clone() };
        if reflink && copier.options.make == Make::Copy && fs::stat(source).is_ok_and(|stat| stat.is_file()) {
            let (s, t) = (quote::message(source), quote::message(&goal));
            copier.fail(&format!("failed to clone {t} from {s}: Operation not supported"));
        } else if parents {
            copier.with_parents(source, &target);
        } else {
            one(&mut copier, source, goal);
        }
    }
    copier.status
}

/// Copies an operand. A forced copy of a file to itself, with a backup, makes the backup.
fn one(copier: &mut Copier, source: &[u8], goal: Bytes) {
    if copier.options.force
        && let Some(backup) = &copier.options.backup
        && fs::stat(source).is_ok_and(|stat| stat.is_file())
        && entry(source) == entry(&goal)
    {
        let kept = backup.name(&goal);
        let backup = copier.options.backup.take();
        copier.operand(source, &kept);
        copier.options.backup = backup;
        return;
    }
    copier.operand(source, &goal);
}

/// A word of `--sparse` or `--reflink`.
fn when(option: &str, word: &[u8]) -> Sparse {
    match word {
        b"auto" => Sparse::Auto,
        b"always" => Sparse::Always,
        b"never" => Sparse::Never,
        other => invalid(option, other, &["auto", "always", "never"]),
    }
}

fn invalid(option: &str, word: &[u8], valid: &[&str]) -> ! {
    eprintln!("cp: invalid argument ‘{}’ for ‘--{option}’\nValid arguments are:", text(word));
    valid.iter().for_each(|word| eprintln!("  - ‘{word}’"));
    eprintln!("Try 'cp --help' for more information.");
    std::process::exit(1);
}

/// Sources, target, and whether the sources go into it (POSIX cp, mv, ln).
pub(crate) fn targets(
    parser: &Parser,
    mut operands: Vec<Bytes>,
    directory: Option<Bytes>,
    no_directory: bool,
) -> (Vec<Bytes>, Bytes, bool) {
    if operands.is_empty() {
        parser.usage("missing file operand");
    }
    if let Some(directory) = directory {
        if no_directory {
            parser.usage("cannot combine --target-directory (-t) and --no-target-directory (-T)");
        }
        if !fs::stat(&directory).is_ok_and(|stat| stat.is_directory()) {
            let why = fs::stat(&directory).err().map_or("Not a directory".into(), |errno| errno.to_string());
            eprintln!("{}: target directory {}: {why}", parser.name(), quote::message(&directory));
            std::process::exit(1);
        }
        return (operands, directory, true);
    }
    if operands.len() == 1 {
        parser.usage(&format!("missing destination file operand after {}", quote::message(&operands[0])));
    }
    if no_directory && operands.len() > 2 {
        parser.usage(&format!("extra operand {}", quote::message(&operands[2])));
    }
    let target = operands.pop().unwrap_or_default();
    let is_directory = !no_directory && fs::stat(&target).is_ok_and(|stat| stat.is_directory());
    if operands.len() > 1 && !is_directory {
        let why = fs::stat(&target).err().map_or("Not a directory".into(), |errno| errno.to_string());
        eprintln!("{}: target {}: {why}", parser.name(), quote::message(&target));
        std::process::exit(1);
    }
    (operands, target, is_directory)
}

fn attributes(options: &mut Options, list: &[u8], value: bool) {
    const NAMES: [&str; 7] = ["mode", "timestamps", "ownership", "links", "context", "xattr", "all"];
    let preserve = &mut options.preserve;
    for name in list.split(|&b| b == b',') {
        // The beginning of a name will do; no two begin alike.
        let whole = NAMES.into_iter().find(|known| !name.is_empty() && known.as_bytes().starts_with(name));
        match whole {
            Some("mode") => (preserve.mode, options.default_mode) = (value, !value),
            Some("ownership") => preserve.owner = value,
            Some("timestamps") => preserve.times = value,
            Some("links") => preserve.links = value,
            Some("all") => {
                *preserve = if value { Preserve::ALL } else { Preserve::default() };
                options.default_mode = !value;
            }
            // Files have neither.
            Some(_) => {}
            None => invalid(if value { "preserve" } else { "no-preserve" }, name, &NAMES),
        }
    }
}
