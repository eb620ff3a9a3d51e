//! `tests/setup.sh` on a machine that has nothing yet: what it asks of `apt-get`, and what it says when it may not.

use std::{
    fs,
    os::unix::fs::{PermissionsExt, symlink},
    path::{Path, PathBuf},
    process::Command,
};

use crate::world::process::{self, Output};

/// A machine of stubs that write down what they are asked.
struct Machine(tempfile::TempDir);

impl Machine {
    /// `root` or somebody else, for whom `sudo` does it (`Some(true)`), asks for a password, or is not there.
    fn new(root: bool, sudo: Option<bool>) -> Self {
        let machine = Self(tempfile::tempdir().unwrap());
        machine.stub("id", &format!("echo {}", if root { 0 } else { 1000 }));
        machine.stub("apt-get", "log \"$DEBIAN_FRONTEND apt-get $*\"");
        machine.stub("debconf-set-selections", "read -r line; log \"debconf: $line\"");
        if let Some(may) = sudo {
            let does = "shift; log \"sudo $1\"; exec \"$@\"";
            machine.stub("sudo", if may { does } else { "echo 'a password is required' >&2; exit 1" });
        }
        for tool in ["env", "true"] {
            symlink(Path::new("/usr/bin").join(tool), machine.path("bin").join(tool)).unwrap();
        }
        machine
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn stub(&self, name: &str, script: &str) {
        fs::create_dir_all(self.path("bin")).unwrap();
        let log = self.path("log");
        let text = format!("#!/bin/sh\nlog() {{ echo \"$*\" >> '{}'; }}\n{script}\n", log.display());
        let path = self.path("bin").join(name);
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }

    /// Runs the script; what was asked, line by line.
    fn set_up(&self) -> (Output, Vec<String>) {
        let mut command = Command::new("/bin/sh");
        command.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/setup.sh"));
        command.env_clear().env("PATH", self.path("bin"));
        let output = process::run(command, b"");
        let log = fs::read_to_string(self.path("log")).unwrap_or_default();
        (output, log.lines().map(str::to_owned).collect())
    }
}

/// Debian packages that nobody has whose PATH is empty; those that are looked for by their path may be here.
const MISSING: [&str; 4] = ["jq", "chromium", "nodejs", "curl"];

fn installs(line: &str) {
    assert!(line.starts_with("noninteractive apt-get -qq -y --no-install-recommends install "), "{line}");
    for package in MISSING {
        assert!(line.split(' ').any(|word| word == package), "{package} in {line}");
    }
}

#[test]
fn root_installs_what_is_missing_and_is_asked_nothing() {
    let (output, asked) = Machine::new(true, None).set_up();
    assert!(output.clone().done().stdout.starts_with("tests/setup.sh: installing "), "{output:?}");
    assert_eq!(asked.len(), 3, "{asked:?}");
    assert_eq!(asked[0], "debconf: postfix postfix/main_mailer_type select No configuration");
    assert_eq!(asked[1], "noninteractive apt-get -qq update");
    installs(&asked[2]);
}

#[test]
fn somebody_else_does_it_with_sudo() {
    let (output, asked) = Machine::new(false, Some(true)).set_up();
    output.done();
    let by_sudo = asked.iter().filter(|line| line.starts_with("sudo ")).count();
    assert_eq!((by_sudo, asked.len()), (4, 7), "the question whether, and three things: {asked:?}");
    installs(asked.last().unwrap());
}

#[test]
fn who_may_not_install_is_told_which_packages_are_missing() {
    for machine in [Machine::new(false, Some(false)), Machine::new(false, None)] {
        let (output, asked) = machine.set_up();
        let said = output.ends(1).stderr;
        assert!(said.starts_with("tests/setup.sh: not root") && said.lines().count() == 1, "{said}");
        assert!(MISSING.iter().all(|package| said.contains(&format!(" {package}"))), "{said}");
        assert!(asked.is_empty(), "{asked:?}");
    }
    let machine = Machine::new(true, None);
    fs::remove_file(machine.path("bin/apt-get")).unwrap();
    let (output, asked) = machine.set_up();
    assert!(output.ends(1).stderr.contains("no apt-get here"));
    assert!(asked.is_empty());
}

#[test]
fn what_fails_to_install_fails_the_set_up() {
    for broken in ["apt-get", "debconf-set-selections"] {
        let machine = Machine::new(true, None);
        machine.stub(broken, "echo 'no room' >&2; exit 100");
        let (output, _) = machine.set_up();
        assert_eq!((output.status, output.stderr.as_str()), (100, "no room\n"), "{broken}");
    }
}
