//! The command line of `dd` (POSIX dd, "OPERANDS").

use vivarium_sys::fs::OpenFlags;
use vivarium_userland::Bytes;
use vivarium_userland::bytes::text;

use super::number::{self, Count};
use super::tables::{self, Table};

/// How much is told on standard error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Status {
    All,
    NoTransfer,
    None,
    Progress,
}

/// What `conv=block` and `unblock` make of lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lines {
    Block,
    Unblock,
}

/// What the operands say.
#[derive(Debug)]
pub(super) struct Operands {
    pub(super) input: Option<Bytes>,
    pub(super) output: Option<Bytes>,
    pub(super) input_block: usize,
    pub(super) output_block: usize,
    /// `bs=` was given, and nothing makes other blocks of what is read: each read is one write.
    pub(super) same_blocks: bool,
    pub(super) conversion_block: usize,
    pub(super) skip: Count,
    pub(super) seek: Count,
    pub(super) count: Option<Count>,
    pub(super) table: Option<Table>,
    pub(super) lines: Option<Lines>,
    pub(super) swab: bool,
    pub(super) pad: bool,
    pub(super) go_on: bool,
    pub(super) sparse: bool,
    pub(super) truncate: bool,
    pub(super) create: bool,
    pub(super) sync_data: bool,
    pub(super) full_blocks: bool,
    pub(super) input_flags: OpenFlags,
    pub(super) output_flags: OpenFlags,
    pub(super) append: bool,
    pub(super) status: Status,
}

/// Words of `conv=`, `iflag=` and `oflag=` that have been seen.
#[derive(Default)]
struct Words(Vec<String>);

impl Words {
    fn has(&self, word: &str) -> bool {
        self.0.iter().any(|seen| seen == word)
    }
}

const CONVERSIONS: [&str; 16] = [
    "ascii",
    "ebcdic",
    "ibm",
    "block",
    "unblock",
    "lcase",
    "ucase",
    "sparse",
    "swab",
    "sync",
    "excl",
    "nocreat",
    "notrunc",
    "noerror",
    "fdatasync",
    "fsync",
];

/// Flags of files; `direct`, `noatime`, `nocache`, `binary` and `text` ask for what makes no difference here.
const FLAGS: [&str; 17] = [
    "append",
    "direct",
    "directory",
    "dsync",
    "sync",
    "fullblock",
    "nonblock",
    "noatime",
    "nocache",
    "noctty",
    "nofollow",
    "nolinks",
    "binary",
    "text",
    "count_bytes",
    "skip_bytes",
    "seek_bytes",
];

/// Reads the operands. An error is the message.
pub(super) fn parse(arguments: &[Bytes]) -> Result<Operands, String> {
    let mut operands = Operands {
        input: None,
        output: None,
        input_block: 512,
        output_block: 512,
        same_blocks: false,
        conversion_block: 0,
        skip: Count::default(),
        seek: Count::default(),
        count: None,
        table: None,
        lines: None,
        swab: false,
        pad: false,
        go_on: false,
        sparse: false,
        truncate: true,
        create: true,
        sync_data: false,
        full_blocks: false,
        input_flags: OpenFlags::empty(),
        output_flags: OpenFlags::empty(),
        append: false,
        status: Status::All,
    };
    let (mut conversions, mut input_flags, mut output_flags) = (Words::default(), Words::default(), Words::default());
    let mut both = None;
    for argument in arguments {
        let shown = text(argument).into_owned();
        let unrecognized = || format!("unrecognized operand '{shown}'\nTry 'dd --help' for more information.");
        let (name, value) = shown.split_once('=').ok_or_else(unrecognized)?;
        let size = || match number::parse(value) {
            Some(Count { value: size, .. }) if size > 0 && size <= 1 << 30 => Ok(size as usize),
            _ => Err(invalid_number(value)),
        };
        let count = || number::parse(value).ok_or_else(|| invalid_number(value));
        match name {
            "if" => operands.input = Some(argument[3..].to_vec()),
            "of" => operands.output = Some(argument[3..].to_vec()),
            "ibs" => operands.input_block = size()?,
            "obs" => operands.output_block = size()?,
            "bs" => both = Some(size()?),
            "cbs" => operands.conversion_block = size()?,
            "skip" | "iseek" => operands.skip = count()?,
            "seek" | "oseek" => operands.seek = count()?,
            "count" => operands.count = Some(count()?),
            "conv" => words(value, &CONVERSIONS, "conversion", &mut conversions)?,
            "iflag" => words(value, &FLAGS, "input flag", &mut input_flags)?,
            "oflag" => words(value, &FLAGS, "output flag", &mut output_flags)?,
            "status" => {
                operands.status = match value {
                    "none" => Status::None,
                    "noxfer" => Status::NoTransfer,
                    "progress" => Status::Progress,
                    _ => {
                        return Err(format!("invalid status level: '{value}'\nTry 'dd --help' for more information."));
                    }
                }
            }
            _ => return Err(unrecognized()),
        }
    }
    if let Some(size) = both {
        (operands.input_block, operands.output_block) = (size, size);
    }
    operands.convert(&conversions)?;
    operands.flag(&input_flags, &output_flags);
    operands.same_blocks = both.is_some() && operands.table.is_none() && operands.lines.is_none() && !operands.swab;
    Ok(operands)
}

