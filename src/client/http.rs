//! HTTP to one CH server: blocking, bounded in time and size, following no redirect.

use std::{
    fmt,
    io::{self, BufRead, BufReader, Read},
    path::Path,
    sync::Arc,
    time::Duration,
};

use serde::de::DeserializeOwned;
use ureq::{
    Agent, Body, BodyReader, RequestExt, Timeout,
    http::{Method, Request, Response, StatusCode, header},
    tls::{Certificate, RootCerts, TlsConfig},
    unversioned::{resolver::DefaultResolver, transport::DefaultConnector},
};
use url::Url;

use super::{
    checked::Checked,
    error::ClientError,
    roots,
    trust::{Refusal, Standing},
};
use crate::wire::{Record, certificate, limits};

/// Until there is a connection.
const CONNECT: Duration = Duration::from_secs(10);
/// Until the answer's head, and again until its end.
const ANSWER: Duration = Duration::from_secs(30);
/// The longest answer that is one JSON object, in bytes: a full refresh carries [`limits::NOTICES`].
const ANSWER_LIMIT: u64 = (limits::NOTICES * limits::FRAME) as u64;
/// The longest answer that is shown when it is not what was due, in characters.
const SHOWN: usize = 80;

/// Asks one server. Connections are kept for the next question.
#[derive(Clone)]
pub struct Http {
    agent: Agent,
    server: String,
}

impl fmt::Debug for Http {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Http").field("server", &self.server).finish_non_exhaustive()
    }
}

impl Http {
    /// Connects to nobody yet. `ca`: a PEM file with certificates to trust besides the system's; both are read
    /// for https only.
    ///
    /// # Errors
    /// [`ClientError::Config`] when the URL is not http or https with a host, or `ca` can't be read.
    pub fn new(server: &Url, ca: Option<&Path>) -> Result<Self, ClientError> {
        Self::to(server, ca, Standing::Own)
    }

    /// The same for a server that a mail named, as [`trust::standing`](super::trust::standing) judged it (a
    /// [`Standing::New`] one after the person agreed). Its addresses are checked at each connection:
    /// [`ClientError::Untrusted`].
    ///
    /// # Errors
    /// As [`Http::new`].
    pub fn to(server: &Url, ca: Option<&Path>, standing: Standing) -> Result<Self, ClientError> {
        if !matches!(server.scheme(), "http" | "https") || server.host_str().is_none_or(str::is_empty) {
            let why = format!("{server}: a CH server's URL begins with http:// or https:// and has a host");
            return Err(ClientError::Config(why));
        }
        let mut config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .proxy(None)
            .no_delay(true)
            .user_agent(concat!("chmail/", env!("CARGO_PKG_VERSION")))
            .accept("application/json")
            .max_response_header_size(limits::BODY)
            // Each timeout for a name that has to be looked up costs a thread; a number costs none.
            .timeout_resolve(matches!(server.host(), Some(url::Host::Domain(_))).then_some(CONNECT))
            .timeout_connect(Some(CONNECT))
            .timeout_send_body(Some(ANSWER))
            .timeout_recv_response(Some(ANSWER))
            .timeout_recv_body(Some(ANSWER));
        if server.scheme() == "https" {
            config = config.tls_config(tls(ca)?);
        }
        let agent = match standing {
            Standing::Own => config.build().new_agent(),
            _ => {
                let checked = Checked { server: server.clone(), standing, names: DefaultResolver::default() };
                Agent::with_parts(config.build(), DefaultConnector::new(), checked)
            }
        };
        Ok(Self { agent, server: plain(server) })
    }

    /// The server's URL without a slash at its end.
    #[must_use]
    pub fn server(&self) -> &str {
        &self.server
    }

