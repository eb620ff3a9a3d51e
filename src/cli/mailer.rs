//! The way out for mail: what was set, else the local mail program. `CH_SENDMAIL` is read here, and through how many
//! such programs a mail has come.

use std::{
    env,
    ffi::{OsStr, OsString},
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use super::{
    Exit,
    config::{Config, blame},
    exit::OrFail,
    fail,
};
use crate::mail::transport::{Access, Via, sendmail::HOPS};

/// What `CH_SENDMAIL` is, for the man pages.
pub const SENDMAIL: &str = "The local mail program, used when nothing says where mail goes. Default: sendmail in PATH, in \
    /usr/sbin or in /usr/lib. Empty: none.";

/// Where it is if it is not in `PATH`, which a person's rarely leads to (FHS 3.0 §4.10).
const USUAL: [&str; 2] = ["/usr/sbin", "/usr/lib"];

/// The most local programs that call us again: one that adds something and hands the mail on may well do so once.
const MOST_HOPS: u8 = 2;

/// The way out: the flag's, the setting's, or this machine's own.
///
/// # Errors
/// 78 when there is none, what was set is none, or the local program would start this very tool again.
pub fn via(flag: Option<&str>, config: &Config) -> anyhow::Result<Via> {
    let via = set(flag, config)?.or_else(local).ok_or_else(|| {
        let how = "set --via or CH_VIA (smtp://HOST, …); to try it without a mail server: --via maildir:DIR";
        fail(Exit::Config, format!("no way to send mail: {how}"))
    })?;
    // Where /usr/sbin/sendmail is this very program, or a script that calls it, each would start the next.
    if let Via::Sendmail(program) = &via
        && leads_back(program)
    {
        let how = "set --via or CH_VIA to what takes the mail (smtp://HOST, …)";
        let what = format!("the local sendmail is ch-send itself, or calls it: {}: {how}", program.display());
        return Err(fail(Exit::Config, what));
    }
    Ok(via)
}

/// The way out that the flag or a setting names, if one does.
///
/// # Errors
/// 64 or 78 when it is none.
pub fn set(flag: Option<&str>, config: &Config) -> anyhow::Result<Option<Via>> {
    config.via(flag).map(|text| text.parse().or_fail(blame(flag, "CH_VIA"), "--via")).transpose()
}

/// What a way out needs besides its URL; `ca` is the flag's.
///
/// # Errors
/// 78 when the password cannot be had, 77 when others can read it.
pub fn access(via: &Via, config: &Config, ca: Option<&str>) -> anyhow::Result<Access> {
    Ok(Access {
        password: if via.needs_password() { config.password()?.map(Into::into) } else { None },
        auth: config.file().auth,
        ca: config.ca(ca),
        hops: hops(),
        ..Access::default()
    })
}

/// Through how many local programs the mail has come that one of our tools had started.
fn hops() -> u8 {
    env::var(HOPS).ok().and_then(|text| text.parse().ok()).unwrap_or(0)
}

/// Whether a local program would start the very tool that is to hand a mail to it, and so on for ever.
fn leads_back(program: &Path) -> bool {
    let own = env::current_exe().and_then(fs::canonicalize);
    hops() >= MOST_HOPS || fs::canonicalize(program).is_ok_and(|program| own.is_ok_and(|own| own == program))
}

/// The local mail program, if there is one that is not ourselves under the name of `sendmail`.
#[must_use]
pub fn local() -> Option<Via> {
    let path = env::var_os("PATH").unwrap_or_default();
    find(env::var_os("CH_SENDMAIL"), &path, env::current_exe().ok().as_deref()).map(Via::Sendmail)
}

fn find(set: Option<OsString>, path: &OsStr, own: Option<&Path>) -> Option<PathBuf> {
    if let Some(set) = set {
        return Some(PathBuf::from(set)).filter(|set| !set.as_os_str().is_empty());
    }
    let own = own.and_then(|own| fs::canonicalize(own).ok());
    let is_another = |program: &PathBuf| fs::canonicalize(program).ok() != own;
    env::split_paths(path)
        .filter(|dir| dir.is_absolute())
        .chain(USUAL.map(PathBuf::from))
        .map(|dir| dir.join("sendmail"))
        .find(|program| is_program(program) && is_another(program))
}

fn is_program(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|about| about.is_file() && about.permissions().mode() & 0o111 != 0)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn program(dir: &Path, mode: u32) -> PathBuf {
        let path = dir.join("sendmail");
        fs::write(&path, "#!/bin/sh\n").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        path
    }

    #[test]
    fn the_first_program_in_the_path_is_it_unless_that_is_ourselves() {
        let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let path = env::join_paths([Path::new("relative"), one.path(), two.path()]).unwrap();
        let second = program(two.path(), 0o755);
        assert_eq!(find(None, &path, None), Some(second.clone()));
        program(one.path(), 0o644);
        assert_eq!(find(None, &path, None), Some(second.clone()), "no program");
        let first = program(one.path(), 0o755);
        assert_eq!(find(None, &path, None), Some(first.clone()));
        fs::remove_file(&first).unwrap();
        let own = two.path().join("ch-send");
        fs::rename(&second, &own).unwrap();
        std::os::unix::fs::symlink(&own, &first).unwrap();
        assert_ne!(find(None, &path, Some(&own)), Some(first), "we would hand it to ourselves for ever");
    }

    #[test]
    fn what_is_set_is_taken_and_empty_is_none() {
        assert_eq!(find(Some("/opt/msmtp".into()), OsStr::new(""), None), Some("/opt/msmtp".into()));
        assert_eq!(find(Some("".into()), OsStr::new("/usr/sbin"), None), None);
    }
}