fn invalid_number(value: &str) -> String {
    format!("invalid number: '{value}'")
}

fn words(value: &str, known: &[&str], kind: &str, seen: &mut Words) -> Result<(), String> {
    for word in value.split(',') {
        if !known.contains(&word) {
            return Err(format!("invalid {kind}: '{word}'\nTry 'dd --help' for more information."));
        }
        seen.0.push(word.to_owned());
    }
    Ok(())
}

impl Operands {
    fn convert(&mut self, words: &Words) -> Result<(), String> {
        for (one, other, what) in [
            ("ascii", "ebcdic", "{ascii,ebcdic,ibm}"),
            ("ascii", "ibm", "{ascii,ebcdic,ibm}"),
            ("ebcdic", "ibm", "{ascii,ebcdic,ibm}"),
            ("block", "unblock", "block and unblock"),
            ("lcase", "ucase", "lcase and ucase"),
            ("excl", "nocreat", "excl and nocreat"),
        ] {
            if words.has(one) && words.has(other) {
                let any = if what.starts_with('{') { "any two of " } else { "" };
                return Err(format!("cannot combine {any}{what}"));
            }
        }
        // To EBCDIC goes what has been blocked and changed in case; from it, what is unblocked and changed after.
        if words.has("ascii") {
            self.table = Some(tables::ascii());
        }
        if words.has("lcase") {
            self.table = tables::then(self.table, &|byte| byte.to_ascii_lowercase());
        }
        if words.has("ucase") {
            self.table = tables::then(self.table, &|byte| byte.to_ascii_uppercase());
        }
        if words.has("ebcdic") {
            self.table = tables::then(self.table, &|byte| tables::EBCDIC[usize::from(byte)]);
        }
        if words.has("ibm") {
            let ibm = tables::ibm();
            self.table = tables::then(self.table, &|byte| ibm[usize::from(byte)]);
        }
        let to_ebcdic = words.has("ebcdic") || words.has("ibm");
        if self.conversion_block > 0 && (words.has("block") || to_ebcdic) {
            self.lines = Some(Lines::Block);
        } else if self.conversion_block > 0 && (words.has("unblock") || words.has("ascii")) {
            self.lines = Some(Lines::Unblock);
        }
        self.swab = words.has("swab");
        self.pad = words.has("sync");
        self.go_on = words.has("noerror");
        self.sparse = words.has("sparse");
        self.truncate = !words.has("notrunc");
        self.create = !words.has("nocreat");
        self.sync_data = words.has("fdatasync") || words.has("fsync");
        if words.has("excl") {
            self.output_flags = self.output_flags | OpenFlags::EXCLUSIVE;
        }
        Ok(())
    }

    fn flag(&mut self, input: &Words, output: &Words) {
        for (words, flags) in [(input, &mut self.input_flags), (output, &mut self.output_flags)] {
            for (word, flag) in [
                ("directory", OpenFlags::DIRECTORY),
                ("nonblock", OpenFlags::NONBLOCK),
                ("noctty", OpenFlags::NO_CONTROLLING_TERMINAL),
                ("nofollow", OpenFlags::NO_FOLLOW),
                ("append", OpenFlags::APPEND),
            ] {
                if words.has(word) {
                    *flags = *flags | flag;
                }
            }
        }
        self.append = output.has("append");
        self.sync_data |= output.has("sync") || output.has("dsync");
        self.full_blocks = input.has("fullblock");
        self.skip.in_bytes |= input.has("skip_bytes");
        self.seek.in_bytes |= output.has("seek_bytes");
        if let Some(count) = &mut self.count {
            count.in_bytes |= input.has("count_bytes");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(words: &[&str]) -> Result<Operands, String> {
        parse(&words.iter().map(|word| word.as_bytes().to_vec()).collect::<Vec<_>>())
    }

    #[test]
    fn bs_wins_over_ibs_and_obs() {
        let operands = of(&["bs=1k", "ibs=3", "obs=5"]).unwrap();
        assert_eq!((operands.input_block, operands.output_block, operands.same_blocks), (1024, 1024, true));
        assert!(!of(&["bs=1k", "conv=swab"]).unwrap().same_blocks);
    }

    #[test]
    fn contradictions_are_told() {
        assert_eq!(of(&["conv=lcase,ucase"]).unwrap_err(), "cannot combine lcase and ucase");
        assert_eq!(of(&["count=x"]).unwrap_err(), "invalid number: 'x'");
        assert!(of(&["nonsense"]).unwrap_err().starts_with("unrecognized operand 'nonsense'"));
        assert!(of(&["conv=odd"]).unwrap_err().starts_with("invalid conversion: 'odd'"));
    }
}
