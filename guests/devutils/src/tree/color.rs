//! Colours of names, as `LS_COLORS` or `TREE_COLORS` says.

use std::collections::HashMap;

use vivarium_sys::fs::FileKind;
use vivarium_sys::raw::Stat;
use vivarium_sys::tty;
use vivarium_userland::bytes::{text, variable};
use vivarium_userland::glob;

const DEFAULT: &str = "no=00:fi=00:di=01;34:ln=01;36:pi=40;33:so=01;35:bd=40;33;01:cd=40;33;01:or=40;31;01:ex=01;32";
const ARCHIVES: &str =
    "arj bz2 deb gz jar lha lz lzh lzma rar rpm tar taz tgz tz xz z zip zst 7z ace bz cpio rz tbz tlz txz tz2 Z zoo";
const PROGRAMS: &str = "bat BAT btm BTM cmd CMD com COM dll DLL exe EXE";
const PICTURES: &str =
    "asf avi bmp fli flv gif jpeg jpg m2v mkv mng mov mp4 mpeg mpg pbm pcx pgm png ppm rm svg tga tif tiff wmv xbm xpm";
const SOUNDS: &str = "aac au flac mid midi mka mp3 mpc ogg ra wav";

/// Codes by kind and by pattern of names.
pub(super) struct Colors {
    kinds: HashMap<String, String>,
    patterns: Vec<(Vec<u8>, String)>,
}

impl Colors {
    /// Of the environment. None where nothing is to be coloured: by option, or for want of a terminal or of colours.
    pub(super) fn new(option: Option<bool>) -> Option<Colors> {
        let set = variable("TREE_COLORS").or_else(|| variable("LS_COLORS")).filter(|value| !value.is_empty());
        let by_default = set.is_some() && tty::isatty(1) && variable("NO_COLOR").is_none();
        if !option.unwrap_or(by_default) {
            return None;
        }
        let set = set.map_or_else(default, |set| text(&set).into_owned());
        let mut colors = Colors { kinds: HashMap::new(), patterns: Vec::new() };
        for part in set.split(':') {
            if let Some((key, code)) = part.split_once('=') {
                if key.contains('*') {
                    colors.patterns.push((key.as_bytes().to_vec(), code.into()));
                } else {
                    colors.kinds.insert(key.into(), code.into());
                }
            }
        }
        Some(colors)
    }

    /// The code of a file: by what it is, or by its name.
    pub(super) fn code(&self, name: &[u8], stat: Option<&Stat>, target: Option<&Option<Stat>>) -> &str {
        let kind = |names: &[&str]| names.iter().find_map(|name| self.kinds.get(*name)).map_or("00", |code| code);
        let Some(stat) = stat else { return kind(&["mi", "no"]) };
        match (stat.file_kind(), target) {
            (FileKind::Symlink, Some(None)) => kind(&["or", "ln"]),
            (FileKind::Symlink, Some(Some(found))) if self.kinds.get("ln").is_some_and(|code| code == "target") => {
                self.code(name, Some(found), None)
            }
            (FileKind::Symlink, _) => kind(&["ln"]),
            (FileKind::Directory, _) if stat.mode & 0o1002 == 0o1002 => kind(&["tw", "di"]),
            (FileKind::Directory, _) if stat.mode & 0o1000 != 0 => kind(&["st", "di"]),
            (FileKind::Directory, _) if stat.mode & 0o2 != 0 => kind(&["ow", "di"]),
            (FileKind::Directory, _) => kind(&["di"]),
            (FileKind::Fifo, _) => kind(&["pi"]),
            (FileKind::Socket, _) => kind(&["so"]),
            (FileKind::BlockDevice, _) => kind(&["bd"]),
            (FileKind::CharacterDevice, _) => kind(&["cd"]),
            _ if stat.mode & 0o4000 != 0 && self.kinds.contains_key("su") => kind(&["su"]),
            _ if stat.mode & 0o2000 != 0 && self.kinds.contains_key("sg") => kind(&["sg"]),
            _ if stat.mode & 0o111 != 0 => kind(&["ex"]),
            _ => {
                let fits = |pattern: &[u8]| glob::matches(pattern, name, glob::Flags::default());
                let found = self.patterns.iter().find(|(pattern, _)| fits(pattern));
                found.map_or_else(|| kind(&["fi", "no"]), |(_, code)| code)
            }
        }
    }
}

fn default() -> String {
    let mut all = DEFAULT.to_owned();
    for (extensions, code) in [(PROGRAMS, "01;32"), (ARCHIVES, "01;31"), (PICTURES, "01;35"), (SOUNDS, "01;35")] {
        for extension in extensions.split(' ') {
            all.push_str(&format!(":*.{extension}={code}"));
        }
    }
    all
}
