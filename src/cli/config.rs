//! Settings: flag, then `CH_*` variable (clap reads both), then `$CH_HOME/config.toml`, then a default. The
//! environment is read here and by clap, nowhere else.

use std::{
    env,
    ffi::OsString,
    fs, io,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use serde::Deserialize;
use url::Url;

use super::exit::{Exit, OrFail, fail};
use crate::{client::Home, mail::net::Auth};

/// The CH server when nobody said another.
pub const DEFAULT_SERVER: &str = "http://127.0.0.1:4460";

/// `config.toml`: a key is a flag's name with underscores. Every tool knows every key, so that a misspelt one
/// is found by the first tool that runs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct File {
    /// The CH server's URL.
    pub server: Option<String>,
    /// A PEM file with further certificates to trust for https.
    pub ca: Option<PathBuf>,
    /// This machine's host name, or `address`: the address the CH server sees.
    pub host: Option<String>,
    /// Where mail goes: a URL.
    pub via: Option<String>,
    /// The sender's mailbox.
    pub from: Option<String>,
    /// What prints the mail server's password: a program and its arguments.
    pub password_command: Option<Vec<String>>,
    /// A file with the mail server's password in its first line.
    pub password_file: Option<PathBuf>,
    /// How to sign in at the mail server.
    pub auth: Auth,
    /// Recipients (with `*`) whose mail gets no chat button.
    pub no_button_to: Vec<String>,
    /// The domain that mail is signed for (DKIM).
    pub dkim_domain: Option<String>,
    /// A selector for each key.
    pub dkim_selector: Vec<String>,
    /// Files with private keys in PEM.
    pub dkim_key: Vec<PathBuf>,
    /// The shop's postal address, in every mail of a campaign.
    pub postal_address: Option<String>,
    /// A mailbox that takes "no more mail".
    pub unsubscribe_mailto: Option<String>,
    /// When not to be rung: `22:00-07:00`.
    pub quiet_hours: Option<String>,
    /// A command for each call.
    pub on_ring: Option<String>,
    /// Answer calls without being asked.
    pub answer: Option<bool>,
}

/// Every key with its meaning, for the man pages.
pub const KEYS: &[(&str, &str)] = &[
    ("server", "The CH server's URL."),
    ("ca", "A PEM file with further certificates to trust for https."),
    ("host", "This machine's host name, or \"address\": the address the CH server sees."),
    ("via", "Where mail goes: a URL, as --via takes it."),
    ("from", "The sender's mailbox, with a name if you like; a campaign's, too."),
    ("password_command", "What prints the mail server's password: an array, a program and its arguments."),
    ("password_file", "A file with the mail server's password in its first line, mode 0600."),
    (
        "auth",
        "How to sign in at the mail server: \"password\", or \"xoauth2\" when password_command prints an access token.",
    ),
    ("no_button_to", "An array of recipients, with *, whose mail gets no chat button."),
    ("dkim_domain", "The domain that mail is signed for (DKIM)."),
    ("dkim_selector", "An array: a selector for each key of dkim_key."),
    ("dkim_key", "An array of files with private keys in PEM, mode 0600."),
    ("postal_address", "The shop's postal address: it stands in every mail of a campaign."),
    (
        "unsubscribe_mailto",
        "A mailbox that takes \"no more mail\" (List-Unsubscribe); read it with ch-fetch … | ch-promo unsubscribe.",
    ),
    ("quiet_hours", "When not to be rung, as \"22:00-07:00\"."),
    ("on_ring", "A command for each call."),
    ("answer", "true: answer calls without being asked."),
];

/// Who one is and what one set.
#[derive(Debug, Clone)]
pub struct Config {
    home: Home,
    file: File,
    path: PathBuf,
}

impl Config {
    /// Finds `CH_HOME` and reads its `config.toml`, if there is one.
    ///
    /// # Errors
    /// 78 when there is no home directory, or the file has a key or value that is not known, with its line.
    pub fn load() -> anyhow::Result<Self> {
        Self::of(home_dir(|name| env::var_os(name))?)
    }

