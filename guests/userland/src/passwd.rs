//! Users and groups: `/etc/passwd` and `/etc/group`.

use std::cell::OnceCell;
use std::collections::HashMap;

/// An account.
#[derive(Clone, Debug)]
pub struct User {
    /// Login name.
    pub name: String,
    /// Number.
    pub uid: u32,
    /// Number of its primary group.
    pub gid: u32,
    /// Comment: the full name.
    pub gecos: String,
    /// Home directory.
    pub home: String,
    /// Login shell.
    pub shell: String,
}

/// A group.
#[derive(Clone, Debug)]
pub struct Group {
    /// Name.
    pub name: String,
    /// Number.
    pub gid: u32,
    /// Login names of those in it beside the users whose primary group it is.
    pub members: Vec<String>,
}

/// All accounts, in the file's order; none where the file can't be read.
#[must_use]
pub fn users() -> Vec<User> {
    let text = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    let user = |line: &str| {
        let fields: Vec<&str> = line.split(':').collect();
        let [name, _, uid, gid, gecos, home, shell] = fields[..] else { return None };
        Some(User {
            name: name.into(),
            uid: uid.parse().ok()?,
            gid: gid.parse().ok()?,
            gecos: gecos.into(),
            home: home.into(),
            shell: shell.into(),
        })
    };
    text.lines().filter_map(user).collect()
}

/// All groups, in the file's order; none where the file can't be read.
#[must_use]
pub fn groups() -> Vec<Group> {
    let text = std::fs::read_to_string("/etc/group").unwrap_or_default();
    let group = |line: &str| {
        let fields: Vec<&str> = line.split(':').collect();
        let [name, _, gid, members] = fields[..] else { return None };
        let members = members.split(',').filter(|m| !m.is_empty()).map(Into::into).collect();
        Some(Group { name: name.into(), gid: gid.parse().ok()?, members })
    };
    text.lines().filter_map(group).collect()
}

/// The account named so, or of that number.
#[must_use]
pub fn user(name: &str) -> Option<User> {
    let users = users();
    let number = name.strip_prefix('+').unwrap_or(name).parse().ok();
    let found = users.iter().find(|u| u.name == name).or_else(|| users.iter().find(|u| Some(u.uid) == number));
    found.cloned()
}

/// Number of a user given by name or number.
#[must_use]
pub fn uid(name: &str) -> Option<u32> {
    users().iter().find(|u| u.name == name).map(|u| u.uid).or_else(|| number(name))
}

/// Number of a group given by name or number.
#[must_use]
pub fn gid(name: &str) -> Option<u32> {
    groups().iter().find(|g| g.name == name).map(|g| g.gid).or_else(|| number(name))
}

fn number(name: &str) -> Option<u32> {
    name.strip_prefix('+').unwrap_or(name).parse().ok().filter(|&n| n != u32::MAX)
}

/// Names of numbers; each file is read once, when it is first asked for.
#[derive(Debug, Default)]
pub struct Names {
    users: OnceCell<HashMap<u32, String>>,
    groups: OnceCell<HashMap<u32, String>>,
}

impl Names {
    /// Name of a user.
    pub fn user(&self, uid: u32) -> Option<&str> {
        let map = self.users.get_or_init(|| users().into_iter().rev().map(|u| (u.uid, u.name)).collect());
        map.get(&uid).map(String::as_str)
    }

    /// Name of a group.
    pub fn group(&self, gid: u32) -> Option<&str> {
        let map = self.groups.get_or_init(|| groups().into_iter().rev().map(|g| (g.gid, g.name)).collect());
        map.get(&gid).map(String::as_str)
    }
}

/// All groups of a user, the primary one first.
#[must_use]
pub fn groups_of(name: &str, primary: u32) -> Vec<u32> {
    let mut list = vec![primary];
    for group in groups() {
        if group.gid != primary && group.members.iter().any(|m| m == name) {
            list.push(group.gid);
        }
    }
    list
}
