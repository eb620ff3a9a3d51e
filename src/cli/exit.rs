//! The exit statuses: one table, from which the man pages' EXIT STATUS is made, and the one place where every
//! room's errors are given theirs.

use std::{fmt, io};

use crate::{
    cli::output::OutputError,
    client::{ClientError, HomeError},
    fetch::FetchError,
    mail::{
        pop3::Pop3Error,
        source::SourceError,
        transport::{self, TransportError},
    },
    send::{SendError, SpoolError},
    store::StoreError,
    wire::{Code, ErrorRecord},
};

/// How a tool ends. The numbers are those of `sysexits.h`, but for 0 and 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Exit {
    /// Done, or yes.
    Done = 0,
    /// A clean no.
    No = 1,
    /// Used wrongly.
    Usage = 64,
    /// Bad or empty data.
    Data = 65,
    /// A named file can't be opened.
    NoInput = 66,
    /// No such user.
    NoUser = 67,
    /// Refused for good.
    Refused = 69,
    /// A bug of ours.
    Software = 70,
    /// Can't create a file.
    CantCreate = 73,
    /// Input or output failed.
    Io = 74,
    /// Try again.
    TempFail = 75,
    /// The other side does not speak the protocol.
    Protocol = 76,
    /// Authentication or trust.
    Auth = 77,
    /// Configuration.
    Config = 78,
}

/// Every status with its meaning in one line, in ascending order.
pub const TABLE: &[(Exit, &str)] = &[
    (Exit::Done, "Done, or yes."),
    (Exit::No, "A clean no: nothing found by a filter; off, declined, busy, expired."),
    (Exit::Usage, "Used wrongly: an unknown option, a missing operand, a terminal where data was due."),
    (Exit::Data, "The data is bad or empty."),
    (Exit::NoInput, "A named file cannot be opened."),
    (Exit::NoUser, "No such user, port or device."),
    (Exit::Refused, "Refused for good: a taken name, a recipient that does not exist, an expired ticket."),
    (Exit::Software, "A bug of ours. Please report the line on standard error."),
    (Exit::CantCreate, "A file cannot be created."),
    (Exit::Io, "Reading or writing failed: a full disk, a broken device."),
    (Exit::TempFail, "Try again: no connection, a timeout, a server that is busy, a lock that is held."),
    (Exit::Protocol, "The other side answered something that is not the protocol."),
    (Exit::Auth, "Authentication or trust: a wrong token, a certificate, a file others can read."),
    (Exit::Config, "The configuration is missing something or wrong."),
];

impl Exit {
    /// The number the shell sees.
    #[must_use]
    pub fn code(self) -> u8 {
        self as u8
    }

    /// What a batch ends with after another thing ended with `other`: 75 if any may be retried, else the first
    /// that was not [`Exit::Done`].
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::TempFail, _) | (_, Self::TempFail) => Self::TempFail,
            (Self::Done, other) => other,
            (first, _) => first,
        }
    }

    /// The code of the `error` record that `--json` writes, when no server gave one.
    #[must_use]
    pub fn error_code(self) -> Code {
        match self {
            Self::Usage | Self::Data | Self::NoInput => Code::BadRequest,
            Self::NoUser => Code::NotFound,
            Self::TempFail => Code::Unavailable,
            Self::Auth => Code::Unauthorized,
            Self::Software => Code::Internal,
            _ => Code::Other,
        }
    }
}

impl From<Exit> for std::process::ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

/// An error that knows its exit status.
#[derive(Debug)]
struct Failure {
    exit: Exit,
    message: String,
    source: Option<anyhow::Error>,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Failure {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_ref().map(|source| &**source as _)
    }
}

/// An error that ends the tool with `exit` and the line `ch-x: message`. Say what failed and why, and what to do.
#[must_use]
pub fn fail(exit: Exit, message: impl Into<String>) -> anyhow::Error {
    anyhow::Error::new(Failure { exit, message: message.into(), source: None })
}

/// Gives an error another exit status than the table's, and says what failed.
pub trait OrFail<T> {
    /// The error becomes `message: error` and ends the tool with `exit`.
    ///
    /// # Errors
    /// The same as before, in other words.
    fn or_fail(self, exit: Exit, message: impl Into<String>) -> anyhow::Result<T>;
}

impl<T, E: Into<anyhow::Error>> OrFail<T> for Result<T, E> {
    fn or_fail(self, exit: Exit, message: impl Into<String>) -> anyhow::Result<T> {
        self.map_err(|source| {
            anyhow::Error::new(Failure { exit, message: message.into(), source: Some(source.into()) })
        })
    }
}

