//! Who runs the server: we ourselves, or the user `postgres` when we are root.

use std::os::unix::fs::MetadataExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::Command;

use crate::Error;

/// The user that the server runs as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Account {
    pub(crate) uid: u32,
    pub(crate) gid: u32,
    /// We are root and change to this user for every program of PostgreSQL's.
    pub(crate) switched: bool,
}

impl Account {
    /// Ourselves, or `postgres` for root.
    pub(crate) fn current() -> Result<Self, Error> {
        let (uid, gid) = own_ids()?;
        if uid != 0 {
            return Ok(Self { uid, gid, switched: false });
        }
        let passwd = std::fs::read_to_string("/etc/passwd")
            .map_err(|source| Error::file("read", "/etc/passwd", source))?;
        let (uid, gid) = find_user(&passwd, "postgres").ok_or(Error::NoUser)?;
        Ok(Self { uid, gid, switched: true })
    }

    /// A command that runs as this user, in a folder that it can be in, untouched by the caller's PostgreSQL settings.
    pub(crate) fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command.current_dir("/").env("LC_ALL", "C").process_group(0);
        for name in
            ["PGDATA", "PGHOST", "PGPORT", "PGUSER", "PGDATABASE", "PGOPTIONS", "PGPASSWORD"]
        {
            command.env_remove(name);
        }
        if self.switched {
            // With a uid and no groups the standard library also drops root's supplementary groups.
            command.uid(self.uid).gid(self.gid).env("HOME", "/");
        }
        command
    }

    /// Gives `path` to this user.
    pub(crate) fn own(&self, path: &Path) -> Result<(), Error> {
        if !self.switched {
            return Ok(());
        }
        std::os::unix::fs::chown(path, Some(self.uid), Some(self.gid))
            .map_err(|source| Error::file("change the owner of", path, source))
    }

    /// Checks that this user may pass through every folder above `path`.
    pub(crate) fn check_reach(&self, path: &Path) -> Result<(), Error> {
        if !self.switched {
            return Ok(());
        }
        for folder in path.ancestors().skip(1) {
            let Ok(metadata) = folder.metadata() else { continue };
            let open = metadata.mode() & 0o001 != 0
                || (metadata.uid() == self.uid && metadata.mode() & 0o100 != 0)
                || (metadata.gid() == self.gid && metadata.mode() & 0o010 != 0);
            if !open {
                return Err(Error::NotTraversable { folder: folder.to_path_buf() });
            }
        }
        Ok(())
    }
}

/// Our effective user and group: the owner of our own entry in /proc, or of a file that we make where there is no /proc.
fn own_ids() -> Result<(u32, u32), Error> {
    if let Ok(metadata) = std::fs::metadata("/proc/self") {
        return Ok((metadata.uid(), metadata.gid()));
    }
    let probe = std::env::temp_dir().join(format!(".caravan-{}", std::process::id()));
    let made = std::fs::File::create(&probe)
        .and_then(|file| file.metadata())
        .map_err(|source| Error::file("create", &probe, source));
    drop(std::fs::remove_file(&probe));
    made.map(|metadata| (metadata.uid(), metadata.gid()))
}

/// Uid and gid of `name` in the text of a passwd file.
fn find_user(passwd: &str, name: &str) -> Option<(u32, u32)> {
    let mut fields = passwd.lines().map(|line| line.split(':'));
    let mut fields = fields.find_map(|mut line| (line.next() == Some(name)).then_some(line))?;
    let (_password, uid, gid) = (fields.next()?, fields.next()?, fields.next()?);
    Some((uid.parse().ok()?, gid.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::find_user;

    #[test]
    fn a_user_is_found_by_its_whole_name() {
        let passwd = "root:x:0:0:root:/root:/bin/sh\npostgresql:x:7:7::/:\npostgres:x:106:113:,,,:/:/bin/sh\n";
        assert_eq!(find_user(passwd, "postgres"), Some((106, 113)));
        assert_eq!(find_user(passwd, "post"), None);
    }
}
