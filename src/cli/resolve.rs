//! `--resolve`: asks the CH server of a mail's button whether the button stands. Rings nobody.

use std::collections::HashMap;

use url::Url;

use super::{
    args::Common,
    config::Config,
    connect,
    exit::{Exit, fail},
};
use crate::{
    client::{Api, ClientError},
    mail::{button, mailbox::Mailbox, problem::Problem},
    wire::{
        Code, Time,
        ask::{Look, Looked},
        record::{Chat, Mail},
    },
};

/// Asks for one mail after another.
#[derive(Debug)]
pub struct Resolver<'a> {
    config: &'a Config,
    common: &'a Common,
    own: Url,
    /// A server that cannot be asked is not asked again for the next mail.
    servers: HashMap<Url, Result<Api, String>>,
}

impl<'a> Resolver<'a> {
    /// Asks nobody yet.
    ///
    /// # Errors
    /// 78 when a setting is wrong, 77 when others can read the credentials.
    pub fn new(config: &'a Config, common: &'a Common) -> anyhow::Result<Self> {
        let credentials = config.home().credentials()?;
        let own = connect::server(config, common, credentials.as_ref())?;
        Ok(Self { config, common, own, servers: HashMap::new() })
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
        match api.look(&Look { ticket: chat.ticket.clone(), from }) {
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
        let made = may_ask(&self.own, server)
            .and_then(|()| Ok(Api::anonymous(connect::http_to(self.config, self.common, server)?)));
        let (api, error) = match made {
            Ok(api) => (Ok(api), None),
            Err(error) => (Err(format!("{error:#}")), Some(error)),
        };
        self.servers.insert(server.clone(), api.clone());
        (api, error)
    }
}

/// The rule of whom to connect to because a mail says so: nobody but one's own server.
fn may_ask(own: &Url, server: &Url) -> anyhow::Result<()> {
    let place = |url: &Url| {
        let path = url.path().trim_end_matches('/').to_owned();
        (url.scheme().to_owned(), url.host_str().map(str::to_owned), url.port_or_known_default(), path)
    };
    if place(own) == place(server) {
        return Ok(());
    }
    let how = format!("not your CH server ({own}); --server {server} makes it so");
    Err(fail(Exit::Auth, format!("{server} was not asked: {how}")))
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
