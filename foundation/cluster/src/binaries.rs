//! Where the system keeps PostgreSQL's programs.

use std::path::{Path, PathBuf};

/// There are no server binaries of version 14 or newer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("PostgreSQL 14 or newer is not installed; install it with: {command}")]
pub struct Missing {
    /// The exact command for this system.
    pub command: &'static str,
}

/// Oldest version with everything that we use (`xid8` indexes, `security_invoker` views want 15 but are not required).
const OLDEST: u32 = 14;

/// Parents of `<version>/bin`, or prefixes of `<prefix><version>/bin`: Debian, Red Hat, Homebrew.
const PLACES: [(&str, &str); 5] = [
    ("/usr/lib/postgresql", ""),
    ("/usr", "pgsql-"),
    ("/opt/homebrew/opt", "postgresql@"),
    ("/usr/local/opt", "postgresql@"),
    ("/usr/local", "pgsql-"),
];

/// The folder with `initdb`, `pg_ctl` and `postgres` of the newest version found.
///
/// # Errors
/// [`Missing`] with the command that installs them.
pub fn find_binaries() -> Result<PathBuf, Missing> {
    let newest =
        PLACES.iter().flat_map(|(parent, prefix)| versions(Path::new(parent), prefix)).max();
    newest
        .map(|(_, folder)| folder)
        // Arch, Alpine and Fedora put one version straight into the path.
        .or_else(|| Some(PathBuf::from("/usr/bin")).filter(|folder| complete(folder)))
        .ok_or(Missing { command: install_command() })
}

fn versions(parent: &Path, prefix: &str) -> Vec<(u32, PathBuf)> {
    let entries = std::fs::read_dir(parent).into_iter().flatten().flatten();
    let version = |name: &str| name.strip_prefix(prefix)?.parse::<u32>().ok();
    entries
        .filter_map(|entry| Some((version(entry.file_name().to_str()?)?, entry.path().join("bin"))))
        .filter(|(version, folder)| *version >= OLDEST && complete(folder))
        .collect()
}

fn complete(folder: &Path) -> bool {
    ["initdb", "pg_ctl", "postgres"].iter().all(|program| folder.join(program).is_file())
}

fn install_command() -> &'static str {
    let commands = [
        ("/usr/bin/apt-get", "apt-get install -y postgresql"),
        ("/usr/bin/dnf", "dnf install -y postgresql-server"),
        ("/sbin/apk", "apk add postgresql15"),
        ("/usr/bin/pacman", "pacman -S --noconfirm postgresql"),
        ("/opt/homebrew/bin/brew", "brew install postgresql@16"),
    ];
    let found = commands.iter().find(|(manager, _)| Path::new(manager).exists());
    found.map_or("apt-get install -y postgresql", |(_, command)| command)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_complete_version_is_taken() {
        let root = tempfile::tempdir().unwrap();
        for (version, programs) in [
            ("13", &["initdb", "pg_ctl", "postgres"][..]),
            ("15", &["initdb", "pg_ctl", "postgres"]),
            ("9.6", &["initdb", "pg_ctl", "postgres"]),
            ("17", &["pg_ctl"]),
        ] {
            let folder = root.path().join(version).join("bin");
            std::fs::create_dir_all(&folder).unwrap();
            programs.iter().for_each(|program| std::fs::write(folder.join(program), "").unwrap());
        }
        let found: Vec<u32> = versions(root.path(), "").into_iter().map(|(v, _)| v).collect();
        assert_eq!(found, [15]);
    }
}
