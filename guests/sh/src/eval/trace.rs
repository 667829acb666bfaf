//! `set -x`.

use crate::error::Run;
use crate::shell::Shell;
use crate::syntax::quote;

impl Shell {
    /// Writes a line of trace: PS4, its first character repeated by the depth, and the text.
    pub(crate) fn trace(&mut self, text: &[u8]) -> Run {
        let mut line = self.trace_prefix()?;
        line.extend_from_slice(text);
        line.push(b'\n');
        self.write_trace(&line);
        Ok(())
    }

    pub(crate) fn write_trace(&mut self, line: &[u8]) {
        let fd = self.value("BASH_XTRACEFD").and_then(|v| crate::expand::arith::plain_number(&v)).unwrap_or(2);
        self.flush();
        // A trace that cannot be written is lost.
        let _ = vivarium_sys::fs::write_all(fd as i32, line);
    }

    fn trace_prefix(&mut self) -> Run<Vec<u8>> {
        let ps4 = self.value("PS4").unwrap_or_else(|| b"+ ".to_vec());
        let status = self.state.status;
        let was = std::mem::replace(&mut self.state.options.xtrace, false);
        let expanded = self.expand_prompt(&ps4);
        self.state.options.xtrace = was;
        self.state.status = status;
        let expanded = expanded?;
        if expanded.is_empty() {
            return Ok(expanded);
        }
        let length = crate::text::character_length(&expanded);
        let mut out = Vec::new();
        for _ in 0..=self.xtrace_depth {
            out.extend_from_slice(&expanded[..length]);
        }
        out.extend_from_slice(&expanded[length..]);
        Ok(out)
    }

    pub(crate) fn trace_words(&mut self, words: &[Vec<u8>]) -> Run {
        let shown: Vec<Vec<u8>> = words.iter().map(|word| quote::traced(word)).collect();
        self.trace(&shown.join(&b' '))
    }
}
