//! Whom a mail may make us talk to: the rules of the press, with the person's configuration, memory and word.

use url::Url;

use super::{args::Common, config::Config, connect, input};
use crate::{
    client::{
        ClientError, ClientStore,
        trust::{self, Refusal, Standing},
    },
    wire::Time,
};

/// Judges the servers that mails name.
#[derive(Debug)]
pub struct Trust<'a> {
    config: &'a Config,
    own: Vec<Url>,
    /// `--trust-server`.
    trusting: bool,
}

impl<'a> Trust<'a> {
    /// The own servers are the one that was set and the one of the credentials.
    ///
    /// # Errors
    /// 78 when a setting is wrong, 77 when others can read the credentials.
    pub fn new(config: &'a Config, common: &Common, trusting: bool) -> anyhow::Result<Self> {
        let credentials = config.home().credentials()?;
        let set = connect::server(config, common, credentials.as_ref())?;
        let registered = credentials.and_then(|credentials| Url::parse(&credentials.server).ok());
        Ok(Self { config, own: [set].into_iter().chain(registered).collect(), trusting })
    }

    /// What `server` is to this person. A new one is named and asked about; a yes is remembered. With
    /// `--trust-server` nobody is asked and nothing remembered.
    ///
    /// # Errors
    /// 77: a [`Refusal`]. 74 and 78 when `client.db` fails.
    pub fn standing(&self, server: &Url) -> anyhow::Result<Standing> {
        let refused = |refusal: Refusal| anyhow::Error::new(ClientError::Untrusted(refusal));
        let name = trust::name(server);
        let standing = trust::standing(server, &self.own, false).map_err(refused)?;
        if standing == Standing::Own {
            return Ok(standing);
        }
        // Asking makes no file: there is nothing to know before somebody said yes once.
        if self.config.home().dir().join("client.db").exists() && self.store()?.knows(&name)? {
            return Ok(Standing::Known);
        }
        if self.trusting {
            return Ok(Standing::New);
        }
        match input::ask(&format!("{name} is new to you; a mail names it. Connect to it? [y/N] "))? {
            Some(answer) if matches!(answer.trim(), "y" | "Y" | "yes") => {
                self.store()?.learn(&name, Time::now())?;
                Ok(Standing::New)
            }
            Some(_) => Err(refused(Refusal::SaidNo(name))),
            None => Err(refused(Refusal::NobodyToAsk(name))),
        }
    }

    fn store(&self) -> anyhow::Result<ClientStore> {
        Ok(ClientStore::open(self.config.home().dir())?)
    }
}
