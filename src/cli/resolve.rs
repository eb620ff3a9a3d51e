//! `--resolve`: asks the CH server of a mail's button whether the button stands. Rings nobody.

use std::{collections::HashMap, thread, time::Duration};

use url::Url;

use super::{args::Common, config::Config, exit, trust::Trust};
use crate::{
    client::{Api, ClientError, Http},
    mail::{button, mailbox::Mailbox, problem::Problem},
    wire::{
        Code, Time,
        ask::{Look, Looked},
        record::{Chat, Mail},
    },
};

/// The longest wait that a server is granted at a time, whatever it asks for.
const LONGEST_WAIT: u32 = 60;
/// How long one mail's answer is waited for, all waits together, while the server says that it is asked too often.
/// The next mail is waited for anew: a large mailbox goes as fast as the server lets it.
const PATIENCE: Duration = Duration::from_secs(300);

/// Asks for one mail after another.
#[derive(Debug)]
pub struct Resolver<'a> {
    config: &'a Config,
    common: &'a Common,
    trust: Trust<'a>,
    /// A server that cannot be asked is not asked again for the next mail.
    servers: HashMap<Url, Result<Api, String>>,
}

impl<'a> Resolver<'a> {
    /// Asks nobody yet.
    ///
    /// # Errors
    /// 78 when a setting is wrong, 77 when others can read the credentials.
    pub fn new(config: &'a Config, common: &'a Common, trusting: bool) -> anyhow::Result<Self> {
        let trust = Trust::new(config, common, trusting)?;
        Ok(Self { config, common, trust, servers: HashMap::new() })
    }

    /// What the server of the mail's button says is wrong with it; nothing for a mail without a button. An error
    /// comes when it could not be asked, once for a server, and `unresolved` is among the problems.
    pub fn resolve(&mut self, mail: &Mail, now: Time) -> (Vec<Problem>, Option<anyhow::Error>) {
        let Some(chat) = &mail.chat else { return (Vec::new(), None) };
        let Some(server) = button::server_url(&chat.server) else { return (Vec::new(), None) };
        let (api, error) = self.api(&server);
        let api = match api {
            Ok(api) => api,
            Err(why) => return (vec![Problem::Unresolved(why)], error),
        };
        let from = mail.from.as_deref().and_then(|from| from.parse::<Mailbox>().ok());
        let from = from.map(|from| from.address.to_string());
        let look = Look { ticket: chat.ticket.clone(), from };
        match patiently(|| api.look(&look), thread::sleep) {
            Ok(looked) => (judge(chat, &looked, now), None),
            Err(ClientError::Refused(record)) if refusal(record.code).is_some() => {
                (refusal(record.code).into_iter().collect(), None)
            }
            Err(failed) => {
                let why = failed.to_string();
                if !matches!(failed, ClientError::Refused(_)) {
                    self.servers.insert(server, Err(why.clone()));
                }
                (vec![Problem::Unresolved(why)], Some(failed.into()))
            }
        }
    }

    /// The way to a server, and an error the first time that there is none.
    fn api(&mut self, server: &Url) -> (Result<Api, String>, Option<anyhow::Error>) {
        if let Some(known) = self.servers.get(server) {
            return (known.clone(), None);
        }
        let made = self.trust.standing(server).and_then(|standing| {
            let ca = self.config.ca(self.common.ca.as_deref());
            Ok(Api::anonymous(Http::to(server, ca.as_deref(), standing)?))
        });
        let (api, error) = match made {
            Ok(api) => (Ok(api), None),
            Err(error) => (Err(exit::words(&error)), Some(error)),
        };
        self.servers.insert(server.clone(), api.clone());
        (api, error)
    }
}

/// Asks again after as long as the server says, when it says that it is asked too often.
fn patiently<T>(
    ask: impl Fn() -> Result<T, ClientError>,
    mut pause: impl FnMut(Duration),
) -> Result<T, ClientError> {
    let mut waited = Duration::ZERO;
    loop {
        let asked = ask();
        let Err(ClientError::Refused(record)) = &asked else { return asked };
        let wait = Duration::from_secs(record.retry.unwrap_or(1).clamp(1, LONGEST_WAIT).into());
        if record.code != Code::TooMany || waited + wait > PATIENCE {
            return asked;
        }
        pause(wait);
        waited += wait;
    }
}

/// What a refusal says of the button; `None` when it says nothing of it.
fn refusal(code: Code) -> Option<Problem> {
    match code {
        Code::BadTicket | Code::NotFound => Some(Problem::UnknownButton),
        Code::Withdrawn => Some(Problem::Withdrawn),
        _ => None,
    }
}

/// What the server's answer says against the button.
fn judge(chat: &Chat, looked: &Looked, now: Time) -> Vec<Problem> {
    let another = (looked.login != chat.login).then(|| Problem::AnotherLogin(looked.login.clone()));
    [
        (looked.expires <= now).then_some(Problem::Expired(looked.expires)),
        another,
        (!looked.confirmed).then_some(Problem::Unconfirmed),
        (looked.from_matches == Some(false)).then_some(Problem::AnotherFrom),
        looked.withdrawn.then_some(Problem::Withdrawn),
    ]
    .into_iter()
    .flatten()
    .collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::cell::RefCell;

    use super::*;
    use crate::wire::ErrorRecord;

    /// What is asked for and what is waited, with a server that says these first.
    fn waits(retries: &[Option<u32>]) -> (Result<(), ClientError>, Vec<u64>) {
        let (left, mut waited) = (RefCell::new(retries.to_vec()), Vec::new());
        let ask = || {
            let mut left = left.borrow_mut();
            if left.is_empty() {
                return Ok(());
            }
            let refusal = ErrorRecord { retry: left.remove(0), ..ErrorRecord::new(Code::TooMany, "slowly") };
            Err(ClientError::Refused(refusal))
        };
        let done = patiently(ask, |wait| waited.push(wait.as_secs()));
        (done, waited)
    }

    #[test]
    fn a_server_that_is_asked_too_often_is_asked_again_when_it_says() {
        let (done, waited) = waits(&[Some(7), None, Some(0), Some(100_000)]);
        done.unwrap();
        assert_eq!(waited, [7, 1, 1, 60]);
    }

    #[test]
    fn patience_has_an_end() {
        let (done, waited) = waits(&[Some(60); 100]);
        assert!(matches!(done, Err(ClientError::Refused(record)) if record.code == Code::TooMany));
        assert_eq!(waited.iter().sum::<u64>(), PATIENCE.as_secs());
    }
}
