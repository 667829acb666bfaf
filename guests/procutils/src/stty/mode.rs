//! Terminal modes under their names, in the bits that Linux has them in.

use vivarium_sys::tty::{Termios, input, local, output};

/// A word of flags (c_cflag and the rest).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Word {
    Control,
    Input,
    Output,
    Local,
}

/// What `sane` does with a mode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sane {
    On,
    Off,
    AsIs,
}

/// A setting of one or more bits.
#[derive(Debug)]
pub(super) struct Mode {
    pub(super) name: &'static str,
    pub(super) word: Word,
    pub(super) bits: u32,
    /// The bits it is chosen from.
    pub(super) mask: u32,
    /// Whether there is a `-name`.
    pub(super) is_switch: bool,
    pub(super) sane: Sane,
    /// Another name of one before, which is not shown.
    pub(super) alias: bool,
}

const fn switch(name: &'static str, word: Word, bits: u32, sane: Sane) -> Mode {
    Mode { name, word, bits, mask: bits, is_switch: true, sane, alias: false }
}

const fn alias(name: &'static str, word: Word, bits: u32) -> Mode {
    Mode { name, word, bits, mask: bits, is_switch: true, sane: Sane::AsIs, alias: true }
}

const fn choice(name: &'static str, word: Word, bits: u32, mask: u32, sane: Sane) -> Mode {
    Mode { name, word, bits, mask, is_switch: false, sane, alias: false }
}

use Sane::{AsIs, Off, On};
use Word::{Control, Input, Local, Output};

pub(super) static MODES: &[Mode] = &[
    switch("parenb", Control, 0o400, AsIs),
    switch("parodd", Control, 0o1000, AsIs),
    switch("cmspar", Control, 0o10_000_000_000, AsIs),
    choice("cs5", Control, 0, 0o60, AsIs),
    choice("cs6", Control, 0o20, 0o60, AsIs),
    choice("cs7", Control, 0o40, 0o60, AsIs),
    choice("cs8", Control, 0o60, 0o60, AsIs),
    switch("hupcl", Control, 0o2000, AsIs),
    alias("hup", Control, 0o2000),
    switch("cstopb", Control, 0o100, AsIs),
    switch("cread", Control, 0o200, On),
    switch("clocal", Control, 0o4000, AsIs),
    switch("crtscts", Control, 0o20_000_000_000, AsIs),
    switch("ignbrk", Input, 0x1, Off),
    switch("brkint", Input, 0x2, On),
    switch("ignpar", Input, 0x4, AsIs),
    switch("parmrk", Input, 0x8, AsIs),
    switch("inpck", Input, 0x10, AsIs),
    switch("istrip", Input, 0x20, AsIs),
    switch("inlcr", Input, 0x40, Off),
    switch("igncr", Input, 0x80, Off),
    switch("icrnl", Input, 0x100, On),
    switch("ixon", Input, 0x400, AsIs),
    switch("ixoff", Input, 0x1000, Off),
    alias("tandem", Input, 0x1000),
    switch("iuclc", Input, 0x200, Off),
    switch("ixany", Input, 0x800, Off),
    switch("imaxbel", Input, 0x2000, On),
    switch("iutf8", Input, 0x4000, Off),
    switch("opost", Output, 0x1, On),
    switch("olcuc", Output, 0x2, Off),
    switch("ocrnl", Output, 0x8, Off),
    switch("onlcr", Output, 0x4, On),
    switch("onocr", Output, 0x10, Off),
    switch("onlret", Output, 0x20, Off),
    switch("ofill", Output, 0x40, Off),
    switch("ofdel", Output, 0x80, Off),
    choice("nl1", Output, 0x100, 0x100, Off),
    choice("nl0", Output, 0, 0x100, On),
    choice("cr3", Output, 0x600, 0x600, Off),
    choice("cr2", Output, 0x400, 0x600, Off),
    choice("cr1", Output, 0x200, 0x600, Off),
    choice("cr0", Output, 0, 0x600, On),
    choice("tab3", Output, 0x1800, 0x1800, Off),
    choice("tab2", Output, 0x1000, 0x1800, Off),
    choice("tab1", Output, 0x800, 0x1800, Off),
    choice("tab0", Output, 0, 0x1800, On),
    choice("bs1", Output, 0x2000, 0x2000, Off),
    choice("bs0", Output, 0, 0x2000, On),
    choice("vt1", Output, 0x4000, 0x4000, Off),
    choice("vt0", Output, 0, 0x4000, On),
    choice("ff1", Output, 0x8000, 0x8000, Off),
    choice("ff0", Output, 0, 0x8000, On),
    switch("isig", Local, 0x1, On),
    switch("icanon", Local, 0x2, On),
    switch("iexten", Local, 0x8000, On),
    switch("echo", Local, 0x8, On),
    switch("echoe", Local, 0x10, On),
    alias("crterase", Local, 0x10),
    switch("echok", Local, 0x20, On),
    switch("echonl", Local, 0x40, Off),
    switch("noflsh", Local, 0x80, Off),
    switch("xcase", Local, 0x4, Off),
    switch("tostop", Local, 0x100, Off),
    switch("echoprt", Local, 0x400, Off),
    alias("prterase", Local, 0x400),
    switch("echoctl", Local, 0x200, On),
    alias("ctlecho", Local, 0x200),
    switch("echoke", Local, 0x800, On),
    alias("crtkill", Local, 0x800),
    switch("flusho", Local, 0x1000, Off),
    switch("extproc", Local, 0x10000, Off),
];

