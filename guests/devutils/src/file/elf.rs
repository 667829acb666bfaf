//! Programs and objects: ELF, Mach-O, PE.

use super::{Kind, big, little, string};

pub(super) fn examine(data: &[u8]) -> Option<Kind> {
    if data.starts_with(b"\x7fELF") {
        return Some(elf(data));
    }
    if data.starts_with(b"MZ") {
        return Some(windows(data));
    }
    mach(data)
}

fn machine(number: u64) -> String {
    let name = match number {
        2 => "SPARC",
        3 => "Intel 80386",
        4 => "Motorola m68k, 68020",
        8 => "MIPS",
        20 => "PowerPC or cisco 4500",
        21 => "64-bit PowerPC or cisco 7500",
        22 => "IBM S/390",
        40 => "ARM",
        42 => "Renesas SH",
        43 => "SPARC V9",
        50 => "IA-64",
        62 => "x86-64",
        183 => "ARM aarch64",
        243 => "UCB RISC-V",
        247 => "eBPF",
        258 => "LoongArch",
        _ => return format!("*unknown arch {number:#x}*"),
    };
    name.into()
}

fn elf(data: &[u8]) -> Kind {
    let (wide, swapped) = (data.get(4) == Some(&2), data.get(5) == Some(&2));
    let read = |at: usize, length: usize| if swapped { big(data, at, length) } else { little(data, at, length) };
    let word = if wide { 8 } else { 4 };
    let kind = read(16, 2);
    // The tables of segments and sections.
    let (segments, sections) = if wide { (read(32, 8), read(40, 8)) } else { (read(28, 4), read(32, 4)) };
    let base = if wide { 52 } else { 40 };
    let [segment_size, segment_count, section_size, section_count] = [2, 4, 6, 8].map(|at| read(base + at, 2) as usize);
    let (mut interpreter, mut dynamic, mut notes) = (None, false, Vec::new());
    let mut pie = false;
    for at in (0..segment_count.min(256)).map(|number| segments as usize + number * segment_size) {
        let (offset, size) =
            if wide { (read(at + 8, 8), read(at + 32, 8)) } else { (read(at + 4, 4), read(at + 16, 4)) };
        let (offset, size) = (offset as usize, size as usize);
        match read(at, 4) {
            2 => {
                dynamic = true;
                // DT_FLAGS_1 with DF_1_PIE.
                let entries = (offset..offset.saturating_add(size).min(data.len())).step_by(word * 2);
                pie |= entries
                    .into_iter()
                    .any(|at| read(at, word) == 0x6fff_fffb && read(at + word, word) & 0x0800_0000 != 0);
            }
            3 => interpreter = Some(string(data, offset)),
            4 => notes.push((offset, size)),
            _ => {}
        }
    }
    let (mut symbols, mut debug) = (false, false);
    if section_count > 0 {
        let names_at = sections as usize + read(base + 10, 2) as usize * section_size;
        let names = if wide { read(names_at + 24, 8) } else { read(names_at + 16, 4) } as usize;
        for at in (0..section_count).map(|number| sections as usize + number * section_size) {
            symbols |= read(at + 4, 4) == 2;
            if read(at + 4, 4) == 7 {
                let (offset, size) =
                    if wide { (read(at + 24, 8), read(at + 32, 8)) } else { (read(at + 16, 4), read(at + 20, 4)) };
                notes.push((offset as usize, size as usize));
            }
            debug |= string(data, names + read(at, 4) as usize) == ".debug_info";
        }
    }
    let what = match kind {
        1 => "relocatable",
        2 => "executable",
        3 if pie || interpreter.is_some() => "pie executable",
        3 => "shared object",
        4 => "core file",
        _ => "unknown",
    };
    let system = match data.get(7) {
        Some(0) => "SYSV",
        Some(3) => "GNU/Linux",
        Some(9) => "FreeBSD",
        Some(12) => "OpenBSD",
        _ => "embedded",
    };
    let mut text = format!(
        "ELF {} {} {what}, {}, version {} ({system})",
        if wide { "64-bit" } else { "32-bit" },
        if swapped { "MSB" } else { "LSB" },
        machine(read(18, 2)),
        read(20, 4),
    );
    if kind == 2 || kind == 3 {
        text.push_str(match (dynamic, kind, interpreter.is_some()) {
            (true, 3, false) if pie => ", static-pie linked",
            (true, ..) => ", dynamically linked",
            (false, ..) => ", statically linked",
        });
    }
    if let Some(interpreter) = interpreter {
        text.push_str(&format!(", interpreter {interpreter}"));
    }
    for note in said_in_notes(data, &notes, &read) {
        text.push_str(&note);
    }
    if kind != 4 {
        if debug {
            text.push_str(", with debug_info");
        }
        text.push_str(if symbols { ", not stripped" } else { ", stripped" });
    }
    let mime = match kind {
        1 => "application/x-object",
        2 => "application/x-executable",
        3 if pie || what == "pie executable" => "application/x-pie-executable",
        3 => "application/x-sharedlib",
        _ => "application/x-coredump",
    };
    Kind::binary(text, mime)
}