    /// Asks and takes any successful answer. `path` begins with a slash and is not encoded further; `bearer`
    /// goes nowhere but here; `body` is JSON or NDJSON.
    ///
    /// # Errors
    /// [`ClientError`], [`ClientError::Refused`] among them.
    pub fn ask(
        &self,
        method: Method,
        path: &str,
        bearer: Option<&str>,
        body: Option<Vec<u8>>,
    ) -> Result<Answer, ClientError> {
        let mut request = Request::builder().method(method).uri(format!("{}{path}", self.server));
        if let Some(token) = bearer {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        let response = match body {
            Some(body) => request
                .header(header::CONTENT_TYPE, "application/json")
                .body(body)
                .map_err(ureq::Error::from)
                .and_then(|request| request.with_agent(&self.agent).run()),
            None => request
                .body(())
                .map_err(ureq::Error::from)
                .and_then(|request| request.with_agent(&self.agent).run()),
        };
        let response = response.map_err(|error| self.failed(error))?;
        let answer = Answer { response, server: self.server.clone() };
        if answer.status().is_success() { Ok(answer) } else { Err(answer.refusal()) }
    }

    /// The same with another patience, for tests.
    #[cfg(test)]
    pub(super) fn answer_within(mut self, patience: Duration) -> Self {
        let timeouts = Agent::config_builder().timeout_recv_response(Some(patience));
        self.agent = timeouts.build().new_agent();
        self
    }

    fn failed(&self, error: ureq::Error) -> ClientError {
        failed(&self.server, error)
    }
}

/// A server's URL as it is compared and kept: without a slash at its end.
#[must_use]
pub fn plain(server: &Url) -> String {
    server.as_str().trim_end_matches('/').to_owned()
}

/// A successful answer whose body has not been read.
#[derive(Debug)]
pub struct Answer {
    response: Response<Body>,
    server: String,
}

impl Answer {
    /// Its status.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.response.status()
    }

    /// The one JSON object that it is.
    ///
    /// # Errors
    /// [`ClientError::Protocol`] when it is something else or too long, [`ClientError::Unreachable`] when the
    /// connection breaks.
    pub fn json<T: DeserializeOwned>(mut self) -> Result<T, ClientError> {
        let bytes = self.bytes()?;
        serde_json::from_slice(&bytes).map_err(|error| self.not_understood(&bytes, &error))
    }

    /// The NDJSON records that it is, one after the other, as they arrive.
    #[must_use]
    pub fn lines(self) -> Lines {
        let status = self.status().as_u16();
        Lines { from: BufReader::new(self.response.into_body().into_reader()), server: self.server, status }
    }

    fn bytes(&mut self) -> Result<Vec<u8>, ClientError> {
        let read = self.response.body_mut().with_config().limit(ANSWER_LIMIT).read_to_vec();
        read.map_err(|error| failed(&self.server, error))
    }

    /// What an answer that is no success says.
    fn refusal(mut self) -> ClientError {
        let status = self.status();
        let server = self.server.clone();
        let protocol = |why| ClientError::Protocol { server, why, status: Some(status.as_u16()) };
        if status.is_redirection() {
            let to = self.response.headers().get(header::LOCATION).and_then(|to| to.to_str().ok());
            let why =
                format!("it points to {}, which is not followed; check --server", shown(to.unwrap_or("")));
            return protocol(why);
        }
        let refused = self.bytes().ok().and_then(|bytes| match serde_json::from_slice(&bytes) {
            Ok(Record::Error(record)) => Some(record),
            _ => None,
        });
        match refused {
            Some(record) => ClientError::Refused(record),
            None => protocol(format!("status {status} without an error record")),
        }
    }

    fn not_understood(&self, bytes: &[u8], error: &serde_json::Error) -> ClientError {
        not_understood(&self.server, self.status().as_u16(), bytes, error)
    }
}

/// The lines of an answer. After an error there is nothing more.
pub struct Lines {
    from: BufReader<BodyReader<'static>>,
    server: String,
    status: u16,
}

impl fmt::Debug for Lines {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lines").field("server", &self.server).finish_non_exhaustive()
    }
}

impl Lines {
    /// The next record; `None` at the end.
    ///
    /// # Errors
    /// As [`Answer::json`]; a line is at most [`limits::FRAME`].
    pub fn next_record(&mut self) -> Result<Option<Record>, ClientError> {
        self.next_line()
    }

    /// The next line as anything; `None` at the end.
    ///
    /// # Errors
    /// As [`Lines::next_record`].
    pub fn next_line<T: DeserializeOwned>(&mut self) -> Result<Option<T>, ClientError> {
        let mut line = Vec::new();
        let read = self.from.by_ref().take(limits::FRAME as u64 + 1).read_until(b'\n', &mut line);
        let length = read.map_err(|error| failed(&self.server, ureq::Error::from(error)))?;
        if length == 0 {
            return Ok(None);
        }
        if length > limits::FRAME || line.last() != Some(&b'\n') {
            let why = if length > limits::FRAME { "a line without end" } else { "a line that breaks off" };
            return Err(self.protocol(why.to_owned()));
        }
        match serde_json::from_slice(&line) {
            Ok(record) => Ok(Some(record)),
            Err(error) => Err(not_understood(&self.server, self.status, &line, &error)),
        }
    }

