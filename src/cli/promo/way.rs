//! How a campaign's mail leaves: the same settings as `ch-send`'s.

use std::sync::Arc;

use super::Edge;
use crate::{
    cli::{Exit, args::promo::campaign::WayArgs, config::Config, dkim, exit::OrFail, mailer},
    mail::{
        dkim::Signer,
        transport::{Access, Via},
    },
    promo::render::{House, Letter},
    send::SendError,
    wire::{campaigns::LetterParts, reach},
};

/// A way out, and who signs.
#[derive(Debug)]
pub struct Way {
    /// Where to.
    pub via: Via,
    /// With what.
    pub access: Access,
    /// Who signs.
    pub signer: Option<Arc<Signer>>,
}

/// What the flags and settings say.
///
/// # Errors
/// 78 when there is none, or a setting is wrong.
pub fn way(args: &WayArgs, edge: &Edge<'_>) -> anyhow::Result<Way> {
    let via = mailer::via(args.via.as_deref(), edge.config)?;
    Ok(Way {
        access: mailer::access(&via, edge.config, edge.common.ca.as_deref())?,
        signer: dkim::signer(edge.config, &args.dkim)?,
        via,
    })
}

/// A campaign's mail, ready to be written.
///
/// # Errors
/// 65 when it cannot be written; 78 when a setting is wrong.
pub fn letter(parts: LetterParts, config: &Config) -> anyhow::Result<Letter> {
    let file = config.file();
    let mailto = file.unsubscribe_mailto.as_ref();
    let house = House {
        postal: file.postal_address.clone(),
        unsubscribe_mailto: mailto
            .map(|text| text.parse().or_fail(Exit::Config, "in config.toml: unsubscribe_mailto"))
            .transpose()?,
    };
    Letter::new(parts, house).or_fail(Exit::Data, "the mail")
}

/// A button that nobody who gets the mail could press must not go out.
///
/// # Errors
/// 78.
pub fn check(parts: &LetterParts, via: &Via) -> anyhow::Result<()> {
    let is_private = url::Url::parse(&parts.server).is_ok_and(|url| reach::is_private_url(&url));
    if is_private && !via.stays_here() {
        return Err(SendError::Private(parts.server.clone()).into());
    }
    Ok(())
}
