//! `df` (POSIX df, with GNU's options).

use vivarium_sys::fs::{self, AT_FDCWD, FileSystemStat};
use vivarium_userland::bytes::text;
use vivarium_userland::getopt::{Item, Opt, Parser, Program};
use vivarium_userland::{Bytes, quote, size};

static PROGRAM: Program = Program {
    name: "df",
    help: "\
Usage: df [OPTION]... [FILE]...
Show information about the file system on which each FILE resides,
or all file systems by default.

  -a, --all             include pseudo, duplicate, inaccessible file systems
  -B, --block-size=SIZE  scale sizes by SIZE before printing them
  -h, --human-readable  print sizes in powers of 1024 (e.g., 1023M)
  -H, --si              print sizes in powers of 1000 (e.g., 1.1G)
  -i, --inodes          list inode information instead of block usage
  -k                    like --block-size=1K
  -l, --local           limit listing to local file systems
  -P, --portability     use the POSIX output format
      --total           produce a grand total
  -t, --type=TYPE       limit listing to file systems of type TYPE
  -T, --print-type      print file system type
  -x, --exclude-type=TYPE   limit listing to file systems not of type TYPE
      --help            display this help and exit
      --version         output version information and exit
",
    usage_status: 1,
    options: &[
        Opt::flag("a", "all"),
        Opt::flag("B", "block-size").value(),
        Opt::flag("h", "human-readable"),
        Opt::flag("H", "si"),
        Opt::flag("i", "inodes"),
        Opt::letter("k"),
        Opt::letter("m"),
        Opt::flag("l", "local"),
        Opt::flag("P", "portability"),
        Opt::long("total"),
        Opt::flag("t", "type").value(),
        Opt::flag("T", "print-type"),
        Opt::flag("x", "exclude-type").value(),
        Opt::long("sync"),
        Opt::long("no-sync"),
    ],
    operands_end_options: false,
};

struct Mount {
    source: String,
    kind: String,
    point: String,
}

/// Of `/proc/self/mounts`, with its octal escapes.
fn mounts() -> Vec<Mount> {
    let table = std::fs::read_to_string("/proc/self/mounts").unwrap_or_default();
    let plain =
        |field: &str| field.replace("\\040", " ").replace("\\011", "\t").replace("\\012", "\n").replace("\\134", "\\");
    let mount = |line: &str| {
        let mut fields = line.split(' ');
        let (source, point, kind) = (fields.next()?, fields.next()?, fields.next()?);
        Some(Mount { source: plain(source), kind: kind.into(), point: plain(point) })
    };
    table.lines().filter_map(mount).collect()
}

struct Settings {
    unit: u64,
    human: Option<u64>,
    inodes: bool,
    types: bool,
    portable: bool,
}

pub(crate) fn main(arguments: Vec<Bytes>) -> i32 {
    let mut settings = Settings { unit: 1024, human: None, inodes: false, types: false, portable: false };
    let (mut all, mut total, mut only, mut without, mut operands) = (false, false, Vec::new(), Vec::new(), Vec::new());
    let mut parser = Parser::new(&PROGRAM, arguments);
    while let Some(item) = parser.next() {
        match item {
            Item::Operand(operand) => operands.push(operand),
            Item::Option("all", _) => all = true,
            Item::Option("block-size", value) => match size::parse(&text(&value.unwrap_or_default())) {
                Some(unit) if unit > 0 => (settings.unit, settings.human) = (unit, None),
                _ => parser.usage("invalid --block-size argument"),
            },
            Item::Option("human-readable", _) => settings.human = Some(1024),
            Item::Option("si", _) => settings.human = Some(1000),
            Item::Option("inodes", _) => settings.inodes = true,
            Item::Option("k", _) => (settings.unit, settings.human) = (1024, None),
            Item::Option("m", _) => (settings.unit, settings.human) = (1 << 20, None),
            Item::Option("portability", _) => settings.portable = true,
            Item::Option("total", _) => total = true,
            Item::Option("type", value) => only.push(text(&value.unwrap_or_default()).into_owned()),
            Item::Option("print-type", _) => settings.types = true,
            Item::Option("exclude-type", value) => without.push(text(&value.unwrap_or_default()).into_owned()),
            Item::Option(..) => {}
        }
    }
    let mounts = mounts();
    let mut rows: Vec<(&Mount, FileSystemStat)> = Vec::new();
    let mut status = 0;
    if operands.is_empty() {
        for mount in &mounts {
            let Ok(stat) = fs::statvfs(AT_FDCWD, &mount.point) else { continue };
            if all || stat.blocks > 0 {
                rows.push((mount, stat));
            }
        }
    }
    for name in &operands {
        match fs::statvfs(AT_FDCWD, name) {
            Ok(stat) => {
                let point = text(&crate::stat::mount_point(name)).into_owned();
                // What is mounted last on a point is what is seen there.
                let mount = mounts.iter().rev().find(|mount| mount.point == point).or(mounts.first());
                rows.extend(mount.map(|mount| (mount, stat)));
            }
            Err(errno) => {
                eprintln!("df: {}: {errno}", quote::maybe(name));
                status = 1;
            }
        }
    }
    rows.retain(|(mount, _)| (only.is_empty() || only.contains(&mount.kind)) && !without.contains(&mount.kind));
    if rows.is_empty() {
        if status == 0 {
            eprintln!("df: no file systems processed");
        }
        return 1;
    }
    print(&settings, &rows, total);
    status
}

