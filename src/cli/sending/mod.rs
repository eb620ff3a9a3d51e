//! What `ch-send` does before and after a mail is on its way: whose it is, where it goes, which button it gets.

pub mod batch;
pub mod compose;
pub mod hand_over;
pub mod queue;
pub mod submit;

use super::{
    Exit, Io,
    args::send::{ButtonWhen, SendArgs},
    config::{Config, blame},
    connect,
    exit::OrFail,
    fail, mailer,
};
use crate::{
    mail::{
        button,
        mailbox::Mailbox,
        transport::{Access, Via},
    },
    send::{Answers, ButtonWish, HostWish, Mailing, Pattern, Ready, SendError},
};

/// Who mails are from: `--from`, else the setting, else the login's address; with the name that `-F` gives, unless
/// `--from` said all.
///
/// # Errors
/// 78 when there is none, or the setting is none.
pub fn from(config: &Config, args: &SendArgs) -> anyhow::Result<Mailbox> {
    if let Some(from) = &args.from {
        return Ok(from.clone());
    }
    let own: Mailbox = if let Some(text) = config.from(None) {
        text.parse().or_fail(Exit::Config, "from in config.toml")?
    } else {
        match config.home().credentials()? {
            Some(me) if !me.mail.is_empty() => {
                me.mail.parse().or_fail(Exit::Config, "the address in the credentials")?
            }
            _ => {
                let how = "say it with --from, or register: ch-register LOGIN --mail ADDRESS";
                return Err(fail(Exit::Config, format!("nobody to send it from: {how}")));
            }
        }
    };
    let name = args.full_name.clone().filter(|name| !name.is_empty()).or(own.name);
    Ok(Mailbox { name, address: own.address })
}

/// The way out; `None` with `-n`, which takes none.
///
/// # Errors
/// 78 when none was set and this machine has none, or what was set is none.
pub fn via(config: &Config, args: &SendArgs) -> anyhow::Result<Option<Via>> {
    let flag = args.via.as_deref();
    if args.dry_run {
        // What was said is to be right all the same.
        return mailer::set(flag, config).map(|_| None);
    }
    mailer::via(flag, config).map(Some)
}

/// What the way out needs besides its URL.
///
/// # Errors
/// 78 when the password cannot be had, 77 when others can read it.
pub fn access(via: &Via, config: &Config, args: &SendArgs) -> anyhow::Result<Access> {
    mailer::access(via, config, args.common.ca.as_deref())
}

/// A button for everybody who is to have one, if `when` asks for them and they can be had for a mail that goes by
/// `via`.
///
/// # Errors
/// With [`ButtonWhen::Require`], why there is none.
pub fn with_buttons(
    mailing: Mailing,
    when: ButtonWhen,
    answers: Option<Answers>,
    via: Option<&Via>,
    (config, args): (&Config, &SendArgs),
    io: &Io,
) -> anyhow::Result<Ready> {
    if when == ButtonWhen::Never {
        return Ok(mailing.plain());
    }
    let wish = wish(config, args, answers)?;
    let made = match connect::signed_in(config, &args.common) {
        Ok((_, api)) => {
            mailing.with_buttons(&api, &wish).map_err(|(mailing, error)| (mailing.plain(), error.into()))
        }
        Err(error) => Err((mailing.plain(), error)),
    };
    let checked = made.and_then(|ready| match via.map_or(Ok(()), |via| ready.check(via)) {
        Err(error @ SendError::Private(_)) => Err((ready.without_buttons(), error.into())),
        _ => Ok(ready),
    });
    checked.or_else(|(plain, error)| match when {
        ButtonWhen::Auto => {
            io.report(&error.context("sent without a chat button"));
            Ok(plain)
        }
        _ => Err(error),
    })
}

/// How buttons are made.
///
/// # Errors
/// 78 when the host that was set is none.
pub fn wish(config: &Config, args: &SendArgs, answers: Option<Answers>) -> anyhow::Result<ButtonWish> {
    let no_button_to = config.file().no_button_to.iter().map(|text| Pattern::from(text.as_str())).collect();
    Ok(ButtonWish { host: host(config, args)?, no_button_to, answers })
}

fn host(config: &Config, args: &SendArgs) -> anyhow::Result<HostWish> {
    let flag = args.host.as_deref();
    match config.host(flag) {
        Some(name) if button::is_host(name) => Ok(HostWish::Name(name.to_owned())),
        Some(name) => {
            let says = format!("--host or CH_HOST: {name:?} is no host name");
            Err(fail(blame(flag, "CH_HOST"), says))
        }
        None if config.host_is_address(flag) => Ok(HostWish::Address),
        None => Ok(HostWish::Server),
    }
}
