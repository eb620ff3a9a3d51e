//! Every question a tool asks the CH server, typed.

use serde::Serialize;
use ureq::http::Method;

use super::{
    error::ClientError,
    home::Credentials,
    http::{Answer, Http},
};
use crate::wire::{
    Code, DeviceId, ErrorRecord, LoginId, Port, Record, Ticket,
    ask::{
        About, AssignPort, Confirm, Look, Looked, Mark, Mint, Press, Pressed, Recover, Refresh, Refreshed,
        Register, Rule,
    },
    record::{CodeRecord, Device, Login, PortRecord, TicketRecord},
};

/// Bytes of one request for tickets: it must fit into the sockets' buffers, because the server answers while it
/// reads and we read only when all is sent.
const MINT_BYTES: usize = 64 * 1024;
/// Mails of one request for tickets.
const MINT_MAILS: usize = 500;

/// Asks a CH server, as somebody or as nobody. Every question may fail with any [`ClientError`].
#[derive(Debug, Clone)]
pub struct Api {
    http: Http,
    token: Option<String>,
}

/// What became of one mail of [`Api::mint`]: a ticket for each recipient, in order, or why there is none.
pub type Minted = Result<Vec<TicketRecord>, ErrorRecord>;

/// For each mark, in order: that it is durable, or why not.
pub type Marks = Vec<Result<(), ErrorRecord>>;

impl Api {
    /// Without a token.
    #[must_use]
    pub fn anonymous(http: Http) -> Self {
        Self { http, token: None }
    }

    /// With the token of `credentials`.
    ///
    /// # Errors
    /// [`ClientError::OtherServer`] when the token is for another server than `http`'s.
    pub fn signed_in(http: Http, credentials: &Credentials) -> Result<Self, ClientError> {
        if credentials.server != http.server() {
            let (server, own) = (http.server().to_owned(), credentials.server.clone());
            return Err(ClientError::OtherServer { server, own });
        }
        Ok(Self { http, token: Some(credentials.token.clone().into()) })
    }

    /// The server's URL without a slash at its end.
    #[must_use]
    pub fn server(&self) -> &str {
        self.http.server()
    }

    /// Registers a login, or a device of one. The same again gets the same answer.
    pub fn register(&self, ask: &Register) -> Result<Login, ClientError> {
        self.record(Method::POST, "/v1/logins", Some(ask), |record| match record {
            Record::Login(login) => Some(login),
            _ => None,
        })
    }

    /// Has a code mailed to the login's confirmed address, if it has one. The answer never says.
    pub fn recover(&self, login: &LoginId) -> Result<(), ClientError> {
        self.done(Method::POST, "/v1/logins/recover", Some(&Recover { login: login.clone() }))
    }

    /// Deletes the own login.
    pub fn delete_login(&self) -> Result<(), ClientError> {
        self.done(Method::DELETE, "/v1/logins", NOTHING)
    }

    /// A code that lets one more device in.
    pub fn code(&self) -> Result<CodeRecord, ClientError> {
        self.record(Method::POST, "/v1/codes", NOTHING, |record| match record {
            Record::Code(code) => Some(code),
            _ => None,
        })
    }

    /// The own login's devices.
    pub fn devices(&self) -> Result<Vec<Device>, ClientError> {
        let mut lines = self.ask(Method::GET, "/v1/devices", NOTHING)?.lines();
        let mut devices = Vec::new();
        while let Some(record) = lines.next_record()? {
            if let Record::Device(device) = record {
                devices.push(device);
            }
            if devices.len() > MOST_DEVICES {
                return Err(lines.protocol("a list of devices without end".to_owned()));
            }
        }
        Ok(devices)
    }

    /// Takes a device's token away from it.
    pub fn revoke(&self, device: &DeviceId) -> Result<(), ClientError> {
        self.done(Method::DELETE, &format!("/v1/devices/{device}"), NOTHING)
    }

    /// Gives a `confirm` ticket back.
    pub fn confirm(&self, ticket: &Ticket) -> Result<Login, ClientError> {
        self.record(Method::POST, "/v1/confirm", Some(&Confirm { ticket: ticket.clone() }), |record| {
            if let Record::Login(login) = record { Some(login) } else { None }
        })
    }

    /// Has the confirmation mailed again.
    pub fn confirm_again(&self) -> Result<(), ClientError> {
        self.done(Method::POST, "/v1/confirm/again", NOTHING)
    }

    /// Refreshes host and presence; tells which notices were seen, gets those that were not (S101, S117).
    pub fn refresh(&self, ask: &Refresh) -> Result<Refreshed, ClientError> {
        self.ask(Method::PUT, "/v1/presence", Some(ask))?.json()
    }

    /// The own port, assigned or renewed (S103).
    pub fn assign_port(&self, new: bool) -> Result<PortRecord, ClientError> {
        self.record(Method::POST, "/v1/ports", Some(&AssignPort { new }), port_record)
    }

    /// Where an own port leads.
    pub fn resolve(&self, port: Port) -> Result<PortRecord, ClientError> {
        self.record(Method::GET, &format!("/v1/ports/{port}"), NOTHING, port_record)
    }

    /// Gives an own port back and withdraws its buttons.
    pub fn release(&self, port: Port) -> Result<(), ClientError> {
        self.done(Method::DELETE, &format!("/v1/ports/{port}"), NOTHING)
    }