    /// The same for a given directory.
    ///
    /// # Errors
    /// As [`Config::load`].
    pub fn of(dir: PathBuf) -> anyhow::Result<Self> {
        let path = dir.join("config.toml");
        let file = match fs::read_to_string(&path) {
            Ok(text) => parse(&text).or_fail(Exit::Config, format!("read {}", path.display()))?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => File::default(),
            Err(error) => Err(error).or_fail(Exit::Config, format!("read {}", path.display()))?,
        };
        Ok(Self { home: Home::new(dir), file, path })
    }

    /// The directory of this identity.
    #[must_use]
    pub fn home(&self) -> &Home {
        &self.home
    }

    /// What the file says.
    #[must_use]
    pub fn file(&self) -> &File {
        &self.file
    }

    /// The CH server's URL that was set, if any was.
    ///
    /// # Errors
    /// 64 or 78 when it is no http or https URL, or holds more than a host and a path.
    pub fn server(&self, flag: Option<&str>) -> anyhow::Result<Option<Url>> {
        match given(flag) {
            Some(text) => {
                server_url(text).or_fail(blame(flag, "CH_SERVER"), "--server or CH_SERVER").map(Some)
            }
            None => {
                self.file.server.as_deref().map(|text| self.in_file("server", server_url(text))).transpose()
            }
        }
    }

    /// The PEM file of further certificates.
    #[must_use]
    pub fn ca(&self, flag: Option<&str>) -> Option<PathBuf> {
        given(flag).map(PathBuf::from).or_else(|| self.file.ca.as_deref().map(|path| self.beside(path)))
    }

    /// The host name that was set. `None`: not set, or `address`, for which the server takes what it sees.
    #[must_use]
    pub fn host<'a>(&'a self, flag: Option<&'a str>) -> Option<&'a str> {
        given(flag).or(self.file.host.as_deref()).filter(|host| *host != "address")
    }

    /// Whether `host` was set to `address`: mail shows the address the server sees.
    #[must_use]
    pub fn host_is_address(&self, flag: Option<&str>) -> bool {
        given(flag).or(self.file.host.as_deref()) == Some("address")
    }

    /// Where mail goes, as text.
    #[must_use]
    pub fn via<'a>(&'a self, flag: Option<&'a str>) -> Option<&'a str> {
        given(flag).or(self.file.via.as_deref())
    }

    /// The sender's mailbox, as text.
    #[must_use]
    pub fn from<'a>(&'a self, flag: Option<&'a str>) -> Option<&'a str> {
        given(flag).or(self.file.from.as_deref())
    }

    /// The command for a call.
    #[must_use]
    pub fn on_ring<'a>(&'a self, flag: Option<&'a str>) -> Option<&'a str> {
        given(flag).or(self.file.on_ring.as_deref())
    }

    /// The mail server's password: what `password_command` prints, else the first line of `password_file`.
    ///
    /// # Errors
    /// 78 when the command can't be started or fails or prints nothing, the file can't be read, or others can
    /// read it (77).
    pub fn password(&self) -> anyhow::Result<Option<String>> {
        if let Some(command) = &self.file.password_command {
            return self.in_file("password_command", first_line_of_command(command)).map(Some);
        }
        let Some(path) = &self.file.password_file else { return Ok(None) };
        let path = self.beside(path);
        let text = self.in_file("password_file", fs::read_to_string(&path).map_err(Into::into))?;
        let mode =
            fs::metadata(&path).map(|meta| std::os::unix::fs::PermissionsExt::mode(&meta.permissions()));
        if mode.is_ok_and(|mode| mode & 0o077 != 0) {
            let path = path.display();
            return Err(fail(Exit::Auth, format!("{path} can be read by others: chmod 600 {path}")));
        }
        self.in_file("password_file", first_line(&text)).map(Some)
    }

    /// An error in the file names the key and the file.
    fn in_file<T>(&self, key: &str, result: anyhow::Result<T>) -> anyhow::Result<T> {
        result.or_fail(Exit::Config, format!("{key} in {}", self.path.display()))
    }

