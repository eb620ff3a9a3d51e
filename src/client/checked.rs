//! Names of servers that a mail named: resolved, checked, and connected to at the very addresses that were checked.

use ureq::{
    Error,
    config::Config,
    http::Uri,
    unversioned::{
        resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver},
        transport::NextTimeout,
    },
};
use url::Url;

use super::trust::{self, Standing};

/// Gives the addresses of a server if all of them may be connected to; else the [`trust::Refusal`].
#[derive(Debug)]
pub struct Checked {
    /// The server.
    pub server: Url,
    /// What it is to the person.
    pub standing: Standing,
    /// Who knows the names.
    pub names: DefaultResolver,
}

impl Resolver for Checked {
    fn resolve(
        &self,
        uri: &Uri,
        config: &Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, Error> {
        let addresses = self.names.resolve(uri, config, timeout)?;
        let of = addresses.iter().map(|address| address.ip());
        trust::check_addresses(&self.server, self.standing, of).map_err(|no| Error::Other(Box::new(no)))?;
        Ok(addresses)
    }
}