/// A mode's bit in the kernel's words beside Linux' bit.
type Bits = [(u32, u32)];

const INPUT_BITS: &Bits = &[
    (input::IGNBRK, 0x1),
    (input::BRKINT, 0x2),
    (input::IGNPAR, 0x4),
    (input::PARMRK, 0x8),
    (input::INPCK, 0x10),
    (input::ISTRIP, 0x20),
    (input::INLCR, 0x40),
    (input::IGNCR, 0x80),
    (input::ICRNL, 0x100),
    (input::IUCLC, 0x200),
    (input::IXON, 0x400),
    (input::IXANY, 0x800),
    (input::IXOFF, 0x1000),
    (input::IMAXBEL, 0x2000),
    (input::IUTF8, 0x4000),
];

const OUTPUT_BITS: &Bits = &[
    (output::OPOST, 0x1),
    (output::OLCUC, 0x2),
    (output::ONLCR, 0x4),
    (output::OCRNL, 0x8),
    (output::ONOCR, 0x10),
    (output::ONLRET, 0x20),
    (output::OFILL, 0x40),
];

const LOCAL_BITS: &Bits = &[
    (local::ISIG, 0x1),
    (local::ICANON, 0x2),
    (local::ECHO, 0x8),
    (local::ECHOE, 0x10),
    (local::ECHOK, 0x20),
    (local::ECHONL, 0x40),
    (local::NOFLSH, 0x80),
    (local::TOSTOP, 0x100),
    (local::ECHOCTL, 0x200),
    (local::ECHOPRT, 0x400),
    (local::ECHOKE, 0x800),
    (local::IEXTEN, 0x8000),
];

/// The four words of flags, in Linux' bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Flags {
    pub(super) input: u32,
    pub(super) output: u32,
    pub(super) control: u32,
    pub(super) local: u32,
}

impl Flags {
    pub(super) fn of(termios: &Termios) -> Flags {
        let linux = |word: u32, bits: &Bits| {
            bits.iter().filter(|(own, _)| word & own != 0).fold(0, |word, (_, linux)| word | linux)
        };
        Flags {
            input: linux(termios.input, INPUT_BITS),
            output: linux(termios.output, OUTPUT_BITS),
            control: termios.control,
            local: linux(termios.local, LOCAL_BITS),
        }
    }

    /// Puts them into `termios`. A bit that the kernel has not is lost.
    pub(super) fn put(&self, termios: &mut Termios) {
        let own = |word: u32, bits: &Bits| {
            bits.iter().filter(|(_, linux)| word & linux != 0).fold(0, |word, (own, _)| word | own)
        };
        termios.input = own(self.input, INPUT_BITS);
        termios.output = own(self.output, OUTPUT_BITS);
        termios.control = self.control;
        termios.local = own(self.local, LOCAL_BITS);
    }

    pub(super) fn word(&self, word: Word) -> u32 {
        match word {
            Word::Control => self.control,
            Word::Input => self.input,
            Word::Output => self.output,
            Word::Local => self.local,
        }
    }

    fn word_mut(&mut self, word: Word) -> &mut u32 {
        match word {
            Word::Control => &mut self.control,
            Word::Input => &mut self.input,
            Word::Output => &mut self.output,
            Word::Local => &mut self.local,
        }
    }

    /// Whether a mode is on.
    pub(super) fn has(&self, mode: &Mode) -> bool {
        self.word(mode.word) & mode.mask == mode.bits
    }

    pub(super) fn set(&mut self, mode: &Mode, on: bool) {
        let word = self.word_mut(mode.word);
        *word &= !mode.mask;
        if on {
            *word |= mode.bits;
        }
    }
}