    /// Gets tickets for mails, many in one request, and hands over what became of each, in order. `each` may
    /// stop by returning an error of its own.
    pub fn mint<E: From<ClientError>>(
        &self,
        mails: impl IntoIterator<Item = Mint>,
        mut each: impl FnMut(Mint, Minted) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut batch = Vec::new();
        let mut body = Vec::new();
        for mail in mails {
            let line = encode(&mail)?;
            if !batch.is_empty() && (body.len() + line.len() > MINT_BYTES || batch.len() >= MINT_MAILS) {
                self.mint_batch(std::mem::take(&mut batch), std::mem::take(&mut body), &mut each)?;
            }
            body.extend_from_slice(&line);
            batch.push(mail);
        }
        if batch.is_empty() { Ok(()) } else { self.mint_batch(batch, body, &mut each) }
    }

    /// Gets the tickets of one mail.
    pub fn mint_one(&self, mail: Mint) -> Result<Vec<TicketRecord>, ClientError> {
        let mut tickets = Vec::new();
        self.mint([mail], |_, minted| match minted {
            Ok(minted) => {
                tickets = minted;
                Ok(())
            }
            Err(record) => Err(ClientError::Refused(record)),
        })?;
        Ok(tickets)
    }

    fn mint_batch<E: From<ClientError>>(
        &self,
        batch: Vec<Mint>,
        body: Vec<u8>,
        each: &mut impl FnMut(Mint, Minted) -> Result<(), E>,
    ) -> Result<(), E> {
        let answer = self.send(Method::POST, "/v1/tickets", Some(body))?;
        let mut lines = answer.lines();
        for mail in batch {
            let mut tickets = Vec::with_capacity(mail.to.len());
            let mut refused = None;
            while tickets.len() < mail.to.len().max(1) && refused.is_none() {
                match lines.next_record()? {
                    Some(Record::Ticket(ticket)) => tickets.push(ticket),
                    Some(Record::Error(record)) => refused = Some(record),
                    Some(_) => {}
                    None => Err(lines.protocol("it answered with fewer tickets than asked for".to_owned()))?,
                }
            }
            each(mail, refused.map_or(Ok(tickets), Err))?;
        }
        lines.end();
        Ok(())
    }

    /// Makes `mark` tickets durable, in one question: for each, in order, that it is, or why not.
    pub fn mark(&self, asks: &[Mark]) -> Result<Marks, ClientError> {
        let mut body = Vec::new();
        for ask in asks {
            body.extend(encode(ask)?);
        }
        let mut lines = self.send(Method::POST, "/v1/marks", Some(body))?.lines();
        let mut marks = Vec::with_capacity(asks.len());
        for asked in asks {
            match lines.next_record()? {
                Some(Record::Mark(mark)) if mark.ticket == asked.ticket => marks.push(Ok(())),
                Some(Record::Error(record)) => marks.push(Err(record)),
                _ => return Err(lines.protocol("it did not answer for each mark in turn".to_owned())),
            }
        }
        lines.end();
        Ok(marks)
    }

    /// Which server this is, and under which URL people reach it.
    pub fn about(&self) -> Result<About, ClientError> {
        self.ask(Method::GET, "/v1/server", NOTHING)?.json()
    }

    /// What a ticket leads to. Rings nobody.
    pub fn look(&self, ask: &Look) -> Result<Looked, ClientError> {
        self.ask(Method::POST, "/v1/tickets/look", Some(ask))?.json()
    }

    /// Presses a chat button: a ticket that opens the WebSocket.
    pub fn press(&self, ask: &Press) -> Result<Pressed, ClientError> {
        self.ask(Method::POST, "/v1/press", Some(ask))?.json()
    }

    /// Says who may ring and who may not even knock.
    pub fn rule(&self, ask: &Rule) -> Result<(), ClientError> {
        self.done(Method::POST, "/v1/rules", Some(ask))
    }

    pub(super) fn ask(
        &self,
        method: Method,
        path: &str,
        ask: Option<&impl Serialize>,
    ) -> Result<Answer, ClientError> {
        let body = match ask {
            Some(ask) => Some(encode(ask)?),
            // A POST has a body, if an empty one.
            None if method == Method::POST => Some(Vec::new()),
            None => None,
        };
        self.send(method, path, body)
    }

    pub(super) fn send(
        &self,
        method: Method,
        path: &str,
        body: Option<Vec<u8>>,
    ) -> Result<Answer, ClientError> {
        self.http.ask(method, path, self.token.as_deref(), body).map_err(|error| match error {
            ClientError::Refused(mut record) if record.code == Code::Unauthorized && self.token.is_some() => {
                record.message = format!(
                    "{} does not know this machine's token: it was revoked, or the login is gone \
                     (ch-register LOGIN --recover or --code-file gets it in again)",
                    self.server()
                );
                ClientError::Refused(record)
            }
            other => other,
        })
    }

    pub(super) fn done(
        &self,
        method: Method,
        path: &str,
        ask: Option<&impl Serialize>,
    ) -> Result<(), ClientError> {
        self.ask(method, path, ask).map(drop)
    }

    pub(super) fn record<T>(
        &self,
        method: Method,
        path: &str,
        ask: Option<&impl Serialize>,
        take: impl FnOnce(Record) -> Option<T>,
    ) -> Result<T, ClientError> {
        let record = self.ask(method, path, ask)?.json::<Record>()?;
        take(record).ok_or_else(|| ClientError::Protocol {
            server: self.server().to_owned(),
            why: format!("another record than {path} is to answer"),
            status: None,
        })
    }
}

/// No body.
pub(super) const NOTHING: Option<&()> = None;
/// Devices that one login can sensibly have.
const MOST_DEVICES: usize = 10_000;

fn port_record(record: Record) -> Option<PortRecord> {
    if let Record::Port(port) = record { Some(port) } else { None }
}

pub(super) fn encode(ask: &impl Serialize) -> Result<Vec<u8>, ClientError> {
    let mut line = serde_json::to_vec(ask)
        .map_err(|error| ClientError::Config(format!("the question has no JSON form: {error}")))?;
    line.push(b'\n');
    Ok(line)
}
