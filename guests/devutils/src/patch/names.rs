//! Which file a patch is for.

use vivarium_sys::fs::lstat;
use vivarium_userland::Bytes;
use vivarium_userland::bytes::base_name;

use super::hunk::FilePatch;

/// A name without its first `strip` components; without any directory where that is not said.
pub(super) fn strip(name: &[u8], strip: Option<usize>) -> Option<Bytes> {
    let Some(strip) = strip else { return Some(base_name(name).to_vec()) };
    let mut rest = name;
    for _ in 0..strip {
        let slash = rest.iter().position(|&b| b == b'/')?;
        rest = &rest[slash..];
        rest = &rest[rest.iter().take_while(|&&b| b == b'/').count()..];
    }
    (!rest.is_empty()).then(|| rest.to_vec())
}

fn exists(name: &[u8]) -> bool {
    lstat(name).is_ok()
}

/// Whether a name stays below the current directory.
pub(super) fn is_safe(name: &[u8]) -> bool {
    !name.starts_with(b"/") && name.split(|&b| b == b'/').all(|component| component != b"..")
}

/// The file to work on, by the rules of GNU patch: of the names that exist the one with the fewest components, then with the shortest
/// last component, then the shortest. `None`: nobody can say.
pub(super) fn choose(patch: &FilePatch, components: Option<usize>, posix: bool) -> Option<Bytes> {
    let none = b"/dev/null";
    let stripped = |name: Option<&Bytes>| {
        let name = name.filter(|name| !name.is_empty() && **name != none)?;
        strip(name, components).filter(|name| is_safe(name))
    };
    if let Some(git) = patch.git.as_ref().filter(|git| git.renamed || git.copied) {
        return stripped(Some(&git.old));
    }
    let git = patch.git.as_ref();
    let old = stripped(patch.old.as_ref().map(|old| &old.name).or(git.map(|git| &git.old)));
    let new = stripped(patch.new.as_ref().map(|new| &new.name).or(git.map(|git| &git.new)));
    let index = stripped(patch.index.as_ref());
    let candidates: Vec<Bytes> = [old, new, index].into_iter().flatten().collect();
    if posix && let Some(first) = candidates.iter().find(|name| exists(name)) {
        return Some(first.clone());
    }
    let rank = |name: &Bytes| {
        let components = name.split(|&b| b == b'/').filter(|component| !component.is_empty()).count();
        (components, base_name(name).len(), name.len())
    };
    let existing = candidates.iter().filter(|name| exists(name)).min_by_key(|name| rank(name));
    if let Some(name) = existing {
        return Some(name.clone());
    }
    if patch.creates() || patch.deletes() && !candidates.is_empty() {
        return candidates.into_iter().min_by_key(|name| rank(name));
    }
    None
}