/// The exit status of an error: of its outermost cause that has one. `None`: the reader closed the pipe, which
/// is no failure. An error that no room gave a meaning is a bug of ours.
#[must_use]
pub fn of(error: &anyhow::Error) -> Option<Exit> {
    for cause in error.chain() {
        if let Some(failure) = cause.downcast_ref::<Failure>() {
            return Some(failure.exit);
        }
        if let Some(output) = cause.downcast_ref::<OutputError>() {
            return match output {
                OutputError::Closed => None,
                OutputError::Io(_) | OutputError::Record(_) => Some(Exit::Io),
            };
        }
        if let Some(client) = cause.downcast_ref::<ClientError>() {
            return Some(of_client(client));
        }
        if let Some(home) = cause.downcast_ref::<HomeError>() {
            return Some(of_home(home));
        }
        if let Some(store) = cause.downcast_ref::<StoreError>() {
            return Some(of_store(store));
        }
        if let Some(source) = cause.downcast_ref::<SourceError>() {
            return Some(of_source(source));
        }
        if let Some(fetch) = cause.downcast_ref::<FetchError>() {
            return Some(of_fetch(fetch));
        }
        match cause.downcast_ref::<SendError>() {
            Some(SendError::Private(_)) => return Some(Exit::Config),
            Some(SendError::NoButton(_)) => return Some(Exit::Protocol),
            Some(SendError::Compose(_) | SendError::Sign(_)) => return Some(Exit::Data),
            // Their causes know.
            Some(SendError::Button(_) | SendError::Transport(_)) | None => {}
        }
        match cause.downcast_ref::<SpoolError>() {
            Some(SpoolError::Damaged(_)) => return Some(Exit::Data),
            Some(SpoolError::File { .. }) => return Some(Exit::Io),
            None => {}
        }
        if let Some(transport) = cause.downcast_ref::<TransportError>() {
            return of_transport(transport);
        }
        if let Some(io) = cause.downcast_ref::<io::Error>() {
            return Some(of_io(io));
        }
    }
    Some(Exit::Software)
}

/// An error in one line: `what failed: why: why`. A cause that the words before it end with is said once.
#[must_use]
pub fn words(error: &anyhow::Error) -> String {
    error.chain().map(ToString::to_string).fold(String::new(), |said, cause| match () {
        () if said.is_empty() => cause,
        () if said.ends_with(&cause) => said,
        () => format!("{said}: {cause}"),
    })
}

/// What the server refused, if that is what the error is.
#[must_use]
pub fn refusal(error: &anyhow::Error) -> Option<&ErrorRecord> {
    error.chain().find_map(|cause| match cause.downcast_ref::<ClientError>() {
        Some(ClientError::Refused(record)) => Some(record),
        _ => None,
    })
}

fn of_client(error: &ClientError) -> Exit {
    match error {
        ClientError::Unreachable { .. } => Exit::TempFail,
        ClientError::Refused(record) => of_code(record.code),
        ClientError::Tls { .. } | ClientError::OtherServer { .. } | ClientError::Untrusted(_) => Exit::Auth,
        ClientError::Protocol { .. } if error.is_transient() => Exit::TempFail,
        ClientError::Protocol { .. } => Exit::Protocol,
        ClientError::Config(_) => Exit::Config,
        ClientError::Home(home) => of_home(home),
    }
}

fn of_code(code: Code) -> Exit {
    match code {
        Code::BadRequest | Code::TooLarge => Exit::Data,
        Code::Unauthorized | Code::BadTicket => Exit::Auth,
        Code::NotFound => Exit::NoUser,
        Code::Forbidden | Code::Taken | Code::Expired | Code::Withdrawn | Code::NoPorts | Code::Other => {
            Exit::Refused
        }
        Code::TooMany | Code::Internal | Code::Unavailable => Exit::TempFail,
    }
}

fn of_home(error: &HomeError) -> Exit {
    match error {
        HomeError::Exposed { .. } => Exit::Auth,
        HomeError::Damaged { .. } => Exit::Config,
        HomeError::Locked { .. } => Exit::TempFail,
        HomeError::Create { .. } => Exit::CantCreate,
        HomeError::File { .. } => Exit::Io,
    }
}

fn of_store(error: &StoreError) -> Exit {
    match error {
        StoreError::Taken | StoreError::Expired(_) | StoreError::NoPorts | StoreError::Enough(_) => {
            Exit::Refused
        }
        StoreError::NotFound(_) => Exit::NoUser,
        StoreError::Keys(_) | StoreError::Version(_) => Exit::Config,
        StoreError::Disk(_) | StoreError::File(_) => Exit::Io,
        StoreError::Create(_) => Exit::CantCreate,
        StoreError::Absent(_) => Exit::NoInput,
        StoreError::Damaged(_) | StoreError::NoBackup(_) => Exit::Data,
        StoreError::Closed | StoreError::Locked(_) => Exit::TempFail,
    }
}

