//! From flags and settings to a CH server that can be asked.

use url::Url;

use super::{
    args::Common,
    config::{Config, DEFAULT_SERVER, server_url},
    exit::{Exit, OrFail, fail},
};
use crate::client::{Api, Credentials, Http};

/// Asks as who one is. The server is the one the credentials are for; `--server` may only repeat it.
///
/// # Errors
/// 78 without credentials or with pending ones, saying how to register; 77 when others can read them, or they
/// are for another server than the one asked for.
pub fn signed_in(config: &Config, common: &Common) -> anyhow::Result<(Credentials, Api)> {
    let Some(credentials) = config.home().credentials()? else {
        let home = config.home().dir().display();
        let how = "register first: ch-register LOGIN --mail ADDRESS";
        return Err(fail(Exit::Config, format!("nobody is registered in {home}; {how}")));
    };
    if credentials.pending {
        let Credentials { login, mail, .. } = &credentials;
        let how = if mail.is_empty() {
            format!("ch-register {login} --code-file FILE")
        } else {
            format!("ch-register {login} --mail {mail}")
        };
        return Err(fail(Exit::Config, format!("the registration of {login} was not finished; run: {how}")));
    }
    let api =
        Api::signed_in(http_to(config, common, &server(config, common, Some(&credentials))?)?, &credentials)?;
    Ok((credentials, api))
}

/// Asks as nobody.
///
/// # Errors
/// 78 when a setting is wrong.
pub fn anonymous(config: &Config, common: &Common) -> anyhow::Result<Api> {
    let credentials = config.home().credentials()?;
    Ok(Api::anonymous(http_to(config, common, &server(config, common, credentials.as_ref())?)?))
}

/// The server that was set, else the one of the credentials, else the one on this machine.
///
/// # Errors
/// 78 when the setting is no server's URL.
pub fn server(config: &Config, common: &Common, own: Option<&Credentials>) -> anyhow::Result<Url> {
    if let Some(url) = config.server(common.server.as_deref())? {
        return Ok(url);
    }
    let text = own.map_or(DEFAULT_SERVER, |credentials| &credentials.server);
    server_url(text).or_fail(Exit::Config, "the server in the credentials")
}

/// A connection to a given server, trusting what the settings say.
///
/// # Errors
/// 78 when the URL or the `ca` file is wrong.
pub fn http_to(config: &Config, common: &Common, server: &Url) -> anyhow::Result<Http> {
    Ok(Http::new(server, config.ca(common.ca.as_deref()).as_deref())?)
}
