//! What exec starts: the program file, told apart by its header.

use crate::open_file::OpenFileId;
use crate::{AT_FDCWD, Errno, Kernel, Pid, ProgramSource, Result, Runtime, Tid};

/// A program to start.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Program {
    /// Path, not searched in PATH.
    pub path: Vec<u8>,
    /// The first is by custom the program's name.
    pub arguments: Vec<Vec<u8>>,
    /// `NAME=value` each.
    pub environment: Vec<Vec<u8>>,
}

/// A program file that was found and understood.
pub(super) struct Loaded {
    /// The caller owns this reference.
    pub(super) file: OpenFileId,
    pub(super) runtime: Runtime,
    pub(super) source: ProgramSource,
    pub(super) size: u64,
    /// Absolute path of the file that runs: of a script, its interpreter's.
    pub(super) path: Vec<u8>,
    pub(super) arguments: Vec<Vec<u8>>,
    /// User and group to become, by the file's set-id bits.
    pub(super) set_uid: Option<u32>,
    pub(super) set_gid: Option<u32>,
}

/// As on Linux: how much of a `#!` line is looked at.
const HEADER: u32 = 256;
/// How deep scripts may be the interpreters of scripts.
const MAX_DEPTH: usize = 5;
/// ARG_MAX: bytes of arguments and environment.
const ARG_MAX: usize = 2 << 20;

impl Kernel {
    /// Opens a program for a process, following `#!` lines.
    pub(super) fn load(&mut self, pid: Pid, program: &Program) -> Result<Loaded, Errno> {
        let bytes = |strings: &[Vec<u8>]| strings.iter().map(|string| string.len() + 1).sum::<usize>();
        if bytes(&program.arguments) + bytes(&program.environment) > ARG_MAX {
            return Err(Errno::TOOBIG);
        }
        let mut path = program.path.clone();
        let mut arguments = program.arguments.clone();
        for _ in 0..MAX_DEPTH {
            let opened = self.program_open(pid, AT_FDCWD, &path)?;
            let header = match self.program_read(opened.file, 0, HEADER) {
                Ok(header) => header,
                Err(errno) => {
                    self.release(opened.file);
                    return Err(errno);
                }
            };
            match recognise(&header) {
                Some(Header::Runtime(runtime)) => {
                    return Ok(Loaded {
                        file: opened.file,
                        runtime,
                        source: opened.source,
                        size: opened.size,
                        path: opened.path,
                        arguments,
                        set_uid: (opened.mode & 0o4000 != 0).then_some(opened.uid),
                        set_gid: (opened.mode & 0o2010 == 0o2010).then_some(opened.gid),
                    });
                }
                Some(Header::Script { interpreter, argument }) => {
                    self.release(opened.file);
                    let rest = arguments.drain(..).skip(1);
                    let script = std::mem::replace(&mut path, interpreter.clone());
                    arguments = [Some(interpreter), argument, Some(script)].into_iter().flatten().chain(rest).collect();
                }
                None => {
                    self.release(opened.file);
                    return Err(Errno::NOEXEC);
                }
            }
        }
        Err(Errno::LOOP)
    }

    /// Bytes of the program a task was started with.
    pub fn read_program(&mut self, tid: Tid, offset: u64, length: u32) -> Result<Vec<u8>> {
        let pid = self.enter(tid)?;
        let file = self.process(pid).program_file.ok_or(Errno::NOENT)?;
        Ok(self.program_read(file, offset, length)?)
    }
}

enum Header {
    Runtime(Runtime),
    Script { interpreter: Vec<u8>, argument: Option<Vec<u8>> },
}

/// What kind of program begins like this.
fn recognise(header: &[u8]) -> Option<Header> {
    if let Some(rest) = header.strip_prefix(b"\0asm") {
        return match rest.get(..4)? {
            [1, 0, 0, 0] => Some(Header::Runtime(Runtime::WasmModule)),
            // The layer of components; their version is the runtime's business.
            [_, _, 1, 0] => Some(Header::Runtime(Runtime::WasmComponent)),
            _ => None,
        };
    }
    let line = |rest: &[u8]| rest.iter().position(|&byte| byte == b'\n').map_or(rest, |end| &rest[..end]).to_vec();
    if let Some(rest) = header.strip_prefix(b"\0viv") {
        return Some(Header::Runtime(Runtime::Native(String::from_utf8(line(rest)).ok()?)));
    }
    let line = line(header.strip_prefix(b"#!")?);
    let blank = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\r');
    let line = line.trim_ascii();
    let (interpreter, argument) = line.split_at(line.iter().position(blank).unwrap_or(line.len()));
    if interpreter.is_empty() {
        return None;
    }
    let argument = argument.trim_ascii();
    let argument = (!argument.is_empty()).then(|| argument.to_vec());
    Some(Header::Script { interpreter: interpreter.to_vec(), argument })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn script(line: &[u8]) -> Option<(Vec<u8>, Option<Vec<u8>>)> {
        match recognise(line)? {
            Header::Script { interpreter, argument } => Some((interpreter, argument)),
            Header::Runtime(_) => None,
        }
    }

    #[test]
    fn a_script_names_its_interpreter_and_one_argument() {
        assert_eq!(script(b"#!/bin/sh\necho"), Some((b"/bin/sh".to_vec(), None)));
        let env = script(b"#! /usr/bin/env  -S node --test \n");
        assert_eq!(env, Some((b"/usr/bin/env".to_vec(), Some(b"-S node --test".to_vec()))));
        assert_eq!(script(b"#!\n"), None);
        assert_eq!(script(b"echo"), None);
    }

    #[test]
    fn headers_tell_runtimes_apart() {
        let runtime = |header: &[u8]| match recognise(header) {
            Some(Header::Runtime(runtime)) => Some(runtime),
            _ => None,
        };
        assert_eq!(runtime(b"\0asm\x01\0\0\0"), Some(Runtime::WasmModule));
        assert_eq!(runtime(b"\0asm\x0d\0\x01\0"), Some(Runtime::WasmComponent));
        assert_eq!(runtime(b"\0asm\x02\0\0\0"), None);
        assert_eq!(runtime(b"\0asm"), None);
        assert_eq!(runtime(b"\0vivnode\n"), Some(Runtime::Native("node".into())));
    }
}