fn of_source(error: &SourceError) -> Exit {
    match error {
        SourceError::Open { .. } | SourceError::NoMaildir(_) => Exit::NoInput,
        SourceError::Read { .. } => Exit::Io,
        SourceError::Empty(_) => Exit::Data,
    }
}

fn of_fetch(error: &FetchError) -> Exit {
    match error {
        FetchError::Pop3(server) => of_pop3(server),
        FetchError::Source(source) => of_source(source),
        FetchError::Locked { .. } => Exit::TempFail,
        FetchError::State { .. } => Exit::Data,
        FetchError::NoMaildir(_) | FetchError::Create { .. } => Exit::CantCreate,
        FetchError::File { .. } => Exit::Io,
    }
}

fn of_pop3(error: &Pop3Error) -> Exit {
    match error {
        Pop3Error::Connection { .. } | Pop3Error::Refused { transient: true, .. } => Exit::TempFail,
        Pop3Error::Refused { .. } => Exit::Refused,
        Pop3Error::SignIn { .. } | Pop3Error::Tls { .. } => Exit::Auth,
        Pop3Error::Protocol { .. } => Exit::Protocol,
        Pop3Error::Config(_) => Exit::Config,
    }
}

fn of_transport(error: &TransportError) -> Option<Exit> {
    match error {
        TransportError::Output(pipe) if pipe.kind() == io::ErrorKind::BrokenPipe => None,
        error if error.is_transient() => Some(Exit::TempFail),
        TransportError::Refused { what: transport::SIGNING_IN, .. } | TransportError::Tls { .. } => {
            Some(Exit::Auth)
        }
        TransportError::Connection { .. } | TransportError::Refused { .. } => Some(Exit::Refused),
        TransportError::Protocol { .. } => Some(Exit::Protocol),
        TransportError::Config(_) => Some(Exit::Config),
        TransportError::Create { .. } => Some(Exit::CantCreate),
        TransportError::File { .. } | TransportError::Output(_) => Some(Exit::Io),
    }
}

fn of_io(error: &io::Error) -> Exit {
    match error.kind() {
        io::ErrorKind::ConnectionRefused
        | io::ErrorKind::ConnectionReset
        | io::ErrorKind::ConnectionAborted
        | io::ErrorKind::TimedOut => Exit::TempFail,
        _ => Exit::Io,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn the_table_holds_every_status_once_in_order() {
        let codes: Vec<u8> = TABLE.iter().map(|(exit, _)| exit.code()).collect();
        assert_eq!(codes, [0, 1, 64, 65, 66, 67, 69, 70, 73, 74, 75, 76, 77, 78]);
        assert!(TABLE.iter().all(|(_, meaning)| meaning.ends_with('.') && !meaning.contains('\n')));
    }

    #[test]
    fn the_outermost_cause_with_a_status_decides() {
        let error = Err::<(), _>(io::Error::from(io::ErrorKind::NotFound))
            .or_fail(Exit::NoInput, "open a.eml")
            .map_err(|error| error.context("read the mail"))
            .unwrap_err();
        assert_eq!(of(&error), Some(Exit::NoInput));
        assert_eq!(words(&error), "read the mail: open a.eml: entity not found");
    }

    #[test]
    fn a_refusal_ends_by_what_can_be_done_about_it() {
        for (code, exit) in [
            (Code::Taken, Exit::Refused),
            (Code::Unauthorized, Exit::Auth),
            (Code::TooMany, Exit::TempFail),
            (Code::NotFound, Exit::NoUser),
        ] {
            let error = anyhow::Error::new(ClientError::Refused(ErrorRecord::new(code, "no")));
            assert_eq!(of(&error), Some(exit), "{code:?}");
        }
    }

    #[test]
    fn a_closed_pipe_is_no_failure_and_an_unknown_error_is_a_bug() {
        assert_eq!(of(&OutputError::Closed.into()), None);
        assert_eq!(of(&anyhow::anyhow!("what?")), Some(Exit::Software));
    }

    #[test]
    fn a_batch_ends_with_75_if_anything_may_be_retried() {
        assert_eq!(Exit::Done.and(Exit::Refused).and(Exit::TempFail).and(Exit::Done), Exit::TempFail);
        assert_eq!(Exit::Done.and(Exit::Refused).and(Exit::Done), Exit::Refused);
    }

    #[test]
    fn a_cause_that_was_said_is_not_said_again() {
        let source = io::Error::other("the server closed the connection");
        let lost: Result<(), _> = Err(TransportError::Connection { server: "127.0.0.1:25".into(), source });
        let error = lost.or_fail(Exit::TempFail, "hand the mail over").unwrap_err();
        assert_eq!(words(&error), "hand the mail over: 127.0.0.1:25: the server closed the connection");
    }
}