    /// All that was asked for has come. With its end read, the connection is there for the next question.
    pub(super) fn end(mut self) {
        // Nothing depends on it any more.
        let _ = self.next_record();
    }

    /// The answer was read but is not what was asked for.
    pub(super) fn protocol(&self, why: String) -> ClientError {
        // The status was a success: only what follows it is wrong.
        ClientError::Protocol { server: self.server.clone(), why, status: None }
    }
}

fn not_understood(server: &str, status: u16, bytes: &[u8], error: &serde_json::Error) -> ClientError {
    let why = format!("{error} in {}", shown(&String::from_utf8_lossy(bytes)));
    ClientError::Protocol { server: server.to_owned(), why, status: Some(status) }
}

/// The beginning of what somebody else sent, fit for an error line.
fn shown(text: &str) -> String {
    let clean = crate::wire::display::clean(text);
    let cut: String = clean.chars().take(SHOWN).collect();
    format!("\"{cut}{}\"", if cut.len() < clean.len() { "…" } else { "" })
}

fn failed(server: &str, error: ureq::Error) -> ClientError {
    let server = server.to_owned();
    let unreachable = |why: String, sent| ClientError::Unreachable { server: server.clone(), why, sent };
    match error {
        ureq::Error::Io(error) => match error.kind() {
            io::ErrorKind::ConnectionRefused
            | io::ErrorKind::HostUnreachable
            | io::ErrorKind::NetworkUnreachable
            | io::ErrorKind::AddrNotAvailable => unreachable(plain_words(&error), false),
            io::ErrorKind::InvalidData if server.starts_with("https:") => {
                ClientError::Tls { server, why: certificate::words(&error.to_string(), "--ca") }
            }
            // The standard library has no kind for it.
            _ if error.to_string().starts_with("failed to lookup address") => {
                unreachable("no such host".to_owned(), false)
            }
            _ => unreachable(plain_words(&error), true),
        },
        ureq::Error::HostNotFound => unreachable("no such host".to_owned(), false),
        ureq::Error::ConnectionFailed => unreachable("no connection".to_owned(), false),
        ureq::Error::Timeout(Timeout::Resolve | Timeout::Connect) => {
            unreachable(format!("no connection within {} s", CONNECT.as_secs()), false)
        }
        ureq::Error::Timeout(_) => {
            unreachable(format!("no whole answer within {} s", ANSWER.as_secs()), true)
        }
        ureq::Error::Rustls(error) => {
            ClientError::Tls { server, why: certificate::words(&error.to_string(), "--ca") }
        }
        ureq::Error::Tls(why) => ClientError::Tls { server, why: why.to_owned() },
        ureq::Error::BodyExceedsLimit(_) => {
            ClientError::Protocol { server, why: "an answer without end".to_owned(), status: None }
        }
        ureq::Error::Other(error) if error.is::<Refusal>() => match error.downcast::<Refusal>() {
            Ok(refusal) => ClientError::Untrusted(*refusal),
            Err(error) => ClientError::Protocol { server, why: error.to_string(), status: None },
        },
        other => ClientError::Protocol { server, why: other.to_string(), status: None },
    }
}

/// An I/O error without its number: `Connection refused (os error 111)` says less than it seems.
pub(super) fn plain_words(error: &io::Error) -> String {
    // rustls has a whole lesson to say about it.
    if error.kind() == io::ErrorKind::UnexpectedEof {
        return "the server closed the connection".to_owned();
    }
    let words = error.to_string();
    match words.split_once(" (os error") {
        Some((words, _)) => words.to_lowercase(),
        None => words,
    }
}

fn tls(ca: Option<&Path>) -> Result<TlsConfig, ClientError> {
    let roots = roots::load(ca).map_err(ClientError::Config)?;
    let roots = roots.iter().map(|root| Certificate::from_der(root).to_owned());
    Ok(TlsConfig::builder()
        .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .root_certs(RootCerts::from(roots))
        .build())
}