fn print(settings: &Settings, rows: &[(&Mount, FileSystemStat)], total: bool) {
    let mut table = vec![head(settings)];
    let mut sum = [0u64; 3];
    for (mount, stat) in rows {
        let figures = if settings.inodes {
            [stat.files, stat.files - stat.files_free.min(stat.files), stat.files_free]
        } else {
            let unit = u64::from(stat.block_size);
            [stat.blocks * unit, (stat.blocks - stat.blocks_free.min(stat.blocks)) * unit, stat.blocks_free * unit]
        };
        sum.iter_mut().zip(figures).for_each(|(sum, figure)| *sum += figure);
        table.push(row(settings, &mount.source, &mount.kind, figures, &mount.point));
    }
    if total {
        table.push(row(settings, "total", "-", sum, "-"));
    }
    let columns = table[0].len();
    let mut widths: Vec<usize> =
        (0..columns).map(|c| table.iter().map(|row| row[c].chars().count()).max().unwrap_or(0)).collect();
    widths[0] = widths[0].max(14);
    for row in &table {
        let mut line = String::new();
        for (column, cell) in row.iter().enumerate() {
            let width = widths[column];
            let left = column == 0 || column + 1 == columns || settings.types && column == 1;
            line += &if left { format!("{cell:<width$} ") } else { format!("{cell:>width$} ") };
        }
        println!("{}", line.trim_end());
    }
}

fn head(settings: &Settings) -> Vec<String> {
    let blocks = match (settings.human, settings.unit) {
        (Some(_), _) => "Size".into(),
        (None, 1024) if settings.portable => "1024-blocks".into(),
        (None, unit) => format!("{}-blocks", size::human(unit, 1024).replace(".0", "")),
    };
    let available = if settings.human.is_some() { "Avail" } else { "Available" };
    let percent = if settings.portable { "Capacity" } else { "Use%" };
    let names: [&str; 4] =
        if settings.inodes { ["Inodes", "IUsed", "IFree", "IUse%"] } else { [&blocks, "Used", available, percent] };
    let mut row = vec!["Filesystem".to_owned()];
    if settings.types {
        row.push("Type".into());
    }
    row.extend(names.map(String::from));
    row.push("Mounted on".into());
    row
}

fn row(settings: &Settings, source: &str, kind: &str, figures: [u64; 3], point: &str) -> Vec<String> {
    let show = |figure: u64| match settings.human {
        Some(base) => size::human(figure, base),
        None if settings.inodes => figure.to_string(),
        None => figure.div_ceil(settings.unit).to_string(),
    };
    let [_, used, free] = figures;
    let percent = if used + free == 0 {
        "-".into()
    } else {
        format!("{}%", (u128::from(used) * 100).div_ceil(u128::from(used + free)))
    };
    let mut row = vec![source.to_owned()];
    if settings.types {
        row.push(kind.to_owned());
    }
    row.extend(figures.map(show));
    row.push(percent);
    row.push(point.to_owned());
    row
}
