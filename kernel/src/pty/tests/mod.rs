//! The line discipline by itself.

mod editing;
mod modes;
mod properties;

use super::attributes::{Attributes, Control, InputModes, LocalModes, OutputModes};
use super::line_discipline::LineDiscipline;

/// A terminal that tells what was echoed after each piece of input.
struct Terminal {
    line: LineDiscipline,
    signals: Vec<u8>,
}

impl Terminal {
    fn new() -> Self {
        Self { line: LineDiscipline::default(), signals: Vec::new() }
    }

    fn with(change: impl FnOnce(&mut Attributes)) -> Self {
        let mut terminal = Self::new();
        let mut attributes = terminal.line.attributes;
        change(&mut attributes);
        terminal.line.set_attributes(attributes);
        terminal
    }

    /// Without any processing, as cfmakeraw() has it.
    fn raw() -> Self {
        Self::with(|attributes| {
            attributes.input = InputModes::empty();
            attributes.output = OutputModes::empty();
            attributes.local = LocalModes::empty();
        })
    }

    /// Types, giving what the master sees then.
    fn types(&mut self, input: impl AsRef<[u8]>) -> String {
        let input = input.as_ref();
        assert_eq!(self.line.receive(input, &mut self.signals), input.len());
        self.screen()
    }

    fn screen(&mut self) -> String {
        String::from_utf8_lossy(&self.line.output.pop(usize::MAX)).into_owned()
    }

    fn writes(&mut self, output: &str) -> String {
        assert_eq!(self.line.write(output.as_bytes().to_vec()), output.len());
        self.screen()
    }

    /// What one read gets; none where it would wait.
    fn reads(&mut self) -> Option<String> {
        let readable = self.line.is_readable();
        readable.then(|| String::from_utf8_lossy(&self.line.read(1 << 16)).into_owned())
    }
}
