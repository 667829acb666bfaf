//! A user at a terminal: types keys, sees what a terminal emulator shows.

use std::io::{Read, Write};
use std::num::NonZeroU16;
use std::process::{Child, ExitStatus};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use pty_process::Size;
use pty_process::blocking::{Command, Pty, open};

/// How long something may take to show; a program may have to be compiled first.
const PATIENCE: Duration = Duration::from_secs(180);

/// What is on the screen, and whether more can come.
struct Shown {
    emulator: vt100::Parser,
    ended: bool,
}

fn emulator(rows: u16, columns: u16) -> vt100::Parser {
    vt100::Parser::new(at_least_one(rows), at_least_one(columns), 0)
}

fn at_least_one(count: u16) -> NonZeroU16 {
    NonZeroU16::new(count).expect("no empty screen")
}

/// What a screen shows, without blanks at the ends of lines.
fn text(screen: &vt100::Screen) -> String {
    let contents = screen.contents();
    let lines: Vec<&str> = contents.trim_end().lines().map(str::trim_end).collect();
    lines.join("\n")
}

pub(crate) struct User {
    pty: Arc<Pty>,
    child: Child,
    shown: Arc<(Mutex<Shown>, Condvar)>,
}

impl User {
    /// Starts viv on a terminal of 24 rows and 80 columns.
    pub(crate) fn runs(args: &[&str]) -> User {
        let (pty, terminal) = open().expect("a terminal");
        pty.resize(Size::new(24, 80)).expect("it has a size");
        let command = Command::new(env!("CARGO_BIN_EXE_viv")).args(args).env("TERM", "xterm-256color");
        let child = command.spawn(terminal).expect("viv starts");
        let pty = Arc::new(pty);
        let shown = Arc::new((Mutex::new(Shown { emulator: emulator(24, 80), ended: false }), Condvar::new()));
        let (from, to) = (Arc::clone(&pty), Arc::clone(&shown));
        std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            // The other side's end is an error (EIO).
            while let Ok(count @ 1..) = (&*from).read(&mut buffer) {
                to.0.lock().expect("no panic").emulator.process(&buffer[..count]);
                to.1.notify_all();
            }
            to.0.lock().expect("no panic").ended = true;
            to.1.notify_all();
        });
        User { pty, child, shown }
    }

    /// Starts an interactive shell whose prompt is `$ `.
    pub(crate) fn at_a_shell(args: &[&str]) -> User {
        let mut user = User::runs(&[&["shell"], args].concat());
        user.sees("~#");
        user.types("PS1='$ '\r");
        user.sees("\n$");
        user.clears();
        user
    }

    /// Clears the screen, with an empty line at the prompt.
    fn clears(&mut self) {
        self.types("\x0c");
        self.sees_screen("an empty screen", |screen| text(screen) == "$");
    }

    pub(crate) fn types(&mut self, keys: &str) {
        (&*self.pty).write_all(keys.as_bytes()).expect("the terminal takes it");
    }

    pub(crate) fn resizes(&mut self, rows: u16, columns: u16) {
        self.shown
            .0
            .lock()
            .expect("no panic")
            .emulator
            .screen_mut()
            .set_size(at_least_one(rows), at_least_one(columns));
        self.pty.resize(Size::new(rows, columns)).expect("it has a size");
    }

    /// Waits until a text shows.
    pub(crate) fn sees(&mut self, text: &str) {
        self.sees_screen(text, |screen| self::text(screen).contains(text));
    }

    /// Waits until the last line with anything on it is this.
    pub(crate) fn sees_last(&mut self, line: &str) {
        self.sees_screen(line, |screen| text(screen).lines().last() == Some(line));
    }

    /// Waits until the cursor is in this row and column, counted from 0.
    pub(crate) fn sees_cursor(&mut self, row: u16, column: u16) {
        self.sees_screen(&format!("the cursor at {row}, {column}"), |screen| screen.cursor_position() == (row, column));
    }

    pub(crate) fn sees_screen(&mut self, what: &str, fits: impl Fn(&vt100::Screen) -> bool) {
        let limit = Instant::now() + PATIENCE;
        let mut shown = self.shown.0.lock().expect("no panic");
        while !fits(shown.emulator.screen()) {
            let left = limit.saturating_duration_since(Instant::now());
            assert!(
                !shown.ended && !left.is_zero(),
                "waited for {what:?}, cursor at {:?} of:\n{}",
                shown.emulator.screen().cursor_position(),
                text(shown.emulator.screen())
            );
            shown = self.shown.1.wait_timeout(shown, left).expect("no panic").0;
        }
    }

    /// Runs a command line at a shell, and waits for its output, with the prompt after it.
    pub(crate) fn enters(&mut self, line: &str, output: &str) {
        self.clears();
        self.types(&format!("{line}\r"));
        let mut expected = format!("$ {line}\n{output}");
        if !output.is_empty() {
            expected.push('\n');
        }
        expected.push('$');
        self.sees_screen(&expected, |screen| text(screen) == expected);
    }

    /// Starts a foreground job that goes on and on, with `rest` behind it on its line, and waits until it runs.
    pub(crate) fn starts(&mut self, rest: &str) {
        self.types(&format!("sh -c 'echo up; sleep 100'{rest}\r"));
        self.sees("\nup");
    }

    /// Waits for viv's end.
    pub(crate) fn ends(mut self) -> ExitStatus {
        let limit = Instant::now() + PATIENCE;
        let mut shown = self.shown.0.lock().expect("no panic");
        while !shown.ended {
            let left = limit.saturating_duration_since(Instant::now());
            assert!(!left.is_zero(), "viv goes on, showing:\n{}", shown.emulator.screen().contents());
            shown = self.shown.1.wait_timeout(shown, left).expect("no panic").0;
        }
        drop(shown);
        self.child.wait().expect("its status")
    }
}

impl Drop for User {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
