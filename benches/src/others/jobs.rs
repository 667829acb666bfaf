//! What the systems are asked to do.

/// What a job starts from, and so what its clock takes in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Start {
    /// It is the making of a machine itself.
    Create,
    /// A machine that has to be made.
    Fresh,
    /// A machine that runs.
    Running,
}

#[derive(Debug)]
pub(super) struct Job {
    /// As the table has it.
    pub what: &'static str,
    pub start: Start,
    /// Makes what the script works on, in `work` of the working directory; not timed.
    pub prepare: &'static str,
    /// For `bash -c`, or what a system has in its place.
    pub script: &'static str,
    /// What it writes, white space at its ends aside.
    pub expected: &'static str,
}

const fn running(what: &'static str, prepare: &'static str, script: &'static str, expected: &'static str) -> Job {
    Job { what, start: Start::Running, prepare, script, expected }
}

const NOTHING: &str = ":";

/// A thousand files in ten directories.
const TREE: &str = "mkdir work; cd work; for d in 0 1 2 3 4 5 6 7 8 9; do mkdir $d; cd $d; \
    for a in 0 1 2 3 4 5 6 7 8 9; do for b in 0 1 2 3 4 5 6 7 8 9; do echo $a >file$a$b; done; done; cd ..; done";

/// Some megabyte of text, in 50,000 lines that are in no order.
const TEXT: &str = "mkdir work; seq 1 50000 | sed 's/$/ the quick brown fox/' | sort -k 1.3 >work/text";

pub(super) const JOBS: [Job; 11] = [
    Job { what: "make a machine", start: Start::Create, prepare: NOTHING, script: "", expected: "" },
    Job {
        what: "make a machine, `echo hello` in it",
        start: Start::Fresh,
        prepare: NOTHING,
        script: "echo hello",
        expected: "hello",
    },
    running("`echo hello`", NOTHING, "echo hello", "hello"),
    running("`echo hello \\| tr a-z A-Z \\| wc -c`", NOTHING, "echo hello | tr a-z A-Z | wc -c", "6"),
    running("`ls` of 100 files", TREE, "ls work/3 | wc -l", "100"),
    running("`find` over 1,000 files", TREE, "find work -type f | wc -l", "1000"),
    running("`cat` of 100 files, one by one", TREE, "for f in work/4/*; do cat $f; done | wc -l", "100"),
    running("`grep -c` of 50,000 lines", TEXT, "grep -c '77 the.*fox' work/text", "500"),
    running("`sort -n` of 50,000 lines", TEXT, "sort -n work/text | tail -n 1 | cut -d ' ' -f 1", "50000"),
    running("a loop of 1,000 steps", NOTHING, "i=0; while [ $i -lt 1000 ]; do i=$((i+1)); done; echo $i", "1000"),
    running("`node -e 'console.log(1)'`", NOTHING, "node -e 'console.log(1)'", "1"),
];
