//! Guests of a few instructions, encoded by hand: what no compiler would write.

use vivarium::{Child, Vm};

/// One page of memory.
pub(crate) const PAGE: u32 = 64 << 10;

/// A parameter's type.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Type {
    I32,
    I64,
}

impl Type {
    fn code(self) -> u8 {
        match self {
            Self::I32 => 0x7f,
            Self::I64 => 0x7e,
        }
    }
}

/// The types of a signature in letters: `I` 32 bits, `L` 64.
pub(crate) fn types(letters: &str) -> Vec<Type> {
    letters.bytes().map(|letter| if letter == b'L' { Type::I64 } else { Type::I32 }).collect()
}

/// A function to import that gives an error number.
pub(crate) struct Import<'a> {
    pub(crate) module: &'a str,
    pub(crate) name: &'a str,
    pub(crate) parameters: Vec<Type>,
}

/// Instructions.
pub(crate) mod op {
    use super::{Type, signed};

    pub(crate) const UNREACHABLE: u8 = 0x00;
    pub(crate) const LOOP: [u8; 2] = [0x03, 0x40];
    pub(crate) const IF: [u8; 2] = [0x04, 0x40];
    /// Of a loop: begins it anew.
    pub(crate) const BRANCH: [u8; 2] = [0x0c, 0];
    pub(crate) const END: u8 = 0x0b;
    pub(crate) const DROP: u8 = 0x1a;
    pub(crate) const MEMORY_GROW: [u8; 2] = [0x40, 0];
    pub(crate) const I32_LOAD: [u8; 3] = [0x28, 2, 0];
    pub(crate) const I32_NOT_EQUAL: u8 = 0x47;

    pub(crate) fn constant(type_: Type, value: i64) -> Vec<u8> {
        match type_ {
            Type::I32 => [&[0x41], &signed(i64::from(value as i32))[..]].concat(),
            Type::I64 => [&[0x42], &signed(value)[..]].concat(),
        }
    }

    /// Calls an import, or `_start`, which comes after them.
    pub(crate) fn call(import: u32) -> Vec<u8> {
        [&[0x10], &super::unsigned(import)[..]].concat()
    }
}

/// LEB128.
fn unsigned(mut value: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    while value >= 0x80 {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
    bytes
}

fn signed(mut value: i64) -> Vec<u8> {
    let mut bytes = Vec::new();
    loop {
        let byte = (value & 0x7f) as u8;
        value >>= 7;
        let negative = byte & 0x40 != 0;
        if (value == 0 && !negative) || (value == -1 && negative) {
            bytes.push(byte);
            return bytes;
        }
        bytes.push(byte | 0x80);
    }
}

fn text(text: &str) -> Vec<u8> {
    [unsigned(text.len() as u32), text.as_bytes().to_vec()].concat()
}

fn section(id: u8, items: &[Vec<u8>]) -> Vec<u8> {
    let content = [unsigned(items.len() as u32), items.concat()].concat();
    [vec![id], unsigned(content.len() as u32), content].concat()
}

/// A module whose `_start` has this body; its memory, of one page, may grow as far as it is let.
pub(crate) fn module(imports: &[Import<'_>], body: &[u8]) -> Vec<u8> {
    let mut signatures = vec![vec![0x60, 0, 0]];
    let mut imported = Vec::new();
    for import in imports {
        let parameters: Vec<u8> = import.parameters.iter().map(|type_| type_.code()).collect();
        imported.push([text(import.module), text(import.name), vec![0], unsigned(signatures.len() as u32)].concat());
        signatures.push([vec![0x60], unsigned(parameters.len() as u32), parameters, vec![1, 0x7f]].concat());
    }
    let start = [text("_start"), vec![0], unsigned(imports.len() as u32)].concat();
    let memory = [text("memory"), vec![2, 0]].concat();
    let code = [vec![0], body.to_vec(), vec![op::END]].concat();
    [
        b"\0asm\x01\0\0\0".to_vec(),
        section(1, &signatures),
        section(2, &imported),
        section(3, &[vec![0]]),
        section(5, &[vec![0, 1]]),
        section(7, &[memory, start]),
        section(10, &[[unsigned(code.len() as u32), code].concat()]),
    ]
    .concat()
}

/// Puts a program into a machine.
pub(crate) async fn install(vm: &Vm, path: &str, wasm: &[u8]) {
    vm.fs().write(path, wasm).await.expect("written");
    vm.fs().set_mode(path, 0o755).await.expect("made executable");
}

/// Starts a program of these instructions.
pub(crate) async fn start(vm: &Vm, wasm: &[u8]) -> Child {
    install(vm, "/tmp/guest", wasm).await;
    vm.command("/tmp/guest").spawn().await.expect("it starts")
}