/// What notes say: the build's id, the system it is for.
fn said_in_notes(data: &[u8], notes: &[(usize, usize)], read: &dyn Fn(usize, usize) -> u64) -> Vec<String> {
    let mut said: Vec<String> = Vec::new();
    for &(offset, size) in notes {
        let (mut at, end) = (offset, offset.saturating_add(size).min(data.len()));
        while at + 12 <= end {
            let (name_size, size, kind) = (read(at, 4) as usize, read(at + 4, 4) as usize, read(at + 8, 4));
            let content = at + 12 + name_size.next_multiple_of(4);
            if size > data.len() || name_size > data.len() {
                break;
            }
            let text = match kind {
                3 => {
                    let id = data.get(content..content + size).unwrap_or_default();
                    let kind = match size {
                        16 => "md5/uuid",
                        20 => "sha1",
                        8 => "xxHash",
                        _ => "unknown",
                    };
                    format!(", BuildID[{kind}]={}", id.iter().map(|byte| format!("{byte:02x}")).collect::<String>())
                }
                1 if string(data, at + 12) == "GNU" && size == 16 => {
                    let [system, major, minor, patch] = [0, 4, 8, 12].map(|by| read(content + by, 4));
                    let system = ["Linux", "Hurd", "Solaris", "kFreeBSD", "kNetBSD"]
                        .get(system as usize)
                        .unwrap_or(&"<unknown>");
                    format!(", for GNU/{system} {major}.{minor}.{patch}")
                }
                _ => String::new(),
            };
            if !text.is_empty() && !said.contains(&text) {
                said.push(text);
            }
            at = content + size.next_multiple_of(4);
        }
    }
    // The id comes before the system.
    said.sort_by_key(|text| !text.starts_with(", BuildID"));
    said
}

fn windows(data: &[u8]) -> Kind {
    let header = little(data, 60, 4) as usize;
    if header == 0 || data.get(header..header + 4) != Some(b"PE\0\0") {
        return Kind::binary("MS-DOS executable", "application/x-dosexec");
    }
    let flags = little(data, header + 22, 2);
    let wide = if little(data, header + 24, 2) == 0x20b { "+" } else { "" };
    let subsystem = match little(data, header + 92, 2) {
        1 => " (native)",
        2 => " (GUI)",
        3 => " (console)",
        10 => " (EFI application)",
        _ => "",
    };
    let library = if flags & 0x2000 != 0 { " (DLL)" } else { "" };
    let machine = match little(data, header + 4, 2) {
        0x14c => "Intel 80386",
        0x1c4 => "ARMv7 Thumb",
        0x8664 => "x86-64",
        0xaa64 => "Aarch64",
        _ => "unknown processor",
    };
    let count = little(data, header + 6, 2);
    let plural = if count == 1 { "" } else { "s" };
    let text = format!("PE32{wide} executable{library}{subsystem} {machine}, for MS Windows, {count} section{plural}");
    Kind::binary(text, "application/vnd.microsoft.portable-executable")
}

fn mach(data: &[u8]) -> Option<Kind> {
    let wide = match data.get(..4)? {
        b"\xcf\xfa\xed\xfe" => true,
        b"\xce\xfa\xed\xfe" => false,
        _ => return None,
    };
    let machine = match little(data, 4, 4) {
        7 => "i386",
        12 => "arm",
        0x0100_0007 => "x86_64",
        0x0100_000c => "arm64",
        _ => "unknown",
    };
    let kind = match little(data, 12, 4) {
        1 => "object",
        2 => "executable",
        4 => "core",
        6 => "dynamically linked shared library",
        8 => "bundle",
        _ => "file",
    };
    let bits = if wide { "64-bit " } else { "" };
    Some(Kind::binary(format!("Mach-O {bits}{machine} {kind}"), "application/x-mach-binary"))
}