    /// A path in the file is meant from the file's directory.
    fn beside(&self, path: &Path) -> PathBuf {
        self.home.dir().join(path)
    }
}

/// A server's URL: http or https, a host, perhaps a path, and nothing else.
///
/// # Errors
/// Says what is wrong with it.
pub fn server_url(text: &str) -> anyhow::Result<Url> {
    let url = Url::parse(text).map_err(|error| anyhow::anyhow!("{text:?} is no URL: {error}"))?;
    let only_place = url.username().is_empty()
        && url.password().is_none()
        && url.query().is_none()
        && url.fragment().is_none();
    match url.scheme() {
        "http" | "https" if only_place => Ok(url),
        "http" | "https" => Err(anyhow::anyhow!("{text:?}: a server's URL is a host and perhaps a path")),
        _ => Err(anyhow::anyhow!("{text:?}: a server's URL begins with http:// or https://")),
    }
}

/// What a value that is no good is: usage when a flag says it, configuration when the variable or the file does.
#[must_use]
pub fn blame(flag: Option<&str>, variable: &str) -> Exit {
    match given(flag) {
        Some(says) if env::var_os(variable).is_none_or(|set| set != says) => Exit::Usage,
        _ => Exit::Config,
    }
}

/// An empty flag or variable counts as not given.
fn given(flag: Option<&str>) -> Option<&str> {
    flag.filter(|text| !text.is_empty())
}

