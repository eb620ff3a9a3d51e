//! Registering: the token is made and durable before the server hears of it, so that a kill at any instant
//! loses nothing and the same registration again gets the same answer.

use super::{
    api::Api,
    error::ClientError,
    home::{Credentials, Home},
    http::Http,
};
use crate::wire::{Code, LoginId, Secret, ask::Register, record::Login};

/// A registration that somebody wants.
#[derive(Debug, Clone)]
pub struct Wish {
    /// The login.
    pub login: LoginId,
    /// How.
    pub how: How,
    /// What to call this device.
    pub device: Option<String>,
}

/// A new login, or another device of one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum How {
    /// With this mail address.
    Mail(String),
    /// With a code from a device that is in, or from the login's mailbox.
    Code(String),
}

/// Registers, and keeps who one is in `home`. The caller holds the lock.
///
/// # Errors
/// [`ClientError::Config`] when `home` is somebody else's, [`ClientError::Refused`] when the server says no; both
/// leave `home` as it was. After any other error a pending registration is kept there: the same wish again goes on
/// with it.
pub fn enroll(home: &Home, http: &Http, wish: &Wish) -> Result<Login, ClientError> {
    let kept = home.credentials()?;
    let known = kept.as_ref().filter(|kept| kept.login == wish.login && kept.server == http.server());
    if let Some(other) = kept.as_ref().filter(|_| known.is_none()) {
        return Err(ClientError::Config(somebody_else(home, other)));
    }
    let (mut me, fresh) = match (known, &wish.how) {
        (Some(known), _) if known.pending => {
            (Credentials { device: wish.device.clone(), ..known.clone() }, false)
        }
        (Some(known), How::Mail(mail)) if known.mail.eq_ignore_ascii_case(mail) => (known.clone(), false),
        (Some(known), How::Mail(_)) => {
            let Credentials { login, mail, .. } = known;
            return Err(ClientError::Config(format!("{login} is already registered here, with {mail}")));
        }
        // With a code also somebody whose token is good for nothing any more gets in again.
        (Some(_), How::Code(_)) | (None, _) => (new(http, wish)?, true),
    };
    if let How::Mail(mail) = &wish.how {
        me.mail.clone_from(mail);
    }
    if me.pending {
        home.write_credentials(&me)?;
    }
    match Api::anonymous(http.clone()).register(&question(&me, &wish.how)) {
        Ok(login) => {
            (me.pending, me.mail, me.device) = (false, login.mail.clone(), login.device.clone());
            home.write_credentials(&me)?;
            Ok(login)
        }
        Err(error) => {
            // A registration that was pending before may have reached the server then: only a no ends it.
            let over = if fresh { error.nothing_happened() } else { is_no(&error) };
            match kept.filter(|kept| !kept.pending) {
                Some(kept) if over => home.write_credentials(&kept)?,
                None if over => home.remove_credentials()?,
                _ => {}
            }
            Err(in_clear_words(error, &wish.login))
        }
    }
}

fn new(http: &Http, wish: &Wish) -> Result<Credentials, ClientError> {
    Ok(Credentials {
        login: wish.login.clone(),
        server: http.server().to_owned(),
        mail: String::new(),
        device: wish.device.clone(),
        token: Secret::generate().map_err(|error| ClientError::Config(error.to_string()))?,
        pending: true,
    })
}

fn question(me: &Credentials, how: &How) -> Register {
    let (mail, code) = match how {
        How::Mail(mail) => (Some(mail.clone()), None),
        How::Code(code) => (None, Some(code.clone())),
    };
    Register { login: me.login.clone(), mail, token: me.token.clone(), device: me.device.clone(), code }
}

fn somebody_else(home: &Home, other: &Credentials) -> String {
    let Credentials { login, server, .. } = other;
    let dir = home.dir().display();
    if other.pending {
        let file = home.path("credentials");
        format!(
            "a registration of {login} at {server} was not finished in {dir}: finish it with the same words, \
             or remove {}",
            file.display()
        )
    } else {
        format!("{dir} belongs to {login} at {server}; set CH_HOME to another directory for another login")
    }
}

fn is_no(error: &ClientError) -> bool {
    matches!(error, ClientError::Refused(_)) && error.nothing_happened()
}

/// A taken name is the one refusal that a person can do something about at once.
fn in_clear_words(error: ClientError, login: &LoginId) -> ClientError {
    match error {
        ClientError::Refused(mut record) if record.code == Code::Taken => {
            record.message = format!(
                "the name {login} is taken: choose another, or if it is yours, \
                 get a code with ch-register --invite there or ch-register {login} --recover"
            );
            ClientError::Refused(record)
        }
        other => other,
    }
}