fn home_dir(variable: impl Fn(&str) -> Option<OsString>) -> anyhow::Result<PathBuf> {
    let variable = |name| variable(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    variable("CH_HOME")
        .or_else(|| variable("XDG_CONFIG_HOME").map(|dir| dir.join("ch")))
        .or_else(|| variable("HOME").map(|dir| dir.join(".config/ch")))
        .ok_or_else(|| fail(Exit::Config, "no place for the configuration: set CH_HOME or HOME"))
}

fn parse(text: &str) -> anyhow::Result<File> {
    toml::from_str(text).map_err(|error| {
        let line = error.span().map_or(1, |span| text[..span.start].matches('\n').count() + 1);
        anyhow::anyhow!("line {line}: {}", error.message())
    })
}

fn first_line_of_command(command: &[String]) -> anyhow::Result<String> {
    let [program, arguments @ ..] = command else { anyhow::bail!("it is empty") };
    let output = Command::new(program).args(arguments).stdin(Stdio::null()).stderr(Stdio::inherit()).output();
    let output = output.map_err(|error| anyhow::anyhow!("{program}: {error}"))?;
    anyhow::ensure!(output.status.success(), "{program}: {}", output.status);
    first_line(&String::from_utf8(output.stdout).map_err(|_| anyhow::anyhow!("{program}: not UTF-8"))?)
}

fn first_line(text: &str) -> anyhow::Result<String> {
    let line = text.lines().next().unwrap_or_default();
    anyhow::ensure!(!line.is_empty(), "its first line is empty");
    Ok(line.to_owned())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use std::os::unix::fs::PermissionsExt;

    use super::*;
    use crate::cli::exit;

    fn config(text: &str) -> (tempfile::TempDir, anyhow::Result<Config>) {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("config.toml"), text).unwrap();
        let config = Config::of(dir.path().to_owned());
        (dir, config)
    }

    #[test]
    fn a_flag_or_variable_comes_before_the_file_and_the_file_before_nothing() {
        let (_dir, config) =
            config("server = \"https://ch.example.org/\"\nhost = \"address\"\nca = \"ca.pem\"");
        let config = config.unwrap();
        let server = |flag| config.server(flag).unwrap().map(|url| url.to_string());
        assert_eq!(server(None).as_deref(), Some("https://ch.example.org/"));
        assert_eq!(server(Some("")).as_deref(), Some("https://ch.example.org/"), "empty is not given");
        assert_eq!(server(Some("http://[::1]:4460")).as_deref(), Some("http://[::1]:4460/"));
        assert_eq!((config.host(None), config.host(Some("a.example"))), (None, Some("a.example")));
        assert!(config.host_is_address(None) && !config.host_is_address(Some("a.example")));
        assert_eq!(config.ca(None), Some(config.home().path("ca.pem")));
    }

    #[test]
    fn what_is_not_known_in_the_file_is_78_with_key_file_and_line() {
        for (text, named) in [
            ("host = \"a\"\nsevrer = \"x\"", ["line 2", "`sevrer`"]),
            ("answer = \"yes\"", ["line 1", "boolean"]),
            ("\n\nvia = [", ["line 3", "array"]),
        ] {
            let (_dir, config) = config(text);
            let error = config.unwrap_err();
            assert_eq!(exit::of(&error), Some(Exit::Config));
            let said = format!("{error:#}");
            assert!(named.iter().chain(&["config.toml"]).all(|word| said.contains(word)), "{said}");
        }
    }

    #[test]
    fn every_key_has_a_meaning() {
        let (_dir, config) = config("no_such_key = 1");
        let said = format!("{:#}", config.unwrap_err());
        let (_, known) = said.split_once("expected one of ").unwrap();
        let known: Vec<_> = known.split(", ").map(|key| key.trim_matches('`')).collect();
        let listed: Vec<_> = KEYS.iter().map(|(key, _)| *key).collect();
        assert_eq!(listed, known);
    }

    #[test]
    fn a_server_that_is_no_server_is_usage_in_a_flag_and_78_in_the_file() {
        for text in ["ch.example.org", "ftp://a", "http://a/?x", "http://u:p@a", "http://", "http://a/#b"] {
            let (_dir, config) = config(&format!("server = {text:?}"));
            let config = config.unwrap();
            let file = config.server(None).unwrap_err();
            assert!(format!("{file:#}").starts_with("server in /"), "{file:#}");
            assert_eq!(exit::of(&file), Some(Exit::Config));
            assert_eq!(exit::of(&config.server(Some(text)).unwrap_err()), Some(Exit::Usage));
        }
    }

    #[test]
    fn the_home_is_what_was_set_first() {
        let home = |set: &[(&str, &str)]| {
            home_dir(|name| set.iter().find(|(key, _)| *key == name).map(|(_, value)| value.into()))
        };
        let all = [("CH_HOME", "/a"), ("XDG_CONFIG_HOME", "/b"), ("HOME", "/c")];
        assert_eq!(home(&all).unwrap(), Path::new("/a"));
        assert_eq!(home(&all[1..]).unwrap(), Path::new("/b/ch"));
        assert_eq!(home(&[("CH_HOME", ""), ("HOME", "/c")]).unwrap(), Path::new("/c/.config/ch"));
        assert_eq!(exit::of(&home(&[]).unwrap_err()), Some(Exit::Config));
    }

    #[test]
    fn a_password_comes_from_a_command_or_from_a_file_that_only_its_owner_reads() {
        let password = |text: &str, mode| {
            let (dir, config) = config(text);
            let file = dir.path().join("secret");
            fs::write(&file, "hush\nmore").unwrap();
            fs::set_permissions(&file, fs::Permissions::from_mode(mode)).unwrap();
            config.unwrap().password()
        };
        assert_eq!(password("", 0o600).unwrap(), None);
        assert_eq!(password("password_file = \"secret\"", 0o600).unwrap().as_deref(), Some("hush"));
        let exposed = password("password_file = \"secret\"", 0o644).unwrap_err();
        assert_eq!(exit::of(&exposed), Some(Exit::Auth));
        let command = "password_command = [\"printf\", \"%s\\n\", \"hush hush\"]";
        assert_eq!(password(command, 0o600).unwrap().as_deref(), Some("hush hush"));
        for wrong in ["[]", "[\"false\"]", "[\"true\"]", "[\"/nowhere/at/all\"]"] {
            let error = password(&format!("password_command = {wrong}"), 0o600).unwrap_err();
            assert_eq!(exit::of(&error), Some(Exit::Config), "{wrong}");
            assert!(format!("{error:#}").starts_with("password_command in /"), "{error:#}");
        }
    }
}
